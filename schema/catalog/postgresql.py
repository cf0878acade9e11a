"""The catalog of a PostgreSQL database (12 to 18), in a fixed number of queries.

Only ``pg_catalog`` is read, which every role may, and nothing of the user's is evaluated.
Definitions are the server's own (``pg_get_expr``, ``pg_get_viewdef`` ...), taken as they are.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import Connection, Row

from schema.catalog.objects import OWN_TABLES, Catalog, Property, SchemaObject
from schema.catalog.postgresql_queries import SETTINGS, not_compared, queries
from schema.errors import DatabaseError

__all__ = ["read"]

_OLDEST = 120_000
_IDENTITY = ("_kind", "_schema", "_table", "_name")


def read(connection: Connection) -> Catalog:
    """Read all schema objects of all schemas but the system's.

    The session's search_path and the like are set for the rest of its transaction. Raises
    DatabaseError for a server older than 12.
    """
    server = connection.exec_driver_sql(SETTINGS).one()
    if server.number < _OLDEST:
        raise DatabaseError(f"PostgreSQL {server.version} is too old to be read; 12 is the oldest.")
    objects = [
        _object(row)
        for statement in queries(server.number)
        for row in connection.exec_driver_sql(statement)
    ]
    counts = connection.exec_driver_sql(not_compared())
    return Catalog(
        "postgresql",
        server.version.partition(" ")[0],
        (item for item in objects if not {item.name, item.table} & OWN_TABLES),
        not_compared=[_counted(what, count) for what, count in counts if count],
    )


def _object(row: Row[Any]) -> SchemaObject:
    found = dict(row._mapping)
    kind, schema_name, table, name = (found.pop(label) for label in _IDENTITY)
    return SchemaObject(
        kind, schema_name, table, name, {key: _property(value) for key, value in found.items()}
    )


def _property(value: Any) -> Property:  # noqa: ANN401 -- whatever the driver gives
    return tuple(value) if isinstance(value, list) else value


def _counted(what: str, count: int) -> str:
    """``"2 composite types"``, for Catalog.not_compared."""
    if count == 1:
        return f"1 {what}"
    noun, preposition, rest = what.partition(" with ")
    plural = f"{noun}es" if noun.endswith("s") else f"{noun}s"
    return f"{count} {plural}{preposition}{rest}"
