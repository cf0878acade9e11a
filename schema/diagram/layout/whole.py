"""A whole picture: each set of connected boxes by itself, side by side; what is alone below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from schema.diagram.layout.one import lay_out
from schema.diagram.layout.packing import components, masonry, pack
from schema.diagram.layout.values import Box, Layout, Net, Pin, Point, Spacing

__all__ = ["Whole", "lay_out_all"]

#: Between boxes that are alone, and above these for a heading.
_ALONE, _HEADING = 22.0, 34.0
#: So wide the part below may be, though all above it is less wide.
_LEAST = 800.0

_Path = tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Whole:
    """As ``Layout`` has it; ``rest`` is the height of the heading above boxes that are alone."""

    width: float
    height: float
    places: tuple[Point, ...]
    widths: tuple[float, ...]
    paths: tuple[tuple[_Path, ...], ...]
    rest: float | None = None


def lay_out_all(
    boxes: Sequence[Box], nets: Sequence[Net], width: float, spacing: Spacing | None = None
) -> Whole:
    """Lay out boxes of which not all are connected, at most ``width`` wide where that can be."""
    spacing = spacing or Spacing()
    pairs = [(net.target.box, pin.box) for net in nets for pin in net.children]
    connected = {box for pair in pairs for box in pair}
    sets = [each for each in components(len(boxes), pairs) if connected & set(each)]
    layouts = [_lay_out(each, boxes, nets, width, spacing) for each in sets]
    packed = pack([Box(each.width, each.height) for each, _ in layouts], width, spacing.between)
    places: list[Point] = [Point(0, 0)] * len(boxes)
    widths = [box.width for box in boxes]
    paths: list[tuple[_Path, ...]] = [()] * len(nets)
    for (layout, numbers), members, at in zip(layouts, sets, packed.places, strict=True):
        for box, place, wide in zip(members, layout.places, layout.widths, strict=True):
            places[box], widths[box] = _moved(place, at), wide
        for number, lines in zip(numbers, layout.paths, strict=True):
            paths[number] = tuple(tuple(_moved(point, at) for point in line) for line in lines)
    found = Whole(packed.width, packed.height, tuple(places), tuple(widths), tuple(paths))
    alone = [box for box in range(len(boxes)) if box not in connected]
    return _with_rest(found, boxes, alone, width) if alone else found


def _with_rest(found: Whole, boxes: Sequence[Box], alone: Sequence[int], width: float) -> Whole:
    """The same with the boxes that are alone below it."""
    wide = max(found.width, min(width, _LEAST))
    rest = masonry([boxes[each] for each in alone], wide, _ALONE)
    top = found.height + (_ALONE + _HEADING if found.height else 0.0)
    places, widths = list(found.places), list(found.widths)
    column = max(boxes[each].width for each in alone)
    for box, place in zip(alone, rest.places, strict=True):
        places[box], widths[box] = _moved(place, Point(0, top)), column
    return replace(
        found,
        width=max(found.width, rest.width),
        height=top + rest.height,
        places=tuple(places),
        widths=tuple(widths),
        rest=top - _HEADING / 2 if found.height else None,
    )


def _moved(point: Point, by: Point) -> Point:
    return Point(point.x + by.x, point.y + by.y)


def _lay_out(
    members: Sequence[int],
    boxes: Sequence[Box],
    nets: Sequence[Net],
    width: float,
    spacing: Spacing,
) -> tuple[Layout, list[int]]:
    """The layout of connected boxes, and the numbers of its nets."""
    own = {box: place for place, box in enumerate(members)}
    numbers = [number for number, net in enumerate(nets) if net.target.box in own]

    def moved(pin: Pin) -> Pin:
        return replace(pin, box=own[pin.box])

    inner = [
        Net(moved(nets[number].target), tuple(map(moved, nets[number].children)))
        for number in numbers
    ]
    return lay_out([boxes[box] for box in members], inner, width, spacing=spacing), numbers
