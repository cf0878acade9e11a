"""One SQLite table as schema objects: what the pragmas say of it, with what only its text says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from sys import intern
from typing import Any

from schema.catalog import sqlite_ddl as ddl
from schema.catalog.objects import Properties, Property, SchemaObject
from schema.catalog.sqlite_facts import Facts, ForeignKey, Table, grouped_indexes
from schema.catalog.sqlite_keys import keys_and_indexes
from schema.catalog.sqlite_text import DDLError, fold, spell, tokens
from schema.catalog.sqlite_values import affinity, spell_default, spell_type

__all__ = ["foreign_key", "table_facts", "unambiguous"]

#: Rows of a pragma.
Rows = Sequence[Sequence[Any]]


def table_facts(
    name: str, sql: str, index_texts: Mapping[str, str], rows: tuple[Rows, Rows, Rows]
) -> Facts:
    """The facts of one table; the rows are those of ``sqlite_queries.pragma_rows``."""
    columns, indexes, foreign_keys = rows
    names = {fold(row[2]): intern(row[2]) for row in columns}
    members = sorted([(pk, column) for _, _, column, _, _, _, pk, _ in columns if pk])
    table = Table(
        intern(name),
        index_texts,
        names,
        tuple([intern(column) for _, column in members]),
        grouped_indexes(indexes),
        ddl.Table(),
    )
    try:
        table.told = ddl.parse_table(sql, names)
    except DDLError:
        table.definition = spell(tokens(sql))
    return Facts(
        table.name,
        (_table(table), *_columns(table, columns), *unambiguous(keys_and_indexes(table))),
        tuple(_foreign_keys(table, foreign_keys)),
        names,
        table.primary_key,
        tuple([index for index in index_texts if index not in table.indexes]),
    )


def unambiguous(objects: Iterator[SchemaObject]) -> list[SchemaObject]:
    """The objects, those of one identity numbered: SQLite lets constraints share a name."""
    found = list(objects)
    if len({(item.kind, item.name) for item in found}) == len(found):
        return found
    seen: Counter[tuple[str, str]] = Counter()
    for place, item in enumerate(found):
        seen[item.kind, item.name] += 1
        if (count := seen[item.kind, item.name]) > 1:
            name = f"{item.name} #{count}"
            found[place] = SchemaObject(item.kind, None, item.table, name, item.properties)
    return found


def _table(table: Table) -> SchemaObject:
    keys = table.told.of_kind("primary key")
    properties: dict[str, Property] = {
        "strict": table.is_strict,
        "without_rowid": not table.has_rowid,
        "autoincrement": any(told.constraint.autoincrement for told in keys),
    }
    if table.definition is not None:
        properties["definition"] = table.definition
    return SchemaObject("table", None, None, table.name, properties)


# -- columns --------------------------------------------------------------------------------------

_COLUMN = ("type", "affinity", "nullable", "default", "generated", "collation", "on_conflict",
           "position")  # fmt: skip
_column = Properties.maker(_COLUMN)
_named_column = Properties.maker((*_COLUMN, "not_null_name"))


def _columns(table: Table, rows: Rows) -> Iterator[SchemaObject]:
    is_strict, told_of = table.is_strict, table.told.columns
    rowid = _rowid_key(table, rows)
    for folded, row in zip(table.names, rows, strict=True):
        _, cid, name, declared, not_null, default, _, hidden = row
        nullable = not not_null and name != rowid
        if told := told_of.get(folded):
            facts = (declared, is_strict, nullable, None if hidden else default, cid)
            found = _told_column(told, hidden, *facts)
        else:
            found = _plain_column(declared, is_strict, nullable, default, cid)
        yield table.object("column", name, found)


@lru_cache(maxsize=16_000)
def _plain_column(
    declared: str, is_strict: bool, nullable: bool, default: str | None, cid: int
) -> Properties:
    """A column of which the pragma tells all. Columns of one kind and place share it."""
    return _column((*_typed(declared, is_strict, nullable, default), None, None, None, cid + 1))


def _told_column(
    told: ddl.Column,
    hidden: int,
    declared: str,
    is_strict: bool,
    nullable: bool,
    default: str | None,
    cid: int,
) -> Properties:
    how = {2: "virtual", 3: "stored"}.get(hidden)
    values: tuple[Property, ...] = (
        *_typed(declared, is_strict, nullable, default),
        f"{how}: {told.generated or ''}" if how else None,
        None if told.collation == "BINARY" else told.collation,
        told.on_conflict,
        cid + 1,
    )
    if told.not_null_name is None:
        return _column(values)
    return _named_column((*values, told.not_null_name))


def _typed(
    declared: str, is_strict: bool, nullable: bool, default: str | None
) -> tuple[str, str, bool, str | None]:
    shown = spell_type(declared)
    return shown, affinity(shown, strict=is_strict), nullable, spell_default(default)


def _rowid_key(table: Table, rows: Rows) -> str | None:
    """The column that is the rowid itself: https://sqlite.org/lang_createtable.html#rowid."""
    if len(table.primary_key) != 1 or not table.has_rowid or any(table.of_origin("pk")):
        return None
    [name] = table.primary_key
    types = {row[2]: row[3] for row in rows}
    return name if types[name].upper() == "INTEGER" else None


# -- foreign keys ---------------------------------------------------------------------------------


def _foreign_keys(table: Table, rows: Rows) -> Iterator[ForeignKey]:
    told = table.told.of_kind("foreign key")
    grouped = [list(members) for _, members in groupby(rows, itemgetter(1))]
    # The pragma counts the foreign keys from the last of the text to the first.
    for place, members in enumerate(reversed(grouped)):
        name, constraint = told[place] if place < len(told) else (None, _UNTOLD)
        columns = tuple([intern(table.column_name(row[3])) for row in members])
        _, _, target, _, _, on_update, on_delete = members[0]
        yield ForeignKey(
            name or f"foreign key ({', '.join(columns)})",
            target,
            columns,
            tuple([row[4] for row in members if row[4] is not None]),
            (on_delete, on_update, constraint.match, constraint.deferrable,
             constraint.initially_deferred, name is None),
        )  # fmt: skip


_UNTOLD = ddl.Constraint("foreign key")
_foreign_key = Properties.maker(
    ("columns", "target", "target_columns", "on_delete", "on_update", "match", "deferrable",
     "initially_deferred", "server_named")
)  # fmt: skip


def foreign_key(table: Facts, key: ForeignKey, tables: Mapping[str, Facts]) -> SchemaObject:
    """A foreign key beside all tables, by their folded names: in its target's own spelling."""
    target = tables.get(fold(key.target))
    there = key.target_columns
    if target is not None:
        names = target.columns
        there = tuple([names.get(fold(name), name) for name in there]) or target.primary_key
    values = (key.columns, target.name if target else key.target, there, *key.values)
    return SchemaObject.made("foreign key", None, table.name, key.name, _foreign_key(values))
