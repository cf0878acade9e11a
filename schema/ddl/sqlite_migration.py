"""The statements that make one SQLite catalog another, in their order and with their safeguards.

SQLite's own procedure (https://sqlite.org/lang_altertable.html#otheralter) is kept. The session
must have ``PRAGMA foreign_keys`` off before the transaction begins, or dropping a table would fire
ON DELETE CASCADE; foreign keys are checked at the end instead. ``legacy_alter_table`` keeps SQLite
from reading the views of a table that is gone for a moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from schema.catalog.objects import Catalog, SchemaObject
from schema.ddl.sqlite_alter import Alteration, unlike
from schema.ddl.sqlite_table import Table, identifier, pragma_text, tables, trigger_text, view_text
from schema.ddl.statement import Statement

__all__ = ["Transition"]

#: Of temporary tables, which are gone before the commit.
_BEFORE, _CHECK = "before_repair", "repair_check"


class Transition:
    """From ``found`` to ``goal``. ``renames`` come first; ``found`` is the catalog after them."""

    def __init__(self, found: Catalog, goal: Catalog, renames: Sequence[Statement] = ()) -> None:
        self._found, self._goal = found, goal
        self._renames = list(renames)
        before, after = tables(found), tables(goal)
        self._old = {name: table for name, table in before.items() if table.item.kind == "table"}
        self._new = {name: table for name, table in after.items() if table.item.kind == "table"}
        self._alterations = [
            Alteration(table, self._new[name], goal)
            for name, table in self._old.items()
            if name in self._new
        ]

    def statements(self) -> list[Statement]:
        """All, for one transaction of a session with foreign keys off; none for no change."""
        work = [*self._drops(), *self._changes(), *self._creations(), *self._settings()]
        if not work and not self._renames:
            return []
        if not self._is_delicate():
            return [*self._renames, *work]
        return [
            *self._renames,
            _plain("PRAGMA legacy_alter_table = ON"),
            *self._note(),
            *work,
            *self._check(),
            _plain("PRAGMA legacy_alter_table = OFF"),
        ]

    # -- the work -----------------------------------------------------------------------------

    def _drops(self) -> Iterator[Statement]:
        """What must be out of the way: triggers and views that go or change, tables that go."""
        for item in self._found.of_kind("trigger"):
            if item.table in self._kept() and self._differs(item):
                yield Statement(f"DROP TRIGGER {identifier(item.name)}", (item.identity,))
        for item in self._found.of_kind("view"):
            if item.name in self._gone_views():
                yield Statement(f"DROP VIEW {identifier(item.name)}", (item.identity,))
        for name, table in self._old.items():
            if name not in self._new:
                text = f"DROP TABLE {identifier(name)}"
                yield Statement(
                    text, (table.item.identity,), is_destructive=True, why="Its rows are lost."
                )

    def _changes(self) -> Iterator[Statement]:
        taken = {*self._old, *self._new, *(item.name for item in self._goal.of_kind("view"))}
        for alteration in self._alterations:
            yield from alteration.statements(taken)

    def _creations(self) -> Iterator[Statement]:
        for name, table in self._new.items():
            if name not in self._old:
                yield Statement(table.create(), (table.item.identity,))
                for item in table.of_kind("index"):
                    yield Statement(table.index(item), (table.item.identity,))
        for view in self._goal.of_kind("view"):
            if view.name in self._gone_views() or view.identity not in self._found:
                yield Statement(view_text(view), (view.identity,))
        yield from map(_create_trigger, filter(self._is_made, self._goal.of_kind("trigger")))

    def _settings(self) -> Iterator[Statement]:
        for item in self._goal.of_kind("database"):
            before = self._found.get(item.identity)
            for name, (_, value) in (unlike(before, item) if before else {}).items():
                yield Statement(pragma_text(name, value), (item.identity,))

    def _is_made(self, trigger: SchemaObject) -> bool:
        """Whether it is new, or fell with its table or view."""
        is_new = trigger.identity not in self._found or self._differs(trigger)
        return is_new or trigger.table in self._remade() or trigger.table in self._gone_views()

    def _differs(self, item: SchemaObject) -> bool:
        """Whether it is not in both, or not in the same form."""
        before, after = self._found.get(item.identity), self._goal.get(item.identity)
        return before is None or after is None or bool(unlike(before, after))

    def _remade(self) -> set[str]:
        return {each.after.name for each in self._alterations if each.is_rebuild}

    def _kept(self) -> set[str]:
        """The tables that stay, and the views that are not dropped: what falls with its owner
        needs no statement of its own."""
        views = {view.name for view in self._found.of_kind("view")}
        return (self._old.keys() & self._new.keys()) | (views - self._gone_views())

    def _gone_views(self) -> set[str]:
        """The views that are dropped, for good or to be made in their new form."""
        return {view.name for view in self._found.of_kind("view") if self._differs(view)}

    # -- the safeguards -----------------------------------------------------------------------

    def _is_delicate(self) -> bool:
        """Whether a table is dropped, in the course of making it anew or for good."""
        return (
            bool(self._remade())
            or bool(self._old.keys() - self._new.keys())
            or any(statement.sql.find(" DROP COLUMN ") > 0 for statement in self._changes())
        )

    def _note(self) -> Iterator[Statement]:
        """Count the rows of what is made anew, and the foreign keys that are broken already."""
        counts = [f"({_count(name)}) AS rows_{n}" for n, name in self._counted()]
        errors = [f"({_count_broken(name)}) AS broken_{n}" for n, name in self._checked()]
        if counts or errors:
            columns = ",\n    ".join([*counts, *errors])
            yield _plain(f"CREATE TEMP TABLE {_BEFORE} AS SELECT\n    {columns}")

    def _check(self) -> Iterator[Statement]:
        """Roll all back where a row is missing, or a foreign key is broken that was not before."""
        counts = [f"({_count(name)}) = rows_{n}" for n, name in self._counted()]
        errors = [f"({_count_broken(name)}) <= broken_{n}" for n, name in self._checked()]
        if not counts and not errors:
            return
        rule = "CONSTRAINT no_row_lost_and_no_foreign_key_broken CHECK (holds)"
        yield _plain(f"CREATE TEMP TABLE {_CHECK} (holds INTEGER NOT NULL {rule})")
        conditions = "\n    AND ".join([*counts, *errors])
        yield _plain(
            f"INSERT OR ROLLBACK INTO temp.{_CHECK}\nSELECT {conditions}\nFROM temp.{_BEFORE}"
        )
        yield _plain(f"DROP TABLE temp.{_CHECK}")
        yield _plain(f"DROP TABLE temp.{_BEFORE}")

    def _counted(self) -> Iterator[tuple[int, str]]:
        return enumerate(sorted(self._remade()), 1)

    def _checked(self) -> Iterator[tuple[int, str]]:
        """The tables with foreign keys from or to what changes.

        PRAGMA foreign_key_check fails where a key leads to columns that are not unique: tables
        that have such a key are left out.
        """
        touched = self._remade() | (self._old.keys() - self._new.keys())
        names = [
            name
            for name, table in self._new.items()
            if name in self._old
            and self._touches(table, touched)
            and _is_sound(self._old[name], self._old)
            and _is_sound(table, self._new)
        ]
        return enumerate(sorted(names), 1)

    def _touches(self, table: Table, touched: set[str]) -> bool:
        targets = {key.properties["target"] for key in table.of_kind("foreign key")}
        return bool(targets) and (table.name in touched or bool(targets & touched))


def _plain(text: str) -> Statement:
    """A statement that is about no object."""
    return Statement(text, ())


def _create_trigger(item: SchemaObject) -> Statement:
    return Statement(trigger_text(item), (item.identity,))


def _count(name: str) -> str:
    return f"SELECT count(*) FROM {identifier(name)}"  # noqa: S608 -- quoted


def _count_broken(name: str) -> str:
    literal = name.replace("'", "''")
    return f"SELECT count(*) FROM pragma_foreign_key_check('{literal}')"  # noqa: S608 -- quoted


def _is_sound(table: Table, others: dict[str, Table]) -> bool:
    """Whether every foreign key leads to a unique key, or to a table that is not there."""
    return all(
        _is_key(key, others[str(key.properties["target"])])
        for key in table.of_kind("foreign key")
        if key.properties["target"] in others
    )


def _is_key(key: SchemaObject, target: Table) -> bool:
    wanted = set(_columns(key.properties["target_columns"]))
    uniques: Iterable[SchemaObject] = (
        *target.of_kind("primary key", "unique"),
        *(
            index
            for index in target.of_kind("index")
            if index.properties.get("unique") and not index.properties.get("predicate")
        ),
    )
    return any(wanted == set(_columns(each.properties.get("columns"))) for each in uniques)


def _columns(value: object) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, tuple) else ()
