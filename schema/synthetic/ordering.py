"""The order in which tables are filled: what is referred to comes first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schema.synthetic.tables import ForeignKey, Table

__all__ = ["Place", "ordered"]


@dataclass(frozen=True)
class Place:
    """A table at its turn. ``postponed`` are the keys that lead to tables filled later.

    ``stuck`` are those among them that can't wait, as they can't be NULL.
    """

    table: Table
    postponed: tuple[ForeignKey, ...] = ()
    stuck: tuple[ForeignKey, ...] = ()


def ordered(tables: Sequence[Table]) -> list[Place]:
    """Parents before children; in a cycle, keys that may be NULL are filled in afterwards."""
    waiting = {table.label: table for table in tables}
    found: list[Place] = []
    while waiting:
        costs = {label: _cost(table, waiting) for label, table in waiting.items()}
        label = min(costs, key=lambda each: costs[each])
        table = waiting.pop(label)
        ahead = [key for key in table.foreign_keys if key.target in waiting]
        can_wait = tuple(key for key in ahead if table.may_be_null(key.columns))
        found.append(Place(table, can_wait, tuple(key for key in ahead if key not in can_wait)))
    return found


def _cost(table: Table, waiting: Mapping[str, Table]) -> tuple[int, int]:
    """How bad it is to fill this one now: keys that can't wait, then keys that have to wait."""
    ahead = [key for key in table.foreign_keys
             if key.target in waiting and key.target != table.label]  # fmt: skip
    required = [key for key in ahead if not table.may_be_null(key.columns)]
    return len(required), len(ahead)
