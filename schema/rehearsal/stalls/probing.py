"""Sessions that are at work in a database while a step runs."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from sqlalchemy.engine import URL

from schema.database import translated
from schema.rehearsal.stalls.probe import GRACE, TAIL, Prober
from schema.rehearsal.stalls.seen import LongReader, Seen

__all__ = ["Probes"]


class Probes(ABC):
    """While it is entered, readers and writers come to the tables again and again.

    ``hold`` is for how many seconds a long reader keeps the migration waiting; None: there is none.
    Entering raises DatabaseError.
    """

    def __init__(self, url: URL, tables: Sequence[str], hold: float | None) -> None:
        self._url = url
        self._tables = tables
        self._hold = hold
        self._reader: LongReader | None = None
        self._resources = ExitStack()

    def __enter__(self) -> Self:
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

    @abstractmethod
    def seen(self, began: float) -> Seen:
        """What was seen, once it is over; ``began`` is when the step did, by time.monotonic."""

    @abstractmethod
    def _begin(self) -> None:
        """Have all of them at work."""

    @abstractmethod
    def _end(self) -> None:
        """End whatever has begun, and close what was opened."""

    def _finish(self, probers: Collection[Prober]) -> None:
        """The long reader goes first, so that who stands behind it still comes through."""
        if self._reader is not None:
            self._reader.finish()
        time.sleep(TAIL)
        for prober in probers:
            prober.ask_to_stop()
        deadline = time.monotonic() + GRACE
        for prober in probers:
            if prober.ident is not None:
                prober.finish(deadline)
