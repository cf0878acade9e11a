"""A timeline on a page: what each revision did, in a line, and in full where it is unfolded."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from schema.compare import Difference
from schema.render.differences import difference_table
from schema.render.history import problems_html
from schema.render.tables import Column, table
from schema.render.theme import join, panel, text
from schema.timeline import Step, Timeline
from schema.wording import CHANGE_MARKS, counted, day

__all__ = ["moment_html", "timeline_html"]

#: Where there are more differences in all, the steps are told in lines alone: a page stays light.
_MOST_IN_FULL = 600
#: So many differences of a step are told in lines.
_MOST_LINES = 6

_LEFT, _RIGHT = "Before", "After"


def timeline_html(timeline: Timeline) -> str:
    """One row a revision, in the order in which they were run."""
    failed = timeline.failed
    title = Markup("<p><b>{}</b> on {}{}</p>").format(
        counted(len(timeline.steps), "revision"),
        text(timeline.dialect),
        f", of which {len(failed)} could not be run" if failed else "",
    )
    if not timeline.steps:
        return panel(Markup("<p>This project has no revisions yet.</p>"))
    is_full = sum(len(step.differences) for step in timeline.steps) <= _MOST_IN_FULL
    columns = [
        Column("Revision", "short"),
        Column("Date", "short"),
        Column("Message"),
        Column("What it did"),
    ]
    rows = (
        [
            step.id,
            day(step.revision.date),
            step.revision.message,
            _did(step, is_full=is_full),
        ]
        for step in timeline.steps
    )
    return panel(title, table(columns, rows))


def moment_html(step: Step) -> str:
    """One step: why it failed, if it did, and all that it did."""
    head = Markup("<h3><code>{}</code> {}</h3>").format(text(step.id), text(step.revision.message))
    facts = Markup('<p class="swb-faint">{}</p>').format(
        text(" · ".join(filter(None, [day(step.revision.date), step.revision.author])))
    )
    missing = [name for name in step.without if name != step.id]
    notes = [f"It was run without {', '.join(missing)}, which failed before."] if missing else []
    body = (
        difference_table(step.differences, _LEFT, _RIGHT, by_table=True)
        if step.differences
        else Markup("<p>It changes nothing of the schema.</p>")
        if step.failure is None
        else Markup()
    )
    return panel(head, facts, _failure(step), problems_html(notes, "note"), body)


def _did(step: Step, *, is_full: bool) -> Markup:
    lines = join(_lines(step))
    if not step.differences:
        nothing = Markup('<span class="swb-faint">nothing of the schema</span>')
        return _failure(step) or nothing
    if not is_full:
        return _failure(step) + lines
    whole = Markup('{}{}<details><summary class="swb-faint">each property</summary>{}</details>')
    return whole.format(
        _failure(step), lines, difference_table(step.differences, _LEFT, _RIGHT, by_table=True)
    )


def _failure(step: Step) -> Markup:
    if step.failure is None:
        return Markup()
    stays = " What it did before it failed stays." if step.is_half_done else ""
    whole = Markup('<div class="swb-error">✗ could not be run: {}{}</div>')
    return whole.format(text(step.failure), stays)


def _lines(step: Step) -> Iterator[Markup]:
    for item in step.differences[:_MOST_LINES]:
        yield _line(item)
    if (rest := len(step.differences) - _MOST_LINES) > 0:
        yield Markup('<div class="swb-faint">… and {} more</div>').format(f"{rest:,}")


def _line(item: Difference) -> Markup:
    mark = Markup('<span class="swb-mark swb-{}" title="{}">{}</span>').format(
        item.change, item.change, CHANGE_MARKS.get(item.change, "?")
    )
    told = f"{item.kind} {item.label}"
    if item.change == "changed":
        told = item.describe()
    elif item.renamed_from is not None:
        told = f"{item.kind} {item.renamed_from} → {item.label}"
    return Markup("<div>{}{}</div>").format(mark, text(told))
