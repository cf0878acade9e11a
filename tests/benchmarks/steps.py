"""What observing costs: a rehearsal's steps against plain ``alembic upgrade`` of the same steps.

    python tests/benchmarks/steps.py [--rows 1500000] [--dialect sqlite|postgresql] [--runs 3]

Both run each revision on an equal copy of one database, in a process that is warm, in turn; the
copies are not counted. Ours are real transactions and everything observed, but for ledger and
probes; told are the seconds of the whole step as a person waits for it, and the least of all runs.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[2])]

import sqlalchemy as sa  # noqa: E402 -- all found by the path above
from servers import Place, database  # noqa: E402

from schema.project import Project  # noqa: E402
from schema.scratch import copy  # noqa: E402

ENV = """
import os
from alembic import context
from sqlalchemy import create_engine

with create_engine(os.environ["BENCHMARK_URL"]).connect() as connection:
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
"""

#: Runs the same revisions in one process, each by Alembic's own command, and prints the seconds.
PLAIN = """
import sys, time
from alembic import command
from alembic.config import Config
config = Config(sys.argv[1])
for revision in sys.argv[2:]:
    began = time.perf_counter()
    command.upgrade(config, revision)
    print(time.perf_counter() - began)
"""

STEPS = {
    "base": "pass",
    "update": 'op.execute("UPDATE item SET price = price + 1")',
    "index": 'op.create_index("ix_name", "item", ["name"])',
    "change type": """
    with op.batch_alter_table("item") as batch:
        batch.alter_column("price", type_=sa.Numeric(12, 2))
    """,
    "20,000 inserts": """
    insert = sa.text("INSERT INTO note (id, text) VALUES (:id, :text)")
    for number in range(20_000):
        op.get_bind().execute(insert, {"id": number, "text": "a note"})
    """,
    "20,000 inserts of literals": """
    for number in range(20_000):
        op.execute(f"INSERT INTO note (id, text) VALUES ({number + 20_000}, 'a note')")
    """,
    "2,000 transactions": """
    for number in range(2_000):
        with op.get_context().autocommit_block():
            op.execute(f"UPDATE note SET text = 'x' WHERE id = {number}")
    """,
    "50 tables": """
    for number in range(50):
        op.create_table(f"made_{number}", sa.Column("id", sa.Integer, primary_key=True))
        op.add_column(f"made_{number}", sa.Column("text", sa.Text))
    """,
}

TABLES = (
    "CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT NOT NULL, price INTEGER)",
    "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)",
)
FILL = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) "
    "INSERT INTO item SELECT i, 'item number ' || i, i % 1000 FROM n",
    "postgresql": "INSERT INTO item SELECT i, 'item number ' || i, mod(i, 1000) "
    "FROM generate_series(1, {rows}) AS i",
}


def make_project(folder: Path) -> list[str]:
    """A project with one revision for each of ``STEPS``; their names."""
    versions = folder / "migrations" / "versions"
    versions.mkdir(parents=True)
    (folder / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/migrations\n")
    (folder / "migrations" / "env.py").write_text(ENV)
    names = [f"r{number}" for number in range(len(STEPS))]
    for number, body in enumerate(STEPS.values()):
        parent = names[number - 1] if number else None
        text = f"import sqlalchemy as sa\nfrom alembic import op\nrevision = {names[number]!r}\n"
        text += f"down_revision = {parent!r}\n\ndef upgrade():\n    {body.strip()}\n"
        (versions / f"{names[number]}.py").write_text(text)
    return names


def fill(place: Place, rows: int) -> sa.URL:
    url = place.make("base")
    engine = sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for sql in (*TABLES, FILL[place.dialect].format(rows=rows), "ANALYZE"):
            connection.exec_driver_sql(sql)
    engine.dispose()
    return url


def settle(place: Place) -> None:
    """What the copy left to be written is no part of what follows."""
    os.sync()
    if place.server is not None:
        engine = sa.create_engine(place.server, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql("CHECKPOINT")


def plain(place: Place, folder: Path, names: list[str], run: int) -> list[float]:
    url = place.copy("base", f"plain{run}")
    settle(place)
    shown = url.render_as_string(hide_password=False)
    ran = subprocess.run(
        [sys.executable, "-c", PLAIN, str(folder / "alembic.ini"), *names],
        env={**os.environ, "BENCHMARK_URL": shown},
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise SystemExit(ran.stderr)
    if place.server is None:
        Path(str(url.database)).unlink()
    return [float(line) for line in ran.stdout.split()]


def rehearsed(place: Place, folder: Path, names: list[str]) -> tuple[list[float], list[float]]:
    """The seconds of each step as they are waited for, and those that observing took of them."""
    os.environ["BENCHMARK_URL"] = place.url("base").render_as_string(hide_password=False)
    waited, looked = [], []
    with (
        copy(place.url("base")) as scratch,
        Project.open(folder) as project,
        project.start_worker() as worker,
    ):
        settle(place)
        for name in names:
            began = time.perf_counter()
            result = worker.step(scratch, "up", name, observe="everything")
            waited.append(time.perf_counter() - began)
            looked.append(result["overhead_seconds"])
    return waited, looked


def measure(place: Place, rows: int, runs: int) -> None:
    folder = place.folder / f"{place.dialect}_project"
    names = make_project(folder)
    fill(place, rows)
    print(f"{place.title}, {rows:,} rows, least of {runs}")
    ours, theirs, looking = [], [], []
    for run in range(runs):
        for which in ("plain", "ours") if run % 2 else ("ours", "plain"):
            if which == "plain":
                theirs.append(plain(place, folder, names, run))
            else:
                waited, looked = rehearsed(place, folder, names)
                ours.append(waited)
                looking.append(looked)
    left, right = [list(map(min, zip(*each, strict=True))) for each in (ours, theirs)]
    seen = list(map(min, zip(*looking, strict=True)))
    # The first revision does nothing: it pays for the loading of modules on both sides.
    for number, title in enumerate(STEPS):
        if number:
            tell(title, left[number], right[number], seen[number])
    tell("all of them", sum(left[1:]), sum(right[1:]), sum(seen[1:]))


def tell(title: str, ours: float, theirs: float, looked: float) -> None:
    ratio = f"{ours:.3f} s / {theirs:.3f} s = {ours / theirs:.2f}"
    print(f"  {title + ':':28} {ratio}   ({looked:.3f} s of it observing)", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_500_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--dialect", choices=["sqlite", "postgresql"])
    told = parser.parse_args()
    for dialect in [told.dialect] if told.dialect else ["sqlite", "postgresql"]:
        with tempfile.TemporaryDirectory(prefix="swbb-", dir="/tmp") as folder:
            os.environ["SCHEMA_CACHE_DIR"] = folder + "/cache"
            os.environ["SCHEMA_SCRATCH_DIR"] = folder + "/scratch"
            with database(dialect, Path(folder)) as place:
                measure(place, told.rows, told.runs)


if __name__ == "__main__":
    main()
