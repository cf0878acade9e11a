"""Statistics of a SQLite database, which keeps none itself: measured on the rows that are there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from schema.catalog import sqlite
from schema.catalog.objects import Identity
from schema.catalog.sqlite_text import quote

__all__ = ["measured"]

#: So many rows of a table are looked at.
_SAMPLE = 100_000


def measured(connection: Connection) -> Iterator[tuple[Identity, Mapping[str, Any]]]:
    """By column: null_frac, n_distinct and avg_width; one query a table, over its first rows."""
    catalog = sqlite.read(connection)
    columns: dict[str | None, list[str]] = {}
    for item in catalog.of_kind("column"):
        columns.setdefault(item.table, []).append(item.name)
    for table, names in columns.items():
        parts = ", ".join(
            f"count({name}), count(DISTINCT {name}), avg(length(CAST({name} AS blob)))"
            for name in map(quote, names)
        )
        source = f"(SELECT * FROM {quote(table or '')} LIMIT {_SAMPLE})"  # noqa: S608
        try:
            rows = connection.exec_driver_sql(f"SELECT count(*), {parts} FROM {source}")  # noqa: S608
        except DBAPIError:
            continue  # a column computed by a function that is not there
        total, *found = rows.one()
        for place, name in enumerate(names if total else ()):
            there, distinct, width = found[place * 3 : place * 3 + 3]
            yield (
                Identity("column", None, table, name),
                {
                    "null_frac": 1 - there / total,
                    # Many different ones: there would be more of them in more rows.
                    "n_distinct": -distinct / total if distinct > total / 10 else distinct,
                    "avg_width": width or 0,
                },
            )
