"""Steps as they were measured at several sizes, made into a forecast."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from schema.rehearsal.forecast.fit import Point, fit
from schema.rehearsal.forecast.model import Barrier, Forecast, Part, StepForecast
from schema.rehearsal.forecast.tables import named_in, touched
from schema.rehearsal.forecast.words import NOTICEABLE
from schema.rehearsal.observed import Lock
from schema.rehearsal.steps import Direction, Step

__all__ = ["Run", "forecast_of"]

#: A statement with less than this part of its step's time is not told of by itself.
_SHARE = 0.05
#: No more statements of a step are told of.
_MOST_PARTS = 8

_Key = tuple[str, Direction]


@dataclass(frozen=True)
class Run:
    """A rehearsal on a copy that holds this part of the rows.

    ``bytes`` is the copy's size, ``buffers`` its PostgreSQL server's; None where not known.
    """

    fraction: float
    steps: tuple[Step, ...]
    bytes: int | None = None
    buffers: int | None = None


def forecast_of(
    runs: Sequence[Run], *, memory: int | None = None, notes: Iterable[str] = ()
) -> Forecast:
    """What these runs say. Steps that failed count for nothing, and are told in notes."""
    ordered = sorted(runs, key=lambda run: run.fraction)
    largest = ordered[-1] if ordered else Run(1.0, ())
    shares = _Shares(ordered)
    keys: dict[_Key, None] = {}
    for run in reversed(ordered):
        keys.update(dict.fromkeys((step.revision, step.direction) for step in run.steps))
    return Forecast(
        steps=tuple(_step_forecast(key, ordered, shares) for key in keys),
        rows=shares.all_tables(),
        fractions=tuple(run.fraction for run in ordered),
        bytes=None if largest.bytes is None else round(largest.bytes / largest.fraction),
        memory=memory,
        buffers=largest.buffers,
        notes=(*notes, *_failures(ordered)),
    )


class _Shares:
    """How a table's rows in a sample follow the sample's part of all rows.

    Most tables have that part of their rows. What others refer to is kept for their sake, so that
    of a small table a sample may hold all rows.
    """

    def __init__(self, runs: Sequence[Run]) -> None:
        self._powers: dict[str, float] = {}
        self._runs = [run for run in runs if run.steps]
        sizes = {run.fraction: run.steps[0].rows_before for run in self._runs}
        if len(sizes) > 1:
            first, last = min(sizes), max(sizes)
            apart = math.log(last / first)
            for table, rows in sizes[last].items():
                grown = math.log(max(rows, 1) / max(sizes[first].get(table, 0), 1))
                self._powers[table] = min(max(grown / apart, 0.0), 1.0)

    def whole(self, table: str, rows: int, fraction: float) -> int:
        """The rows that the table has in all, when it has ``rows`` in this part."""
        return round(rows * math.pow(1 / fraction, self._powers.get(table, 1.0)))

    def all_tables(self) -> dict[str, int]:
        """Every table's rows in all that is there, as the largest part says."""
        if not self._runs:
            return {}
        largest = self._runs[-1]
        before = largest.steps[0].rows_before
        return {name: self.whole(name, rows, largest.fraction) for name, rows in before.items()}

    def of(self, step: Step, names: Iterable[str], fraction: float) -> dict[str, int]:
        """The rows in all of these tables before a step."""
        there = step.rows_before
        return {
            name: self.whole(name, there[name], fraction) for name in sorted(names) if name in there
        }


def _failures(runs: Sequence[Run]) -> Iterable[str]:
    for run in runs:
        for step in run.steps:
            if step.failed:
                yield f"At {100 * run.fraction:g} %, {step.revision} failed: {step.error}"


def _step_forecast(key: _Key, runs: Sequence[Run], shares: _Shares) -> StepForecast:
    all_steps = [
        (run, step) for run in runs for step in run.steps if (step.revision, step.direction) == key
    ]
    done = [step for _run, step in all_steps if not step.failed]
    steps = done or [step for _run, step in all_steps]
    last = steps[-1]
    fraction = next(run.fraction for run, step in all_steps if step is last)
    names = frozenset[str]().union(*map(touched, steps)) or frozenset(last.rows_before)
    points = tuple(Point(_rows(step, names), step.seconds) for step in done)
    return StepForecast(
        revision=last.revision,
        message=last.message,
        direction=last.direction,
        tables=shares.of(last, names, fraction),
        points=points,
        fit=fit(points) if points else None,
        parts=tuple(_parts(done, fraction, shares)) if done else (),
        barriers=tuple(_barriers(done, names)),
    )


def _rows(step: Step, names: Iterable[str]) -> int:
    return sum(step.rows_before.get(name, 0) for name in names)


def _parts(steps: Sequence[Step], fraction: float, shares: _Shares) -> Iterable[Part]:
    """The statements that cost most, when the same ones ran at every size."""
    last = steps[-1]
    texts = [statement.sql for statement in last.statements]
    if any([statement.sql for statement in step.statements] != texts for step in steps):
        return
    costly = sorted(enumerate(last.statements), key=lambda item: -item[1].seconds)[:_MOST_PARTS]
    for number, statement in sorted(costly, key=lambda item: item[0]):
        if statement.seconds < max(_SHARE * last.seconds, NOTICEABLE / 5):
            continue
        names = named_in([statement], last.rows_before) or frozenset(last.rows_before)
        points = tuple(Point(_rows(step, names), step.statements[number].seconds) for step in steps)
        yield Part(statement.sql, shares.of(last, names, fraction), points, fit(points))


def _barriers(steps: Sequence[Step], names: frozenset[str]) -> Iterable[Barrier]:
    """How long each table was blocked, where that was seen at every size."""
    seen = [_blocking(step) for step in steps]
    for what in sorted(seen[-1] if seen else ()):
        if all(what in each for each in seen):
            points = tuple(
                Point(_rows(step, names), each[what].seconds)
                for step, each in zip(steps, seen, strict=True)
            )
            yield Barrier(what[0], seen[-1][what].blocks, points, fit(points))


def _blocking(step: Step) -> dict[tuple[str, bool], Lock]:
    """The longest lock on each table that keeps readers out too, and the longest that does not.

    The latter only where it is the longer one.
    """
    found: dict[tuple[str, bool], Lock] = {}
    for lock in sorted(step.locks, key=lambda lock: lock.seconds):
        if lock.kind in {"table", "database"} and {"reads", "writes"} & {*lock.blocks}:
            found[lock.relation, "reads" in lock.blocks] = lock
            if "reads" in lock.blocks:
                found.pop((lock.relation, False), None)
    return found
