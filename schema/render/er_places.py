"""Where each table of a diagram stands, and how its lines run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from schema.diagram import Diagram, DiagramColumn, DiagramTable, Relation
from schema.diagram.layout import Box, Net, Pin, Point, Spacing, Whole, lay_out_all
from schema.render.lanes import text_width

__all__ = ["EDGE", "HEAD", "PAD", "ROW", "Drawn", "Frame", "Picture", "Placed",
           "arrange", "finish", "laid_out", "marks_width", "name_width", "type_width"]  # fmt: skip

#: Pixels: heights of a table's head and of a column, what is free at a box's sides, and around all.
HEAD, ROW, PAD, EDGE = 26, 19, 9, 14.0
_MAX_NAME, _MAX_TYPE, _MIN = 190.0, 120.0, 110.0
_LEAST = 600.0
_MONO = 6.7


@dataclass(frozen=True, slots=True)
class Placed:
    """A table with its number in the diagram, its upper left corner and its size.

    ``rows`` are the names of the columns in the order of its rows; there may be more rows than
    the table has columns. ``hubs`` are the labels of tables that it refers to without a line.
    ``said`` is its name as it is shown, when that is not its label.
    """

    table: DiagramTable
    number: int
    at: Point
    size: Box
    rows: tuple[str, ...] = ()
    hubs: tuple[str, ...] = ()
    said: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A relation with the corners of its line, from the target to the table.

    Lines of one ``net`` share their way as far as they can.
    """

    relation: Relation
    path: tuple[Point, ...]
    net: int = 0


@dataclass(frozen=True, slots=True)
class Frame:
    """What is around the tables of a group."""

    name: str
    at: Point
    size: Box


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything with its place. ``headings`` are texts, ``hubs`` tables without their lines."""

    width: float
    height: float
    tables: tuple[Placed, ...]
    lines: tuple[Drawn, ...]
    headings: tuple[tuple[str, Point], ...]
    frames: tuple[Frame, ...] = ()
    hubs: tuple[str, ...] = ()


@lru_cache(maxsize=8)
def arrange(diagram: Diagram, width: float) -> Picture:
    """Every table with its columns as a box. Asked again for the same, it is remembered."""
    sizes = [_size(table) for table in diagram.tables]
    numbers = {table.label: n for n, table in enumerate(diagram.tables)}

    def pin(label: str, columns: Sequence[str]) -> Pin:
        return _pin(diagram[label], numbers[label], columns)

    whole, lines = laid_out(sizes, diagram.relations, pin, width)
    tables = [
        Placed(table, n, at, Box(wide, size.height), tuple(each.name for each in table.columns))
        for n, (table, at, wide, size) in enumerate(
            zip(diagram.tables, whole.places, whole.widths, sizes, strict=True)
        )
    ]
    return finish(whole, tables, lines, "No relations")


def laid_out(
    sizes: Sequence[Box],
    relations: Iterable[Relation],
    pin: Callable[[str, Sequence[str]], Pin],
    width: float,
    spacing: Spacing | None = None,
) -> tuple[Whole, list[Drawn]]:
    """The layout of boxes, and the relations with their lines. ``pin`` tells where columns are."""
    bundles: dict[tuple[object, ...], list[Relation]] = defaultdict(list)
    for relation in relations:
        bundles[_bundle(relation)].append(relation)
    nets = []
    for those in bundles.values():
        target = pin(those[0].target, those[0].target_columns)
        nets.append(Net(target, tuple(pin(each.table, each.columns) for each in those)))
    whole = lay_out_all(sizes, nets, width - 2 * EDGE, spacing)
    lines = [
        Drawn(relation, path, net)
        for net, (those, paths) in enumerate(zip(bundles.values(), whole.paths, strict=True))
        for relation, path in zip(those, paths, strict=True)
    ]
    return whole, lines


def _bundle(relation: Relation) -> tuple[object, ...]:
    """What relations have in common that share a line: where it ends, and how it looks there."""
    return (
        relation.target,
        relation.target_columns,
        relation.is_optional,
        relation.is_implied,
        relation.change,
    )


def finish(
    whole: Whole,
    tables: Iterable[Placed],
    lines: Iterable[Drawn],
    heading: str,
    *,
    frames: Iterable[Frame] = (),
    hubs: Sequence[str] = (),
) -> Picture:
    """The picture, with a margin; a legend comes below it."""
    wide, bottom = max(whole.width + 2 * EDGE, _LEAST), whole.height + EDGE
    rest = () if whole.rest is None else ((heading, Point(EDGE, whole.rest + EDGE)),)
    return Picture(
        wide,
        bottom,
        tuple(replace(each, at=_moved(each.at)) for each in tables),
        tuple(replace(each, path=tuple(map(_moved, each.path))) for each in lines),
        rest,
        tuple(Frame(each.name, _moved(each.at), each.size) for each in frames),
        tuple(hubs),
    )


def _moved(point: Point) -> Point:
    return Point(point.x + EDGE, point.y + EDGE)


# -- one table ------------------------------------------------------------------------------------


def _pin(table: DiagramTable, box: int, columns: Sequence[str]) -> Pin:
    """The middle of the columns' rows; of the head when they are not shown."""
    places = [n for n, column in enumerate(table.columns) if column.name in columns]
    if not places:
        return Pin(box, HEAD / 2, HEAD / 2 - 3)
    middle = (places[0] + places[-1]) / 2
    return Pin(box, HEAD + ROW * (middle + 0.5), ROW / 2 - 2)


def _size(table: DiagramTable) -> Box:
    marks = marks_width(table)
    head = text_width(table.label) * 1.1 + 2 * PAD + 14 * bool(table.change)
    rows = [marks + name_width(column) + type_width(column) + 12 for column in table.columns]
    wide = max(_MIN, min(head, _MAX_NAME + _MAX_TYPE), *(row + 2 * PAD for row in rows), 0)
    return Box(float(round(wide)), HEAD + ROW * len(table.columns) + (5 if table.columns else 0))


def name_width(column: DiagramColumn) -> float:
    """What the column's name takes of a row."""
    return min(_MAX_NAME, text_width(column.name, 12) * (1.08 if "PK" in column.keys else 1))


def type_width(column: DiagramColumn) -> float:
    """What the column's type takes of a row."""
    return min(_MAX_TYPE, len(column.type + "?" * column.is_nullable) * _MONO)


def marks_width(table: DiagramTable) -> float:
    """What the marks of keys and changes take at the left of the names."""
    most = max((len(column.keys) for column in table.columns), default=0)
    signs = 12.0 if any(column.change for column in table.columns) else 0.0
    return signs + most * 17.0
