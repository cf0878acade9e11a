"""How many rows another database has, so that as many are made up."""

from __future__ import annotations

from sqlalchemy.engine import URL

from schema.catalog import read_catalog
from schema.catalog.statistics import estimate_rows
from schema.database import open_read_only
from schema.synthetic.tables import read_tables

__all__ = ["rows_like"]


def rows_like(source: str | URL) -> dict[str, int]:
    """How many rows each table of a database has, in the form that ``fill`` takes.

    Counted on SQLite and MariaDB; on PostgreSQL as ANALYZE left it, so that a table of which
    nothing is known is not in it. Raises DatabaseError.
    """
    with open_read_only(source) as connection:
        catalog = read_catalog(connection)
        tables = [table for table in read_tables(catalog) if table.refusal is None]
        if connection.dialect.name != "postgresql":
            quote = connection.dialect.identifier_preparer.quote_identifier
            return {
                table.label: connection.exec_driver_sql(
                    f"SELECT count(*) FROM {quote(table.name)}"  # noqa: S608 -- quoted
                ).scalar_one()
                for table in tables
            }
        known = {(each.schema_name, each.name): rows
                 for each, rows in estimate_rows(connection, catalog).items()}  # fmt: skip
    found = {table.label: known.get((table.schema_name, table.name)) for table in tables}
    return {label: rows for label, rows in found.items() if rows is not None}
