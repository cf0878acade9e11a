"""The history as one inline SVG: lanes at the left, one row a revision, like ``git log --graph``.

No links in it: JupyterLab 4 cannot sanitise ``<a>`` inside of an SVG and shows an error instead.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from schema.history import History, Revision
from schema.render.lane_lines import HEAD, LANE, LINES, ROW, from_below, line, node, y_of
from schema.render.layout import lay_out
from schema.render.theme import BACKGROUND, BORDER, FAINT, FONT, MONO, TEXT, join, ours, text
from schema.wording import STANDING_MARKS, counted, day

__all__ = ["lane_graph"]

#: Pixels between two columns.
GAP = 18
_MAX_MESSAGE = 400
_MAX_ID = 118
_MAX_AUTHOR = 130
_PILL = 11

_STYLE = ours(f"""<style>
.swb-lanes text {{ font: 13px {FONT}; fill: {TEXT}; dominant-baseline: central; }}
.swb-lanes .mono {{ font: 12px {MONO}; }}
.swb-lanes .faint {{ fill: {FAINT}; }}
.swb-lanes .head {{ fill: {FAINT}; font-weight: 600; }}
.swb-lanes .pill {{ font-size: 11px; text-anchor: middle; }}
.swb-lanes .pill-box {{ fill: none; stroke: {FAINT}; stroke-width: 1; }}
.swb-lanes .bold {{ font-weight: 700; }}
.swb-lanes .row {{ fill: transparent; }}
.swb-lanes .row.now {{ fill: var(--jp-brand-color3, #bbdefb); fill-opacity: .35; }}
.swb-lanes g:hover > .row {{ fill: var(--jp-layout-color2, #eee); fill-opacity: 1; }}
{LINES}
.swb-lanes .rule {{ stroke: {BORDER}; }}
</style>""")


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where each column begins, in pixels; ``author`` and ``standing`` may have no width."""

    id: float
    message: float
    date: float
    author: float
    standing: float
    width: float


def lane_graph(history: History, current: Sequence[str] | None = None) -> str:
    """The history as SVG markup; with ``current``, also where a database with those stamps stands.

    Long messages are cut; the tip that appears over a row has all of it.
    """
    standing = history.standing(tuple(current)) if current is not None else {}
    layout = lay_out(history)
    columns = _columns(history, GAP + layout.width * LANE, has_standing=current is not None)
    height = HEAD + ROW * len(history) + 6
    about = _about(history, standing)
    rows = [_row(revision, n, columns, standing) for n, revision in enumerate(history)]
    nodes = [
        node(n, layout.lanes[n], standing.get(revision.id)) for n, revision in enumerate(history)
    ]
    whole = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" class="swb-lanes" role="img" aria-label="{about}"'
        ' width="{width:.0f}" height="{height}" viewBox="0 0 {width:.0f} {height}"'
        ' style="max-width:none;background:{background}"><title>{about}</title>{content}</svg>'
    )
    return str(
        whole.format(
            about=about,
            width=columns.width,
            height=height,
            background=ours(BACKGROUND),
            content=join(
                [
                    _STYLE,
                    _headings(columns, has_standing=current is not None),
                    *rows,
                    *(line(edge) for edge in from_below(layout.edges)),
                    *nodes,
                ]
            ),
        )
    )


def _about(history: History, standing: dict[str, str]) -> str:
    about = f"{counted(len(history), 'revision')}, newest first; head {', '.join(history.heads)}"
    if standing:
        pending = sum(where == "pending" for where in standing.values())
        stamps = ", ".join(name for name, where in standing.items() if where == "current")
        about += f"; the database is at {stamps or 'no known revision'}, {pending} pending"
    return about


def _columns(history: History, start: float, *, has_standing: bool) -> _Columns:
    def widest(widths: Iterator[float], heading: str) -> float:
        return max([text_width(heading), *widths], default=0)

    ids = min(_MAX_ID, widest((len(item.id) * 7.3 for item in history), "Revision"))
    message = start + ids + GAP
    said = widest((_pills_width(i) + _message_width(i) for i in history), "Message")
    date = message + said + GAP
    author = date + text_width("2020-00-00") + GAP
    has_authors = any(item.author for item in history)
    authors = min(_MAX_AUTHOR, widest((text_width(i.author or "") for i in history), "Author"))
    standing = author + (authors + GAP if has_authors else 0)
    width = standing + (text_width("◆ unknown") + 8 if has_standing else 0)
    return _Columns(start, message, date, author, standing, width)


def _message_width(revision: Revision) -> float:
    return min(_MAX_MESSAGE, text_width(revision.message)) + 4


def _pills(revision: Revision) -> tuple[str, ...]:
    """The flags that the lines do not show by themselves, short enough for a row."""
    return tuple(cut(flag.removeprefix("label: "), 150, _PILL) for flag in revision.flags)


def _pills_width(revision: Revision) -> float:
    return sum(text_width(pill, _PILL) + 18 for pill in _pills(revision))


def _headings(columns: _Columns, *, has_standing: bool) -> Markup:
    names = {"Revision": columns.id, "Message": columns.message, "Date": columns.date}
    if columns.standing > columns.author:
        names["Author"] = columns.author
    if has_standing:
        names["Standing"] = columns.standing
    rule = Markup('<line class="rule" x1="0" x2="{:.0f}" y1="{}" y2="{}"/>')
    return join(
        [
            *(_text(name, x, HEAD / 2, "head") for name, x in names.items()),
            rule.format(columns.width, HEAD - 2, HEAD - 2),
        ]
    )


def _row(revision: Revision, row: int, columns: _Columns, standing: dict[str, str]) -> Markup:
    where = standing.get(revision.id)
    y = y_of(row)
    bold = " bold" if where == "current" else ""
    said = columns.message + _pills_width(revision)
    parts = [
        Markup("<title>{}</title>").format(text(_tip(revision, where))),
        Markup('<rect class="row{}" x="0" y="{}" width="{:.0f}" height="{}"/>').format(
            " now" if where == "current" else "", y - ROW // 2, columns.width, ROW
        ),
        _text(cut(revision.id, _MAX_ID, 12), columns.id, y, "mono" + bold),
        *_pill_boxes(revision, columns.message, y),
        _text(cut(revision.message, _MAX_MESSAGE), said, y, bold.strip()),
        _text(day(revision.date), columns.date, y, "faint"),
        _text(cut(revision.author or "", _MAX_AUTHOR), columns.author, y, "faint"),
    ]
    if where:
        faint = "faint" if where == "applied" else bold.strip()
        parts.append(_text(f"{STANDING_MARKS[where]} {where}", columns.standing, y, faint))
    return Markup("<g>{}</g>").format(join(parts))


def _pill_boxes(revision: Revision, x: float, y: float) -> Iterator[Markup]:
    box = Markup('<rect class="pill-box" x="{:.1f}" y="{}" width="{:.1f}" height="16" rx="8"/>')
    for pill in _pills(revision):
        width = text_width(pill, _PILL) + 12
        yield box.format(x, y - 8, width) + _text(pill, x + width / 2, y, "pill")
        x += width + 6


def _tip(revision: Revision, where: str | None) -> str:
    lines = [f"{revision.id} {revision.message}".strip()]
    lines += [f"follows {', '.join(revision.parents)}"] if revision.parents else []
    lines += [", ".join(revision.flags)] if revision.flags else []
    who = [
        str(revision.date or ""),
        f"by {revision.author}" if revision.author else "",
        where or "",
    ]
    return "\n".join([*lines, ", ".join(filter(None, who)), revision.path.name]).strip()


def _text(content: str, x: float, y: float, name: str = "") -> Markup:
    if not content:
        return Markup("")
    attribute = Markup(' class="{}"').format(name) if name else ""
    return Markup('<text{} x="{:.1f}" y="{:.0f}">{}</text>').format(attribute, x, y, text(content))


def text_width(content: str, size: float = 13) -> float:
    """About how wide a text is in a sans-serif font, in pixels; rather too much than too little."""
    return sum(map(_ems, content)) * size


def _ems(letter: str) -> float:
    if letter in "iljtfr.,:;'|!()[] ":
        return 0.36
    if letter in "mwMW@%—…":
        return 0.92
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.25
    return 0.70 if letter.isupper() else 0.64 if letter.isdigit() else 0.585


def cut(content: str, width: float, size: float = 13) -> str:
    """The text on one line, cut with … where it would be wider than ``width`` pixels."""
    content = " ".join(content.split())
    if text_width(content, size) <= width:
        return content
    room = width - text_width("…", size)
    for end, letter in enumerate(content):
        room -= _ems(letter) * size
        if room < 0:
            return content[:end].rstrip() + "…"
    return content
