"""Readers, writers and a long reader in a PostgreSQL database while a step runs."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import URL

from schema.database import engine_for, translated
from schema.rehearsal.stalls.model import Held, Stall, Who
from schema.rehearsal.stalls.monitor import READER, Monitor
from schema.rehearsal.stalls.probe import GRACE, LEAD, NOTED, TAIL, GoneError, Prober, pause_between
from schema.rehearsal.stalls.seen import LongReader, Seen
from schema.rehearsal.stalls.targets import Target, find_targets

if TYPE_CHECKING:
    from psycopg import Connection, Error

__all__ = ["PostgresqlProbes"]

#: Milliseconds that finding out about the tables may take, before the step.
_PATIENCE = 5000
#: Seconds from which on a round counts as a stall although no lock was seen: the server was busy.
_SLOW = 0.1
_UNSEEN = "Who waited for whom could not be seen to the end"
#: Seconds that the first round of every probe may take; then the step begins anyway.
_READY = 5

#: Names in our statements are written in full.
_SETTINGS = (
    "SET search_path = pg_catalog; SET lock_timeout = 0; SET statement_timeout = 0; "
    "SET idle_in_transaction_session_timeout = 0; SET client_min_messages = 'error'"
)
#: So a session ends when this program is killed, also while it waits; from PostgreSQL 14 on, and
#: not on every system.
_ENDING = "SET client_connection_check_interval = '2s'"


class PostgresqlProbes:
    """While it is entered, readers and writers come to the tables again and again.

    ``hold`` is for how many seconds a long reader keeps the migration waiting; None: there is none.
    Its transaction is REPEATABLE READ: like a query that runs for long it keeps its snapshot, for
    which CREATE INDEX CONCURRENTLY waits. Entering raises DatabaseError.
    """

    def __init__(self, url: URL, tables: Sequence[str], hold: float | None) -> None:
        self._url = url
        self._tables = tables
        self._hold = hold
        self._probers: dict[int, Prober] = {}
        self._reader: LongReader | None = None
        self._monitor: Monitor | None = None
        self._resources = ExitStack()
        self._engine = engine_for(url)

    def __enter__(self) -> PostgresqlProbes:
        try:
            with translated(self._url):
                self._begin()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end()

    # -- beginning and end -------------------------------------------------------------------

    def _begin(self) -> None:
        looking = self._session()
        looking.execute(f"SET statement_timeout = {_PATIENCE}".encode())
        targets = find_targets(looking, self._tables)
        looking.execute("SET statement_timeout = 0")
        ours = self._hold_on(targets) | self._make_probers(targets)
        tables = {target.oid: target.label for target in targets}
        notice = self._reader.notice if self._reader is not None else _nothing
        self._monitor = Monitor(looking, ours, tables, notice)
        self._monitor.start()
        for prober in self._probers.values():
            prober.start()
        for prober in self._probers.values():
            prober.ready.wait(_READY)
        time.sleep(LEAD)

    def _hold_on(self, targets: Sequence[Target]) -> dict[int, str]:
        """Have the long reader take its locks, which it keeps until it ends."""
        if self._hold is None or not targets:
            return {}
        session = self._session()
        session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        for target in targets:
            session.execute(target.hold().encode())

        def end() -> None:
            with suppress(*_driver_errors()):
                session.execute("ROLLBACK")

        sql = "; ".join(target.hold() for target in targets)
        self._reader = LongReader(sql, self._hold, end)
        self._reader.start()
        return {session.info.backend_pid: READER}

    def _make_probers(self, targets: Sequence[Target]) -> dict[int, str]:
        roles: list[tuple[Who, Target]] = []
        for target in targets:
            roles += [("reader", target)]
            roles += [("writer", target)] if target.is_writable else []
        for who, target in roles:
            session = self._session()
            visit = _visits(session, target.reads() if who == "reader" else target.writes())
            self._probers[session.info.backend_pid] = Prober(
                who, target.label, visit.__next__, session.cancel, pause_between(len(roles))
            )
        return {pid: f"{each.who} of {each.table}" for pid, each in self._probers.items()}

    def _session(self) -> Connection[Any]:
        """psycopg's own connection, in autocommit mode, closed in the end."""
        pooled = self._engine.raw_connection()
        self._resources.callback(pooled.close)
        session: Connection[Any] = pooled.driver_connection  # type: ignore[assignment]
        session.autocommit = True
        session.prepare_threshold = None
        session.execute(_SETTINGS)
        with suppress(*_driver_errors()):
            session.execute(_ENDING)
        return session

    def _end(self) -> None:
        """The long reader goes first, so that who stands behind it still comes through."""
        if self._reader is not None:
            self._reader.finish()
        time.sleep(TAIL)
        for prober in self._probers.values():
            prober.ask_to_stop()
        deadline = time.monotonic() + GRACE
        for prober in self._probers.values():
            if prober.ident is not None:
                prober.finish(deadline)
        if self._monitor is not None:
            self._monitor.finish()
        self._resources.close()
        self._engine.dispose()

    # -- what was seen -----------------------------------------------------------------------

    def seen(self, began: float) -> Seen:
        """What was seen, once it is over; ``began`` is when the step did, by time.monotonic."""
        monitor = self._monitor
        if monitor is None:
            return Seen()
        stalls = [*self._stalls(monitor, began), *_waits(monitor, began)]
        held = [
            Held(str(table), span.what, span.start - began, span.end - span.start)
            for table, span in monitor.held
        ]
        return Seen(
            stalls=tuple(sorted(stalls, key=lambda item: item.start)),
            probes=tuple(prober.figures() for prober in self._probers.values()),
            held=tuple(sorted(held, key=lambda item: item.start)),
            long_reader=self._reader.segment(began) if self._reader is not None else None,
            notes=() if monitor.problem is None else (f"{_UNSEEN}: {monitor.problem}.",),
        )

    def _stalls(self, monitor: Monitor, began: float) -> Iterator[Stall]:
        for pid, prober in self._probers.items():
            for start, end in prober.waits:
                behind = monitor.behind.mostly(pid, start, end)
                if behind is not None or end - start >= _SLOW:
                    yield Stall(prober.who, prober.table, start - began, end - start, behind)


def _waits(monitor: Monitor, began: float) -> Iterator[Stall]:
    for table, span in monitor.waits:
        if span.end - span.start >= NOTED:
            seconds = span.end - span.start
            yield Stall("migration", str(table), span.start - began, seconds, span.what)


def _visits(session: Connection[Any], statements: Iterator[str]) -> Iterator[str | None]:
    """Each next one runs a statement, and is what went wrong; None when nothing did."""
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


def _nothing() -> None:
    """What is done when there is nobody to tell."""
