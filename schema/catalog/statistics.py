"""What a server knows of the data in columns: it helps to tell a renamed column from a new one."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.engine import URL, Connection

from schema.catalog.objects import Identity
from schema.database import open_read_only

__all__ = ["read_statistics"]

# What a role may not read, the view leaves out (https://www.postgresql.org/docs/current/view-pg-stats.html).
_QUERY = """
SELECT schemaname, tablename, attname, null_frac, n_distinct, avg_width
FROM pg_catalog.pg_stats
WHERE NOT inherited AND schemaname <> 'information_schema' AND schemaname !~ '^pg_'
"""


def read_statistics(database: str | URL | Connection) -> Mapping[Identity, Mapping[str, float]]:
    """By column: ``null_frac``, ``n_distinct`` and ``avg_width`` (bytes), as ANALYZE left them.

    Empty on SQLite, where nothing of the kind is kept. No data is read. Raises DatabaseError.
    """
    if not isinstance(database, Connection):
        with open_read_only(database) as connection:
            return read_statistics(connection)
    if database.dialect.name != "postgresql":
        return {}
    rows = database.exec_driver_sql(_QUERY)
    return {
        Identity("column", schema_name, table, column): {
            "null_frac": nulls, "n_distinct": distinct, "avg_width": width
        }
        for schema_name, table, column, nulls, distinct, width in rows
    }  # fmt: skip
