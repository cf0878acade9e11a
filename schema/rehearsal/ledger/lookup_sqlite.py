"""Rows of two SQLite files side by side: one is attached to the other, and SQLite joins them."""

# ruff: noqa: S608 -- names are quoted

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import quote as url_quote

from sqlalchemy.engine import URL

from schema.database import sqlite_path, translated
from schema.rehearsal.ledger.figures import Table
from schema.rehearsal.ledger.tally import SHOWN, Compared, Tally
from schema.rehearsal.ledger.task import Task
from schema.rehearsal.ledger.verdict import Example
from schema.rehearsal.ledger.words import as_text, row_text
from schema.sqlite_files import sqlite_read_only

__all__ = ["column_examples", "compare"]


def compare(before: URL, after: URL, task: Task) -> Compared:
    """Compare a table's rows by their key. Raises DatabaseError."""
    found = Compared(tuple(old for old, _ in task.key), [Tally() for _ in task.columns])
    with translated(before), _both(before, after) as connection:
        _changed(connection, task, found)
        sides = (("main", task.before, "other", task.after, found.lost, task.key),
                 ("other", task.after, "main", task.before, found.added,
                  tuple((new, old) for old, new in task.key)))  # fmt: skip
        for here, table, there, partner, side, key in sides:
            where = (
                f"FROM {here}.{_quoted(table.name)} a WHERE NOT EXISTS (SELECT 1 FROM "
                f"{there}.{_quoted(partner.name)} b WHERE {_same_key(key)})"
            )
            side.count = connection.execute(f"SELECT count(*) {where}").fetchone()[0]
            if side.count:
                names = list(table.columns)[:20]
                columns = ", ".join(f"a.{_quoted(name)}" for name in names)
                rows = connection.execute(f"SELECT {columns} {where} LIMIT {SHOWN}")
                side.examples = [row_text(names, row) for row in rows]
    return found


def column_examples(url: URL, table: Table, key: Sequence[str], column: str) -> list[Example]:
    """The first values of a column, each with the key of its row."""
    names = ", ".join(_quoted(name) for name in [*key, column])
    query = f"SELECT {names} FROM {_quoted(table.name)} WHERE {_quoted(column)} IS NOT NULL LIMIT 3"
    with translated(url):
        connection = sqlite_read_only(sqlite_path(url))
        try:
            connection.text_factory = _whatever
            return [
                (", ".join(as_text(part) or "" for part in row[:-1]), as_text(row[-1]), None)
                for row in connection.execute(query)
            ]
        finally:
            connection.close()


def _changed(connection: sqlite3.Connection, task: Task, found: Compared) -> None:
    """Count every pair of values that is not the same to SQLite.

    A plus sign takes a column's affinity away, so that 1 is not '1': else '007' would be 7.
    """
    if not task.columns:
        return
    pairs = [(f"a.{_quoted(old)}", f"b.{_quoted(new)}") for old, new in task.columns]
    keys = [f"a.{_quoted(old)}" for old, _ in task.key]
    unlike = " OR ".join(f"+{old} COLLATE BINARY IS NOT +{new}" for old, new in pairs)
    rows = connection.execute(
        f"SELECT {', '.join([*keys, *(name for pair in pairs for name in pair)])} "
        f"FROM main.{_quoted(task.before.name)} a CROSS JOIN other.{_quoted(task.after.name)} b "
        f"ON {_same_key(task.key)} WHERE {unlike}"
    )
    width = len(keys)
    for row in rows:
        key, values = row[:width], row[width:]
        for place, tally in enumerate(found.columns):
            old, new = values[2 * place : 2 * place + 2]
            if old != new or type(old) is not type(new):
                tally.add(key, old, new)


def _same_key(key: Sequence[tuple[str, str]]) -> str:
    return " AND ".join(f"b.{_quoted(new)} IS a.{_quoted(old)}" for old, new in key)


@contextmanager
def _both(before: URL, after: URL) -> Iterator[sqlite3.Connection]:
    """The file before as ``main``, that after as ``other``; nothing can be written to either."""
    # Opened for a moment, so that whatever a crash left of it is seen to first.
    reader = sqlite_read_only(sqlite_path(after))
    path = reader.execute("PRAGMA database_list").fetchone()[2]
    connection = sqlite_read_only(sqlite_path(before))
    try:
        idle = "&immutable=1" if reader.idle is not None else ""
        connection.execute("ATTACH ? AS other", (f"file:{url_quote(path)}?mode=ro{idle}",))
        connection.execute("PRAGMA query_only = ON")
        connection.text_factory = _whatever
        yield connection
    finally:
        connection.close()
        reader.close()


def _whatever(text: bytes) -> str:
    return text.decode("utf-8", "surrogateescape")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
