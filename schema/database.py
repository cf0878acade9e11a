"""Database URLs, and opening a live database so that nothing can write to it."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Dialect, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    NoSuchModuleError,
    PendingRollbackError,
    SQLAlchemyError,
)

from schema.errors import DatabaseError, UrlError
from schema.sqlite_files import SqliteReader, sqlite_read_only

__all__ = [
    "LOST",
    "READ_ONLY",
    "Limits",
    "dialect_of",
    "each_committed",
    "engine_for",
    "open_read_only",
    "parse_url",
    "quietly",
    "show_url",
    "sqlite_path",
    "translated",
    "undoubled",
]

#: The workbench reads with its own driver, whatever driver the project's URL names.
_DRIVERS = {
    "sqlite": "sqlite",
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}

#: What other drivers take in a URL and libpq refuses.
_NOT_LIBPQ = {
    "async_fallback",
    "autocommit",
    "command_timeout",
    "direct_tls",
    "max_cacheable_statement_size",
    "max_cached_statement_lifetime",
    "prepare_threshold",
    "prepared_statement_cache_size",
    "prepared_statement_name_func",
    "ssl",
    "ssl_context",
    "statement_cache_size",
    "tcp_keepalive",
    "timeout",
    "unix_sock",
}

#: What PyMySQL takes in a URL of what any driver of MariaDB does.
_PYMYSQL = {
    "read_default_file",
    "read_default_group",
    "ssl_ca",
    "ssl_capath",
    "ssl_cert",
    "ssl_check_hostname",
    "ssl_cipher",
    "ssl_key",
    "unix_socket",
}

#: Parts of a URL's query that are never shown.
_SECRET = {"passfile", "password", "sslpassword"}

#: CR_SERVER_GONE_ERROR, CR_SERVER_LOST, and what PyMySQL says of a connection that is closed.
LOST = {0, 2006, 2013}

#: What to do about an error whose text holds the words.
_ADVICE = {
    "Connection refused": "Check the host and the port, and that the server is running.",
    "No such file or directory": "Check the socket's folder, and that the server is running.",
    "resolve host": "Check the host's name.",
    "password authentication failed": "Check the user and the password.",
    "no password supplied": "Give one in the URL, in PGPASSWORD or in ~/.pgpass.",
    "Access denied": "Check the user and the password.",
    "file is not a database": "Check that the path leads to a SQLite file.",
    "database is locked": "Another program holds it; try again when that has ended.",
    "invalid byte sequence for encoding": "The database is in SQL_ASCII, and its text in no UTF-8.",
    "due to lock timeout": "Another session holds a lock on it; try again when that has ended.",
    "due to statement timeout": "The server is busy or the schema is very large; try again later.",
    "Unknown database": "Check the database's name.",
    "Lock wait timeout": "Another session holds a lock on it; try again when that has ended.",
    "max_statement_time": "The server is busy or the schema is very large; try again later.",
    "oo many connections": "Try again when others have ended, or have the limit raised.",
    "too many clients": "Try again when others have ended, or have max_connections raised.",
    "connection slots are reserved": "Try again when others have ended, or have the limit raised.",
    "max_user_connections": "Try again when others have ended, or have the limit raised.",
    "server closed the connection": "Try again, once the server runs.",
    "terminating connection": "Somebody ended the session, or the server; try again.",
    "connection to the server was lost": "Try again.",
    "connection is closed": "Try again.",
    "connection is lost": "Try again.",
}

#: How long a read may take (milliseconds), and how long it may wait for a lock.
STATEMENT_TIMEOUT = 60_000
LOCK_TIMEOUT = 2_000


@dataclass(frozen=True)
class Limits:
    """How long a session for reading waits, in seconds: for the server to take it (a SQLite file
    that is locked, to come free), and for the answer to one statement."""

    connect: float = 10
    statement: float = STATEMENT_TIMEOUT / 1000


_PATIENT = Limits()

#: The mark in ``Connection.info`` of a connection for reading: nothing is lost by a rollback.
READ_ONLY = "schema_read_only"

#: What poolers say to settings at the start of a session (PgBouncer, RDS Proxy, Supavisor).
_POOLERS_REFUSAL = ("unsupported startup parameter", "command-line options", "startup options")


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
    if "@" in (url.host or ""):  # it would be shown, being no part of the password
        raise UrlError("The URL holds two '@' signs. Write one that is in a password as %40.")
    url = url.set(drivername=_DRIVERS[kind], query=_understood(url))
    if kind == "sqlite" and url.database and url.database != ":memory:":
        url = url.set(database=str(sqlite_path(url)), query={})
    return url


def _understood(url: URL) -> Mapping[str, str | tuple[str, ...]]:
    """The query part without what only the project's driver understands."""
    if dialect_of(url) == "mariadb":
        return {key: value for key, value in url.query.items() if key in _PYMYSQL}
    if url.get_backend_name() not in {"postgresql", "postgres"}:
        return url.query
    query = {key: value for key, value in url.query.items() if key not in _NOT_LIBPQ}
    if "ssl" in url.query and "sslmode" not in query:  # asyncpg's name for it
        value = str(url.query["ssl"])
        query["sslmode"] = {"true": "require", "false": "disable"}.get(value.lower(), value)
    if "unix_sock" in url.query and "host" not in query:  # pg8000's: the socket's own path
        query["host"] = str(Path(str(url.query["unix_sock"])).parent)
    return query


def dialect_of(url: URL) -> str:
    """``"sqlite"``, ``"postgresql"`` or ``"mariadb"``; MySQL counts as MariaDB's kind."""
    name = url.get_backend_name()
    return "mariadb" if name == "mysql" else name


def undoubled(sql: str, dialect: Dialect) -> str:
    """SQL as it is run without parameters: with some, certain drivers read %% as %.

    For those, SQLAlchemy doubles each percent sign, also in the names that it quotes.
    """
    doubles = dialect.paramstyle in ("format", "pyformat")
    return sql.replace("%%", "%") if doubles else sql


def show_url(url: URL) -> str:
    """The URL as text that may be shown: the password is hidden, also one in the query part."""
    hidden = {key: "***" if key in _SECRET else value for key, value in url.query.items()}
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
def open_read_only(url: str | URL, *, limits: Limits = _PATIENT) -> Iterator[Connection]:
    """A connection to a live database in one snapshot, which the server itself keeps read-only.

    SQLite: ``mode=ro`` and ``query_only``. PostgreSQL: a session with
    ``default_transaction_read_only``, a statement timeout and a lock timeout, and in it a READ
    ONLY, REPEATABLE READ transaction. MariaDB: the same, by ``SET SESSION TRANSACTION READ ONLY``.
    Raises DatabaseError, whose message never holds the password.
    """
    url = parse_url(url)
    engine, connection = _connect_read_only(url, limits)
    try:
        with quietly(connection):
            with translated(url):
                connection.begin()
                yield connection
            _check_undisturbed(connection, url)
    finally:
        engine.dispose()


@contextmanager
def each_committed(url: URL) -> Iterator[Connection]:
    """A connection to a server's database that commits each statement, and sends it as it is.

    A percent sign in it is one. It may write, so ``url`` is that of a scratch database. Raises
    DatabaseError for one that cannot be opened, and for errors that leave the block.
    """
    engine = engine_for(url)
    options: dict[str, Any] = {"isolation_level": "AUTOCOMMIT", "no_parameters": True}
    try:
        with (
            translated(url),
            quietly(engine.connect().execution_options(**options)) as connection,
        ):
            yield connection
    finally:
        engine.dispose()


@contextmanager
def quietly(connection: Connection) -> Iterator[Connection]:
    """The connection, closed behind the block; one that is lost by then ends without a word."""
    try:
        yield connection
    finally:
        with suppress(SQLAlchemyError, *_driver_errors()):
            connection.close()


def _connect_read_only(url: URL, limits: Limits) -> tuple[sa.Engine, Connection]:
    """A connection whose session is read-only from the start, where nobody stands in between.

    A pooler refuses settings at the start, or would leave them to the next client; behind one, each
    transaction is made read-only instead.
    """
    settings = _session_settings(url, limits)
    while True:
        engine = engine_for(url, settings=settings, limits=limits)
        sa.event.listen(engine, "begin", lambda found: _begin_read_only(found, limits))
        if dialect_of(url) == "mariadb":
            sa.event.listen(engine, "connect", lambda made, _: _set_read_only(made, limits))
        try:
            with translated(url):
                connection = engine.connect()
        except DatabaseError as error:
            engine.dispose()
            if not settings or not any(words in str(error) for words in _POOLERS_REFUSAL):
                raise
            settings = None
        else:
            connection.info[READ_ONLY] = True
            return engine, connection


def _session_settings(url: URL, limits: Limits) -> str | None:
    """The settings a PostgreSQL session begins with, after those that the user gives."""
    if url.get_backend_name() != "postgresql":
        return None
    given = url.query.get("options") or os.environ.get("PGOPTIONS", "")
    return " ".join(
        [
            *([given] if isinstance(given, str) else given),
            "-c default_transaction_read_only=on",
            f"-c statement_timeout={_milliseconds(limits)}",
            f"-c lock_timeout={LOCK_TIMEOUT}",
        ]
    ).strip()


def engine_for(
    url: URL,
    application: str = "schema-workbench",
    *,
    settings: str | None = None,
    limits: Limits = _PATIENT,
) -> sa.Engine:
    """An engine without a pool. ``application`` is how a PostgreSQL server lists the session.

    What was not committed is undone as a connection ends; nothing is said to it for that, as it may
    be lost, of which SQLAlchemy would write a traceback.

    ``settings`` are options that a PostgreSQL session begins with. Raises UrlError when the driver
    is not installed.
    """
    patience = max(1, round(limits.connect))
    pool: dict[str, Any] = {"poolclass": sa.NullPool, "pool_reset_on_return": None}
    try:
        if url.get_backend_name() == "sqlite":
            path = sqlite_path(url)
            return sa.create_engine(
                "sqlite://",
                creator=lambda: sqlite_read_only(path, patience=limits.connect),
                **pool,
            )
        if url.get_backend_name() == "postgresql":
            arguments: dict[str, Any] = {
                "connect_timeout": patience,
                "application_name": application,
            }
            arguments |= {"client_encoding": "utf8"}  # a database in Latin-1 is read as well
            arguments |= {"options": settings} if settings else {}
            return sa.create_engine(url, connect_args=arguments, **pool)
        arguments = {
            "connect_timeout": patience,
            "charset": "utf8mb4",
            "program_name": application,
        }
        return sa.create_engine(url, connect_args=arguments, **pool)
    except ImportError as error:
        extra = "postgresql" if url.get_backend_name() == "postgresql" else "mariadb"
        raise UrlError(
            f"The driver {error.name!r} for {url.get_backend_name()} is not installed. "
            f"Install it with: pip install 'schema-workbench[{extra}]'"
        ) from error
    except NoSuchModuleError as error:
        raise UrlError(f"No driver for {url.drivername!r} is known to SQLAlchemy.") from error


def _set_read_only(driver: Any, limits: Limits) -> None:  # noqa: ANN401 -- PyMySQL's own
    """Make a new session on MariaDB read-only, and impatient; its texts come in one spelling.

    Without a word, a wait for a table's metadata lock lasts a day. Sources:
    https://mariadb.com/kb/en/set-transaction/ and https://mariadb.com/kb/en/server-system-variables/
    """
    is_mariadb = "mariadb" in driver.get_server_info().lower()
    limit = f"max_statement_time = {limits.statement:g}" if is_mariadb else (
        f"max_execution_time = {_milliseconds(limits)}")  # fmt: skip
    waits = max(1, LOCK_TIMEOUT // 1000)
    with driver.cursor() as cursor:
        cursor.execute("SET SESSION TRANSACTION READ ONLY")
        cursor.execute(f"SET SESSION {limit}, lock_wait_timeout = {waits}, sql_mode = ''")


def _check_undisturbed(connection: Connection, url: URL) -> None:
    reader = connection.connection.dbapi_connection
    if isinstance(reader, SqliteReader) and not reader.undisturbed():
        raise DatabaseError(f"{show_url(url)} was written to while it was being read. Try again.")


def _milliseconds(limits: Limits) -> int:
    return max(1, round(limits.statement * 1000))


def _begin_read_only(connection: Connection, limits: Limits) -> None:
    """Begin each transaction of the engine, also one after a rollback, as a read-only snapshot.

    Nothing is set here for the session: behind a pooler it would stay set for the next client.
    Source: https://www.postgresql.org/docs/18/sql-set-transaction.html
    """
    options = {"no_parameters": True}
    for statement in _BEGIN[dialect_of(connection.engine.url)]:
        limited = statement.format(statement_timeout=_milliseconds(limits))
        connection.exec_driver_sql(limited, execution_options=options).close()


_BEGIN = {
    "sqlite": ["BEGIN", "SELECT count(*) FROM sqlite_master"],
    "postgresql": [
        # In one round trip.
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;"
        "SET LOCAL statement_timeout = {statement_timeout};"
        f"SET LOCAL lock_timeout = {LOCK_TIMEOUT}",
    ],
    "mariadb": ["START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"],
}


@contextmanager
def translated(url: URL) -> Iterator[None]:
    """Driver errors leave as DatabaseError, in one line and without the password."""
    try:
        yield
    except _driver_errors() as error:
        raise DatabaseError(f"{show_url(url)}: {_told(error, url)}") from None
    except PendingRollbackError:  # of a connection that was lost a moment ago
        raise DatabaseError(f"{show_url(url)}: the connection was lost. Try again.") from None


def _driver_errors() -> tuple[type[Exception], ...]:
    """SQLAlchemy's error, and what drivers raise by themselves where it stands outside."""
    loaded = (sys.modules.get(name) for name in ("psycopg", "pymysql"))
    return DBAPIError, sqlite3.Error, *(each.Error for each in loaded if each is not None)


def _told(error: Exception, url: URL) -> str:
    """The driver's message in one line, without the password, and what to do about it."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    text = str(cause).strip()
    if len(cause.args) == 2 and isinstance(cause.args[0], int):  # PyMySQL: number and message
        lost = "The connection to the server was lost"
        text = lost if cause.args[0] in LOST else str(cause.args[1]).strip()
    if getattr(cause, "sqlstate", None) is None:
        # libpq tells each address and each way of encryption that it tried, one a line.
        text = text.partition("\n")[0]
    text = " ".join(text.split())
    for secret in [url.password, *(url.query.get(key) for key in _SECRET)]:
        if secret:
            text = text.replace(str(secret), "***")
    advice = next((advice for words, advice in _ADVICE.items() if words in text), "")
    return f"{text.rstrip('.')}. {advice}".strip()


def _masked(text: str) -> str:
    """A would-be URL with whatever may be a password taken out."""
    head, at, tail = text.rpartition("@")
    scheme, colon, rest = head.partition(":")
    slashes = rest[: len(rest) - len(rest.lstrip("/"))]
    return f"{scheme}{colon}{slashes}***{at}{tail}" if at and colon else text
