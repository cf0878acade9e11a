"""What the marks of an ER diagram mean, in a line or two below it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from markupsafe import Markup

from schema.diagram import Diagram, Relation
from schema.diagram.layout import Point
from schema.render.er_lines import sample
from schema.render.er_map import letters
from schema.render.er_places import EDGE, Picture
from schema.render.er_small import chip
from schema.render.er_style import colours
from schema.render.lanes import cut, text_width
from schema.render.theme import join, text
from schema.wording import CHANGE_MARKS

__all__ = ["legend"]

_LABEL = Markup('<text class="{}" x="{:.1f}" y="{:.1f}">{}</text>')
#: Pixels: a sample of a line, a hub's chip, between two things, a line of the legend.
_SAMPLE, _CHIP, _AFTER, _LINE = 53.0, 20.0, 18.0, 22.0
_TOP = 18.0

#: What draws one thing at a place, and how wide it is.
_Item = tuple[Callable[[Point], Markup], float]


def legend(diagram: Diagram, picture: Picture) -> tuple[Markup, float]:
    """The markup below a picture, and how high it is. Only what is in the picture is told."""
    parts = []
    x, y = EDGE, picture.height + _TOP
    for draw, wide in _items(diagram, picture):
        if x + wide > picture.width and x > EDGE:
            x, y = EDGE, y + _LINE
        parts.append(draw(Point(x, y)))
        x += wide + _AFTER
    return join(parts), y + _LINE - picture.height


def _items(diagram: Diagram, picture: Picture) -> Iterator[_Item]:
    is_map = bool(picture.frames)
    for relation, label in _samples(diagram, is_map=is_map):
        yield _sampled(relation, label, is_map=is_map)
    for name, label in _words(diagram):
        yield _label(name, label)
    if picture.hubs:
        yield _label("faint", "by letters, to a table that many refer to:")
    pairs = {(each.table, each.target) for each in diagram.relations}
    counts = Counter(target for table, target in pairs if table != target)
    shades = colours(diagram)
    for label, letter in letters(picture.hubs).items():
        yield _hub(f"{cut(label, 150, 12)} ({counts[label]})", letter, shades[label])


def _label(name: str, said: str) -> _Item:
    return lambda at: _LABEL.format(name, at.x, at.y, text(said)), text_width(said, 12)


def _sampled(relation: Relation, said: str, *, is_map: bool) -> _Item:
    label, wide = _label("faint", said)
    return (
        lambda at: sample(at, relation, is_map=is_map) + label(Point(at.x + _SAMPLE, at.y)),
        wide + _SAMPLE,
    )


def _hub(said: str, letter: str, colour: Markup) -> _Item:
    label, wide = _label("faint", said)
    return (
        lambda at: chip(Point(at.x, at.y - 7), letter, colour) + label(Point(at.x + _CHIP, at.y)),
        wide + _CHIP,
    )


def _words(diagram: Diagram) -> Iterator[tuple[str, str]]:
    if any(column.is_nullable for table in diagram.tables for column in table.columns):
        yield "faint null", "may be null?"
    if diagram.is_comparison:
        for change, mark in CHANGE_MARKS.items():
            yield f"sign {change}", f"{mark} {'dropped' if change == 'removed' else change}"


def _samples(diagram: Diagram, *, is_map: bool) -> Iterator[tuple[Relation, str]]:
    def line(*, optional: bool = False, unique: bool = False, implied: bool = False) -> Relation:
        evidence = "" if implied else None
        return Relation("", "", (), "", (), optional, unique, evidence=evidence)

    if is_map:
        yield line(), "refers to"
        if any(each.is_implied for each in diagram.relations):
            yield line(implied=True), "implied by names"
        return
    there = {(each.is_optional, each.is_unique) for each in diagram.relations}
    if any(not optional for optional, _ in there):
        yield line(), "one to many"
    if any(optional for optional, _ in there):
        yield line(optional=True), "none or one to many"
    if any(unique for _, unique in there):
        yield line(unique=True), "to at most one"
    if any(each.is_implied for each in diagram.relations):
        yield line(implied=True), "implied by names"
