"""A table that readers and writers come to, whatever server has it."""

# ruff: noqa: S608 -- names are quoted by the driver or the dialect

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["KEYS", "Probed"]

#: Rows of each table that the probes go through in turn.
KEYS = 40


@dataclass(frozen=True)
class Probed(ABC):
    """One table, and the conditions that pick single rows of it; one empty condition when there
    are no rows to pick. ``name`` is the table's as statements have it, quoted, as ``columns`` are.
    """

    label: str
    name: str
    columns: tuple[str, ...]
    conditions: tuple[str, ...]
    is_writable: bool

    def reads(self) -> Iterator[str]:
        """A short read of one row after another, for ever.

        Every column is named, as mappers do, so that one that is dropped or renamed is missed; none
        is fetched, so that a value of many megabytes costs nothing.
        """
        columns = ", ".join(self.columns) or "1"
        for condition in itertools.cycle(self.conditions):
            row = f"SELECT {columns} FROM {self.name}{condition} LIMIT 1"
            yield f"SELECT count(*) FROM ({row}) AS q"

    @abstractmethod
    def writes(self) -> Iterator[str]:
        """The locks of an UPDATE of one row after another, for ever; nothing of it stays."""

    def hold(self) -> str:
        """What makes a reader's lock, which the transaction then keeps."""
        return f"SELECT 1 FROM {self.name} LIMIT 1"
