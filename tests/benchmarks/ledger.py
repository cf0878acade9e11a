"""What reading a ledger costs, beside a plain count, min and max of the same columns.

``python tests/benchmarks/ledger.py --dialect postgresql`` fills a table in a temporary folder, and
prints the ratio: at most 2 is wanted. Both are run in turn, in one transaction each; on PostgreSQL
the processor's time is the client's alone. The peak of memory is that of a process that reads the
ledger of the whole table, and of one that reads a fifteenth of it.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

from measures import in_turn, tell  # noqa: E402 -- found by the path above
from servers import Place, database  # noqa: E402

from schema.catalog import read_catalog  # noqa: E402
from schema.database import open_read_only  # noqa: E402
from schema.rehearsal.ledger import read_ledger  # noqa: E402

COLUMNS = ("id", "updated", "guestname", "eventname", "details", "amount", "price", "size")

_PLAIN = "SELECT count(*), {} FROM events".format(
    ", ".join(f"count({name}), min({name}), max({name})" for name in COLUMNS)
)

_SQLITE = """
INSERT INTO events
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
SELECT i, strftime('%Y-%m-%d %H:%M:%f', 1600000000 + random() % 10000000, 'unixepoch'),
       lower(hex(substr(quote(i % 30000) || '0123456789abcdef', 1, 16))),
       CASE i % 4 WHEN 0 THEN 'created' WHEN 1 THEN 'updated' WHEN 2 THEN 'error' ELSE 'ready' END,
       CASE WHEN i % 10 THEN '{{"code": ' || random() % 1000000 || '}}' END,
       random() / 1e10, round(random() % 100000 / 100.0, 2), random() % 1000000
FROM n
"""

_POSTGRESQL = """
INSERT INTO events
SELECT i, timestamp '2020-09-13' + random() * interval '100 days', md5(mod(i, 30000)::text),
       (array['created', 'updated', 'error', 'ready'])[1 + mod(i, 4)],
       CASE WHEN mod(i, 10) > 0 THEN '{{"code": ' || (random() * 1e6)::int || '}}' END,
       random() * 1e9, (random() * 1e5)::numeric(12, 2), (random() * 1e6)::int
FROM generate_series(1, {rows}) i
"""

_PEAK = """
import resource, sys
sys.path[:0] = [sys.argv[2]]
from schema.catalog import read_catalog
from schema.database import open_read_only
from schema.rehearsal.ledger import read_ledger
with open_read_only(sys.argv[1]) as connection:
    assert read_ledger(connection, read_catalog(connection)).problems == ()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def main() -> None:
    options = _options()
    with _folder(options.folder) as folder, database(options.dialect, folder) as place:
        print(f"{options.rows} rows on {place.title}, {options.runs} runs each", flush=True)
        whole, part = fill(place, "whole", options.rows), fill(place, "part", options.rows // 15)
        measure(whole, options.runs)
        peaks = [peak(url) for url in (part, whole)]
        print(f"  peak of memory (MB): {peaks[0]} for a fifteenth, {peaks[1]} for the whole")


def fill(place: Place, name: str, rows: int) -> sa.URL:
    """A database of one table of events."""
    url = place.make(name)
    numeric = "numeric(12, 2)" if place.dialect == "postgresql" else "NUMERIC"
    table = (
        "CREATE TABLE events (id INTEGER PRIMARY KEY, updated TIMESTAMP, guestname VARCHAR(250),"
        f" eventname VARCHAR(250), details TEXT, amount DOUBLE PRECISION, price {numeric},"
        " size BIGINT)"
    )
    if place.dialect == "sqlite":
        with contextlib.closing(sqlite3.connect(str(url.database))) as driver:
            driver.execute(table)
            driver.execute(_SQLITE.format(rows=rows))
            driver.commit()
        return url
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(table)
        connection.exec_driver_sql(_POSTGRESQL.format(rows=rows))
        connection.exec_driver_sql("VACUUM ANALYZE events")
    return url


def measure(url: sa.URL, runs: int) -> None:
    """Both in one session, so that both are read from the same caches."""
    with open_read_only(url) as plain, open_read_only(url) as connection:
        catalog = read_catalog(connection)
        ours, theirs = in_turn(
            runs,
            lambda: read_ledger(connection, catalog),
            lambda: plain.exec_driver_sql(_PLAIN).all(),
        )
    tell("ledger / SELECT count(*), count(c), min(c), max(c), ...", ours, theirs)


def peak(url: sa.URL) -> int:
    """Megabytes that a process takes at most to read the ledger."""
    shown = url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", _PEAK, shown, str(HERE.parents[1])]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_500_000)
    parser.add_argument("--dialect", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--runs", type=int, default=5, help="of each that is compared")
    parser.add_argument("--folder", type=Path, help="where to work; made anew, and left there")
    options = parser.parse_args()
    if options.folder is not None:
        options.folder.mkdir(parents=True)
    return options


@contextlib.contextmanager
def _folder(folder: Path | None) -> Iterator[Path]:
    with contextlib.ExitStack() as stack:
        # A short path: a server's socket lies below it.
        made = folder or stack.enter_context(tempfile.TemporaryDirectory(prefix="swb-", dir="/tmp"))
        os.environ.setdefault("XDG_RUNTIME_DIR", str(made))
        yield Path(made)


if __name__ == "__main__":
    main()
