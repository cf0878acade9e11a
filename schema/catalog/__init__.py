"""Catalogs: all schema objects of one database, read in a constant number of queries."""

from __future__ import annotations

from sqlalchemy.engine import URL, Connection

from schema.catalog.objects import OWN_TABLES, Catalog, Identity, Property, SchemaObject
from schema.catalog.rows import nothing_is_garbage
from schema.database import open_read_only
from schema.errors import DatabaseError

__all__ = ["OWN_TABLES", "Catalog", "Identity", "Property", "SchemaObject", "read_catalog"]


def read_catalog(database: str | URL | Connection) -> Catalog:
    """The catalog of a database, given by URL (opened read-only) or by an open connection.

    Raises DatabaseError when it cannot be read.
    """
    if not isinstance(database, Connection):
        with open_read_only(database) as connection:
            return read_catalog(connection)
    dialect = database.dialect.name
    if dialect == "sqlite":
        from schema.catalog import sqlite

        with nothing_is_garbage():
            return sqlite.read(database)
    if dialect == "postgresql":
        from schema.catalog import postgresql

        with nothing_is_garbage():
            return postgresql.read(database)
    if dialect in {"mariadb", "mysql"}:
        from schema.catalog import mariadb

        with nothing_is_garbage():
            return mariadb.read(database)
    raise DatabaseError(f"Catalogs of {dialect} databases are not read yet.")
