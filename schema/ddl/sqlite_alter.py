"""How one SQLite table becomes another: by ALTER TABLE where that can, else made anew.

ALTER TABLE renames, adds and drops columns, with many exceptions
(https://sqlite.org/lang_altertable.html). For all else a table is made anew under another name,
takes over the rows, and then the name: the twelve steps of the same page, several differences of
one table in one go.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from schema.catalog.objects import Catalog, Identity, Property, SchemaObject
from schema.catalog.sqlite_text import fold
from schema.ddl.sqlite_table import (
    CONSTRAINTS,
    Table,
    column_text,
    identifier,
    is_constant,
    mentions,
    references,
    shape,
    texts,
)
from schema.ddl.statement import Statement

__all__ = ["Alteration"]

#: Properties that no statement can set, or that change no meaning.
_UNSET = frozenset({"position", "server_named"})

#: Why a constraint that comes anew may be refused.
_FAILS = {
    "primary key": "Fails where values repeat.",
    "unique": "Fails where values repeat.",
    "foreign key": "Fails where a row refers to one that is not there.",
    "check": "Fails where a row breaks the check.",
}


def unlike(before: SchemaObject, after: SchemaObject) -> dict[str, tuple[Property, Property]]:
    """The properties that differ, each before and after."""
    names = [n for n in {**before.properties, **after.properties} if n not in _UNSET]
    pairs = {name: (before.properties.get(name), after.properties.get(name)) for name in names}
    return {name: pair for name, pair in pairs.items() if (pair[0] or None) != (pair[1] or None)}


@dataclass(frozen=True)
class Alteration:
    """A table as it is and as it shall be. ``goal`` is the catalog that all of it leads to.

    Triggers are no part of it but for ``lost_triggers``: they may mention other tables, and are
    made when all tables are there.
    """

    before: Table
    after: Table
    goal: Catalog

    def about(self) -> tuple[Identity, ...]:
        """What differs, indexes and triggers aside: the table itself, columns, constraints."""
        table = (self.after.item.identity,) if self._table_changes() else ()
        kinds = ("column", *CONSTRAINTS)
        return table + tuple(
            item.identity
            for item in (*self._gone(*kinds), *self._new(*kinds), *self._changed(*kinds))
        )

    @property
    def is_rebuild(self) -> bool:
        """Whether ALTER TABLE does not do."""
        new = self._new("column")
        constraints = [item for item in self._new(*CONSTRAINTS) if not self._comes_with(item, new)]
        return bool(
            self._table_changes()
            or constraints
            or self._gone(*CONSTRAINTS)
            or self._changed("column", *CONSTRAINTS)
            or not all(map(self._can_add, new))
            or not all(map(self._can_drop, self._gone("column")))
        )

    def statements(self, taken: Collection[str]) -> list[Statement]:
        """All of it. ``taken`` are the names that a table made for the while must not have."""
        old_indexes = [*self._gone("index"), *(pair for pair in self._changed("index"))]
        if self.is_rebuild:
            return [*self._rebuild(taken), *map(self._create_index, self.after.of_kind("index"))]
        return [
            *map(_drop_index, old_indexes),
            *map(self._drop_column, self._gone("column")),
            *map(self._add_column, self._new("column")),
            *map(self._create_index, (*self._new("index"), *self._changed("index"))),
        ]

    def lost_columns(self) -> list[str]:
        """The columns whose values do not come along."""
        kept = {fold(column.name) for column in self.after.columns}
        stored = [column for column in self.before.columns if not column.properties["generated"]]
        return [column.name for column in stored if fold(column.name) not in kept]

    def _table_changes(self) -> bool:
        return bool(unlike(self.before.item, self.after.item))

    def _gone(self, *kinds: str) -> list[SchemaObject]:
        return [i for i in self.before.of_kind(*kinds) if (i.kind, i.name) not in self._after]

    def _new(self, *kinds: str) -> list[SchemaObject]:
        return [i for i in self.after.of_kind(*kinds) if (i.kind, i.name) not in self._before]

    def _changed(self, *kinds: str) -> list[SchemaObject]:
        """In the form that they shall have."""
        both = [i for i in self.after.of_kind(*kinds) if (i.kind, i.name) in self._before]
        return [item for item in both if unlike(self._before[item.kind, item.name], item)]

    @property
    def _before(self) -> Mapping[tuple[str, str], SchemaObject]:
        return self.before.members

    @property
    def _after(self) -> Mapping[tuple[str, str], SchemaObject]:
        return self.after.members

    # -- by ALTER TABLE -----------------------------------------------------------------------

    def _comes_with(self, constraint: SchemaObject, columns: list[SchemaObject]) -> bool:
        """Whether ADD COLUMN can bring it along: the foreign key of that column alone."""
        if constraint.kind != "foreign key":
            return False
        return any(
            constraint.properties["columns"] == (column.name,)
            and column.properties.get("default") is None
            for column in columns
        )

    def _can_add(self, column: SchemaObject) -> bool:
        default = column.properties.get("default")
        generated = str(column.properties.get("generated") or "")
        constant = default is None or (
            is_constant(str(default)) and not str(default).startswith("CURRENT_")
        )
        filled = default is not None or column.properties["nullable"]
        return constant and bool(filled) and not generated

    def _can_drop(self, column: SchemaObject) -> bool:
        """SQLite refuses to drop a column that anything else mentions."""
        users = [
            item
            for item in self.before.of_kind(*CONSTRAINTS)
            if column.name in tuple(item.properties.get("columns") or ())  # type: ignore[arg-type]
        ]
        return not users and not self._is_mentioned(column.name)

    def _is_mentioned(self, name: str) -> bool:
        elsewhere = (item for item in self.goal.values() if item.table != self.after.name)
        inside = any(mentions(text, name) for _, text in texts(self.after))
        return inside or any(
            mentions(str(item.properties.get("definition") or item.properties.get("target_columns")
                         or ""), name)
            for item in elsewhere
            if item.kind in {"view", "trigger", "foreign key"}
        )  # fmt: skip

    def _add_column(self, column: SchemaObject) -> Statement:
        text = column_text(column)
        for key in self._new("foreign key"):
            if self._comes_with(key, [column]):
                name = "" if key.name == shape(key) else f"CONSTRAINT {identifier(key.name)} "
                text += f" {name}{references(key)}"
        return Statement(f"ALTER TABLE {self._name} ADD COLUMN {text}", (column.identity,))

    def _drop_column(self, column: SchemaObject) -> Statement:
        text = f"ALTER TABLE {self._name} DROP COLUMN {identifier(column.name)}"
        if column.properties.get("generated"):
            return Statement(text, (column.identity,))
        return Statement(text, (column.identity,), is_destructive=True, why=_lost([column.name]))

    def _create_index(self, item: SchemaObject) -> Statement:
        is_new = item in (*self._new("index"), *self._changed("index"))
        why = _FAILS["unique"] if is_new and item.properties.get("unique") else None
        about = (item.identity,) if is_new else self.about()
        return Statement(self.after.index(item), about, why=why)

    @property
    def _name(self) -> str:
        return identifier(self.after.name)

    # -- anew ---------------------------------------------------------------------------------

    def _rebuild(self, taken: Collection[str]) -> list[Statement]:
        temporary = _free_name(self.after.name, taken)
        new, about = identifier(temporary), self.about()
        lost = self.lost_columns()
        return [
            Statement(self.after.create(temporary), about),
            Statement(self._copy(new), about, is_destructive=self._narrows(), why=self._risk()),
            *self._keep_sequence(temporary, about),
            Statement(
                f"DROP TABLE {self._name}",
                about,
                is_destructive=bool(lost),
                why=_lost(lost) if lost else None,
            ),
            Statement(f"ALTER TABLE {new} RENAME TO {self._name}", about),
        ]

    def _copy(self, new: str) -> str:
        """Copy the rows; with a hidden rowid where something may depend on it."""
        before = {fold(column.name): column.name for column in self.before.columns}
        targets = [c for c in self.after.columns if not c.properties["generated"]]
        pairs = [(c.name, before[fold(c.name)]) for c in targets if fold(c.name) in before]
        if self._keeps_rowid():
            pairs.insert(0, ("rowid", "rowid"))
        into = ", ".join(identifier(name) for name, _ in pairs)
        source = ", ".join(identifier(name) for _, name in pairs)
        return f"INSERT INTO {new} ({into})\nSELECT {source} FROM {self._name}"

    def _keeps_rowid(self) -> bool:
        """Where rows have no other key, or there are virtual tables: a full text index refers to
        rows by it (https://sqlite.org/fts5.html#external_content_tables)."""
        is_used = not self.after.of_kind("primary key") or any(
            table.properties.get("virtual") for table in self.goal.of_kind("table")
        )
        return is_used and self.before.has_rowid() and self.after.has_rowid()

    def _keep_sequence(self, temporary: str, about: tuple[Identity, ...]) -> list[Statement]:
        """What AUTOINCREMENT counted to: numbers of deleted rows are not given out again."""
        if not (self.before.autoincrement() and self.after.autoincrement()):
            return []
        new, old = _literal(temporary), _literal(self.after.name)
        return [
            Statement(f"DELETE FROM sqlite_sequence WHERE name = {new}", about),  # noqa: S608
            Statement(
                "INSERT INTO sqlite_sequence (name, seq)\n"
                f"SELECT {new}, seq FROM sqlite_sequence WHERE name = {old}",
                about,
            ),
        ]

    def _narrows(self) -> bool:
        """Whether values may be converted without a way back: '007' becomes 7."""
        pairs = [(self._before["column", c.name], c) for c in self._changed("column")]
        return any(
            not _is_numeric(old) and _is_numeric(new) for old, new in pairs if _is_stored(old)
        )

    def _risk(self) -> str | None:
        """Why copying the rows may fail, or change them."""
        risks = [
            f"Fails where {column.name} is NULL."
            for column in (*self._changed("column"), *self._new("column"))
            if self._becomes_required(column)
        ]
        fresh = (*self._new(*CONSTRAINTS), *self._changed(*CONSTRAINTS))
        risks += [_FAILS[item.kind] for item in fresh if not self._is_renamed(item)]
        if self.after.item.properties.get("strict") and not self.before.item.properties.get(
            "strict"
        ):
            risks.append("Fails where a value is not of its column's type.")
        if self._narrows():
            risks.append("Text that looks like a number becomes one.")
        return " ".join(dict.fromkeys(risks)) or None

    def _becomes_required(self, column: SchemaObject) -> bool:
        if column.properties["nullable"] or column.properties["generated"]:
            return False
        before = self._before.get(("column", column.name))
        if before is None:
            return column.properties.get("default") is None
        return bool(before.properties["nullable"])

    def _is_renamed(self, item: SchemaObject) -> bool:
        return any(not unlike(old, item) for old in self._gone(item.kind))


def _lost(columns: list[str]) -> str:
    return f"The values of {', '.join(columns)} are lost."


def _drop_index(item: SchemaObject) -> Statement:
    return Statement(f"DROP INDEX {identifier(item.name)}", (item.identity,))


def _free_name(name: str, taken: Collection[str]) -> str:
    """The name of a table that will be there for a moment only."""
    folded = {fold(each) for each in taken}
    number, found = 1, f"{name}_new"
    while fold(found) in folded:
        number += 1
        found = f"{name}_new{number}"
    return found


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _is_numeric(column: SchemaObject) -> bool:
    """By the rules of https://sqlite.org/datatype3.html#determination_of_column_affinity."""
    declared = str(column.properties.get("type") or "").upper()
    if "INT" in declared:
        return True
    return bool(declared) and not any(
        part in declared for part in ("CHAR", "CLOB", "TEXT", "BLOB", "ANY")
    )


def _is_stored(column: SchemaObject) -> bool:
    return not column.properties.get("generated")
