"""The catalog of a PostgreSQL database (12 to 18), in a fixed number of queries.

Only ``pg_catalog`` is read, which every role may, and nothing of the user's is evaluated.
Definitions are the server's own (``pg_get_expr``, ``pg_get_viewdef`` ...), taken as they are.
"""

from __future__ import annotations

from sqlalchemy.engine import Connection

from schema.catalog.batch import fetch_all
from schema.catalog.objects import OWN_TABLES, Catalog
from schema.catalog.postgresql_queries import SETTINGS, not_compared, queries
from schema.catalog.rows import from_rows
from schema.errors import DatabaseError

__all__ = ["read"]

_OLDEST = 120_000
#: The columns that come before the properties: ``_kind, _schema, _table, _name``.
_IDENTITY = 4


def read(connection: Connection) -> Catalog:
    """Read all schema objects of all schemas but the system's.

    The session's search_path and the like are set for the rest of its transaction. Raises
    DatabaseError for a server older than 12.
    """
    server = connection.exec_driver_sql(SETTINGS).one()
    if server.number < _OLDEST:
        raise DatabaseError(f"PostgreSQL {server.version} is too old to be read; 12 is the oldest.")
    *found, (_, counts) = fetch_all(connection, [*queries(server.number), not_compared()])
    objects = (item for names, rows in found for item in from_rows(names[_IDENTITY:], rows))
    return Catalog(
        "postgresql",
        server.version.partition(" ")[0],
        (item for item in objects if item.name not in OWN_TABLES and item.table not in OWN_TABLES),
        not_compared=[_counted(what, count) for what, count in counts if count],
    )


def _counted(what: str, count: int) -> str:
    """``"2 composite types"``, for Catalog.not_compared."""
    if count == 1:
        return f"1 {what}"
    noun, preposition, rest = what.partition(" with ")
    plural = f"{noun}es" if noun.endswith("s") else f"{noun}s"
    return f"{count} {plural}{preposition}{rest}"
