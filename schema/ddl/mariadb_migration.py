"""From one MariaDB catalog to another: what is in the way goes first, and comes again at the end.

There is no transaction around any of it: each statement stays done when a later one fails.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from schema.catalog.mariadb_text import quoted
from schema.catalog.objects import Catalog, Identity, SchemaObject
from schema.compare import Difference, compare
from schema.ddl import mariadb_renames as renaming
from schema.ddl.goal import goal
from schema.ddl.mariadb_alter import Alteration
from schema.ddl.mariadb_arrange import by_targets, code
from schema.ddl.mariadb_code import CODE, DEFINER, database, made, moment, sequence
from schema.ddl.mariadb_losses import risk
from schema.ddl.mariadb_tables import foreign_key, key_columns, tables
from schema.ddl.mariadb_text import literal, named_in, under_mode
from schema.ddl.statement import Migration, Statement
from schema.ddl.unlike import unlike

__all__ = ["migrate"]

_KINDS = frozenset(
    {"database", "table", "column", "primary key", "unique", "index", "foreign key", "check",
     "sequence", *CODE}
)  # fmt: skip


def migrate(found: Catalog, wanted: Catalog, differences: Sequence[Difference]) -> Migration:
    """See ``schema.ddl.migrate``."""
    reasons = {id(item): _impossible(item) for item in differences}
    not_expressed = [(item, why) for item in differences if (why := reasons[id(item)])]
    possible = [item for item in differences if not reasons[id(item)]]
    renames = [item for item in possible if renaming.is_rename(item)]
    current = renaming.renamed(found, renames) if renames else found
    arrival = goal(current, wanted, renaming.without(possible))
    if renames:
        arrival = _with_texts(arrival, wanted, _changed(found, wanted))
    arrival = _consistent(arrival, current, wanted)
    return [*renaming.statements(renames), *_Way(current, arrival).statements()], not_expressed


def _impossible(item: Difference) -> str | None:
    """Why no statement can do it; None when one can."""
    if item.kind == "privilege":
        return "accounts and their rights belong to the server: GRANT or REVOKE it by hand"
    if item.kind not in _KINDS:
        return f"there is no SQL for a {item.kind} of MariaDB yet"
    text = item.properties.get("definition")
    if item.kind in CODE and text and text[0] is None and item.change != "added":
        return "its text could not be read"
    return None


def _changed(found: Catalog, wanted: Catalog) -> set[Identity]:
    return {item.identity for item in compare(wanted, found)}


def _with_texts(arrival: Catalog, wanted: Catalog, unlike_ones: set[Identity]) -> Catalog:
    """What differs in nothing but the renamed names takes the wanted text: no server does it."""
    objects = dict(arrival.items())
    for identity, item in arrival.items():
        if item.kind in CODE and identity in wanted and identity not in unlike_ones:
            objects[identity] = wanted[identity]
    return Catalog(arrival.dialect, arrival.server_version, objects.values())


def _consistent(arrival: Catalog, current: Catalog, wanted: Catalog) -> Catalog:
    """Without what cannot be there: a key or check of a column that goes, and an index that the
    server made for a foreign key that goes."""
    columns: dict[str, set[str]] = {}
    for item in arrival.of_kind("column"):
        columns.setdefault(str(item.table), set()).add(item.name)
    gone = [item for item in current.of_kind("foreign key") if item.identity not in arrival]
    theirs = {(item.table, item.properties["columns"]) for item in gone}

    def is_left(item: SchemaObject) -> bool:
        there = columns.get(str(item.table), set())
        if item.kind in {"primary key", "unique", "index"}:
            named = key_columns(item)
            is_orphan = (
                item.kind == "index"
                and item.properties.get("server_named")
                and (item.table, named) in theirs
                and item.identity not in wanted
            )
            return set(named) <= there and not is_orphan
        if item.kind == "check":
            return named_in(str(item.properties["expression"])) <= there
        return True

    return arrival.where(is_left)


class _Way:
    """The statements from one catalog to another, in order."""

    def __init__(self, current: Catalog, arrival: Catalog) -> None:
        self.current, self.arrival = current, arrival
        self.before, self.after = tables(current), tables(arrival)
        self.altered = {
            name: Alteration(self.before[name], table)
            for name, table in self.after.items()
            if name in self.before
        }
        self.dropped_keys = [
            item.identity for item in current.of_kind("foreign key") if self._is_in_the_way(item)
        ]
        gone = {name: table for name, table in self.before.items() if name not in self.after}
        self.drop_order = by_targets(gone)[0][::-1]

    def statements(self) -> list[Statement]:
        return [
            *self._drop_code(),
            *self._drop_foreign_keys(),
            *self._drop_tables(),
            *self._database(),
            *self._sequences(),
            *self._tables(),
            *self._drop_sequences(),
            *self._code(),
        ]

    # -- foreign keys -----------------------------------------------------------------------------

    def _is_in_the_way(self, item: SchemaObject) -> bool:
        """Whether a foreign key goes, or what it is on or leads to changes."""
        new = self.arrival.get(item.identity)
        if new is None or unlike(item, new):
            return True
        target = str(item.properties["target"])
        for table, columns in ((item.table, key_columns(item)),
                               (target, item.properties["target_columns"])):  # fmt: skip
            change = self.altered.get(str(table))
            if change and change.changed_columns & set(columns):  # type: ignore[arg-type]
                return True
        return False

    def _drop_foreign_keys(self) -> Iterator[Statement]:
        for identity in self.dropped_keys:
            if identity.table in self.after or self._is_in_ring(identity):
                text = f"ALTER TABLE {quoted(str(identity.table))}\n  DROP FOREIGN KEY "
                yield _statement(text + quoted(identity.name), (identity,))

    def _is_in_ring(self, identity: Identity) -> bool:
        """Whether it keeps a table from being dropped that goes before its own."""
        target = str(self.current[identity].properties["target"])
        order = self.drop_order
        if target not in order or identity.table not in order:
            return False
        return order.index(target) < order.index(str(identity.table))

    # -- tables -----------------------------------------------------------------------------------

    def _drop_tables(self) -> Iterator[Statement]:
        for name in self.drop_order:
            identity = self.before[name].item.identity
            yield Statement(f"DROP TABLE {quoted(name)}", (identity,), is_destructive=True,
                            why="Its rows are lost.", in_transaction=False)  # fmt: skip

    def _tables(self) -> Iterator[Statement]:
        new = {name: table for name, table in self.after.items() if name not in self.before}
        order, forced = by_targets(new)
        late: list[SchemaObject] = []
        for name in order:
            table = new[name]
            is_late = name in forced or any(
                str(item.properties["target"]) in self.altered
                for item in table.foreign_keys.values()
            )
            late += table.foreign_keys.values() if is_late else []
            about = (table.item.identity,)
            yield _statement(table.create(keys=not is_late), about)
        for change in self.altered.values():
            yield from change.statements()
        for item in [*self._again(), *late]:
            text = f"ALTER TABLE {quoted(str(item.table))}\n  ADD {foreign_key(item)}"
            yield _statement(text, (item.identity,), risk(item))

    def _again(self) -> Iterator[SchemaObject]:
        for item in self.arrival.of_kind("foreign key"):
            if item.table in self.before and (
                item.identity not in self.current or item.identity in self.dropped_keys
            ):
                yield item

    # -- the rest ---------------------------------------------------------------------------------

    def _database(self) -> Iterator[Statement]:
        [old], [new] = self.current.of_kind("database"), self.arrival.of_kind("database")
        if unlike(old, new):
            yield _statement(database(new), (new.identity,))

    def _sequences(self) -> Iterator[Statement]:
        for item in self.arrival.of_kind("sequence"):
            old = self.current.get(item.identity)
            about = (item.identity,)
            if old is None:
                yield _statement(sequence(item), about)
            elif names := unlike(old, item):
                if names - {"comment"}:
                    yield _statement(sequence(item, alter=True), about)
                if "comment" in names:
                    comment = literal(str(item.properties.get("comment") or ""))
                    yield _statement(f"ALTER TABLE {quoted(item.name)} COMMENT={comment}", about)

    def _drop_sequences(self) -> Iterator[Statement]:
        for item in self.current.of_kind("sequence"):
            if item.identity not in self.arrival:
                yield Statement(
                    f"DROP SEQUENCE {quoted(item.name)}", (item.identity,), is_destructive=True,
                    why="What it has counted to is lost.", in_transaction=False,
                )  # fmt: skip

    def _drop_code(self) -> Iterator[Statement]:
        """Texts that go, but for the triggers of a table that goes."""
        for kind in reversed(CODE):
            for item in self.current.of_kind(kind):
                is_left = item.table is None or item.table in self.after
                if item.identity not in self.arrival and is_left:
                    text = f"DROP {kind.upper()} IF EXISTS {quoted(item.name)}"
                    # The word PACKAGE is known in Oracle's mode alone.
                    texts = under_mode(item, text) if kind.startswith("package") else [text]
                    yield from (_statement(each, (item.identity,)) for each in texts)

    def _code(self) -> Iterator[Statement]:
        for item in code(self.arrival):
            old = self.current.get(item.identity)
            if old is not None and not self._is_said_again(item, old):
                continue
            why = DEFINER if old is not None and "owner" not in item.properties else None
            for text in made(item):
                yield _statement(text, (item.identity,), why)

    def _is_said_again(self, item: SchemaObject, old: SchemaObject) -> bool:
        """Whether it changes; or, of triggers that fire together, whether their order does."""
        if unlike(old, item):
            return True
        if item.kind != "trigger":
            return False
        when = moment(item)
        together = [
            each
            for each in self.arrival.of_kind("trigger")
            if each.table == item.table and moment(each) == when
        ]
        return any(
            each.identity not in self.current or unlike(self.current[each.identity], each)
            for each in together
        )


def _statement(sql: str, about: Iterable[Identity], why: str | None = None) -> Statement:
    return Statement(sql, tuple(about), why=why, in_transaction=False)
