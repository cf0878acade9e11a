"""At which height each box of a column stands, so that lines bend as little as may be."""

from __future__ import annotations

import math
from collections.abc import Sequence

from schema.diagram.layout.values import Box, Columns, Net

__all__ = ["align", "spread"]

_SWEEPS = 6
#: So much higher than need be a picture may get for the sake of straight lines.
_SLACK = 30.0


def align(
    columns: Columns, boxes: Sequence[Box], nets: Sequence[Net], gaps: Sequence[Sequence[float]]
) -> list[float]:
    """The upper edge of each box; the columns keep their order.

    ``gaps`` holds for each column how much is free above each of its boxes, and below the last.
    """
    tops = [0.0] * len(boxes)
    heights = []
    for column, free in zip(columns, gaps, strict=True):
        y = 0.0
        for box, above in zip(column, free, strict=False):
            tops[box] = y + above
            y = tops[box] + boxes[box].height
        heights.append(y + free[-1])
    bottom = max(heights, default=0.0) + _SLACK
    ends = _ends(nets, columns, len(boxes))
    for sweep in range(_SWEEPS):
        order = range(len(columns)) if sweep % 2 == 0 else range(len(columns) - 1, -1, -1)
        for number in order:
            _align_column(columns[number], boxes, ends, tops, gaps[number], bottom)
    return tops


def _ends(
    nets: Sequence[Net], columns: Columns, count: int
) -> list[list[tuple[float, int, float]]]:
    """For each box its lines to other columns: own pin, the other box, and that one's pin."""
    home = {box: number for number, column in enumerate(columns) for box in column}
    found: list[list[tuple[float, int, float]]] = [[] for _ in range(count)]
    for net in nets:
        target = net.target
        for pin in net.children:
            if home[pin.box] != home[target.box]:
                found[pin.box].append((pin.y, target.box, target.y))
                found[target.box].append((target.y, pin.box, pin.y))
    return found


def _align_column(
    column: Sequence[int],
    boxes: Sequence[Box],
    ends: Sequence[Sequence[tuple[float, int, float]]],
    tops: list[float],
    gaps: Sequence[float],
    bottom: float,
) -> None:
    wanted = []
    for box in column:
        found = sorted(tops[other] + there - own for own, other, there in ends[box])
        wanted.append(found[(len(found) - 1) // 2] if found else tops[box])
    sizes = [boxes[box].height for box in column]
    distances = [size + gap for size, gap in zip(sizes, gaps[1:], strict=True)]
    last = bottom - gaps[-1] - (sizes[-1] if sizes else 0.0)
    for box, top in zip(column, spread(wanted, distances[:-1], gaps[0], last), strict=True):
        tops[box] = math.floor(top + 0.5)  # on whole pixels lines are sharp, and meet


def spread(
    wanted: Sequence[float], distances: Sequence[float], first: float, last: float
) -> list[float]:
    """Places in this order, as near to what is wanted as can be, and far enough from one another.

    ``distances`` are the least ones from each to the next. The first is not above ``first``, the
    last not below ``last`` if there is room. Neighbours that want one place stand evenly about it
    (isotonic regression by pooling: https://en.wikipedia.org/wiki/Isotonic_regression).
    """
    offsets = [0.0]
    for distance in distances:
        offsets.append(offsets[-1] + distance)
    blocks: list[tuple[float, int]] = []
    for place, offset in zip(wanted, offsets, strict=False):
        mean, count = place - offset, 1
        while blocks and blocks[-1][0] > mean:
            before, members = blocks.pop()
            mean = (mean * count + before * members) / (count + members)
            count += members
        blocks.append((mean, count))
    most = max(first, last - offsets[len(wanted) - 1]) if wanted else first
    found: list[float] = []
    for mean, count in blocks:
        start = min(max(mean, first), most)
        found += [start + offset for offset in offsets[len(found) : len(found) + count]]
    return found
