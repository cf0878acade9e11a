"""Looking often at who waits for whom, and at what the migration holds."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping

from schema.rehearsal.observed import Lock
from schema.rehearsal.stalls.spans import Spans

__all__ = ["Looking"]

#: Seconds between two looks.
EVERY = 0.02
#: Seconds that may lie between two looks at one and the same wait: a busy machine skips some.
GAP = 0.2


class Looking(threading.Thread, ABC):
    """Looks until it is stopped. All sessions of the database that are not ours are the migration.

    ``ours`` says of each of our sessions, by the number that the server knows it by, who it is.
    ``noticed`` is called when the migration is seen behind the long reader, and in the end.

    ``problem`` is why it had to end early; None when it did not. Afterwards, ``behind`` has for
    each of our sessions whom it waited for, ``waits`` for each table whom the migration waited for,
    and ``held`` for each table the migration's strongest lock.
    """

    def __init__(self, ours: Mapping[int, str], noticed: Callable[[], None]) -> None:
        super().__init__(name="schema-monitor", daemon=True)
        self.behind, self.waits, self.held = Spans(GAP), Spans(GAP), Spans(GAP)
        self.problem: str | None = None
        self._ours = ours
        self._noticed = noticed
        self._stop_asked = threading.Event()

    def run(self) -> None:
        """Look, again and again; the session's end is the end of it."""
        try:
            while not self._stop_asked.is_set():
                self._look(time.monotonic())
                self._stop_asked.wait(EVERY)
        except self._driver_errors() as error:
            # PyMySQL has a number before the message.
            self.problem = " ".join(str(error.args[-1] if error.args else error).split())
        finally:
            self._noticed()  # nobody would notice any more, and the reader is not to stay for ever

    def finish(self) -> None:
        """No further look; wait for the thread."""
        self._stop_asked.set()
        self.join()

    @abstractmethod
    def _look(self, now: float) -> None:
        """See what there is to be seen at this moment."""

    @abstractmethod
    def _driver_errors(self) -> tuple[type[Exception]]:
        """What the driver raises when the session has ended, or a look is refused."""

    def _note_held(self, locks: Iterable[tuple[str, str]], now: float) -> None:
        """The strongest of the migration's locks, each a table's label and a mode."""
        strongest: dict[str, Lock] = {}
        for table, mode in locks:
            lock = Lock(table, "table", mode, None, 0.0)
            if table not in strongest or lock.strength > strongest[table].strength:
                strongest[table] = lock
        for lock in strongest.values():
            self.held.see(lock.relation, lock.mode, now)
