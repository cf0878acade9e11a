"""The lines of an ER diagram, with crow's feet at their ends, and the legend."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from schema.diagram import Diagram, Relation
from schema.diagram.layout import Point
from schema.render.er_places import Drawn, Picture
from schema.render.er_style import colours
from schema.render.lanes import text_width
from schema.render.theme import BAD, FAINT, GOOD, WARN, join, ours, text

__all__ = ["legend", "lines", "rounded"]

_RADIUS = 6.0
_CHANGES = {"added": GOOD, "removed": BAD, "changed": WARN, "renamed": WARN}


def lines(diagram: Diagram, picture: Picture) -> Iterator[Markup]:
    """A group for each relation: its line, its ends, its tip. Long lines lie below."""
    numbers = {table.label: n for n, table in enumerate(diagram.tables)}
    shades = colours(diagram)
    drawn = sorted(picture.lines, key=lambda each: (not each.relation.is_implied, -_length(each)))
    for each in drawn:
        relation = each.relation
        colour = shades[relation.target]
        if diagram.is_comparison:
            colour = ours(_CHANGES.get(relation.change or "", FAINT))
        names = ["line", f"l{numbers[relation.table]}", f"l{numbers[relation.target]}"]
        names += ["implied"] if relation.is_implied else []
        names += ["same"] if diagram.is_comparison and not relation.change else []
        yield _line(each, " ".join(dict.fromkeys(names)), colour)


def _length(drawn: Drawn) -> float:
    steps = zip(drawn.path, drawn.path[1:], strict=False)
    return sum(abs(a.x - b.x) + abs(a.y - b.y) for a, b in steps)


def _line(drawn: Drawn, names: str, colour: Markup) -> Markup:
    path = rounded(drawn.path)
    whole = Markup(
        '<g class="{}" style="stroke:{}"><title>{}</title><path class="hit" d="{}"/>'
        '<path class="edge" d="{}"/>{}</g>'
    )
    said = text(drawn.relation.describe())
    return whole.format(names, colour, said, path, path, _ends(drawn))


def rounded(points: Sequence[Point]) -> str:
    """The path of a line whose corners are rounded."""
    parts = [f"M{points[0].x:.1f} {points[0].y:.1f}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        radius = min(_RADIUS, _distance(before, corner) / 2, _distance(corner, after) / 2)
        start, end = _towards(corner, before, radius), _towards(corner, after, radius)
        parts.append(f"L{start.x:.1f} {start.y:.1f}")
        parts.append(f"Q{corner.x:.1f} {corner.y:.1f} {end.x:.1f} {end.y:.1f}")
    parts.append(f"L{points[-1].x:.1f} {points[-1].y:.1f}")
    return "".join(parts)


def _distance(a: Point, b: Point) -> float:
    return abs(a.x - b.x) + abs(a.y - b.y)


def _towards(start: Point, end: Point, by: float) -> Point:
    whole = _distance(start, end) or 1.0
    share = by / whole
    return Point(start.x + (end.x - start.x) * share, start.y + (end.y - start.y) * share)


# -- ends -----------------------------------------------------------------------------------------


def _ends(drawn: Drawn) -> Markup:
    """How many rows stand at each end: bars for one, a circle for none, a foot for many."""
    path, relation = drawn.path, drawn.relation
    out = 1 if path[1].x >= path[0].x else -1
    back = 1 if path[-2].x >= path[-1].x else -1
    return join([*_one(path[0], out, relation), *_many(path[-1], back, relation)])


def _one(at: Point, out: int, relation: Relation) -> Iterator[Markup]:
    """The target's end: exactly one, or none or one."""
    yield _bar(at, 6 * out)
    if relation.is_optional:
        yield _circle(at, 13 * out)
    else:
        yield _bar(at, 10 * out)


def _many(at: Point, out: int, relation: Relation) -> Iterator[Markup]:
    """The table's end: none or many, or none or one."""
    if relation.is_unique:
        yield _bar(at, 6 * out)
        yield _circle(at, 13 * out)
        return
    foot = Markup('<path class="edge foot" d="M{:.1f} {:.1f}L{:.1f} {:.1f}L{:.1f} {:.1f}"/>')
    yield foot.format(at.x, at.y - 5, at.x + 10 * out, at.y, at.x, at.y + 5)
    yield _circle(at, 13.5 * out)


def _bar(at: Point, off: float) -> Markup:
    path = Markup('<path class="end" d="M{:.1f} {:.1f}v10"/>')
    return path.format(at.x + off, at.y - 5)


def _circle(at: Point, off: float) -> Markup:
    circle = Markup('<circle class="end" cx="{:.1f}" cy="{:.1f}" r="3.5"/>')
    return circle.format(at.x + off, at.y)


# -- legend ---------------------------------------------------------------------------------------


def legend(diagram: Diagram, picture: Picture) -> Markup:
    """What the marks mean, in one line."""
    x, y = picture.legend.x, picture.legend.y
    parts = []
    for relation, said in _samples(diagram):
        path = (Point(x, y), Point(x + 46, y))
        colour = ours(FAINT)
        kind = "implied" if relation.is_implied else ""
        parts.append(
            Markup('<g class="{}" style="stroke:{}"><path class="edge" d="{}"/>{}</g>').format(
                kind, colour, rounded(path), _ends(Drawn(relation, path))
            )
        )
        parts.append(
            Markup('<text class="faint" x="{:.1f}" y="{:.1f}">{}</text>').format(x + 53, y, said)
        )
        x += 53 + text_width(said, 12) + 18
    if diagram.detail != "names":
        said = "type? may be null"
        parts.append(
            Markup('<text class="faint" x="{:.1f}" y="{:.1f}">{}</text>').format(x, y, said)
        )
    return join(parts)


def _samples(diagram: Diagram) -> Iterator[tuple[Relation, str]]:
    def sample(*, optional: bool = False, unique: bool = False, implied: bool = False) -> Relation:
        evidence = "" if implied else None
        return Relation("", "", (), "", (), optional, unique, evidence=evidence)

    there = {(each.is_optional, each.is_unique) for each in diagram.relations}
    if any(not optional for optional, _ in there):
        yield sample(), "one to many"
    if any(optional for optional, _ in there):
        yield sample(optional=True), "none or one to many"
    if any(unique for _, unique in there):
        yield sample(unique=True), "to at most one"
    if any(each.is_implied for each in diagram.relations):
        yield sample(implied=True), "implied by names"
