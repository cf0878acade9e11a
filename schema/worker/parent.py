"""The kernel's side of the worker: ask it, follow it, kill it."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from sqlalchemy.engine import URL

from schema.errors import ProjectCodeError, RevisionError, WorkerError
from schema.worker.process import Event, Launch, Process, ignore
from schema.worker.urls import parts_of

__all__ = ["Fault", "Launch", "Observe", "Scratch", "Transactions", "Worker"]

#: ``"statements"``: what SQL ran. ``"everything"``: also locks, rewrites and the server's log,
#: which takes a second connection.
Observe = Literal["statements", "everything"]

#: ``"real"``: on SQLite, DDL is part of a transaction and a step is applied wholly or not at all.
#: ``"project"``: there, transactions are what the project's own engine and env.py make of them, so
#: that a failure leaves what it would leave in production. The same thing on PostgreSQL.
Transactions = Literal["real", "project"]


@dataclass(frozen=True, slots=True)
class Fault:
    """Where a step is to be hit on purpose, and how.

    ``after``: a number of executions of the revision's own statements, 0 meaning before the first;
    ``"revision"``: when its code is done, before its stamp; ``"stamp"``: after the stamp, before
    the end of the transaction. One execution with many sets of parameters counts as one. A number
    greater than those that the step has never comes to pass.

    ``kind``: ``"error"`` is an error of the database to the revision's code; ``"connection"`` ends
    the session in the server; ``"process"`` kills the worker. On SQLite, which has no server, a
    connection is lost with its process only: the two are the same.
    """

    after: int | Literal["revision", "stamp"]
    kind: Literal["error", "connection", "process"] = "error"


class Scratch(Protocol):
    """What a worker needs to know of a scratch database."""

    @property
    def url(self) -> URL: ...

    def guard(self) -> Mapping[str, str]: ...


class Worker:
    """A project's worker process: started when first needed, and again when the project changed.

    One request runs at a time; a second thread waits. ``cancel`` and ``kill`` may be called from
    any thread.
    """

    def __init__(self, launch: Launch) -> None:
        self._launch = launch
        self._process: Process | None = None
        self._finalizer: Callable[[], Any] | None = None
        self._one_at_a_time = threading.Lock()
        self._running = False
        self._stopped = False
        self._runs_once = False
        self._cancelled = threading.Event()
        #: What the last request printed, standard output and error together; the end of it.
        self.output = ""

    @property
    def pid(self) -> int | None:
        """The process id, which is also its group's; None while there is no process."""
        process = self._process
        return process.pid if process is not None and process.is_alive else None

    @property
    def files(self) -> frozenset[Path]:
        """The files of the project that the process has read so far."""
        process = self._process
        return frozenset() if process is None else frozenset(process.loaded)

    def step(
        self,
        scratch: Scratch,
        direction: str,
        revision_id: str | Sequence[str],
        on_event: Callable[[Event], None] | None = None,
        *,
        observe: Observe = "statements",
        fault: Fault | None = None,
        transactions: Transactions = "real",
        session: Mapping[str, str] | None = None,
        hide_parameters: bool = False,
        pretend: bool = False,
        continues: bool = False,
    ) -> dict[str, Any]:
        """Run one revision ``"up"`` or ``"down"`` on a scratch database.

        Several, in the order in which they are to run, are run as one ``alembic upgrade`` does: in
        one transaction, if env.py has it so. What is told is of all of them together then.

        ``session`` holds PostgreSQL's settings for the migration's session (``lock_timeout`` …),
        which env.py may override. ``hide_parameters`` keeps the values of statements out of all
        that is told. ``pretend`` leaves out what the revision does: the database gets its stamp
        alone. ``continues``: as if one run of Alembic had made all that is in the database, also
        where that was another worker (see schema.worker.memos).

        The result holds ``seconds`` (without our own looking, which is ``overhead_seconds``),
        ``python_seconds`` of them outside of SQL, ``statements`` (a list of ``sql, seconds, rows,
        executions, parameters, started, wal_bytes``), ``statements_left_out`` (how many more there
        were), ``executions`` (how often the database was asked), ``notices`` (a list of
        ``severity, message``), ``pid`` (the server process) and ``heads``, the stamp after it.
        With ``observe="everything"`` also ``locks`` (a list of ``oid, kind, relation, mode,
        statement, seconds, is_new``), ``rewrites`` (``oid, statement, how``), ``wal_bytes`` and
        ``notes``, which say what could not be observed.

        ``on_event`` is called in this thread with ``{"event": "statement", …}``, ``{"event": "log",
        "text"}``, ``{"event": "session", "pid"}`` for each connection to a server, ``{"event":
        "began", "at"}`` when the revision's own code begins (``time.time``), ``{"event": "fault",
        "after", "kind"}``, and at the end, also of a step that fails, ``{"event": "observed", …}``
        with all of the result but statements and heads.

        Raises ProjectCodeError, RevisionError, NotScratchError, WorkerError.
        """
        revisions = [revision_id] if isinstance(revision_id, str) else list(revision_id)
        told: dict[str, Any] = {"direction": direction, "revisions": revisions}
        told["scratch"] = describe(scratch)
        told["observe"] = observe == "everything"
        told["fault"] = None if fault is None else asdict(fault)
        told.update(transactions=transactions, session=dict(session or {}))
        told.update(hide_parameters=hide_parameters, pretend=pretend, continues=continues)
        result: dict[str, Any] = self.request("step", on_event=on_event, **told)
        return result

    def request(
        self,
        call: str,
        *,
        on_event: Callable[[Event], None] | None = None,
        timeout: float | None = None,
        **values: Any,
    ) -> Any:
        """Send one request and wait for its result, ``timeout`` in seconds (None: for ever)."""
        with self._one_at_a_time:
            self._running, self._stopped = True, False
            self._cancelled.clear()
            try:
                return self._answer({"call": call, **values}, on_event or ignore, timeout)
            except BaseException as error:
                self._end_after(error)
                if self._stopped:
                    raise WorkerError("The worker was stopped.") from None
                raise
            finally:
                self._running = False
                if self._process is not None:
                    self.output = self._process.output()

    def cancel(self) -> None:
        """Ask a running step to end: its statement is cancelled in the database, and no other runs.

        The step rolls back and raises WorkerError, unless it was done already. Code that does not
        use the database is not interrupted: ``kill`` ends that.
        """
        self._cancelled.set()
        process = self._process
        if self._running and process is not None:
            process.cancel()

    def kill(self) -> None:
        """Kill the process and all that it started. A running request raises WorkerError."""
        self._stopped = self._running
        process = self._process
        if process is not None:
            process.kill()

    close = kill

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _answer(
        self, message: dict[str, Any], on_event: Callable[[Event], None], timeout: float | None
    ) -> Any:
        """The result; by another process where env.py cannot be run twice in one."""
        process = self._fresh_process()
        asked = self._cancelled.is_set
        try:
            return process.request(message, on_event, timeout, asked)
        except ProjectCodeError:
            if not process.is_worn or self._stopped:
                raise
        self._runs_once = True
        return self._fresh_process().request(message, on_event, timeout, asked)

    def _fresh_process(self) -> Process:
        process = self._process
        is_worn = process is not None and self._runs_once and process.is_used
        if process is not None and process.is_alive and not is_worn and not process.is_stale():
            return process
        if self._finalizer is not None:
            self._finalizer()
        self._process = None
        process = Process(self._launch)
        # A worker that is forgotten, or the end of this program, ends the process too.
        self._finalizer = weakref.finalize(self, process.kill)
        self._process = process
        if not self._stopped:
            process.open()
        return process

    def _end_after(self, error: BaseException) -> None:
        """Project code that raised may have left half an import behind: start anew next time."""
        if self._process is not None and not isinstance(error, RevisionError):
            self._process.kill()


def describe(scratch: Scratch) -> dict[str, Any]:
    """A scratch database as the worker is told of it; with its password, over the pipe only."""
    guard = scratch.guard()
    url = parts_of(scratch.url)
    shared = guard.get("shared", "")
    return {"url": url, "query": guard["query"], "token": guard["token"], "shared": shared}
