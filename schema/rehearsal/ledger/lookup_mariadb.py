"""Rows of two MariaDB databases side by side: both stream in the order of the key, and merge."""

# ruff: noqa: S608 -- names are quoted by the dialect, no value comes from outside

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy.engine import URL, Connection

from schema.database import open_read_only
from schema.rehearsal.ledger.figures import Table
from schema.rehearsal.ledger.in_step import CHUNK, Row, compare_in_step
from schema.rehearsal.ledger.mariadb import SETTINGS, TEXTS
from schema.rehearsal.ledger.tally import Compared
from schema.rehearsal.ledger.task import Task
from schema.rehearsal.ledger.verdict import Example
from schema.rehearsal.ledger.words import LONGEST, cut, row_text

__all__ = ["column_examples", "compare"]


def compare(before: URL, after: URL, task: Task) -> Compared:
    """Compare a table's rows by their key. Raises DatabaseError."""
    return compare_in_step(before, after, task, settings=SETTINGS, rows=_rows, whole=_whole)


def column_examples(url: URL, table: Table, key: Sequence[str], column: str) -> list[Example]:
    """The first values of a column, each with the key of its row."""
    with open_read_only(url) as connection:
        connection.exec_driver_sql(SETTINGS)
        texts = ", ".join(_text(connection, table, each) for each in [*key, column])
        name, source = _quoted(connection, column), _quoted(connection, table.name)
        query = f"SELECT {texts} FROM {source} WHERE {name} IS NOT NULL LIMIT 3"
        rows = connection.exec_driver_sql(query, ()).all()
    return [(", ".join(cut(str(part)) for part in row[:-1]), cut(row[-1]), None) for row in rows]


def _rows(
    connection: Connection, table: Table, key: Sequence[str], columns: Sequence[str]
) -> Iterator[Row]:
    keys = [_key(connection, table, name) for name in key]
    values = [_value(connection, table, name) for name in columns]
    order = ", ".join(str(place) for place in range(1, len(keys) + 1))
    source = _quoted(connection, table.name)
    streamed = connection.execution_options(stream_results=True, yield_per=CHUNK)
    result = streamed.exec_driver_sql(
        f"SELECT {', '.join([*keys, *values])} FROM {source} ORDER BY {order}", ()
    )
    for chunk in result.partitions(CHUNK):
        yield from map(tuple, chunk)


def _key(connection: Connection, table: Table, name: str) -> str:
    """What a key's column is ordered by, alike on every server and in Python."""
    if table.columns[name].form == "integer":
        return f"{_quoted(connection, name)} + 0"
    return f"convert({_value(connection, table, name)} using utf8mb4) COLLATE utf8mb4_nopad_bin"


def _value(connection: Connection, table: Table, name: str) -> str:
    form = table.columns[name].form or "text"
    return TEXTS.get(form, TEXTS["text"]).format(_quoted(connection, name))


def _whole(connection: Connection, table: Table, key: Sequence[str], values: Row) -> str:
    names = list(table.columns)[:20]
    texts = ", ".join(_text(connection, table, name) for name in names)
    where = " AND ".join(f"{_key(connection, table, name)} = %s" for name in key)
    source = _quoted(connection, table.name)
    query = f"SELECT {texts} FROM {source} WHERE {where}"
    row = connection.exec_driver_sql(query, tuple(values)).first()
    return row_text(names, row or [None] * len(names))


def _text(connection: Connection, table: Table, name: str) -> str:
    return f"left({_value(connection, table, name)}, {LONGEST + 1})"


def _quoted(connection: Connection, name: str) -> str:
    """A name; the dialect doubles a percent sign, as the driver needs it."""
    return connection.dialect.identifier_preparer.quote_identifier(name)
