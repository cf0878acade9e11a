"""The rows of a SQLite table through SQLite, and the file that they lie in."""

# ruff: noqa: S608 -- names are quoted

from __future__ import annotations

import gc
import os
import sqlite3
import weakref
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Any

from sqlalchemy.engine import Connection

from schema.database import READ_ONLY
from schema.rehearsal.ledger.pages import File, UnsuitedError
from schema.rehearsal.ledger.summing import Sums
from schema.sqlite_files import SqliteReader, companions

__all__ = ["SqliteRows", "quoted", "rowid_of", "whatever"]

#: Values in a chunk: with more, they leave the processor's cache before all was done with them.
CHUNK = 16_384


class SqliteRows:
    """Asks a driver's connection for rows; ``check`` is called now and then, and may raise."""

    def __init__(self, driver: sqlite3.Connection, check: Callable[[], None]) -> None:
        self._driver = driver
        self._check = check

    def file(self, connection: Connection) -> File | None:
        """The file that the connection reads, None where it cannot be read beside SQLite.

        That needs a transaction that only reads, and so keeps writers away, and all contents in
        this one file, not in a log beside it. The file stays open as long as the connection does:
        closing it would take SQLite's own locks away (https://www.sqlite.org/howtocorrupt.html,
        "Posix advisory locks canceled by a separate thread doing close()").
        """
        reader = self._driver
        if not (connection.info.get(READ_ONLY) and isinstance(reader, SqliteReader)):
            return None
        if reader.private is not None or not hasattr(os, "preadv"):
            return None
        try:
            if any(each.exists() and each.stat().st_size for each in companions(reader.path)):
                return None
            descriptor = os.open(reader.path, os.O_RDONLY | os.O_CLOEXEC)
            weakref.finalize(reader, os.close, descriptor)
            return File.of(descriptor)
        except (OSError, UnsuitedError):
            return None

    def count(self, table: str) -> int:
        """How many rows there are."""
        return int(self._driver.execute(f"SELECT count(*) FROM {_named(table)}").fetchone()[0])

    def root_page(self, table: str) -> int:
        """The page where the table's tree begins."""
        query = "SELECT rootpage FROM main.sqlite_schema WHERE type = 'table' AND name = ?"
        return int(self._driver.execute(query, (table,)).fetchone()[0])

    def rowid_alias(self, table: str) -> str | None:
        """The column that is the rowid itself: https://sqlite.org/lang_createtable.html#rowid."""
        keys = self._driver.execute(
            "SELECT name, type FROM pragma_table_xinfo(?) WHERE pk", (table,)
        ).fetchall()
        indexes = self._driver.execute(
            "SELECT count(*) FROM pragma_index_list(?) WHERE origin = 'pk'", (table,)
        ).fetchone()[0]
        if len(keys) != 1 or keys[0][1].upper() != "INTEGER" or indexes:
            return None
        return str(keys[0][0])

    def value(self, table: str, column: str, rowid: str, row: int) -> Any:  # noqa: ANN401
        """One value."""
        query = f"SELECT {quoted(column)} FROM {_named(table)} WHERE {rowid} = ?"
        with self._texts(whatever):
            return self._driver.execute(query, (row,)).fetchone()[0]

    def first(self, table: str, columns: Sequence[str], count: int) -> list[tuple[Any, ...]]:
        """The first rows."""
        query = f"SELECT {', '.join(map(quoted, columns))} FROM {_named(table)} LIMIT {count}"
        with self._texts(whatever):
            return self._driver.execute(query).fetchall()

    def add(self, table: str, columns: Sequence[str], sums: Sequence[Sums], where: str = "") -> int:
        """Add the values of all rows to their columns' sums, in chunks; the number of rows."""
        query = f"SELECT {', '.join(map(quoted, columns))} FROM {_named(table)} {where}"
        rows, width = 0, len(columns)
        size = max(CHUNK // width, 64)
        # SQLite's driver makes a bytearray as fast as a str, and of any text; a blob is bytes.
        with self._texts(bytearray), _uncollected():
            cursor = self._driver.execute(query)
            while chunk := cursor.fetchmany(size):
                rows += len(chunk)
                flat = list(chain.from_iterable(chunk))
                for place, each in enumerate(sums):
                    each.add(flat[place::width])
                self._check()
        return rows

    @contextmanager
    def _texts(self, factory: Callable[[bytes], str | bytearray]) -> Iterator[None]:
        """Within it, texts are made by ``factory``: the driver's own refuses what is no UTF-8."""
        was, self._driver.text_factory = self._driver.text_factory, factory
        try:
            yield
        finally:
            self._driver.text_factory = was


def rowid_of(columns: Collection[str]) -> str | None:
    """What the rowid is called in a table; None when columns have all of its names."""
    taken = {name.casefold() for name in columns}
    return next((name for name in ("rowid", "oid", "_rowid_") if name not in taken), None)


def whatever(text: bytes) -> str:
    """Text of any bytes; what is no UTF-8 becomes surrogates, which are the same bytes again."""
    return text.decode("utf-8", "surrogateescape")


def quoted(name: str) -> str:
    """A name for the driver itself, to which a percent sign means nothing."""
    return '"' + name.replace('"', '""') + '"'


def _named(table: str) -> str:
    return f"main.{quoted(table)}"


@contextmanager
def _uncollected() -> Iterator[None]:
    """Hold Python's cyclic collector: rows are made in great numbers, and form no cycles."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
