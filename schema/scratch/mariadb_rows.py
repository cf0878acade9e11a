"""Copying a choice of rows between two MariaDB databases, with all that foreign keys lead to.

Rows flow as SQL values from the source's snapshot into the target. Which rows are missing, the
target finds by joins of its own; so memory does not grow with rows, and the source is asked for
those by their keys, a batch at a time.
"""

# ruff: noqa: S608 -- names are quoted by the dialect, values by the server

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from schema.scratch.choice import Choice
from schema.scratch.mariadb_server import quoted, run
from schema.scratch.mariadb_values import Columns, copy_rows, value_of
from schema.scratch.model import Cancelled, Progress

__all__ = ["Key", "chosen", "follow", "read_keys", "read_primary_keys"]

_BATCH = 500  # keys that are asked for at once


@dataclass(frozen=True)
class Key:
    """A foreign key: rows of ``child`` lead to rows of ``parent``."""

    child: str
    columns: tuple[str, ...]
    parent: str
    targets: tuple[str, ...]


def chosen(table: str, key: Sequence[str], choice: Choice) -> str:
    """What follows ``FROM table`` to read the rows that are there for their own sake.

    ``key`` are the columns by which they are told apart.
    """
    listed = ", ".join(quoted(name) for name in key)
    if choice.rows == "first":
        return f" ORDER BY {listed} LIMIT {int(choice.number or 0)}"
    salt = zlib.crc32(f"{choice.seed} {table}".encode())
    # The server's own arithmetic: each row has a number that looks random, and is always the same.
    digest = f"md5(concat_ws('|', {salt}, {listed}))"
    if choice.part is not None:
        share = int(choice.part * 2**32)
        return f" WHERE CAST(conv(left({digest}, 8), 16, 10) AS unsigned) < {share}"
    return f" ORDER BY {digest} LIMIT {int(choice.number or 0)}"


def read_primary_keys(reader: Connection, own: str) -> dict[str, list[str]]:
    """The columns of each table's primary key."""
    query = (
        "SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.KEY_COLUMN_USAGE "
        "WHERE TABLE_SCHEMA = %s AND CONSTRAINT_NAME = 'PRIMARY' ORDER BY ORDINAL_POSITION"
    )
    found: dict[str, list[str]] = {}
    for table, column in reader.exec_driver_sql(query, (own,)):
        found.setdefault(table, []).append(column)
    return found


def read_keys(reader: Connection, own: str) -> list[Key]:
    """The foreign keys of a database that lead to its own tables."""
    query = (
        "SELECT TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_NAME, "
        "REFERENCED_COLUMN_NAME FROM information_schema.KEY_COLUMN_USAGE "
        "WHERE TABLE_SCHEMA = %s AND REFERENCED_TABLE_SCHEMA = %s "
        "ORDER BY TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION"
    )
    found: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
    for table, name, column, parent, target in reader.exec_driver_sql(query, (own, own)):
        found.setdefault((table, name), []).append((column, parent, target))
    return [
        Key(table, tuple(c for c, _, _ in parts), parts[0][1], tuple(t for _, _, t in parts))
        for (table, _), parts in found.items()
    ]


def follow(
    reader: Connection,
    target: Connection,
    keys: Sequence[Key],
    columns: Mapping[str, Columns],
    progress: Progress | None,
    cancelled: Cancelled | None,
) -> None:
    """Add the rows that foreign keys lead to, and of these again, until none is new.

    A key that leads to no row of the source leads to none here either.
    """
    added = -1
    while added:
        added = 0
        for key in keys:
            if progress is not None:
                progress(0.8, f"adding rows of {key.parent} that others refer to")
            for batch in _missing(target, key, dict(columns[key.child])):
                rows = f" WHERE ({', '.join(map(quoted, key.targets))}) IN ({', '.join(batch)})"
                added += copy_rows(reader, target, key.parent, columns[key.parent], rows, cancelled)


def _missing(target: Connection, key: Key, kinds: Mapping[str, str]) -> Iterator[list[str]]:
    """Values of a key's columns that lead to no row yet, as SQL, in batches.

    They are put aside first, so that each is asked for once.
    """
    waiting = quoted("_schema_waiting")
    same = " AND ".join(
        f"p.{quoted(theirs)} = c.{quoted(own)}"
        for own, theirs in zip(key.columns, key.targets, strict=True)
    )
    there = " AND ".join(f"c.{quoted(own)} IS NOT NULL" for own in key.columns)
    values = ", ',', ".join(
        value_of(f"c.{quoted(own)}", kinds.get(own, "text")) for own in key.columns
    )
    run(target, f"DROP TEMPORARY TABLE IF EXISTS {waiting}")
    run(
        target,
        f"CREATE TEMPORARY TABLE {waiting} (place int AUTO_INCREMENT PRIMARY KEY, "
        f"told longtext CHARACTER SET utf8mb4) SELECT DISTINCT concat('(', {values}, ')') AS told "
        f"FROM {quoted(key.child)} AS c LEFT JOIN {quoted(key.parent)} AS p ON {same} "
        f"WHERE {there} AND p.{quoted(key.targets[0])} IS NULL",
    )
    place = 0
    while True:
        query = f"SELECT told FROM {waiting} WHERE place > {place} AND place <= {place + _BATCH}"
        options = {"no_parameters": True}
        found = list(target.exec_driver_sql(query, execution_options=options).scalars())
        if not found:
            break
        yield found
        place += _BATCH
    run(target, f"DROP TEMPORARY TABLE {waiting}")
