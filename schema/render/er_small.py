"""The small boxes of a map of tables, their frames, and the signs that stand for lines."""

from __future__ import annotations

from markupsafe import Markup

from schema.diagram import Diagram, DiagramTable
from schema.diagram.layout import Point
from schema.render.er_map import CHIP, SMALL, letters
from schema.render.er_places import HEAD, Frame, Picture, Placed
from schema.render.er_style import colours
from schema.render.er_tables import table_tip
from schema.render.lanes import cut
from schema.render.theme import join, text
from schema.wording import CHANGE_MARKS

__all__ = ["chip", "frame", "small_box"]

_BOX = Markup('<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="{}"/>')
_TEXT = Markup('<text class="{}" x="{:.1f}" y="{:.1f}">{}</text>')


def frame(each: Frame) -> Markup:
    """What is around a group, with its name."""
    at, size = each.at, each.size
    name = text(cut(each.name, size.width - 14, 14.2))
    return Markup("<g><title>{}</title>{}{}</g>").format(
        text(each.name),
        _BOX.format("frame", at.x, at.y, size.width, size.height, 6),
        _TEXT.format("name", at.x + 8, at.y + HEAD / 2, name),
    )


def small_box(placed: Placed, diagram: Diagram, picture: Picture, near: str) -> Markup:
    """A table with its name, and with a chip for each hub that it refers to."""
    table, at, size = placed.table, placed.at, placed.size
    sign = CHANGE_MARKS[table.change] + " " if table.change else ""
    own = CHIP * (table.label in picture.hubs)
    room = size.width - 12 - own - CHIP * len(placed.hubs)
    names = ["table", f"t{placed.number}", near]
    names += [table.change] if table.change else ["same"] * diagram.is_comparison
    names += ["view"] if table.kind != "table" else []
    names += ["focus"] if table.label in diagram.focus else []
    return Markup('<g class="{}"><title>{}</title>{}{}{}</g>').format(
        " ".join(filter(None, names)),
        text(_tip(table, placed)),
        _box(placed, diagram, picture),
        _TEXT.format(
            "",
            at.x + 6 + own,
            at.y + SMALL / 2 + 0.5,
            text(cut(sign + (placed.said or table.label), room, 12)),
        ),
        _chips(placed, diagram, picture),
    )


def _box(placed: Placed, diagram: Diagram, picture: Picture) -> Markup:
    """A hub's own box has its colour."""
    at, size, label = placed.at, placed.size, placed.table.label
    if label not in picture.hubs:
        return _BOX.format("box", at.x, at.y, size.width, size.height, 3)
    box = Markup(
        '<rect class="box hub" style="stroke:{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{}"'
        ' rx="3"/>'
    )
    return box.format(colours(diagram)[label], at.x, at.y, size.width, size.height)


def _tip(table: DiagramTable, placed: Placed) -> str:
    return "\n".join([table_tip(table), *(f"→ {hub}" for hub in placed.hubs)])


def _chips(placed: Placed, diagram: Diagram, picture: Picture) -> Markup:
    """A hub's own at the left, those of the hubs that it refers to at the right."""
    called, shades = letters(picture.hubs), colours(diagram)
    x, y = placed.at.x + placed.size.width - CHIP * len(placed.hubs) - 1, placed.at.y + 2.5
    places = [(hub, x + CHIP * n) for n, hub in enumerate(placed.hubs)]
    if (own := placed.table.label) in called:
        places.append((own, placed.at.x + 4))
    return join(chip(Point(at, y), called[hub], shades[hub]) for hub, at in places)


def chip(at: Point, letter: str, colour: Markup) -> Markup:
    """The letters of a hub in its colour."""
    whole = Markup(
        '<g class="chip"><rect x="{:.1f}" y="{:.1f}" width="16" height="14" rx="3"'
        ' style="fill:{}"/><text x="{:.1f}" y="{:.1f}">{}</text></g>'
    )
    return whole.format(at.x, at.y, colour, at.x + 8, at.y + 7.5, text(letter))
