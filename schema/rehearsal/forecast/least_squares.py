"""Least squares for the few terms and few measurements of a fit, none of them ever subtracted."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

__all__ = ["dot", "not_negative", "solve", "squares"]

Row = Sequence[float]

#: Below this part of its diagonal, a pivot means that two terms cannot be told apart.
_TINY = 1e-10


def dot(left: Row, right: Row) -> float:
    """The sum of the products."""
    return sum(a * b for a, b in zip(left, right, strict=True))


def squares(rows: Sequence[Row]) -> list[list[float]]:
    """The products of all pairs of columns: the left side of the normal equations."""
    columns = list(zip(*rows, strict=True))
    return [[dot(left, right) for right in columns] for left in columns]


def solve(matrix: Sequence[Row], right: Row) -> list[float] | None:
    """The solution of a symmetric system of equations; None when there is not exactly one."""
    count = len(right)
    work = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for pivot in range(count):
        if work[pivot][pivot] <= _TINY * matrix[pivot][pivot] or work[pivot][pivot] <= 0:
            return None
        for below in range(pivot + 1, count):
            part = work[below][pivot] / work[pivot][pivot]
            work[below] = [a - part * b for a, b in zip(work[below], work[pivot], strict=True)]
    found = [0.0] * count
    for number in reversed(range(count)):
        known = dot(work[number][number + 1 : count], found[number + 1 :])
        found[number] = (work[number][count] - known) / work[number][number]
    return found


def not_negative(rows: Sequence[Row], wanted: Row) -> list[float]:
    """Least squares where no coefficient may be below nought.

    Every set of terms is tried: of three terms there are seven.
    """
    count = len(rows[0])
    best, least = [0.0] * count, dot(wanted, wanted)
    for size in range(1, count + 1):
        for chosen in combinations(range(count), size):
            part = [[row[number] for number in chosen] for row in rows]
            solved = solve(squares(part), [dot(c, wanted) for c in zip(*part, strict=True)])
            if solved is None or min(solved) < 0:
                continue
            left = [dot(row, solved) - value for row, value in zip(part, wanted, strict=True)]
            if dot(left, left) < least - _TINY:
                best, least = [0.0] * count, dot(left, left)
                for number, value in zip(chosen, solved, strict=True):
                    best[number] = value
    return best
