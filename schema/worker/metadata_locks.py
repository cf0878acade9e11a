"""The metadata locks of a migration on MariaDB, where the server lets them be seen.

Its plugin METADATA_LOCK_INFO shows who holds which. DDL takes and gives up its locks while it runs,
so another session looks again and again meanwhile; what reads or writes rows keeps its locks until
the end of the transaction. The plugin is never installed from here: the server is not ours alone.

Source: https://mariadb.com/kb/en/metadata_lock_info/
"""

from __future__ import annotations

import re
import time
from typing import Any, Callable, Dict, List, Optional, Set, Tuple

from .locks import Sampler, session_of
from .statements import Group, Watcher, pattern_of

__all__ = ["Both", "MetadataLockWatcher"]

_HELD = """
SELECT TABLE_NAME, LOCK_MODE FROM information_schema.METADATA_LOCK_INFO
WHERE THREAD_ID = {} AND LOCK_TYPE = 'Table metadata lock' AND TABLE_SCHEMA = DATABASE()
"""
_TABLES = "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()"
_NO_PLUGIN = (
    "Which locks were held was not seen: the server does not show them. Where somebody runs "
    "INSTALL SONAME 'metadata_lock_info' on it, they are."
)
_DDL = re.compile(
    r"\s*(?:ALTER|CREATE|DROP|RENAME|TRUNCATE|OPTIMIZE|REPAIR|ANALYZE|LOCK)\b", re.IGNORECASE
)
#: What is about something that is new: nobody else could wait for it.
_MAKES = re.compile(r"\s*CREATE\s+(?:OR\s+REPLACE\s+)?(?!(?:\w+\s+)?INDEX\b)", re.IGNORECASE)
#: Looking may take so much of a step: this many seconds, and this part of its time.
_FREE, _SHARE = 0.2, 0.05
_MOST_LOCKS = 2000

_Key = Tuple[str, str]


class _Held:
    def __init__(self, statement: Optional[int], started: float) -> None:
        self.statement = statement
        self.started = started


class MetadataLockWatcher(Watcher):
    """Watches the sessions of one step. ``connect`` gives a DBAPI connection of our own."""

    def __init__(self, connect: Callable[[], Any]) -> None:
        self.overhead = 0.0
        self._outside = connect()
        self._began = time.perf_counter()
        self._held: Dict[_Key, _Held] = {}
        self._locks: Dict[Tuple[str, str, Optional[int]], Dict[str, Any]] = {}
        self._unseen: List[int] = []
        self._texts: Set[str] = set()
        self._notes: List[str] = []
        self._sampler: Optional[Sampler] = None
        self._known: Set[str] = set()
        self._is_shown = self._try()

    def before(self, connection: Any, sql: str) -> None:
        began = time.perf_counter()
        pid = self._worth_looking(connection, sql)
        if pid is not None:
            self._sampler = Sampler(lambda: self._look(pid))
        self.overhead += time.perf_counter() - began

    def after(
        self, connection: Any, sql: str, group: Group, index: Optional[int], started: float
    ) -> bool:
        began = time.perf_counter()
        seen = self._stop_sampling()
        session = session_of(connection)
        if seen is not None and session is not None:
            now = {(row["relation"], row["mode"]) for row in self._look(session.pid)}
            for key in [key for key in self._held if key not in now]:
                self._release(key)
            for key in {(row["relation"], row["mode"]) for row in seen} | now:
                if key not in self._held:
                    self._held[key] = _Held(index, started)
                if key not in now:
                    self._release(key)
            if _DDL.match(sql) and not _MAKES.match(sql) and not seen and index is not None:
                self._unseen.append(index)
        self.overhead += time.perf_counter() - began
        return True

    def ending(self, fairy: Any) -> None:
        """The transaction is about to end, and what it held with it."""
        for key in list(self._held):
            self._release(key)

    def result(self) -> Dict[str, Any]:
        self._stop_sampling()
        for key in list(self._held):
            self._release(key)
        if self._unseen and self._is_shown:
            numbers = ", ".join(str(index + 1) for index in self._unseen[:10])
            more = " …" if len(self._unseen) > 10 else ""
            self._notes.append(
                "Statements over too soon for a lock of theirs to be seen: {}{}.".format(
                    numbers, more
                )
            )
        return {"locks": list(self._locks.values()), "notes": self._notes}

    def close(self) -> None:
        self._stop_sampling()
        self._outside.close()

    def _try(self) -> bool:
        """Whether the server shows its metadata locks, and which tables were there before."""
        try:
            self._ask(_HELD.format(0))
            self._known = {_text(row[0]) for row in self._ask(_TABLES)}
        except Exception:
            self._notes.append(_NO_PLUGIN)
            return False
        return True

    def _worth_looking(self, connection: Any, sql: str) -> Optional[int]:
        """The session's id, when its locks are to be looked for while this runs."""
        if not self._is_shown:
            return None
        key = pattern_of(sql)
        spent = time.perf_counter() - self._began
        affordable = self.overhead < _FREE + _SHARE * spent
        if not (_DDL.match(sql) or key not in self._texts or affordable):
            return None
        self._texts.add(key)
        session = session_of(connection)
        return session.pid if session is not None else None

    def _look(self, pid: int) -> List[Dict[str, Any]]:
        try:
            rows = self._ask(_HELD.format(int(pid)))
        except Exception as error:
            note = "Locks could not be read: " + " ".join(str(error).split())
            if self._is_shown:
                self._notes.append(note)
            self._is_shown = False
            return []
        # A table that ALTER builds in another's place has a name that only the server uses.
        names = [(_text(name), _text(mode)) for name, mode in rows]
        return [
            {"oid": name, "relation": name, "mode": mode}
            for name, mode in names
            if not name.startswith(("#sql", "_schema_probe"))
        ]

    def _release(self, key: _Key) -> None:
        held = self._held.pop(key)
        name, mode = key
        seconds = max(0.0, time.perf_counter() - held.started)
        place = (name, mode, held.statement)
        known = self._locks.get(place)
        if known is None and len(self._locks) >= _MOST_LOCKS:
            return
        if known is None or known["seconds"] < seconds:
            self._locks[place] = {
                "oid": "table " + name, "kind": "table", "relation": name, "mode": mode,
                "is_new": name not in self._known, "statement": held.statement,
                "seconds": seconds,
            }  # fmt: skip

    def _stop_sampling(self) -> Optional[List[Dict[str, Any]]]:
        sampler, self._sampler = self._sampler, None
        return sampler.stop() if sampler is not None else None

    def _ask(self, query: str) -> List[Any]:
        cursor = self._outside.cursor()
        cursor.execute(query)
        rows = list(cursor.fetchall())
        cursor.close()
        return rows


class Both(Watcher):
    """Two watchers as one. The second one is nearest to the statement."""

    def __init__(self, first: Watcher, second: Watcher) -> None:
        self._first, self._second = first, second

    @property
    def overhead(self) -> float:  # type: ignore[override]
        return self._first.overhead + self._second.overhead

    def before(self, connection: Any, sql: str) -> None:
        self._first.before(connection, sql)
        self._second.before(connection, sql)

    def after(
        self, connection: Any, sql: str, group: Group, index: Optional[int], started: float
    ) -> bool:
        done = self._second.after(connection, sql, group, index, started)
        return self._first.after(connection, sql, group, index, started) and done

    def pause(self) -> None:
        self._second.pause()
        self._first.pause()

    def ending(self, fairy: Any) -> None:
        self._second.ending(fairy)
        self._first.ending(fairy)

    def ended(self, fairy: Any) -> None:
        self._second.ended(fairy)
        self._first.ended(fairy)

    def result(self) -> Dict[str, Any]:
        one, other = self._first.result(), self._second.result()
        notes = [*one.get("notes", ()), *other.get("notes", ())]
        return {**one, **other, "notes": notes}

    def close(self) -> None:
        self._second.close()
        self._first.close()


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, (bytes, bytearray)) else str(value)
