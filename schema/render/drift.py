"""Drift on a page: the verdict first, then what differs and why, then what is merely pending."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from markupsafe import Markup

from schema.compare import Difference
from schema.database import show_url
from schema.drift import CAUSES, Drift
from schema.history import Revision
from schema.render.differences import difference_table
from schema.render.history import problems_html
from schema.render.tables import Column, table
from schema.render.theme import panel, text
from schema.wording import counted, day

__all__ = ["drift_html", "grouped_html", "verdict_html"]


def drift_html(drift: Drift) -> str:
    """The whole of a drift as one panel."""
    return panel(
        _verdict(drift),
        _nearest(drift),
        problems_html(drift.notes, "note"),
        _section("The live database differs from its migrations", drift.differences,
                 "Migrations at its stamp", "Live"),
        _section("The models differ from the migrations at head", drift.models,
                 "Migrations at head", "Models"),
        _pending(drift),
    )  # fmt: skip


def verdict_html(drift: Drift) -> str:
    """Only the head of a drift: the verdict, and what must be known to believe it."""
    return panel(_verdict(drift), _nearest(drift), problems_html(drift.notes, "note"))


def grouped_html(groups: Mapping[str, Sequence[Difference]]) -> str:
    """Differences under headings; the left side is the expected one in each."""
    if not groups:
        return panel(Markup("<p>Nothing to show.</p>"))
    heading = Markup("<h4>{} ({})</h4>")
    parts: list[Markup] = []
    for title, rows in groups.items():
        parts.append(heading.format(text(title), len(rows)))
        parts.append(difference_table(rows, "Expected", "Found", CAUSES))
    return panel(*parts)


def _verdict(drift: Drift) -> Markup:
    name, mark = ("good", "✓") if drift.is_clean else ("bad", "✗")
    # What could not be compared is never shown as equal.
    if not drift.differences and not drift.models and drift.notes:
        name, mark = "warn", "!"
    whole = Markup(
        '<div class="swb-verdict swb-{}" role="status">{} {}</div><p class="swb-faint">{}, '
        "stamped {}</p>"
    )
    stamp = ", ".join(drift.stamp) or "with nothing"
    verdict = drift.verdict[:1].upper() + drift.verdict[1:]
    return whole.format(name, mark, text(verdict), text(show_url(drift.url)), text(stamp))


def _nearest(drift: Drift) -> Markup:
    if drift.nearest is None:
        return Markup()
    stamp, count = drift.nearest
    return Markup(
        "<p>The live database looks most like revision <b>{}</b>: {} from it.</p>"
    ).format(text(", ".join(stamp) or "base"), counted(count, "difference"))


def _section(title: str, differences: Iterable[Difference], left: str, right: str) -> Markup:
    rows = list(differences)
    if not rows:
        return Markup()
    heading = Markup("<h4>{} ({})</h4>").format(title, len(rows))
    return heading + difference_table(rows, left, right, CAUSES)


def _pending(drift: Drift) -> Markup:
    if not drift.pending_revisions and not drift.pending:
        return Markup()
    title = counted(len(drift.pending_revisions), "pending revision")
    summary = Markup("<summary><b>{}</b>, which make {}: no drift</summary>")
    changes = difference_table(drift.pending, "Now", "At head") if drift.pending else Markup()
    return Markup("<details>{}{}{}</details>").format(
        summary.format(title, counted(len(drift.pending), "change")),
        _revisions(drift.pending_revisions),
        changes,
    )


def _revisions(revisions: Iterable[Revision]) -> Markup:
    columns = [Column("Revision", "short"), Column("Message"), Column("Date", "short")]
    return table(columns, ([item.id, item.message, day(item.date)] for item in revisions))
