"""Several queries sent at once: over a long link, each round trip is dear."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy.engine import Connection

__all__ = ["fetch_all"]

_SEPARATOR = "\n;\n"


def fetch_all(
    connection: Connection, statements: Iterable[str]
) -> Iterator[tuple[list[str], list[tuple[Any, ...]]]]:
    """The columns' names and the rows of each statement, in one round trip to PostgreSQL.

    The statements take no parameters, and end without a semicolon. The first must return rows, as
    SQLAlchemy closes the cursor of one that does not; others without rows are passed over.

    psycopg sends them as one simple query, and keeps the results apart:
    https://www.psycopg.org/psycopg3/docs/api/cursors.html
    """
    text = _SEPARATOR.join(statements)
    with connection.exec_driver_sql(text, execution_options={"no_parameters": True}) as result:
        cursor: Any = result.cursor
        there: Any = True
        while there:
            if cursor.description:
                yield [column[0] for column in cursor.description], cursor.fetchall()
            there = cursor.nextset()
