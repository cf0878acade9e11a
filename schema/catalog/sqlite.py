"""The catalog of a SQLite database (3.35 or newer), in a constant number of queries.

Facts come from SQLite's pragmas, joined to ``sqlite_schema`` as table-valued functions
(https://sqlite.org/pragma.html#pragfunc); what no pragma tells comes from the DDL text, parsed by
``sqlite_ddl``. A text that cannot be parsed is kept whole, as the object's ``definition``.

What SQLite says of a table follows from its own text and its indexes' alone. So a process asks only
once for each text: a second reading, or one after a revision, asks for what is new.
"""

from __future__ import annotations

import gc
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from sys import intern
from threading import Lock

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from schema.catalog import sqlite_queries as queries
from schema.catalog.objects import OWN_TABLES, Catalog, Property, SchemaObject
from schema.catalog.sqlite_cursor import body
from schema.catalog.sqlite_facts import Facts
from schema.catalog.sqlite_queries import Entries, Entry
from schema.catalog.sqlite_statements import parse_trigger, parse_virtual
from schema.catalog.sqlite_tables import foreign_key, table_facts, unambiguous
from schema.catalog.sqlite_text import DDLError, fold, spell, tokens

__all__ = ["read"]


def read(connection: Connection) -> Catalog:
    """Read all schema objects of the main database. Nothing of the user's is evaluated."""
    with _uncollected():
        return _read(connection)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Hold Python's cyclic collector: what is read stays, and looking through it takes a fifth."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _read(connection: Connection) -> Catalog:
    version = connection.exec_driver_sql("SELECT sqlite_version()").scalar_one()
    entries = queries.entries(connection)
    modules = {entry.name: _virtual(entry)[0] for entry in entries.virtual.values()}
    entries.leave_out(OWN_TABLES | queries.shadow_tables(connection, modules))
    facts = _all_facts(connection, version, entries)
    unread: list[str] = []
    objects = [SchemaObject("database", None, None, "main", queries.database(connection))]
    for table in facts.values():
        objects += table.objects
        objects += unambiguous(foreign_key(table, key, facts) for key in table.foreign_keys)
    objects += [_virtual_table(connection, entry, unread) for entry in entries.virtual.values()]
    objects += [_other(entry, entries) for entry in _others(entries)]
    return Catalog("sqlite", version, objects, not_compared=[*_malformed(entries, facts), *unread])


# -- tables ---------------------------------------------------------------------------------------

#: What tells a table's facts: SQLite's version, the table's text, its indexes' names and texts.
_Key = tuple[str, str, str, tuple[tuple[str, str], ...]]

#: With more new tables than these, all are asked for at once: it takes no longer.
_FEW = 400


class _Known:
    """The facts of the tables that this process saw last. Safe in several threads."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._facts: OrderedDict[_Key, Facts] = OrderedDict()
        self._lock = Lock()

    def get(self, key: _Key) -> Facts | None:
        with self._lock:
            found = self._facts.get(key)
            if found is not None:
                self._facts.move_to_end(key)
            return found

    def put(self, key: _Key, facts: Facts) -> None:
        with self._lock:
            self._facts[key] = facts
            while len(self._facts) > self.limit:
                self._facts.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._facts.clear()


#: About 15 KB a table of 12 columns, shared with the catalogs that hold it.
_known = _Known(limit=12_000)


def _all_facts(connection: Connection, version: str, entries: Entries) -> Mapping[str, Facts]:
    """The facts of every table, by its folded name."""
    keys = {name: _key(version, entry, entries) for name, entry in entries.tables.items()}
    found = {name: _known.get(key) for name, key in keys.items()}
    new = [name for name, facts in found.items() if facts is None]
    if new:
        few = [entries.tables[name].id for name in new] if len(new) <= _FEW else None
        pragmas = queries.pragma_rows(connection, few)
        for name in new:
            entry, key = entries.tables[name], keys[name]
            columns, indexes, foreign_keys = (rows.get(entry.id, ()) for rows in pragmas)
            facts = found[name] = table_facts(
                entry.name, entry.sql, dict(key[3]), (columns, indexes, foreign_keys)
            )
            _known.put(key, facts)
    return {name: facts for name, facts in found.items() if facts is not None}


def _key(version: str, entry: Entry, entries: Entries) -> _Key:
    indexes = entries.indexes.get(fold(entry.name), ())
    return version, entry.name, entry.sql, tuple([(index.name, index.sql) for index in indexes])


# -- virtual tables -------------------------------------------------------------------------------


def _virtual(entry: Entry) -> tuple[str, tuple[str, ...]]:
    """A virtual table's module and arguments; the whole text, and none, if it cannot be parsed."""
    try:
        return parse_virtual(entry.sql)
    except DDLError:
        return spell(tokens(entry.sql)), ()


def _virtual_table(connection: Connection, entry: Entry, unread: list[str]) -> SchemaObject:
    """A virtual table. Its columns follow from its arguments, so they are no objects of their own.

    What is hidden are columns that ``SELECT *`` leaves out: https://sqlite.org/vtab.html#hidden.
    """
    module, arguments = _virtual(entry)
    properties: dict[str, Property] = {
        "strict": False,
        "without_rowid": False,
        "autoincrement": False,
        "virtual": f"{module}({', '.join(arguments)})" if arguments else module,
    }
    try:
        columns = queries.virtual_columns(connection, entry.name)
    except DBAPIError as error:
        unread.append(f"the columns of the virtual table {entry.name} ({error.orig})")
    else:
        properties["columns"] = tuple(name for name, hidden in columns if not hidden)
        properties["hidden_columns"] = tuple(name for name, hidden in columns if hidden)
    return SchemaObject("table", None, None, entry.name, properties)


# -- views, triggers, and what is left ------------------------------------------------------------


def _others(entries: Entries) -> Iterator[Entry]:
    yield from entries.others
    for table, indexes in entries.indexes.items():
        if table not in entries.tables:
            yield from indexes


def _other(entry: Entry, entries: Entries) -> SchemaObject:
    properties: dict[str, Property] = {"definition": _definition(entry.type, entry.sql)}
    if entry.type == "view":
        return SchemaObject("view", None, None, entry.name, properties)
    owner = entries.tables.get(fold(entry.table)) or entries.virtual.get(fold(entry.table))
    table = owner.name if owner else entry.table
    return SchemaObject(entry.type, None, intern(table), entry.name, properties)


@lru_cache(maxsize=4000)
def _definition(kind: str, sql: str) -> str:
    """A view's, a trigger's or an orphan's text after its name, in one spelling."""
    try:
        if kind == "trigger":
            return spell(parse_trigger(sql))
        return spell(body(sql, kind.upper()))
    except DDLError:
        return spell(tokens(sql))


def _malformed(entries: Entries, facts: Mapping[str, Facts]) -> Sequence[str]:
    """The entries that SQLite does not follow, which only ``PRAGMA writable_schema`` can make."""
    found = list(entries.malformed)
    for table in facts.values():
        found += [] if table.columns else [f"table {table.name}"]
        found += [f"index {index}" for index in table.unread]
    found += [f"index {entry.name}" for entry in _others(entries) if entry.type == "index"]
    if not found:
        return ()
    what = "entry" if len(found) == 1 else "entries"
    return (f"{len(found)} malformed {what} of the schema ({', '.join(found)}), except as text,",)
