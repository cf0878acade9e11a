"""Steps as they were measured at several sizes, made into a forecast."""

from __future__ import annotations

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
    keys: dict[_Key, None] = {}
    for run in reversed(ordered):
        keys.update(dict.fromkeys((step.revision, step.direction) for step in run.steps))
    return Forecast(
        steps=tuple(_step_forecast(key, ordered) for key in keys),
        rows=_whole(largest),
        fractions=tuple(run.fraction for run in ordered),
        bytes=None if largest.bytes is None else round(largest.bytes / largest.fraction),
        memory=memory,
        buffers=largest.buffers,
        notes=(*notes, *_failures(ordered)),
    )


def _whole(largest: Run) -> dict[str, int]:
    """The rows of all that is there, from those of the largest part of it."""
    if not largest.steps:
        return {}
    before = largest.steps[0].rows_before
    return {table: round(rows / largest.fraction) for table, rows in before.items()}


def _failures(runs: Sequence[Run]) -> Iterable[str]:
    for run in runs:
        for step in run.steps:
            if step.failed:
                yield f"At {100 * run.fraction:g} %, {step.revision} failed: {step.error}"


def _step_forecast(key: _Key, runs: Sequence[Run]) -> StepForecast:
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
        tables=_scaled(last, names, fraction),
        points=points,
        fit=fit(points) if points else None,
        parts=tuple(_parts(done, fraction)) if done else (),
        barriers=tuple(_barriers(done, names)),
    )


def _rows(step: Step, names: Iterable[str]) -> int:
    return sum(step.rows_before.get(name, 0) for name in names)


def _scaled(step: Step, names: Iterable[str], fraction: float) -> dict[str, int]:
    there = step.rows_before
    return {name: round(there[name] / fraction) for name in sorted(names) if name in there}


def _parts(steps: Sequence[Step], fraction: float) -> Iterable[Part]:
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
        yield Part(statement.sql, _scaled(last, names, fraction), points, fit(points))


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
