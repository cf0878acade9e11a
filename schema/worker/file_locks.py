"""The locks of a migration on SQLite, found by trying: would another connection be kept waiting?

SQLite locks the whole database. A second connection tries to begin a write, and to read, at once
and without waiting; what it may not do, the migration's lock forbids. That tells of a lock on
readers in the midst of a transaction too, which a change greater than the page cache takes.
Source: https://www.sqlite.org/lockingv3.html.
"""

from __future__ import annotations

import time
from typing import Any, Callable, Dict, List, Optional, Set, Tuple

from .statements import Group, Watcher, driver_connection, pattern_of

WRITERS, READERS = "RESERVED", "EXCLUSIVE"
#: What forbids what: trying it is the only way to ask.
_TRIALS = ((WRITERS, "BEGIN IMMEDIATE"), (READERS, "PRAGMA schema_version"))


class FileLockWatcher(Watcher):
    """Watches one step. ``connect`` gives a raw connection that waits for no lock."""

    def __init__(self, connect: Callable[[], Any]) -> None:
        self.overhead = 0.0
        self._outside = connect()
        self._texts: Set[str] = set()
        self._pattern = ""
        self._held: Dict[str, Tuple[Optional[int], float]] = {}
        self._unread: Optional[Tuple[Optional[int], float]] = None
        self._last_index: Optional[int] = None
        self._locks: Dict[Tuple[str, Optional[int]], Dict[str, Any]] = {}
        self._version = self._ask("PRAGMA data_version")
        self._ending: Optional[float] = None
        self._has_run = False

    def before(self, connection: Any, sql: str) -> None:
        self._pattern = pattern_of(sql)
        if self._unread is not None and self._pattern not in self._texts:
            began = time.perf_counter()
            self._read()
            self.overhead += time.perf_counter() - began

    def after(
        self, connection: Any, sql: str, group: Group, index: Optional[int], started: float
    ) -> bool:
        self._has_run = True
        if self._unread is None:
            self._unread = (index, started)
        elif index != self._last_index:
            self._unread = (None, self._unread[1])
        self._last_index = index
        if self._pattern in self._texts:
            return True
        began = time.perf_counter()
        self._texts.add(self._pattern)
        if _in_transaction(connection):
            self._read()
        else:
            self._read_single(index, started)
        self.overhead += time.perf_counter() - began
        return False

    def pause(self) -> None:
        if self._unread is not None:
            self._read()

    def ending(self, fairy: Any) -> None:
        if not self._has_run:
            return
        began = time.perf_counter()
        self._read()
        self._ending = time.perf_counter()
        self.overhead += self._ending - began

    def ended(self, fairy: Any) -> None:
        """Readers are kept out while a transaction is written back, unless there is a WAL."""
        if not self._has_run:
            return
        self._has_run = False
        now, ending = time.perf_counter(), self._ending
        wrote = self._has_written() and WRITERS in self._held and READERS not in self._held
        if wrote and ending is not None and self._ask("PRAGMA journal_mode") != "wal":
            self._keep(READERS, None, now - ending)
        self._release(now)
        self._texts = set()
        self.overhead += time.perf_counter() - now

    def result(self) -> Dict[str, Any]:
        self._release(time.perf_counter())
        locks = list(self._locks.values())
        return {"locks": locks, "rewrites": [], "wal_bytes": None, "notes": []}

    def close(self) -> None:
        self._outside.close()

    def _read(self) -> None:
        """Try what is forbidden now; it was forbidden by the only statement since last time."""
        index, started = self._unread or (None, time.perf_counter())
        self._unread = None
        found = self._forbidden()
        for mode in found:
            self._held.setdefault(mode, (index, started))

    def _read_single(self, index: Optional[int], started: float) -> None:
        """A statement that was a transaction by itself: its locks are gone, its change is seen."""
        now = time.perf_counter()
        self._release(now)
        self._unread = None
        if self._has_written():
            self._keep(WRITERS, index, now - started)
            if self._ask("PRAGMA journal_mode") != "wal":
                self._keep(READERS, index, now - started)

    def _forbidden(self) -> List[str]:
        found = []
        for mode, trial in _TRIALS:
            if self._ask(trial) is not _LOCKED:
                break  # who may write may read
            found.append(mode)
        if self._outside.in_transaction:
            self._outside.execute("ROLLBACK")
        return found

    def _has_written(self) -> bool:
        """Whether another connection has committed a change since this was last asked."""
        version = self._ask("PRAGMA data_version")
        changed = version is not _LOCKED and version != self._version
        if changed:
            self._version = version
        return changed

    def _ask(self, query: str) -> Any:
        try:
            row = self._outside.execute(query).fetchone()
        except Exception:
            return _LOCKED
        return row[0] if row else None

    def _release(self, now: float) -> None:
        for mode, (index, started) in self._held.items():
            self._keep(mode, index, now - started)
        self._held, self._unread = {}, None

    def _keep(self, mode: str, index: Optional[int], seconds: float) -> None:
        known = self._locks.get((mode, index))
        if known is None or known["seconds"] < seconds:
            self._locks[mode, index] = {
                "oid": None,
                "kind": "database",
                "relation": "database",
                "mode": mode,
                "statement": index,
                "seconds": seconds,
                "is_new": False,
            }


_LOCKED = object()


def _in_transaction(connection: Any) -> bool:
    return bool(getattr(driver_connection(connection.connection), "in_transaction", True))
