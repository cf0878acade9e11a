"""Stopping work that blocks its own thread, as soon as the person says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from schema.errors import ScratchError
from schema.scratch.model import Cancelled

__all__ = ["STOPPED", "check", "stopping"]

#: What is said of a copy that was stopped.
STOPPED = "The copy was stopped; nothing of it is left."

_INTERVAL = 0.1  # seconds between two questions


def check(cancelled: Cancelled | None) -> None:
    """Raise ScratchError when ``cancelled`` says so."""
    if cancelled is not None and cancelled():
        raise ScratchError(STOPPED)


@contextmanager
def stopping(cancelled: Cancelled | None, stop: Callable[[], None]) -> Iterator[Event]:
    """While the block runs, ask ``cancelled`` again and again; once it says so, call ``stop``.

    Yields an event that is set when the work was stopped.
    """
    stopped, over = Event(), Event()
    if cancelled is None:
        yield stopped
        return

    def ask() -> None:
        while not over.wait(_INTERVAL):
            if cancelled():
                stopped.set()
                stop()
                return

    thread = Thread(target=ask, name="scratch-stop", daemon=True)
    thread.start()
    try:
        yield stopped
    finally:
        over.set()
        thread.join()
