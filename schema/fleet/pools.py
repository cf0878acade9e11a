"""Executors that survive what they run: a call that hangs is given up, and the others go on.

``concurrent.futures`` has executors, too; but a thread of theirs that hangs keeps its place for
ever and the interpreter from ending, and one process that dies takes all of them with it.
"""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from schema.fleet.child import receive, send

__all__ = ["DiedError", "Processes", "Threads"]

T = TypeVar("T")
_Call = tuple["Future[Any]", Callable[..., Any], tuple[Any, ...]]


class DiedError(RuntimeError):
    """The process that ran a call ended, or was ended, before it answered."""


class _Place(threading.Thread):
    """Where one call after another is run. A daemon: it keeps no interpreter from ending."""

    def __init__(self, calls: queue.SimpleQueue[_Call | None]) -> None:
        super().__init__(name="schema-fleet", daemon=True)
        self._calls = calls
        self.future: Future[Any] | None = None
        self.is_given_up = False

    def run(self) -> None:
        while not self.is_given_up and (call := self._calls.get()) is not None:
            future, function, arguments = call
            self.prepare()
            if future.set_running_or_notify_cancel():
                self.future = future
                self._settle(future, function, arguments)
                self.future = None
        self.end()
        self.clear()

    def _settle(
        self, future: Future[Any], function: Callable[..., Any], arguments: tuple[Any, ...]
    ) -> None:
        try:
            result = self.call(function, arguments)
        except BaseException as error:
            with suppress(Exception):  # it was given up meanwhile
                future.set_exception(error)
        else:
            with suppress(Exception):
                future.set_result(result)

    def prepare(self) -> None:
        """Make ready for a call; what this takes is no part of the call's time."""

    def call(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:  # noqa: ANN401
        return function(*arguments)

    def end(self) -> None:
        """End what runs here, as far as that can be done. Called from any thread."""

    def clear(self) -> None:
        """Let go of what this place holds. Called at the end, in its own thread."""


class _ProcessPlace(_Place):
    """Where calls are run in a process, which starts when it is first needed."""

    _child: subprocess.Popen[bytes] | None = None

    def prepare(self) -> None:
        if self._child is not None or self.is_given_up:
            return
        try:
            self._child = _started()
            if self.is_given_up:  # meanwhile
                self.end()
            receive(_stream(self._child.stdout))  # it is ready
        except (EOFError, OSError):
            self.clear()

    def call(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:  # noqa: ANN401
        child = self._child
        if child is None:
            raise DiedError("no process could be started to read it")
        try:
            send(_stream(child.stdin), (function, arguments))
            is_good, answer = receive(_stream(child.stdout))
        except (EOFError, OSError):
            self.clear()
            raise DiedError(_how(child.returncode)) from None
        if not is_good:
            raise answer
        return answer

    def end(self) -> None:
        child = self._child
        if child is not None:
            child.kill()

    def clear(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.wait()
            for stream in (child.stdin, child.stdout):
                with suppress(OSError):
                    _stream(stream).close()


class _Pool(Executor):
    """A fixed number of places, in which calls are run one after another."""

    _kind: ClassVar[type[_Place]] = _Place

    def __init__(self, workers: int) -> None:
        self._calls: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._places: list[_Place] = []
        self._closed = False
        self._max_workers = workers
        for _ in range(workers):
            self._add()

    def _add(self) -> None:
        place = self._kind(self._calls)
        self._places.append(place)
        place.start()

    def submit(self, function: Callable[..., T], /, *arguments: Any, **named: Any) -> Future[T]:  # noqa: ANN401
        """As of every executor; with positional arguments only."""
        if named:
            raise TypeError("Only positional arguments are passed on.")
        if self._closed:
            raise RuntimeError("The pool was shut down.")
        future: Future[T] = Future()
        self._calls.put((future, function, arguments))
        return future

    def abandon(self, future: Future[Any], why: BaseException) -> None:
        """Give up a call: its future fails with ``why``, and another place takes over."""
        with self._lock:
            held = next((place for place in self._places if place.future is future), None)
            if held is not None:
                held.is_given_up = True
                self._places.remove(held)
                self._add()
        if not future.cancel():
            with suppress(Exception):  # it is done after all
                future.set_exception(why)
        if held is not None:
            held.end()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End: what waits is cancelled, and what runs in a process is killed.

        What runs in a thread cannot be, and is not waited for.
        """
        del wait, cancel_futures
        with self._lock:
            self._closed = True
            places, self._places = self._places, []
        with suppress(queue.Empty):
            while call := self._calls.get_nowait():
                call[0].cancel()
        for place in places:
            place.is_given_up = True
            self._calls.put(None)
        for place in places:
            place.end()
        for place in places:
            place.join(timeout=1)


class Threads(_Pool):
    """Calls in threads of this process: at once there, but Python runs them one at a time."""


class Processes(_Pool):
    """Calls in processes of their own, on this interpreter, which find the modules it finds.

    One whose call is abandoned is killed; one that dies takes nothing with it.
    """

    _kind: ClassVar[type[_Place]] = _ProcessPlace


def _started() -> subprocess.Popen[bytes]:
    here = str(Path(__file__).resolve().parents[2])
    # Not the folder that one is in: a project's own schema.py or queue.py is none of ours.
    paths = [here, *(path for path in sys.path if path and path not in {here, str(Path.cwd())})]
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "schema.fleet.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
    )


def _stream(stream: Any) -> Any:  # noqa: ANN401 -- None only without a pipe
    return stream


def _how(code: int | None) -> str:
    ended = "the process that read it"
    if code is None:
        return f"{ended} ended"
    return f"{ended} was killed by signal {-code}" if code < 0 else f"{ended} ended with {code}"
