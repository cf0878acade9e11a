"""A forecast made into blocks: what to expect of each step, and what speaks against it."""

from __future__ import annotations

from collections.abc import Iterator

from schema.rehearsal.forecast import Expectation, Expected, Forecast
from schema.rehearsal.forecast.laws import NAMES
from schema.report.model import Block, Fold, Heading, Line, tabled
from schema.wording import duration, number

__all__ = ["expectation_blocks", "forecast_blocks"]

_TIMES = ("Expected", "From", "To")


def forecast_blocks(forecast: Forecast) -> Iterator[Block]:
    """What is expected at the rows it is shown for, and the law of each step."""
    if not forecast.steps:
        yield Line("No step was measured, so there is nothing to tell.")
        return
    yield from expectation_blocks(forecast.expect(), is_asked=forecast.asked is not None)
    for note in forecast.notes:
        yield Line(f"Note: {note}")
    rows = (
        [
            _name(step.direction, step.revision),
            ", ".join(step.tables),
            "" if step.fit is None else NAMES[step.fit.law],
            ", ".join(f"{number(p.rows)}: {duration(p.seconds)}" for p in step.points),
        ]
        for step in forecast.steps
    )
    columns = ["Step", "Tables", "Cost", "Measured, by rows"]
    yield Fold("What was measured", (tabled(columns, rows, code=["Tables"]),))


def expectation_blocks(expected: Expectation, *, is_asked: bool = True) -> Iterator[Block]:
    """The expected time of all steps and of each, how long tables are blocked, and what is poor."""
    where = f"At {expected.production}" if is_asked else "At the rows that are there"
    total = f"{duration(expected.seconds)}, {_span(expected.low, expected.high)}"
    yield Heading(f"{where}: {total}")
    rows = (
        [_name(step.direction, step.revision), step.message, number(step.rows), *_times(step)]
        for step in expected
    )
    yield tabled(["Step", "Message", "Rows", *_TIMES], rows, ["Rows", *_TIMES])
    for step in expected:
        if step.note:
            yield Line(f"⚠ {step.revision}: {step.note}")
    for note in expected.notes:
        yield Line(f"Note: {note}")
    yield from _blocked(expected)


def _blocked(expected: Expectation) -> Iterator[Block]:
    rows = [
        [
            _name(step.direction, step.revision),
            each.relation,
            ", ".join(each.blocks),
            *map(duration, (each.seconds, each.low, each.high)),
        ]
        for step in expected
        for each in step.blocked
    ]
    if rows:
        yield Heading("How long others have to wait")
        yield tabled(["Step", "Table", "Blocked", *_TIMES], rows, _TIMES, ["Table"])


def _name(direction: str, revision: str) -> str:
    return f"{'↑' if direction == 'up' else '↓'} {revision}"


def _times(step: Expected) -> list[str]:
    times = (step.seconds, step.low, step.high)
    return ["not known" if each is None else duration(each) for each in times]


def _span(low: float, high: float) -> str:
    return f"from {duration(low)} to {duration(high)}"
