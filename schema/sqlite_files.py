"""Reading a SQLite file without leaving a trace in it or beside it.

What opening with ``mode=ro`` does was measured with SQLite 3.40, and decides how each is opened:

===============================  ===================================  ==========================
the file                         ``mode=ro`` alone                    so it is opened
===============================  ===================================  ==========================
rollback journal                 leaves no trace                      with ``mode=ro``
WAL, in use: -wal and -shm       changes read marks in -shm only      with ``mode=ro``
WAL, idle: neither               makes both; fails in a read-only     with ``immutable=1``, and
                                 folder                               looked at again afterwards
WAL, left by a crash: no -shm    makes a -shm; fails likewise         as a private copy
hot rollback journal of a crash  fails: it must be rolled back first  as a private copy
===============================  ===================================  ==========================

Source: https://sqlite.org/wal.html, "Read-Only Databases", and https://sqlite.org/lockingv3.html.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from schema.errors import DatabaseError
from schema.unfinished import working_folder

__all__ = ["SqliteReader", "companions", "sqlite_read_only"]

_TIMEOUT = 10.0  # seconds to wait for a lock: SQLite has no queue, a busy writer may win often

#: What tells one state of a file from another: inode, size in bytes, time of writing.
_State = tuple[int, int, int]


class SqliteReader(sqlite3.Connection):
    """A read-only connection to a SQLite file.

    ``idle`` is the state in which the file was opened without locks, None if locks were taken.
    ``private`` holds the copy that is read instead of the file, None if there is none.
    """

    path: Path
    idle: _State | None = None
    private: tempfile.TemporaryDirectory[str] | None = None

    def undisturbed(self) -> bool:
        """Whether all that was read belongs to one state of the database."""
        return self.idle is None or self.idle == _state(self.path)

    def close(self) -> None:
        super().close()
        if self.private is not None:
            self.private.cleanup()


def sqlite_read_only(path: Path, *, patience: float = _TIMEOUT) -> SqliteReader:
    """Open a SQLite file for reading; see the module for how.

    ``patience`` is how long it waits for a lock, in seconds.
    Raises DatabaseError when there is no file, and sqlite3.Error when it is no database or locked.
    """
    if not path.is_file():
        raise DatabaseError(f"There is no SQLite file {path}. Check the path, or make one first.")
    path = Path(os.path.realpath(path))  # a WAL stands beside the file, not beside a link to it
    try:
        wal, shared = _size(path, "-wal"), _size(path, "-shm")
        if wal and shared is None:
            return _open_private(path, patience)
        if wal is None and shared is None and not _is_open_here(path) and _is_wal(path):
            idle = _state(path)
            reader = _connect(path, "?mode=ro&immutable=1", patience)
            reader.path, reader.idle = path, idle
            return reader
        return _open_shared(path, patience)
    except OSError as error:
        raise DatabaseError(f"{path} could not be read: {error.strerror}.") from error


def companions(path: Path) -> list[Path]:
    """The files that SQLite keeps beside a database: https://sqlite.org/tempfiles.html"""
    return [path.with_name(path.name + end) for end in ("-wal", "-shm", "-journal")]


def _open_shared(path: Path, patience: float) -> SqliteReader:
    try:
        reader = _connect(path, "?mode=ro", patience)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorname == "SQLITE_READONLY_ROLLBACK":
            return _open_private(path, patience)
        raise
    reader.path = path
    return reader


def _open_private(path: Path, patience: float) -> SqliteReader:
    """Read a copy of what a crash left: nobody has it open, and SQLite must mend it first."""
    private = working_folder("reading")
    files = [file for file in (path, *companions(path)) if file.exists()]
    before = [_state(file) for file in files]
    try:
        for file in files:
            shutil.copyfile(file, Path(private.name, file.name))
        if before != [_state(file) for file in files]:
            raise DatabaseError(f"{path} was written to while it was being read. Try again.")
        reader = _connect(Path(private.name, path.name), "", patience)
    except BaseException:
        private.cleanup()
        raise
    reader.path, reader.private = path, private
    return reader


def _connect(path: Path, options: str, patience: float) -> SqliteReader:
    # A panel opens and closes it in different threads, never in two at once.
    reader = sqlite3.connect(
        f"file:{quote(str(path))}{options}",
        uri=True,
        timeout=patience,
        check_same_thread=False,
        factory=SqliteReader,
    )
    try:
        reader.execute("PRAGMA schema_version").fetchone()  # the first look at the file itself
        reader.execute("PRAGMA query_only = ON")
        _pass_over_malformed(reader)
    except BaseException:
        reader.close()
        raise
    return reader


def _pass_over_malformed(reader: SqliteReader) -> None:
    """Let the rest of a schema be read where SQLite does not follow one of its entries.

    Nothing more can be written for it: https://sqlite.org/pragma.html#pragma_writable_schema.
    """
    try:
        reader.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        # The message names the entry, in bytes that need not be UTF-8.
        if isinstance(error, sqlite3.Error) and "malformed database schema" not in str(error):
            raise
        reader.execute("PRAGMA writable_schema = ON")


def _is_open_here(path: Path) -> bool:
    """Whether this process has the file open, perhaps with locks on it.

    Who closes a file loses all locks on it, also those of other connections in the process; so
    such a file is opened by SQLite only, which knows. https://sqlite.org/howtocorrupt.html, 2.2
    """
    wanted = path.stat()
    for number in os.listdir("/dev/fd") if os.path.isdir("/dev/fd") else ():  # noqa: PTH112, PTH208
        with suppress(OSError):
            if os.path.samestat(os.fstat(int(number)), wanted):
                return True
    return False


def _is_wal(path: Path) -> bool:
    """Bytes 18 and 19 of the header say so: https://sqlite.org/fileformat.html"""
    with path.open("rb") as file:
        return file.read(20)[18:] == b"\x02\x02"


def _size(path: Path, ending: str) -> int | None:
    """The bytes of a file beside the database; None if there is none."""
    try:
        return path.with_name(path.name + ending).stat().st_size
    except FileNotFoundError:
        return None


def _state(path: Path) -> _State:
    status = path.stat()
    return (status.st_ino, status.st_size, status.st_mtime_ns)
