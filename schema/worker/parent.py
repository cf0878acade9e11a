"""The kernel's side of the worker: ask it, follow it, kill it."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy.engine import URL

from schema.errors import RevisionError, WorkerError
from schema.worker.process import Event, Launch, Process, ignore

__all__ = ["Launch", "Scratch", "Worker"]


class Scratch(Protocol):
    """What a worker needs to know of a scratch database."""

    @property
    def url(self) -> URL: ...

    def guard(self) -> Mapping[str, str]: ...


class Worker:
    """A project's worker process: started when first needed, and again when the project changed.

    One request runs at a time; a second thread waits. ``kill`` may be called from any thread.
    """

    def __init__(self, launch: Launch) -> None:
        self._launch = launch
        self._process: Process | None = None
        self._finalizer: Callable[[], Any] | None = None
        self._one_at_a_time = threading.Lock()
        self._running = False
        self._stopped = False
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
        revision_id: str,
        on_event: Callable[[Event], None] | None = None,
    ) -> dict[str, Any]:
        """Run one revision ``"up"`` or ``"down"`` on a scratch database.

        The result holds ``seconds``, ``statements`` (a list of ``sql, seconds, rows, executions``),
        ``statements_left_out`` (how many more there were) and ``heads``, the stamp after it.
        ``on_event`` is called in this thread with ``{"event": "statement", …}`` and
        ``{"event": "log", "text"}``. Raises ProjectCodeError, RevisionError, NotScratchError,
        WorkerError.
        """
        told: dict[str, Any] = {"direction": direction, "revision": revision_id}
        told["scratch"] = describe(scratch)
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
            try:
                process = self._fresh_process()
                return process.request({"call": call, **values}, on_event or ignore, timeout)
            except BaseException as error:
                self._end_after(error)
                if self._stopped:
                    raise WorkerError("The worker was stopped.") from None
                raise
            finally:
                self._running = False
                if self._process is not None:
                    self.output = self._process.output()

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

    def _fresh_process(self) -> Process:
        process = self._process
        if process is not None and process.is_alive and not process.is_stale():
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


def describe(scratch: Scratch) -> dict[str, str]:
    """A scratch database as the worker is told of it; with its password, over the pipe only."""
    guard = scratch.guard()
    url = scratch.url.render_as_string(hide_password=False)
    return {"url": url, "query": guard["query"], "token": guard["token"]}
