"""Database URLs, and opening a live database so that nothing can write to it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from schema.errors import DatabaseError, UrlError
from schema.sqlite_files import SqliteReader, sqlite_read_only

__all__ = [
    "dialect_of",
    "engine_for",
    "open_read_only",
    "parse_url",
    "show_url",
    "sqlite_path",
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
    scheme, colon, rest = head.partition(":")
    slashes = rest[: len(rest) - len(rest.lstrip("/"))]
    return f"{scheme}{colon}{slashes}***{at}{tail}" if at and colon else text
