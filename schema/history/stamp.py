"""Where a database stands: the stamps in its version table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection

from schema.database import open_read_only
from schema.errors import DatabaseError

if TYPE_CHECKING:
    from schema.project import Project

__all__ = ["current_in", "read_current", "stamps_in"]


def read_current(project: Project, url: URL | None = None) -> tuple[str, ...]:
    """The stamps of a live database, by default the project's own; read-only, sorted.

    ``()`` when the version table is empty or not there. Raises DatabaseError when the database
    cannot be read, and whatever ``project.settings()`` raises: the table's name is env.py's.
    """
    with open_read_only(project.database_url() if url is None else url) as connection:
        return current_in(project, connection)


def current_in(project: Project, connection: Connection) -> tuple[str, ...]:
    """The stamps in the project's version table that an open connection sees, sorted."""
    settings = project.settings(with_url=False)
    return stamps_in(connection, settings.version_table, settings.version_table_schema)


def stamps_in(
    connection: Connection, table: str = "alembic_version", schema_name: str | None = None
) -> tuple[str, ...]:
    """The stamps in a version table that an open connection sees; ``()`` when it is not there.

    Raises DatabaseError for a row without an id.
    """
    if not sa.inspect(connection).has_table(table, schema=schema_name):
        return ()
    version = sa.Column("version_num", sa.String)
    versions = sa.Table(table, sa.MetaData(), version, schema=schema_name)
    found = set(connection.scalars(sa.select(versions.c.version_num)))
    if None in found:
        raise DatabaseError(
            f"The version table {table} holds a row without an id (NULL), which Alembic never "
            "writes. What to do about it: schema diagnose"
        )
    return tuple(sorted(map(str, found)))  # a table by hand may hold numbers
