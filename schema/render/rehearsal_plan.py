"""What would be run, before anything is: revisions in order, SQL, hazards, and the way back."""

from __future__ import annotations

from markupsafe import Markup

from schema.rehearsal.preview import Planned, Preview
from schema.render.rehearsal_hazards import hazards_html
from schema.render.rehearsal_step import ARROWS
from schema.render.theme import join, panel, text
from schema.wording import counted

__all__ = ["preview_html"]

#: As many revisions are shown with their SQL, and of one so many statements.
_MOST, _MOST_STATEMENTS = 100, 200
_MOST_SQL = 20_000


def preview_html(preview: Preview) -> str:
    """Each revision to unfold, with what speaks against it in its heading."""
    if not preview:
        return panel(Markup("<p>Nothing would be run: it is there already.</p>"))
    heading = Markup("<h4>Plan: {}</h4>").format(counted(len(preview), "revision"))
    rest = len(preview) - _MOST
    more = Markup('<p class="swb-faint">… and {} more</p>').format(counted(rest, "revision"))
    shown = (_planned(item, number) for number, item in enumerate(preview[:_MOST], start=1))
    return panel(heading, *shown, more if rest > 0 else "")


def _planned(item: Planned, number: int) -> Markup:
    statements = "" if item.why_no_sql else counted(len(item.sql), "statement")
    title = Markup(
        '<summary><span class="swb-faint">{}.</span> <b>{} {}</b> {} <span class="swb-faint">{}'
        "</span> {}</summary>"
    ).format(
        number,
        ARROWS[item.direction],
        text(item.revision),
        text(item.message),
        statements,
        _marks(item),
    )
    body = join([_way_back(item), hazards_html(item.hazards), _sql(item)])
    return Markup('<details class="swb-step">{}{}</details>').format(title, body)


def _marks(item: Planned) -> Markup:
    badge = Markup('<span class="swb-badge {}">{}</span>')
    marks = []
    for severity, look in (("high", "swb-bad"), ("medium", "swb-warn"), ("low", "")):
        count = sum(each.severity == severity and each.ignored is None for each in item.hazards)
        if count:
            marks.append(badge.format(look, f"⚠ {counted(count, f'{severity} hazard')}"))
    if item.way_back is not None:
        marks.append(badge.format("swb-warn", "way back in doubt"))
    return Markup(" ").join(marks)


def _way_back(item: Planned) -> Markup:
    if item.way_back is None:
        return Markup()
    return Markup('<div class="swb-note">The way back: {}</div>').format(text(item.way_back))


def _sql(item: Planned) -> Markup:
    note = Markup('<p class="swb-faint">{}: {}</p>')
    why = note.format("Its SQL is not all known", text(item.why_no_sql)) if item.why_no_sql else ""
    if not item.sql:
        return join([why or Markup('<p class="swb-faint">It runs no SQL.</p>')])
    whole = Markup('{}<pre class="swb-copy" tabindex="0">{}</pre>{}')
    sql = ";\n".join(each.rstrip(";") for each in item.sql[:_MOST_STATEMENTS])
    rest = len(item.sql) - _MOST_STATEMENTS
    more = Markup('<p class="swb-faint">… and {} more</p>').format(counted(rest, "statement"))
    return whole.format(why, text(f"{sql[:_MOST_SQL]};"), more if rest > 0 else "")
