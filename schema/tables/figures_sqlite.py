"""Figures of a SQLite table: what ANALYZE has left, and what the file's own head tells.

Sources: https://sqlite.org/fileformat2.html#the_sqlite_stat1_table,
https://sqlite.org/dbstat.html. The latter reads every page of a table, and so does for counting
only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from schema.tables.figures import ColumnFigures, Figures, attempt, counted

__all__ = ["read"]

_STAT1 = "SELECT idx, stat FROM sqlite_stat1 WHERE tbl = ? COLLATE NOCASE AND stat IS NOT NULL"
_HAS_STAT1 = "SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_stat1'"
_FIRST_COLUMN = "SELECT name FROM pragma_index_info(?) WHERE seqno = 0"
_PARTIAL = 'SELECT name FROM pragma_index_list(?) WHERE "partial"'
_INDEXES = "SELECT name FROM pragma_index_list(?)"


def read(connection: Connection, name: str, columns: Sequence[str], *, count: bool) -> Figures:
    """The figures of one table; nothing of it is read but the end of its tree of rows."""
    notes: list[str] = []
    pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    page = connection.exec_driver_sql("PRAGMA page_size").scalar_one()
    found = Figures(file_size=pages * page)
    with attempt(connection, notes, "What ANALYZE left cannot be read"):
        if connection.exec_driver_sql(_HAS_STAT1).scalar_one():
            found = _analyzed(connection, name, found)
    if found.rows is None and not count:
        found = _greatest_rowid(connection, name, columns, found, notes)
    if count:
        found = counted(connection, name, columns, found, notes)
        found = _sized(connection, name, found, notes)
    elif found.size is None:
        notes.append("The size of one table in a SQLite file is known after counting only.")
    return replace(found, notes=(*found.notes, *notes))


def _analyzed(connection: Connection, name: str, found: Figures) -> Figures:
    """From sqlite_stat1: the rows, and for the first column of each index its different values.

    A partial index holds fewer rows than its table. Of an index over nothing but NULLs, they count
    as one value.
    """
    partial = {each for (each,) in connection.exec_driver_sql(_PARTIAL, (name,))}
    rows = 0
    columns: dict[str, ColumnFigures] = {}
    for index, stat in connection.exec_driver_sql(_STAT1, (name,)).all():
        numbers = [int(part) for part in str(stat).split() if part.isdigit()]
        if not numbers or index in partial:
            continue
        rows = max(rows, numbers[0])
        first = index and connection.exec_driver_sql(_FIRST_COLUMN, (index,)).scalar()
        if first and len(numbers) > 1 and numbers[1]:
            columns[first] = ColumnFigures(distinct=round(numbers[0] / numbers[1]))
    if not rows:
        return found
    return replace(found, rows=rows, rows_from="sqlite_stat1", columns=columns,
                   columns_from="sqlite_stat1" if columns else None)  # fmt: skip


def _greatest_rowid(
    connection: Connection,
    name: str,
    columns: Sequence[str],
    found: Figures,
    notes: list[str],
) -> Figures:
    """At most so many rows: SQLite looks it up at the end of the table's tree."""
    taken = {each.lower() for each in columns}
    rowid = next((each for each in ("rowid", "_rowid_", "oid") if each not in taken), None)
    quote = connection.dialect.identifier_preparer.quote_identifier
    try:
        query = f"SELECT max({rowid}) FROM {quote(name)}"  # noqa: S608 -- quoted
        rows = connection.exec_driver_sql(query).scalar() if rowid else None
    except DBAPIError:  # WITHOUT ROWID, or a virtual table that has none
        notes.append("The rows are not known: ANALYZE has not been run.")
        return found
    return replace(found, rows=rows or 0, rows_from="greatest rowid")


def _sized(connection: Connection, name: str, found: Figures, notes: list[str]) -> Figures:
    try:
        names = [name, *(each for (each,) in connection.exec_driver_sql(_INDEXES, (name,)))]
        marks = ", ".join("?" * len(names))
        query = f"SELECT name, sum(pgsize) FROM dbstat WHERE name IN ({marks}) GROUP BY name"  # noqa: S608
        found_sizes = connection.exec_driver_sql(query, tuple(names))
        sizes = {str(each): int(size) for each, size in found_sizes}
        indexes = sum(size for each, size in sizes.items() if each != name)
        return replace(found, size=sum(sizes.values()), indexes_size=indexes)
    except DBAPIError:
        notes.append("The size is not known: this SQLite has no dbstat.")
        return found
