"""Figures of a MariaDB table: what the engine estimates, and its sizes.

Sources: https://mariadb.com/kb/en/information-schema-tables-table/ and
https://mariadb.com/kb/en/information-schema-statistics-table/
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.engine import Connection

from schema.tables.figures import ColumnFigures, Figures, attempt, counted

__all__ = ["read"]

_FROM = "information_schema"
_TABLE = """
SELECT TABLE_ROWS, DATA_LENGTH, INDEX_LENGTH FROM information_schema.TABLES
WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s AND ENGINE IS NOT NULL"""
_FIRST = """
SELECT COLUMN_NAME, CARDINALITY FROM information_schema.STATISTICS
WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s AND SEQ_IN_INDEX = 1
AND CARDINALITY IS NOT NULL AND SUB_PART IS NULL"""


def read(connection: Connection, name: str, columns: Sequence[str], *, count: bool) -> Figures:
    """The figures of one table: estimates, of InnoDB from a sample of its pages, unless counted."""
    notes: list[str] = []
    found = Figures()
    with attempt(connection, notes, "The server's estimates cannot be read"):
        row = connection.exec_driver_sql(_TABLE, (name,)).one_or_none()
        if row is not None:
            rows, data, indexes = (None if each is None else int(each) for each in row)
            size = None if data is None else data + (indexes or 0)
            found = Figures(rows, _FROM, size, indexes)
        first = connection.exec_driver_sql(_FIRST, (name,)).all()
        known = {column: ColumnFigures(distinct=int(number)) for column, number in first}
        found = replace(found, columns=known, columns_from=_FROM if known else None)
    if count:
        found = counted(connection, name, columns, found, notes)
    return replace(found, notes=tuple(notes))
