"""One reader or writer that comes again and again, and notes how long each time took."""

from __future__ import annotations

import statistics
import threading
import time
from array import array
from collections import Counter
from collections.abc import Callable

from schema.rehearsal.stalls.model import Probe, Who

__all__ = ["Answer", "GoneError", "Prober", "pause_between"]

#: Comes once, and returns what went wrong; None when nothing did.
Answer = Callable[[], str | None]

#: Seconds from which on a round is noted as a stall; what is shorter is how databases are.
NOTED = 0.05
#: Seconds between two rounds, and how many rounds a second all probes together make at most: they
#: are to feel the migration, not to be the load that slows it down.
PAUSE, MOST_ROUNDS = 0.01, 400
#: Seconds that a round may go on for after the step, before it is cancelled.
GRACE = 1.0
#: Seconds for which the probes are at work before the step and after it: how it is without, and
#: whether the old code still works.
LEAD, TAIL = 0.1, 0.15
#: So many stalls are noted of each probe.
MOST_STALLS = 1000


class GoneError(Exception):
    """The probe's session has ended."""


def pause_between(probes: int) -> float:
    """Seconds that each of so many probes waits between two of its rounds."""
    return max(PAUSE, probes / MOST_ROUNDS)


class Prober(threading.Thread):
    """Calls ``come`` until ``stop`` is set. ``rounds`` over ``NOTED`` are kept in ``waits``.

    Times are those of ``time.monotonic``.
    """

    def __init__(
        self, who: Who, table: str, come: Answer, cancel: Callable[[], None], pause: float
    ) -> None:
        super().__init__(name=f"schema-{who}", daemon=True)
        self.who = who
        self.table = table
        self.waits: list[tuple[float, float]] = []
        self.ready = threading.Event()
        self._come = come
        self._cancel = cancel
        self._pause = pause
        self._stop_asked = threading.Event()
        self._cancelled = False
        self._rounds = array("d")
        self._failures: Counter[str] = Counter()

    def run(self) -> None:
        """The rounds, one after the other."""
        while not self._stop_asked.is_set():
            started = time.monotonic()
            try:
                said = self._come()
            except GoneError as gone:
                self._failures[str(gone)] += 1
                break
            finally:
                self.ready.set()
            self._note(started, time.monotonic(), said)
            self._stop_asked.wait(self._pause)

    def ask_to_stop(self) -> None:
        """No further round begins."""
        self._stop_asked.set()

    def finish(self, deadline: float) -> None:
        """Wait for its last round until the deadline; then cancel that, and wait for the thread."""
        self.join(max(0.0, deadline - time.monotonic()))
        while self.is_alive():
            self._cancelled = True
            self._cancel()
            self.join(0.2)

    def figures(self) -> Probe:
        """How often it came, and how long that took."""
        return Probe(
            self.who,
            self.table,
            len(self._rounds),
            statistics.median(self._rounds) if self._rounds else None,
            max(self._rounds, default=None),
            tuple(self._failures.most_common(5)),
        )

    def _note(self, started: float, ended: float, said: str | None) -> None:
        """A round that failed after a while has waited as well; how it ended is told besides."""
        self._rounds.append(ended - started)
        if ended - started >= NOTED and len(self.waits) < MOST_STALLS:
            self.waits.append((started, ended))
        if said is not None and not self._cancelled:
            self._failures[said] += 1
