"""Where each table of a diagram stands, and how its lines run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from schema.diagram import Diagram, DiagramColumn, DiagramTable, Relation
from schema.diagram.layout import Box, Layout, Net, Pin, Point, Spacing, lay_out
from schema.diagram.layout.packing import components, masonry, pack
from schema.render.lanes import text_width

__all__ = ["HEAD", "ROW", "Drawn", "Picture", "Placed", "arrange", "marks_width"]

#: Pixels: heights of a table's head and of a column, and what is free at a box's sides.
HEAD, ROW, PAD = 26, 19, 9
_MAX_NAME, _MAX_TYPE, _MIN = 190.0, 120.0, 110.0
_EDGE, _BETWEEN, _LEGEND = 14.0, 44.0, 30.0
_MONO = 6.7
_SPACING = Spacing()


@dataclass(frozen=True, slots=True)
class Placed:
    """A table with its number in the diagram, its upper left corner and its size."""

    table: DiagramTable
    number: int
    at: Point
    size: Box
    is_focus: bool = False


@dataclass(frozen=True, slots=True)
class Drawn:
    """A relation with the corners of its line, from the target to the table."""

    relation: Relation
    path: tuple[Point, ...]


@dataclass(slots=True)
class Picture:
    """Everything with its place."""

    width: float = 0.0
    height: float = 0.0
    tables: list[Placed] = field(default_factory=list)
    lines: list[Drawn] = field(default_factory=list)
    headings: list[tuple[str, Point]] = field(default_factory=list)
    legend: Point = field(default_factory=lambda: Point(0, 0))


def arrange(diagram: Diagram, width: float) -> Picture:
    """Lay out a diagram: each set of related tables by itself, then all of them side by side."""
    sizes = [_size(table) for table in diagram.tables]
    numbers = {table.label: n for n, table in enumerate(diagram.tables)}
    pairs = [(numbers[each.table], numbers[each.target]) for each in diagram.relations]
    related = {number for pair in pairs for number in pair}
    sets = [each for each in components(len(sizes), pairs) if related & set(each)]
    inner = width - 2 * _EDGE
    layouts = [_lay_out(diagram, members, sizes, numbers, inner) for members in sets]
    packed = pack([Box(each.width, each.height) for each, _ in layouts], inner, _BETWEEN)
    picture = Picture()
    for (layout, relations), members, at in zip(layouts, sets, packed.places, strict=True):
        _put(picture, diagram, layout, relations, members, sizes, at)
    bottom = _EDGE + packed.height
    wide = packed.width
    alone = [number for number in range(len(sizes)) if number not in related]
    if alone:
        if related:
            bottom += _BETWEEN / 2
            picture.headings.append(("No relations", Point(_EDGE, bottom + 8)))
            bottom += 26
        rest = masonry([sizes[each] for each in alone], max(wide, min(inner, 800)), 22.0)
        column = max(sizes[number].width for number in alone)
        for number, at in zip(alone, rest.places, strict=True):
            place = Point(at.x + _EDGE, at.y + bottom)
            size = Box(column, sizes[number].height)
            picture.tables.append(_placed(diagram, number, place, size))
        bottom += rest.height
        wide = max(wide, rest.width)
    picture.tables.sort(key=lambda each: each.number)
    picture.legend = Point(_EDGE, bottom + _LEGEND / 2 + 6)
    picture.width, picture.height = max(wide + 2 * _EDGE, 560), bottom + _LEGEND + 10
    return picture


def _put(
    picture: Picture,
    diagram: Diagram,
    layout: Layout,
    relations: Sequence[Sequence[Relation]],
    members: Sequence[int],
    sizes: Sequence[Box],
    at: Point,
) -> None:
    """Take over one layout at its place."""

    def moved(point: Point) -> Point:
        return Point(point.x + at.x + _EDGE, point.y + at.y + _EDGE)

    for place, wide, number in zip(layout.places, layout.widths, members, strict=True):
        size = Box(wide, sizes[number].height)
        picture.tables.append(_placed(diagram, number, moved(place), size))
    for paths, those in zip(layout.paths, relations, strict=True):
        for path, relation in zip(paths, those, strict=True):
            picture.lines.append(Drawn(relation, tuple(map(moved, path))))


def _placed(diagram: Diagram, number: int, at: Point, size: Box) -> Placed:
    table = diagram.tables[number]
    return Placed(table, number, at, size, table.label in diagram.focus)


# -- one set of tables ----------------------------------------------------------------------------


def _lay_out(
    diagram: Diagram,
    members: Sequence[int],
    sizes: Sequence[Box],
    numbers: Mapping[str, int],
    width: float,
) -> tuple[Layout, list[list[Relation]]]:
    """The layout of related tables, and the relations of each of its nets."""
    boxes = {number: place for place, number in enumerate(members)}
    bundles: dict[tuple[object, ...], list[Relation]] = defaultdict(list)
    for relation in diagram.relations:
        if numbers[relation.table] in boxes:
            bundles[_bundle(relation)].append(relation)

    def pin(label: str, columns: Sequence[str]) -> Pin:
        return _pin(diagram[label], boxes[numbers[label]], columns)

    nets = [
        Net(
            pin(those[0].target, those[0].target_columns),
            tuple(pin(each.table, each.columns) for each in those),
        )
        for those in bundles.values()
    ]
    layout = lay_out([sizes[number] for number in members], nets, width, spacing=_SPACING)
    return layout, list(bundles.values())


def _bundle(relation: Relation) -> tuple[object, ...]:
    """What relations have in common that share a line: where it ends, and how it looks there."""
    return (
        relation.target,
        relation.target_columns,
        relation.is_optional,
        relation.is_implied,
        relation.change,
    )


def _pin(table: DiagramTable, box: int, columns: Sequence[str]) -> Pin:
    """The middle of the columns' rows; of the head when they are not shown."""
    places = [n for n, column in enumerate(table.columns) if column.name in columns]
    if not places:
        return Pin(box, HEAD / 2, HEAD / 2 - 3)
    middle = (places[0] + places[-1]) / 2
    return Pin(box, HEAD + ROW * (middle + 0.5), ROW / 2 - 2)


# -- sizes ----------------------------------------------------------------------------------------


def _size(table: DiagramTable) -> Box:
    marks = marks_width(table)
    head = text_width(shown_name(table)) * 1.1 + 2 * PAD + 14
    rows = [marks + name_width(column) + type_width(column) + 12 for column in table.columns]
    wide = max(_MIN, min(head, _MAX_NAME + _MAX_TYPE), *(row + 2 * PAD for row in rows), 0)
    return Box(float(round(wide)), HEAD + ROW * len(table.columns) + (5 if table.columns else 0))


def shown_name(table: DiagramTable) -> str:
    """A table's name as its head says it."""
    return table.label


def name_width(column: DiagramColumn) -> float:
    return min(_MAX_NAME, text_width(column.name, 12) * (1.08 if "PK" in column.keys else 1))


def type_width(column: DiagramColumn) -> float:
    return min(_MAX_TYPE, len(column.type + "?" * column.is_nullable) * _MONO)


def marks_width(table: DiagramTable) -> float:
    """What the marks of keys take at the left of the names."""
    most = max((len(column.keys) for column in table.columns), default=0)
    signs = 12.0 if any(column.change for column in table.columns) else 0.0
    return signs + most * 17.0
