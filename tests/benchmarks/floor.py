"""The floor: the catalog queries alone, through the driver alone, with the same facts in them."""

from __future__ import annotations

import sqlite3
from pathlib import Path

__all__ = ["read_postgresql", "read_sqlite"]

_OURS = "n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'"

_POSTGRESQL = (
    f"""SELECT n.nspname, c.relname, c.relkind, c.relpersistence, c.reloptions,
               obj_description(c.oid, 'pg_class')
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {_OURS}""",
    f"""SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
               pg_get_expr(d.adbin, d.adrelid), a.attidentity, a.attgenerated, a.attcollation,
               a.attstorage, a.attnum, col_description(c.oid, a.attnum)
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE c.relkind IN ('r', 'p', 'f') AND a.attnum > 0 AND NOT a.attisdropped AND {_OURS}""",
    f"""SELECT n.nspname, c.relname, con.conname, con.contype, pg_get_constraintdef(con.oid),
               con.condeferrable, con.condeferred, con.convalidated
        FROM pg_constraint con JOIN pg_class c ON c.oid = con.conrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {_OURS}""",
    f"""SELECT n.nspname, c.relname, x.relname, pg_get_indexdef(i.indexrelid), i.indisunique,
               i.indisvalid, x.reloptions
        FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
        JOIN pg_class c ON c.oid = i.indrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND {_OURS}""",
)

_SQLITE = (
    "SELECT type, name, tbl_name, sql FROM sqlite_schema",
    """SELECT m.name, x.* FROM sqlite_schema m, pragma_table_xinfo(m.name) x
       WHERE m.type = 'table'""",
    """SELECT m.name, l.*, x.* FROM sqlite_schema m, pragma_index_list(m.name) l,
              pragma_index_xinfo(l.name) x WHERE m.type = 'table'""",
    """SELECT m.name, f.* FROM sqlite_schema m, pragma_foreign_key_list(m.name) f
       WHERE m.type = 'table'""",
)


def read_postgresql(url: str) -> int:
    """The number of rows that the catalog queries give."""
    import psycopg

    with psycopg.connect(url) as connection:
        return sum(len(connection.execute(statement).fetchall()) for statement in _POSTGRESQL)


def read_sqlite(path: Path) -> int:
    """The number of rows that the pragmas give."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return sum(len(connection.execute(statement).fetchall()) for statement in _SQLITE)
    finally:
        connection.close()
