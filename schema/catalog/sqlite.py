"""The catalog of a SQLite database (3.35 or newer), in six queries.

Facts come from SQLite's pragmas, joined to ``sqlite_schema`` as table-valued functions
(https://sqlite.org/pragma.html#pragfunc); what no pragma tells comes from the DDL text, parsed by
``sqlite_ddl``. A text that cannot be parsed is kept whole, as the table's ``definition``.
"""

# ruff: noqa: S608 -- put together from this module's own constants; no value comes from outside

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy.engine import Connection, Row

from schema.catalog import sqlite_ddl as ddl
from schema.catalog.objects import OWN_TABLES, Catalog, Property, SchemaObject
from schema.catalog.sqlite_text import DDLError, fold, spell, spell_default, tokens

__all__ = ["read"]

_SCHEMA = "SELECT type, name, tbl_name, sql FROM main.sqlite_schema"

# A virtual table's module may be missing, which would fail the whole query.
_TABLES = """(SELECT name FROM main.sqlite_schema
              WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%') AS m"""

_COLUMNS = f"""
SELECT m.name AS "table", x.cid, x.name, x.type, x."notnull", x.dflt_value, x.pk, x.hidden
FROM {_TABLES}, pragma_table_xinfo(m.name, 'main') AS x ORDER BY m.name, x.cid"""

_INDEXES = f"""
SELECT m.name AS "table", l.name, l."unique", l.origin, x.name AS "column", x."desc", x.coll
FROM {_TABLES}, pragma_index_list(m.name, 'main') AS l, pragma_index_xinfo(l.name, 'main') AS x
WHERE x.key = 1 ORDER BY m.name, l.name, x.seqno"""

_FOREIGN_KEYS = f"""
SELECT m.name AS "table", f.id, f."table" AS target, f."from", f."to", f.on_update, f.on_delete
FROM {_TABLES}, pragma_foreign_key_list(m.name, 'main') AS f ORDER BY m.name, f.id DESC, f.seq"""

#: Tables that belong to a virtual table; ``pragma_table_list`` is there from 3.37 on.
_SHADOWS = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow'"


def read(connection: Connection) -> Catalog:
    """Read all schema objects of the main database. Nothing of the user's is evaluated."""
    version = connection.exec_driver_sql("SELECT sqlite_version()").scalar_one()
    has_table_list = tuple(map(int, version.split("."))) >= (3, 37)
    hidden = set(_rows(connection, _SHADOWS, "name")) if has_table_list else set()
    hidden |= OWN_TABLES
    found = connection.exec_driver_sql(_SCHEMA).all()
    entries = [row for row in found if _is_shown(row, hidden)]
    tables = {fold(row.name): _Table(row.name, row.sql) for row in entries if row.type == "table"}
    for statement, attribute in (
        (_COLUMNS, "columns"), (_INDEXES, "indexes"), (_FOREIGN_KEYS, "foreign_keys")
    ):  # fmt: skip
        for row in connection.exec_driver_sql(statement):
            if fold(row.table) in tables:
                getattr(tables[fold(row.table)], attribute).append(row)
    texts = {row.name: row.sql for row in entries if row.type == "index"}
    objects = [item for table in tables.values() for item in _table_objects(table, tables, texts)]
    objects += [_other(row, tables) for row in entries if row.type in {"view", "trigger"}]
    return Catalog("sqlite", version, objects)


def _rows(connection: Connection, statement: str, column: str) -> Iterator[Any]:
    return (getattr(row, column) for row in connection.exec_driver_sql(statement))


def _is_shown(row: Row[Any], hidden: set[str]) -> bool:
    internal = row.name.startswith("sqlite_") or row.tbl_name.startswith("sqlite_")
    return not internal and row.tbl_name not in hidden


@dataclass
class _Table:
    """What the queries and the text told of one table."""

    name: str
    sql: str
    columns: list[Row[Any]] = field(default_factory=list)
    indexes: list[Row[Any]] = field(default_factory=list)
    foreign_keys: list[Row[Any]] = field(default_factory=list)
    text: ddl.Table = field(init=False)
    unparsed: str | None = None

    def __post_init__(self) -> None:
        self.text = ddl.Table()
        if self.is_virtual:
            return
        try:
            self.text = ddl.parse_table(self.sql)
        except DDLError:
            self.unparsed = spell(tokens(self.sql))

    @property
    def is_virtual(self) -> bool:
        return self.sql.startswith("CREATE VIRTUAL")

    @property
    def primary_key(self) -> tuple[str, ...]:
        members = sorted((row.pk, row.name) for row in self.columns if row.pk)
        return tuple(name for _, name in members)

    @property
    def has_rowid_key(self) -> bool:
        """Whether the primary key is the rowid itself: https://sqlite.org/lang_createtable.html."""
        members = [row for row in self.columns if row.pk]
        return (
            len(members) == 1
            and members[0].type.upper() == "INTEGER"
            and "WITHOUT ROWID" not in self.text.options
            and not any(row.origin == "pk" for row in self.indexes)
        )

    def collation(self, column: str) -> str:
        """A column's collation, in upper case; BINARY where none is given."""
        told = self.text.columns.get(fold(column))
        return ((told and told.collation) or "BINARY").upper()

    def column_name(self, name: str) -> str:
        """The column's name as its table spells it."""
        return next((c.name for c in self.columns if fold(c.name) == fold(name)), name)

    def object(self, kind: str, name: str, **properties: Property) -> SchemaObject:
        return SchemaObject(kind, None, self.name, name, properties)


def _table_objects(
    table: _Table, tables: Mapping[str, _Table], texts: Mapping[str, str]
) -> Iterator[SchemaObject]:
    yield _table(table)
    if table.is_virtual:
        return
    yield from (_column(table, row) for row in table.columns if row.hidden != 1)
    yield from _unambiguous(
        [
            *_primary_key(table),
            *_foreign_keys(table, tables),
            *_checks(table),
            *_uniques_and_indexes(table, texts),
        ]
    )


def _table(table: _Table) -> SchemaObject:
    keys = table.text.of_kind("primary key")
    properties: dict[str, Property] = {
        "strict": "STRICT" in table.text.options,
        "without_rowid": "WITHOUT ROWID" in table.text.options,
        "autoincrement": any(key.autoincrement for key in keys),
    }
    if table.is_virtual:
        # A module reads its arguments as it likes, so their spelling is left alone.
        properties["virtual"] = _USING.split(" ".join(table.sql.split()), maxsplit=1)[-1]
    if table.unparsed is not None:
        properties["definition"] = table.unparsed
    return SchemaObject("table", None, None, table.name, properties)


_USING = re.compile(r"\bUSING\s+", re.IGNORECASE)


@lru_cache(maxsize=1000)
def _type(declared: str) -> str:
    """A declared type in upper case with even spaces: ``NUMERIC(10, 2)``; empty when none."""
    text = " ".join(token.name.upper() if token.kind != "op" else token.text
                    for token in tokens(declared))  # fmt: skip
    text = text.removesuffix("GENERATED ALWAYS").rstrip()
    return text.replace(" (", "(").replace("( ", "(").replace(" )", ")").replace(" ,", ",")


def _column(table: _Table, row: Row[Any]) -> SchemaObject:
    told = table.text.columns.get(fold(row.name)) or ddl.Column(row.name)
    collation = table.collation(row.name)
    return table.object(
        "column",
        row.name,
        type=_type(row.type),
        nullable=not (row.notnull or (row.pk and table.has_rowid_key)),
        default=spell_default(row.dflt_value) if row.hidden == 0 else None,
        generated=_generated(table, row, told),
        collation=None if collation == "BINARY" else collation,
        on_conflict=told.on_conflict,
        position=row.cid + 1,
    )


def _generated(table: _Table, row: Row[Any], told: ddl.Column) -> str | None:
    if row.hidden not in {2, 3}:
        return None
    how = "stored" if row.hidden == 3 else "virtual"
    return f"{how}: {spell(told.generated or (), table.text.columns)}"


def _primary_key(table: _Table) -> Iterator[SchemaObject]:
    if not table.primary_key:
        return
    told = next(iter(table.text.of_kind("primary key")), ddl.Constraint("primary key"))
    rowid = table.has_rowid_key
    yield table.object(
        "primary key",
        told.name or "primary key",
        columns=table.primary_key,
        # A rowid has no other order than its own.
        descending=() if rowid else tuple(map(table.column_name, told.descending)),
        on_conflict=told.on_conflict,
    )


def _foreign_keys(table: _Table, tables: Mapping[str, _Table]) -> Iterator[SchemaObject]:
    grouped: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in table.foreign_keys:
        grouped[row.id].append(row)
    told = table.text.of_kind("foreign key")
    # The pragma counts the foreign keys from the last of the text to the first.
    for place, rows in enumerate(grouped.values()):
        text = told[place] if place < len(told) else ddl.Constraint("foreign key")
        columns = tuple(table.column_name(row._mapping["from"]) for row in rows)
        target = tables.get(fold(rows[0].target))
        yield table.object(
            "foreign key",
            text.name or f"foreign key ({', '.join(columns)})",
            columns=columns,
            target=target.name if target else rows[0].target,
            target_columns=_target_columns(rows, target),
            on_delete=rows[0].on_delete,
            on_update=rows[0].on_update,
            deferrable=text.deferrable,
            initially_deferred=text.initially_deferred,
        )


def _target_columns(rows: list[Row[Any]], target: _Table | None) -> tuple[str, ...]:
    """The columns referred to; a foreign key that names none means the target's primary key."""
    named = tuple(row.to for row in rows if row.to is not None)
    if target is None:
        return named
    return tuple(map(target.column_name, named)) if named else target.primary_key


def _checks(table: _Table) -> Iterator[SchemaObject]:
    for told in table.text.of_kind("check"):
        expression = spell(told.expression, table.text.columns)
        yield table.object("check", told.name or f"check ({expression})", expression=expression)


def _uniques_and_indexes(table: _Table, texts: Mapping[str, str]) -> Iterator[SchemaObject]:
    grouped: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in table.indexes:
        grouped[row.name].append(row)
    for name, rows in grouped.items():
        if rows[0].origin == "u":
            yield _unique(table, rows)
        elif rows[0].origin == "c":
            yield _index(table, name, rows, texts[name])


def _unique(table: _Table, rows: list[Row[Any]]) -> SchemaObject:
    columns = tuple(row.column for row in rows)
    key = tuple(map(fold, columns))
    told = next(
        (c for c in table.text.of_kind("unique") if tuple(map(fold, c.columns)) == key),
        ddl.Constraint("unique"),
    )
    return table.object(
        "unique",
        told.name or f"unique ({', '.join(columns)})",
        columns=columns,
        collation=_collations(table, rows),
        on_conflict=told.on_conflict,
    )


def _index(table: _Table, name: str, rows: list[Row[Any]], sql: str) -> SchemaObject:
    known = table.text.columns
    try:
        parts, predicate = ddl.parse_index(sql)
    except DDLError:
        return table.object("index", name, definition=spell(tokens(sql), known))
    columns = tuple(
        (row.column or spell(part, known)) + (" DESC" if row.desc else "")
        for row, part in zip(rows, parts, strict=True)
    )
    return table.object(
        "index",
        name,
        columns=columns,
        unique=bool(rows[0].unique),
        predicate=spell(predicate, known) or None,
        collation=_collations(table, rows),
    )


def _collations(table: _Table, rows: list[Row[Any]]) -> Property:
    """The collation of each part where it is not its column's own; None when all are."""
    own = [table.collation(row.column) if row.column else "BINARY" for row in rows]
    found = [(row.coll or "BINARY").upper() for row in rows]
    if own == found:
        return None
    return tuple(f if f != o else None for f, o in zip(found, own, strict=True))


def _other(row: Row[Any], tables: Mapping[str, _Table]) -> SchemaObject:
    if row.type == "view":
        return SchemaObject("view", None, None, row.name, {"definition": _definition(row)})
    owner = tables.get(fold(row.tbl_name))
    table = owner.name if owner else row.tbl_name
    return SchemaObject("trigger", None, table, row.name, {"definition": _definition(row)})


def _definition(row: Row[Any]) -> str:
    try:
        return spell(
            ddl.body(row.sql, "VIEW") if row.type == "view" else ddl.parse_trigger(row.sql)
        )
    except DDLError:
        return spell(tokens(row.sql))


def _unambiguous(objects: Iterable[SchemaObject]) -> Iterator[SchemaObject]:
    """The objects, those of one identity numbered: SQLite lets constraints share a name."""
    seen: dict[tuple[str, str], int] = defaultdict(int)
    for item in objects:
        seen[item.kind, item.name] += 1
        count = seen[item.kind, item.name]
        name = item.name if count == 1 else f"{item.name} #{count}"
        yield SchemaObject(item.kind, None, item.table, name, item.properties)
