"""Database URLs, and opening a live database so that nothing can write to it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from schema.errors import DatabaseError, UrlError

__all__ = [
    "SqliteReader",
    "dialect_of",
    "engine_for",
    "open_read_only",
    "parse_url",
    "show_url",
    "sqlite_path",
    "sqlite_read_only",
    "translated",
]

#: The workbench reads with its own driver, whatever driver the project's URL names.
_DRIVERS = {
    "sqlite": "sqlite",
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}

#: How long a read may take (milliseconds), and how long it may wait for a lock.
STATEMENT_TIMEOUT = 60_000
LOCK_TIMEOUT = 2_000


def parse_url(text: str | URL) -> URL:
    """The database URL in ``text``, with the workbench's own driver.

    A SQLite path becomes absolute, against the working directory. Raises UrlError when the text is
    no URL, or names a kind of database that the workbench does not read.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise UrlError(
            f"{_masked(str(text))!r} is no database URL. "
            "One looks like sqlite:///path/to/file.db or postgresql://user@host/name."
        ) from error
    kind = url.get_backend_name() if "+" in url.drivername else url.drivername
    if kind not in _DRIVERS:
        known = "sqlite, postgresql, mysql, mariadb"
        raise UrlError(f"The workbench does not read {kind!r} databases; it reads {known}.")
    url = url.set(drivername=_DRIVERS[kind])
    if kind == "sqlite" and url.database and url.database != ":memory:":
        url = url.set(database=str(sqlite_path(url)), query={})
    return url


def dialect_of(url: URL) -> str:
    """``"sqlite"``, ``"postgresql"`` or ``"mariadb"``; MySQL counts as MariaDB's kind."""
    name = url.get_backend_name()
    return "mariadb" if name == "mysql" else name


def show_url(url: URL) -> str:
    """The URL as text that may be shown: the password is hidden, also one in the query part."""
    hidden = {k: ("***" if k in {"password", "passfile"} else v) for k, v in url.query.items()}
    return url.set(query=hidden).render_as_string(hide_password=True)


def sqlite_path(url: URL) -> Path:
    """The absolute path of a SQLite URL's file. Raises UrlError for an in-memory database."""
    name = url.database
    if not name or name == ":memory:":
        raise UrlError("An in-memory SQLite database cannot be opened a second time; use a file.")
    if name.startswith("file:"):
        name = name.removeprefix("file:").partition("?")[0]
    return Path(os.path.abspath(name))  # noqa: PTH100 -- a symbolic link stays what it is


@contextmanager
def open_read_only(url: str | URL) -> Iterator[Connection]:
    """A connection to a live database in one snapshot, which the server itself keeps read-only.

    SQLite: ``mode=ro`` and ``query_only``. PostgreSQL: a READ ONLY, REPEATABLE READ transaction
    with a statement timeout and a lock timeout. MariaDB: a READ ONLY transaction. Raises
    DatabaseError, whose message never holds the password.
    """
    url = parse_url(url)
    engine = engine_for(url)
    try:
        with translated(url):
            connection = engine.connect()
        with connection:
            with translated(url):
                _begin_read_only(connection)
            with translated(url):
                yield connection
            _check_undisturbed(connection, url)
    finally:
        engine.dispose()


def engine_for(url: URL, application: str = "schema-workbench") -> sa.Engine:
    """An engine without a pool. ``application`` is how a PostgreSQL server lists the session.

    Raises UrlError when the driver is not installed.
    """
    try:
        if url.get_backend_name() == "sqlite":
            path = sqlite_path(url)
            return sa.create_engine(
                "sqlite://", creator=lambda: sqlite_read_only(path), poolclass=sa.NullPool
            )
        if url.get_backend_name() == "postgresql":
            arguments = {"connect_timeout": 10, "application_name": application}
            return sa.create_engine(url, poolclass=sa.NullPool, connect_args=arguments)
        return sa.create_engine(url, poolclass=sa.NullPool, connect_args={"connect_timeout": 10})
    except ImportError as error:
        extra = "postgresql" if url.get_backend_name() == "postgresql" else "mariadb"
        raise UrlError(
            f"The driver {error.name!r} for {url.get_backend_name()} is not installed. "
            f"Install it with: pip install 'schema-workbench[{extra}]'"
        ) from error
    except NoSuchModuleError as error:
        raise UrlError(f"No driver for {url.drivername!r} is known to SQLAlchemy.") from error


class SqliteReader(sqlite3.Connection):
    """A read-only connection that leaves the file, its WAL and its folder as they are.

    Opening a database in WAL mode makes a ``-wal`` and a ``-shm`` file beside it, also with
    ``mode=ro`` (measured with SQLite 3.40), and fails in a read-only folder. Where neither is
    there, nobody has the database open, and ``immutable=1`` opens it without a trace. That takes
    no locks, so ``undisturbed`` says afterwards whether a writer came along meanwhile.
    Source: https://sqlite.org/wal.html, "Read-Only Databases".
    """

    path: Path
    idle: _State | None = None

    def undisturbed(self) -> bool:
        """Whether all that was read belongs to one state of the database."""
        return self.idle is None or self.idle == _state(self.path)


def sqlite_read_only(path: Path) -> SqliteReader:
    """Open a SQLite file for reading. Raises DatabaseError when there is none."""
    if not path.is_file():
        raise DatabaseError(f"There is no SQLite file {path}. Check the path, or make one first.")
    try:
        idle = _state(path) if _is_idle_wal(path) else None
        options = "mode=ro&immutable=1" if idle else "mode=ro"
        address = f"file:{quote(str(path))}?{options}"
        # A panel opens and closes it in different threads, never in two at once.
        reader = sqlite3.connect(
            address,
            uri=True,
            timeout=LOCK_TIMEOUT / 1000,
            check_same_thread=False,
            factory=SqliteReader,
        )
    except OSError as error:
        raise DatabaseError(f"{path} could not be read: {error.strerror}.") from error
    reader.path, reader.idle = path, idle
    reader.execute("PRAGMA query_only = ON")
    return reader


#: What tells one state of a file from another: inode, size in bytes, time of writing.
_State = tuple[int, int, int]


def _state(path: Path) -> _State:
    status = path.stat()
    return (status.st_ino, status.st_size, status.st_mtime_ns)


def _is_idle_wal(path: Path) -> bool:
    """Whether the file is in WAL mode (bytes 18 and 19 of its header) and nobody has it open."""
    with path.open("rb") as file:
        header = file.read(20)
    waiting = [path.with_name(path.name + end) for end in ("-wal", "-shm")]
    return header[18:20] == b"\x02\x02" and not any(file.exists() for file in waiting)


def _check_undisturbed(connection: Connection, url: URL) -> None:
    reader = connection.connection.dbapi_connection
    if isinstance(reader, SqliteReader) and not reader.undisturbed():
        raise DatabaseError(f"{show_url(url)} was written to while it was being read. Try again.")


def _begin_read_only(connection: Connection) -> None:
    """Start the one transaction of the session; sources: PostgreSQL's SET TRANSACTION page."""
    dialect = connection.dialect.name
    if dialect == "postgresql":
        connection.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
        connection.execute(sa.text("SET SESSION default_transaction_read_only = on"))
        connection.execute(sa.text(f"SET SESSION statement_timeout = {STATEMENT_TIMEOUT}"))
        connection.execute(sa.text(f"SET SESSION lock_timeout = {LOCK_TIMEOUT}"))
    elif dialect == "sqlite":
        connection.exec_driver_sql("BEGIN")
        connection.exec_driver_sql("SELECT count(*) FROM sqlite_master")
    else:
        connection.exec_driver_sql("SET SESSION TRANSACTION READ ONLY")
        connection.exec_driver_sql("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")


@contextmanager
def translated(url: URL) -> Iterator[None]:
    """Driver errors leave as DatabaseError, in one line and without the password."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
        text = " ".join(str(cause).split())
        if url.password:
            text = text.replace(str(url.password), "***")
        raise DatabaseError(f"{show_url(url)}: {text}") from None


def _masked(text: str) -> str:
    """A would-be URL with whatever may be a password taken out."""
    head, at, tail = text.rpartition("@")
    scheme, colon, _ = head.partition("://")
    return f"{scheme}{colon}***{at}{tail}" if at else text
