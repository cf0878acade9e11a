"""What the marks of an ER diagram mean, in a line or two below it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from markupsafe import Markup

from schema.diagram import Diagram, Relation
from schema.diagram.layout import Point
from schema.render.er_lines import sample
from schema.render.er_map import letters
from schema.render.er_places import HUB, HUB_LINE, Picture
from schema.render.er_small import chip
from schema.render.er_style import colours
from schema.render.lanes import cut, text_width
from schema.render.theme import join, text
from schema.wording import CHANGE_MARKS

__all__ = ["legend"]

_LABEL = Markup('<text class="{}" x="{:.1f}" y="{:.1f}">{}</text>')
_SIGN, _AFTER = 53.0, 18.0


def legend(diagram: Diagram, picture: Picture) -> Markup:
    """Only what is in the picture is told."""
    return join([*_marks(diagram, picture), *_hubs(diagram, picture)])


def _marks(diagram: Diagram, picture: Picture) -> Iterator[Markup]:
    x, y = picture.legend.x, picture.legend.y
    is_map = bool(picture.frames)
    for relation, label in _samples(diagram, is_map=is_map):
        yield sample(Point(x, y), relation, is_map=is_map)
        yield _LABEL.format("faint", x + _SIGN, y, label)
        x += _SIGN + text_width(label, 12) + _AFTER
    if picture.hubs:
        yield _LABEL.format("faint", x, y, "and by letters to a table that many refer to:")
    for name, label in _words(diagram):
        yield _LABEL.format(name, x, y, label)
        x += text_width(label, 12) + _AFTER


def _hubs(diagram: Diagram, picture: Picture) -> Iterator[Markup]:
    pairs = {(each.table, each.target) for each in diagram.relations}
    counts = Counter(target for table, target in pairs if table != target)
    shades = colours(diagram)
    in_line = max(1, int(picture.width / HUB))
    for number, (label, letter) in enumerate(letters(picture.hubs).items()):
        line, place = divmod(number, in_line)
        x, y = picture.legend.x + HUB * place, picture.legend.y + HUB_LINE * (line + 1)
        yield chip(Point(x, y - 7), letter, shades[label])
        yield _LABEL.format("faint", x + 20, y, text(f"{cut(label, 150, 12)} ({counts[label]})"))


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
