"""Who waits for whom in a PostgreSQL database, and what the migration holds: looked at often."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from schema.rehearsal.stalls.looking import Looking
from schema.rehearsal.stalls.server import MIGRATION, OTHER, READER

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["Monitor"]

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


class Monitor(Looking):
    """Looks at a PostgreSQL database; ``tables`` are labels by oid."""

    def __init__(
        self,
        connection: Connection[Any],
        ours: Mapping[int, str],
        tables: Mapping[int, str],
        noticed: Callable[[], None],
    ) -> None:
        super().__init__(ours, noticed)
        self._connection = connection
        self._tables = tables

    def _driver_errors(self) -> tuple[type[Exception]]:
        import psycopg

        return (psycopg.Error,)

    def _look(self, now: float) -> None:
        blockers = dict(self._connection.execute(_SESSIONS).fetchall())
        asked = list(self._tables), list(self._ours)
        locks = self._connection.execute(_LOCKS, asked).fetchall()
        held = ((self._tables[oid], mode) for _, oid, mode, granted in locks if granted)
        self._note_held(held, now)
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
