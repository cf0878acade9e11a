"""Work for what somebody looks at: of what is asked for meanwhile, only the newest is done."""

from __future__ import annotations

import threading
from collections.abc import Callable

__all__ = ["Latest"]


class Latest:
    """Runs one piece of work at a time in a thread; while one runs, the last one asked for waits.

    As with Job, the work may only set traits. ``failed`` is called with whatever it raised.
    """

    def __init__(self, failed: Callable[[BaseException], None]) -> None:
        self._failed = failed
        self._lock = threading.Lock()
        self._next: Callable[[], None] | None = None
        self._thread: threading.Thread | None = None

    def ask(self, work: Callable[[], None]) -> None:
        """Have this done next, instead of what else waits. Returns at once."""
        with self._lock:
            self._next = work
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="schema-page", daemon=True)
                self._thread.start()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until nothing is to be done, at most ``timeout`` seconds; whether that is so."""
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout)
        return self._thread is None

    def _run(self) -> None:
        while (work := self._take()) is not None:
            try:
                work()
            except BaseException as error:  # as in Job
                self._failed(error)

    def _take(self) -> Callable[[], None] | None:
        with self._lock:
            work, self._next = self._next, None
            if work is None:
                self._thread = None
            return work
