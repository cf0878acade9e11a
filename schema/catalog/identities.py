"""What the server itself knows objects by, whatever they are called."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.engine import Connection

from schema.catalog.objects import Identity

__all__ = ["read_identities"]

_OURS = "n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'"

# An oid is never given twice as long as its object lives, and a rename keeps it; so does an attnum
# within its table (https://www.postgresql.org/docs/current/catalogs.html).
_QUERY = f"""
SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'table' END,
       n.nspname, NULL, c.relname, 'pg_class ' || c.oid
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND {_OURS}
UNION ALL
SELECT 'column', n.nspname, c.relname, a.attname, 'pg_attribute ' || c.oid || ' ' || a.attnum
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f') AND a.attnum > 0 AND NOT a.attisdropped AND {_OURS}
UNION ALL
SELECT 'index', n.nspname, t.relname, c.relname, 'pg_class ' || c.oid
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {_OURS}
UNION ALL
SELECT CASE k.contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique' WHEN 'f' THEN 'foreign key'
                      WHEN 'c' THEN 'check' ELSE 'exclusion' END,
       n.nspname, c.relname, k.conname, 'pg_constraint ' || k.oid
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype IN ('p', 'u', 'f', 'c', 'x') AND {_OURS}
UNION ALL
SELECT CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' ELSE 'range type' END,
       n.nspname, NULL, t.typname, 'pg_type ' || t.oid
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE t.typtype IN ('e', 'd', 'r') AND {_OURS}
"""  # noqa: S608 -- put together from this module's own constants


def read_identities(connection: Connection) -> Mapping[Identity, str]:
    """By object, its number in the server's catalogs; for ``compare`` on one database only.

    Tables, views, columns, constraints, indexes and types have one. Empty on SQLite, whose objects
    have no other identity than their names.
    """
    if connection.dialect.name != "postgresql":
        return {}
    return {
        Identity(kind, schema_name, table, name): number
        for kind, schema_name, table, name, number in connection.exec_driver_sql(_QUERY)
    }
