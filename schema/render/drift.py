"""Drift on a page: the verdict first, then what differs and why, then what is no drift."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup

from schema.database import show_url
from schema.drift import CAUSES, Drift
from schema.history import Revision
from schema.render.differences import difference_table
from schema.render.history import problems_html
from schema.render.page import page
from schema.render.tables import Column, table
from schema.render.theme import join, panel, text
from schema.sections import Outcome, Section, blind_words, outcome, sections
from schema.wording import counted, day

__all__ = ["drift_html", "drift_page", "section_html", "verdict_html"]

#: As many differences are put into a notebook's cell; there are other ways to see more.
MOST_SHOWN = 100
_LOOKS = {Outcome.DRIFT: "bad", Outcome.PARTLY: "warn", Outcome.NONE: "good"}
_MORE = "To see all of them: DriftExplorer(project), drift.frame(), or schema drift --html FILE"


def drift_html(drift: Drift) -> str:
    """The whole of a drift as one panel; what is no drift is folded."""
    left = MOST_SHOWN
    parts: list[Markup] = []
    for section in sections(drift):
        parts.append(_section(section, max_rows=left))
        left = max(0, left - len(section.differences))
    total = sum(len(section.differences) for section in sections(drift))
    more = Markup('<p class="swb-faint">{}</p>').format(_MORE) if total > MOST_SHOWN else ""
    return panel(_head(drift), _pending_revisions(drift), *parts, more)


def drift_page(drift: Drift) -> str:
    """A whole file of HTML with all of a drift, every change in full. It asks no server."""
    parts = [_section(item, max_rows=None, is_whole=True) for item in sections(drift)]
    title = f"Drift of {show_url(drift.url)}"
    heading = Markup("<h3>{}</h3>").format(text(title))
    return page(title, heading, _head(drift), _pending_revisions(drift), *parts)


def verdict_html(drift: Drift) -> str:
    """Only the head of a drift: the verdict, and what must be known to believe it."""
    return panel(_head(drift), _pending_revisions(drift))


def section_html(section: Section, total: int, *, by_table: bool, causes: bool) -> Markup:
    """The part of a section that is on one page of many; ``total`` is the number of them all."""
    said = f"{len(section.differences)} of {total}" if len(section.differences) < total else total
    heading = Markup("<h4>{} ({})</h4>").format(text(_capital(section.title)), said)
    return heading + difference_table(
        section.differences,
        section.left,
        section.right,
        causes=CAUSES if causes else None,
        by_table=by_table,
    )


def _head(drift: Drift) -> Markup:
    return join(
        [
            _verdict(drift),
            _nearest(drift),
            _blind(drift),
            _notes(drift),
            problems_html(drift.accepted_problems, "problem"),
        ]
    )


def _verdict(drift: Drift) -> Markup:
    found = outcome(drift)
    whole = Markup(
        '<div class="swb-verdict swb-{}" role="status">{} {}</div><p class="swb-faint">{}, '
        "stamped {}</p>"
    )
    stamp = ", ".join(drift.stamp) or "with nothing"
    return whole.format(
        _LOOKS[found],
        found.value,
        text(_capital(drift.verdict)),
        text(show_url(drift.url)),
        text(stamp),
    )


def _notes(drift: Drift) -> Markup:
    """A warning where something was not compared; else they are by the way."""
    if not drift.is_complete or drift.not_compared:
        return problems_html(drift.notes, "note")
    whole = Markup('<p class="swb-faint">Note: {}</p>')
    return join(whole.format(text(note)) for note in drift.notes)


def _capital(said: str) -> str:
    return said[:1].upper() + said[1:]


def _nearest(drift: Drift) -> Markup:
    if drift.nearest is None:
        return Markup()
    stamp, count = drift.nearest
    return Markup(
        "<p>The live database looks most like revision <b>{}</b>: {} from it.</p>"
    ).format(text(", ".join(stamp) or "base"), counted(count, "difference"))


def _blind(drift: Drift) -> Markup:
    said = blind_words(drift)
    return Markup("<p>◌ {}.</p>").format(text(said)) if said else Markup()


def _section(section: Section, *, max_rows: int | None, is_whole: bool = False) -> Markup:
    count = len(section.differences)
    body = difference_table(
        section.differences,
        section.left,
        section.right,
        by_table=True,
        is_whole=is_whole,
        max_rows=count if max_rows is None else max_rows,
    )
    whole = Markup("<details{}><summary><b>{}</b> ({})</summary>{}</details>")
    is_open = Markup(" open") if section.is_drift else Markup()
    return whole.format(is_open, text(_capital(section.title)), count, body)


def _pending_revisions(drift: Drift) -> Markup:
    if not drift.pending_revisions:
        return Markup()
    title = counted(len(drift.pending_revisions), "pending revision")
    whole = Markup("<details><summary><b>{}</b>, no drift</summary>{}</details>")
    return whole.format(title, _revisions(drift.pending_revisions))


def _revisions(revisions: Iterable[Revision]) -> Markup:
    columns = [Column("Revision", "short"), Column("Message"), Column("Date", "short")]
    return table(columns, ([item.id, item.message, day(item.date)] for item in revisions))
