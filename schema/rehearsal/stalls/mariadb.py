"""Readers, writers and a long reader in a MariaDB database while a step runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from typing import Any

from schema.database import LOST
from schema.rehearsal.stalls.mariadb_monitor import MariadbMonitor
from schema.rehearsal.stalls.mariadb_targets import find_mariadb_targets
from schema.rehearsal.stalls.probe import GoneError
from schema.rehearsal.stalls.probed import Probed
from schema.rehearsal.stalls.server import READER, ServerProbes

__all__ = ["MariadbProbes"]

#: How our sessions wait: far longer than any hold, but not for the day that is the default.
_SETTINGS = (
    "SET SESSION lock_wait_timeout = 3600, innodb_lock_wait_timeout = 3600, sql_mode = '', "
    "max_statement_time = 0"
)


class MariadbProbes(ServerProbes):
    """Probes of a MariaDB database.

    The long reader's transaction keeps its metadata locks to its end; whoever comes after an ALTER
    that waits for them queues up behind it. Source: https://mariadb.com/kb/en/metadata-locking/
    """

    def _targets(self, session: Any) -> Sequence[Probed]:  # noqa: ANN401 -- PyMySQL's connection
        return find_mariadb_targets(session, self._tables)

    def _hold_on(self, session: Any, targets: Sequence[Probed]) -> Callable[[], object]:  # noqa: ANN401
        _run(session, "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
        for target in targets:
            _run(session, target.hold())

        def end() -> None:
            with suppress(*_driver_errors()):
                _run(session, "ROLLBACK")

        return end

    def _session(self) -> Any:  # noqa: ANN401
        pooled = self._engine.raw_connection()
        self._resources.callback(pooled.close)
        session: Any = pooled.driver_connection
        session.autocommit(True)
        _run(session, _SETTINGS)
        return session

    def _pid(self, session: Any) -> int:  # noqa: ANN401
        return int(session.thread_id())

    def _cancel(self, session: Any) -> None:  # noqa: ANN401
        with suppress(*_driver_errors()), closing(self._engine.raw_connection()) as killer:
            driver: Any = killer.driver_connection
            _run(driver, f"KILL QUERY {self._pid(session)}")

    def _look(
        self,
        session: Any,  # noqa: ANN401
        ours: Mapping[int, str],
        targets: Sequence[Probed],  # noqa: ARG002 -- as PostgreSQL's, which needs their numbers
        noticed: Callable[[], None],
    ) -> MariadbMonitor:
        tables = {pid: prober.table for pid, prober in self._probers.items()}
        reads = READER in ours.values()

        def is_reading() -> bool:
            return reads and self._reader is not None and self._reader.ended is None

        return MariadbMonitor(session, ours, tables, noticed, is_reading)

    def _visits(self, session: Any, statements: Iterator[str]) -> Iterator[str | None]:  # noqa: ANN401
        for statement in statements:
            try:
                _run(session, statement)
            except _driver_errors() as error:
                # Where the copy is called otherwise than the original, nobody would meet its name.
                yield _told(error).replace(f"'{self._url.database}.", "'")
            else:
                yield None


def _run(session: Any, statement: str) -> None:  # noqa: ANN401
    with session.cursor() as cursor:
        cursor.execute(statement)
        cursor.fetchall()


def _told(error: Exception) -> str:
    """The server's message. Raises GoneError."""
    number = error.args[0] if error.args else 0
    if number in LOST:
        raise GoneError("the connection was lost") from None
    return " ".join(str(error.args[-1]).split())


def _driver_errors() -> tuple[type[Exception]]:
    import pymysql

    return (pymysql.Error,)
