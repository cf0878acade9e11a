"""Steps of a rehearsal on a page: what they come to, one row each, and each in full to unfold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from markupsafe import Markup

from schema.database import show_url
from schema.rehearsal import Rehearsal, Step
from schema.rehearsal.totals import Totals, totals
from schema.remarks import lock_words, remarks
from schema.render.forecast import forecast_parts
from schema.render.page import page
from schema.render.rehearsal_step import ARROWS, badges, delta_html, step_details
from schema.render.rehearsal_ways import faults_section, orders_section, round_trip_section
from schema.render.tables import Column, table
from schema.render.theme import join, panel, text
from schema.wording import counted, duration, number, size

__all__ = [
    "rehearsal_html",
    "rehearsal_page",
    "steps_html",
    "steps_table",
    "steps_table_html",
    "totals_html",
]

_NONE = Markup("<p>No step has been run yet.</p>")


def rehearsal_html(rehearsal: Rehearsal) -> str:
    """Which copy it runs on, and its steps. Asks no database, so that it can always be shown."""
    return panel(_head(rehearsal), *_steps_of(rehearsal), *_ways(rehearsal))


def rehearsal_page(rehearsal: Rehearsal) -> str:
    """A whole file of HTML with all that was observed. It asks no server."""
    title = f"Rehearsal of {_source(rehearsal)}"
    heading = Markup("<h3>{}</h3>").format(text(title))
    return page(title, heading, _head(rehearsal), *_steps_of(rehearsal), *_ways(rehearsal))


def _steps_of(rehearsal: Rehearsal) -> list[Markup]:
    """Its steps, but for one that only tried failures or orders."""
    if not rehearsal.steps and (rehearsal.faults or rehearsal.orders):
        return []
    return _steps(rehearsal.steps)


def _ways(rehearsal: Rehearsal) -> Iterator[Markup]:
    """What was found besides the steps, as far as anybody asked for it."""
    if rehearsal.trip is not None:
        yield round_trip_section(rehearsal.trip)
    yield from map(faults_section, rehearsal.faults)
    if rehearsal.orders is not None:
        yield orders_section(rehearsal.orders)
    if rehearsal.forecast is not None:
        yield Markup("<h3>Forecast</h3>")
        yield from forecast_parts(rehearsal.forecast)


def _head(rehearsal: Rehearsal) -> Markup:
    whole = Markup('<p>Rehearsal on <b>{}</b> <span class="swb-faint">a copy of {}</span></p>')
    return whole.format(text(rehearsal.scratch.name), text(_source(rehearsal)))


def _source(rehearsal: Rehearsal) -> str:
    return show_url(rehearsal.source) if rehearsal.source else "an unknown source"


def steps_html(steps: Sequence[Step]) -> str:
    """Steps as a panel: a table of all, and each in full to unfold; a failed one is unfolded."""
    return panel(*_steps(steps))


def _steps(steps: Sequence[Step]) -> list[Markup]:
    if not steps:
        return [_NONE]
    each = (step_details(step, is_open=step.failed) for step in steps)
    return [_totals(totals(steps)), steps_table(steps), *each]


def totals_html(steps: Sequence[Step]) -> str:
    """What the steps come to together, as a panel."""
    return panel(_totals(totals(steps)) if steps else _NONE)


def _totals(found: Totals) -> Markup:
    figures = [
        ("Steps", _counted_steps(found)),
        ("Time", duration(found.seconds)),
        ("Reads blocked for", lock_words(found.reads, found.locks_seen)),
        ("Writes blocked for", lock_words(found.writes, found.locks_seen)),
        ("Written anew", "nothing" if found.rewritten_bytes == 0 else size(found.rewritten_bytes)),
        *([("WAL", size(found.wal_bytes))] if found.wal_bytes is not None else []),
        *([("Data lost by", ", ".join(found.lost))] if found.lost else []),
    ]
    pair = Markup("<div><span>{}</span> <b{}>{}</b></div>")
    bad = Markup(' class="swb-loss"')
    listed = join(
        pair.format(name, bad if name == "Data lost by" else "", text(said))
        for name, said in figures
    )
    return Markup('<div class="swb-figures">{}</div>').format(listed)


def _counted_steps(found: Totals) -> str:
    failed = f", {len(found.failed)} failed" if found.failed else ""
    return f"{found.steps:,}{failed}"


def steps_table_html(steps: Sequence[Step]) -> str:
    """Only the table of all steps, as a panel."""
    return panel(steps_table(steps))


def steps_table(steps: Iterable[Step]) -> Markup:
    """One row a step."""
    columns = [
        Column("Step", "short"),
        Column("Message"),
        Column("Time", "number"),
        Column("Statements", "number"),
        Column("Differences", "number"),
        Column("Rows"),
        Column("Result"),
    ]
    rows = (
        [
            f"{ARROWS[step.direction]} {step.revision}",
            step.message,
            duration(step.seconds),
            number(sum(item.executions for item in step.statements)),
            number(len(step.differences)),
            _rows_in_short(step),
            badges(remarks(step)) or "✓ done",
        ]
        for step in steps
    )
    return table(columns, rows)


def _rows_in_short(step: Step) -> Markup:
    changed = step.changed_rows
    parts = [Markup("<div>{} {}</div>").format(text(t), delta_html(*p)) for t, p in changed.items()]
    more = Markup('<div class="swb-faint">and {} more</div>').format(
        counted(len(parts) - 3, "table")
    )
    return join([*parts[:3], more if len(parts) > 3 else ""])
