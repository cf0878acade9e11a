"""Keys and indexes of a MariaDB database as schema objects.

A unique index and a unique constraint are one thing there; it is told as ``unique``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from schema.catalog.mariadb_queries import Rows
from schema.catalog.mariadb_shown import Periods
from schema.catalog.mariadb_text import spell_name
from schema.catalog.objects import Property, SchemaObject

__all__ = ["foreign_keys", "indexes"]

#: Indexes of these kinds have neither an order nor a length that anybody chose.
_OF_WHOLE = {"FULLTEXT", "SPATIAL"}

#: InnoDB takes both for the same: https://mariadb.com/kb/en/foreign-keys/
_ACTIONS = {"RESTRICT": "NO ACTION"}


class _Part(NamedTuple):
    column: str
    is_descending: bool
    length: int | None


class _Index(NamedTuple):
    table: str
    name: str
    is_unique: bool
    method: str
    comment: str | None
    is_ignored: bool
    parts: Sequence[_Part]

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(part.column for part in self.parts)


def indexes(
    rows: Rows,
    tables: Iterable[str],
    references: Iterable[SchemaObject],
    periods: Mapping[str, Periods],
) -> Iterator[SchemaObject]:
    """Primary keys, unique constraints and all other indexes of these tables.

    ``references`` are the foreign keys: one without an index is given one by the server, which
    bears the foreign key's name, or its first column's where that has none.
    """
    there = set(tables)
    keys = {(key.table, key.name): key.properties["columns"] for key in references}
    for index in _grouped(rows):
        if index.table not in there:
            continue
        spans = periods[index.table].keys if index.table in periods else {}
        if index.name == "PRIMARY":
            yield _object("primary key", _less(index, spans), _without_overlaps(index, spans))
            continue
        for_key = keys.get((index.table, index.name)) == index.columns
        named = {"server_named": for_key or _is_made_up(index)}
        if index.is_unique:
            more = _without_overlaps(index, spans) | named
            yield _object("unique", _less(index, spans), more)
        else:
            yield SchemaObject("index", None, index.table, index.name, _plain(index) | named)


def _without_overlaps(index: _Index, spans: Mapping[str, str]) -> dict[str, Property]:
    """The period of an application whose spans may not overlap, for equal columns."""
    return {"without_overlaps": spans.get(index.name)}


def _less(index: _Index, spans: Mapping[str, str]) -> _Index:
    """The index without the two columns of its period, which stand at its end."""
    return index._replace(parts=index.parts[:-2]) if index.name in spans else index


def _object(kind: str, index: _Index, more: Mapping[str, Property]) -> SchemaObject:
    properties: dict[str, Property] = {
        "columns": index.columns,
        "descending": tuple(part.column for part in index.parts if part.is_descending),
        "lengths": tuple((part.column, part.length) for part in index.parts if part.length),
        "method": index.method,
        "ignored": index.is_ignored,
        "comment": index.comment,
        **more,
    }
    return SchemaObject(kind, None, index.table, index.name, properties)


def _plain(index: _Index) -> dict[str, Property]:
    return {
        "columns": tuple(map(_as_part, index.parts)),
        "unique": False,
        "method": index.method,
        "ignored": index.is_ignored,
        "comment": index.comment,
    }


def _as_part(part: _Part) -> str:
    """A column with its length and order, as CREATE INDEX has it."""
    length = f"({part.length})" if part.length else ""
    return f"{spell_name(part.column)}{length}{' DESC' if part.is_descending else ''}"


def _is_made_up(index: _Index) -> bool:
    """Whether it is called as the server calls one without a name: by its first column."""
    first = re.escape(index.parts[0].column)
    return re.fullmatch(rf"(?i){first}(_\d+)?", index.name) is not None


def _grouped(rows: Rows) -> Iterator[_Index]:
    found: dict[tuple[str, str], Rows] = defaultdict(list)
    for row in rows:
        found[row[0], row[1]].append(row)
    for (table, name), members in found.items():
        members.sort(key=lambda row: row[2])
        *_, kind, comment, ignored = members[0]
        parts = [
            _Part(column, order == "D", None if kind in _OF_WHOLE else length)
            for _, _, _, _, column, order, length, _, _, _ in members
        ]
        is_unique, method = not members[0][3], kind.lower()
        yield _Index(table, name, is_unique, method, comment or None, ignored == "YES", parts)


# -- foreign keys ---------------------------------------------------------------------------------


def foreign_keys(rows: Rows, columns: Rows, database: str) -> list[SchemaObject]:
    """All foreign keys; a target in another database is told with that one's name."""
    members: dict[tuple[str, str], Rows] = defaultdict(list)
    for table, name, *row in columns:
        members[table, name].append(tuple(row))
    return [
        _foreign_key(table, name, sorted(members[table, name]), on_delete, on_update, database)
        for table, name, on_delete, on_update in rows
        if (table, name) in members
    ]


def _foreign_key(
    table: str, name: str, parts: Rows, on_delete: str, on_update: str, database: str
) -> SchemaObject:
    _, _, there, target, _ = parts[0]
    properties: dict[str, Property] = {
        "columns": tuple(part[1] for part in parts),
        "target": target if there == database else f"{there}.{target}",
        "target_columns": tuple(part[4] for part in parts),
        "on_delete": _ACTIONS.get(on_delete, on_delete),
        "on_update": _ACTIONS.get(on_update, on_update),
        "server_named": re.fullmatch(rf"({re.escape(table)}_ibfk_)?\d+", name) is not None,
    }
    return SchemaObject("foreign key", None, table, name, properties)
