"""The lines of an ER diagram, with crow's feet at their ends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from markupsafe import Markup

from schema.diagram import Diagram, Relation
from schema.diagram.layout import Point
from schema.render.er_places import Drawn, Picture
from schema.render.er_style import colours
from schema.render.theme import BAD, FAINT, GOOD, WARN, join, ours, text

__all__ = ["lines", "sample"]

_RADIUS = 6.0
#: From so many lines on, a page is spared what only makes them easier to point at.
_MANY = 200
_CHANGES = {"added": GOOD, "removed": BAD, "changed": WARN, "renamed": WARN}


def lines(diagram: Diagram, picture: Picture, *, is_still: bool) -> Iterator[Markup]:
    """A group for each net, in it one for each relation: its line, its ends, its tip.

    Long nets lie below. Lines of one net lie on one another, so only all together can be faint.
    """
    numbers = {table.label: n for n, table in enumerate(diagram.tables)}
    nets: dict[int, list[Drawn]] = defaultdict(list)
    for each in picture.lines:
        nets[each.net].append(each)
    crowd, has_room = _Crowd(picture.lines), len(picture.lines) < _MANY and not is_still
    shades = colours(diagram)
    for those in sorted(nets.values(), key=_depth):
        first = those[0].relation
        colour = shades[first.target]
        if diagram.is_comparison:
            colour = ours(_CHANGES.get(first.change or "", FAINT))
        names = {each: _numbered(each.relation, numbers) for each in those}
        drawn = (
            _line(
                each,
                names[each],
                _arrow(each) if picture.frames else _ends(each, crowd),
                has_room=has_room,
            )
            for each in those
        )
        of_all = " ".join(dict.fromkeys(" ".join(names.values()).split()))
        whole = Markup('<g class="net {}" style="color:{}">{}</g>')
        yield whole.format(_kind(diagram, first) + of_all, colour, join(drawn))


def _numbered(relation: Relation, numbers: Mapping[str, int]) -> str:
    """The classes that tell which two tables a line joins."""
    return " ".join(
        dict.fromkeys(f"l{numbers[label]}" for label in (relation.table, relation.target))
    )


def _kind(diagram: Diagram, relation: Relation) -> str:
    kinds = ["implied"] if relation.is_implied else []
    kinds += [relation.change or "same"] if diagram.is_comparison else []
    return "".join(f"{kind} " for kind in kinds)


def _depth(net: Sequence[Drawn]) -> tuple[bool, float]:
    return not net[0].relation.is_implied, -max(map(_length, net))


def sample(at: Point, relation: Relation, *, is_map: bool) -> Markup:
    """A short level line, for the legend."""
    path = (at, Point(at.x + 46, at.y))
    whole = Markup('<g class="sample{}" style="color:{}"><path class="edge" d="{}"/>{}</g>')
    kind = " implied" if relation.is_implied else ""
    drawn = Drawn(relation, path[::-1] if is_map else path)
    ends = _arrow(drawn) if is_map else _ends(drawn, _Crowd(()))
    return whole.format(kind, ours(FAINT), rounded(path), ends)


def _length(drawn: Drawn) -> float:
    steps = zip(drawn.path, drawn.path[1:], strict=False)
    return sum(abs(a.x - b.x) + abs(a.y - b.y) for a, b in steps)


def _line(drawn: Drawn, names: str, ends: Markup, *, has_room: bool) -> Markup:
    """A line with its ends; a broad unseen one is below it, for those who point at it."""
    path = rounded(drawn.path)
    hit = Markup('<path class="hit" d="{}"/>').format(path) if has_room else Markup()
    whole = Markup('<g class="line {}"><title>{}</title>{}<path class="edge" d="{}"/>{}</g>')
    return whole.format(names, text(drawn.relation.describe()), hit, path, ends)


def rounded(points: Sequence[Point]) -> str:
    """The path of a line whose corners are rounded."""
    parts = [f"M{points[0].x:.1f} {points[0].y:.1f}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        radius = min(_RADIUS, _distance(before, corner) / 2, _distance(corner, after) / 2)
        start, end = _towards(corner, before, radius), _towards(corner, after, radius)
        parts.append(f"L{short(start.x)} {short(start.y)}")
        parts.append(f"Q{short(corner.x)} {short(corner.y)} {short(end.x)} {short(end.y)}")
    parts.append(f"L{points[-1].x:.1f} {points[-1].y:.1f}")
    return "".join(parts)


def _distance(a: Point, b: Point) -> float:
    return abs(a.x - b.x) + abs(a.y - b.y)


def _towards(start: Point, end: Point, by: float) -> Point:
    whole = _distance(start, end) or 1.0
    share = by / whole
    return Point(start.x + (end.x - start.x) * share, start.y + (end.y - start.y) * share)


# -- ends -----------------------------------------------------------------------------------------


class _Crowd:
    """How much room each end of a line has: lines of several kinds may end at one column."""

    def __init__(self, drawn: Iterable[Drawn]) -> None:
        self._heights: dict[float, list[float]] = defaultdict(list)
        for point in {point for each in drawn for point in (each.path[0], each.path[-1])}:
            self._heights[point.x].append(point.y)

    def half(self, at: Point) -> float:
        """How far a mark may reach up and down."""
        near = [abs(y - at.y) for y in self._heights[at.x] if y != at.y]
        return max(2.0, min([5.0, *(distance / 2 - 0.5 for distance in near)]))


def _ends(drawn: Drawn, crowd: _Crowd) -> Markup:
    """How many rows stand at each end: bars for one, a circle for none, a foot for many."""
    path, relation = drawn.path, drawn.relation
    out = 1 if path[1].x >= path[0].x else -1
    back = 1 if path[-2].x >= path[-1].x else -1
    one = _one(path[0], out, crowd.half(path[0]), is_optional=relation.is_optional)
    return join([*one, *_many(path[-1], back, crowd.half(path[-1]), is_unique=relation.is_unique)])


def _one(at: Point, out: int, half: float, *, is_optional: bool) -> Iterator[Markup]:
    """The target's end: exactly one, or none or one."""
    yield _bar(at, 6 * out, half)
    yield _circle(at, 13 * out, half) if is_optional else _bar(at, 10 * out, half)


def _many(at: Point, out: int, half: float, *, is_unique: bool) -> Iterator[Markup]:
    """The table's end: none or many, or none or one."""
    if is_unique:
        yield _bar(at, 6 * out, half)
        yield _circle(at, 13 * out, half)
        return
    foot = Markup('<path class="foot" d="M{:.1f} {:.1f}L{:.1f} {:.1f}L{:.1f} {:.1f}"/>')
    yield foot.format(at.x, at.y - half, at.x + 10 * out, at.y, at.x, at.y + half)
    yield _circle(at, 13.5 * out, half)


def _arrow(drawn: Drawn) -> Markup:
    """On a map: a small head at the target."""
    at, out = drawn.path[0], 1 if drawn.path[1].x >= drawn.path[0].x else -1
    head = Markup('<path class="arrow" d="M{} {}l{} -3.5v7z"/>')
    return head.format(short(at.x), short(at.y), 6 * out)


def short(value: float) -> str:
    """A coordinate without what it does not need."""
    return f"{value:.1f}".removesuffix(".0")


def _bar(at: Point, off: float, half: float) -> Markup:
    path = Markup('<path class="end" d="M{:.1f} {:.1f}v{:.1f}"/>')
    return path.format(at.x + off, at.y - half, 2 * half)


def _circle(at: Point, off: float, half: float) -> Markup:
    circle = Markup('<circle class="end" cx="{:.1f}" cy="{:.1f}" r="{:.1f}"/>')
    return circle.format(at.x + off, at.y, min(3.5, half))
