"""Several queries sent at once: over a long link, each round trip is dear."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy.engine import Connection

__all__ = ["fetch_all", "plan_once"]

_SEPARATOR = "\n;\n"
_READS = ("SELECT", "WITH")
_PLANNED = "schema_planned"


def fetch_all(
    connection: Connection, statements: Iterable[str]
) -> Iterator[tuple[list[str], list[tuple[Any, ...]]]]:
    """The columns' names and the rows of each statement, in one round trip to PostgreSQL.

    The statements take no parameters, and end without a semicolon. The first must return rows, as
    SQLAlchemy closes the cursor of one that does not; others without rows are passed over.

    psycopg sends them as one simple query, and keeps the results apart:
    https://www.psycopg.org/psycopg3/docs/api/cursors.html
    """
    text = _SEPARATOR.join(_planned(connection, statements))
    with connection.exec_driver_sql(text, execution_options={"no_parameters": True}) as result:
        cursor: Any = result.cursor
        there: Any = True
        while there:
            if cursor.description:
                yield [column[0] for column in cursor.description], cursor.fetchall()
            there = cursor.nextset()


def plan_once(connection: Connection) -> None:
    """Have the server keep its plans for what is sent on this connection, for the next time.

    Source: https://www.postgresql.org/docs/current/sql-prepare.html
    """
    connection.info.setdefault(_PLANNED, {})


def _planned(connection: Connection, statements: Iterable[str]) -> Iterator[str]:
    """The statements, those that read by the name that they are prepared under."""
    known: dict[str, str] | None = connection.info.get(_PLANNED)
    for number, statement in enumerate(statements):
        reads = statement.lstrip().startswith(_READS) and "set_config" not in statement
        if known is None or not reads or not number:
            yield statement
            continue
        if statement not in known:
            known[statement] = f"schema_workbench_{len(known)}"
            yield f"PREPARE {known[statement]} AS {statement}"
        yield f"EXECUTE {known[statement]}"
