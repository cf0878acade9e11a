"""How long a fleet takes, beside ``alembic check`` run on one database after another.

``python tests/benchmarks/fleet.py`` makes a project of 50 tables and its databases, 1,000 SQLite
files and 200 databases of a PostgreSQL server, in a temporary folder. Three of each were changed by
hand. Shown are seconds of wall clock and of processor time, also of child processes and of the
server's sessions, which other work on the machine disturbs less.

schema fleet    ``check_fleet`` in this process, with each executor; the first with an empty cache
alembic check   a process for each of a few databases; the time of all is extrapolated from those
"""

from __future__ import annotations

import argparse
import os
import resource
import sqlite3
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
from made_project import make_project  # noqa: E402
from servers import Place, database  # noqa: E402

from schema import cache  # noqa: E402
from schema.fleet import Fleet, check_fleet  # noqa: E402
from schema.project import Project  # noqa: E402

_MEMBERS = {"sqlite": 1000, "postgresql": 200}
_EXECUTORS = ("processes", "threads")
_DRIFT = "CREATE TABLE made_by_hand (a INTEGER)"


def main() -> None:
    options = _options()
    with own_cache(options.folder):
        for dialect in options.dialect or list(_MEMBERS):
            with database(dialect, options.folder) as place:
                count = options.members or _MEMBERS[dialect]
                processors = len(os.sched_getaffinity(0))
                print(f"{count:,} databases of {options.tables} tables on {place.title}, "
                      f"{processors} processors", flush=True)  # fmt: skip
                _measure(place, count, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tables", type=int, default=50)
    parser.add_argument("--members", type=int, help="databases of each kind")
    parser.add_argument("--dialect", choices=list(_MEMBERS), action="append")
    parser.add_argument("--executor", action="append", help="dask://HOST:PORT is one, too")
    parser.add_argument("--jobs", type=int, action="append", help="how many are read at once")
    parser.add_argument("--sample", type=int, default=5, help="databases for alembic check")
    parser.add_argument("--runs", type=int, default=1, help="of each executor, after the first")
    parser.add_argument("--folder", type=Path, help="where to work; made anew, and left there")
    options = parser.parse_args()
    if options.folder is not None:
        options.folder.mkdir(parents=True)
    return options


def _measure(place: Place, count: int, options: argparse.Namespace) -> None:
    project = place.folder / f"project_{place.dialect}"
    urls = _made(place, project, count, options.tables)
    with Project.open(project) as opened:
        cache.clear()
        for jobs in options.jobs or [None]:
            for executor in options.executor or _EXECUTORS:
                for _ in range(options.runs + (executor == "processes")):
                    label = f"schema fleet, {executor}{f', {jobs} jobs' if jobs else ''}"
                    is_first = cache.size()[0] == 0
                    found, *took = _timed(
                        lambda e=executor, j=jobs: check_fleet(opened, urls, executor=e, jobs=j)  # type: ignore[misc]
                    )
                    _check(found, count)
                    _tell(label + (", nothing cached" if is_first else ""), *took)
    sample = urls[: options.sample]
    if sample:
        _, *took = _timed(lambda: [_alembic(project, url) for url in sample])
        share = count / len(sample)
        _tell(f"alembic check, {len(sample)} of them", *took)
        _tell(f"alembic check, all {count:,}, extrapolated", *(share * each for each in took))


def _made(place: Place, project: Path, count: int, tables: int) -> list[sa.URL]:
    """The members, all at head; three were changed by hand."""
    template = f"template_{place.dialect}"
    url = place.url(template).render_as_string(hide_password=False)
    make_project(project, tables=tables, revisions=10, url=url)
    place.make(template)
    alembic = [sys.executable, "-m", "alembic", "upgrade", "head"]
    subprocess.run(alembic, cwd=project, check=True, capture_output=True)
    urls = [place.copy(template, f"member_{number:04}") for number in range(count)]
    for url in urls[:: max(1, count // 3)][:3]:
        _run(url, _DRIFT)
    if place.server is not None:
        _run(place.server, "CHECKPOINT")
    os.sync()  # what was written to make them is no part of what is measured
    return urls


def _run(url: sa.URL, statement: str) -> None:
    if url.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(str(url.database))) as connection:
            connection.execute(statement)
        return
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)


def _alembic(project: Path, url: sa.URL) -> None:
    shown = url.render_as_string(hide_password=False)
    subprocess.run(
        [sys.executable, "-m", "alembic", "check"],
        cwd=project,
        env=os.environ | {"BENCHMARK_URL": shown},
        capture_output=True,
        check=False,  # it says that a table was added
    )


def _check(found: Fleet, count: int) -> None:
    assert dict(found.counts) == {"drifted": 3, "clean": count - 3}, found.verdict


def _timed(call: Callable[[], Fleet | list[None]]) -> tuple[Fleet | list[None], float, float]:
    before, started = _processor(), time.perf_counter()
    found = call()
    return found, time.perf_counter() - started, _processor() - before


def _processor() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used) + _of_sessions()


def _of_sessions() -> float:
    """What sessions of the PostgreSQL server took that have ended (Linux; proc(5), stat)."""
    folder = Path(os.environ["SCHEMA_BENCHMARK_DIR"], "pg")
    try:
        server = int((folder / "postmaster.pid").read_text().split()[0])
        told = Path(f"/proc/{server}/stat").read_text().rpartition(")")[2].split()
    except (OSError, ValueError):
        return 0.0
    return (int(told[13]) + int(told[14])) / os.sysconf("SC_CLK_TCK")


def _tell(label: str, wall: float, processor: float) -> None:
    print(f"  {label:55} {wall:8.1f} s   processor {processor:8.1f} s", flush=True)


if __name__ == "__main__":
    main()
