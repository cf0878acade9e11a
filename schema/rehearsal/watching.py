"""Whether a step waits for somebody else's lock: looked at from outside while it runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, RowMapping

from schema.database import dialect_of
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

#: The same on MariaDB: a wait for a row of InnoDB's, and one for a table's metadata lock. Whose
#: that is, is told where the server has its plugin METADATA_LOCK_INFO.
#: Source: https://mariadb.com/kb/en/information-schema-innodb_lock_waits-table/
_MARIADB_WAITS = """
SELECT p.ID AS pid, 'table' AS locktype, p.STATE AS mode, {relation} AS relation,
  {holder} AS holder_pid, {user} AS user, NULL AS application_name, {state} AS state,
  {seconds} AS open_seconds, {query} AS query
FROM information_schema.PROCESSLIST AS p {joins}
WHERE p.ID IN :pids AND p.STATE LIKE 'Waiting for%'
"""
_PLAIN = sa.text(
    _MARIADB_WAITS.format(
        relation="NULL", holder="NULL", user="NULL", state="NULL", seconds="NULL", query="NULL",
        joins="",
    )
).bindparams(sa.bindparam("pids", expanding=True))  # fmt: skip
_WITH_LOCKS = sa.text(
    _MARIADB_WAITS.format(
        relation="m.TABLE_NAME", holder="h.ID", user="h.USER", state="h.COMMAND",
        seconds="h.TIME_MS / 1000", query="h.INFO",
        joins="""
        LEFT JOIN information_schema.METADATA_LOCK_INFO AS m
          ON m.THREAD_ID = p.ID AND m.LOCK_TYPE = 'Table metadata lock'
        LEFT JOIN information_schema.METADATA_LOCK_INFO AS o
          ON o.TABLE_SCHEMA = m.TABLE_SCHEMA AND o.TABLE_NAME = m.TABLE_NAME
          AND o.LOCK_TYPE = m.LOCK_TYPE AND o.THREAD_ID <> p.ID
        LEFT JOIN information_schema.PROCESSLIST AS h ON h.ID = o.THREAD_ID""",
    )
).bindparams(sa.bindparam("pids", expanding=True))  # fmt: skip
_ROW_WAITS = sa.text("""
SELECT r.trx_mysql_thread_id AS pid, 'row' AS locktype, 'Waiting for a row lock' AS mode,
  NULL AS relation, h.ID AS holder_pid, h.USER AS user, NULL AS application_name,
  h.COMMAND AS state, h.TIME_MS / 1000 AS open_seconds, h.INFO AS query
FROM information_schema.INNODB_LOCK_WAITS AS w
JOIN information_schema.INNODB_TRX AS r ON r.trx_id = w.requesting_trx_id
JOIN information_schema.INNODB_TRX AS b ON b.trx_id = w.blocking_trx_id
LEFT JOIN information_schema.PROCESSLIST AS h ON h.ID = b.trx_mysql_thread_id
WHERE r.trx_mysql_thread_id IN :pids
""").bindparams(sa.bindparam("pids", expanding=True))

Event = dict[str, Any]
#: Asks who of these server processes waits.
_Ask = Callable[[Connection, list[int]], Sequence[RowMapping]]


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
    kind = dialect_of(url)
    if kind == "sqlite":
        yield waits
        return
    watch = _Watch(pids, tell, waits, _ask_mariadb if kind == "mariadb" else _ask_postgresql)
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
            for setting in _SETTINGS[dialect_of(url)]:
                connection.exec_driver_sql(setting)
            while not ended.wait(PAUSE):
                watch.look(connection)
    except sa.exc.DBAPIError:
        return  # the server is gone, or full: the step itself tells what became of it
    finally:
        engine.dispose()


_SETTINGS = {
    "postgresql": (
        "SET application_name = 'schema workbench: watches waits'",
        "SET statement_timeout = '5s'",
    ),
    "mariadb": ("SET SESSION lock_wait_timeout = 5",),
}


def _ask_postgresql(connection: Connection, pids: list[int]) -> Sequence[RowMapping]:
    return connection.execute(_LOOK, {"pids": pids}).mappings().all()


def _ask_mariadb(connection: Connection, pids: list[int]) -> Sequence[RowMapping]:
    """What the server, and this account, can see of it."""
    refused: set[Any] = connection.info.setdefault("schema_refused", set())
    found: list[RowMapping] = []
    for query, instead in ((_WITH_LOCKS, _PLAIN), (_ROW_WAITS, None)):
        asked = instead if query in refused else query
        if asked is None:
            continue
        try:
            found += connection.execute(asked, {"pids": pids}).mappings().all()
        except sa.exc.DBAPIError as error:
            if error.connection_invalidated:
                raise
            refused.add(query)
    return found


class _Watch:
    """The waits that are going on, and those that are over."""

    def __init__(
        self,
        pids: Callable[[], Collection[int]],
        tell: Callable[[Event], None],
        waits: list[Wait],
        ask: _Ask,
    ) -> None:
        self._pids, self._tell, self._waits, self._ask = pids, tell, waits, ask
        self._open: dict[tuple[Any, ...], tuple[float, Event]] = {}

    def look(self, connection: Connection) -> None:
        """Compare who waits now with who did."""
        asked = list(self._pids())
        rows = self._ask(connection, asked) if asked else []
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
