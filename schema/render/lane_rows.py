"""A page of a history for a widget: the lanes, and beside its buttons what else is known of each.

Both have rows of the same height as the buttons between them, so that they stand in step.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from markupsafe import Markup

from schema.history import Revision
from schema.render.lane_lines import HEAD, LANE, LINES, ROW, from_below, line, node, y_of
from schema.render.layout import Layout
from schema.render.theme import FAINT, bare, join, ours, text
from schema.wording import STANDING_MARKS, counted, day

__all__ = ["lane_strip_html", "row_facts_html", "row_heading_html"]

#: The lanes of a page are no wider than this, in pixels; what is beyond can be scrolled to.
_MOST_WIDTH = 240

_HERE = "var(--jp-brand-color3, #bbdefb)"
_STYLE = ours(f"""<style>
.swb:has(> .swb-strip), .swb:has(> .swb-facts), .swb:has(> .swb-row-heading) {{ padding: 0; }}
.swb-strip {{ overflow-x: auto; overflow-y: hidden; max-width: {_MOST_WIDTH}px; }}
{LINES}
.swb-strip .here {{ fill: {_HERE}; fill-opacity: .35; }}
.swb.swb .swb-facts {{ border-collapse: collapse; border: 0; margin: 0; font: inherit;
  width: 100%; }}
.swb.swb .swb-facts tr {{ height: {ROW}px; background: transparent; }}
.swb.swb .swb-facts tr.here {{ background: color-mix(in srgb, {_HERE} 35%, transparent); }}
.swb.swb .swb-facts th, .swb.swb .swb-facts td {{ padding: 0 0 0 14px; border: 0; height: {ROW}px;
  text-align: left; white-space: nowrap; line-height: 1; color: {FAINT}; font-weight: 400;
  box-sizing: border-box; max-width: 170px; overflow: hidden; text-overflow: ellipsis; }}
.swb.swb .swb-facts thead th {{ font-weight: 600; }}
.swb.swb .swb-facts .swb-heard {{ position: absolute; width: 1px; height: 1px; padding: 0;
  overflow: hidden; clip-path: inset(50%); }}
.swb.swb .swb-facts .now {{ font-weight: 600; color: inherit; }}
</style>""")


def lane_strip_html(
    layout: Layout,
    revisions: Sequence[Revision],
    start: int,
    stop: int,
    *,
    standing: Mapping[str, str],
    chosen: str | None = None,
) -> str:
    """The lanes of the rows from ``start`` to before ``stop`` of a layout of these revisions."""
    rows = range(start, min(stop, len(revisions)))
    seen = [edge for edge in layout.edges if edge.child[0] < stop and _last(edge.parent) >= start]
    whole = Markup(
        '{}<div class="swb-strip swb-lanes"><svg xmlns="http://www.w3.org/2000/svg" role="img" '
        'aria-label="{}" width="{width}" height="{height}" '
        'viewBox="0 {top} {width} {height}" style="max-width:none;display:block">{}</svg></div>'
    )
    here = Markup('<rect class="here" x="0" y="{}" width="{}" height="{}"/>')
    width = layout.width * LANE + 6
    marked = (
        here.format(y_of(row) - ROW // 2, width, ROW) for row in rows if revisions[row].id == chosen
    )
    nodes = (node(n, layout.lanes[n], standing.get(revisions[n].id)) for n in rows)
    about = f"The lanes of {counted(len(rows), 'revision')}; the buttons beside it name them"
    content = join([*marked, *(line(edge) for edge in from_below(seen)), *nodes])
    # The row over the first one is the headings', whatever page this is.
    top = start * ROW
    height = HEAD + ROW * len(rows)
    clip = Markup('<svg x="0" y="{y}" width="{w}" height="{h}" viewBox="0 {y} {w} {h}">{}</svg>')
    shown = clip.format(content, y=top + HEAD, w=width, h=ROW * len(rows))
    return bare(whole.format(_STYLE, about, shown, width=width, height=height, top=top))


def _last(parent: tuple[int, int] | None) -> float:
    """The row where a line ends; one without a parent ends below its own row."""
    return float("inf") if parent is None else parent[0]


def row_heading_html(heading: str) -> str:
    """The heading over the buttons, as high as those of the facts."""
    whole = Markup('{}<div class="swb-row-heading">{}</div>')
    return bare(whole.format(_STYLE, text(heading)))


def row_facts_html(
    revisions: Sequence[Revision],
    *,
    standing: Mapping[str, str],
    chosen: str | None = None,
    odd: Collection[str] = (),
) -> str:
    """Flags, date, author and, where it is known, the standing of each revision of a page.

    ``odd`` are the ids of those that are marked as odd.
    """
    names = ["Date", *(["Author"] if any(item.author for item in revisions) else [])]
    names += ["Standing"] if standing else []
    names += ["Flags"] if any(i.flags or i.id in odd for i in revisions) else []
    head = join(Markup('<th scope="col">{}</th>').format(name) for name in names)
    body = join(
        _facts(item, names, standing.get(item.id), item.id == chosen, item.id in odd)
        for item in revisions
    )
    whole = Markup(
        '{}<table class="swb-facts"><thead><tr><th scope="col" class="swb-heard">Revision</th>{}'
        "</tr></thead><tbody>{}</tbody></table>"
    )
    return bare(whole.format(_STYLE, head, body))


def _facts(
    revision: Revision, names: Sequence[str], where: str | None, is_here: bool, is_odd: bool
) -> Markup:
    said = {
        "Date": day(revision.date),
        "Author": revision.author or "",
        "Standing": f"{STANDING_MARKS[where]} {where}" if where else "",
        "Flags": ", ".join(
            [
                *(["⚠ odd"] if is_odd else []),
                *(flag.removeprefix("label: ") for flag in revision.flags),
            ]
        ),
    }
    cell = Markup('<td{} title="{}">{}</td>')
    now = Markup(' class="now"') if where == "current" else Markup()
    cells = join(
        cell.format(now if name == "Standing" else "", text(said[name]), text(said[name]))
        for name in names
    )
    row = Markup('<tr{}><th scope="row" class="swb-heard">{}</th>{}</tr>')
    return row.format(Markup(' class="here"') if is_here else "", text(revision.id), cells)
