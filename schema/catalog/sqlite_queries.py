"""What the SQLite reader asks a database: its schema's entries, and the pragmas joined to them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from schema.catalog.objects import Property
from schema.catalog.sqlite_text import fold

__all__ = ["Entries", "Entry", "Rows", "database", "entries", "pragma_rows", "shadow_tables",
           "virtual_columns"]  # fmt: skip

_SCHEMA = "SELECT rowid, type, name, tbl_name, sql FROM main.sqlite_schema"

_DATABASE = """
SELECT user_version, application_id, encoding, auto_vacuum
FROM pragma_user_version, pragma_application_id, pragma_encoding, pragma_auto_vacuum"""

# A virtual table's module may be missing, which would fail the whole query.
_TABLES = """(SELECT rowid AS id, name FROM main.sqlite_schema
              WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'{only}) AS m"""

# Unsorted: a join's outer table is sqlite_schema, as the pragmas need its names, and each pragma
# gives its rows in its own order.
_PRAGMAS = (
    """SELECT m.id, x.cid, x.name, x.type, x."notnull", x.dflt_value, x.pk, x.hidden
    FROM {tables}, pragma_table_xinfo(m.name, 'main') AS x""",
    """SELECT m.id, l.name, l."unique", l.origin, l.partial, x.name, x."desc", x.coll
    FROM {tables}, pragma_index_list(m.name, 'main') AS l, pragma_index_xinfo(l.name, 'main') AS x
    WHERE x.key = 1""",
    """SELECT m.id, f.id, f."table", f."from", f."to", f.on_update, f.on_delete
    FROM {tables}, pragma_foreign_key_list(m.name, 'main') AS f""",
)

#: Tables that belong to a virtual table; ``pragma_table_list`` is there from 3.37 on.
_SHADOWS = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow'"

#: How SQLite's own modules call their shadow tables, for older versions and missing modules:
#: https://sqlite.org/fts5.html, /fts3.html#_shadow_tables and /rtree.html
_SHADOW_ENDINGS = {
    "fts5": ("data", "idx", "content", "docsize", "config"),
    "fts4": ("content", "segments", "segdir", "docsize", "stat"),
    "fts3": ("content", "segments", "segdir"),
    "rtree": ("node", "rowid", "parent"),
    "rtree_i32": ("node", "rowid", "parent"),
    "geopoly": ("node", "rowid", "parent"),
}


class Entry(NamedTuple):
    """A row of ``sqlite_schema`` (https://sqlite.org/schematab.html)."""

    id: int
    type: str
    name: str
    table: str
    sql: str


@dataclass(slots=True)
class Entries:
    """The schema's entries by what they are; tables by folded name, indexes by their table's.

    ``malformed`` names entries of which SQLite itself makes no sense.
    """

    tables: dict[str, Entry] = field(default_factory=dict)
    virtual: dict[str, Entry] = field(default_factory=dict)
    indexes: dict[str, list[Entry]] = field(default_factory=dict)
    others: list[Entry] = field(default_factory=list)
    malformed: list[str] = field(default_factory=list)

    def add(self, entry: Entry) -> None:
        number, kind, name, table, sql = entry
        if not (type(name) is type(table) is str):
            self.malformed.append(f"row {number}")
        elif name[:7].lower() == "sqlite_" or table[:7].lower() == "sqlite_":
            pass  # SQLite's own
        elif type(sql) is not str or not sql or kind not in _TYPES:
            self.malformed.append(f"{kind} {name}")
        elif kind == "index":
            self.indexes.setdefault(fold(table), []).append(entry)
        elif kind == "table":
            self._add_table(entry)
        else:
            self.others.append(entry)

    def _add_table(self, entry: Entry) -> None:
        name = fold(entry.name)
        if name in self.tables or name in self.virtual:
            self.malformed.append(f"a second table {entry.name}")
        elif _VIRTUAL.match(entry.sql):
            self.virtual[name] = entry
        else:
            self.tables[name] = entry

    def leave_out(self, names: Collection[str]) -> None:
        """Forget these tables, and what belongs to them."""
        for name in map(fold, names):
            for found in (self.tables, self.virtual, self.indexes):
                found.pop(name, None)
        self.others = [entry for entry in self.others if entry.table not in names]


_TYPES = {"table", "index", "view", "trigger"}
_VIRTUAL = re.compile(r"CREATE\s+VIRTUAL\b", re.IGNORECASE)


def entries(connection: Connection) -> Entries:
    """All entries of the main schema that are not SQLite's own."""
    found = Entries()
    for row in _rows(connection, _SCHEMA):
        found.add(Entry._make(row))
    return found


def database(connection: Connection) -> dict[str, Property]:
    """What the file says of the whole database: https://sqlite.org/fileformat.html."""
    names = ("user_version", "application_id", "encoding", "auto_vacuum")
    return dict(zip(names, _rows(connection, _DATABASE)[0], strict=True))


#: A pragma's rows by their table's row number in ``sqlite_schema``.
Rows = Mapping[int, list[tuple[Any, ...]]]


def pragma_rows(connection: Connection, tables: Collection[int] | None) -> tuple[Rows, Rows, Rows]:
    """Columns, key columns of indexes, and foreign keys: of these tables, or of all for None."""
    only = "" if tables is None else f" AND rowid IN ({', '.join(map(str, tables))})"
    source = _TABLES.format(only=only)
    columns, indexes, foreign_keys = (
        _by_table(_rows(connection, statement.format(tables=source))) for statement in _PRAGMAS
    )
    return columns, indexes, foreign_keys


def _by_table(rows: list[tuple[Any, ...]]) -> Rows:
    return {table: list(found) for table, found in groupby(rows, itemgetter(0))}


def shadow_tables(connection: Connection, virtual: Mapping[str, str]) -> set[str]:
    """The tables in which virtual ones keep their data; ``virtual`` gives each one's module.

    SQLite is asked only where there is a virtual table, as it then loads every module and view.
    """
    found = {
        f"{table}_{ending}"
        for table, module in virtual.items()
        for ending in _SHADOW_ENDINGS.get(fold(module), ())
    }
    if virtual:
        with suppress(DBAPIError):  # before 3.37
            found |= {name for (name,) in _rows(connection, _SHADOWS)}
    return found


def virtual_columns(connection: Connection, table: str) -> list[tuple[str, bool]]:
    """The columns that a virtual table's module declares, and whether each is hidden.

    Raises DBAPIError when the module is not loaded, or refuses.
    """
    statement = "SELECT name, hidden FROM pragma_table_xinfo(?, 'main')"
    found = connection.exec_driver_sql(statement, (table,)).all()
    return [(name, hidden == 1) for name, hidden in found]


def _rows(connection: Connection, statement: str) -> list[tuple[Any, ...]]:
    """All rows, as the driver gives them: SQLAlchemy's own rows take twice the time."""
    result = connection.exec_driver_sql(statement)
    rows: list[Any] = list(result.cursor.fetchall())
    result.close()
    return rows
