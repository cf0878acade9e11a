"""What is known of the data in columns: how many NULLs, how many different values, how wide.

It helps to tell a renamed column from a new one, and to make up rows that are like the real ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import DBAPIError

from schema.catalog.objects import Catalog, Identity
from schema.catalog.sqlite_statistics import measured
from schema.database import open_read_only

__all__ = ["estimate_rows", "read_statistics"]

# What a role may not read, the view leaves out (https://www.postgresql.org/docs/current/view-pg-stats.html).
_QUERY = """
SELECT schemaname, tablename, attname, null_frac, n_distinct, avg_width {values}
FROM pg_catalog.pg_stats
WHERE NOT inherited AND schemaname <> 'information_schema' AND schemaname !~ '^pg_'
"""
_VALUES = """, most_common_vals::text::text[], most_common_freqs, histogram_bounds::text::text[]"""


def read_statistics(
    database: str | URL | Connection, *, values: bool = False, measure: bool = False
) -> Mapping[Identity, Mapping[str, Any]]:
    """By column: ``null_frac``, ``n_distinct`` and ``avg_width`` (bytes), as ANALYZE left them.

    A negative ``n_distinct`` is a share of the rows. With ``values``, real values are read too:
    ``most_common`` (value and share) and ``histogram`` (bounds of equally many values), as text.
    SQLite keeps nothing of the kind: there the result is empty, unless ``measure`` asks to look at
    up to 100,000 rows of each table. Raises DatabaseError.
    """
    if not isinstance(database, Connection):
        with open_read_only(database) as connection:
            return read_statistics(connection, values=values, measure=measure)
    if database.dialect.name == "sqlite" and measure:
        return dict(measured(database))
    if database.dialect.name != "postgresql":
        return {}
    rows = database.exec_driver_sql(_QUERY.format(values=_VALUES if values else ""))
    return {
        Identity("column", schema_name, table, column): {
            "null_frac": nulls, "n_distinct": distinct, "avg_width": width, **_real(real)
        }
        for schema_name, table, column, nulls, distinct, width, *real in rows
    }  # fmt: skip


def _real(found: Sequence[Any]) -> dict[str, Any]:
    """The real values, where they were asked for; those of arrays are left out."""
    if not found:
        return {}
    common, shares, histogram = found
    told: dict[str, Any] = {}
    if common and all(isinstance(each, str) for each in common):
        told["most_common"] = tuple(zip(common, shares, strict=True))
    if histogram and all(isinstance(each, str) for each in histogram):
        told["histogram"] = tuple(histogram)
    return told


#: -1 is what a table has that was never analysed (from PostgreSQL 14 on, before that 0). Source:
#: https://www.postgresql.org/docs/current/catalog-pg-class.html
_ESTIMATES = """
SELECT n.nspname, c.relname, c.reltuples
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm') AND c.reltuples >= 0
"""


def estimate_rows(connection: Connection, catalog: Catalog) -> Mapping[Identity, int]:
    """About how many rows each table has, by what the database knows without reading them.

    PostgreSQL: as ANALYZE or VACUUM left it. SQLite: the greatest rowid, which is more where rows
    were deleted. A table of which nothing is known is left out.
    """
    if connection.dialect.name == "postgresql":
        return {
            Identity("table", schema_name, None, name): int(rows)
            for schema_name, name, rows in connection.exec_driver_sql(_ESTIMATES)
        }
    if connection.dialect.name != "sqlite":
        return {}
    quote = connection.dialect.identifier_preparer.quote_identifier
    found = {}
    for table in catalog.of_kind("table"):
        try:
            query = f"SELECT max(rowid) FROM {quote(table.name)}"  # noqa: S608 -- quoted
            found[table.identity] = connection.exec_driver_sql(query).scalar() or 0
        except DBAPIError:
            continue  # WITHOUT ROWID, or a virtual table that has none
    return found
