"""From columns and routes to coordinates: ports at boxes, tracks in gaps and channels, paths."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from schema.diagram.layout.aligning import align, spread
from schema.diagram.layout.routing import LEFT, RIGHT, Route, clamp, gaps_of
from schema.diagram.layout.tracks import Strand, tracks
from schema.diagram.layout.values import Box, Columns, Layout, Net, Point, Spacing

__all__ = ["draw"]

#: A line in a gap is at least so far from the boxes above and below it.
_CLEAR = 9.0

#: A port: the net and the place of the child in it, -1 for the target; and the side of the box.
_Port = tuple[int, int, int]


def draw(
    columns: Columns,
    boxes: Sequence[Box],
    nets: Sequence[Net],
    routes: Sequence[Route],
    spacing: Spacing,
) -> Layout:
    """The layout: everything has its place in it."""
    tops = align(columns, boxes, nets, _free(columns, routes, spacing))
    ports = _ports(nets, routes, tops)
    crossings = _crossings(columns, boxes, routes, tops, ports, spacing)
    channels = _channels(columns, nets, routes, ports, crossings)
    lanes = [tracks(strands) for strands in channels]
    lefts, widths, lines, width = _across(columns, boxes, lanes, spacing)
    places: list[Point] = [Point(0, 0)] * len(boxes)
    wide = [0.0] * len(boxes)
    for number, column in enumerate(columns):
        for box in column:
            places[box], wide[box] = Point(lefts[number], tops[box]), widths[number]
    paths = tuple(
        tuple(
            _path(number, child, routes[number], (lefts, widths), lines, (ports, crossings))
            for child in range(len(net.children))
        )
        for number, net in enumerate(nets)
    )
    bottoms = [tops[box] + boxes[box].height for box in range(len(boxes))]
    heights = [point.y for net in paths for path in net for point in path]
    height = max([*bottoms, *(y + _CLEAR for y in heights)], default=0.0)
    return Layout(width, height, tuple(places), tuple(wide), paths, tuple(map(tuple, columns)))


# -- heights --------------------------------------------------------------------------------------


def _free(columns: Columns, routes: Sequence[Route], spacing: Spacing) -> list[list[float]]:
    """How much each gap needs for the lines in it."""
    counts: dict[tuple[int, int], int] = defaultdict(int)
    for way in routes:
        for crossing in way.gaps.items():
            counts[crossing] += 1
    found = []
    for number, column in enumerate(columns):
        needed = [_room(counts[number, gap], spacing) for gap in range(len(column) + 1)]
        inner = [max(spacing.gap, room) for room in needed[1:-1]]
        found.append([needed[0], *inner, needed[-1]] if column else [needed[0]])
    return found


def _room(count: int, spacing: Spacing) -> float:
    return 2 * _CLEAR + (count - 1) * spacing.track if count else 0.0


#: What ends at one place of one side of a box: by net, where it leads, and its ports. A line from
#: a place to itself ends twice there.
_Ends = dict[tuple[int, bool], tuple[float, list[_Port]]]


def _ports(
    nets: Sequence[Net], routes: Sequence[Route], tops: Sequence[float]
) -> dict[_Port, float]:
    """The height of each end of a line. Nets that end at one pin are kept apart there."""
    at: dict[tuple[int, int, float], _Ends] = defaultdict(dict)
    rooms: dict[tuple[int, int, float], float] = {}
    for number, (net, way) in enumerate(zip(nets, routes, strict=True)):
        middle = _middle(tops[pin.box] + pin.y for pin in net.children)
        ends = [(net.target, -1, side, middle) for side in way.target_sides]
        goal = tops[net.target.box] + net.target.y
        ends += [
            (pin, child, side, goal)
            for child, (pin, side) in enumerate(zip(net.children, way.sides, strict=True))
        ]
        for pin, child, side, leads_to in ends:
            place = pin.box, side, pin.y
            is_loop = child >= 0 and (pin.box, pin.y) == (net.target.box, net.target.y)
            at[place].setdefault((number, is_loop), (leads_to, []))[1].append((number, child, side))
            rooms[place] = pin.room
    found: dict[_Port, float] = {}
    for place, those in at.items():
        ordered = sorted(those.items(), key=lambda item: (item[1][0], item[0]))
        for order, (_, (_, ports)) in enumerate(ordered):
            off = _offset(order, len(ordered), rooms[place])
            found.update(dict.fromkeys(ports, tops[place[0]] + place[2] + off))
    return found


def _offset(place: int, count: int, room: float) -> float:
    if count == 1:
        return 0.0
    step = min(2 * room / (count - 1), 7.0)
    return math.floor((place - (count - 1) / 2) * step * 2) / 2


def _middle(heights: Iterable[float]) -> float:
    ordered = sorted(heights)
    return ordered[len(ordered) // 2]


def _crossings(
    columns: Columns,
    boxes: Sequence[Box],
    routes: Sequence[Route],
    tops: Sequence[float],
    ports: Mapping[_Port, float],
    spacing: Spacing,
) -> dict[tuple[int, int], float]:
    """By net and column, the height at which it crosses it: as near to its target's as can be."""
    in_gaps: dict[tuple[int, int], list[int]] = defaultdict(list)
    for number, way in enumerate(routes):
        for crossing in way.gaps.items():
            in_gaps[crossing].append(number)
    found: dict[tuple[int, int], float] = {}
    for _ in range(2):
        for (column, gap), numbers in sorted(in_gaps.items()):
            ends = gaps_of(columns[column], boxes, tops)[gap]
            wanted = sorted(
                (clamp(_before(number, column, routes[number], found, ports), ends), number)
                for number in numbers
            )
            first, last = max(ends[0], 0.0) + _CLEAR, ends[1] - _CLEAR
            distances = [spacing.track] * (len(wanted) - 1)
            spaced = spread([y for y, _ in wanted], distances, first, last)
            for y, (_, number) in zip(spaced, wanted, strict=True):
                found[number, column] = math.floor(y + 0.5)
    return found


def _before(
    number: int,
    column: int,
    way: Route,
    found: Mapping[tuple[int, int], float],
    ports: Mapping[_Port, float],
) -> float:
    """The height at which the net comes to a column, from its target's side."""
    nearer = column - 1 if column > way.home else column + 1
    start = ports[number, -1, RIGHT if column > way.home else LEFT]
    return found.get((number, nearer), start)


# -- widths ---------------------------------------------------------------------------------------


def _channels(
    columns: Columns,
    nets: Sequence[Net],
    routes: Sequence[Route],
    ports: Mapping[_Port, float],
    crossings: Mapping[tuple[int, int], float],
) -> list[list[Strand]]:
    """What runs in each channel."""
    found: list[list[Strand]] = [[] for _ in range(len(columns) + 1)]
    for number, (net, way) in enumerate(zip(nets, routes, strict=True)):
        ends: dict[tuple[int, int], list[float]] = defaultdict(list)
        for side in way.target_sides:
            ends[way.home + side, _other(side)].append(ports[number, -1, side])
        for child in range(len(net.children)):
            side = way.sides[child]
            ends[way.ends[child], _other(side)].append(ports[number, child, side])
        for column in way.gaps:
            y = crossings[number, column]
            ends[column, RIGHT].append(y)
            ends[column + 1, LEFT].append(y)
        for channel in sorted({channel for channel, _ in ends}):
            left, right = ends[channel, LEFT], ends[channel, RIGHT]
            found[channel].append(Strand(number, tuple(left), tuple(right)))
    return found


def _other(side: int) -> int:
    """At which side of a channel a box's side is."""
    return LEFT if side == RIGHT else RIGHT


def _across(
    columns: Columns, boxes: Sequence[Box], lanes: Sequence[Mapping[int, int]], spacing: Spacing
) -> tuple[list[float], list[float], list[dict[int, float]], float]:
    """Each column's left edge and width, each channel's lines by net, and the whole width."""
    lefts: list[float] = []
    widths = [max((boxes[box].width for box in column), default=0.0) for column in columns]
    lines: list[dict[int, float]] = []
    x = 0.0
    for channel, lane in enumerate(lanes):
        count = max(lane.values(), default=-1) + 1
        is_outer = channel in (0, len(columns))
        start = x + (spacing.margin if channel else spacing.track)
        lines.append({net: start + track * spacing.track for net, track in lane.items()})
        if count or not is_outer:
            x = start + max(0, count - 1) * spacing.track
            x += spacing.margin if channel < len(columns) else spacing.track
        if channel < len(columns):
            lefts.append(x)
            x += widths[channel]
    return lefts, widths, lines, x


def _path(
    number: int,
    child: int,
    way: Route,
    boxes: tuple[Sequence[float], Sequence[float]],
    lines: Sequence[Mapping[int, float]],
    heights: tuple[Mapping[_Port, float], Mapping[tuple[int, int], float]],
) -> tuple[Point, ...]:
    """The corners of one line, from the target to the child."""
    (lefts, widths), (ports, crossings) = boxes, heights
    end, side = way.ends[child], way.sides[child]
    leaving = RIGHT if end > way.home else LEFT
    step = 1 if leaving == RIGHT else -1
    y = ports[number, -1, leaving]
    points = [Point(lefts[way.home] + widths[way.home] * leaving, y)]
    for channel in range(way.home + leaving, end + step, step):
        column = channel if step > 0 else channel - 1
        is_last = channel == end
        next_y = ports[number, child, side] if is_last else crossings[number, column]
        if number in lines[channel] and next_y != y:
            x = lines[channel][number]
            points += [Point(x, y), Point(x, next_y)]
        y = next_y
    home = end - side
    points.append(Point(lefts[home] + widths[home] * side, y))
    return tuple(points)
