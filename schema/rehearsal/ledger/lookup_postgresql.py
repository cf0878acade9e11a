"""Rows of two PostgreSQL databases side by side: both stream in the order of the key, and merge."""

# ruff: noqa: S608 -- names are quoted by the dialect, no value comes from outside

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy.engine import URL, Connection

from schema.database import open_read_only
from schema.rehearsal.ledger.figures import Table
from schema.rehearsal.ledger.in_step import CHUNK, Row, compare_in_step
from schema.rehearsal.ledger.postgresql import SETTINGS
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
        name = _quoted(connection, column)
        texts = ", ".join(_text(_quoted(connection, each)) for each in [*key, column])
        rows = connection.exec_driver_sql(
            f"SELECT {texts} FROM {_source(connection, table)} WHERE {name} IS NOT NULL LIMIT 3"
        ).all()
    return [(", ".join(cut(str(part)) for part in row[:-1]), cut(row[-1]), None) for row in rows]


def _rows(
    connection: Connection, table: Table, key: Sequence[str], columns: Sequence[str]
) -> Iterator[Row]:
    keys = [_key(connection, table, name) for name in key]
    texts = [_value_text(connection, table, name) for name in columns]
    order = ", ".join(str(place) for place in range(1, len(keys) + 1))
    streamed = connection.execution_options(stream_results=True, yield_per=CHUNK)
    result = streamed.exec_driver_sql(
        f"SELECT {', '.join([*keys, *texts])} FROM {_source(connection, table)} ORDER BY {order}"
    )
    for chunk in result.partitions(CHUNK):
        yield from map(tuple, chunk)


def _key(connection: Connection, table: Table, name: str) -> str:
    """What a key's column is ordered by, alike on every server and in Python."""
    quoted = _quoted(connection, name)
    if table.columns[name].form == "integer" and table.columns[name].type != "boolean":
        return f"{quoted}::int8"
    return f'{quoted}::text COLLATE "C"'


def _value_text(connection: Connection, table: Table, name: str) -> str:
    """A value's text; a float4's with all the digits that it has as a float8."""
    wide = "::float8" if table.columns[name].form == "float" else ""
    return f"{_quoted(connection, name)}{wide}::text"


def _whole(connection: Connection, table: Table, key: Sequence[str], values: Row) -> str:
    names = list(table.columns)[:20]
    texts = ", ".join(_text(_quoted(connection, name)) for name in names)
    where = " AND ".join(f"{_key(connection, table, name)} = %s" for name in key)
    row = connection.exec_driver_sql(
        f"SELECT {texts} FROM {_source(connection, table)} WHERE {where}", tuple(values)
    ).first()
    return row_text(names, row or [None] * len(names))


def _text(name: str) -> str:
    return f"left({name}::text, {LONGEST + 1})"


def _source(connection: Connection, table: Table) -> str:
    quote = connection.dialect.identifier_preparer.quote_identifier
    name = ".".join(quote(part) for part in (table.schema_name, table.name) if part is not None)
    return f"{'ONLY ' if table.is_alone else ''}{name}"


def _quoted(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote_identifier(name)
