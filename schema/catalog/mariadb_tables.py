"""Tables, columns and checks of a MariaDB database as schema objects."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from schema.catalog.mariadb_queries import Rows
from schema.catalog.mariadb_shown import Shown
from schema.catalog.mariadb_text import (
    FOLDERS,
    charset_of,
    plain,
    quoted,
    spell_collation,
    spell_default,
    spell_type,
)
from schema.catalog.objects import Property, SchemaObject
from schema.catalog.rows import from_rows

__all__ = ["Found", "checks", "columns", "tables"]

_TABLES = {"BASE TABLE", "SYSTEM VERSIONED"}

#: Options that are told otherwise (the format that a table has in fact, its partitions), and those
#: that Aria's tables have anyway.
_TOLD = re.compile(r"(?i)row_format=|partitioned\b|page_checksum=1\Z|transactional=1\Z")

#: How the server calls a check that was given no name.
_NUMBERED = re.compile(r"CONSTRAINT_\d+\Z")

#: JSON is a name for a text of this collation with this check.
_JSON_COLLATION = "utf8mb4_bin"


class Found(NamedTuple):
    """What is known of a table while its parts are read."""

    name: str
    collation: str | None
    is_versioned: bool


def tables(
    rows: Rows, partitions: Rows, shown: Mapping[str, Shown], unread: list[str]
) -> tuple[list[SchemaObject], dict[str, Found]]:
    """The tables as objects, and what their columns need to know of them."""
    parted: dict[str, Rows] = defaultdict(list)
    for name, *row in partitions:
        parted[name].append(tuple(row))
    objects, found = [], {}
    for name, kind, engine, row_format, collation, options, comment in rows:
        if kind not in _TABLES:
            continue
        if engine is None:  # the server could not open it, and says so in place of a comment
            unread.append(f"the table {name} ({comment})")
            continue
        collation = spell_collation(collation)
        found[name] = Found(name, collation, kind == "SYSTEM VERSIONED")
        properties: dict[str, Property] = {
            "engine": engine,
            "charset": charset_of(collation),
            "collation": collation,
            "row_format": (row_format or "").lower() or None,
            "options": _options(options or ""),
            "system_versioned": kind == "SYSTEM VERSIONED",
            "period": shown[name].periods.told if name in shown else None,
            **_partitioned(parted.get(name, ()), shown.get(name)),
            "comment": comment or None,
        }
        objects.append(SchemaObject("table", None, None, name, properties))
    return objects, found


def _options(told: str) -> tuple[str, ...]:
    told = FOLDERS.sub("", told)
    return tuple(sorted(each for each in told.split() if not _TOLD.match(each)))


def _partitioned(rows: Sequence[tuple[Any, ...]], shown: Shown | None) -> dict[str, Property]:
    """How a table is divided: the key, and each part with its bound and comment.

    By the time of its versions, the server writes moments that follow from when it was made.
    """
    if not rows:
        return {"partition_key": None, "partitions": ()}
    _, _, method, submethod, key, subkey, _, _ = rows[0]
    told = f"{method} ({key or ''})"
    by_time = method == "SYSTEM_TIME"
    if by_time:
        told = shown.by_time if shown and shown.by_time else "SYSTEM_TIME"
    told += f" SUBPARTITION {submethod} ({subkey or ''})" if submethod else ""
    parts = [
        tuple(each for each in (name, subname, _bound(bound, by_time), comment) if each)
        for name, subname, _, _, _, _, bound, comment in rows
    ]
    return {"partition_key": told, "partitions": tuple(parts)}


def _bound(told: str | None, by_time: bool) -> str | None:
    return "HISTORY" if by_time and told != "CURRENT" else told


# -- columns --------------------------------------------------------------------------------------

_COLUMN = ("type", "nullable", "default", "on_update", "auto_increment", "generated", "collation",
           "invisible", "unversioned", "comment", "position")  # fmt: skip

_ON_UPDATE = re.compile(r"on update (\S+)", re.IGNORECASE)


def columns(
    rows: Rows, found: Mapping[str, Found], checked: Rows, database: str
) -> list[SchemaObject]:
    """All columns of the tables; those of views follow from their text."""
    json = {
        (table, name)
        for table, name, level, clause in checked
        if level == "Column" and clause == f"json_valid({quoted(name)})"
    }
    return from_rows(_COLUMN, _columns(rows, found, json, database))


def _columns(
    rows: Rows, found: Mapping[str, Found], json: set[tuple[str, str]], database: str
) -> Iterator[tuple[Property, ...]]:
    for (
        table,
        name,
        position,
        default,
        is_nullable,
        told_type,
        told_collation,
        extra,
        comment,
        expression,
    ) in rows:
        owner = found.get(table)
        if owner is None:
            continue
        kind, collation = spell_type(told_type), spell_collation(told_collation)
        if kind == "longtext" and collation == _JSON_COLLATION and (table, name) in json:
            kind, collation = "json", None
        elif collation == owner.collation:
            collation = None
        yield (
            "column", None, table, name,
            kind,
            is_nullable == "YES",
            None if expression else spell_default(default, kind, database),
            _on_update(extra),
            "auto_increment" in extra,
            _generated(expression, extra),
            collation,
            "INVISIBLE" in extra,
            "WITHOUT SYSTEM VERSIONING" in extra,
            comment or None,
            position,
        )  # fmt: skip


def _on_update(extra: str) -> str | None:
    found = _ON_UPDATE.search(extra)
    return found[1] if found else None


def _generated(expression: str | None, extra: str) -> str | None:
    if not expression:
        return None
    return f"{'stored' if 'STORED' in extra else 'virtual'}: {plain(expression)}"


# -- checks ---------------------------------------------------------------------------------------


def checks(
    rows: Rows, columns: Sequence[SchemaObject], shown: Mapping[str, Shown]
) -> list[SchemaObject]:
    """All checks, but for the one that makes a text JSON: that is the column's type.

    Nor is the one of a period told, as the period is.
    """
    json = {(item.table, item.name) for item in columns if item.properties["type"] == "json"}
    return from_rows(
        ("expression", "server_named"),
        [
            (
                "check", None, table, name, plain(clause),
                level == "Column" or bool(_NUMBERED.match(name)),
            )
            for table, name, level, clause in rows
            if level != "Column" or (table, name) not in json
            if not (table in shown and name == shown[table].periods.name)
        ],
    )  # fmt: skip
