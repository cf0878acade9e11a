"""Rows of a MariaDB table as SQL values, written by the server that holds them."""

# ruff: noqa: S608 -- names are quoted by the dialect, values by the server

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from schema.catalog.mariadb_errors import error_words
from schema.errors import ScratchError
from schema.scratch.mariadb_server import quoted
from schema.scratch.model import Cancelled
from schema.scratch.watch import check

__all__ = ["Columns", "copy_rows", "streamed", "value_of"]

#: A table's columns that hold what was put into them, by their types.
Columns = Sequence[tuple[str, str]]

_ROWS = 1_000  # are fetched at once, at most
_CHARACTERS = 1_000_000  # and about so many inserted: max_allowed_packet is 16 MB by default

_NUMBERS = {"tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "double", "year"}
_QUOTED = {"text", "date", "datetime", "timestamp", "time", "uuid", "inet4", "inet6"}


def value_of(column: str, kind: str) -> str:
    """An expression that writes a column's value as SQL, without loss."""
    if kind in _NUMBERS:
        return f"ifnull({column}, 'NULL')"
    if kind == "float":  # as text it has six digits
        return f"ifnull({column} + 0e0, 'NULL')"
    if kind == "bit":
        return f"ifnull(concat('b''', bin({column} + 0), ''''), 'NULL')"
    if kind in _QUOTED:
        return f"quote({column})"
    return f"ifnull(concat('x''', hex({column}), ''''), 'NULL')"  # bytes, and shapes as bytes


def copy_rows(
    reader: Connection,
    target: Connection,
    name: str,
    columns: Columns,
    which: str,
    cancelled: Cancelled | None,
) -> int:
    """Copy rows of a table, those that ``which`` (what follows ``FROM table``) says; how many.

    They come as SQL values, in the source's snapshot, and are inserted many at a time. Raises
    ScratchError, also when ``cancelled`` said so.
    """
    import pymysql

    count = 0
    listed = [quoted(column) for column, _ in columns]
    values = ", ',', ".join(value_of(quoted(column), kind) for column, kind in columns)
    driver: Any = reader.connection.driver_connection
    writer: Any = target.connection.driver_connection
    head = f"INSERT INTO {quoted(name)} ({', '.join(listed)}) VALUES "
    query = f"SELECT concat('(', {values}, ')') FROM {quoted(name)}{which}"
    try:
        with streamed(driver, query) as cursor:
            for batch in _batches(cursor, name):
                check(cancelled)
                writer.query(head + ",".join(batch))
                count += len(batch)
    except BaseException as error:
        with suppress(SQLAlchemyError):
            reader.invalidate()
        if isinstance(error, pymysql.Error):
            words = error_words(error)
            raise ScratchError(f"The rows of {name} could not be copied: {words}.") from error
        raise
    return count


@contextmanager
def streamed(driver: Any, query: str) -> Iterator[Any]:  # noqa: ANN401 -- PyMySQL's own
    """A cursor from which the rows of a query come one by one.

    After an error in between, the connection is good for nothing but to be closed: by itself, a
    cursor would read the rest first, or look for it where the connection is lost.
    """
    import pymysql.cursors

    cursor = driver.cursor(pymysql.cursors.SSCursor)
    try:
        cursor.execute(query)
        yield cursor
    except BaseException:
        result = getattr(cursor, "_result", None)
        if result is not None:
            result.unbuffered_active = False
        raise
    cursor.close()


def _batches(cursor: Any, name: str) -> Iterator[list[str]]:  # noqa: ANN401 -- PyMySQL's cursor
    batch: list[str] = []
    length = 0
    while rows := cursor.fetchmany(_ROWS):
        for (row,) in rows:
            if row is None:
                raise ScratchError(
                    f"A row of {name} is longer than the server's max_allowed_packet allows it to "
                    "be read as text: have that raised."
                )
            text = row if isinstance(row, str) else bytes(row).decode()
            batch.append(text)
            length += len(text)
            if length > _CHARACTERS:
                yield batch
                batch, length = [], 0
    if batch:
        yield batch
