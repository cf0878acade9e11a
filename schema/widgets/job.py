"""Work behind a widget: one piece at a time, in a thread that does nothing but set traits.

A thread, since nothing else keeps moving on every ipykernel while another cell runs and survives a
reload of the page: a handler of its own blocks the next click, and a task stands still with the
kernel's loop. What the thread must not do is print, display, or use an Output widget: that lands
in whatever cell is running.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

__all__ = ["Job"]


class Job:
    """Runs one piece of work at a time.

    ``failed`` is called with whatever the work raised, ``ended`` after each piece, when the next
    one may already be started; both in the work's own thread.
    """

    def __init__(self, failed: Callable[[BaseException], None], ended: Callable[[], None]) -> None:
        self._failed = failed
        self._ended = ended
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._running = False

    @property
    def is_running(self) -> bool:
        return self._running

    def start(self, work: Callable[[], None]) -> bool:
        """Begin in a new thread, and return at once. False, and nothing begun, when one runs.

        The thread is a daemon: it never keeps a kernel from ending.
        """
        with self._lock:
            if self._running:
                return False
            self._running = True
            self._thread = threading.Thread(
                target=self._run, args=(work,), name="schema-widget", daemon=True
            )
            self._thread.start()
        return True

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the work to end, at most ``timeout`` seconds; whether none runs any more.

        True at once when nobody has started any.
        """
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout)
            return not thread.is_alive()
        return not self._running

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:  # nobody else would see it: not even a SystemExit
            self._failed(error)
        finally:
            self._running = False
            self._ended()
