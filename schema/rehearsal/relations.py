"""What stores a database's rows: each table and index with its storage and its size on disk."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import MappingProxyType

import sqlalchemy as sa
from sqlalchemy.engine import Connection

__all__ = ["Key", "Relation", "Relations", "read_relations"]

#: What a relation is known by, whatever it is called: PostgreSQL's oid; SQLite knows names only.
Key = int | str

#: SQLite tells the size of single tables by reading the whole file; so only of one up to this many
#: bytes. Measured: 0.6 ms a megabyte that is in memory.
MOST_BYTES = 2 * 1024**3

#: Tables of SQLite's and of ours that are no part of the schema.
_OWN = ("_schema_scratch", "sqlite_sequence", "sqlite_stat1", "sqlite_stat4")


@dataclass(frozen=True, slots=True)
class Relation:
    """A table, an index or another thing with storage of its own.

    ``storage`` names its place on disk: another number after a step means that it was written anew
    (PostgreSQL: the file node; SQLite: the root page; MariaDB: InnoDB's number of the table); None
    for what stores nothing. ``table`` is
    the key of the table that an index belongs to. ``bytes`` is None where it was not measured; a
    table's include its TOAST.
    """

    label: str
    kind: str
    storage: int | None
    bytes: int | None
    table: Key | None = None


@dataclass(frozen=True)
class Relations:
    """All relations of a database at one moment, by what they are known by.

    ``wal_position`` is where the server's log stood, in bytes, ``temp_bytes`` what this database's
    sessions ever wrote to temporary files: the server adds it up when a session ends. Both are None
    on SQLite. ``file_bytes`` is the size of a SQLite file, None on PostgreSQL.
    """

    relations: Mapping[Key, Relation] = field(default_factory=dict)
    wal_position: int | None = None
    temp_bytes: int | None = None
    file_bytes: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "relations", MappingProxyType(dict(self.relations)))

    def get(self, key: Key | None) -> Relation | None:
        """The relation known by this key; None when there is none."""
        return None if key is None else self.relations.get(key)

    def named(self, label: str, kind: str) -> tuple[Key, Relation] | None:
        """The relation that is called so, with its key."""
        for key, relation in self.relations.items():
            if (relation.label, relation.kind) == (label, kind):
                return key, relation
        return None


def read_relations(connection: Connection) -> Relations:
    """Read all relations of the database, in two queries. Raises SQLAlchemy's DBAPIError."""
    if connection.dialect.name == "sqlite":
        return _read_sqlite(connection)
    if connection.dialect.name in {"mariadb", "mysql"}:
        return _read_mariadb(connection)
    return _read_postgresql(connection)


# Sources: https://www.postgresql.org/docs/current/catalog-pg-class.html and, for the functions,
# https://www.postgresql.org/docs/current/functions-admin.html ("Database Object Size Functions").
# Numbers below 16384 are the system's own objects.
_POSTGRESQL = """
SELECT c.oid,
  CASE WHEN n.nspname = 'public' THEN c.relname ELSE n.nspname || '.' || c.relname END,
  CASE
    WHEN n.nspname = 'pg_toast' THEN 'toast'
    WHEN c.relkind IN ('r', 'p') THEN 'table'
    WHEN c.relkind IN ('i', 'I') THEN 'index'
    WHEN c.relkind = 'S' THEN 'sequence'
    WHEN c.relkind = 'v' THEN 'view'
    WHEN c.relkind = 'm' THEN 'materialized view'
    ELSE 'foreign table'
  END,
  nullif(pg_catalog.pg_relation_filenode(c.oid), 0),
  CASE WHEN c.relkind IN ('r', 'm', 'i') AND n.nspname <> 'pg_toast'
    THEN pg_catalog.pg_table_size(c.oid) END,
  coalesce(i.indrelid, 0)
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid = c.oid
WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'i', 'I', 'S', 'v', 'm', 'f', 't')
  AND n.nspname NOT IN ('pg_catalog', 'information_schema')
ORDER BY c.oid
"""

_SERVER = """
SELECT pg_catalog.pg_wal_lsn_diff(
    CASE WHEN pg_catalog.pg_is_in_recovery() THEN NULL
      ELSE pg_catalog.pg_current_wal_insert_lsn() END, '0/0'),
  (SELECT temp_bytes FROM pg_catalog.pg_stat_database WHERE datname = current_database())
"""


def _read_postgresql(connection: Connection) -> Relations:
    found: dict[Key, Relation] = {
        int(oid): Relation(label, kind, storage, size, int(table) or None)
        for oid, label, kind, storage, size, table in connection.exec_driver_sql(_POSTGRESQL)
    }
    position, temporary = connection.exec_driver_sql(_SERVER).one()
    return Relations(
        found,
        wal_position=None if position is None else int(position),
        temp_bytes=None if temporary is None else int(temporary),
    )


# InnoDB has a new number for a table that was written anew. Only who may see the server's processes
# is told; a name is as it is in the file system. Source:
# https://mariadb.com/kb/en/information-schema-innodb_sys_tables-table/
_INNODB = """
SELECT t.NAME, t.TABLE_ID, s.FILE_SIZE FROM information_schema.INNODB_SYS_TABLES AS t
LEFT JOIN information_schema.INNODB_SYS_TABLESPACES AS s ON s.SPACE = t.SPACE AND t.SPACE <> 0
WHERE t.NAME LIKE concat(replace(DATABASE(), '_', '\\_'), '/%%')
"""
_MARIADB = """
SELECT TABLE_NAME, TABLE_TYPE FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()
"""
_ENCODED = re.compile(r"@([0-9a-f]{4})")


def _read_mariadb(connection: Connection) -> Relations:
    storage: dict[str, tuple[int, int | None]] = {}
    with suppress(sa.exc.DBAPIError):  # no right to see it: then nothing is known of storage
        for told, number, size in connection.exec_driver_sql(_INNODB, ()):
            name = _ENCODED.sub(lambda m: chr(int(m[1], 16)), told.partition("/")[2])
            storage[name] = int(number), None if size is None else int(size)
    found: dict[Key, Relation] = {}
    for name, told in connection.exec_driver_sql(_MARIADB):
        kind = {"VIEW": "view", "SEQUENCE": "sequence"}.get(told, "table")
        if name not in _OWN:
            number, size = storage.get(name, (None, None)) if kind == "table" else (None, None)
            found[f"{kind} {name}"] = Relation(name, kind, number, size)
    return Relations(found)


def _read_sqlite(connection: Connection) -> Relations:
    pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    size = int(pages) * int(connection.exec_driver_sql("PRAGMA page_size").scalar_one())
    sizes = _sizes(connection) if size <= MOST_BYTES else {}
    query = "SELECT type, name, tbl_name, rootpage FROM main.sqlite_master WHERE rootpage > 0"
    found: dict[Key, Relation] = {}
    for kind, name, table, page in connection.exec_driver_sql(query):
        if name not in _OWN and table not in _OWN:
            owner = f"table {table}" if kind == "index" else None
            found[f"{kind} {name}"] = Relation(name, kind, int(page), sizes.get(name), owner)
    return Relations(found, file_bytes=size)


def _sizes(connection: Connection) -> dict[str, int]:
    """The bytes of each table and index; none where this SQLite was built without that.

    Source: https://www.sqlite.org/dbstat.html, with the hidden column ``aggregate``.
    """
    query = "SELECT name, pgsize FROM dbstat WHERE aggregate = 1"
    try:
        return {name: int(size) for name, size in connection.exec_driver_sql(query)}
    except sa.exc.OperationalError:
        return {}
