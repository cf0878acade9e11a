"""A step that fails at every one of its statements in turn: what is left, and what repairs it.

The step is run once whole, which tells its statements. Then, for each point between two of them,
the copy is brought back to the start, the step is run again and made to fail there, and what it
left is looked at: stamp, schema, data. Then the step is run once more upon that, as one would after
such a night. Where that fails, a repair is put together and proved: it must bring back the schema
from before, and let the step run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy.dialects import sqlite

from schema import ddl
from schema.compare import Differences, compare
from schema.display import Displayed
from schema.errors import ProjectCodeError, WorkbenchError, WorkerError
from schema.history import Revision
from schema.rebuilding.running import run
from schema.rehearsal.ledger import DataLoss
from schema.rehearsal.options import Running
from schema.rehearsal.steps import BATCH_COPY, Direction, State, Statement, Step
from schema.rehearsal.walk import Walk
from schema.scratch import ScratchDatabase
from schema.scratch.mariadb_server import quoted
from schema.worker.parent import Fault

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Failure", "Faults", "Kind", "Place", "fault_points", "run_faults"]

_COLUMNS = ["revision", "direction", "kind", "after", "statement", "stamp", "left", "data_lost",
            "runs_again", "repair", "stamp_lies", "goes_back"]  # fmt: skip

#: How a step is hit: its statement raises, its connection is cut, its process is killed.
Kind = Literal["error", "connection", "process"]
#: Where: after so many executions of its statements, or after the last one and before its stamp
#: (``"revision"``), or after the stamp and before the end of the transaction (``"stamp"``).
Place = int | Literal["revision", "stamp"]

#: Queries of SQLite: a SELECT there has no effects, nor has a PRAGMA that sets nothing.
_ONLY_READS = re.compile(r"(?is)\s*(SELECT\b|PRAGMA\b[^=]*$)")

#: Of one statement that ran more often than this, its first, middle and last execution are tried.
_MOST_EXECUTIONS = 3


@dataclass(frozen=True)
class Failure:
    """What a step left that failed after ``after`` executions of its statements.

    ``after`` may be ``"revision"`` too (its code was done, its stamp was not) or ``"stamp"`` (only
    the end of the transaction was missing). ``kind`` is ``"error"`` (the statement raises),
    ``"connection"`` (it is cut) or ``"process"`` (killed with SIGKILL). ``statement`` is the last
    one that had run; None before the first.

    ``stamp`` is None when the database could not be read any more. ``left`` are the differences of
    the schema from before the step; ``leftovers`` the half-filled copies among them. ``runs_again``
    is whether the step could simply be run once more, with the same result as one undisturbed;
    else ``again_error`` is what it said. ``repair`` is the SQL that brings back what was before,
    proved by running it and the step; None where none is needed or none was found: ``advice`` says
    what to do in words.

    ``stamp_lies`` is whether the stamp names a revision that the schema is not at. ``goes_back`` is
    whether the revision's own way back, run upon what is left as if the step had been stamped,
    brings back what was before, else ``back_error`` says why not; tried on MariaDB, where no
    transaction takes DDL back, and None elsewhere.
    """

    kind: Kind
    after: Place
    statement: str | None
    stamp: tuple[str, ...] | None
    left: Differences
    leftovers: tuple[str, ...]
    data_lost: tuple[DataLoss, ...]
    runs_again: bool
    again_error: str | None
    repair: tuple[str, ...] | None
    advice: str
    stamp_lies: bool = False
    goes_back: bool | None = None
    back_error: str | None = None

    @property
    def is_clean(self) -> bool:
        """Whether nothing was left behind: all is as it was before the step."""
        return not self.left and not self.data_lost

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return {
            "kind": self.kind,
            "after": self.after,
            "statement": self.statement,
            "stamp": None if self.stamp is None else list(self.stamp),
            "left": self.left.to_list(),
            "leftovers": list(self.leftovers),
            "data_lost": [item.to_dict() for item in self.data_lost],
            "runs_again": self.runs_again,
            "again_error": self.again_error,
            "repair": None if self.repair is None else list(self.repair),
            "advice": self.advice,
            "stamp_lies": self.stamp_lies,
            "goes_back": self.goes_back,
            "back_error": self.back_error,
        }


@dataclass(frozen=True)
class Faults(Displayed):
    """One step, made to fail at each of its statements in turn. ``step`` is its run undisturbed."""

    step: Step
    failures: tuple[Failure, ...]

    @property
    def is_safe(self) -> bool:
        """Whether the step can simply be run again wherever it failed, with no data lost.

        Not so for a step that fails by itself.
        """
        return not self.step.failed and all(
            item.runs_again and not item.data_lost for item in self.failures
        )

    @property
    def verdict(self) -> str:
        """One sentence."""
        if self.step.failed:
            return f"fails by itself: {self.step.error}"
        bad = [item for item in self.failures if not item.runs_again]
        lost = [item for item in self.failures if item.data_lost]
        if not bad and not lost:
            return f"may fail anywhere ({len(self.failures)} tried) and simply be run again"
        repaired = sum(item.repair is not None for item in bad)
        told = [f"cannot simply be run again after {len(bad)} of {len(self.failures)} failures"]
        told += [f"a proved repair is there for {repaired} of them"] if bad else []
        told += [f"data is lost by {len(lost)}"] if lost else []
        return "; ".join(told if bad else told[1:])

    def __repr__(self) -> str:
        return f"<Faults of {self.step.direction} {self.step.revision}: {self.verdict}>"

    def frame(self) -> pd.DataFrame:
        """One row a failure: ``revision, direction, kind, after, statement, stamp, left`` (counted
        differences), ``data_lost`` (counted), ``runs_again, repair`` (as text), ``stamp_lies,
        goes_back`` (None where it was not tried)."""
        import pandas as pd

        rows = [
            (
                self.step.revision,
                self.step.direction,
                item.kind,
                item.after,
                item.statement,
                None if item.stamp is None else ", ".join(item.stamp),
                len(item.left),
                len(item.data_lost),
                item.runs_again,
                None if item.repair is None else ";\n".join(item.repair),
                item.stamp_lies,
                item.goes_back,
            )
            for item in self.failures
        ]
        return pd.DataFrame(rows, columns=_COLUMNS)

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return {
            "revision": self.step.revision,
            "direction": self.step.direction,
            "verdict": self.verdict,
            "safe": self.is_safe,
            "failures": [item.to_dict() for item in self.failures],
        }


def fault_points(
    statements: Sequence[Statement], dialect: str
) -> Iterator[tuple[Place, Statement | None]]:
    """Where to fail, and which statement was then the last to run.

    Every point there is, but of a statement repeated many times in a row only its first, middle
    and last execution: between two like ones the state differs by one execution alone. After a
    query on SQLite, which cannot change anything, all is as before it: that is no point of its own.
    """
    yield 0, None
    count, statement = 0, None
    for statement in statements:
        times = statement.executions
        if dialect == "sqlite" and _ONLY_READS.match(statement.sql):
            count += times
            continue
        few = times <= _MOST_EXECUTIONS
        chosen = range(1, times + 1) if few else sorted({1, (times + 1) // 2, times})
        yield from ((count + each, statement) for each in chosen)
        count += times
    yield "revision", statement
    yield "stamp", statement


def run_faults(
    walk: Walk,
    direction: Direction,
    revision: Revision,
    *,
    kinds: Sequence[Kind] = ("error",),
    progress: Callable[[int, int, str], None] | None = None,
) -> Faults:
    """Fail one step at each of its points in turn; the copy ends with the step applied.

    The transactions are the project's own here: on SQLite it is env.py and the driver that decide
    what a failure leaves. ``progress`` is told how many are done, of how many, and what is tried.
    """
    as_theirs = Running(transactions="project")
    with walk.remembered() as origin:
        before = walk.state()
        whole, end = walk.run(direction, revision, before, as_theirs)
        if whole.failed or end is None:
            return Faults(whole, ())
        trial = _Trial(walk, direction, revision, before, end, origin, whole.statements)
        points = [
            (kind, *point)
            for kind in kinds
            for point in fault_points(whole.statements, walk.scratch.kind)
        ]
        failures = []
        for number, (kind, after, statement) in enumerate(points):
            if walk.stopping.is_set():
                break
            sql = None if statement is None else statement.sql
            if progress is not None:
                progress(number, len(points), f"{kind}, {_where(after)}")
            failures.append(trial.fail(kind, after, sql))
        walk.restore(origin)
        whole, _ = walk.run(direction, revision, before)
    return Faults(whole, tuple(failures))


@dataclass(frozen=True)
class _Outcome:
    """Whether the step runs upon a state, and what repairs it; whether the way back does."""

    runs_again: bool = True
    error: str | None = None
    repair: tuple[str, ...] | None = None
    goes_back: bool | None = None
    back_error: str | None = None


@dataclass
class _Trial:
    """One step that is made to fail again and again, from the same start.

    What was found out for a state holds for each failure that leaves the same one; from the start
    itself the step is known to run. The scratch database is restored only when it must be.
    """

    walk: Walk
    direction: Direction
    revision: Revision
    before: State
    end: State
    origin: ScratchDatabase
    statements: Sequence[Statement]
    known: list[tuple[State, _Outcome]] = field(default_factory=list)
    is_at_start: bool = False

    def fail(self, kind: Kind, after: Place, statement: str | None) -> Failure:
        walk = self.walk
        if not self.is_at_start:
            walk.restore(self.origin)
        running = Running(transactions="project", fault=Fault(after, kind))
        step, state = walk.run(self.direction, self.revision, self.before, running)
        if state is None:
            self.is_at_start = False
            note = "; ".join(step.notes) or "the database could not be read any more"
            return Failure(
                kind, after, statement, None, Differences(), (), (), False, note, None, note
            )
        self.is_at_start = _is_same(state, self.before)
        left = compare(self.before.catalog, state.catalog)
        data = None if self.is_at_start else walk.judge(self.before, state, self.origin)
        lost = () if data is None or state.stamp == self.end.stamp else data.lost
        leftovers = tuple(
            item.name
            for item in left
            if item.change == "added" and item.name.startswith(BATCH_COPY)
        )
        if not step.failed:
            # Project code caught what was raised: there is no failure to go on from.
            return Failure(
                kind, after, statement, state.stamp, left, leftovers, lost, True, None, None,
                "Nothing: its own code caught the error and went on.",
            )  # fmt: skip
        found = self._outcome(state, after)
        advice = self._advice(state, found.runs_again, found.repair)
        return Failure(
            kind, after, statement, state.stamp, left, leftovers, lost, found.runs_again,
            found.error, found.repair, advice, self._lies(state), found.goes_back, found.back_error,
        )  # fmt: skip

    def _lies(self, state: State) -> bool:
        """Whether the stamp says what is not so."""
        goal = self.end if state.stamp == self.end.stamp else self.before
        return state.stamp == goal.stamp and bool(compare(goal.catalog, state.catalog))

    def _outcome(self, state: State, after: Place) -> _Outcome:
        if self.is_at_start:
            return _Outcome()
        for other, outcome in self.known:
            if _is_same(state, other):
                return outcome
        with self.walk.remembered() as broken:
            runs_again, error = self._run_again(state)
            find = self._finish if self.walk.scratch.kind == "mariadb" else self._repair
            repair = None if runs_again else find(broken, after)
            back: tuple[bool | None, str | None] = None, None
            if self.walk.scratch.kind == "mariadb":
                back = self._go_back(state, broken)
        outcome = _Outcome(runs_again, error, repair, *back)
        self.known.append((state, outcome))
        return outcome

    def _run_again(self, state: State) -> tuple[bool, str | None]:
        """Run the step upon what is left; it must end as one undisturbed does."""
        if state.stamp == self.end.stamp:
            unlike = compare(self.end.catalog, state.catalog)
            return not unlike, "It is stamped as done, and is not." if unlike else None
        step, end = self.walk.run(
            self.direction, self.revision, state, Running(transactions="project")
        )
        if step.failed or end is None:
            return False, step.error or "the database could not be read any more"
        unlike = compare(self.end.catalog, end.catalog)
        if unlike:
            return False, f"It ran, but {unlike[0].describe()} unlike an undisturbed run."
        return True, None

    def _go_back(self, state: State, broken: ScratchDatabase) -> tuple[bool, str | None]:
        """Run the way back upon what is left, as one would who takes the step for done."""
        walk = self.walk
        walk.restore(broken)
        try:
            if state.stamp != self.end.stamp:
                walk.stamp(self.direction, self.revision.id)
        except (ProjectCodeError, WorkerError) as error:
            return False, str(error)
        other: Direction = "down" if self.direction == "up" else "up"
        step, found = walk.run(other, self.revision, state, Running(transactions="project"))
        if step.failed or found is None:
            return False, step.error or "the database could not be read any more"
        if unlike := compare(self.before.catalog, found.catalog):
            return False, f"It ran, but {unlike[0].describe()} unlike before."
        data = walk.judge(self.before, found, self.origin)
        if data is not None and data.verdict != "unchanged":
            return False, "It ran, but the data is not what it was before."
        return True, None

    def _finish(self, broken: ScratchDatabase, after: Place) -> tuple[str, ...] | None:
        """SQL that does the rest of the step and stamps it, where no transaction takes DDL back.

        Proved by running it: schema, stamp and every value must be as after an undisturbed run.
        """
        walk = self.walk
        rest = _rest(self.statements, after)
        if rest is None:
            return None
        walk.restore(broken)
        table = quoted(walk.project.settings().version_table)
        old, new = set(walk.current), set(self.end.stamp)
        values = f"INSERT INTO {table} (version_num) VALUES"
        rest += [f"DELETE FROM {table} WHERE version_num = {_text(n)}" for n in sorted(old - new)]  # noqa: S608
        rest += [f"{values} ({_text(name)})" for name in sorted(new - old)]
        if run(walk.scratch, [ddl.Statement(sql) for sql in rest]) is not None:
            return None
        return tuple(rest) if _is_same(walk.state(), self.end) else None

    def _repair(self, broken: ScratchDatabase, _after: Place) -> tuple[str, ...] | None:
        """SQL that brings back what was before, if it does, and the step runs then.

        Proved by running it: nothing of the schema may differ, no value, and the step must end as
        one undisturbed does. What is stamped as done is brought to its end instead.
        """
        walk = self.walk
        walk.restore(broken)
        goal = self.end if walk.current == self.end.stamp else self.before
        statements = self._finished_moves()
        if run(walk.scratch, statements) is not None:
            return None
        found = walk.state()
        left = compare(goal.catalog, found.catalog)
        try:
            more, not_expressed = ddl.migrate(found.catalog, goal.catalog, left)
        except WorkbenchError:
            return None
        if not_expressed or run(walk.scratch, more) is not None:
            return None
        mended = walk.state()
        if compare(goal.catalog, mended.catalog) or mended.stamp != goal.stamp:
            return None
        data = walk.judge(self.before, mended, self.origin)
        if goal is self.before and data is not None and data.verdict != "unchanged":
            return None
        if goal is self.before and not self._run_again(mended)[0]:
            return None
        return tuple(each.sql for each in [*statements, *more])

    def _finished_moves(self) -> list[ddl.Statement]:
        """A batch copy whose table is gone already holds that table's rows: give it the name."""
        tables = {item.name for item in self.walk.state().catalog.of_kind("table")}
        quote = sqlite.dialect().identifier_preparer.quote
        names = sorted(name for name in tables if name.startswith(BATCH_COPY))
        return [
            ddl.Statement(f"ALTER TABLE {quote(name)} RENAME TO {quote(original)}")
            for name in names
            if (original := name.removeprefix(BATCH_COPY)) not in tables
        ]

    def _advice(self, state: State, runs_again: bool, repair: tuple[str, ...] | None) -> str:
        if runs_again and state.stamp == self.end.stamp:
            return "It was done already: nothing is left to do."
        if runs_again:
            return "Run it again."
        if repair is not None and self.walk.scratch.kind == "mariadb":
            return "Run the repair: it does the rest of the step, and stamps it."
        if repair is not None:
            return "Run the repair, then run it again."
        return "Bring the database back from its backup: no repair was found."


#: Where a driver is to put a value.
_MARK = re.compile(r"%\(|%s")


def _rest(statements: Sequence[Statement], after: Place) -> list[str] | None:
    """The SQL of what had not run yet; None where a statement's values are not in its text."""
    if isinstance(after, str):
        return []
    found, count = [], 0
    for each in statements:
        count += each.executions
        if count <= after:
            continue
        # Only MariaDB's come here: both of its drivers have each sign of the text's own twice.
        parts = each.sql.split("%%")
        if each.executions > 1 or each.parameters or any(map(_MARK.search, parts)):
            return None
        found.append("%".join(parts))
    return found


def _text(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def _is_same(state: State, other: State) -> bool:
    """Whether nothing differs that was read: stamp, schema, and every value's figures."""
    pair = state.ledger, other.ledger
    return (
        state.stamp == other.stamp and state.catalog == other.catalog
        and None not in pair and pair[0] == pair[1]
    )  # fmt: skip


def _where(after: Place) -> str:
    words = {0: "before the first statement", "revision": "before the stamp"}
    words["stamp"] = "before the commit"
    return words.get(after, f"after statement {after}")
