"""The keys, checks and indexes of one SQLite table as schema objects."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import lru_cache
from sys import intern

from schema.catalog.objects import Properties, Property, SchemaObject
from schema.catalog.sqlite_ddl import Constraint, Told
from schema.catalog.sqlite_facts import Index, Table
from schema.catalog.sqlite_statements import parse_index
from schema.catalog.sqlite_text import DDLError, fold, quote, spell, tokens

__all__ = ["keys_and_indexes"]

# What is the same in many tables is held once.
_key = lru_cache(maxsize=4000)(
    Properties.maker(("columns", "descending", "collation", "on_conflict", "server_named"))
)
_check = lru_cache(maxsize=4000)(Properties.maker(("expression", "server_named")))
_plain_index = lru_cache(maxsize=4000)(
    Properties.maker(("columns", "unique", "predicate", "collation"))
)


def keys_and_indexes(table: Table) -> Iterator[SchemaObject]:
    """All constraints but foreign keys, and all indexes."""
    if table.primary_key:
        yield _primary_key(table)
    for name, told in table.told.of_kind("check"):
        yield table.object(
            "check",
            name or f"check ({told.expression})",
            _check((told.expression, name is None)),
        )
    yield from _uniques(table)
    for index in table.of_origin("c"):
        yield _index(table, index)
    for name, text in table.index_texts.items():
        if name not in table.indexes:
            yield _unread_index(table, name, text)


def _primary_key(table: Table) -> SchemaObject:
    told = table.told.of_kind("primary key")
    name = told[0].name if told else None
    # A rowid has no index, and no other order than its own.
    index = next(table.of_origin("pk"), None)
    values: tuple[Property, ...] = (
        table.primary_key,
        index.descending_columns if index else (),
        table.collations(index) if index else None,
        told[0].constraint.on_conflict if told else None,
        name is None,
    )
    return table.object("primary key", name or "primary key", _key(values))


# -- unique constraints ---------------------------------------------------------------------------


def _uniques(table: Table) -> Iterator[SchemaObject]:
    """The unique constraints with an index of their own, and named ones that share another's."""
    waiting = table.told.of_kind("unique")
    # The pragma counts the indexes from the last made to the first.
    for index in reversed(list(table.of_origin("u"))):
        told = next((told for told in waiting if _makes(table, told.constraint, index)), None)
        if told is not None:
            waiting.remove(told)
        yield _unique(table, told or _UNTOLD, index)
    for told in waiting:
        if told.name is not None:
            yield _unique(table, told, None)


_UNTOLD = Told(None, Constraint("unique"))


def _makes(table: Table, told: Constraint, index: Index) -> bool:
    """Whether the index is this constraint's: SQLite tells keys apart by columns and collations."""
    if len(told.columns) != len(index.columns):
        return False
    if told.columns != index.columns and any(
        fold(there) != fold(column or "")
        for there, column in zip(told.columns, index.columns, strict=True)
    ):
        return False
    return all(
        (named or table.collation(column)) == collation.upper()
        for named, column, collation in zip(
            told.collations, told.columns, index.collations, strict=True
        )
    )


def _unique(table: Table, told: Told, index: Index | None) -> SchemaObject:
    if index is None:
        columns = tuple(map(table.column_name, told.constraint.columns))
    else:
        columns = tuple(map(intern, index.named_columns))
    values: tuple[Property, ...] = (
        columns,
        index.descending_columns if index else (),
        table.collations(index) if index else None,
        told.constraint.on_conflict,
        told.name is None,
    )
    return table.object("unique", told.name or f"unique ({', '.join(columns)})", _key(values))


# -- indexes --------------------------------------------------------------------------------------

_IDENTIFIER = re.compile(r"[^\W\d]\w*")


def _index(table: Table, index: Index) -> SchemaObject:
    parts, predicate = [_as_part(column or "") for column in index.columns], None
    if index.partial or None in index.columns:
        text = table.index_texts.get(index.name, "")
        try:
            parts, predicate = _told_index(index, text, table.names)
        except DDLError:
            return _unread_index(table, index.name, text)
    if 1 in index.descending:
        pairs = zip(parts, index.descending, strict=True)
        parts = [f"{part} DESC" if is_descending else part for part, is_descending in pairs]
    values = (tuple(parts), bool(index.unique), predicate, table.collations(index))
    return table.object("index", index.name, _plain_index(values))


def _told_index(index: Index, text: str, scope: Collection[str]) -> tuple[list[str], str | None]:
    """The parts, with what the text says of expressions, and the predicate."""
    parts, predicate = parse_index(text, scope)
    if len(parts) != len(index.columns):
        raise DDLError("an index's text does not have the parts that SQLite sees")
    pairs = zip(index.columns, parts, strict=True)
    return [_as_part(column) if column else part for column, part in pairs], predicate


def _as_part(column: str) -> str:
    """A column's name, quoted where it could be taken for an expression or an order."""
    return intern(column) if _IDENTIFIER.fullmatch(column) else quote(column)


def _unread_index(table: Table, name: str, text: str) -> SchemaObject:
    """An index whose text is all there is: SQLite or the parser makes no sense of it."""
    definition = spell(tokens(text), table.names)
    return table.object("index", name, Properties({"definition": definition}))
