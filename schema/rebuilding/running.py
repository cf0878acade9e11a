"""Running statements on a scratch database, and nowhere else."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import groupby

from sqlalchemy.exc import DBAPIError

from schema import stopping
from schema.database import each_committed, sqlite_path
from schema.ddl import Statement
from schema.scratch import ScratchDatabase
from schema.worker.beyond import guard_connection
from schema.worker.failure import Failure

__all__ = ["SESSION", "build", "run"]

#: Runs SQL text; raises the driver's error.
_Execute = Callable[[str], object]

#: What that is, in an ``except``.
_Errors = type[Exception] | tuple[type[Exception], ...]

#: What a session needs before the statements of ``schema.ddl`` mean what they say.
SESSION = {
    "postgresql": ("SET search_path = public", "SET check_function_bodies = off"),
    "sqlite": ("PRAGMA foreign_keys = OFF", "PRAGMA legacy_alter_table = OFF"),
    "mariadb": (
        "SET SESSION lock_wait_timeout = 10",
        "SET SESSION system_versioning_alter_history = KEEP",
    ),
}

#: How many statements are sent at once while a schema is built.
_BATCH = 200


def build(scratch: ScratchDatabase, statements: Sequence[str]) -> list[str]:
    """Run each statement; one that fails does not stop the others, and its error is returned."""
    errors: list[str] = []
    with _session(scratch) as (execute, error_class):
        for start in range(0, len(statements), _BATCH):
            stopping.check()
            batch = statements[start : start + _BATCH]
            if scratch.kind == "mariadb":  # there is no transaction around DDL
                errors += _one_by_one(execute, batch, error_class)
                continue
            try:
                _all_or_nothing(execute, batch)
            except error_class:
                _quietly(execute, "ROLLBACK", error_class)
                errors += _one_by_one(execute, batch, error_class)
    return errors


def run(scratch: ScratchDatabase, statements: Sequence[Statement]) -> str | None:
    """Run the statements as a repair's file does, each run of transactional ones in one BEGIN.

    Returns what the first error says and in which statement, or None.
    """
    with _session(scratch) as (execute, error_class):
        for in_transaction, group in groupby(statements, lambda each: each.in_transaction):
            sql = [each.sql for each in group]
            for text in ["BEGIN", *sql, "COMMIT"] if in_transaction else sql:
                stopping.check()
                try:
                    execute(text)
                except error_class as error:
                    return f"{_told(error)} (in: {_short(text)})"
    return None


def _all_or_nothing(execute: _Execute, batch: Sequence[str]) -> None:
    execute("BEGIN")
    for statement in batch:
        execute(statement)
    execute("COMMIT")


def _one_by_one(execute: _Execute, batch: Sequence[str], error_class: _Errors) -> Iterator[str]:
    for statement in batch:
        try:
            execute(statement)
        except error_class as error:
            yield f"{_told(error)} (in: {_short(statement)})"


def _quietly(execute: _Execute, statement: str, error_class: _Errors) -> None:
    try:
        execute(statement)
    except error_class:
        return


@contextmanager
def _session(scratch: ScratchDatabase) -> Iterator[tuple[_Execute, _Errors]]:
    """A way to run SQL in which every statement stands for itself until one says BEGIN."""
    with _SESSIONS[scratch.kind](scratch) as (execute, error_class):
        for statement in SESSION[scratch.kind]:
            execute(statement)
        yield execute, error_class


@contextmanager
def _sqlite(scratch: ScratchDatabase) -> Iterator[tuple[_Execute, _Errors]]:
    connection = sqlite3.connect(sqlite_path(scratch.url), isolation_level=None)
    with closing(connection):
        # Statements that SQLite refuses at their first step only fail once they are stepped.
        yield lambda text: connection.execute(text).fetchall(), sqlite3.Error


@contextmanager
def _postgresql(scratch: ScratchDatabase) -> Iterator[tuple[_Execute, _Errors]]:
    with each_committed(scratch.url) as connection:
        connection.exec_driver_sql("SET synchronous_commit = off")
        yield lambda text: connection.exec_driver_sql(text).close(), DBAPIError


@contextmanager
def _mariadb(scratch: ScratchDatabase) -> Iterator[tuple[_Execute, _Errors]]:
    with each_committed(scratch.url) as connection:
        # A trigger of live's that names its database would write there from here.
        guard_connection(connection.connection.driver_connection, scratch.name)
        yield lambda text: connection.exec_driver_sql(text).close(), (DBAPIError, Failure)


_SESSIONS = {"sqlite": _sqlite, "postgresql": _postgresql, "mariadb": _mariadb}


def _told(error: Exception) -> str:
    """The server's first line, without the driver's own words."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    is_numbered = len(cause.args) == 2 and isinstance(cause.args[0], int)  # by PyMySQL
    return str(cause.args[1] if is_numbered else cause).strip().partition("\n")[0]


def _short(statement: str) -> str:
    text = " ".join(statement.split())
    return text if len(text) <= 120 else f"{text[:117]}..."
