"""Readers, writers and a long reader in a PostgreSQL database while a step runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from schema.rehearsal.stalls.monitor import Monitor
from schema.rehearsal.stalls.probe import GoneError
from schema.rehearsal.stalls.probed import Probed
from schema.rehearsal.stalls.server import ServerProbes
from schema.rehearsal.stalls.targets import Target, find_targets

if TYPE_CHECKING:
    from psycopg import Connection, Error

__all__ = ["PostgresqlProbes"]

#: Milliseconds that finding out about the tables may take, before the step.
_PATIENCE = 5000

#: Names in our statements are written in full.
_SETTINGS = (
    "SET search_path = pg_catalog; SET lock_timeout = 0; SET statement_timeout = 0; "
    "SET idle_in_transaction_session_timeout = 0; SET client_min_messages = 'error'"
)
#: So a session ends when this program is killed, also while it waits; from PostgreSQL 14 on, and
#: not on every system.
_ENDING = "SET client_connection_check_interval = '2s'"


class PostgresqlProbes(ServerProbes):
    """Probes of a PostgreSQL database.

    The long reader's transaction is REPEATABLE READ: like a query that runs for long it keeps its
    snapshot, for which CREATE INDEX CONCURRENTLY waits.
    """

    def _targets(self, session: Connection[Any]) -> Sequence[Probed]:
        session.execute(f"SET statement_timeout = {_PATIENCE}".encode())
        found = find_targets(session, self._tables)
        session.execute("SET statement_timeout = 0")
        return found

    def _hold_on(self, session: Connection[Any], targets: Sequence[Probed]) -> Callable[[], object]:
        session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        for target in targets:
            session.execute(target.hold().encode())

        def end() -> None:
            with suppress(*_driver_errors()):
                session.execute("ROLLBACK")

        return end

    def _session(self) -> Connection[Any]:
        pooled = self._engine.raw_connection()
        self._resources.callback(pooled.close)
        session: Connection[Any] = pooled.driver_connection  # type: ignore[assignment]
        session.autocommit = True
        session.prepare_threshold = None
        session.execute(_SETTINGS)
        with suppress(*_driver_errors()):
            session.execute(_ENDING)
        return session

    def _pid(self, session: Connection[Any]) -> int:
        return session.info.backend_pid

    def _cancel(self, session: Connection[Any]) -> None:
        session.cancel()

    def _look(
        self,
        session: Connection[Any],
        ours: Mapping[int, str],
        targets: Sequence[Probed],
        noticed: Callable[[], None],
    ) -> Monitor:
        tables = {target.oid: target.label for target in cast("Sequence[Target]", targets)}
        return Monitor(session, ours, tables, noticed)

    def _visits(self, session: Connection[Any], statements: Iterator[str]) -> Iterator[str | None]:
        for statement in statements:
            try:
                session.execute(statement.encode())
            except _driver_errors() as error:
                yield _told(session, error)
            else:
                yield None


def _told(session: Connection[Any], error: Error) -> str:
    """The server's message, the session being ready for the next statement. Raises
    GoneError."""
    try:
        session.rollback()
    except _driver_errors():
        raise GoneError("the connection was lost") from None
    return " ".join((error.diag.message_primary or str(error)).split())


def _driver_errors() -> tuple[type[Error]]:
    import psycopg

    return (psycopg.Error,)
