"""Who waits for whom in a MariaDB database, and what the migration holds: looked at often.

Waits for a table's metadata lock are told by the list of processes, waits for rows by InnoDB. Who
holds a metadata lock is told where the server has its plugin METADATA_LOCK_INFO; elsewhere it is
known of our own sessions alone: the long reader's transaction, and a migration that runs or waits.

Sources: https://mariadb.com/kb/en/metadata-locking/,
https://mariadb.com/kb/en/information-schema-metadata_lock_info-table/ and
https://mariadb.com/kb/en/information-schema-innodb_lock_waits-table/
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from schema.rehearsal.stalls.looking import Looking
from schema.rehearsal.stalls.server import MIGRATION, OTHER, READER

__all__ = ["MariadbMonitor"]

_SESSIONS = """
SELECT ID, coalesce(STATE, '') FROM information_schema.PROCESSLIST
WHERE BINARY DB = DATABASE() AND ID <> CONNECTION_ID()
"""
_HELD = """
SELECT THREAD_ID, LOCK_MODE, TABLE_NAME FROM information_schema.METADATA_LOCK_INFO
WHERE LOCK_TYPE = 'Table metadata lock' AND TABLE_SCHEMA = DATABASE()
"""
_ROWS = """
SELECT r.trx_mysql_thread_id, b.trx_mysql_thread_id
FROM information_schema.INNODB_LOCK_WAITS w
JOIN information_schema.INNODB_TRX r ON r.trx_id = w.requesting_trx_id
JOIN information_schema.INNODB_TRX b ON b.trx_id = w.blocking_trx_id
"""
#: Seconds between two looks at rows: InnoDB tells the same again to who asks within 0.1 s of the
#: last answer. Source: https://dev.mysql.com/doc/refman/8.0/en/innodb-information-schema-internal-data.html
_ROWS_EVERY = 0.12

#: What the server says of a session that waits for a lock of a table, and not for a row's.
_WAITS = ("Waiting for table", "Waiting for schema", "Waiting for backup")

#: Held while a statement reads or writes rows: nobody but DDL waits behind these.
_MILD = {"MDL_SHARED_READ", "MDL_SHARED_WRITE", "MDL_SHARED_WRITE_LOW_PRIO", "MDL_SHARED"}


class MariadbMonitor(Looking):
    """Looks at a MariaDB database; ``own_tables`` says which table each of our sessions comes to.

    ``is_reading`` tells whether the long reader's transaction is still open.
    """

    def __init__(
        self,
        driver: Any,  # noqa: ANN401 -- PyMySQL's connection
        ours: Mapping[int, str],
        own_tables: Mapping[int, str],
        noticed: Callable[[], None],
        is_reading: Callable[[], bool],
    ) -> None:
        super().__init__(ours, noticed)
        self._driver = driver
        self._own_tables = own_tables
        self._is_reading = is_reading
        self._refused: set[str] = set()
        self._row_waits: dict[int, int] = {}
        self._rows_looked = 0.0

    def _driver_errors(self) -> tuple[type[Exception]]:
        import pymysql

        return (pymysql.Error,)

    def _look(self, now: float) -> None:
        states = {int(pid): str(state) for pid, state in self._asked(_SESSIONS)}
        locks = [(int(pid), mode, table) for pid, mode, table in self._allowed(_HELD)]
        if now - self._rows_looked >= _ROWS_EVERY:
            self._row_waits = {int(who): int(whom) for who, whom in self._allowed(_ROWS)}
            self._rows_looked = time.monotonic()
        rows = {who: whom for who, whom in self._row_waits.items() if who in states}
        waiting = {pid for pid, state in states.items() if state.startswith(_WAITS)}
        migrations = set(states) - set(self._ours)
        self._note_held(((table, mode) for pid, mode, table in locks if pid in migrations), now)
        for pid in (waiting | set(rows)) & migrations:
            self._note_migration(pid, pid in waiting, rows.get(pid), locks, now)
        for pid in (waiting | set(rows)) & set(self._ours):
            self.behind.see(pid, self._chain(pid, rows.get(pid), waiting, migrations, locks), now)

    def _note_migration(
        self, pid: int, for_table: bool, row_of: int | None, locks: list[Any], now: float
    ) -> None:
        mine = [table for who, _, table in locks if who == pid]
        others = [table for who, _, table in locks if who != pid and table in mine]
        if not for_table:
            behind = self._ours.get(row_of or 0, OTHER)
        else:
            behind = READER if self._is_reading() else self._holder(pid, mine, locks)
        self.waits.see([*others, *mine, ""][0], behind, now)
        if behind == READER:
            self._noticed()

    def _holder(self, pid: int, tables: list[str], locks: list[Any]) -> str:
        """Who else holds a lock of one of these tables; a prober's is over in a moment."""
        found = [who for who, _, table in locks if who != pid and table in tables]
        return next((self._ours[who] for who in found if who in self._ours), OTHER)

    def _chain(
        self,
        pid: int,
        row_of: int | None,
        waiting: set[int],
        migrations: set[int],
        locks: list[Any],
    ) -> str:
        """Who stands in the way of one of ours, and behind whom in turn."""
        if row_of is not None:
            return MIGRATION if row_of in migrations else self._ours.get(row_of, OTHER)
        if waiting & migrations:
            return f"{MIGRATION} ← {READER}" if self._is_reading() else MIGRATION
        table = self._own_tables.get(pid)
        strong = {who for who, mode, of in locks if of == table and mode not in _MILD}
        if migrations and (strong & migrations or _HELD in self._refused):
            return MIGRATION
        return MIGRATION if migrations and not strong else OTHER

    def _allowed(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of what not every server has, and not every account may see; none then."""
        import pymysql

        if query in self._refused:
            return []
        try:
            return self._asked(query)
        except (pymysql.err.OperationalError, pymysql.err.ProgrammingError):
            self._driver.ping(reconnect=False)  # it is the server that is gone: then that is told
            self._refused.add(query)
            return []

    def _asked(self, query: str) -> list[tuple[Any, ...]]:
        with self._driver.cursor() as cursor:
            cursor.execute(query)
            return list(cursor.fetchall())
