"""The ledger of a SQLite database: each table is read once, from the file or through SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, cast

from sqlalchemy.engine import Connection

from schema.catalog import Catalog, SchemaObject
from schema.rehearsal.ledger.figures import Column, Table
from schema.rehearsal.ledger.pages import File, Stored, UnsuitedError, read_table
from schema.rehearsal.ledger.reading import cascades
from schema.rehearsal.ledger.rows import table_label
from schema.rehearsal.ledger.sqlite_rows import SqliteRows, rowid_of, whatever
from schema.rehearsal.ledger.summing import Sums
from schema.rehearsal.ledger.words import as_text

__all__ = ["Reader"]

#: Columns of a row that is kept to be shown.
SHOWN = 20


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
        driver = cast("sqlite3.Connection", connection.connection.driver_connection)
        self._rows = SqliteRows(driver, check)
        self._file = self._rows.file(connection) if full else None
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
            types = self._types(table) if self._full else {}
            if not types:
                return Table(label, None, table.name, self._rows.count(table.name), **told)
            rows, sums = self._sum_up(table, list(types))
            sample = self._sample(table, list(types)[:SHOWN]) if self._examples else ()
        except (sqlite3.Error, UnicodeError) as error:
            return Table(label, None, table.name, None, problem=str(error), **told)
        found = {
            name: self._told(name, types[name], each)
            for name, each in zip(types, sums, strict=True)
        }
        return Table(label, None, table.name, rows, found, sample, **told)

    def _types(self, table: SchemaObject) -> dict[str, str]:
        """Each column's type; a virtual table's columns are told without any."""
        known = self._columns.get(table.name)
        if known is not None:
            return {column.name: str(column.properties.get("type") or "") for column in known}
        names = table.properties.get("columns") or ()
        return {str(name): "" for name in names} if isinstance(names, tuple) else {}

    # -- values ------------------------------------------------------------------------------

    def _sum_up(self, table: SchemaObject, names: Sequence[str]) -> tuple[int, list[Sums]]:
        if self._file is not None and self._is_plain(table):
            sums = [Sums() for _ in names]
            try:
                return self._from_file(self._file, table, names, sums), sums
            except (UnsuitedError, IndexError, OSError):
                pass  # SQLite itself knows best what to make of it
        sums = [Sums() for _ in names]
        return self._rows.add(table.name, names, sums), sums

    def _is_plain(self, table: SchemaObject) -> bool:
        """Whether all that a table has lies in records, a row each, by its rowid."""
        if table.properties.get("without_rowid") or "virtual" in table.properties:
            return False
        return not any(
            column.properties.get("generated") for column in self._columns.get(table.name, ())
        )

    def _from_file(
        self, file: File, table: SchemaObject, names: Sequence[str], sums: Sequence[Sums]
    ) -> int:
        alias = self._rows.rowid_alias(table.name)
        rowid = rowid_of(names)
        if rowid is None:
            raise UnsuitedError
        stored = [
            Stored(
                each,
                is_rowid=column.name == alias,
                is_real=column.properties.get("affinity") == "REAL",
                default=lambda row, name=column.name: self._rows.value(  # type: ignore[misc]
                    table.name, name, rowid, row
                ),
            )
            for column, each in zip(self._columns[table.name], sums, strict=True)
        ]

        def add(rowids: list[int]) -> None:
            for start in range(0, len(rowids), 500):
                some = ", ".join(map(str, rowids[start : start + 500]))
                self._rows.add(table.name, names, sums, f"WHERE {rowid} IN ({some})")

        root = self._rows.root_page(table.name)
        return read_table(file, root, stored, add, self._check)

    def _sample(
        self, table: SchemaObject, names: Sequence[str]
    ) -> tuple[dict[str, str | None], ...]:
        return tuple(
            {name: as_text(value) for name, value in zip(names, row, strict=True)}
            for row in self._rows.first(table.name, names, 3)
        )

    def _told(self, name: str, declared: str, sums: Sums) -> Column:
        distinct, is_exact = sums.distinct()
        least, greatest = self._bounds(sums)
        return Column(
            name=name,
            type=declared,
            values=sums.values,
            distinct=distinct,
            distinct_is_exact=is_exact,
            least=least,
            greatest=greatest,
            checksum=sums.checksum,
            form="sqlite",
            octets=sums.octets,
            longest=sums.longest,
            stored=dict(sums.stored),
        )

    def _bounds(self, sums: Sums) -> tuple[str | None, str | None]:
        """In SQLite's order: numbers, then text, then blobs."""
        bounds = sums.bounds
        if not self._examples or not bounds:
            return None, None
        pairs = [bounds["blob"]] if "blob" in bounds else []
        if "text" in bounds:
            least, greatest = bounds["text"]
            pairs.insert(0, (whatever(least), whatever(greatest)))
        numbers = [bounds[kind] for kind in ("integer", "real") if kind in bounds]
        if numbers:
            pairs.insert(0, (min(low for low, _ in numbers), max(high for _, high in numbers)))
        return as_text(pairs[0][0]), as_text(pairs[-1][1])
