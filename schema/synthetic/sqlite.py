"""Putting rows into a SQLite scratch database; SQLite itself judges each."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from schema.catalog.sqlite_text import quote
from schema.database import sqlite_path
from schema.errors import NotScratchError
from schema.scratch import ScratchDatabase
from schema.synthetic.tables import ForeignKey, Table

__all__ = ["SqliteWriter"]

Row = tuple[Any, ...]


class SqliteWriter:
    """A session that fills tables. ``batch`` is how many rows are given to it at once."""

    batch = 10_000

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.refusal = ""
        self.can_enforce = True
        self.triggers = {
            str(name).lower()
            for (name,) in connection.execute(
                "SELECT tbl_name FROM sqlite_schema WHERE type = 'trigger'"
            )
        }

    @classmethod
    @contextmanager
    def opened(cls, scratch: ScratchDatabase, tables: Sequence[Table]) -> Iterator[SqliteWriter]:
        """A session on the marked database. Raises NotScratchError on any other."""
        connection = sqlite3.connect(sqlite_path(scratch.url), isolation_level=None)
        try:
            check_mark(connection, scratch)
            connection.create_function("regexp", 2, _regexp, deterministic=True)
            # What a crash would cost here is a scratch database.
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("PRAGMA cache_size = -65536")
            writer = cls(connection)
            writer.can_enforce = writer.may_enforce(tables)
            writer.check_keys(enforced=True)
            yield writer
        finally:
            connection.close()

    def may_enforce(self, tables: Sequence[Table]) -> bool:
        """Whether SQLite can check all foreign keys: with one that leads nowhere, it refuses all.

        Source: https://sqlite.org/foreignkeys.html#fk_schemaerrors.
        """
        labels = {table.label for table in tables}
        if any(key.target not in labels for table in tables for key in table.foreign_keys):
            return False
        try:
            self.connection.execute("PRAGMA foreign_key_check").fetchall()
        except sqlite3.Error:
            return False
        return True

    def count(self, table: Table) -> int:
        query = f"SELECT count(*) FROM {quote(table.name)}"  # noqa: S608
        return int(self.connection.execute(query).fetchone()[0])

    def keys(self, table: Table, columns: Sequence[str], limit: int) -> list[Row]:
        """The different values of these columns that are there, none of them NULL; a sample."""
        names = ", ".join(quote(name) for name in columns)
        there = " AND ".join(f"{quote(name)} IS NOT NULL" for name in columns)
        query = f"SELECT DISTINCT {names} FROM {quote(table.name)} WHERE {there} LIMIT {limit}"  # noqa: S608
        try:
            return self.connection.execute(query).fetchall()
        except sqlite3.Error:
            return []  # a key that leads to columns that are not there

    # -- rows

    def insert(self, table: Table, names: Sequence[str], rows: Sequence[Row]) -> tuple[int, bool]:
        """How many of the rows were taken, and whether all were; the last refusal is kept."""
        if table.name.lower() not in self.triggers:
            taken = self._insert_all(_statement(table, names, "INSERT OR IGNORE"), rows)
            if taken is not None:
                if taken < len(rows):
                    self._learn_refusal(table, names, rows)
                return taken, taken == len(rows)
        taken = self._one_by_one(_statement(table, names, "INSERT"), rows)
        return taken, taken == len(rows)

    def _insert_all(self, statement: str, rows: Sequence[Row]) -> int | None:
        """All in one transaction, those that break a rule left out; None if that is no way."""
        self.connection.execute("BEGIN")
        try:
            taken = self.connection.executemany(statement, rows).rowcount
            self.connection.execute("COMMIT")
        except (sqlite3.Error, OverflowError) as error:
            self.refusal = str(error)
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            return None
        return taken

    def _one_by_one(self, statement: str, rows: Sequence[Row]) -> int:
        taken = since_begin = 0
        self.connection.execute("BEGIN")
        for row in rows:
            try:
                done = self.connection.execute(statement, row).rowcount
            except (sqlite3.Error, OverflowError) as error:
                self.refusal = str(error)
                if not self.connection.in_transaction:  # a trigger rolled all of it back
                    taken -= since_begin
                    since_begin = 0
                    self.connection.execute("BEGIN")
            else:
                taken, since_begin = taken + max(done, 0), since_begin + max(done, 0)
        try:
            self.connection.execute("COMMIT")
        except sqlite3.Error as error:
            self.refusal = str(error)
            self.connection.execute("ROLLBACK")
            taken -= since_begin
        return taken

    def _learn_refusal(self, table: Table, names: Sequence[str], rows: Sequence[Row]) -> None:
        """Offer the last rows again, each alone, until one tells why it is refused."""
        statement = _statement(table, names, "INSERT OR ABORT")
        self.connection.execute("BEGIN")
        for row in reversed(rows[-200:]):
            try:
                self.connection.execute(statement, row)
            except (sqlite3.Error, OverflowError) as error:
                text = str(error)
                # Rows that are there by now only say that they are.
                if not self.refusal or not text.startswith("UNIQUE"):
                    self.refusal = text
                if not text.startswith("UNIQUE"):
                    break
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK")

    # -- keys that had to wait

    def link(self, table: Table, key: ForeignKey, values: Sequence[Row]) -> int:
        """Set the key's columns row by row to these values; how many rows took theirs."""
        row_key = ("rowid",) if table.has_rowid else tuple(quote(n) for n in table.primary_key)
        named = ", ".join(row_key)
        query = f"SELECT {named} FROM {quote(table.name)} LIMIT {len(values)}"  # noqa: S608
        rows = self.connection.execute(query).fetchall()
        sets = ", ".join(f"{quote(name)} = ?" for name in key.columns)
        where = " AND ".join(f"{name} = ?" for name in row_key)
        pairs = [(*value, *row) for value, row in zip(values, rows, strict=False) if any(value)]
        change = f"{quote(table.name)} SET {sets} WHERE {where}"
        taken = self._insert_all(f"UPDATE OR IGNORE {change}", pairs)
        if taken is None:
            taken = self._one_by_one(f"UPDATE {change}", pairs)
        return taken

    def check_keys(self, enforced: bool) -> bool:
        """Have foreign keys checked or not; whether that could be done."""
        state = "ON" if enforced and self.can_enforce else "OFF"
        self.connection.execute(f"PRAGMA foreign_keys = {state}")
        return True

    def drop_orphans(self, table: Table, target: Table, key: ForeignKey) -> int:
        """Delete the rows whose key leads to no row; how many those were."""
        pairs = zip(key.columns, key.target_columns, strict=True)
        same = " AND ".join(f"p.{quote(theirs)} = c.{quote(own)}" for own, theirs in pairs)
        there = " AND ".join(f"c.{quote(name)} IS NOT NULL" for name in key.columns)
        query = (
            f"DELETE FROM {quote(table.name)} AS c WHERE {there} AND NOT EXISTS"  # noqa: S608
            f" (SELECT 1 FROM {quote(target.name)} AS p WHERE {same})"
        )
        try:
            return self.connection.execute(query).rowcount
        except sqlite3.Error:
            return 0  # others refer to them by now, or the target has no such columns

    def finish(self, table: Table) -> list[str]:  # noqa: ARG002 -- as PostgreSQL's
        """Nothing is left to do: AUTOINCREMENT follows the rows by itself."""
        return []


def check_mark(connection: sqlite3.Connection, scratch: ScratchDatabase) -> None:
    """Raise NotScratchError unless the connection leads to this very database."""
    guard = scratch.guard()
    with suppress(sqlite3.Error):
        row = connection.execute(guard["query"]).fetchone()
        if row and row[0] == guard["token"]:
            return
    raise NotScratchError(f"{scratch.name} does not bear its mark any more; it was not touched.")


def _statement(table: Table, names: Sequence[str], verb: str) -> str:
    if not names:
        return f"{verb} INTO {quote(table.name)} DEFAULT VALUES"
    columns = ", ".join(quote(name) for name in names)
    marks = ", ".join("?" * len(names))
    return f"{verb} INTO {quote(table.name)} ({columns}) VALUES ({marks})"


def _regexp(pattern: object, value: object) -> bool | None:
    """What SQLite's REGEXP operator calls, which it does not bring itself."""
    if pattern is None or value is None:
        return None
    return re.search(str(pattern), str(value)) is not None
