"""The order of upright lines in a channel: as few of them as can be are to cross.

Each net is one upright line in a channel, from its uppermost to its lowest end there, and level
lines from its ends to it. Which of two nets is further left decides which of their lines cross.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Strand", "tracks"]

#: Two upright lines in one track are at least so far apart.
_APART = 9.0
#: Level lines nearer than this could be taken for one.
_ALIKE = 4.0
_CONFUSED = 60
#: With more nets in a channel than this, each is only compared with those near it in the order.
_PASSES = 8


@dataclass(frozen=True, slots=True)
class Strand:
    """A net's part in one channel: the heights of its ends at the left and at the right."""

    net: int
    left: tuple[float, ...]
    right: tuple[float, ...]

    @property
    def top(self) -> float:
        return min(*self.left, *self.right, float("inf"))

    @property
    def bottom(self) -> float:
        return max(*self.left, *self.right, float("-inf"))

    @property
    def is_level(self) -> bool:
        """Whether it runs straight through, and needs no upright line."""
        return self.bottom == self.top


def tracks(strands: Sequence[Strand]) -> dict[int, int]:
    """By net, the number of its upright line's track, from the left; none for a level strand."""
    upright = sorted((each for each in strands if not each.is_level), key=_first_guess)
    ordered = _ordered(upright)
    found: dict[int, int] = {}
    for place, strand in enumerate(ordered):
        before = [found[other.net] for other in ordered[:place] if _overlap(other, strand)]
        found[strand.net] = max(before, default=-1) + 1
    return found


def _first_guess(strand: Strand) -> tuple[float, float, int]:
    """Loops close to their own side, short ones closest; of others, so that stairs do not cross."""
    length = strand.bottom - strand.top
    if not strand.right:
        return -1.0, length, strand.net
    if not strand.left:
        return 1.0, -length, strand.net
    left, right = sum(strand.left) / len(strand.left), sum(strand.right) / len(strand.right)
    return 0.0, -left if right > left else left, strand.net


def _ordered(strands: Sequence[Strand]) -> list[Strand]:
    """Each put where it crosses least; then neighbours changed while that helps."""
    costs = _costs(strands)
    order: list[int] = []
    for new in range(len(strands)):
        order.insert(_best_place(order, new, costs), new)
    for _ in range(_PASSES):
        if not _swap(order, costs):
            break
    return [strands[each] for each in order]


def _costs(strands: Sequence[Strand]) -> list[dict[int, int]]:
    """``costs[a][b]``: what it costs that a is left of b. Those that never meet are left out."""
    costs: list[dict[int, int]] = [{} for _ in strands]
    for a, first in enumerate(strands):
        for b in range(a + 1, len(strands)):
            second = strands[b]
            if _overlap(first, second):
                costs[a][b] = _cost(first, second)
                costs[b][a] = _cost(second, first)
    return costs


def _best_place(order: Sequence[int], new: int, costs: Sequence[dict[int, int]]) -> int:
    """The place with the least crossings; of equals the last one."""
    own = costs[new]
    price = sum(own.get(other, 0) for other in order)
    best, place = price, 0
    for number, other in enumerate(order):
        price += costs[other].get(new, 0) - own.get(other, 0)
        if price <= best:
            best, place = price, number + 1
    return place


def _swap(order: list[int], costs: Sequence[dict[int, int]]) -> bool:
    is_better = False
    for place in range(len(order) - 1):
        a, b = order[place], order[place + 1]
        if costs[b].get(a, 0) < costs[a].get(b, 0):
            order[place], order[place + 1] = b, a
            is_better = True
    return is_better


def _overlap(a: Strand, b: Strand) -> bool:
    return a.top - _APART < b.bottom and b.top - _APART < a.bottom


def _cost(a: Strand, b: Strand) -> int:
    """How often the lines of a and b cross when a is left of b; much where they would lie on one
    another.
    """
    crossings = sum(a.top < y < a.bottom for y in b.left)
    crossings += sum(b.top < y < b.bottom for y in a.right)
    alike = sum(abs(y - other) < _ALIKE for y in b.left for other in a.right)
    return crossings + _CONFUSED * alike
