"""Stalls on a page: a verdict, the picture, and a table of who waited for whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from markupsafe import Markup

from schema.rehearsal.stalls import Probe, Scenario, StallRun, Stalls
from schema.rehearsal.stalls.sentences import sentences
from schema.render.stall_picture import stall_picture
from schema.render.tables import Column, table
from schema.render.theme import join, panel, text
from schema.wording import duration, number

__all__ = ["compared_stalls_html", "stalls_html", "stalls_section"]

_TITLES: dict[Scenario, str] = {
    "load": "Under load",
    "long reader": "Behind a long reader",
    "long reader, lock_timeout": "Long reader, lock_timeout",
}


def stalls_html(stalls: Stalls) -> str:
    """What others would have felt of a step, as a panel."""
    return panel(stalls_section(stalls))


def stalls_section(stalls: Stalls) -> Markup:
    """The same, to stand among other things."""
    name = "swb-warn" if stalls.longest is not None else "swb-good"
    lines = join(Markup("<div>{}</div>").format(text(each)) for each in sentences(stalls))
    said = Markup('<div class="swb-verdict {}">{}</div>').format(name, lines)
    runs = [(_title(run), run) for run in stalls.runs]
    return said + stall_picture(runs) + _table(runs) + _left_out(stalls)


def compared_stalls_html(named: Mapping[str, Stalls]) -> str:
    """Several steps one above the other under each scenario, such as before and after a revision
    was improved; the keys are what they are called."""
    runs = [
        (f"{_title(run)}, {name}", run)
        for scenario in _TITLES
        for name, stalls in named.items()
        for run in stalls.runs
        if run.scenario == scenario
    ]
    whole = Markup("<p><b>{}</b></p><ul>{}</ul>")
    verdicts = (
        whole.format(
            text(name[:1].upper() + name[1:]),
            join(Markup("<li>{}</li>").format(text(each)) for each in sentences(stalls)),
        )
        for name, stalls in named.items()
    )
    return panel(join(verdicts), stall_picture(runs), _table(runs))


def _title(run: StallRun) -> str:
    title = _TITLES[run.scenario]
    return title if run.lock_timeout is None else f"{title} {run.lock_timeout:g} s"


def _table(runs: Sequence[tuple[str, StallRun]]) -> Markup:
    """One row for whoever waited or failed, in each run."""
    columns = [
        Column("Who", "short"),
        Column("Table"),
        Column("Came", "number"),
        Column("Waited", "number"),
        Column("Longest", "number"),
        Column("Median", "number"),
        Column("Behind"),
        Column("Fails with the old code"),
    ]
    rows = [row for title, run in runs for row in _rows(title, run)]
    if not any(run.failures for _, run in runs):
        columns, rows = columns[:-1], [row[: len(columns) - 1] for row in rows]
    return table(columns, rows)


def _rows(title: str, run: StallRun) -> Iterator[list[object]]:
    yield [title]
    for probe in run.probes:
        yield _row(run, probe)


def _row(run: StallRun, probe: Probe) -> list[object]:
    stalls = [each for each in run.waited if (each.who, each.table) == (probe.who, probe.table)]
    longest = run.longest(probe.who, probe.table)
    failed = (
        Markup("<div>{}× {}</div>").format(number(count), text(said))
        for said, count in probe.failures
    )
    return [
        probe.who,
        probe.table,
        number(probe.count),
        f"{len(stalls)}×" if stalls else "–",
        "–" if probe.longest is None else duration(probe.longest),
        "–" if probe.median is None else duration(probe.median),
        "" if longest is None else longest.waiting_for,
        join(failed),
    ]


def _left_out(stalls: Stalls) -> Markup:
    if not stalls.left_out:
        return Markup()
    whole = Markup('<p class="swb-faint">Without probes, as there are many tables: {}.</p>')
    return whole.format(text(", ".join(stalls.left_out)))
