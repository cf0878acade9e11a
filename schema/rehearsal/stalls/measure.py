"""Run a step again under each scenario, with probes at work, and tell what they felt."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.engine import URL

from schema.database import dialect_of
from schema.errors import DatabaseError
from schema.rehearsal.stalls.mariadb import MariadbProbes
from schema.rehearsal.stalls.model import Scenario, Segment, StallRun, Stalls
from schema.rehearsal.stalls.postgresql import PostgresqlProbes
from schema.rehearsal.stalls.probing import Probes
from schema.rehearsal.stalls.sqlite import SqliteProbes

__all__ = ["MOST_TABLES", "Attempt", "Run", "measure_stalls"]

#: So many tables have probes, the first ones: each takes two sessions.
MOST_TABLES = 8

#: In the order in which they are run: the last is the likeliest to leave the step applied.
_SCENARIOS: tuple[Scenario, ...] = ("long reader, lock_timeout", "load", "long reader")
#: In the order in which they are told.
_TOLD: tuple[Scenario, ...] = ("load", "long reader", "long reader, lock_timeout")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One run of the step. ``began`` is when it did, by ``time.monotonic``; ``error`` is None when
    it was applied."""

    seconds: float
    error: str | None
    began: float
    segments: tuple[Segment, ...] = ()


class Run(Protocol):
    """Bring the copy to its state before the step, then run the step once.

    ``settings`` are for the migration's session; ``probes`` is to be entered before the step, when
    the copy is ready, and left after it, before anything else is done with the copy.
    """

    def __call__(self, settings: Mapping[str, str], probes: Probes) -> Attempt: ...


def measure_stalls(
    url: URL,
    run: Run,
    tables: Sequence[str],
    *,
    scenarios: Sequence[Scenario] | None = None,
    hold: float = 2.0,
    lock_timeout: float = 1.0,
    cancelled: Callable[[], bool] = lambda: False,
    on_run: Callable[[Scenario], object] | None = None,
) -> Stalls:
    """What readers and writers of these tables feel of a step, run once for each scenario.

    ``tables`` are labels, the most important first; those over ``MOST_TABLES`` have no probes.
    ``scenarios`` are all by default; SQLite knows no lock_timeout. ``hold`` and ``lock_timeout``
    are in seconds; MariaDB's lock_wait_timeout takes whole ones, the next greater. The long reader
    scenario comes last, so that the copy is in the end as the step leaves it, unless the step fails
    there. ``cancelled`` is asked between two runs: then there are
    fewer. ``on_run`` is told each scenario before its run. Raises DatabaseError when the probes
    cannot begin.
    """
    chosen, left_out = tuple(tables[:MOST_TABLES]), tuple(tables[MOST_TABLES:])
    wanted = _possible(dialect_of(url), scenarios)
    found: dict[Scenario, StallRun] = {}
    for scenario in (each for each in _SCENARIOS if each in wanted):
        if cancelled():
            break
        if on_run is not None:
            on_run(scenario)
        limit = lock_timeout if "lock_timeout" in scenario else None
        holds = hold if "long reader" in scenario else None
        found[scenario] = _one(url, run, chosen, scenario, holds, limit)
    return Stalls(tuple(found[each] for each in _TOLD if each in found), left_out)


def _possible(dialect: str, scenarios: Sequence[Scenario] | None) -> set[Scenario]:
    wanted = set(_SCENARIOS if scenarios is None else scenarios)
    return wanted - {"long reader, lock_timeout"} if dialect == "sqlite" else wanted


def _patience(dialect: str, lock_timeout: float | None) -> tuple[float | None, dict[str, str]]:
    """How long the migration waits for a lock, in seconds, and the settings that say so.

    Sources: https://www.postgresql.org/docs/current/runtime-config-client.html and
    https://mariadb.com/kb/en/server-system-variables/
    """
    if lock_timeout is None:
        return None, {}
    if dialect == "mariadb":
        whole = math.ceil(lock_timeout)
        return whole, {
            "lock_wait_timeout": str(whole),
            "innodb_lock_wait_timeout": str(whole),
        }
    return lock_timeout, {"lock_timeout": f"{lock_timeout * 1000:.0f}ms"}


def _one(
    url: URL,
    run: Run,
    tables: tuple[str, ...],
    scenario: Scenario,
    hold: float | None,
    lock_timeout: float | None,
) -> StallRun:
    probes = _probes(url, tables, hold)
    lock_timeout, settings = _patience(dialect_of(url), lock_timeout)
    attempt = run(settings, probes)
    seen = probes.seen(attempt.began)
    return StallRun(
        scenario=scenario,
        lock_timeout=lock_timeout,
        hold=hold,
        seconds=attempt.seconds,
        error=attempt.error,
        tables=tables,
        stalls=seen.stalls,
        probes=seen.probes,
        held=seen.held,
        segments=attempt.segments,
        long_reader=seen.long_reader,
        notes=seen.notes,
    )


def _probes(url: URL, tables: Sequence[str], hold: float | None) -> Probes:
    dialect = dialect_of(url)
    if dialect == "postgresql":
        return PostgresqlProbes(url, tables, hold)
    if dialect == "sqlite":
        return SqliteProbes(url, tables, hold)
    if dialect == "mariadb":
        return MariadbProbes(url, tables, hold)
    raise DatabaseError(f"Nobody can wait in a {dialect} database yet: there are no probes for it.")
