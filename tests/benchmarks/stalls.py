"""A stall picture of an index built without CONCURRENTLY under load, and with it.

Makes a table of 1.5 million rows on a PostgreSQL of its own, and writes an HTML page:

    python tests/benchmarks/stalls.py stalls.html
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import sqlalchemy as sa
from servers import database

from schema.rehearsal.stalls import Attempt, Probes, Run, Segment, Stalls, measure_stalls
from schema.render.stalls import compared_stalls_html, stalls_html

ROWS = 1_500_000

INDEX = "CREATE INDEX invoice_customer ON invoice (customer, total)"
CONCURRENTLY = INDEX.replace("INDEX", "INDEX CONCURRENTLY")
_NO_INDEX = "DROP INDEX IF EXISTS invoice_customer"
COLUMN = "ALTER TABLE invoice ADD COLUMN paid boolean"

_TABLE = f"""
CREATE TABLE invoice AS
SELECT i AS id, mod(i::bigint * 7919, 50000) AS customer, (random() * 1000)::numeric AS total,
       'Invoice number ' || i AS title, now() - i * interval '1 minute' AS made
FROM generate_series(1, {ROWS}) AS i
"""


def main(page: Path) -> None:
    """Measure, say the figures, and write the page."""
    with (
        tempfile.TemporaryDirectory(prefix="swbst-", dir="/tmp") as folder,
        database("postgresql", Path(folder)) as place,
    ):
        title, url = place.title, place.make("stalls")
        _run(url, _TABLE, "ALTER TABLE invoice ADD PRIMARY KEY (id)", "VACUUM ANALYZE invoice")
        index = {
            "without CONCURRENTLY": measured(url, INDEX, _NO_INDEX),
            "with CONCURRENTLY": measured(url, CONCURRENTLY, _NO_INDEX),
        }
        column = measured(url, COLUMN, "ALTER TABLE invoice DROP COLUMN IF EXISTS paid")
    for name, stalls in [*index.items(), ("a new column", column)]:
        print(f"{name}: {stalls.verdict}")
        print(stalls.probes_frame().to_string())
    heading = f"<h1>{title}, {ROWS:,} rows</h1>"
    page.write_text(
        f"<!doctype html><meta charset='utf-8'>{heading}<h2>An index</h2>"
        f"{compared_stalls_html(index)}<h2>A new column</h2>{stalls_html(column)}"
    )


def measured(url: sa.URL, sql: str, undo: str) -> Stalls:
    """The stalls of one statement, which commits by itself."""

    def run(settings: Mapping[str, str], probes: Probes) -> Attempt:
        _run(url, undo)
        with probes:
            began = time.monotonic()
            try:
                _run(url, *(f"SET {name} = '{value}'" for name, value in settings.items()), sql)
                error = None
            except sa.exc.DBAPIError as failure:
                error = str(failure.orig)
            seconds = time.monotonic() - began
        return Attempt(seconds, error, began, (Segment(sql, 0.0, seconds),))

    checked: Run = run
    return measure_stalls(url, checked, ["invoice"])


def _run(url: sa.URL, *statements: str) -> None:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
