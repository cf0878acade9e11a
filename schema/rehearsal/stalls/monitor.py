"""Who waits for whom in a PostgreSQL database, and what the migration holds: looked at often."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from schema.rehearsal.observed import Lock
from schema.rehearsal.stalls.server import MIGRATION, OTHER, READER
from schema.rehearsal.stalls.spans import Spans

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["EVERY", "GAP", "Monitor"]

#: Seconds between two looks.
EVERY = 0.02
#: Seconds that may lie between two looks at one and the same wait: a busy machine skips some.
GAP = 0.2

#: Source: https://www.postgresql.org/docs/current/functions-info.html, pg_blocking_pids: also those
#: who only stand before one in the queue. It is asked for those alone who wait.
_SESSIONS = """
SELECT pid, CASE WHEN wait_event_type = 'Lock' THEN pg_catalog.pg_blocking_pids(pid) END
FROM pg_catalog.pg_stat_activity
WHERE datname = pg_catalog.current_database() AND pid <> pg_catalog.pg_backend_pid()
  AND backend_type = 'client backend'
"""
_LOCKS = """
SELECT l.pid, l.relation::int8, l.mode, l.granted
FROM pg_catalog.pg_locks l
JOIN pg_catalog.pg_database d ON d.oid = l.database
WHERE d.datname = pg_catalog.current_database()
  AND l.locktype = 'relation' AND l.relation = ANY (%s::oid[]) AND NOT l.pid = ANY (%s)
"""


class Monitor(threading.Thread):
    """Looks until it is stopped. All sessions of the database that are not ours are the migration.

    ``ours`` says of each of our sessions, by process id, who it is; ``tables`` are labels by oid.
    ``noticed`` is called when the migration is seen behind the long reader, and in the end.

    ``problem`` is why it had to end early; None when it did not. Afterwards, ``behind`` has for
    each of our sessions whom it waited for, ``waits`` for each table whom the migration waited for,
    and ``held`` for each table the migration's strongest lock.
    """

    def __init__(
        self,
        connection: Connection[Any],
        ours: Mapping[int, str],
        tables: Mapping[int, str],
        noticed: Callable[[], None],
    ) -> None:
        super().__init__(name="schema-monitor", daemon=True)
        self.behind, self.waits, self.held = Spans(GAP), Spans(GAP), Spans(GAP)
        self.problem: str | None = None
        self._connection = connection
        self._ours = ours
        self._tables = tables
        self._noticed = noticed
        self._stop_asked = threading.Event()

    def run(self) -> None:
        """Look, again and again; the session's end is the end of it."""
        import psycopg

        try:
            while not self._stop_asked.is_set():
                self._look()
                self._stop_asked.wait(EVERY)
        except psycopg.Error as error:
            self.problem = " ".join(str(error).split())
        finally:
            self._noticed()  # nobody would notice any more, and the reader is not to stay for ever

    def finish(self) -> None:
        """No further look; wait for the thread."""
        self._stop_asked.set()
        self.join()

    def _look(self) -> None:
        now = time.monotonic()
        blockers = dict(self._connection.execute(_SESSIONS).fetchall())
        asked = list(self._tables), list(self._ours)
        locks = self._connection.execute(_LOCKS, asked).fetchall()
        self._note_held(locks, now)
        for pid, found in blockers.items():
            if not found:
                continue
            chain = self._chain(found, blockers, {pid})
            if pid in self._ours:
                self.behind.see(pid, chain, now)
            else:
                self._note_migration(pid, chain, locks, now)

    def _note_migration(self, pid: int, chain: str, locks: list[Any], now: float) -> None:
        """What is waited for is no table when it is a row, or another transaction's end."""
        wanted = [self._tables[oid] for who, oid, _, granted in locks if who == pid and not granted]
        held = [self._tables[oid] for who, oid, _, _ in locks if who == pid]
        self.waits.see([*wanted, *held, ""][0], chain, now)
        if READER in chain:
            self._noticed()

    def _note_held(self, locks: list[Any], now: float) -> None:
        strongest: dict[int, Lock] = {}
        for _, oid, mode, granted in locks:
            lock = Lock(self._tables[oid], "table", mode, None, 0.0)
            if granted and (oid not in strongest or lock.strength > strongest[oid].strength):
                strongest[oid] = lock
        for lock in strongest.values():
            self.held.see(lock.relation, lock.mode, now)

    def _chain(self, found: list[int], blockers: Mapping[int, Any], seen: set[int]) -> str:
        """Who stands in the way, and behind whom in turn: ``migration ← long reader``."""
        # A queue in front may hold several: the migration is what the question is about.
        called = {self._called(pid, blockers): pid for pid in found}
        order = (MIGRATION, READER, *sorted(called))
        name = next(each for each in order if each in called)
        pid = called[name]
        further = [each for each in blockers.get(pid) or () if each not in seen]
        if not further or pid in seen:
            return name
        return f"{name} ← {self._chain(further, blockers, seen | {pid})}"

    def _called(self, pid: int, sessions: Mapping[int, Any]) -> str:
        return self._ours.get(pid) or (MIGRATION if pid in sessions else OTHER)
