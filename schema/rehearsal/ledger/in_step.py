"""Rows of two databases of one kind, both in the order of their key, walked through in step.

Of a server's rows come texts, so that no driver changes a value on the way; only what differs is
made a value of again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from decimal import Decimal
from itertools import chain
from typing import Any, Protocol

from sqlalchemy.engine import URL, Connection

from schema.database import open_read_only
from schema.rehearsal.ledger.classify import Value
from schema.rehearsal.ledger.figures import Column, Table
from schema.rehearsal.ledger.tally import SHOWN, Compared, Found, Tally
from schema.rehearsal.ledger.task import Task

__all__ = ["CHUNK", "Row", "compare_in_step"]

#: Rows that are fetched at once.
CHUNK = 5_000

Row = tuple[Any, ...]

#: The rows of a table, each its key and then these columns, in the order of the key.
Rows = Callable[[Connection, Table, Sequence[str], Sequence[str]], Iterator[Row]]


class Whole(Protocol):
    """One row in words, by its key."""

    def __call__(
        self, connection: Connection, table: Table, key: Sequence[str], values: Row, /
    ) -> str: ...


def compare_in_step(
    before: URL, after: URL, task: Task, *, settings: str, rows: Rows, whole: Whole
) -> Compared:
    """Compare a table's rows by their key; ``settings`` is SQL for each session.

    Raises DatabaseError.
    """
    found = Compared(tuple(old for old, _ in task.key), [Tally() for _ in task.columns])
    olds, news = [old for old, _ in task.key], [new for _, new in task.key]
    with ExitStack() as stack:
        left, right = (stack.enter_context(open_read_only(url)) for url in (before, after))
        for connection in (left, right):
            connection.exec_driver_sql(settings)
        keys: tuple[list[Row], list[Row]] = ([], [])
        _merge(
            rows(left, task.before, olds, [old for old, _ in task.columns]),
            rows(right, task.after, news, [new for _, new in task.columns]),
            task,
            found,
            keys,
        )
        found.lost.examples = [whole(left, task.before, olds, key) for key in keys[0]]
        found.added.examples = [whole(right, task.after, news, key) for key in keys[1]]
    return found


def _merge(
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
