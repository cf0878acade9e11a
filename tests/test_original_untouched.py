"""Whatever is done, and whatever the project's env.py does, the original stays as it was."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from textwrap import dedent

import pytest
import sqlalchemy as sa

from schema import scratch
from schema.catalog import read_catalog
from schema.drift import find_drift
from schema.errors import WorkbenchError
from schema.history import read_current, read_history
from schema.project import Project
from schema.rehearsal import Rehearsal

# An env.py that ignores every connection but its own, and writes before Alembic is even configured.
HOSTILE_ENV = """
import os
from alembic import context
from sqlalchemy import create_engine, text

engine = create_engine(os.environ["APP_DATABASE_URL"])
with engine.begin() as connection:
    connection.execute(text("DELETE FROM account WHERE name = 'Ada'"))
    context.configure(connection=connection, target_metadata=None)
    context.run_migrations()
"""

REVISIONS = {
    "a1": (None, "op.execute(\"CREATE TABLE account (name VARCHAR(50))\")"),
    "b2": ("a1", "op.execute(\"UPDATE account SET name = 'Nobody'\")"),
    "c3": ("b2", "op.execute(\"SELECT broken FROM nowhere\")"),
    "d4": ("b2", "import time; op.execute(\"DELETE FROM account\"); time.sleep(60)"),
}  # fmt: skip


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def original(request: pytest.FixtureRequest) -> Iterator[str]:
    """A live database at revision a1; the SQLite one in WAL mode, with a writer at work."""
    url = request.getfixturevalue(f"{request.param}_url")
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        if request.param == "sqlite":
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")
        for sql in (
            "CREATE TABLE account (name VARCHAR(50))",
            "INSERT INTO account VALUES ('Ada'), ('Grace')",
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)",
            "INSERT INTO alembic_version VALUES ('a1')",
        ):
            connection.exec_driver_sql(sql)
        connection.commit()
        if request.param == "postgresql":
            connection.close()  # the server makes no copy of a database that others are using
        yield url
    engine.dispose()


@pytest.fixture
def project(original: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    monkeypatch.setenv("SCHEMA_SCRATCH_DIR", str(tmp_path / "scratch"))
    monkeypatch.setenv("APP_DATABASE_URL", original)
    versions = tmp_path / "app" / "migrations" / "versions"
    versions.mkdir(parents=True)
    (tmp_path / "app" / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n")
    (versions.parent / "env.py").write_text(HOSTILE_ENV)
    for revision, (parent, up) in REVISIONS.items():
        (versions / f"{revision}.py").write_text(
            dedent(f'''
            """step {revision}"""
            from alembic import op
            revision = {revision!r}
            down_revision = {parent!r}
            def upgrade():
                {up}
            def downgrade():
                op.execute("DELETE FROM account")
            ''')
        )
    opened = Project.open(tmp_path / "app", url=original)
    yield opened
    opened.close()
    for left in scratch.find(server=sa.make_url(original) if "postgresql" in original else None):
        left.drop()


def fingerprint(url: str) -> str:
    """A digest of a SQLite database's files, or of a PostgreSQL database's catalog and rows."""
    digest = hashlib.sha256()
    if url.startswith("sqlite"):
        path = Path(url.removeprefix("sqlite:///"))
        for file in (path, Path(f"{path}-wal")):
            digest.update(file.read_bytes() if file.exists() else b"absent")
        return digest.hexdigest()
    digest.update(read_catalog(url).to_json().encode())
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        for table in ("account", "alembic_version"):
            rows = connection.exec_driver_sql(f"SELECT ctid, xmin, * FROM {table} ORDER BY 1")
            digest.update(repr(rows.all()).encode())
    return digest.hexdigest()


def look_at_history(project: Project, url: str) -> None:
    assert len(read_history(project)) == 4
    assert read_current(project) == ("a1",)


def look_for_drift(project: Project, url: str) -> None:
    with suppress(WorkbenchError):
        find_drift(project)


def copy_and_drop(project: Project, url: str) -> None:
    scratch.copy(sa.make_url(url)).drop()


def walk_up_and_down(project: Project, url: str) -> None:
    with Rehearsal.start(project) as rehearsal:
        up = rehearsal.run_to("b2")
        down = rehearsal.run_to("base")
        assert [step.error for step in (*up, *down)] == [None, None, None]
        rehearsal.close(drop=True)


def fail_at_a_step(project: Project, url: str) -> None:
    with Rehearsal.start(project) as rehearsal:
        steps = rehearsal.run_to("c3")
        assert "nowhere" in (steps[-1].error or "")
        rehearsal.close(drop=True)


def stop_a_running_step(project: Project, url: str) -> None:
    with Rehearsal.start(project) as rehearsal:
        rehearsal.run_to("b2")
        threading.Timer(1.5, rehearsal.stop).start()
        started = time.monotonic()
        with suppress(WorkbenchError):
            rehearsal.run_to("d4")
        assert time.monotonic() - started < 30
        rehearsal.close(drop=True)


def kill_the_kernel(project: Project, url: str) -> None:
    """A whole process dies in the middle of a step; what it leaves is found."""
    code = (
        "import sys; from schema.project import Project; from schema.rehearsal import Rehearsal\n"
        "project = Project.open(sys.argv[1], url=sys.argv[2])\n"
        "rehearsal = Rehearsal.start(project)\n"
        "print(rehearsal.scratch.name, flush=True)\n"
        "rehearsal.run_to('d4')\n"
    )
    kernel = subprocess.Popen(
        [sys.executable, "-c", code, str(project.config_path), url], stdout=subprocess.PIPE
    )
    assert kernel.stdout is not None
    with kernel.stdout as output:
        name = output.readline().decode().strip()
        time.sleep(2)
        os.kill(kernel.pid, signal.SIGKILL)
        kernel.wait()
    server = sa.make_url(url) if "postgresql" in url else None
    assert name in {left.name for left in scratch.find(server=server)}


@pytest.mark.parametrize(
    "action",
    [
        look_at_history,
        look_for_drift,
        copy_and_drop,
        walk_up_and_down,
        fail_at_a_step,
        stop_a_running_step,
        kill_the_kernel,
    ],
)
def test_the_original_is_the_same_after(
    action: Callable[[Project, str], None], project: Project, original: str
) -> None:
    before = fingerprint(original)
    action(project, original)
    assert fingerprint(original) == before


def test_a_write_would_have_been_seen(original: str) -> None:
    before = fingerprint(original)
    engine = sa.create_engine(original)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE account SET name = 'Alan'")
    engine.dispose()
    assert fingerprint(original) != before
