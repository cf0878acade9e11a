"""Who is told what is waited for, where that is nobody's own task: env.py, which may take long.

A command or a widget says once whom to tell; the layers between need not hand that on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from schema.wording import printable

__all__ = ["listening", "told"]

#: Seconds between two lines that are told: what prints much must not keep its listener busy.
PAUSE = 0.2
MOST_CHARACTERS = 100

_listener: ContextVar[Callable[[str], None] | None] = ContextVar("schema_waiting", default=None)


@contextmanager
def listening(listener: Callable[[str], None]) -> Iterator[None]:
    """Within this block of this thread, ``listener`` is told what is waited for; "" at its end."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


@contextmanager
def told(doing: str) -> Iterator[Callable[[dict[str, Any]], None]]:
    """Within this block, ``doing`` is waited for. Gives what is to hear a worker's events.

    What the project's code prints meanwhile is told too, the last line of it.
    """
    listener = _listener.get()
    if listener is None:
        yield _ignore
        return

    spoken = 0.0

    def hear(event: dict[str, Any]) -> None:
        nonlocal spoken
        now = time.monotonic()
        if event["event"] != "log" or now - spoken < PAUSE:
            return
        lines = str(event["text"]).strip().splitlines()
        if lines:
            spoken = now
            listener(f"{doing}: {printable(lines[-1])[:MOST_CHARACTERS]}")

    listener(doing)
    try:
        yield hear
    finally:
        listener("")


def _ignore(_event: dict[str, Any]) -> None:
    """Take what nobody listens to."""
