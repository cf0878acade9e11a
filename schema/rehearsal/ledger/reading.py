"""Reading a ledger: every value of every table, once, with memory that does not grow with rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from sqlalchemy.engine import Connection

from schema.catalog import Catalog, SchemaObject
from schema.errors import DatabaseError
from schema.rehearsal.ledger.figures import Ledger, Table
from schema.rehearsal.ledger.rows import table_label

__all__ = ["Cancelled", "Progress", "cascades", "read_ledger"]

Progress = Callable[[float, str], None]
Cancelled = Callable[[], bool]


def read_ledger(
    connection: Connection,
    catalog: Catalog,
    *,
    level: Literal["full", "rows"] = "full",
    examples: bool = True,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Ledger:
    """The figures of all tables that the catalog knows, read in the connection's transaction.

    ``level`` ``"rows"`` only counts rows. Without ``examples`` no value is kept: no smallest, no
    largest, no rows to show. ``progress`` is told the part done (0.0 to 1.0) and which table is
    next; ``cancelled`` is asked between tables, and while a table of SQLite is read. On PostgreSQL
    row-level security is off: a role that is subject to it gets an error instead of fewer rows.

    What cannot be read is a ``problem`` of its table or column, never a missing entry. Raises
    DatabaseError when it was cancelled.
    """
    dialect = connection.dialect.name
    if dialect == "sqlite":
        from schema.rehearsal.ledger.sqlite import Reader
    elif dialect == "postgresql":
        from schema.rehearsal.ledger.postgresql import Reader  # type: ignore[assignment]
    elif dialect in {"mariadb", "mysql"}:
        from schema.rehearsal.ledger.mariadb import Reader  # type: ignore[assignment]

        dialect = "mariadb"
    else:
        raise DatabaseError(f"The data of {dialect} databases is not read yet.")

    def check() -> None:
        if cancelled is not None and cancelled():
            raise DatabaseError("Reading the data was stopped.")

    reader = Reader(connection, catalog, full=level == "full", examples=examples, check=check)
    tables: dict[str, Table] = {}
    wanted = reader.tables()
    for number, table in enumerate(wanted):
        check()
        if progress is not None:
            progress(number / len(wanted), f"reading {table_label(table)}")
        tables[table_label(table)] = reader.read(table)
    if progress is not None:
        progress(1.0, "the data was read")
    return Ledger(dialect, tables, level)


def cascades(catalog: Catalog) -> dict[str, tuple[str, ...]]:
    """By a table's label, those of the tables that it loses rows with (ON DELETE CASCADE)."""
    labels = {(item.schema_name, item.name): table_label(item) for item in catalog.of_kind("table")}
    found: dict[str, list[str]] = {}
    for key in catalog.of_kind("foreign key"):
        if key.properties.get("on_delete") == "CASCADE":
            child = labels.get((key.schema_name, key.table or ""), key.table or "")
            found.setdefault(child, []).append(_target(key))
    return {label: tuple(parents) for label, parents in found.items()}


def _target(key: SchemaObject) -> str:
    target = str(key.properties.get("target") or key.properties.get("target_table") or "")
    return target.removeprefix("public.").replace('"', "")
