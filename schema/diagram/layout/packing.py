"""Several layouts in one picture: each where it fits, and what is alone in tidy columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from schema.diagram.layout.values import Box, Point

__all__ = ["Packed", "components", "masonry", "pack"]


@dataclass(frozen=True, slots=True)
class Packed:
    """Where rectangles were put, and how much room all of them take."""

    places: tuple[Point, ...]
    width: float
    height: float


def components(count: int, pairs: Sequence[tuple[int, int]]) -> list[list[int]]:
    """The numbers below ``count`` that pairs connect, the largest set first."""
    home = list(range(count))

    def root(number: int) -> int:
        while home[number] != number:
            home[number] = home[home[number]]
            number = home[number]
        return number

    for first, second in pairs:
        first, second = sorted((root(first), root(second)))
        home[second] = first
    found: dict[int, list[int]] = {}
    for number in range(count):
        found.setdefault(root(number), []).append(number)
    return sorted(found.values(), key=lambda members: (-len(members), members[0]))


def pack(boxes: Sequence[Box], width: float, gap: float) -> Packed:
    """Put each box, in the given order, as high as it fits, and there as far left as it does."""
    width = max([width, *(box.width for box in boxes)])
    tops: list[tuple[float, float, float]] = [(0.0, width + gap, 0.0)]  # from x, to x, at height y
    places = []
    for box in boxes:
        x, y = min(_fits(tops, box.width + gap, width + gap), key=lambda at: (at[1], at[0]))
        places.append(Point(x, y))
        tops = _raised(tops, x, x + box.width + gap, y + box.height + gap)
    pairs = list(zip(places, boxes, strict=True))
    return Packed(
        tuple(places),
        max((at.x + box.width for at, box in pairs), default=0.0),
        max((at.y + box.height for at, box in pairs), default=0.0),
    )


def _fits(
    tops: Sequence[tuple[float, float, float]], wide: float, width: float
) -> list[tuple[float, float]]:
    """The places where something so wide could stand: at the left end of each level stretch."""
    return [
        (start, max(y for left, right, y in tops if left < start + wide and right > start))
        for start, _, _ in tops
        if start + wide <= width + 0.01
    ]


def _raised(
    tops: Sequence[tuple[float, float, float]], start: float, end: float, y: float
) -> list[tuple[float, float, float]]:
    """The stretches after something was put there."""
    found = [(start, end, y)]
    for left, right, height in tops:
        if left < start:
            found.append((left, min(right, start), height))
        if right > end:
            found.append((max(left, end), right, height))
    return sorted(found)


def masonry(boxes: Sequence[Box], width: float, gap: float) -> Packed:
    """Boxes in as many columns of one width as there is room for, each in the shortest one."""
    if not boxes:
        return Packed((), 0.0, 0.0)
    wide = max(box.width for box in boxes)
    count = max(1, min(len(boxes), int((width + gap) // (wide + gap))))
    heights = [0.0] * count
    places = []
    for box in boxes:
        column = heights.index(min(heights))
        places.append(Point(column * (wide + gap), heights[column]))
        heights[column] += box.height + gap
    return Packed(tuple(places), count * (wide + gap) - gap, max(heights) - gap)
