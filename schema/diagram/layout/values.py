"""What is laid out: boxes in columns, and the nets of lines that join them. Lengths are pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Box", "Columns", "Layout", "Net", "Pin", "Point", "Spacing"]

#: Places of boxes: for each column, from the left, the numbers of its boxes from above.
Columns = list[list[int]]


@dataclass(frozen=True, slots=True)
class Point:
    """A place in the picture: ``x`` to the right, ``y`` downwards."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Box:
    """The size of something that is placed."""

    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Pin:
    """Where a line may end: at either side of a box, ``y`` below its upper edge.

    Different nets that end at one pin are kept apart, by at most ``room`` up and down.
    """

    box: int
    y: float
    room: float = 0.0


@dataclass(frozen=True, slots=True)
class Net:
    """Lines that all lead to one pin, ``target``, and share their way as far as they can."""

    target: Pin
    children: tuple[Pin, ...]

    @property
    def pins(self) -> tuple[Pin, ...]:
        return (self.target, *self.children)


@dataclass(frozen=True, slots=True)
class Spacing:
    """How much is left free.

    ``gap`` is between boxes that stand one above another, ``margin`` between a box and the first
    upright line beside it, ``track`` between two parallel lines, ``between`` between sets of boxes
    that nothing connects.
    """

    gap: float = 26.0
    margin: float = 26.0
    track: float = 8.0
    between: float = 44.0


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything is. ``places`` are the boxes' upper left corners.

    ``paths`` holds for each net, and in it for each child, the corners of its line from the target
    to the child; every part of it is upright or level. ``columns`` are the boxes as they stand.
    ``widths`` are what the boxes got: all of a column are as wide as its widest.
    """

    width: float
    height: float
    places: tuple[Point, ...]
    widths: tuple[float, ...]
    paths: tuple[tuple[tuple[Point, ...], ...], ...]
    columns: tuple[tuple[int, ...], ...]


def stacked(columns: Columns, boxes: Sequence[Box], gap: float) -> list[float]:
    """The upper edge of each box when each column is stacked from above."""
    tops = [0.0] * len(boxes)
    for column in columns:
        y = 0.0
        for box in column:
            tops[box] = y
            y += boxes[box].height + gap
    return tops
