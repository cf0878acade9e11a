"""Work that a person may stop: asked for in one thread, noticed in the one that does the work."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["PAUSE", "Stopped", "check", "is_stoppable", "stoppable"]

#: Seconds between two looks at whether a stop was asked for.
PAUSE = 0.2

_asked: ContextVar[threading.Event | None] = ContextVar("asked", default=None)


class Stopped(BaseException):
    """The work was stopped, as was asked for.

    No Exception, as asyncio's CancelledError is none: what tells errors apart, and goes on with
    what is left, must not take this for one of them.
    """


@contextmanager
def stoppable(asked: threading.Event) -> Iterator[None]:
    """Within it, and in this thread only, ``check`` raises Stopped once ``asked`` is set."""
    token = _asked.set(asked)
    try:
        yield
    finally:
        _asked.reset(token)


def is_stoppable() -> bool:
    """Whether anybody could ask: then nothing should wait for long without a check."""
    return _asked.get() is not None


def check() -> None:
    """Raise Stopped when that was asked for."""
    asked = _asked.get()
    if asked is not None and asked.is_set():
        raise Stopped
