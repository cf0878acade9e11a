"""What the probes of one run saw, and the reader that holds on for long."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from schema.rehearsal.stalls.model import Held, Probe, Segment, Stall

__all__ = ["LongReader", "Seen"]


@dataclass(frozen=True, slots=True)
class Seen:
    """What the probes saw; times are in seconds since the step began."""

    stalls: tuple[Stall, ...] = ()
    probes: tuple[Probe, ...] = ()
    held: tuple[Held, ...] = ()
    long_reader: Segment | None = None
    notes: tuple[str, ...] = ()


class LongReader(threading.Thread):
    """A transaction that was begun already, and that ends ``hold`` seconds after ``notice``.

    So it keeps whoever stands behind it waiting for just as long, however late they come. ``end``
    is called in this thread.
    """

    def __init__(self, sql: str, hold: float, end: Callable[[], object]) -> None:
        super().__init__(name="schema-long-reader", daemon=True)
        self.started = time.monotonic()
        self.ended: float | None = None
        self.noticed: float | None = None
        self._sql = sql
        self._hold = hold
        self._end = end
        self._behind = threading.Event()
        self._done = threading.Event()

    def run(self) -> None:
        """Wait until somebody is behind, then for the time to hold; the end may come earlier."""
        self._behind.wait()
        self._done.wait(self._hold)
        self.ended = time.monotonic()
        self._end()

    def notice(self) -> None:
        """Somebody stands behind the reader."""
        if self.noticed is None:
            self.noticed = time.monotonic()
            self._behind.set()

    def finish(self) -> None:
        """End the transaction now, if it has not ended."""
        self._done.set()
        self._behind.set()
        self.join()

    def segment(self, began: float) -> Segment:
        """Its transaction on the time axis of a step."""
        ended = time.monotonic() if self.ended is None else self.ended
        return Segment(self._sql, self.started - began, ended - self.started)
