"""The ledger of a SQLite database: each table is read once, in chunks of rows."""

from __future__ import annotations

import gc
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any, cast

from sqlalchemy.engine import Connection

from schema.catalog import Catalog, SchemaObject
from schema.rehearsal.ledger.figures import Column, Table
from schema.rehearsal.ledger.hashing import Figures
from schema.rehearsal.ledger.reading import cascades
from schema.rehearsal.ledger.rows import table_label
from schema.rehearsal.ledger.words import as_text

__all__ = ["Reader"]

#: Values in a chunk: with more, they leave the processor's cache before all was done with them.
CHUNK = 16_384


class Reader:
    """Reads the tables of the main database, one after the other."""

    def __init__(
        self,
        connection: Connection,
        catalog: Catalog,
        *,
        full: bool,
        examples: bool,
        check: Callable[[], None],
    ) -> None:
        self._driver = cast("sqlite3.Connection", connection.connection.driver_connection)
        self._catalog = catalog
        self._full = full
        self._examples = examples
        self._check = check
        self._cascades = cascades(catalog)
        self._columns: dict[str, list[SchemaObject]] = {}
        for column in catalog.of_kind("column"):
            self._columns.setdefault(column.table or "", []).append(column)

    def tables(self) -> list[SchemaObject]:
        """All of them, virtual ones too; what those keep their contents in is in no catalog."""
        return self._catalog.of_kind("table")

    def read(self, table: SchemaObject) -> Table:
        """The figures of one table."""
        label = table_label(table)
        told: dict[str, Any] = {"cascades": self._cascades.get(label, ())}
        try:
            if not self._full:
                return Table(label, None, table.name, self._count(table), **told)
            columns = self._columns_of(table)
            rows, figures, sample = self._scan(table, list(columns))
        except (sqlite3.Error, UnicodeError) as error:
            return Table(label, None, table.name, None, problem=f"{error}", **told)
        found = {
            name: self._told(name, columns[name], each)
            for name, each in zip(columns, figures, strict=True)
        }
        return Table(label, None, table.name, rows, found, sample, **told)

    def _columns_of(self, table: SchemaObject) -> dict[str, str]:
        """Each column's type; a virtual table's columns are told without any."""
        known = self._columns.get(table.name)
        if known is not None:
            return {column.name: str(column.properties.get("type") or "") for column in known}
        names = table.properties.get("columns") or ()
        return {str(name): "" for name in names} if isinstance(names, tuple) else {}

    def _count(self, table: SchemaObject) -> int:
        query = f"SELECT count(*) FROM {self._name(table)}"  # noqa: S608 -- quoted
        return int(self._driver.execute(query).fetchone()[0])

    def _name(self, table: SchemaObject) -> str:
        return "main." + _exactly(table.name)

    # -- values ------------------------------------------------------------------------------

    def _scan(
        self, table: SchemaObject, names: list[str]
    ) -> tuple[int, list[Figures], tuple[dict[str, str | None], ...]]:
        if not names:
            return self._count(table), [], ()
        try:
            return self._scan_as(str, table, names)
        except sqlite3.OperationalError as error:
            if "UTF-8" not in str(error):
                raise
            return self._scan_as(_whatever, table, names)

    def _scan_as(
        self, text: Callable[[bytes], str] | type[str], table: SchemaObject, names: list[str]
    ) -> tuple[int, list[Figures], tuple[dict[str, str | None], ...]]:
        """All rows in chunks. Text that is no UTF-8 is read by ``_whatever``, which is slower."""
        columns, rows = [Figures() for _ in names], 0
        sample: tuple[dict[str, str | None], ...] = ()
        width = len(names)
        size = max(CHUNK // width, 64)
        query = f"SELECT {', '.join(map(_exactly, names))} FROM {self._name(table)}"  # noqa: S608
        was, self._driver.text_factory = self._driver.text_factory, text
        cursor = self._driver.cursor()
        cursor.row_factory = None
        try:
            cursor.execute(query)
            with _uncollected():
                while chunk := cursor.fetchmany(size):
                    if not rows:
                        sample = self._sample(names, chunk)
                    rows += len(chunk)
                    flat = list(chain.from_iterable(chunk))
                    for place, figures in enumerate(columns):
                        figures.add(flat[place::width])
                    self._check()
        finally:
            cursor.close()
            self._driver.text_factory = was
        return rows, columns, sample

    def _sample(self, names: list[str], chunk: list[Any]) -> tuple[dict[str, str | None], ...]:
        if not self._examples:
            return ()
        shown = names[:20]
        return tuple(
            {name: as_text(value) for name, value in zip(shown, row, strict=False)}
            for row in chunk[:3]
        )

    def _told(self, name: str, declared: str, figures: Figures) -> Column:
        distinct, is_exact = figures.distinct()
        least, greatest = self._bounds(figures)
        return Column(
            name=name,
            type=declared,
            values=figures.values,
            distinct=distinct,
            distinct_is_exact=is_exact,
            least=least,
            greatest=greatest,
            checksum=figures.checksum,
            form="sqlite",
            octets=figures.octets,
            longest=figures.longest,
            stored=dict(figures.stored),
        )

    def _bounds(self, figures: Figures) -> tuple[str | None, str | None]:
        """In SQLite's order: numbers, then text, then blobs."""
        if not self._examples or not figures.bounds:
            return None, None
        numbers = [figures.bounds[kind] for kind in (int, float) if kind in figures.bounds]
        pairs = [figures.bounds[kind] for kind in (str, bytes) if kind in figures.bounds]
        if numbers:
            pairs.insert(0, (min(low for low, _ in numbers), max(high for _, high in numbers)))
        return as_text(pairs[0][0]), as_text(pairs[-1][1])


def _exactly(name: str) -> str:
    """A name for the driver itself, to which a percent sign means nothing."""
    return '"' + name.replace('"', '""') + '"'


def _whatever(text: bytes) -> str:
    return text.decode("utf-8", "surrogateescape")


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
