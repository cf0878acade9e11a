"""How long a timeline takes, cold and warm, beside ``alembic upgrade head`` of the same history.

``python tests/benchmarks/timeline.py --revisions 50 --dialect postgresql`` makes a history in a
temporary folder. What is compared is run in turn, A B A B …; minimum and median are shown.

cold    nothing is known: each revision is run, the schema read after it, and compared
warm    nothing has changed, in a process that is new: from the call of ``read_timeline`` on
one     a revision was added to the others, or the last one was edited: how many are run, how long
at      the schema at a revision, and what lies between two, once the timeline is there
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

from drift import own_cache  # noqa: E402 -- found by the path above
from made_history import make_history, write_revision  # noqa: E402
from measures import in_turn, tell  # noqa: E402
from servers import Place, database  # noqa: E402

from schema import cache, scratch  # noqa: E402

_ASK = """
import json, sys, time
from schema.project import Project
from schema.timeline import read_timeline
ran = []
def progress(done, of, text):
    ran.append(text.startswith("replaying"))
with Project.open(sys.argv[1]) as project:
    began = time.perf_counter()
    timeline = read_timeline(project, dialect=sys.argv[2], on_progress=progress)
    seconds = time.perf_counter() - began
    assert not timeline.failed, timeline.failed[0].failure
    middle = timeline.steps[len(timeline.steps) // 2].id
    began = time.perf_counter()
    timeline.at(middle)
    at = time.perf_counter() - began
    began = time.perf_counter()
    timeline.between(middle, "head")
    between = time.perf_counter() - began
print(json.dumps({"seconds": seconds, "ran": sum(ran), "at": at, "between": between}))
"""


def main() -> None:
    options = _options()
    with own_cache(None), database(options.dialect, None) as place:
        folder = Path(os.environ["SCHEMA_BENCHMARK_DIR"]) / "history"
        url = place.url("upgraded").render_as_string(hide_password=False)
        make_history(folder, revisions=options.revisions, url=url)
        print(f"{options.revisions} revisions on {place.title}, {options.runs} runs each")
        measure_cold(folder, options, place)
        measure_warm(folder, options)
        measure_one(folder, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--revisions", type=int, default=50)
    parser.add_argument("--dialect", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--runs", type=int, default=3)
    return parser.parse_args()


def measure_cold(folder: Path, options: argparse.Namespace, place: Place) -> None:
    """Everything anew, beside what Alembic alone takes for the same revisions."""
    _ask(folder, options)  # once, uncounted: it also makes the embedded server
    known: list[dict[str, float]] = []

    def cold() -> None:
        _forget(options.dialect)
        known.append(_ask(folder, options))

    def upgrade() -> None:
        with _upgraded(place):
            _run([sys.executable, "-m", "alembic", "upgrade", "head"], folder)

    ours, theirs = in_turn(options.runs, cold, upgrade)
    tell("timeline, nothing known / `alembic upgrade head`", ours, theirs)
    asked = min(each["seconds"] for each in known)
    print(f"  of it read_timeline: {asked:.2f} s min, {asked / options.revisions:.3f} s a revision")


def measure_warm(folder: Path, options: argparse.Namespace) -> None:
    found = [_ask(folder, options) for _ in range(max(3, options.runs))]
    assert {each["ran"] for each in found} == {0}
    for title, name in (("warm", "seconds"), ("at", "at"), ("between", "between")):
        times = sorted(each[name] for each in found)
        print(f"  {title}: {times[0]:.3f} s min, {times[len(times) // 2]:.3f} s median")


def measure_one(folder: Path, options: argparse.Namespace) -> None:
    versions = folder / "migrations" / "versions"
    body = '    op.create_table("one_more", sa.Column("a", sa.Integer))\n'
    for title, more in (("added", ""), ("edited", "    # edited\n")):
        write_revision(versions, options.revisions, body + more)
        found = _ask(folder, options)
        print(f"  one {title}: {found['seconds']:.2f} s, {found['ran']:.0f} run")
    middle = options.revisions // 2
    path = next(versions.glob(f"{middle:04}*"))
    path.write_text(path.read_text() + "\n# edited\n")
    found = _ask(folder, options)
    print(f"  the middle one edited: {found['seconds']:.2f} s, {found['ran']:.0f} run")
    files, size = cache.size()
    kept = scratch.all_kept() if options.dialect == "postgresql" else []
    print(f"  kept: {files} files, {size / 1e6:.1f} MB, {len(kept)} databases")


def _forget(dialect: str) -> None:
    cache.clear()
    if dialect == "postgresql":
        for each in scratch.all_kept():
            each.drop()


def _ask(folder: Path, options: argparse.Namespace) -> dict[str, float]:
    ran = _run([sys.executable, "-c", _ASK, str(folder), options.dialect], HERE.parents[1])
    found: dict[str, float] = json.loads(ran)
    return found


@contextlib.contextmanager
def _upgraded(place: Place) -> Iterator[None]:
    """An empty database to upgrade, gone afterwards."""
    if place.server is None:
        Path(str(place.url("upgraded").database)).unlink(missing_ok=True)
        yield
        return
    place.make("upgraded")
    try:
        yield
    finally:
        place.drop("upgraded")


def _run(command: list[str], folder: Path) -> str:
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if ran.returncode:
        raise SystemExit(f"{command[:3]} failed:\n{ran.stdout[-2000:]}{ran.stderr[-2000:]}")
    return ran.stdout


if __name__ == "__main__":
    main()
