"""After a killed or failed step: leave nobody in the scratch database, so that it can be read."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress

import sqlalchemy as sa

from schema.database import sqlite_path
from schema.errors import DatabaseError
from schema.scratch import ScratchDatabase

__all__ = ["recover"]

#: Seconds that a server gets to end a session: it looks for the signal between two pages of work.
PATIENCE = 30.0

_OTHERS = (
    "FROM pg_stat_activity WHERE datname = current_database() "
    "AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
)


def recover(scratch: ScratchDatabase) -> None:
    """End what the dead worker left running, and have its unfinished transaction rolled back.

    Only ever called for a marked scratch database. Raises DatabaseError when that does not work.
    """
    try:
        if scratch.kind == "sqlite":
            _roll_back(scratch)
        elif scratch.kind == "mariadb":
            _end_sessions(scratch, _end_on_mariadb)
        else:
            _end_sessions(scratch, _end_on_postgresql)
    except (sqlite3.Error, sa.exc.DBAPIError) as error:
        text = " ".join(str(getattr(error, "orig", None) or error).split())
        raise DatabaseError(f"{scratch.name} cannot be read after the step: {text}") from None


def _roll_back(scratch: ScratchDatabase) -> None:
    """Read once as a writer may: that plays back the journal, which a read-only session cannot.

    Source: https://www.sqlite.org/atomiccommit.html, "Hot Rollback Journals".
    """
    with closing(sqlite3.connect(sqlite_path(scratch.url))) as connection:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()


def _end_sessions(scratch: ScratchDatabase, end: Callable[[sa.Connection], bool]) -> None:
    """Have a server end other sessions until there are none; ``end`` tells whether it saw any."""
    engine = sa.create_engine(scratch.url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            deadline = time.monotonic() + PATIENCE
            while end(connection):
                if time.monotonic() > deadline:
                    raise DatabaseError(
                        f"A session in {scratch.name} did not end within {PATIENCE:g} s. "
                        "Drop the copy, and make another."
                    )
                time.sleep(0.05)
    finally:
        engine.dispose()


def _end_on_postgresql(connection: sa.Connection) -> bool:
    """A server process goes on with its statement when its client is gone; so end it."""
    return bool(connection.scalars(sa.text(f"SELECT pg_terminate_backend(pid) {_OTHERS}")).all())


_MARIADB_OTHERS = (
    "SELECT ID FROM information_schema.PROCESSLIST WHERE BINARY DB = DATABASE() "
    "AND ID <> CONNECTION_ID() AND USER = substring_index(USER(), '@', 1)"
)


def _end_on_mariadb(connection: sa.Connection) -> bool:
    """The server finishes a statement of DDL, or undoes it; then the session is gone."""
    found = connection.scalars(sa.text(_MARIADB_OTHERS)).all()
    for number in found:
        with suppress(sa.exc.DBAPIError):  # it has ended meanwhile
            connection.exec_driver_sql(f"KILL CONNECTION {int(number)}")
    return bool(found)
