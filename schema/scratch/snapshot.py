"""One moment of a PostgreSQL database, which several sessions look at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import DBAPIError

from schema.database import open_read_only

__all__ = ["exported_snapshot"]


@contextmanager
def exported_snapshot(source: URL) -> Iterator[tuple[Connection, str | None]]:
    """A read-only transaction, and the name by which others join its snapshot while it lasts.

    The name is None where the server exports none; then only what this session reads, or one
    pg_dump reads, belongs to one moment. Its statements may take as long as they take. Source:
    https://www.postgresql.org/docs/18/functions-admin.html#FUNCTIONS-SNAPSHOT-SYNCHRONIZATION
    """
    with open_read_only(source) as connection:
        try:
            name = connection.scalar(sa.text("SELECT pg_export_snapshot()"))
        except DBAPIError:
            connection.rollback()
            connection.begin()
            name = None
        # For this transaction only: a pooler would keep a session's setting for the next client.
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
        yield connection, name
