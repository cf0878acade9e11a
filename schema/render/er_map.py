"""A map of a big schema: groups as frames, in them the tables as small boxes with their names.

A table that very many others refer to has no lines: each of these bears its letters instead, as
a place on a road sign. Lines to it would be most of the picture, and nobody could follow them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from schema.diagram import Diagram, Group
from schema.diagram.layout import Box, Pin, Point, Spacing
from schema.render.er_places import HEAD, Drawn, Frame, Picture, Placed, finish, laid_out
from schema.render.lanes import text_width

__all__ = ["CHIP", "SMALL", "arrange_map", "letters"]

#: Pixels: a small table's height and distance, the frame around it, a chip.
SMALL, _PITCH, _FRAME, CHIP = 19, 23, 7, 18
_MOST_WIDE, _LEAST_WIDE = 170.0, 90.0
_SPACING = Spacing(gap=20.0, margin=12.0, track=6.0, between=22.0)
#: What as many tables of other groups refer to, or more, is a hub.
_HUB = 8


@lru_cache(maxsize=8)
def arrange_map(diagram: Diagram, width: float) -> Picture:
    """Lay out the groups as boxes whose rows are tables."""
    hubs = _hubs(diagram)
    signs = _signs(diagram, hubs)
    group_of = {label: n for n, each in enumerate(diagram.groups) for label in each.tables}
    row_of = {label: n for each in diagram.groups for n, label in enumerate(each.tables)}
    said = {label: _said(label, each) for each in diagram.groups for label in each.tables}
    sizes = [_size(each, said, signs) for each in diagram.groups]

    def pin(label: str, columns: Sequence[str]) -> Pin:
        del columns
        middle = HEAD + _PITCH * row_of[label] + SMALL / 2
        return Pin(group_of[label], middle, SMALL / 2 - 3)

    drawn = [each for each in diagram.relations if not _is_sign(each.table, each.target, signs)]
    whole, lines = laid_out(sizes, drawn, pin, width, _SPACING)
    numbers = {table.label: n for n, table in enumerate(diagram.tables)}
    frames, tables = [], []
    for n, each in enumerate(diagram.groups):
        at, size = whole.places[n], Box(whole.widths[n], sizes[n].height)
        frames.append(Frame(_called(each, said), at, size))
        for label in each.tables:
            place = Point(at.x + _FRAME, at.y + HEAD + _PITCH * row_of[label])
            box = Box(size.width - 2 * _FRAME, SMALL)
            sign = signs.get(label, ())
            tables.append(Placed(diagram[label], numbers[label], place, box, (), sign, said[label]))
    reaching = [_reaching(each, whole.places, whole.widths, group_of) for each in lines]
    return finish(whole, tables, reaching, "Groups without relations", frames=frames, hubs=hubs)


def _hubs(diagram: Diagram) -> tuple[str, ...]:
    """The labels of hubs, those that most refers to first."""
    group_of = {label: each.name for each in diagram.groups for label in each.tables}
    counts = Counter(
        each.target
        for each in diagram.relations
        if group_of[each.table] != group_of[each.target] and not each.change
    )
    return tuple(label for label, count in counts.most_common() if count >= _HUB)


def _signs(diagram: Diagram, hubs: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """By table, the hubs that it refers to, in their order."""
    known = set(hubs)
    found: dict[str, dict[str, None]] = {}
    for each in diagram.relations:
        if each.target in known and each.table != each.target and not each.change:
            found.setdefault(each.table, {})[each.target] = None
    return {label: tuple(sorted(those, key=hubs.index)) for label, those in found.items()}


def _is_sign(table: str, target: str, signs: Mapping[str, Sequence[str]]) -> bool:
    return target in signs.get(table, ())


@lru_cache(maxsize=8)
def letters(hubs: tuple[str, ...]) -> Mapping[str, str]:
    """One or two letters for each hub that no other one has, of its name if that can be."""
    found: dict[str, str] = {}
    for label in hubs:
        taken = set(found.values())
        found[label] = next(each for each in _choices(label) if each not in taken)
    return found


def _choices(label: str) -> Iterator[str]:
    name = "".join(letter for letter in label.rpartition(".")[2] if letter.isalnum()) or "x"
    yield from (name[0].upper() + letter.lower() for letter in name[1:])
    yield from (f"{name[0].upper()}{number}" for number in range(10_000))


def _said(label: str, group: Group) -> str:
    """A table's name without the word that its group is called by."""
    return label.removeprefix(f"{group.name.partition(' (')[0]}_") or label


def _called(group: Group, said: Mapping[str, str]) -> str:
    """The group's name, with a sign that its tables' names begin with it."""
    is_prefix = any(said[label] != label for label in group.tables)
    first, bracket, rest = group.name.partition(" (")
    return f"{first}_…{bracket}{rest}" if is_prefix else group.name


def _size(group: Group, said: Mapping[str, str], signs: Mapping[str, Sequence[str]]) -> Box:
    chips = [CHIP * (len(signs.get(label, ())) + 1) for label in group.tables]
    rows = [
        text_width(said[label], 12) + 12 + chip
        for label, chip in zip(group.tables, chips, strict=True)
    ]
    head = text_width(_called(group, said)) * 1.1 + 8
    wide = max(_LEAST_WIDE, min(_MOST_WIDE + max(chips), max(head, *rows)))
    return Box(float(round(wide + 2 * _FRAME)), HEAD + _PITCH * len(group.tables) + 3)


def _reaching(
    drawn: Drawn, places: Sequence[Point], widths: Sequence[float], group_of: Mapping[str, int]
) -> Drawn:
    """A line that goes on from the frame to the small box in it."""
    path = drawn.path
    start = _inner(path[0], group_of[drawn.relation.target], places, widths)
    end = _inner(path[-1], group_of[drawn.relation.table], places, widths)
    return replace(drawn, path=(start, *path[1:-1], end))


def _inner(point: Point, group: int, places: Sequence[Point], widths: Sequence[float]) -> Point:
    middle = places[group].x + widths[group] / 2
    return Point(point.x + (_FRAME if point.x < middle else -_FRAME), point.y)
