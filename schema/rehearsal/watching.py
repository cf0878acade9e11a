"""Whether a step waits for somebody else's lock: looked at from outside while it runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, RowMapping

from schema.rehearsal.observed import Wait

__all__ = ["PAUSE", "holder_words", "watch_waits"]

#: Seconds between two looks: as exact are a wait's beginning and end.
PAUSE = 0.15

#: So many characters of the holder's statement are told.
MOST_CHARACTERS = 200

# Who waits for what, and one of those who hold it. ``pg_blocking_pids`` stops the server's lock
# manager for a moment, and so is asked for a waiting process only. Sources:
# https://www.postgresql.org/docs/current/view-pg-locks.html,
# https://www.postgresql.org/docs/current/functions-info.html.
_LOOK = sa.text("""
SELECT l.pid, l.locktype, l.mode,
  CASE WHEN n.nspname = 'public' THEN c.relname ELSE n.nspname || '.' || c.relname END AS relation,
  h.pid AS holder_pid, h.usename AS "user", h.application_name, h.state,
  extract(epoch FROM clock_timestamp() - h.xact_start)::float AS open_seconds, h.query
FROM pg_catalog.pg_locks AS l
LEFT JOIN pg_catalog.pg_class AS c ON c.oid = l.relation
LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN LATERAL (
  SELECT a.* FROM pg_catalog.pg_stat_activity AS a
  WHERE a.pid = ANY (pg_catalog.pg_blocking_pids(l.pid)) ORDER BY a.xact_start LIMIT 1
) AS h ON true
WHERE NOT l.granted AND l.pid = ANY (:pids)
""")

Event = dict[str, Any]


@contextmanager
def watch_waits(
    url: URL, pids: Callable[[], Collection[int]], tell: Callable[[Event], None]
) -> Iterator[list[Wait]]:
    """Within it, look again and again whether one of these server processes waits for a lock.

    ``pids`` is asked before each look. ``tell`` is called in the watching thread: ``{"event":
    "waiting", "mode", "relation", "seconds", "holder"}`` when a wait is first seen, and ``{"event":
    "waited", …}`` with the same when it is over. ``relation`` is None for a wait for a row or for
    another transaction's end. ``holder`` is a mapping of ``pid, user, application_name, state,
    open_seconds, query``, or None when that cannot be seen; all of its texts come from others'
    sessions and are to be escaped. The list that is given holds all waits once the block is left.

    SQLite has no view of who waits: nothing is looked at, and the list stays empty.
    """
    waits: list[Wait] = []
    if url.get_backend_name() != "postgresql":
        yield waits
        return
    watch = _Watch(pids, tell, waits)
    ended = threading.Event()
    thread = threading.Thread(
        target=_look_until, args=(url, watch, ended), name="schema-waits", daemon=True
    )
    thread.start()
    try:
        yield waits
    finally:
        ended.set()
        thread.join()
        watch.finish()


def _look_until(url: URL, watch: _Watch, ended: threading.Event) -> None:
    engine = sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("SET application_name = 'schema workbench: watches waits'")
            connection.exec_driver_sql("SET statement_timeout = '5s'")
            while not ended.wait(PAUSE):
                watch.look(connection)
    except sa.exc.DBAPIError:
        return  # the server is gone, or full: the step itself tells what became of it
    finally:
        engine.dispose()


class _Watch:
    """The waits that are going on, and those that are over."""

    def __init__(
        self,
        pids: Callable[[], Collection[int]],
        tell: Callable[[Event], None],
        waits: list[Wait],
    ) -> None:
        self._pids, self._tell, self._waits = pids, tell, waits
        self._open: dict[tuple[Any, ...], tuple[float, Event]] = {}

    def look(self, connection: Connection) -> None:
        """Compare who waits now with who did."""
        asked = list(self._pids())
        rows = connection.execute(_LOOK, {"pids": asked}).mappings().all() if asked else []
        now = {(row["pid"], row["locktype"], row["mode"], row["relation"]): row for row in rows}
        for key in [key for key in self._open if key not in now]:
            self._end(key)
        for key, row in now.items():
            if key not in self._open:
                event = {"mode": row["mode"], "relation": row["relation"], "holder": _holder(row)}
                self._open[key] = (time.monotonic() - PAUSE / 2, event)
                self._tell({"event": "waiting", "seconds": 0.0, **event})

    def finish(self) -> None:
        """Nobody waits any more."""
        for key in list(self._open):
            self._end(key)

    def _end(self, key: tuple[Any, ...]) -> None:
        since, event = self._open.pop(key)
        seconds = time.monotonic() - since
        self._waits.append(
            Wait(seconds, event["mode"], event["relation"], holder_words(event["holder"]))
        )
        self._tell({"event": "waited", "seconds": seconds, **event})


def _holder(row: RowMapping) -> dict[str, Any] | None:
    if row["holder_pid"] is None:
        return None
    query = " ".join(str(row["query"] or "").split())
    cut = query if len(query) <= MOST_CHARACTERS else query[:MOST_CHARACTERS] + " …"
    return {
        "pid": row["holder_pid"],
        "user": row["user"],
        "application_name": row["application_name"] or None,
        "state": row["state"],
        "open_seconds": row["open_seconds"],
        "query": cut or None,
    }


def holder_words(holder: dict[str, Any] | None) -> str:
    """Who holds the lock, in one line."""
    if holder is None:
        return "a session that cannot be seen"
    who = ", ".join(str(holder[name]) for name in ("user", "application_name") if holder[name])
    text = f"process {holder['pid']}" + (f" ({who})" if who else "")
    if holder["state"]:
        text += f", {holder['state']}"
    if holder["open_seconds"] is not None:
        text += f", its transaction open for {holder['open_seconds']:.1f} s"
    return text + (f": {holder['query']}" if holder["query"] else "")
