"""A PostgreSQL server, for making, renaming and dropping databases on it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import DBAPIError, PendingRollbackError

from schema.database import engine_for, open_read_only, quietly, translated
from schema.errors import DatabaseError, ScratchError
from schema.scratch.source import quoted

__all__ = [
    "administer",
    "check_free",
    "drop_database",
    "end_sessions",
    "exists_error",
    "is_in_use",
    "is_lost",
    "look_around",
    "make_roles",
    "may_create",
    "rename",
    "run",
    "same_server",
    "sqlstate",
    "told",
    "version",
]

_DUPLICATE = "42P04"
_LEAVING = 1.0  # seconds that a session of ours, closed just now, may take to be gone


@contextmanager
def administer(
    server: URL, *, application: str = "schema-workbench", avoid: URL | None = None
) -> Iterator[Connection]:
    """An autocommit session on a maintenance database; never on the source ``avoid``."""
    names = [name for name in ("postgres", "template1") if avoid is None or avoid.database != name]
    engine, connection = _first(server, names, application)
    try:
        with quietly(connection):
            # A role's own limit is for its work elsewhere: a copy takes as long as it does.
            run(connection, "SET statement_timeout = 0")
            yield connection
    finally:
        engine.dispose()


def _first(server: URL, names: list[str], application: str) -> tuple[sa.Engine, Connection]:
    """The first of the databases that lets us in; else the first one's error."""
    problem: DatabaseError | None = None
    for name in names:
        url = server.set(database=name)
        engine = engine_for(url, application)
        try:
            with translated(url):
                return engine, engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        except DatabaseError as error:
            engine.dispose()
            problem = problem or error
    raise problem or DatabaseError("No database of the server is left to connect to.")


@contextmanager
def look_around(server: URL) -> Iterator[Connection]:
    """A read-only session on some database of the server, for looking at its databases."""
    problem: DatabaseError | None = None
    with ExitStack() as stack:
        for name in ("postgres", "template1", server.database):
            try:
                there = open_read_only(server.set(database=name))
                connection = stack.enter_context(there)
            except DatabaseError as error:
                problem = problem or error
            else:
                yield connection
                return
    raise problem or DatabaseError("The server lets nobody in.")


@contextmanager
def told(what: str) -> Iterator[None]:
    """The server's refusals leave as ScratchError, in one line."""
    try:
        yield
    except DBAPIError as error:
        text = " ".join(str(error.orig).split())
        raise ScratchError(f"{what}: {text}") from error
    except PendingRollbackError as error:
        raise ScratchError(f"{what}: the connection to the server was lost.") from error


def is_lost(error: BaseException) -> bool:
    """Whether an error is, or comes from, the loss of a connection."""
    cause = error.__cause__ or error.__context__ or error
    return isinstance(cause, DBAPIError) and cause.connection_invalidated


def may_create(server: URL) -> bool:
    """Whether the role may make databases there, and may connect to where that is done."""
    with look_around(server) as connection:
        allowed = connection.scalar(
            sa.text("SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user")
        )
    if not allowed:
        return False
    try:
        with administer(server):
            return True
    except DatabaseError:
        return False


def run(admin: Connection, statement: str) -> None:
    """Run a statement that takes no parameters: what is put into it is quoted already."""
    admin.exec_driver_sql(statement, execution_options={"no_parameters": True})


def drop_database(admin: Connection, name: str) -> None:
    force = " WITH (FORCE)" if version(admin) >= 13 else ""
    run(admin, f"DROP DATABASE IF EXISTS {quoted(name)}{force}")


def end_sessions(admin: Connection, *, application: str) -> None:
    """End our own sessions of this name, and give them a moment to be gone."""
    query = sa.text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE application_name = :name AND usename = current_user AND pid <> pg_backend_pid()"
    )
    until = time.monotonic() + _LEAVING
    while admin.scalars(query, {"name": application}).all() and time.monotonic() < until:
        time.sleep(0.02)


def rename(admin: Connection, name: str, new: str) -> None:
    try:
        run(admin, f"ALTER DATABASE {quoted(name)} RENAME TO {quoted(new)}")
    except DBAPIError as error:
        if sqlstate(error) == _DUPLICATE:
            raise exists_error(new) from error
        raise


def check_free(server: URL, name: str) -> None:
    with look_around(server) as connection:
        query = sa.text("SELECT 1 FROM pg_database WHERE datname = :name")
        if connection.scalar(query, {"name": name}):
            raise exists_error(name)


def exists_error(name: str) -> ScratchError:
    return ScratchError(f"A database {name!r} exists. Choose another name, or drop it.")


def make_roles(admin: Connection, roles: tuple[str, ...]) -> None:
    """Roles that policies and grants of the source speak of; nobody can log in as one."""
    there = set(admin.scalars(sa.text("SELECT rolname FROM pg_roles")))
    for role in sorted(set(roles) - there):
        with suppress(DBAPIError):  # made by another process at the same moment
            run(admin, f"CREATE ROLE {quoted(role)} NOLOGIN")


def is_in_use(admin: Connection, database: str, *, patient: bool = False) -> bool:
    """Whether anybody is connected to the database; a session of ours is given time to end.

    So is any other one if ``patient``. A worker of autovacuum is nobody: it makes way.
    """
    query = sa.text(
        "SELECT application_name FROM pg_stat_activity "
        "WHERE datname = :name AND backend_type <> 'autovacuum worker'"
    )
    until = time.monotonic() + _LEAVING
    while sessions := admin.scalars(query, {"name": database}).all():
        stays = not patient and any(each != "schema-workbench" for each in sessions)
        if stays or time.monotonic() > until:
            return True
        time.sleep(0.02)
    return False


def version(admin: Connection) -> int:
    return int(admin.scalar(sa.text("SELECT current_setting('server_version_num')")) or 0) // 10000


def same_server(one: URL, other: URL) -> bool:
    """Whether two URLs lead to one server as one role, as far as can be told from their text."""
    return one.set(database="") == other.set(database="")


def sqlstate(error: DBAPIError) -> str | None:
    return getattr(error.orig, "sqlstate", None)
