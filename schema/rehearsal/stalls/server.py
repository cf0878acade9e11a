"""Readers, writers and a long reader in a server's database while a step runs."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy.engine import URL

from schema.database import engine_for
from schema.rehearsal.stalls.looking import Looking
from schema.rehearsal.stalls.model import Held, Stall, Who
from schema.rehearsal.stalls.probe import LEAD, NOTED, Prober, pause_between
from schema.rehearsal.stalls.probed import Probed
from schema.rehearsal.stalls.probing import Probes
from schema.rehearsal.stalls.seen import LongReader, Seen

__all__ = ["MIGRATION", "OTHER", "READER", "ServerProbes"]

#: What sessions are called in ``Stall.waiting_for``.
MIGRATION, READER, OTHER = "migration", "long reader", "another session"

#: Seconds from which on a round counts as a stall although no lock was seen: the server was busy.
_SLOW = 0.1
_UNSEEN = "Who waited for whom could not be seen to the end"
#: Seconds that the first round of every probe may take; then the step begins anyway.
_READY = 5


class ServerProbes(Probes):
    """Probes of a server's database, each with a session of its own."""

    def __init__(self, url: URL, tables: Sequence[str], hold: float | None) -> None:
        super().__init__(url, tables, hold)
        self._probers: dict[int, Prober] = {}
        self._monitor: Looking | None = None
        self._engine = engine_for(url)

    # -- what servers differ in --------------------------------------------------------------

    @abstractmethod
    def _targets(self, session: Any) -> Sequence[Probed]:  # noqa: ANN401 -- the driver's own
        """The tables that are there, in the order asked for."""

    @abstractmethod
    def _session(self) -> Any:  # noqa: ANN401
        """The driver's own connection, in autocommit mode, closed in the end."""

    @abstractmethod
    def _pid(self, session: Any) -> int:  # noqa: ANN401
        """What the server knows the session by."""

    @abstractmethod
    def _hold_on(self, session: Any, targets: Sequence[Probed]) -> Callable[[], object]:  # noqa: ANN401
        """Have a long reader's transaction take its locks; what ends it is returned."""

    @abstractmethod
    def _visits(self, session: Any, statements: Iterator[str]) -> Iterator[str | None]:  # noqa: ANN401
        """Each next one runs a statement, and is what went wrong; None when nothing did."""

    @abstractmethod
    def _cancel(self, session: Any) -> None:  # noqa: ANN401
        """End the statement that runs there, from another thread."""

    @abstractmethod
    def _look(
        self,
        session: Any,  # noqa: ANN401
        ours: Mapping[int, str],
        targets: Sequence[Probed],
        noticed: Callable[[], None],
    ) -> Looking:
        """The thread that is to look by this session, not started yet.

        ``ours`` says of each of our sessions who it is. ``noticed`` is to be called when the
        migration is seen behind the long reader, and in the end.
        """

    # -- beginning and end -------------------------------------------------------------------

    def _begin(self) -> None:
        looking = self._session()
        targets = self._targets(looking)
        ours = self._begin_reader(targets) | self._make_probers(targets)
        notice = self._reader.notice if self._reader is not None else _nothing
        self._monitor = self._look(looking, ours, targets, notice)
        self._monitor.start()
        for prober in self._probers.values():
            prober.start()
        for prober in self._probers.values():
            prober.ready.wait(_READY)
        time.sleep(LEAD)

    def _begin_reader(self, targets: Sequence[Probed]) -> dict[int, str]:
        """Have the long reader take its locks, which it keeps until it ends."""
        if self._hold is None or not targets:
            return {}
        session = self._session()
        end = self._hold_on(session, targets)
        self._reader = LongReader("; ".join(each.hold() for each in targets), self._hold, end)
        self._reader.start()
        return {self._pid(session): READER}

    def _make_probers(self, targets: Sequence[Probed]) -> dict[int, str]:
        roles: list[tuple[Who, Probed]] = []
        for target in targets:
            roles += [("reader", target)]
            roles += [("writer", target)] if target.is_writable else []
        for who, target in roles:
            session = self._session()
            visit = self._visits(session, target.reads() if who == "reader" else target.writes())
            self._probers[self._pid(session)] = Prober(
                who, target.label, visit.__next__, self._canceller(session),
                pause_between(len(roles)),
            )  # fmt: skip
        return {pid: f"{each.who} of {each.table}" for pid, each in self._probers.items()}

    def _canceller(self, session: Any) -> Callable[[], None]:  # noqa: ANN401
        return lambda: self._cancel(session)

    def _end(self) -> None:
        self._finish(self._probers.values())
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

    def _stalls(self, monitor: Looking, began: float) -> Iterator[Stall]:
        for pid, prober in self._probers.items():
            for start, end in prober.waits:
                behind = monitor.behind.mostly(pid, start, end)
                if behind is not None or end - start >= _SLOW:
                    yield Stall(prober.who, prober.table, start - began, end - start, behind)


def _waits(monitor: Looking, began: float) -> Iterator[Stall]:
    for table, span in monitor.waits:
        if span.end - span.start >= NOTED:
            seconds = span.end - span.start
            yield Stall("migration", str(table), span.start - began, seconds, span.what)


def _nothing() -> None:
    """What is done when there is nobody to tell."""
