"""The locks of a migration on PostgreSQL, read by a second session: exactly, and from outside.

A query inside the migration's own transaction would be a part of it: a ``SET TRANSACTION ISOLATION
LEVEL`` after it fails. So another session reads ``pg_locks`` of the migration's server process:
after each statement that is new in its transaction, and just before the transaction ends. In an
autocommit block, where a statement's locks are gone as soon as it is done, they are looked for
while it runs.

Sources: https://www.postgresql.org/docs/current/view-pg-locks.html and, for the numbers below which
objects are the system's own, https://www.postgresql.org/docs/current/system-catalog-initial-data.html.
"""

from __future__ import annotations

import re
import threading
import time
from typing import Any, Callable, Dict, List, Optional, Set, Tuple

from .statements import Group, Watcher, driver_connection, pattern_of

#: Kinds of relation, as ``pg_class.relkind`` calls them.
KINDS = {
    "r": "table", "p": "table", "i": "index", "I": "index", "S": "sequence", "v": "view",
    "m": "materialized view", "f": "foreign table", "t": "toast", "c": "type",
}  # fmt: skip

_STRONGEST = "AccessExclusiveLock"

# Where the server's log stands, and beside it, all that is held: one row at least. $1: the server
# process; $2: the greatest number of a relation before its transaction. What the transaction made
# has a greater one, and blocks nobody: of that, only who made what is of interest, and only above
# $3, which was told before. So a step that makes many tables is looked at as fast as others.
_PREPARE = """
PREPARE schema_look (int, oid, oid) AS
SELECT w.lsn, l.relation, l.mode, c.relkind::text, c.relname, n.nspname
FROM (SELECT pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_insert_lsn(), '0/0') AS lsn) AS w
LEFT JOIN pg_catalog.pg_locks AS l
  ON l.pid = $1 AND l.granted AND l.locktype = 'relation' AND l.relation >= 16384
  AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
  AND (l.relation <= $2 OR l.relation > $3 AND l.mode = 'AccessExclusiveLock')
LEFT JOIN pg_catalog.pg_class AS c ON c.oid = l.relation
LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
"""
_LOOK = "EXECUTE schema_look ({}, {}, {})"
_GREATEST = "SELECT coalesce(max(oid), 0) FROM pg_catalog.pg_class"

# Storage of tables, of their TOAST tables and of their indexes.
_STORAGE = """
SELECT c.oid, pg_catalog.pg_relation_filenode(c.oid) FROM pg_catalog.pg_class AS c
WHERE c.oid IN ({oids})
  OR c.oid IN (SELECT reltoastrelid FROM pg_catalog.pg_class WHERE oid IN ({oids}))
  OR c.oid IN (SELECT indexrelid FROM pg_catalog.pg_index WHERE indrelid IN ({oids}))
"""

#: What can give a table new storage while it is locked already.
_MAY_REWRITE = re.compile(r"(?i)\s*(alter|call|cluster|do|refresh|reindex|truncate|vacuum)\b")
_EMPTIES = re.compile(r"(?i)\s*truncate\b")
_ENDS = re.compile(r"(?i)\s*(commit|end|abort|rollback(?!\s+(work\s+|transaction\s+)?to\b))\b")

#: Seconds between two looks while a statement runs outside of a transaction.
PAUSE = 0.03
#: Looking may take so much of a step: this many seconds, and this part of its time.
_FREE, _SHARE = 0.1, 0.04
_MOST_LOCKS = 2000
_MOST_FAILURES = 3


class _Held:
    """One lock: by what it was taken and when, and when it was gone."""

    def __init__(
        self, row: Dict[str, Any], statement: Optional[int], started: float, overhead: float
    ) -> None:
        self.row = row
        self.statement = statement
        self.started = started
        self.overhead = overhead


class Session:
    """What is known of one connection of the migration's, in its present transaction."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.texts: Set[str] = set()
        self.held: Dict[Tuple[int, str], _Held] = {}
        self.is_known = True  # it ran nothing but texts of earlier transactions
        self.ran = 0
        self.newest = 0  # the greatest number of a relation that it made

    def forget(self) -> None:
        """The transaction is over."""
        self.texts, self.held, self.is_known, self.ran, self.newest = set(), {}, True, 0, 0


class LockWatcher(Watcher):
    """Watches the sessions of one step. ``connect`` gives a raw connection in autocommit mode."""

    def __init__(self, connect: Callable[[], Any]) -> None:
        self.overhead = 0.0
        self._outside = connect()
        if hasattr(self._outside, "prepare_threshold"):
            self._outside.prepare_threshold = None  # psycopg: there is one of our own
        self._began = time.perf_counter()
        self._texts: Set[str] = set()
        self._sql = self._pattern = ""
        self._unread: Optional[Tuple[Group, Optional[int], float]] = None
        self._several = False
        self._lsn: Optional[int] = None
        self._first_lsn: Optional[int] = None
        self._storage: Dict[int, Optional[int]] = {}
        self._locks: Dict[Tuple[Any, ...], Dict[str, Any]] = {}
        self._rewrites: List[Dict[str, Any]] = []
        self._notes: List[str] = []
        self._failures = 0
        self._sampler: Optional[Sampler] = None
        self._last: Optional[Session] = None
        self._greatest: Optional[int] = None
        self._do(_PREPARE)

    # -- what the recorder tells ---------------------------------------------------------------

    def before(self, connection: Any, sql: str) -> None:
        began = time.perf_counter()
        session = session_of(connection)
        if session is not None:
            self._last = session
            key = self._key(sql)
            is_new = key not in session.texts and self._is_worth_it(key)
            if self._lsn is None or (is_new and self._unread):
                self._read(session)
            if _ENDS.match(sql):
                self._end(session)
            elif is_new and _is_autocommit(connection):
                self._sampler = Sampler(lambda: self._look(session))
        self.overhead += time.perf_counter() - began

    def after(
        self, connection: Any, sql: str, group: Group, index: Optional[int], started: float
    ) -> bool:
        began = time.perf_counter()
        session = session_of(connection)
        is_done = False
        if session is not None:
            session.ran += 1
            self._ran(group, index, started)
            key = self._key(sql)
            if self._sampler is not None:
                self._texts.add(key)
                self._read_sampled(session, index, started)
            elif key not in session.texts and self._is_worth_it(key):
                session.texts.add(key)
                session.is_known &= key in self._texts
                self._texts.add(key)
                self._read(session)
                self._find_rewrites(session, connection, sql, index)
            else:
                is_done = True
        self.overhead += time.perf_counter() - began
        return is_done

    def pause(self) -> None:
        """What comes next is Alembic's: it must not be taken for the last statement's."""
        if self._last is not None and self._unread:
            began = time.perf_counter()
            self._read(self._last)
            self.overhead += time.perf_counter() - began

    def ending(self, fairy: Any) -> None:
        try:
            session = fairy.info.get("schema_session")
        except (AttributeError, NotImplementedError):
            return  # of a connection that SQLAlchemy looks at before it gives it out
        if session is None or not (session.ran or session.held):
            return
        began = time.perf_counter()
        self._stop_sampling()
        if session.held or not session.is_known or self._is_affordable():
            self._end(session)
            self._greatest = None
        session.forget()
        self.overhead += time.perf_counter() - began

    def result(self) -> Dict[str, Any]:
        self._stop_sampling()
        if self._last is not None:
            self._read(self._last)
        written = None
        if self._lsn is not None and self._first_lsn is not None:
            written = self._lsn - self._first_lsn
        return {
            "locks": list(self._locks.values()),
            "rewrites": self._rewrites,
            "wal_bytes": written,
            "notes": self._notes,
        }

    def close(self) -> None:
        self._stop_sampling()
        self._outside.close()

    # -- reading -------------------------------------------------------------------------------

    def _look(self, session: Session) -> List[Dict[str, Any]]:
        """The locks of a server process, seen from outside."""
        if self._greatest is None:
            found_greatest = self._ask(_GREATEST)
            self._greatest = int(found_greatest[0][0]) if found_greatest else 0
        rows = self._ask(_LOOK.format(session.pid, self._greatest, session.newest))
        if not rows:
            return []
        self._lsn = int(rows[0][0])
        if self._first_lsn is None:
            self._first_lsn = self._lsn
        found = []
        for _, oid, mode, kind, name, namespace in rows:
            if oid is None or namespace in ("pg_toast", "pg_catalog", "information_schema"):
                continue
            if name is None:
                session.newest = max(session.newest, int(oid))
            kind = kind.decode() if isinstance(kind, bytes) else kind
            found.append(
                {
                    "oid": int(oid),
                    "kind": KINDS.get(kind, kind) if kind else None,
                    "relation": _label(namespace, name) if name else None,
                    "mode": mode,
                    "is_new": name is None,
                }
            )
        return found

    def _read(self, session: Session) -> None:
        """Look, and say of each new lock which statement took it: the only one since last time."""
        before = self._lsn
        rows = self._look(session)
        index, started = None, time.perf_counter()
        if self._unread is not None:
            group, index, started = self._unread
            if self._several:
                group["wal_bytes"] = None
            elif before is not None and self._lsn is not None:
                group["wal_bytes"] = (group["wal_bytes"] or 0) + self._lsn - before
        self._unread, self._several = None, False
        now = {(row["oid"], row["mode"]): row for row in rows}
        for key in [key for key in session.held if key not in now]:
            if session.held[key].row["is_new"]:
                continue  # it was told once
            self._released(session.held.pop(key))
        for key, row in now.items():
            if key not in session.held:
                session.held[key] = _Held(row, index, started, self.overhead)

    def _read_sampled(self, session: Session, index: Optional[int], started: float) -> None:
        """What was seen while a statement ran in a transaction of its own."""
        seen = self._stop_sampling()
        self._read(session)
        for row in seen:
            self._released(_Held(row, index, started, self.overhead))

    def _stop_sampling(self) -> List[Dict[str, Any]]:
        sampler, self._sampler = self._sampler, None
        return sampler.stop() if sampler is not None else []

    def _end(self, session: Session) -> None:
        self._read(session)
        for held in session.held.values():
            self._released(held)
        session.held = {}

    def _released(self, held: _Held) -> None:
        """Keep it; of one statement's locks in many transactions, the longest."""
        # Without our own looking meanwhile, which the step's time does not have either.
        looked = self.overhead - held.overhead
        seconds = max(0.0, time.perf_counter() - held.started - looked)
        key = (held.row["oid"], held.row["mode"], held.statement)
        known = self._locks.get(key)
        if known is None and len(self._locks) >= _MOST_LOCKS:
            note = "Not all locks were kept: there were more than {}.".format(_MOST_LOCKS)
            self._note(note)
        elif known is None or known["seconds"] < seconds:
            self._locks[key] = {**held.row, "statement": held.statement, "seconds": seconds}

    def _find_rewrites(
        self, session: Session, connection: Any, sql: str, index: Optional[int]
    ) -> None:
        """Which tables and indexes have new storage: only their own transaction can see that."""
        held = session.held.values()
        tables = {
            each.row["oid"]
            for each in held
            if each.row["mode"] == _STRONGEST and not each.row["is_new"]
        }
        taken = any(each.statement == index and each.row["oid"] in tables for each in held)
        if not tables or not (taken or _MAY_REWRITE.match(sql)):
            return
        query = _STORAGE.format(oids=", ".join(map(str, sorted(tables))))
        if any(oid not in self._storage for oid in tables):
            for oid, node in self._ask(query):
                self._storage.setdefault(int(oid), node)
        for oid, node in _inside(connection, query):
            before = self._storage.get(int(oid))
            self._storage[int(oid)] = node
            if before is not None and node != before:
                how = "emptied" if _EMPTIES.match(sql) else "rewritten"
                self._rewrites.append({"oid": int(oid), "statement": index, "how": how})

    def _ask(self, query: str) -> List[Any]:
        """Rows that the outside session sees; none, and a note, when it could not look."""
        if self._failures >= _MOST_FAILURES:
            return []
        try:
            return self._do(query)
        except Exception as error:
            self._failures += 1
            self._note("Locks could not be read: " + " ".join(str(error).split()))
            return []

    def _do(self, query: str) -> List[Any]:
        cursor = self._outside.cursor()
        cursor.execute(query)
        rows = list(cursor.fetchall()) if cursor.description else []
        cursor.close()
        return rows

    def _note(self, text: str) -> None:
        if text not in self._notes:
            self._notes.append(text)

    def _ran(self, group: Group, index: Optional[int], started: float) -> None:
        """Note what ran since the last look; what several statements did is nobody's."""
        if self._unread is None:
            self._unread = (group, index, started)
        elif self._unread[0] is not group:
            self._unread[0]["wal_bytes"] = None
            self._unread = (group, None, self._unread[2])
            self._several = True

    def _key(self, sql: str) -> str:
        """The statement's pattern; that of the last one is known still."""
        if sql != self._sql:
            self._sql, self._pattern = sql, pattern_of(sql)
        return self._pattern

    def _is_worth_it(self, key: str) -> bool:
        return key not in self._texts or self._is_affordable()

    def _is_affordable(self) -> bool:
        spent = time.perf_counter() - self._began
        return self.overhead < _FREE + _SHARE * spent


class Sampler:
    """Looks again and again in a thread, while a statement runs outside of a transaction."""

    def __init__(self, look: Callable[[], List[Dict[str, Any]]]) -> None:
        self._look = look
        self._seen: Dict[Tuple[int, str], Dict[str, Any]] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="schema-locks", daemon=True)
        self._thread.start()

    def stop(self) -> List[Dict[str, Any]]:
        self._ended.set()
        self._thread.join()
        return list(self._seen.values())

    def _run(self) -> None:
        pause = 0.0  # the first looks come quickly: most statements are short
        while not self._ended.wait(pause):
            for row in self._look():
                self._seen.setdefault((row["oid"], row["mode"]), row)
            pause = min(PAUSE, pause * 2 + 0.001)


def session_of(connection: Any) -> Optional[Session]:
    """The server's session of a connection; None where it cannot be told any more."""
    try:
        found: Optional[Session] = connection.info.get("schema_session")
    except Exception:  # the connection is closed or broken
        return None
    return found


def _is_autocommit(connection: Any) -> bool:
    """As the driver has it, whoever set it; psycopg, psycopg2 and pg8000 call it the same."""
    return bool(getattr(driver_connection(connection.connection), "autocommit", False))


def _inside(connection: Any, query: str) -> List[Tuple[Any, Any]]:
    """Rows of two columns that the migration's own transaction sees; none when it cannot say."""
    try:
        cursor = connection.connection.cursor()
        cursor.execute(query)
        rows = [tuple(row.values()) if isinstance(row, dict) else tuple(row) for row in cursor]
        cursor.close()
    except Exception:
        return []
    return [(row[0], row[1]) for row in rows]


def _label(namespace: str, name: str) -> str:
    return name if namespace == "public" else "{}.{}".format(namespace, name)
