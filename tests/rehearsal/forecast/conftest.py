"""Steps with times that are made up, as if a table of events had been measured at four sizes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from schema.compare import Differences
from schema.rehearsal import Statement, Step
from schema.rehearsal.forecast import Run
from schema.rehearsal.observed import Lock

FRACTIONS = (0.01, 0.03, 0.1, 1.0)
ROWS = {"events": 1_000_000, "users": 1000, "notes": 50_000}

MakeSteps = Callable[[dict[str, int]], Sequence[Step]]


def made_step(
    revision: str,
    seconds: float,
    statements: Sequence[tuple[str, float]],
    rows: dict[str, int],
    *,
    error: str | None = None,
    locks: tuple[Lock, ...] = (),
) -> Step:
    return Step(
        revision=revision,
        message=f"the step {revision}",
        direction="up",
        seconds=seconds,
        statements=tuple(Statement(sql, time, None) for sql, time in statements),
        differences=Differences(),
        rows_before=rows,
        rows_after=rows,
        error=error,
        locks=locks,
    )


def made_runs(make: MakeSteps) -> list[Run]:
    found = []
    for fraction in FRACTIONS:
        rows = {table: round(count * fraction) for table, count in ROWS.items()}
        found.append(Run(fraction, tuple(make(rows)), round(4e8 * fraction)))
    return found


@pytest.fixture
def step() -> Callable[..., Step]:
    """Makes a step from its revision, its seconds, its statements with theirs, and the rows."""
    return made_step


@pytest.fixture
def runs() -> Callable[[MakeSteps], list[Run]]:
    """Makes one run a fraction, with the steps that a function makes of the rows in it."""
    return made_runs


@pytest.fixture
def index() -> list[Run]:
    """A step that builds an index on events, and one that makes a table."""

    def make(rows: dict[str, int]) -> list[Step]:
        seconds = 0.01 + 3e-6 * rows["events"]
        lock = Lock("events", "table", "ShareLock", 0, seconds)
        own = Lock("ix_events", "index", "AccessExclusiveLock", 0, seconds, is_new=True)
        sql = 'CREATE INDEX ix_events ON "events" (at)'
        return [
            made_step("aaa111", seconds, [(sql, seconds)], rows, locks=(lock, own)),
            made_step("bbb222", 0.002, [("CREATE TABLE logs (id INTEGER)", 0.002)], rows),
        ]

    return made_runs(make)
