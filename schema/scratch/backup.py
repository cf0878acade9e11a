"""Copying a SQLite file as it was at one moment, while others may write to it.

The bytes are copied as they are, five times as fast as SQLite's online backup copies page by page;
what makes them belong to one moment depends on how the file is written:

================================  ==========================================  ====================
the file                          what holds the moment                       writers wait
================================  ==========================================  ====================
WAL, in use                       a read transaction: checkpoints stop at     never
                                  its snapshot, and what they write of it is
                                  in the WAL too, which is copied after the
                                  file
WAL, idle                         nothing; the file is looked at afterwards   never
rollback journal                  nothing at first: when anything was         never
                                  written meanwhile, it begins again
the same, written all the time    a read transaction                          while it is copied
left by a crash                   a private copy, which SQLite has mended     nobody is there
================================  ==========================================  ====================

The online backup would hold writers in the fourth case too, and for longer, or never end.
Sources: https://sqlite.org/walformat.html, https://sqlite.org/lockingv3.html and
https://sqlite.org/backup.html.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy.engine import URL

from schema.database import translated
from schema.errors import DatabaseError
from schema.scratch.file_bytes import NoChildError, copy_bytes
from schema.scratch.model import Cancelled, Progress
from schema.scratch.watch import check
from schema.sqlite_files import SqliteReader, sqlite_read_only

__all__ = ["copy_file"]

_TRIES = 3  # without holding writers
_MOST = 10  # of all: who opens and closes an idle file again and again is no rule
_PATIENCE = 10.0  # seconds to wait for a writer to finish
_TICK = 0.02  # seconds; within them, two writes may bear the same time
_HEADER = 32  # bytes of a WAL that change whenever it begins again


def copy_file(
    source: Path, target: Path, progress: Progress | None, cancelled: Cancelled | None
) -> None:
    """Make the new file ``target`` hold the database of ``source``; it may have a WAL beside it.

    Raises DatabaseError when the source cannot be read, OSError when the target cannot be written,
    and ScratchError when it was stopped.
    """
    source = Path(os.path.realpath(source))  # a WAL stands beside the file, not beside a link
    for attempt in range(_MOST):
        _let_age(source)
        with translated(_url(source)):
            opened = sqlite_read_only(source, patience=_PATIENCE)
        with closing(opened) as reader:
            copying = _Copying(reader, target, progress, cancelled)
            try:
                done = copying.try_once(hold=attempt >= _TRIES)
            except NoChildError:
                done = copying.by_pages()
            if done:
                return
    raise DatabaseError(f"{source} was written to while it was being read. Try again.")


class _WrittenError(Exception):
    """The file was written to while it was copied."""


class _Copying:
    def __init__(
        self,
        reader: SqliteReader,
        target: Path,
        progress: Progress | None,
        cancelled: Cancelled | None,
    ) -> None:
        reader.isolation_level = None
        self.reader = reader
        self.source = reader.path
        self.target = target
        self.wal = target.with_name(target.name + "-wal")
        self.progress = progress
        self.cancelled = cancelled
        self.total = self.source.stat().st_size

    def try_once(self, *, hold: bool) -> bool:
        """Copy it; False when it was disturbed. ``hold`` makes writers wait where they must."""
        self.wal.unlink(missing_ok=True)
        if self.reader.private is not None:
            return self.by_pages()
        if self.reader.idle is not None:
            self._bytes()
            return self.reader.undisturbed()
        if self.reader.execute("PRAGMA journal_mode").fetchone() == ("wal",):
            with self._snapshot():
                self._bytes()
                return self._wal_bytes()
        if hold or _is_young(self.source):
            with self._snapshot():
                self._bytes()
                return True
        return self._unheld()

    def by_pages(self) -> bool:
        """Copy it by SQLite's online backup; False when it was disturbed."""
        self.target.unlink(missing_ok=True)
        with self._snapshot(), closing(sqlite3.connect(self.target)) as target:
            self.reader.backup(target, pages=1024, progress=self._look)
        return self.reader.undisturbed()

    def _look(self, _status: int, remaining: int, total: int) -> None:
        check(self.cancelled)
        self._tell((total - remaining) * self.total // max(total, 1))

    def _bytes(self) -> None:
        copy_bytes(self.source, self.target, told=self._tell, cancelled=self.cancelled)

    def _unheld(self) -> bool:
        before = self._state()
        try:
            copy_bytes(
                self.source, self.target, told=self._check_unwritten, cancelled=self.cancelled
            )
        except _WrittenError:
            return False
        return before == self._state()

    def _state(self) -> tuple[object, ...]:
        """What changes when anything is committed, or written at all; taken when nobody writes."""
        with self._snapshot():
            # Compared on one connection: https://sqlite.org/pragma.html#pragma_data_version
            (version,) = self.reader.execute("PRAGMA data_version").fetchone()
            self.seen = self._stat()
            return (version, *self.seen)

    def _stat(self) -> tuple[int, int, int]:
        status = self.source.stat()
        return (status.st_ino, status.st_size, status.st_mtime_ns)

    def _check_unwritten(self, done: int) -> None:
        if self._stat() != self.seen:
            raise _WrittenError
        self._tell(done)

    def _wal_bytes(self) -> bool:
        """Copy the WAL, all of one generation: what is copied belongs to the file copied before.

        A WAL begins again only when all of it stands in the file, and with another header, which
        is written first.
        """
        wal = self.source.with_name(self.source.name + "-wal")
        try:
            before = _beginning(wal)
            if not before:
                return True
            copy_bytes(wal, self.wal, cancelled=self.cancelled)
            return before == _beginning(wal)
        except FileNotFoundError:
            return True  # it is removed only when all of it stands in the file

    @contextmanager
    def _snapshot(self) -> Iterator[None]:
        with translated(_url(self.source)):
            self.reader.execute("BEGIN")
            self.reader.execute("SELECT count(*) FROM sqlite_master").fetchone()
        try:
            yield
        finally:
            self.reader.execute("ROLLBACK")

    def _tell(self, done: int) -> None:
        if self.progress is not None:
            part = min(done / max(self.total, 1), 1.0)
            self.progress(part, f"{done / 1e6:,.1f} of {self.total / 1e6:,.1f} MB copied")


def _beginning(wal: Path) -> bytes:
    # No lock is ever held on a WAL itself, so that it may be opened and closed here.
    with wal.open("rb") as file:
        return file.read(_HEADER)


def _is_young(path: Path) -> bool:
    return abs(time.time() - path.stat().st_mtime) < _TICK


def _let_age(path: Path) -> None:
    if path.is_file() and _is_young(path):
        time.sleep(_TICK)


def _url(path: Path) -> URL:
    return URL.create("sqlite", database=str(path))
