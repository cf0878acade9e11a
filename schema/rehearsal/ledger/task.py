"""Which rows of which table are to be compared."""

from __future__ import annotations

from dataclasses import dataclass

from schema.rehearsal.ledger.figures import Table

__all__ = ["Pair", "Task"]

#: A column's name before and after.
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Task:
    """A table before and after, the key that tells its rows apart, and columns that may differ."""

    before: Table
    after: Table
    key: tuple[Pair, ...]
    columns: tuple[Pair, ...]
