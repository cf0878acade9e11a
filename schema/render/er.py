"""An ER diagram as one inline SVG that follows JupyterLab's theme, and as a panel with its text.

No links, no ids, no script: JupyterLab 4 cannot sanitise ``<a>`` inside of an SVG, and an id would
meet another diagram's on the same page. What is hovered is told by classes and ``:has()``.
"""

from __future__ import annotations

from markupsafe import Markup

from schema.diagram import Diagram
from schema.render.er_legend import legend
from schema.render.er_lines import lines
from schema.render.er_map import arrange_map
from schema.render.er_places import Picture, arrange
from schema.render.er_small import frame, small_box
from schema.render.er_style import neighbours, style
from schema.render.er_tables import heading, table_box
from schema.render.er_within import is_within, only
from schema.render.theme import BACKGROUND, join, ours, panel, text
from schema.wording import CHANGE_MARKS, counted

__all__ = ["WIDTH", "er_html", "er_svg"]

#: The widest that a picture gets unless its tables need more: a notebook's cell.
WIDTH = 1120.0
#: Up to so many names are drawn as boxes by themselves, more of them in the frames of their groups.
_MOST_NAMES = 30


def er_html(diagram: Diagram, *, width: float = WIDTH, within: Diagram | None = None) -> str:
    """The picture as a panel, with all relations as text below it; ``within`` as in ``er_svg``."""
    notes = join(Markup('<p class="swb-faint">{}</p>').format(text(note)) for note in diagram.notes)
    if not diagram.tables:
        said = "Nothing changed." if diagram.is_comparison else "There are no tables."
        return panel(Markup("<p>{} {}</p>").format(text(diagram.title), said), notes)
    return panel(
        notes,
        Markup('<p><b>{}</b> <span class="swb-faint">{}</span></p>').format(
            text(diagram.title or "Diagram"), text(about(diagram))
        ),
        ours(er_svg(diagram, width=width, within=within)),
        _as_text(diagram),
    )


def er_svg(
    diagram: Diagram,
    *,
    width: float = WIDTH,
    within: Diagram | None = None,
    is_still: bool = False,
) -> str:
    """The diagram as SVG markup, about as wide as ``width`` pixels at most.

    ``within`` is a diagram that has all of this one (see ``diagram_through``): everything then
    stands where it does there, and what is not in this one leaves its place free. So nothing moves
    between pictures that are looked at one after another. One that has not all of it is passed
    over. ``is_still`` leaves out what only a pointer brings to life.
    """
    if within is not None and is_within(diagram, within):
        picture = only(_arranged(within, width), diagram)
    else:
        picture = _arranged(diagram, width)
    below, more = legend(diagram, picture)
    said = text(about(diagram))
    whole = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" class="swb-er{kind}" role="img"'
        ' aria-label="{said}" width="{width:.0f}" height="{height:.0f}"'
        ' viewBox="0 0 {width:.0f} {height:.0f}"'
        ' style="max-width:none;background:{background}"><title>{said}</title>{content}</svg>'
    )
    return str(
        whole.format(
            kind=" map" if picture.frames else "",
            said=said,
            width=picture.width,
            height=picture.height + more,
            background=ours(BACKGROUND),
            content=join([*_content(diagram, picture, is_still=is_still), below]),
        )
    )


def _arranged(diagram: Diagram, width: float) -> Picture:
    """As boxes with columns; as a map where there are none, and too many tables."""
    is_map = diagram.detail == "names" and len(diagram.tables) > _MOST_NAMES
    return arrange_map(diagram, width) if is_map else arrange(diagram, width)


def _content(diagram: Diagram, picture: Picture, *, is_still: bool) -> list[Markup]:
    shown = small_box if picture.frames else table_box
    near = neighbours(diagram)
    return [
        style(diagram, is_map=bool(picture.frames), is_still=is_still),
        *map(frame, picture.frames),
        *lines(diagram, picture, is_still=is_still),
        *(shown(each, diagram, picture, near[each.table.label]) for each in picture.tables),
        *(heading(said, at) for said, at in picture.headings),
    ]


def about(diagram: Diagram) -> str:
    """What the picture shows, in a sentence."""
    implied = sum(each.is_implied for each in diagram.relations)
    told = [counted(len(diagram.tables), "table")]
    told += [counted(len(diagram.relations) - implied, "relation")]
    told += [f"{implied} implied"] if implied else []
    told += [f"{diagram.left_out} further away"] if diagram.left_out else []
    around = f"around {', '.join(diagram.focus)}: " if diagram.focus else ""
    changes = [
        f"{mark}{count}"
        for change, mark in CHANGE_MARKS.items()
        if (count := sum(table.change == change for table in diagram.tables))
    ]
    return around + ", ".join(told) + (f"; tables {' '.join(changes)}" if changes else "")


def _as_text(diagram: Diagram) -> Markup:
    """All relations as a list: for those who cannot see lines, and for copying."""
    if not diagram.relations:
        return Markup('<p class="swb-faint">No table refers to another one.</p>')
    said = join(Markup("<li>{}</li>").format(text(each.describe())) for each in diagram.relations)
    whole = Markup("<details><summary>{} as text</summary><ul>{}</ul></details>")
    return whole.format(counted(len(diagram.relations), "relation").capitalize(), said)
