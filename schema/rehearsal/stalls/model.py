"""What others would have felt of a step: who waited, on which table, how long, behind whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from schema.display import Displayed
from schema.rehearsal.observed import Blocked, Lock

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Held", "Probe", "Scenario", "Segment", "Stall", "StallRun", "Stalls", "Who"]

Who = Literal["reader", "writer", "long reader", "migration"]

#: ``"load"``: readers and writers only. ``"long reader"``: besides, somebody reads for long, and
#: the migration queues up behind them. ``"…, lock_timeout"``: the same, and the migration gives up.
Scenario = Literal["load", "long reader", "long reader, lock_timeout"]


@dataclass(frozen=True, slots=True)
class Stall:
    """A time that somebody had to wait.

    ``start`` is in seconds since the step began, and is negative for what began before it.
    ``waiting_for`` is who stood in the way, and behind whom they stood in turn: ``"migration"``,
    ``"migration ← long reader"``; None when no lock was seen, so that the server was just busy.
    """

    who: Who
    table: str
    start: float
    seconds: float
    waiting_for: str | None = None

    @property
    def end(self) -> float:
        """When it was over, in seconds since the step began."""
        return self.start + self.seconds

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return asdict(self) | {"start": round(self.start, 4), "seconds": round(self.seconds, 4)}


@dataclass(frozen=True, slots=True)
class Probe:
    """All that one reader or writer went through: how often it came, and how long it took.

    ``median`` and ``longest`` are in seconds, None when it never came through. ``failures`` are
    what its statement was answered instead, each with how often: what an application that still
    has the old code would meet.
    """

    who: Who
    table: str
    count: int
    median: float | None
    longest: float | None
    failures: tuple[tuple[str, int], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return asdict(self) | {
            "median": None if self.median is None else round(self.median, 6),
            "longest": None if self.longest is None else round(self.longest, 6),
            "failures": dict(self.failures),
        }


@dataclass(frozen=True, slots=True)
class Held:
    """A time that the migration held a lock on a table; the strongest one that it held."""

    table: str
    mode: str
    start: float
    seconds: float

    @property
    def blocks(self) -> tuple[Blocked, ...]:
        """Whose work waits behind it: ``"reads"``, ``"writes"``, ``"ddl"``."""
        return Lock(self.table, "table", self.mode, None, self.seconds).blocks

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return asdict(self) | {"start": round(self.start, 4), "seconds": round(self.seconds, 4)}


@dataclass(frozen=True, slots=True)
class Segment:
    """A statement on the time axis, the migration's or the long reader's.

    ``start`` is in seconds since the step began; ``seconds`` includes what it waited.
    """

    sql: str
    start: float
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return asdict(self) | {"start": round(self.start, 4), "seconds": round(self.seconds, 4)}


@dataclass(frozen=True, slots=True)
class StallRun:
    """One run of the step under one scenario.

    ``lock_timeout`` and ``hold`` are in seconds; ``hold`` is for how long the long reader kept the
    migration waiting at most, None when there was no such reader. ``seconds`` is the time of the
    step, waiting included. ``error`` is why it failed; None when it did not. ``stalls`` are in the
    order of their start. ``held`` and ``segments`` are the migration's own locks and statements;
    ``held`` is empty on SQLite, which tells nobody of its locks, and on a MariaDB server without
    its plugin METADATA_LOCK_INFO. ``long_reader`` is the long
    reader's transaction.
    """

    scenario: Scenario
    lock_timeout: float | None
    seconds: float
    error: str | None
    tables: tuple[str, ...]
    stalls: tuple[Stall, ...] = ()
    probes: tuple[Probe, ...] = ()
    held: tuple[Held, ...] = ()
    segments: tuple[Segment, ...] = ()
    hold: float | None = None
    long_reader: Segment | None = None
    notes: tuple[str, ...] = ()

    def longest(self, who: Who, table: str | None = None) -> Stall | None:
        """The longest that they waited for a lock, on one table or on any; None: they never did."""
        return _longest(
            item
            for item in self.stalls
            if item.who == who and table in {None, item.table} and item.waiting_for
        )

    @property
    def waited(self) -> tuple[Stall, ...]:
        """The times that readers and writers waited for a lock: what users would have felt."""
        theirs = (item for item in self.stalls if item.who in {"reader", "writer"})
        return tuple(item for item in theirs if item.waiting_for is not None)

    @property
    def slow(self) -> tuple[Stall, ...]:
        """Times that they were kept waiting and no lock was seen: the server was busy."""
        return tuple(item for item in self.stalls if item.waiting_for is None)

    @property
    def failures(self) -> tuple[tuple[Probe, str, int], ...]:
        """What readers and writers were answered instead of rows, and how often."""
        return tuple((item, said, count) for item in self.probes for said, count in item.failures)

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return {
            "scenario": self.scenario,
            "lock_timeout": self.lock_timeout,
            "hold": self.hold,
            "seconds": round(self.seconds, 4),
            "error": self.error,
            "tables": list(self.tables),
            "stalls": [item.to_dict() for item in self.stalls],
            "probes": [item.to_dict() for item in self.probes],
            "held": [item.to_dict() for item in self.held],
            "statements": [item.to_dict() for item in self.segments],
            "long_reader": None if self.long_reader is None else self.long_reader.to_dict(),
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class Stalls(Displayed):
    """What others would have felt of one step, in each of the scenarios that were run.

    ``left_out`` are tables that the step touches and that had no probes: there were too many.
    """

    runs: tuple[StallRun, ...]
    left_out: tuple[str, ...] = ()

    @property
    def longest(self) -> Stall | None:
        """The longest that a reader or writer waited for a lock in any run; None: nobody did."""
        return _longest(item for run in self.runs for item in run.waited)

    @property
    def verdict(self) -> str:
        """What was found, in a few sentences."""
        from schema.rehearsal.stalls.sentences import verdict

        return verdict(self)

    def run(self, scenario: Scenario) -> StallRun | None:
        """The run under this scenario; None when there was none."""
        return next((item for item in self.runs if item.scenario == scenario), None)

    def __repr__(self) -> str:
        return f"<Stalls of {len(self.runs)} runs: {self.verdict}>"

    def frame(self) -> pd.DataFrame:
        """One row a stall: ``scenario, who, table, start, seconds, waiting_for``."""
        columns = ["scenario", "who", "table", "start", "seconds", "waiting_for"]
        return _frame(columns, ((run, item) for run in self.runs for item in run.stalls))

    def probes_frame(self) -> pd.DataFrame:
        """One row a probe: ``scenario, who, table, count, median, longest, failures``."""
        columns = ["scenario", "who", "table", "count", "median", "longest", "failures"]
        return _frame(columns, ((run, item) for run in self.runs for item in run.probes))

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        longest = self.longest
        return {
            "verdict": self.verdict,
            "longest": None if longest is None else longest.to_dict(),
            "runs": [item.to_dict() for item in self.runs],
            "left_out": list(self.left_out),
        }


def _longest(stalls: Iterable[Stall]) -> Stall | None:
    return max(stalls, key=lambda item: item.seconds, default=None)


def _frame(columns: Sequence[str], rows: Iterable[tuple[StallRun, Stall | Probe]]) -> pd.DataFrame:
    import pandas as pd

    told = [{"scenario": run.scenario, **item.to_dict()} for run, item in rows]
    return pd.DataFrame(told, columns=list(columns))
