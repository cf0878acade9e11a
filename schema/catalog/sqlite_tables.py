"""One SQLite table as schema objects: what the pragmas say of it, with what only its text says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from re import compile as pattern
from sys import intern
from typing import Any, NamedTuple

from schema.catalog import sqlite_ddl as ddl
from schema.catalog.objects import Property, SchemaObject
from schema.catalog.sqlite_statements import parse_index
from schema.catalog.sqlite_text import DDLError, fold, quote, spell, tokens
from schema.catalog.sqlite_values import affinity, spell_default, spell_expression, spell_type

__all__ = ["ColumnRow", "Facts", "ForeignKey", "ForeignKeyRow", "IndexRow", "Table", "table_facts"]


class ColumnRow(NamedTuple):
    """A row of ``pragma_table_xinfo``, with the table's number in front."""

    table: int
    cid: int
    name: str
    type: str
    notnull: int
    default: str | None
    pk: int
    hidden: int


class IndexRow(NamedTuple):
    """A key column of ``pragma_index_xinfo``, with its index out of ``pragma_index_list``.

    ``column`` is None for an expression.
    """

    table: int
    index_name: str
    unique: int
    origin: str
    partial: int
    column: str | None
    desc: int
    collation: str | None


class ForeignKeyRow(NamedTuple):
    """A row of ``pragma_foreign_key_list``: one column of a foreign key."""

    table: int
    id: int
    target: str
    column: str
    target_column: str | None
    on_update: str
    on_delete: str


class ForeignKey(NamedTuple):
    """A foreign key whose target is yet to be looked up; no target columns mean its primary key."""

    name: str
    target: str
    columns: tuple[str, ...]
    target_columns: tuple[str, ...]
    properties: Mapping[str, Property]


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a table's own entries tell: the same text always gives the same facts.

    ``objects`` are complete; ``foreign_keys`` become so beside the other tables. ``columns`` gives
    a column's name by its folded name. ``unread`` names the indexes that SQLite does not follow.
    """

    name: str
    objects: tuple[SchemaObject, ...]
    foreign_keys: tuple[ForeignKey, ...]
    columns: Mapping[str, str]
    primary_key: tuple[str, ...]
    unread: tuple[str, ...] = ()


@dataclass(slots=True)
class Table:
    """A table under work: its texts, and its rows out of the pragmas."""

    name: str
    sql: str
    index_texts: Mapping[str, str]
    columns: Sequence[ColumnRow]
    indexes: Mapping[str, Sequence[IndexRow]]
    foreign_keys: Sequence[ForeignKeyRow]
    names: Mapping[str, str]
    told: ddl.Table
    definition: str | None = None

    @property
    def is_strict(self) -> bool:
        return "STRICT" in self.told.options

    def collation(self, column: str) -> str:
        """A column's collation, in upper case; BINARY where none is given."""
        told = self.told.columns.get(fold(column)) if self.told.columns else None
        return (told and told.collation) or "BINARY"

    def column_name(self, name: str) -> str:
        """The column's name as its table spells it."""
        return self.names.get(fold(name), name)

    def object(self, kind: str, name: str, properties: dict[str, Property]) -> SchemaObject:
        return SchemaObject(kind, None, self.name, name, properties)


def table_facts(
    name: str,
    sql: str,
    index_texts: Mapping[str, str],
    columns: Iterable[Sequence[Any]],
    indexes: Iterable[Sequence[Any]],
    foreign_keys: Iterable[Sequence[Any]],
) -> Facts:
    """The facts of one table; the rows are those of the pragmas, in the pragmas' order."""
    rows = list(map(ColumnRow._make, columns))
    names = {fold(row.name): intern(row.name) for row in rows}
    parts = map(IndexRow._make, indexes)
    table = Table(
        intern(name),
        sql,
        index_texts,
        rows,
        {index: list(found) for index, found in groupby(parts, itemgetter(1))},
        list(map(ForeignKeyRow._make, foreign_keys)),
        names,
        ddl.Table(),
    )
    try:
        table.told = ddl.parse_table(sql, names)
    except DDLError:
        table.definition = spell(tokens(sql))
    return Facts(
        table.name,
        (_table(table), *_columns(table), *unambiguous(_constraints(table))),
        tuple(_foreign_keys(table)),
        names,
        _primary_key_columns(table),
        tuple(index for index in index_texts if index not in table.indexes),
    )


def unambiguous(objects: Iterable[SchemaObject]) -> Iterator[SchemaObject]:
    """The objects, those of one identity numbered: SQLite lets constraints share a name."""
    seen: dict[tuple[str, str], int] = defaultdict(int)
    for item in objects:
        seen[item.kind, item.name] += 1
        count = seen[item.kind, item.name]
        if count == 1:
            yield item
        else:
            name = f"{item.name} #{count}"
            yield SchemaObject(item.kind, None, item.table, name, item.properties)


def _table(table: Table) -> SchemaObject:
    keys = table.told.of_kind("primary key")
    properties: dict[str, Property] = {
        "strict": table.is_strict,
        "without_rowid": "WITHOUT ROWID" in table.told.options,
        "autoincrement": any(told.constraint.autoincrement for told in keys),
    }
    if table.definition is not None:
        properties["definition"] = table.definition
    return SchemaObject("table", None, None, table.name, properties)


# -- columns --------------------------------------------------------------------------------------

_NOTHING_TOLD = ddl.Column("")


def _columns(table: Table) -> Iterator[SchemaObject]:
    is_strict, told_of = table.is_strict, table.told.columns
    rowid = _rowid_key(table)
    for folded, row in zip(table.names, table.columns, strict=True):
        told = told_of.get(folded, _NOTHING_TOLD)
        declared = spell_type(row.type)
        properties: dict[str, Property] = {
            "type": declared,
            "affinity": affinity(declared, strict=is_strict),
            "nullable": not row.notnull and row.name != rowid,
            "default": spell_default(row.default) if row.default and not row.hidden else None,
            "generated": _generated(row, told) if row.hidden else None,
            "collation": None if told.collation == "BINARY" else told.collation,
            "on_conflict": told.on_conflict,
            "position": row.cid + 1,
        }
        if told.not_null_name:
            properties["not_null_name"] = told.not_null_name
        yield table.object("column", table.names[folded], properties)


def _generated(row: ColumnRow, told: ddl.Column) -> str:
    return f"{'stored' if row.hidden == 3 else 'virtual'}: {told.generated or ''}"


def _rowid_key(table: Table) -> str | None:
    """The column that is the rowid itself: https://sqlite.org/lang_createtable.html#rowid."""
    members = [row for row in table.columns if row.pk]
    if (
        len(members) != 1
        or members[0].type.upper() != "INTEGER"
        or "WITHOUT ROWID" in table.told.options
        or any(rows[0].origin == "pk" for rows in table.indexes.values())
    ):
        return None
    return members[0].name


def _primary_key_columns(table: Table) -> tuple[str, ...]:
    members = sorted((row.pk, row.name) for row in table.columns if row.pk)
    return tuple(intern(name) for _, name in members)


# -- constraints ----------------------------------------------------------------------------------


def _constraints(table: Table) -> Iterator[SchemaObject]:
    yield from _primary_key(table)
    yield from _checks(table)
    yield from _uniques(table)
    for name, rows in table.indexes.items():
        if rows[0].origin == "c":
            yield _index(table, name, rows)
    for name, text in table.index_texts.items():
        if name not in table.indexes:
            yield table.object("index", name, {"definition": spell(tokens(text), table.names)})


def _primary_key(table: Table) -> Iterator[SchemaObject]:
    columns = _primary_key_columns(table)
    if not columns:
        return
    keys = table.told.of_kind("primary key")
    name, told = keys[0] if keys else (None, None)
    # A rowid has no index, and no other order than its own.
    rows = next((rows for rows in table.indexes.values() if rows[0].origin == "pk"), [])
    properties: dict[str, Property] = {
        "columns": columns,
        "descending": tuple(row.column or "" for row in rows if row.desc),
        "collation": _collations(table, rows),
        "on_conflict": told.on_conflict if told else None,
        "server_named": name is None,
    }
    yield table.object("primary key", name or "primary key", properties)


def _checks(table: Table) -> Iterator[SchemaObject]:
    for name, told in table.told.of_kind("check"):
        properties: dict[str, Property] = {
            "expression": intern(told.expression),
            "server_named": name is None,
        }
        yield table.object("check", name or f"check ({told.expression})", properties)


def _uniques(table: Table) -> Iterator[SchemaObject]:
    """The unique constraints with an index of their own, and named ones that share another's."""
    waiting = [(told, _key(table, told.constraint)) for told in table.told.of_kind("unique")]
    # The pragma counts the indexes from the last made to the first.
    for rows in reversed([rows for rows in table.indexes.values() if rows[0].origin == "u"]):
        key = [(fold(row.column or ""), (row.collation or "BINARY").upper()) for row in rows]
        place = next((n for n, (_, there) in enumerate(waiting) if there == key), None)
        told = waiting.pop(place)[0] if place is not None else _UNTOLD
        yield _unique(table, told, rows)
    for told, _ in waiting:
        if told.name is not None:
            yield _unique(table, told, ())


_UNTOLD = ddl.Told(None, ddl.Constraint("unique"))


def _key(table: Table, told: ddl.Constraint) -> list[tuple[str, str]]:
    """The folded columns of a key, each with its collation: by these SQLite tells keys apart."""
    return [
        (fold(column), collation or table.collation(column))
        for column, collation in zip(told.columns, told.collations, strict=True)
    ]


def _unique(table: Table, told: ddl.Told, rows: Sequence[IndexRow]) -> SchemaObject:
    named = tuple(map(table.column_name, told.constraint.columns))
    columns = tuple(row.column or "" for row in rows) or named
    properties: dict[str, Property] = {
        "columns": tuple(map(intern, columns)),
        "collation": _collations(table, rows),
        "on_conflict": told.constraint.on_conflict,
        "server_named": told.name is None,
    }
    if descending := tuple(row.column for row in rows if row.desc):
        properties["descending"] = descending
    return table.object("unique", told.name or f"unique ({', '.join(columns)})", properties)


def _collations(table: Table, rows: Sequence[IndexRow]) -> Property:
    """The collation of each part where it is not its column's own; None when all are."""
    if not table.told.columns and all(row.collation == "BINARY" for row in rows):
        return None
    own = [table.collation(row.column) if row.column else "BINARY" for row in rows]
    found = [(row.collation or "BINARY").upper() for row in rows]
    if own == found:
        return None
    return tuple(f if f != o else None for f, o in zip(found, own, strict=True))


# -- indexes --------------------------------------------------------------------------------------

_IDENTIFIER = pattern(r"[^\W\d]\w*")


def _index(table: Table, name: str, rows: Sequence[IndexRow]) -> SchemaObject:
    columns = [row.column for row in rows]
    predicate = None
    if rows[0].partial or None in columns:
        text = table.index_texts.get(name, "")
        try:
            columns, predicate = _told_index(rows, text, table.names)
        except DDLError:
            return table.object("index", name, {"definition": spell(tokens(text), table.names)})
    else:
        columns = [_as_part(column or "") for column in columns]
    properties: dict[str, Property] = {
        "columns": tuple(
            f"{column} DESC" if row.desc else intern(column or "")
            for column, row in zip(columns, rows, strict=True)
        ),
        "unique": bool(rows[0].unique),
        "predicate": predicate,
        "collation": _collations(table, rows),
    }
    return table.object("index", intern(name), properties)


def _told_index(
    rows: Sequence[IndexRow], text: str, scope: Collection[str]
) -> tuple[list[str | None], str | None]:
    """The parts, with what the text says of expressions, and the predicate."""
    parts, predicate = parse_index(text)
    if len(parts) != len(rows):
        raise DDLError("an index's text does not have the parts that SQLite sees")
    columns: list[str | None] = [
        _as_part(row.column) if row.column else spell_expression(part, scope)
        for row, part in zip(rows, parts, strict=True)
    ]
    return columns, spell_expression(predicate, scope) or None


def _as_part(column: str) -> str:
    """A column's name, quoted where it could be taken for an expression or an order."""
    return column if _IDENTIFIER.fullmatch(column) else quote(column)


# -- foreign keys ---------------------------------------------------------------------------------


def _foreign_keys(table: Table) -> Iterator[ForeignKey]:
    told = table.told.of_kind("foreign key")
    grouped = [list(rows) for _, rows in groupby(table.foreign_keys, itemgetter(1))]
    # The pragma counts the foreign keys from the last of the text to the first.
    for place, rows in enumerate(reversed(grouped)):
        name, constraint = told[place] if place < len(told) else (None, _PLAIN)
        columns = tuple(table.column_name(row.column) for row in rows)
        yield ForeignKey(
            name or f"foreign key ({', '.join(columns)})",
            rows[0].target,
            columns,
            tuple(row.target_column for row in rows if row.target_column is not None),
            {
                "on_delete": rows[0].on_delete,
                "on_update": rows[0].on_update,
                "match": constraint.match,
                "deferrable": constraint.deferrable,
                "initially_deferred": constraint.initially_deferred,
                "server_named": name is None,
            },
        )


_PLAIN = ddl.Constraint("foreign key")
