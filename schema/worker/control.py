"""The kernel's wish to end the running step: heard by one thread, obeyed by the step's own."""

from __future__ import annotations

import contextlib
import threading
from typing import Callable, Iterator, Optional

#: Seconds between two attempts to interrupt: a statement may be only about to begin.
PAUSE = 0.1


class Stopped(BaseException):
    """Raised where project code is about to use the database after the step was stopped.

    No Exception: a revision that goes on after errors must not take this for one of them.
    """


class Control:
    """Hears in any thread that a request is to end, and ends it while it runs.

    ``is_stopping`` says that the running one is to end; an attribute, as each statement asks.
    """

    def __init__(self) -> None:
        self.is_stopping = False
        self._lock = threading.Lock()
        self._asked = 0
        self._number = 0
        self._interrupt: Optional[Callable[[], None]] = None
        self._ended = threading.Event()
        self._thread: Optional[threading.Thread] = None

    def check(self) -> None:
        """Raise Stopped when the running request is to end."""
        if self.is_stopping:
            raise Stopped("The step was stopped.")

    def ask(self, number: int) -> None:
        """Request ``number`` is to end, also when it has not begun yet; another one goes on."""
        with self._lock:
            self._asked = number
            self._start_interrupting()

    @contextlib.contextmanager
    def running(self, number: int, interrupt: Callable[[], None]) -> Iterator[None]:
        """Within it, a stop calls ``interrupt`` in another thread, again and again."""
        with self._lock:
            self._number, self._interrupt = number, interrupt
            self._ended = threading.Event()
            self._start_interrupting()
        try:
            yield
        finally:
            self._ended.set()
            thread = self._thread
            if thread is not None:
                thread.join(5)
            with self._lock:
                self._number, self._interrupt, self._thread = 0, None, None
                self.is_stopping = False

    def _start_interrupting(self) -> None:
        self.is_stopping = self._number != 0 and self._asked == self._number
        if self.is_stopping and self._thread is None and self._interrupt is not None:
            arguments = (self._interrupt, self._ended)
            self._thread = threading.Thread(target=_keep_on, args=arguments, daemon=True)
            self._thread.start()


def _keep_on(interrupt: Callable[[], None], ended: threading.Event) -> None:
    while not ended.is_set():
        with contextlib.suppress(Exception):  # the server may be gone; the kernel kills us then
            interrupt()
        ended.wait(PAUSE)


#: A worker answers one request at a time.
CONTROL = Control()
