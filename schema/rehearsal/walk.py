"""A scratch database and the worker that walks it: the ground that every rehearsal stands on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from schema.catalog import read_catalog
from schema.catalog.identities import read_identities
from schema.compare import Differences
from schema.database import open_read_only
from schema.errors import ProjectCodeError, WorkbenchError, WorkerError
from schema.history import History, Revision, read_history, stamps_in
from schema.project import Project
from schema.rehearsal.ledger import count_rows
from schema.rehearsal.options import Options
from schema.rehearsal.recovery import recover
from schema.rehearsal.steps import Direction, State, Statement, Step
from schema.scratch import ScratchDatabase

__all__ = ["Event", "Walk"]

Event = dict[str, Any]


class Walk:
    """One scratch database, and what runs and reads it. Knows no plan; one thread at a time.

    ``on_event``, when set, is called with what happens, in the thread that runs the step. ``stop``
    may be called from any thread.
    """

    def __init__(self, project: Project, scratch: ScratchDatabase, options: Options) -> None:
        self.project = project
        self.scratch = scratch
        self.options = options
        self.on_event: Callable[[Event], None] | None = None
        self.stopping = threading.Event()
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

    def state(self) -> State:
        """Read the scratch database: stamps, catalog, data as closely as the options say.

        Raises DatabaseError.
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
            rows = {} if self.options.ledger == "off" else count_rows(connection, catalog)
            return State(stamp, catalog, rows, read_identities(connection))

    # -- one step ----------------------------------------------------------------------------

    def step(
        self,
        direction: Direction,
        revision: Revision,
        before: State,
    ) -> tuple[Step, State | None]:
        """Run one revision, and read the database again, whatever came of it.

        The state is None when the database could not be read any more.
        """
        seen: list[Statement] = []
        notes: list[str] = []
        failure: WorkbenchError | None = None
        result: dict[str, Any] = {}
        started = time.perf_counter()
        try:
            result = self._worker.step(
                self.scratch, direction, revision.id, lambda event: self._take(event, seen)
            )
        except (ProjectCodeError, WorkerError) as error:
            failure = error
        seconds = result.get("seconds", time.perf_counter() - started)
        after = self._state_after(failure, notes)
        if result.get("statements_left_out"):
            notes.append(f"{result['statements_left_out']} more statements were not kept.")
        step = Step(
            revision=revision.id,
            message=revision.message,
            direction=direction,
            seconds=seconds,
            statements=tuple(map(Statement.from_event, result["statements"]))
            if result
            else (*seen,),
            differences=after.differences_from(before) if after else Differences(),
            rows_before=before.rows,
            rows_after=after.rows if after else {},
            stamp_before=before.stamp,
            stamp_after=after.stamp if after else None,
            error=self._explained(failure),
            details=dict(failure.details) if failure else {},
            notes=tuple(notes),
        )
        return step, after

    def _state_after(self, failure: WorkbenchError | None, notes: list[str]) -> State | None:
        try:
            if failure is not None:
                recover(self.scratch)
            return self.state()
        except WorkbenchError as error:
            notes.append(f"The state after the step could not be read: {error}")
            return None

    def _explained(self, failure: WorkbenchError | None) -> str | None:
        if failure is None:
            return None
        stopped = isinstance(failure, WorkerError) and self.stopping.is_set()
        return "Stopped before it was done." if stopped else str(failure)

    def _take(self, event: Event, seen: list[Statement]) -> None:
        if event.get("event") == "statement":
            seen.append(Statement.from_event(event))
        self.tell(event)

    def tell(self, event: Event) -> None:
        """Pass an event on to whoever listens."""
        if self.on_event is not None:
            self.on_event(event)

    # -- ending ------------------------------------------------------------------------------

    def kill(self) -> None:
        """End the worker's process, with whatever it is doing."""
        self._worker.kill()
