"""How many rows and bytes a table has, and what is in its columns: by what the database knows.

Nothing here reads a table, unless counting is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from schema.database import undoubled

__all__ = ["ColumnFigures", "Figures", "IndexFigures", "attempt", "counted", "read_figures"]


@dataclass(frozen=True, slots=True)
class ColumnFigures:
    """Of one column: the share of NULLs (0 to 1), how many different values, bytes a value.

    What is not known is None. ``may_be_read`` is whether this role may.
    """

    null_share: float | None = None
    distinct: int | None = None
    width: int | None = None
    may_be_read: bool = True


@dataclass(frozen=True, slots=True)
class IndexFigures:
    """Of one index: its bytes, and how often it was used since the server began to count."""

    size: int | None = None
    scans: int | None = None


@dataclass(frozen=True)
class Figures:
    """What is known of a table's data. What is not known is None, with the reason in ``notes``.

    ``rows_from`` and ``columns_from`` name where the numbers are from: ``counted``, or the
    database's own statistics. ``size`` is in bytes, with indexes and TOAST; ``indexes_size`` that
    of the indexes alone; ``file_size`` that of all of a SQLite file. ``analyzed`` is when
    statistics were taken, in ISO 8601, and ``changed_since`` how many rows were changed since.
    """

    rows: int | None = None
    rows_from: str | None = None
    size: int | None = None
    indexes_size: int | None = None
    file_size: int | None = None
    columns_from: str | None = None
    columns: Mapping[str, ColumnFigures] = field(default_factory=dict)
    indexes: Mapping[str, IndexFigures] = field(default_factory=dict)
    analyzed: str | None = None
    changed_since: int | None = None
    may_be_read: bool = True
    notes: tuple[str, ...] = ()

    @property
    def is_exact(self) -> bool:
        """Whether the rows were counted, rather than estimated."""
        return self.rows_from == "counted"

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON takes it."""
        return asdict(self)


def read_figures(
    connection: Connection,
    schema_name: str | None,
    name: str,
    columns: Sequence[str],
    *,
    count: bool = False,
) -> Figures:
    """The figures of one table, from the database's own statistics; none of its rows is read.

    ``count`` reads all rows once: then rows and shares of NULL are exact, and different values are
    counted.
    """
    dialect = connection.dialect.name
    if dialect == "postgresql":
        from schema.tables.figures_postgresql import read

        return read(connection, schema_name or "public", name, columns, count=count)
    if dialect == "sqlite":
        from schema.tables.figures_sqlite import read as read_sqlite

        return read_sqlite(connection, name, columns, count=count)
    from schema.tables.figures_mariadb import read as read_mariadb

    return read_mariadb(connection, name, columns, count=count)


def counted(
    connection: Connection,
    name: str,
    columns: Sequence[str],
    found: Figures,
    notes: list[str],
) -> Figures:
    """Read all rows of a table of SQLite or MariaDB once, and count them.

    Of each column, what is not NULL and the different values are counted with them.
    """
    quote = connection.dialect.identifier_preparer.quote_identifier
    with attempt(connection, notes, "The rows were not counted"):
        parts = "".join(
            f", count({quote(each)}), count(DISTINCT {quote(each)})" for each in columns
        )
        query = f"SELECT count(*){parts} FROM {quote(name)}"  # noqa: S608 -- quoted
        rows, *counts = connection.exec_driver_sql(
            undoubled(query, connection.dialect), execution_options={"no_parameters": True}
        ).one()
        known = {
            each: ColumnFigures(1 - there / rows if rows else None, distinct)
            for each, there, distinct in zip(columns, counts[::2], counts[1::2], strict=True)
        }
        return replace(found, rows=rows, rows_from="counted", columns=known,
                       columns_from="counted")  # fmt: skip
    return found


@contextmanager
def attempt(connection: Connection, notes: list[str], what: str) -> Iterator[None]:
    """Try what may be forbidden or take too long: an error is a note, and the rest goes on.

    On PostgreSQL, settings made within end with it.
    """
    is_server = connection.dialect.name == "postgresql"
    if is_server:
        connection.exec_driver_sql("SAVEPOINT schema_figures")
    try:
        yield
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        said = " ".join(str(error.orig or error).partition("\n")[0].split()).rstrip(".")
        notes.append(f"{what}: {said}.")
    if is_server:
        connection.exec_driver_sql("ROLLBACK TO SAVEPOINT schema_figures")
        connection.exec_driver_sql("RELEASE SAVEPOINT schema_figures")
