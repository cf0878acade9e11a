"""What is measured, and how it is told."""

from __future__ import annotations

import ast
import gc
import os
import resource
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import delay
import floor
import sqlalchemy as sa
from made_project import make_project
from servers import Place

from schema import cache, scratch
from schema.catalog import read_catalog
from schema.database import open_read_only
from schema.drift import find_drift
from schema.project import Project

__all__ = [
    "Bench",
    "measure_cold",
    "measure_everyday",
    "measure_latency",
    "measure_memory",
    "measure_reading",
]

#: Seconds of wall clock, and of processor time (of children too).
Times = tuple[float, float]


@dataclass
class Bench:
    """A made-up project and its database, to be measured."""

    tables: int
    revisions: int
    runs: int
    place: Place

    @property
    def root(self) -> Path:
        return self.place.folder / "project"

    @property
    def copy(self) -> Path:
        """The same project, on a copy of the database: ``alembic check`` may write to it."""
        return self.place.folder / "copy"

    @property
    def url(self) -> sa.URL:
        return self.place.url("bench")

    def prepare(self) -> None:
        """Write both projects, and make their databases by ``alembic upgrade head``."""
        made = {"bench": self.root, "bench_copy": self.copy}
        for name, folder in made.items():
            url = self.place.url(name).render_as_string(hide_password=False)
            make_project(folder, tables=self.tables, revisions=self.revisions, url=url)
        self.place.make("bench")
        _run_alembic(self.root, "upgrade", "head")
        self.place.copy("bench", "bench_copy")


def measure_reading(bench: Bench) -> None:
    """One catalog, against the queries alone."""
    url = bench.url
    if bench.place.dialect == "sqlite":
        path = Path(str(url.database))
        alone: Callable[[], object] = lambda: floor.read_sqlite(path)  # noqa: E731
    else:
        plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
        alone = lambda: floor.read_postgresql(plain)  # noqa: E731
    ours, least = in_turn(bench.runs, lambda: read_catalog(url), alone)
    tell("reading a catalog / floor", ours, least)
    shown = url.render_as_string(hide_password=False)
    # The reader of SQLite knows texts again that it has parsed before in the process.
    firsts = [_first_reading(shown) for _ in range(bench.runs)]
    tell(
        "first reading of a process / floor",
        [each[0] for each in firsts],
        [each[1] for each in firsts],
    )


_FIRST = """
import sys
sys.path[:0] = sys.argv[2:]
import pathlib, sqlalchemy as sa
import floor, measures
from schema.catalog import read_catalog
from schema.database import open_read_only
url = sa.make_url(sys.argv[1])
if url.get_backend_name() == "sqlite":
    alone = lambda: floor.read_sqlite(pathlib.Path(url.database))
else:
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    alone = lambda: floor.read_postgresql(plain)
with open_read_only(url): pass  # the driver and its dialect are loaded
alone()
print(measures.in_turn(1, lambda: read_catalog(url), alone))
"""


def _first_reading(url: str) -> tuple[Times, Times]:
    """The times of a process's first reading, and of the queries alone in it."""
    here = Path(__file__).resolve().parent
    command = [sys.executable, "-c", _FIRST, url, str(here), str(here.parents[1])]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    [[ours], [least]] = ast.literal_eval(printed)
    return ours, least


def measure_memory(bench: Bench) -> None:
    """Statements sent, and bytes held: all that was allocated and not freed, by tracemalloc."""
    with open_read_only(bench.url) as connection:
        sent: list[str] = []
        listen = lambda *event: sent.append(event[2])  # noqa: E731
        sa.event.listen(connection, "before_cursor_execute", listen)
        read_catalog(connection)
    gc.collect()
    tracemalloc.start()
    catalog = read_catalog(bench.url)
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    objects = len(catalog)
    print(f"  statements: {len(sent)}; objects: {objects}; bytes an object: {held / objects:.0f}")


def measure_everyday(bench: Bench) -> None:
    """Drift when nothing was changed since it was last asked for."""
    with Project.open(bench.root) as project:
        print(f"  {find_drift(project, bench.url).verdict}")
        drift = lambda: find_drift(project, bench.url)  # noqa: E731
        with _alembic_here(bench.copy) as check:
            ours, theirs = in_turn(bench.runs, drift, check)
    tell("drift everyday, warm / alembic check, warm", ours, theirs)
    command = [sys.executable, "-m", "schema", "drift", "-c", str(bench.root), "--json"]
    run = lambda: _run(command, bench.root)  # noqa: E731
    ours, theirs = in_turn(bench.runs, run, lambda: _run_alembic(bench.copy, "check"))
    tell("`schema drift` everyday / `alembic check`", ours, theirs)


def measure_cold(bench: Bench) -> None:
    """The models, created and read with nothing cached; the replay for information."""
    from schema.replay import materialised

    server = bench.place.server and bench.url

    def models() -> None:
        cache.clear()
        with Project.open(bench.root) as project:
            materialised(project, bench.place.dialect, server=server)

    runs = min(bench.runs, 3)
    ours, theirs = in_turn(runs, models, lambda: _run_alembic(bench.copy, "check"))
    tell("the models, nothing cached / `alembic check`", ours, theirs)

    def everything() -> None:
        cache.clear()
        with Project.open(bench.root) as project:
            find_drift(project, bench.url)

    def upgrade() -> None:
        with scratch.create(bench.place.dialect, server=server, label="bench") as empty:
            url = empty.url.render_as_string(hide_password=False)
            _run_alembic(bench.copy, "upgrade", "head", url=url)

    ours, theirs = in_turn(1, everything, upgrade)
    tell("drift, nothing cached / `alembic upgrade head`", ours, theirs)


def measure_latency(bench: Bench, round_trip: float) -> None:
    """Drift over a long link, with replay and models cached."""
    with delay.delayed(bench.place.socket, round_trip) as port:
        far = bench.url.set(host="127.0.0.1", port=port, query={})
        with Project.open(bench.root) as project:
            find_drift(project, far)
            (ours,) = in_turn(bench.runs, lambda: find_drift(project, far))
    title = f"drift everyday, over {round_trip * 1000:.0f} ms"
    print(f"  {title}: {_shown([wall for wall, _ in ours])}")


# -- measuring ------------------------------------------------------------------------------------


def in_turn(runs: int, *measured: Callable[[], object]) -> list[list[Times]]:
    """The times of each, run in turn; once before, uncounted, where there is more than one run."""
    if runs > 1:
        for each in measured:
            each()
    found: list[list[Times]] = [[] for _ in measured]
    for _ in range(runs):
        for times, each in zip(found, measured, strict=True):
            gc.collect()
            before = time.perf_counter(), _processor()
            each()
            times.append((time.perf_counter() - before[0], _processor() - before[1]))
    return found


def tell(title: str, ours: list[Times], theirs: list[Times]) -> None:
    """Both, and how they compare: minimum with minimum, median with median."""
    print(f"  {title}")
    for name, part in (("wall", 0), ("processor", 1)):
        left, right = [each[part] for each in ours], [each[part] for each in theirs]
        ratio = f"{_ratio(min(left), min(right))} min, "
        ratio += f"{_ratio(statistics.median(left), statistics.median(right))} median"
        print(f"    {name:9}  {_shown(left)} / {_shown(right)}  =  {ratio}", flush=True)


def _ratio(left: float, right: float) -> str:
    if not left or not right:
        return "–"
    return f"{left / right:.2f}" if left > right / 2 else f"1/{right / left:.1f}"


def _shown(times: list[float]) -> str:
    return f"{min(times):.2f} s min, {statistics.median(times):.2f} s median"


def _processor() -> float:
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(resource.getrusage(kind).ru_utime + resource.getrusage(kind).ru_stime
               for kind in kinds)  # fmt: skip


# -- alembic --------------------------------------------------------------------------------------


class _alembic_here:  # noqa: N801 -- used as a function
    """``alembic check`` in this process, its models imported once: as quick as it can be."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def __enter__(self) -> Callable[[], None]:
        import io

        from alembic import command
        from alembic.config import Config

        sys.path.insert(0, str(self._root))
        config = Config(str(self._root / "alembic.ini"), stdout=io.StringIO())

        def check() -> None:
            here = Path.cwd()
            os.chdir(self._root)
            try:
                command.check(config)
            finally:
                os.chdir(here)

        return check

    def __exit__(self, *error: object) -> None:
        sys.path.remove(str(self._root))


def _run_alembic(root: Path, *arguments: str, url: str | None = None) -> None:
    more = {"BENCHMARK_URL": url} if url else {}
    _run([sys.executable, "-m", "alembic", *arguments], root, more)


def _run(command: list[str], folder: Path, more: dict[str, str] | None = None) -> None:
    ran = subprocess.run(
        command, cwd=folder, env={**os.environ, **(more or {})}, capture_output=True, text=True
    )
    if ran.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{ran.stdout[-2000:]}{ran.stderr[-2000:]}")
