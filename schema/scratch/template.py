"""Copying a PostgreSQL database within its server: ``CREATE DATABASE … TEMPLATE``.

Small databases go through the WAL, as is the server's default. For larger ones the files are
copied, or cloned where the server (18) and its file system can; that costs two checkpoints of the
server. Source: https://www.postgresql.org/docs/18/sql-createdatabase.html and
https://www.postgresql.org/docs/18/runtime-config-resource.html#GUC-FILE-COPY-METHOD
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing, suppress
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from schema.database import engine_for, quietly
from schema.errors import ScratchError
from schema.scratch.model import Cancelled
from schema.scratch.server import run, sqlstate, version
from schema.scratch.source import quoted
from schema.scratch.watch import STOPPED, check, stopping

__all__ = ["FORBIDDEN", "IN_USE", "copy_template", "settings_of"]

#: SQLSTATEs: object_in_use, lock_not_available; insufficient_privilege.
IN_USE = {"55006", "55P03"}
FORBIDDEN = {"42501"}

_FILES_FROM = 128_000_000  # bytes; below, the checkpoints that it takes cost more than they save
_NO_CLONE = ("XX", "58", "0A")  # classes of what is told where the file system can't


def copy_template(
    admin: Connection,
    name: str,
    template: str,
    *,
    make_way: bool = False,
    cancelled: Cancelled | None = None,
) -> bool:
    """Make the new database ``name`` from ``template``, which nobody may be connected to.

    The server waits five seconds for others to leave, and whoever connects meanwhile waits until
    it is done; with ``make_way``, it is given up as soon as anybody does, and the answer is False.
    What ALTER DATABASE … SET left is not taken along. Raises DBAPIError, and ScratchError when
    stopped.
    """
    check(cancelled)
    statement = f"CREATE DATABASE {quoted(name)} TEMPLATE {quoted(template)}"
    size = admin.scalar(sa.text("SELECT pg_database_size(CAST(:n AS name))"), {"n": template})
    newcomers = _Newcomers(admin, template)
    with (
        stopping(cancelled, _canceller(admin)) as stopped,
        closing(newcomers),
        stopping(newcomers.wait if make_way else None, _canceller(admin)) as interrupted,
    ):
        try:
            if int(size or 0) < _FILES_FROM or version(admin) < 15:
                run(admin, statement)
            else:
                _copy_files(admin, f"{statement} STRATEGY file_copy")
        except DBAPIError:
            if interrupted.is_set():
                return False
            if not stopped.is_set():
                raise
    if stopped.is_set():
        raise ScratchError(STOPPED)
    return True


class _Newcomers:
    """Who waits to be let into a database, seen from a session of its own."""

    def __init__(self, admin: Connection, database: str) -> None:
        self._engine = engine_for(admin.engine.url)
        self._asked = {"name": database, "own": admin.scalar(sa.text("SELECT pg_backend_pid()"))}
        self._connection: Connection | None = None

    def wait(self) -> bool:
        """Whether anybody does. False when that cannot be seen."""
        try:
            if self._connection is None:
                opened = self._engine.connect()
                self._connection = opened.execution_options(isolation_level="AUTOCOMMIT")
            return bool(self._connection.scalar(_WAITING, self._asked))
        except DBAPIError:
            return False

    def close(self) -> None:
        if self._connection is not None:
            with quietly(self._connection):
                self._connection = None
        self._engine.dispose()


# Who connects takes a lock on the database as an object that all databases share. A worker of
# autovacuum may wait; before 18 it is not listed while it does, and counts as somebody.
_WAITING = sa.text(
    "SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.objid "
    "WHERE NOT l.granted AND l.pid <> :own AND l.locktype = 'object' AND l.database = 0 "
    "AND l.classid = CAST('pg_database' AS regclass) AND d.datname = :name "
    "AND NOT EXISTS (SELECT FROM pg_stat_activity a "
    "WHERE a.pid = l.pid AND a.backend_type = 'autovacuum worker'))"
)


def _copy_files(admin: Connection, statement: str) -> None:
    try:
        run(admin, "SET file_copy_method = clone")
    except DBAPIError:  # unknown before 18, and where the system has no call for it
        run(admin, statement)
        return
    try:
        run(admin, statement)
    except DBAPIError as error:
        if not (sqlstate(error) or "").startswith(_NO_CLONE):
            raise
        run(admin, "SET file_copy_method = copy")
        run(admin, statement)


def _canceller(admin: Connection) -> Callable[[], None]:
    """What stops the statement that ``admin`` is waiting for; for use from another thread."""
    driver: Any = admin.connection.dbapi_connection

    def stop() -> None:
        with suppress(Exception):  # it has ended, or its server has
            driver.cancel()

    return stop


def settings_of(admin: Connection, database: str) -> tuple[str, ...]:
    """What ALTER DATABASE … SET left for everybody, as "name=value"."""
    query = sa.text(
        "SELECT unnest(s.setconfig) FROM pg_db_role_setting s "
        "JOIN pg_database d ON d.oid = s.setdatabase WHERE d.datname = :name AND s.setrole = 0"
    )
    return tuple(admin.scalars(query, {"name": database}))
