"""The boxes of an ER diagram."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from schema.diagram import Diagram, DiagramColumn, DiagramTable
from schema.diagram.layout import Point
from schema.render.er_places import (
    HEAD,
    PAD,
    ROW,
    Picture,
    Placed,
    marks_width,
    name_width,
    type_width,
)
from schema.render.lanes import cut
from schema.render.theme import join, text
from schema.wording import CHANGE_MARKS, counted

__all__ = ["column_tip", "heading", "table_box", "table_tip"]

_RECT = Markup('<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="{}"/>')


def heading(said: str, at: Point) -> Markup:
    return _text(said, at.x, at.y, "heading")


def table_box(placed: Placed, diagram: Diagram, picture: Picture, near: str) -> Markup:
    """A table with its columns; what is too long is cut, and whole in the tip."""
    del picture
    table, at, size = placed.table, placed.at, placed.size
    parts = [
        Markup("<title>{}</title>").format(text(table_tip(table))),
        _RECT.format("box", at.x, at.y, size.width, size.height, 5),
        _head(at, size.width),
        *_title(placed),
        *_rows(placed),
    ]
    names = ["table", f"t{placed.number}", *filter(None, [near])]
    names += ["view"] if table.kind != "table" else []
    names += ["focus"] if table.label in diagram.focus else []
    names += [table.change] if table.change else ["same"] * diagram.is_comparison
    return Markup('<g class="{}">{}</g>').format(" ".join(names), join(parts))


def _head(at: Point, width: float) -> Markup:
    """The head's ground, round at the top as the box is."""
    path = Markup('<path class="head" d="M{:.1f} {:.1f}v{}q0 -4 4 -4h{:.1f}q4 0 4 4v{}z"/>')
    return path.format(at.x + 0.5, at.y + HEAD, -HEAD + 4.5, width - 9, HEAD - 4.5)


def _title(placed: Placed) -> Iterator[Markup]:
    table, at = placed.table, placed.at
    x = at.x + PAD
    if table.change:
        yield _text(CHANGE_MARKS[table.change], x, at.y + HEAD / 2, f"sign name {table.change}")
        x += 14
    name = cut(table.label, placed.size.width - 2 * PAD - (x - at.x - PAD), 14.2)
    yield _text(name, x, at.y + HEAD / 2, _gone("name", table.change))


def _rows(placed: Placed) -> Iterator[Markup]:
    table, at = placed.table, placed.at
    marks = marks_width(table)
    for column in table.columns:
        y = at.y + HEAD + ROW * placed.rows.index(column.name)
        yield Markup("<g>{}</g>").format(join(_row(column, placed, marks, y)))


def _row(column: DiagramColumn, placed: Placed, marks: float, y: float) -> Iterator[Markup]:
    left, right, middle = placed.at.x, placed.at.x + placed.size.width, y + ROW / 2 + 1
    yield Markup("<title>{}</title>").format(text(column_tip(column)))
    yield _RECT.format("row", left + 1, y + 1, placed.size.width - 2, ROW, 0)
    x = left + PAD
    if column.change:
        yield _text(CHANGE_MARKS[column.change], x, middle, f"sign {column.change}")
        x += 12
    for mark in column.keys:
        yield _text(mark, x, middle, "mark")
        x += 17
    names = _gone("", column.change)
    names += " key" * ("PK" in column.keys) + " null" * column.is_nullable
    room = placed.size.width - 2 * PAD - marks - type_width(column) - 4
    name = cut(column.name, min(name_width(column) + 2, room), 12)
    yield _text(name, left + PAD + marks, middle, names.strip())
    kind = column.type + "?" * column.is_nullable
    yield _text(cut_mono(kind, type_width(column)), right - PAD, middle, "type")


def cut_mono(content: str, width: float) -> str:
    """The text cut with … where it would be wider, in letters of one width."""
    most = int(width / 6.6)
    return content if len(content) <= most else content[: max(1, most - 1)] + "…"


def table_tip(table: DiagramTable) -> str:
    """All that is known of a table itself, for the tip over it."""
    kind = "" if table.kind == "table" else f" ({table.kind})"
    lines = [f"{table.label}{kind}"]
    lines += [table.comment] if table.comment else []
    lines += [counted(table.partitions, "partition")] if table.partitions else []
    lines += [f"{table.change}{f': was {table.was}' if table.was else ''}"] if table.change else []
    return "\n".join(lines)


def _gone(names: str, change: str | None) -> str:
    return f"{names} gone".strip() if change == "removed" else names


_KEYS = {"PK": "primary key", "FK": "foreign key", "UK": "unique"}


def column_tip(column: DiagramColumn) -> str:
    """All that is known of a column, for the tip over it."""
    null = "may be null" if column.is_nullable else "not null"
    lines = [f"{column.name}: {', '.join(filter(None, [column.type, null]))}"]
    lines += [", ".join(_KEYS[key] for key in column.keys)] if column.keys else []
    lines += [f"default {column.default}"] if column.default is not None else []
    lines += [column.comment] if column.comment else []
    if column.change:
        lines.append(f"{column.change}{f': was {column.was}' if column.was else ''}")
    return "\n".join(lines)


def _text(content: str, x: float, y: float, name: str = "") -> Markup:
    if not content:
        return Markup()
    attribute = Markup(' class="{}"').format(name) if name else Markup()
    return Markup('<text{} x="{:.1f}" y="{:.1f}">{}</text>').format(attribute, x, y, text(content))
