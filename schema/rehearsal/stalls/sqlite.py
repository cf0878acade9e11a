"""A reader, a writer and a long reader of a SQLite file while a step runs.

SQLite locks the whole file (https://www.sqlite.org/lockingv3.html), so one of each feels all.
"""

from __future__ import annotations

import itertools
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy.engine import URL

from schema.database import sqlite_path
from schema.errors import DatabaseError
from schema.rehearsal.stalls.model import Stall, Who
from schema.rehearsal.stalls.probe import LEAD, NOTED, Prober, pause_between
from schema.rehearsal.stalls.probing import Probes
from schema.rehearsal.stalls.seen import LongReader, Seen
from schema.rehearsal.stalls.server import MIGRATION, READER

__all__ = ["DATABASE", "SqliteProbes"]

#: What stands for the table: the lock is on all of them at once.
DATABASE = "the database"

_CHILD = Path(__file__).with_name("reading_child.py")

#: Seconds after which Python's sqlite3 gives up by default, and between two tries.
_TIMEOUT, _AGAIN = 5.0, 0.005
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


class SqliteProbes(Probes):
    """A reader and a writer of a SQLite file.

    As long as the long reader is there, nobody can keep another reader out but a migration that
    waits for it to end: that is how the wait is noticed.
    """

    def __init__(self, url: URL, tables: Sequence[str], hold: float | None) -> None:
        super().__init__(url, tables, hold)
        self._probers: list[Prober] = []
        self._given_up = threading.Event()

    def _begin(self) -> None:
        reading, writing = self._connect(), self._connect()
        reads = [sql for table in self._tables for sql in _read(reading, table)]
        if self._hold is not None:
            self._hold_on(reads or [_ANY], self._hold)
        notice = self._reader.notice if self._reader is not None else None
        rounds: list[tuple[Who, Iterator[str | None]]] = [
            ("reader", self._visits(reading, itertools.cycle(reads or [_ANY]), notice)),
            ("writer", self._visits(writing, itertools.repeat("BEGIN IMMEDIATE"), None)),
        ]
        for who, visits in rounds:
            give_up = self._given_up.set
            prober = Prober(who, DATABASE, visits.__next__, give_up, pause_between(2))
            self._probers.append(prober)
            prober.start()
        for prober in self._probers:
            prober.ready.wait(_TIMEOUT)
        time.sleep(LEAD)

    def _hold_on(self, reads: Sequence[str], hold: float) -> None:
        command = [sys.executable, "-I", str(_CHILD), str(sqlite_path(self._url)), *reads]
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._resources.enter_context(child)  # which closes its input, and waits for it
        if child.stdout is not None and not child.stdout.readline():
            raise DatabaseError("The long reader of the file could not begin.")
        self._reader = LongReader("; ".join(reads), hold, child.communicate)
        self._reader.start()

    def _connect(self) -> sqlite3.Connection:
        """We wait by ourselves, so as to know that we do."""
        connection = sqlite3.connect(
            sqlite_path(self._url), timeout=0, isolation_level=None, check_same_thread=False
        )
        self._resources.callback(connection.close)
        return connection

    def _visits(
        self, connection: sqlite3.Connection, statements: Iterator[str], notice: object
    ) -> Iterator[str | None]:
        """Each next one runs a statement, and is what went wrong; None when nothing did."""
        for statement in statements:
            yield self._visit(connection, statement, notice)

    def _visit(self, connection: sqlite3.Connection, statement: str, notice: object) -> str | None:
        until = time.monotonic() + _TIMEOUT
        while True:
            try:
                connection.execute(statement).fetchall()
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
            except sqlite3.Error as error:
                if (error.sqlite_errorcode & 0xFF) not in _BUSY or time.monotonic() > until:
                    return str(error)
            else:
                return None
            if callable(notice):
                notice()
            if self._given_up.wait(_AGAIN):
                return None

    def _end(self) -> None:
        self._finish(self._probers)
        self._resources.close()

    def seen(self, began: float) -> Seen:
        """What was seen, once it is over; ``began`` is when the step did, by time.monotonic."""
        reader = self._reader
        queue = (reader.noticed, reader.ended) if reader is not None else (None, None)
        stalls = [
            Stall(prober.who, DATABASE, start - began, end - start, _behind(start, end, *queue))
            for prober in self._probers
            for start, end in prober.waits
        ]
        if queue[0] is not None and queue[1] is not None and queue[1] - queue[0] >= NOTED:
            seconds = queue[1] - queue[0]
            stalls.append(Stall("migration", DATABASE, queue[0] - began, seconds, READER))
        return Seen(
            stalls=tuple(sorted(stalls, key=lambda item: item.start)),
            probes=tuple(prober.figures() for prober in self._probers),
            long_reader=reader.segment(began) if reader is not None else None,
        )


#: A read of a database that has none of the tables.
_ANY = "SELECT count(*) FROM sqlite_master"


def _behind(start: float, end: float, noticed: float | None, ended: float | None) -> str:
    """Whether most of a wait was for a migration that itself waited for the long reader."""
    if noticed is None or ended is None:
        return MIGRATION
    queued = min(end, ended) - max(start, noticed)
    return f"{MIGRATION} ← {READER}" if queued * 2 > end - start else MIGRATION


def _read(connection: sqlite3.Connection, table: str) -> list[str]:
    """A short read of one row that names every column; none when there is no such table.

    Columns are qualified: SQLite takes a lone name in double quotes that it does not know for text.
    Source: https://www.sqlite.org/quirks.html
    """
    columns = connection.execute("SELECT name FROM pragma_table_info(?)", (table,)).fetchall()
    name = _quoted(table)
    listed = ", ".join(f"{name}.{_quoted(column)}" for (column,) in columns)
    row = f"SELECT {listed} FROM {name} LIMIT 1"  # noqa: S608 -- quoted
    return [f"SELECT count(*) FROM ({row})"] if columns else []  # noqa: S608 -- quoted


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
