"""A scratch database and the worker that walks it: the ground that every rehearsal stands on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from threading import Event as Flag
from typing import Any

from schema import scratch as scratches
from schema.catalog import read_catalog
from schema.catalog.identities import read_identities
from schema.compare import Differences
from schema.database import open_read_only
from schema.errors import (
    DatabaseError,
    ProjectCodeError,
    ScratchError,
    WorkbenchError,
    WorkerError,
)
from schema.history import History, Revision, read_history, stamps_in
from schema.project import Project
from schema.rehearsal.ledger import DataVerdict, Lookup, judge, read_ledger
from schema.rehearsal.observing import locks_of, notices_of, rewrites_of, sizes_of
from schema.rehearsal.options import AS_USUAL, Options, Running
from schema.rehearsal.recovery import recover
from schema.rehearsal.relations import Relations, read_relations
from schema.rehearsal.steps import Direction, State, Statement, Step
from schema.rehearsal.watching import watch_waits
from schema.scratch import ScratchDatabase
from schema.worker.parent import Fault, Observe, Transactions

__all__ = ["Event", "Walk"]

Event = dict[str, Any]


class Walk:
    """One scratch database, and what runs and reads it. Knows no plan; one thread at a time.

    ``on_event``, when set, is called with what happens: in the thread that runs the step, but for
    ``"waiting"`` and ``"waited"``, which come from a thread that watches. ``stopping`` is set when
    a person wants it to end.
    """

    def __init__(self, project: Project, scratch: ScratchDatabase, options: Options) -> None:
        self.project = project
        self.scratch = scratch
        self.options = options
        self.on_event: Callable[[Event], None] | None = None
        self.stopping = Flag()
        self._worker = project.start_worker()

    @property
    def history(self) -> History:
        """The project's revisions, as their files are now."""
        return read_history(self.project)

    @property
    def current(self) -> tuple[str, ...]:
        """The stamps of the scratch database now; ``()`` when it has none."""
        settings = self.project.settings()
        with open_read_only(self.scratch.url) as connection:
            return stamps_in(connection, settings.version_table, settings.version_table_schema)

    def state(self, cancelled: Callable[[], bool] | None = None) -> State:
        """Read the scratch database: stamps, catalog, data as closely as the options say.

        Raises DatabaseError, also when ``cancelled`` said so.
        """
        settings = self.project.settings()
        table, schema_name = settings.version_table, settings.version_table_schema
        with open_read_only(self.scratch.url) as connection:
            if connection.dialect.name == "postgresql":
                # Our own copy: counting may take as long as it takes.
                connection.exec_driver_sql("SET statement_timeout = 0")
            # The stamp first: reading a catalog empties PostgreSQL's search path.
            stamp = stamps_in(connection, table, schema_name)
            catalog = read_catalog(connection).without_table(table, schema_name)
            identities = read_identities(connection)
            relations = read_relations(connection)
            ledger = None
            if self.options.ledger != "off":
                ledger = read_ledger(
                    connection,
                    catalog,
                    level=self.options.ledger,
                    examples=self.options.examples,
                    cancelled=cancelled,
                )
            return State(stamp, catalog, ledger, relations, identities)

    def relations(self) -> Relations:
        """The scratch database's relations and counters as they are now. Raises DatabaseError."""
        with open_read_only(self.scratch.url) as connection:
            return read_relations(connection)

    # -- one step ----------------------------------------------------------------------------

    def run(
        self,
        direction: Direction,
        revision: Revision,
        before: State,
        running: Running = AS_USUAL,
    ) -> tuple[Step, State | None]:
        """Run one revision, and read the database again, whatever came of it.

        The state is None when the database could not be read any more. What became of the data is
        not judged here.
        """
        seen = _Seen(self.tell)
        notes: list[str] = []
        failure: WorkbenchError | None = None
        result: dict[str, Any] = {}
        started = time.perf_counter()
        with watch_waits(self.scratch.url, lambda: seen.pids, self.tell) as waits:
            try:
                result = self.attempt(
                    direction,
                    revision.id,
                    running.session,
                    seen.take,
                    transactions=running.transactions,
                    fault=running.fault,
                )
            except (ProjectCodeError, WorkerError) as error:
                failure = error
        told = result or seen.observed
        after = self._state_after(failure, notes)
        if told.get("statements_left_out"):
            notes.append(f"{told['statements_left_out']} more statements were not kept.")
        notes += told.get("notes", ())
        statements = tuple(map(Statement.from_event, result.get("statements") or seen.statements))
        notes += _costs(statements)
        earlier, later = before.relations, after.relations if after else None
        step = Step(
            revision=revision.id,
            message=revision.message,
            direction=direction,
            seconds=told.get("seconds", time.perf_counter() - started),
            statements=statements,
            differences=after.differences_from(before) if after else Differences(),
            rows_before=before.rows,
            rows_after=after.rows if after else {},
            stamp_before=before.stamp,
            stamp_after=after.stamp if after else None,
            error=self._explained(failure, is_lost=after is None),
            details=dict(failure.details) if failure else {},
            notes=tuple(notes),
            locks=tuple(
                lock
                for lock in locks_of(told, earlier, later)
                # MariaDB's are of a session, which has read the stamp before the revision began.
                if not (lock.is_sampled and lock.relation == self.project.settings().version_table)
            ),
            rewrites=rewrites_of(told, statements, earlier, later),
            sizes=sizes_of(earlier, later),
            waits=tuple(waits),
            notices=notices_of(told),
            wal_bytes=told.get("wal_bytes"),
            temp_bytes=_temporary(before, after),
            python_seconds=told.get("python_seconds"),
        )
        return step, after

    def attempt(
        self,
        direction: Direction,
        revision_id: str,
        session: Mapping[str, str],
        take: Callable[[Event], None],
        *,
        transactions: Transactions = "real",
        fault: Fault | None = None,
        observe: Observe = "everything",
    ) -> dict[str, Any]:
        """Have the worker run one revision, and nothing more; ``take`` gets all that it tells.

        ``session`` holds settings of a PostgreSQL session. Raises ProjectCodeError and WorkerError.
        """
        return self._worker.step(
            self.scratch,
            direction,
            revision_id,
            take,
            observe=observe,
            fault=fault,
            transactions=transactions,
            session=session,
            hide_parameters=self.options.hide_parameters,
        )

    def stamp(self, direction: Direction, revision_id: str) -> None:
        """Have the database stamped as if the revision had been run, and nothing else done.

        Raises ProjectCodeError and WorkerError.
        """
        self._worker.step(self.scratch, direction, revision_id, pretend=True)

    def _state_after(self, failure: WorkbenchError | None, notes: list[str]) -> State | None:
        try:
            if failure is not None:
                recover(self.scratch)
                return self.state()  # also after a stop: what is left wants to be seen
            return self.state(self.stopping.is_set)
        except WorkbenchError as error:
            notes.append(f"The state after the step could not be read: {error}")
            return None

    def _explained(self, failure: WorkbenchError | None, *, is_lost: bool) -> str | None:
        if failure is None:
            # Nothing can be said of what it did, unless a person did not want to know.
            lost = is_lost and not self.stopping.is_set()
            return "It ran, but the database could not be read afterwards." if lost else None
        stopped = isinstance(failure, WorkerError) and self.stopping.is_set()
        return "Stopped before it was done." if stopped else str(failure)

    def tell(self, event: Event) -> None:
        """Pass an event on to whoever listens."""
        if self.on_event is not None:
            self.on_event(event)

    # -- the data ----------------------------------------------------------------------------

    def judge(
        self,
        before: State,
        after: State,
        origin: ScratchDatabase | None,
        statements: Sequence[Statement] = (),
    ) -> DataVerdict | None:
        """What became of the data between two states; None when the options leave it unread.

        ``origin`` is the database as it was before, in which lost values are looked up; without it
        the figures of the ledger speak alone. ``statements`` are those that ran between.
        """
        if before.ledger is None or after.ledger is None:
            return None
        lookup = None
        if origin is not None:
            catalogs = before.catalog, after.catalog
            lookup = Lookup(origin.url, self.scratch.url, *catalogs)
        differences = after.differences_from(before)
        examples = self.options.examples
        return judge(
            before.ledger,
            after.ledger,
            differences,
            lookup=lookup,
            examples=examples,
            statements=statements,
        )

    # -- going back --------------------------------------------------------------------------

    @contextmanager
    def remembered(self) -> Iterator[ScratchDatabase]:
        """Within this block, the scratch database as it is now can be returned to.

        Raises ScratchError when there is no room for a copy of it.
        """
        kept = scratches.checkpoint(self.scratch, cancelled=self.stopping.is_set)
        try:
            yield kept
        finally:
            _forget(kept)

    @contextmanager
    def remembered_if_possible(self) -> Iterator[ScratchDatabase | None]:
        """The same, but None where it cannot be kept: there is no room, or the data is not read."""
        kept = None
        if self.options.ledger == "full" or self.options.stall_probes:
            with suppress(ScratchError):
                kept = scratches.checkpoint(self.scratch, cancelled=self.stopping.is_set)
        try:
            yield kept
        finally:
            if kept is not None:
                _forget(kept)

    def restore(self, kept: ScratchDatabase) -> None:
        """Make the scratch database what it was when ``kept`` was. Raises ScratchError."""
        self.scratch = scratches.restore(self.scratch, kept)

    def return_to(self, kept: ScratchDatabase, wanted: State, found: State | None) -> None:
        """Restore it unless it is still as wanted, as after a step that was rolled back."""
        if found is None or (found.stamp, found.catalog) != (wanted.stamp, wanted.catalog):
            self.restore(kept)

    # -- ending ------------------------------------------------------------------------------

    def cancel(self) -> None:
        """Have the statement that runs end, and the step with it. Thread-safe."""
        self._worker.cancel()

    def kill(self) -> None:
        """End the worker's process, with whatever it is doing. Thread-safe."""
        self._worker.kill()


def _forget(kept: ScratchDatabase) -> None:
    """Drop a checkpoint; what cannot be dropped now goes with its database, whatever comes of it.

    A server that is gone has failed the step: that is to be told, and not this.
    """
    with suppress(DatabaseError, ScratchError):
        kept.drop()


class _Seen:
    """What a step told while it ran: all that there is of one that fails."""

    def __init__(self, tell: Callable[[Event], None]) -> None:
        self.statements: list[Event] = []
        self.observed: Event = {}
        self.pids: set[int] = set()
        self._tell = tell

    def take(self, event: Event) -> None:
        kind = event.get("event")
        if kind == "statement":
            self.statements.append(event)
        elif kind == "session":
            self.pids.add(event["pid"])
        elif kind == "observed":
            self.observed = event
            return
        self._tell(event)


def _costs(statements: Sequence[Statement]) -> Iterator[str]:
    """How MariaDB alters tables, where that takes long or others wait for it."""
    for number, each in enumerate(statements, start=1):
        if each.cost is not None and (each.algorithm in {"INPLACE", "COPY"} or each.lock != "NONE"):
            why = f" {each.refused.rstrip('.')}." if each.refused else ""
            yield f"Statement {number} is done by {each.cost}.{why}"


def _temporary(before: State, after: State | None) -> int | None:
    """Bytes that went to temporary files meanwhile; None where that is not counted."""
    then = before.relations.temp_bytes if before.relations else None
    now = after.relations.temp_bytes if after and after.relations else None
    return None if then is None or now is None else max(0, now - then)
