"""Which way each net takes: the channels it runs in, and the gaps that it crosses columns by.

A channel is the room between two columns, for upright lines: channel 0 is left of the first column,
channel n to the right of the n-th. From one channel to the next a line crosses the column between
them through a gap: gap 0 is above the column's first box, gap n below its n-th.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from schema.diagram.layout.values import Box, Columns, Net

__all__ = ["LEFT", "RIGHT", "Route", "clamp", "gaps_of", "route"]

LEFT, RIGHT = 0, 1
_FAR = 1e9
#: What a line in a gap costs the next one, in pixels of a detour.
_CROWD = 9.0


@dataclass(slots=True)
class Route:
    """A net's way. ``sides`` tell where each child's line leaves its box, and ``ends`` into which
    channel that leads; ``home`` is the target's column, ``gaps`` how each other one is crossed.
    """

    home: int
    sides: tuple[int, ...]
    ends: tuple[int, ...]
    gaps: dict[int, int] = field(default_factory=dict)

    @property
    def channels(self) -> range:
        """All channels that it runs in."""
        own = {self.home + side for side in self.target_sides}
        return range(min({*self.ends, *own}), max({*self.ends, *own}) + 1)

    @property
    def target_sides(self) -> tuple[int, ...]:
        """The sides of the target that lines end at."""
        return tuple(sorted({RIGHT if end > self.home else LEFT for end in self.ends}))


def route(
    columns: Columns, boxes: Sequence[Box], nets: Sequence[Net], tops: Sequence[float]
) -> list[Route]:
    """A route for each net. Those with the shortest ways choose first."""
    home = {box: number for number, column in enumerate(columns) for box in column}
    routes = [_sides(net, home, len(columns)) for net in nets]
    gaps = [gaps_of(column, boxes, tops) for column in columns]
    crowd: dict[tuple[int, int], int] = defaultdict(int)
    far = [max(abs(end - each.home) for end in each.ends) for each in routes]
    for number in sorted(range(len(nets)), key=lambda number: (far[number], number)):
        _cross(nets[number], routes[number], tops, gaps, crowd)
    return routes


def _sides(net: Net, home: Mapping[int, int], count: int) -> Route:
    """A line leaves its box towards the target; beside the target, to where the net runs anyway."""
    own = home[net.target.box]
    columns = [home[pin.box] for pin in net.children]
    is_left, is_right = min(columns) < own, max(columns) > own
    beside = LEFT if own == count - 1 > 0 or (is_left and not is_right) else RIGHT
    sides = [beside if at == own else LEFT if at > own else RIGHT for at in columns]
    return Route(own, tuple(sides), tuple(map(sum, zip(columns, sides, strict=True))))


def gaps_of(
    column: Sequence[int], boxes: Sequence[Box], tops: Sequence[float]
) -> list[tuple[float, float]]:
    """The gaps of a column, from above; the outer ones have no end."""
    edges = [-_FAR]
    for box in column:
        edges += [tops[box], tops[box] + boxes[box].height]
    edges.append(_FAR)
    return list(zip(edges[::2], edges[1::2], strict=True))


def _cross(
    net: Net,
    way: Route,
    tops: Sequence[float],
    gaps: Sequence[Sequence[tuple[float, float]]],
    crowd: dict[tuple[int, int], int],
) -> None:
    """Choose the gaps, from the target outwards to both sides."""
    start = tops[net.target.box] + net.target.y
    heights = sorted(
        (tops[pin.box] + pin.y, end) for pin, end in zip(net.children, way.ends, strict=True)
    )
    for column in range(way.home + 1, max(way.ends)):
        beyond = [height for height, end in heights if end > column]
        start = _take(column, gaps[column], start, beyond[len(beyond) // 2], way, crowd)
    start = tops[net.target.box] + net.target.y
    for column in range(way.home - 1, min(way.ends) - 1, -1):
        beyond = [height for height, end in heights if end <= column]
        start = _take(column, gaps[column], start, beyond[len(beyond) // 2], way, crowd)


def _take(
    column: int,
    gaps: Sequence[tuple[float, float]],
    y: float,
    goal: float,
    way: Route,
    crowd: dict[tuple[int, int], int],
) -> float:
    """Take the best gap of a column; the height at which it is crossed, about."""
    chosen = _choose(column, gaps, y, goal, crowd)
    way.gaps[column] = chosen
    crowd[column, chosen] += 1
    return clamp(y, gaps[chosen])


def _choose(
    column: int,
    gaps: Sequence[tuple[float, float]],
    y: float,
    goal: float,
    crowd: Mapping[tuple[int, int], int],
) -> int:
    def price(number: int) -> tuple[float, int]:
        there = clamp(y, gaps[number])
        detour = abs(there - y) + abs(there - goal)
        return detour + _CROWD * crowd[column, number], number

    return min(map(price, range(len(gaps))))[1]


def clamp(y: float, gap: tuple[float, float]) -> float:
    """The height in a gap that is nearest to ``y``, not too near to the boxes."""
    margin = min(10.0, (gap[1] - gap[0]) / 2)
    return min(max(y, gap[0] + margin), gap[1] - margin)
