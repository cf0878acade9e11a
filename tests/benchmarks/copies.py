"""How long copies take, beside ``cp`` and ``pg_dump | pg_restore``.

``python tests/benchmarks/copies.py --dialect postgresql`` fills a database in a temporary folder
and prints ratios. What is compared is run in turn, A B A B …, each after everything written before
has reached the disk, and what a copy leaves is removed outside the measured time; the minimum and
the median of the runs are shown.

a copy          ``schema.scratch.copy`` of a database that nobody is connected to
the rest        a copy while somebody is; of a sample; a checkpoint, and the way back to it
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

import sqlalchemy as sa  # noqa: E402 -- found by the path above
from drift import own_cache  # noqa: E402
from servers import Place, database  # noqa: E402

from schema import scratch  # noqa: E402
from schema.scratch import Choice  # noqa: E402
from schema.scratch.clients import find_clients  # noqa: E402

#: Does what is measured, and returns what removes it again.
Measured = Callable[[], Callable[[], object]]

_POSTGRESQL = """
CREATE TABLE t (id bigint PRIMARY KEY, a text, b text, c double precision);
INSERT INTO t SELECT i, md5(i::text) || repeat(md5(i::text), 5), repeat(md5(i::text), 5), i * 1.5
FROM generate_series(1, {rows}) i;
CREATE INDEX ON t (a);
VACUUM ANALYZE t;
"""


def main() -> None:
    options = _options()
    with own_cache(options.folder):
        for dialect in options.dialect or ["sqlite", "postgresql"]:
            with database(dialect, options.folder) as place:
                print(f"{options.rows:,} rows on {place.title}, {options.runs} runs each")
                {"sqlite": _sqlite, "postgresql": _postgresql}[dialect](place, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_500_000)
    parser.add_argument("--dialect", choices=["sqlite", "postgresql"], action="append")
    parser.add_argument("--runs", type=int, default=5, help="of each way that is compared")
    parser.add_argument("--folder", type=Path, help="where to work; made anew, and left there")
    options = parser.parse_args()
    if options.folder is not None:
        options.folder.mkdir(parents=True)
    return options


def _sqlite(place: Place, options: argparse.Namespace) -> None:
    path = place.folder / "bench.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT, c REAL)")
        connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
            "INSERT INTO t SELECT i, hex(randomblob(90)), hex(randomblob(80)), i * 1.5 FROM n",
            (options.rows,),
        )
        connection.execute("CREATE INDEX t_a ON t (a)")
        connection.commit()
    goal = path.with_name("cp.sqlite")

    def cp() -> Callable[[], object]:
        subprocess.run(["cp", path, goal], check=True)
        return goal.unlink

    url = sa.URL.create("sqlite", database=str(path))
    _size(path.stat().st_size)
    _compare(options.runs, "a copy / cp", _copying(url), cp)
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("UPDATE t SET c = 2 WHERE id < 1000")
        writer.commit()
        _compare(options.runs, "a copy with a WAL in use / cp", _copying(url), cp)
    _rest(options.runs, url)


def _postgresql(place: Place, options: argparse.Namespace) -> None:
    url = place.make("bench")
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        for statement in _POSTGRESQL.format(rows=options.rows).split(";"):
            if statement.strip():
                connection.exec_driver_sql(statement)
        connection.exec_driver_sql("CHECKPOINT")
        size = connection.scalar(sa.text("SELECT pg_database_size('bench')"))
    _size(int(size or 0))

    def dump() -> Callable[[], object]:
        goal = place.make("dumped")
        programs = find_clients(18)
        source = subprocess.Popen(
            [programs.dump, "--format=custom", "--compress=0", _libpq(url)], stdout=subprocess.PIPE
        )
        restore = [programs.restore, f"--dbname={_libpq(goal)}"]
        subprocess.run(restore, stdin=source.stdout, check=True)
        assert source.wait() == 0
        return lambda: place.drop("dumped")

    _compare(options.runs, "a copy / pg_dump | pg_restore", _copying(url), dump)
    with engine.connect():
        title = "a copy while somebody is connected / pg_dump | pg_restore"
        _compare(options.runs, title, _copying(url), dump)
    _rest(options.runs, url)


def _libpq(url: sa.URL) -> str:
    return f"host={url.query['host']} user={url.username} dbname={url.database}"


def _rest(runs: int, url: sa.URL) -> None:
    """What has nothing beside it."""
    made = scratch.copy(url)
    kept = scratch.checkpoint(made)

    def back() -> Callable[[], object]:
        scratch.restore(scratch.open(made.url), kept)
        return lambda: None

    _tell("a checkpoint", _alternate(runs, lambda: scratch.checkpoint(made).drop)[0])
    _tell("the way back to it", _alternate(runs, back)[0])
    scratch.open(made.url).drop()
    for choice in (Choice.schema_only(), Choice.sample(0.01)):
        _tell(f"a copy of {choice}", _alternate(runs, _copying(url, choice))[0])


def _copying(url: sa.URL, choice: Choice = scratch.WHOLE) -> Measured:
    return lambda: scratch.copy(url, choice=choice).drop


def _compare(runs: int, title: str, ours: Measured, theirs: Measured) -> None:
    left, right = _alternate(runs, ours, theirs)
    least, middle = min(left) / min(right), statistics.median(left) / statistics.median(right)
    ratio = f"{_ratio(least)} min, {_ratio(middle)} median"
    print(f"  {title}: {_shown(left)} / {_shown(right)}  =  {ratio}", flush=True)


def _alternate(runs: int, *ways: Measured) -> list[list[float]]:
    """The seconds of each, run in turn."""
    found: list[list[float]] = [[] for _ in ways]
    for _ in range(runs):
        for seconds, way in zip(found, ways, strict=True):
            os.sync()
            started = time.perf_counter()
            remove = way()
            seconds.append(time.perf_counter() - started)
            remove()
    return found


def _tell(title: str, seconds: list[float]) -> None:
    print(f"  {title}: {_shown(seconds)}", flush=True)


def _shown(seconds: list[float]) -> str:
    return f"{min(seconds):.2f} s min, {statistics.median(seconds):.2f} s median"


def _ratio(value: float) -> str:
    return f"{value:.2f}" if value > 0.5 else f"1/{1 / value:.1f}"


def _size(size: int) -> None:
    print(f"  {size / 1e6:,.0f} MB")


if __name__ == "__main__":
    main()
