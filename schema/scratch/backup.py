"""Copying a SQLite file page by page while others may write to it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import URL

from schema.database import translated
from schema.errors import ScratchError
from schema.scratch.model import Cancelled, Progress
from schema.sqlite_files import SqliteReader, sqlite_read_only

__all__ = ["copy_pages"]

_PAGES = 1024  # copied at a time, between two looks at whether to stop
_RESTARTS = 3
_PATIENCE = 10_000  # milliseconds to wait for a writer to finish


def copy_pages(
    source: Path,
    target: sqlite3.Connection,
    progress: Progress | None,
    cancelled: Cancelled | None,
) -> None:
    """Fill ``target`` with the file as it was at one moment, by SQLite's online backup.

    In WAL mode a read transaction holds that moment, and blocks nobody. With a rollback journal,
    each write makes the backup begin again; after three times the file is held, and writers wait
    until the copy is made. Source: https://sqlite.org/backup.html
    """
    undisturbed = False
    while not undisturbed:
        with translated(_url(source)):
            opened = sqlite_read_only(source)
        with closing(opened) as reader:
            _copy(reader, target, _Watch(progress, cancelled))
            undisturbed = reader.undisturbed()


def _copy(reader: SqliteReader, target: sqlite3.Connection, watch: _Watch) -> None:
    reader.isolation_level = None
    if reader.execute("PRAGMA journal_mode").fetchone() == ("wal",):
        _hold(reader)
    try:
        reader.backup(target, pages=_PAGES, progress=watch, sleep=0.01)
    except _RestartedError:
        _hold(reader)
        reader.backup(target, pages=_PAGES, progress=watch.begin(), sleep=0.01)


def _hold(reader: SqliteReader) -> None:
    with translated(_url(reader.path)):
        reader.execute(f"PRAGMA busy_timeout = {_PATIENCE}")
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM sqlite_master").fetchone()


def _url(path: Path) -> URL:
    return URL.create("sqlite", database=str(path))


class _RestartedError(Exception):
    """Writers made the backup begin again too often."""


class _Watch:
    """Called after each portion: tells how far it is, stops it, notices that it began again."""

    def __init__(self, progress: Progress | None, cancelled: Cancelled | None) -> None:
        self.progress = progress
        self.cancelled = cancelled
        self.begin()

    def begin(self) -> _Watch:
        """Count from nothing again."""
        self.remaining: int | None = None
        self.restarts = 0
        return self

    def __call__(self, _status: int, remaining: int, total: int) -> None:
        if self.cancelled is not None and self.cancelled():
            raise ScratchError("The copy was stopped; nothing of it is left.")
        if self.remaining is not None and remaining >= self.remaining:
            self.restarts += 1
            if self.restarts > _RESTARTS:
                raise _RestartedError
        self.remaining = remaining
        if self.progress is not None:
            done = total - remaining
            self.progress(done / max(total, 1), f"{done:,} of {total:,} pages copied")
