"""Rows of two PostgreSQL databases side by side: both stream in the order of the key, and merge."""

# ruff: noqa: S608 -- names are quoted by the dialect, no value comes from outside

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from decimal import Decimal
from itertools import chain
from typing import Any

from sqlalchemy.engine import URL, Connection

from schema.database import open_read_only
from schema.rehearsal.ledger.classify import Value
from schema.rehearsal.ledger.figures import Column, Table
from schema.rehearsal.ledger.postgresql import SETTINGS
from schema.rehearsal.ledger.tally import SHOWN, Compared, Found, Tally
from schema.rehearsal.ledger.task import Task
from schema.rehearsal.ledger.verdict import Example
from schema.rehearsal.ledger.words import LONGEST, cut, row_text

__all__ = ["Row", "column_examples", "compare", "merge"]

#: Rows that are fetched at once.
CHUNK = 5_000

Row = tuple[Any, ...]


def compare(before: URL, after: URL, task: Task) -> Compared:
    """Compare a table's rows by their key. Raises DatabaseError."""
    found = Compared(tuple(old for old, _ in task.key), [Tally() for _ in task.columns])
    olds, news = [old for old, _ in task.key], [new for _, new in task.key]
    with ExitStack() as stack:
        left, right = (stack.enter_context(open_read_only(url)) for url in (before, after))
        for connection in (left, right):
            connection.exec_driver_sql(SETTINGS)
        keys: tuple[list[Row], list[Row]] = ([], [])
        merge(
            _rows(left, task.before, olds, [old for old, _ in task.columns]),
            _rows(right, task.after, news, [new for _, new in task.columns]),
            task,
            found,
            keys,
        )
        found.lost.examples = [_whole(left, task.before, olds, key) for key in keys[0]]
        found.added.examples = [_whole(right, task.after, news, key) for key in keys[1]]
    return found


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


def merge(
    left: Iterator[Row],
    right: Iterator[Row],
    task: Task,
    found: Compared,
    only: tuple[list[Row], list[Row]],
) -> None:
    """Walk both in step. Keys are integers, or texts in the order of their bytes, on both sides."""
    width = len(task.key)
    readers = [
        (_reader(task.before.columns[old]), _reader(task.after.columns[new]))
        for old, new in task.columns
    ]
    same_form = [
        task.before.columns[old].form == task.after.columns[new].form for old, new in task.columns
    ]
    old, new = next(left, None), next(right, None)
    while old is not None and new is not None:
        if old[:width] < new[:width]:
            _only(found.lost, only[0], old[:width])
            old = next(left, None)
        elif new[:width] < old[:width]:
            _only(found.added, only[1], new[:width])
            new = next(right, None)
        else:
            if old != new:
                for place, (read, tally) in enumerate(zip(readers, found.columns, strict=True)):
                    one, two = old[width + place], new[width + place]
                    if one != two or not same_form[place]:
                        tally.add(old[:width], _value(read[0], one), _value(read[1], two))
            old, new = next(left, None), next(right, None)
    for side, keys, first, rest in ((found.lost, only[0], old, left),
                                    (found.added, only[1], new, right)):  # fmt: skip
        for row in [] if first is None else chain([first], rest):
            _only(side, keys, row[:width])


def _only(side: Found, keys: list[Row], key: Row) -> None:
    side.count += 1
    if len(keys) < SHOWN:
        keys.append(key)


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


# -- values from their text -----------------------------------------------------------------------


def _reader(column: Column) -> Callable[[str], Value]:
    if column.type == "boolean":
        return str
    return _READERS.get(column.form or "", str)


def _value(read: Callable[[str], Value], text: str | None) -> Value:
    try:
        return None if text is None else read(text)
    except (ValueError, ArithmeticError):
        return text  # infinity, or a year that Python has not


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _numeric(text: str) -> Value:
    found = Decimal(text)
    return found if found.is_finite() else text


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("\\x"))


_READERS: dict[str, Callable[[str], Value]] = {
    "integer": int,
    "float": float,
    "numeric": _numeric,
    "timestamp": _moment,
    "date": _moment,
    "bytes": _bytes,
}
