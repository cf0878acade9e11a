"""What of a PostgreSQL catalog is altered, and what has to be made again because of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property

from schema.catalog.objects import Catalog, Identity, SchemaObject
from schema.ddl import postgresql_columns as columns
from schema.ddl import postgresql_retype as retype
from schema.ddl.postgresql_alter import alter
from schema.ddl.postgresql_change import Change, NotAlterable
from schema.ddl.postgresql_constraints import table_of
from schema.ddl.postgresql_losses import base
from schema.ddl.postgresql_pieces import settings
from schema.ddl.postgresql_text import quoted
from schema.ddl.postgresql_uses import Uses
from schema.ddl.postgresql_words import ROUTINES, TABLE_LIKE
from schema.ddl.statement import Statement

__all__ = ["Plan"]

#: What reads a column by a definition that the server does not rewrite when its type changes.
_READERS = frozenset({"view", "materialized view", "rule", "policy", "trigger"}) | ROUTINES
#: What can be dropped and made again without a loss of rows.
_AGAIN = _READERS | {"primary key", "unique", "foreign key", "check", "exclusion", "index",
                     "statistics", "event trigger", "privilege"}  # fmt: skip
#: What others cannot be without.
_NEEDED = TABLE_LIKE | ROUTINES | {"column", "sequence", "primary key", "unique", "index", "enum",
                                   "domain", "composite type", "range type"}  # fmt: skip
#: What of a table has a name among the schema's tables.
_RELATIONS = frozenset({"primary key", "unique", "index", "exclusion", "sequence"})
_KEYS = frozenset({"primary key", "unique", "index"})
_TYPES = frozenset({"enum", "domain", "composite type"})


class Plan:
    """Sorts the objects of two catalogs into made, dropped, made again, and altered.

    ``refused`` holds what has no SQL, with the reason; it is left as it is.
    """

    def __init__(self, current: Catalog, goal: Catalog, *, in_transaction: bool) -> None:
        self.current = current
        self.refused: dict[Identity, str] = {}
        self.again: set[Identity] = set()
        self._in_transaction = in_transaction
        self._altered: dict[Identity, list[Statement]] = {}
        self._retyped: dict[Identity, SchemaObject] = {}
        self._remade_types: dict[Identity, SchemaObject] = {}
        self._redefaulted: set[Identity] = set()
        self._names = {_key(each): each for each in goal}
        self._reparented: set[tuple[str | None, str | None]] = set()
        self.goal = goal
        for item in current.values():
            self._judge(item)
        self.goal = self._without_refused()
        self._gone = self._only(self.current, self.goal)
        self._members = _members(self.current)
        self._take_down()
        new = self._only(self.goal, self.current) | self.again
        #: All that is dropped, for good or to be made again.
        self.dropped = self._gone | self.again
        #: All that is made, new or again; with a new table also its columns.
        self.made = [each for each in self.goal if each in new]
        self._made_names = {
            (each.schema_name, _bare(each)) for each in self.made if each.kind != "column"
        }

    # -- what changes -----------------------------------------------------------------------------

    def _judge(self, before: SchemaObject) -> None:
        identity = self._names.get(_key(before.identity))
        if identity is None:
            return
        after = self.goal[identity]
        change = Change(before, after, self.goal)
        if before.kind == "table" and "inherits" in change.names:
            self._reparented.add((identity.schema_name, identity.name))
        if before.identity == identity and not change.names:
            return
        try:
            found = self._ways(change)
        except NotAlterable as error:
            self.refused[identity] = str(error)
            return
        if found is None:
            self.again.add(identity)
        else:
            self._altered[identity] = found

    def _ways(self, change: Change) -> list[Statement] | None:
        if change.after.kind == "column":
            return self._column(change.before, change.after)
        if change.after.kind in _TYPES and change.definition:
            return self._type(change)
        return alter(change)

    def _column(self, before: SchemaObject, after: SchemaObject) -> list[Statement] | None:
        if columns.must_be_made_again(before, after):
            return None
        if columns.retyped(before, after):
            self._retyped[after.identity] = before
        return list(columns.altered(before, after, self.goal))

    def _type(self, change: Change) -> list[Statement] | None:
        before, after = change.before, change.after
        kept = {name: before.properties.get(name) for name in change.definition}
        common = SchemaObject(*after.identity, {**after.properties, **kept})
        also = alter(Change(before, common, self.goal)) or []
        if after.kind == "enum":
            found = retype.added_labels(before, after, in_transaction=self._in_transaction)
        elif after.kind == "domain":
            found = retype.altered_domain(before, after, change.definition)
        else:
            found = retype.altered_composite(before, after, change.definition)
        if found is not None:
            return [*found, *also]
        if after.kind == "composite type":
            return None
        self._remade_types[after.identity] = before
        for column in retype.columns_of_type(self.current, after.identity):
            self._retyped[column.identity] = column
        return also

    def _without_refused(self) -> Catalog:
        """What cannot be altered stays as it is, so that nothing else is built on its change."""
        if not self.refused:
            return self.goal
        objects = dict(self.goal.items())
        objects |= {each: self.current[each] for each in self.refused}
        return Catalog(self.goal.dialect, self.goal.server_version, objects.values())

    # -- what is in the way -----------------------------------------------------------------------

    def _only(self, of: Catalog, other: Catalog) -> set[Identity]:
        """What only one of the catalogs has."""
        known = {_key(each) for each in other}
        return {each for each in of if _key(each) not in known and not self._moves_along(each)}

    def _moves_along(self, identity: Identity) -> bool:
        """Whether it becomes the table's own, or its parent's, as the table changes its parent."""
        return (identity.schema_name, identity.table) in self._reparented

    def _take_down(self) -> None:
        """Find what must be made again, as what it needs is dropped or gets a new type."""
        if not (self._gone or self.again or self._retyped or self._remade_types):
            return
        uses = {item.identity: self._uses.of(item) for item in self.current.values()}
        users: dict[Identity, list[Identity]] = defaultdict(list)
        for user, found in uses.items():
            for each in found:
                users[each].append(user)
        goal_uses = Uses(self.goal)
        waiting = [*self._gone, *self.again]
        for column, before in self._retyped.items():
            for user in users[column]:
                if self._reads(user, column, before) and self._take(user):
                    waiting.append(user)
        for identity in self._remade_types:
            for user in users[identity]:
                if user.kind in _READERS and self._take(user):
                    waiting.append(user)
        while waiting:
            needed = waiting.pop()
            for user in self._hanging_on(needed) + users[needed]:
                if self._is_in_the_way(user, needed, goal_uses) and self._take(user):
                    waiting.append(user)

    @cached_property
    def _uses(self) -> Uses:
        return Uses(self.current)

    def _reads(self, user: Identity, column: Identity, before: SchemaObject) -> bool:
        """Whether the server refuses another type of the column because of the user."""
        if user.kind == "column":
            return bool(self.current[user].properties.get("generated"))
        if user.kind == "foreign key":
            after = self.goal.get(column)
            types = [str(each.properties["type"]) for each in (before, after) if each is not None]
            return len({base(each) for each in types}) > 1
        return user.kind in _READERS

    def _is_in_the_way(self, user: Identity, needed: Identity, goal_uses: Uses) -> bool:
        if needed.kind not in _NEEDED or user in self.again:
            return False
        if needed.kind in _KEYS and user.kind not in {"foreign key"}:
            return False
        if needed.kind == "table" and user.kind in {"column", *_KEYS, "sequence"}:
            return False
        is_gone = needed not in self.again
        if is_gone and user in self.goal:
            # It would fail to be made again; the server says so when the rest is dropped.
            return user.kind != "column" and needed not in goal_uses.of(self.goal[user])
        return user in self.goal

    def _take(self, user: Identity) -> bool:
        """Put the user down to be made again, and say whether what uses it has to be looked at."""
        if user not in self.goal or user in self.again:
            return False
        item = self.current[user]
        if user.kind == "column" and not item.properties.get("generated"):
            if item.properties.get("default") is not None:
                self._redefaulted.add(user)
            return False
        if user.kind not in _AGAIN and user.kind != "column":
            return False
        self.again.add(user)
        self._altered.pop(user, None)
        return True

    def _hanging_on(self, owner: Identity) -> list[Identity]:
        """What hangs on a view, and goes with it."""
        return self.members(owner) if owner.kind in {"view", "materialized view"} else []

    def members(self, owner: Identity) -> list[Identity]:
        """What belongs to a table or view."""
        if owner.kind not in TABLE_LIKE:
            return []
        return self._members.get((owner.schema_name, owner.name), [])

    # -- what the migration asks ------------------------------------------------------------------

    def goes_with_another(self, identity: Identity) -> bool:
        """Whether it goes by itself when something else is dropped."""
        dropped = self.dropped
        item = self.current[identity]
        if identity.kind == "foreign key" and self._is_held(item, dropped):
            return False
        if identity.table is not None and any(
            Identity(kind, identity.schema_name, None, identity.table) in dropped
            for kind in TABLE_LIKE
        ):
            return True
        if identity.kind == "privilege":
            return any(each in dropped for each in self._uses.of(item) if each.kind != "schema")
        if identity.kind == "sequence" and item.properties.get("owned_by"):
            name = str(item.properties["owned_by"]).removeprefix(f"{identity.table}.")
            return Identity("column", identity.schema_name, identity.table, name) in dropped
        return False

    def _is_held(self, key: SchemaObject, dropped: set[Identity]) -> bool:
        """Whether a foreign key holds something of another table that is dropped, maybe before."""
        own = (key.schema_name, key.table)
        return any(
            each in dropped and own not in {(each.schema_name, each.table or each.name)}
            for each in self._uses.of(key)
        )

    def makes_room(self, identity: Identity) -> bool:
        """Whether something new takes a name that goes with the object."""
        if identity.kind == "column":
            return False
        names = {_bare(identity)}
        names |= {each.name for each in self.members(identity) if each.kind in _RELATIONS}
        return any((identity.schema_name, name) in self._made_names for name in names)

    def undefaults(self) -> Iterator[Statement]:
        """Take away the defaults that call what is dropped."""
        for identity in sorted(self._redefaulted):
            item = self.current[identity]
            sql = f"ALTER TABLE {table_of(item)} ALTER COLUMN {quoted(item.name)} DROP DEFAULT"
            yield Statement(sql, (identity,))

    def is_new(self, identity: Identity) -> bool:
        """Whether the goal alone has it."""
        return identity not in self.current

    def changes(self) -> Iterator[tuple[Identity, SchemaObject, list[Statement]]]:
        """What is done to objects that stay: the place in the order, the object, the statements."""
        for identity in self.made:
            item = self.goal[identity]
            table = Identity("table", item.schema_name, None, str(item.table))
            if item.kind == "column" and table in self.current and table in self.goal:
                yield identity, item, list(columns.added(item, self.goal))
        for identity, found in self._altered.items():
            place = identity._replace(kind="~settings") if identity.kind == "table" else identity
            yield place, self.goal[identity], found
        for identity, before in self._remade_types.items():
            item = self.goal[identity]
            yield identity, item, list(retype.made_anew(before, item, self.current, self.goal))
        yield from self._settled()

    def _settled(self) -> Iterator[tuple[Identity, SchemaObject, list[Statement]]]:
        """Defaults given back, and settings that went with an index that is made again."""
        for identity in sorted(self._redefaulted):
            item = self.goal[identity]
            default = item.properties.get("default")
            if default is not None:
                sql = f"ALTER TABLE {table_of(item)} ALTER COLUMN {quoted(item.name)} SET DEFAULT"
                yield identity, item, [Statement(f"{sql} {default}", (identity,))]
        remade = {(each.schema_name, each.table) for each in self.again if each.kind in _KEYS}
        for item in self.goal.of_kind("table", "materialized view"):
            if (item.schema_name, item.name) in remade and item.identity in self.current:
                found = [Statement(sql, (item.identity,)) for sql in settings(item)]
                yield item.identity._replace(kind="~settings"), item, found


def _key(identity: Identity) -> Identity:
    """A sequence is known by its name, whichever table it belongs to."""
    return identity._replace(table=None) if identity.kind == "sequence" else identity


def _bare(identity: Identity) -> str:
    """The name, of a routine without its arguments."""
    return identity.name.rpartition("(")[0] if identity.kind in ROUTINES else identity.name


def _members(catalog: Catalog) -> dict[tuple[str | None, str | None], list[Identity]]:
    """What belongs to each table and view."""
    found: dict[tuple[str | None, str | None], list[Identity]] = defaultdict(list)
    for each in catalog:
        if each.table is not None:
            found[each.schema_name, each.table].append(each)
    return found
