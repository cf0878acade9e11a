"""Nothing but the scratch database is reached, whatever the project does."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from schema.errors import NotScratchError, ProjectCodeError
from schema.worker import guard


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def tables(path: str | Path) -> set[str]:
    connection = sqlite3.connect(path)
    query = "SELECT name FROM sqlite_master WHERE type = 'table'"
    found = {row[0] for row in connection.execute(query)}
    connection.close()
    return found


@pytest.mark.parametrize(
    ("how", "what"),
    [
        ("sqlite3", r"sqlite3.connect\('live.db'\)"),
        ("sqlite3 in memory", r"sqlite3.connect\(':memory:'\)"),
        ("psycopg", r"psycopg.connect\(\)"),
        ("psycopg class", r"psycopg.Connection.connect\(\)"),
        ("pool", r"A connection of a SQLAlchemy engine \(sqlite\)"),
    ],
)
def test_a_connection_of_the_projects_own_is_refused(how, what, open_project, scratch, monkeypatch):
    monkeypatch.setenv("RAW_DRIVER", how)
    project = open_project("raw_driver")
    before = digest(project.root / "live.db")
    worker = project.start_worker()
    worker.step(scratch, "up", "a1")

    with pytest.raises(ProjectCodeError, match=what + " was refused: project") as caught:
        worker.step(scratch, "up", "b2")

    assert "versions/b2_email.py" in caught.value.details["traceback"]
    assert "hunter2" not in str(caught.value) + str(caught.value.details)
    assert digest(project.root / "live.db") == before
    worker.close()


@pytest.mark.parametrize("how", ["attach", "attach by a parameter", "attach by an expression"])
def test_attach_is_refused(how, open_project, scratch, monkeypatch):
    monkeypatch.setenv("RAW_DRIVER", how)
    project = open_project("raw_driver")
    before = digest(project.root / "live.db")
    worker = project.start_worker()
    worker.step(scratch, "up", "a1")
    with pytest.raises(ProjectCodeError, match="not authorized: ATTACH leads to another") as caught:
        worker.step(scratch, "up", "b2")
    if how == "attach":
        assert caught.value.details["sql"].startswith("ATTACH DATABASE")
    assert digest(project.root / "live.db") == before
    worker.close()


def test_an_engine_in_a_revision_leads_to_the_scratch_database(open_project, scratch, monkeypatch):
    monkeypatch.setenv("RAW_DRIVER", "session")
    project = open_project("raw_driver")
    worker = project.start_worker()
    worker.step(scratch, "up", "a1")
    worker.step(scratch, "up", "b2")
    assert worker.output == f"session sees {scratch.url.database}\n"
    worker.close()


def test_an_env_py_with_its_own_engine_migrates_the_scratch_database(
    open_project, scratch, monkeypatch
):
    project = open_project("hostile")
    live = project.root / "live.db"
    monkeypatch.setenv("HOSTILE_DATABASE_URL", f"sqlite:///{live}")
    before = digest(live)

    worker = project.start_worker()
    worker.step(scratch, "up", "a1")
    worker.step(scratch, "up", "b2")
    worker.step(scratch, "down", "b2")
    worker.close()

    assert project.database_url().database == str(live)
    assert digest(live) == before
    assert not live.with_name("live.db-wal").exists()
    assert tables(scratch.url.database) == {"_schema_scratch", "alembic_version", "person"}


def test_listeners_of_the_projects_engine_apply_to_our_connection(
    open_project, scratch, monkeypatch
):
    project = open_project("hostile")
    monkeypatch.setenv("HOSTILE_DATABASE_URL", "sqlite:///live.db")
    revision = project.version_locations[0] / "a1_people.py"
    text = revision.read_text().replace(
        "def upgrade():\n", "def upgrade():\n    print(op.get_bind().exec_driver_sql("
        "'PRAGMA foreign_keys').scalar())\n"
    )  # fmt: skip
    revision.write_text(text)
    worker = project.start_worker()
    worker.step(scratch, "up", "a1")
    assert worker.output == "1\n"
    worker.close()


def test_listeners_for_all_engines_apply_to_the_connection_handed_over(
    open_project, scratch, monkeypatch
):
    project = open_project("raw_driver")
    models = project.root / "models.py"
    listener = (
        "@sa.event.listens_for(sa.engine.Engine, 'connect')\n"
        "def listen(connection, record):\n"
        "    connection.execute('PRAGMA foreign_keys=ON')\n"
        "    print('listened')\n"
    )
    models.write_text(models.read_text() + "\n\n" + listener)
    with project.start_worker() as worker:
        worker.step(scratch, "up", "a1")
        # Once for the connection of the step, once for the look at the stamp after it.
        assert worker.output == "listened\n" * 2


def test_a_database_without_the_mark_is_not_touched(open_project, tmp_path):
    project = open_project("generic")
    live = project.root / "live.db"
    before = digest(live)

    class Offered:
        url = sa.make_url(f"sqlite:///{live}")

        def guard(self):
            return {"query": "SELECT token FROM _schema_scratch", "token": "t0ken"}

    with project.start_worker() as worker, pytest.raises(NotScratchError, match="not touched"):
        worker.step(Offered(), "up", "a1")
    with pytest.raises(NotScratchError):
        project.materialise(Offered())
    assert digest(live) == before


def test_a_database_with_another_mark_is_not_touched(open_project, scratch):
    class Offered:
        url = scratch.url

        def guard(self):
            return {"query": "SELECT token FROM _schema_scratch", "token": "another"}

    with open_project("generic").start_worker() as worker, pytest.raises(NotScratchError):
        worker.step(Offered(), "up", "a1")
    assert tables(scratch.url.database) == {"_schema_scratch"}


def test_a_missing_scratch_file_is_not_made(open_project, scratch):
    path = Path(scratch.url.database)
    path.unlink()
    with open_project("generic").start_worker() as worker, pytest.raises(NotScratchError):
        worker.step(scratch, "up", "a1")
    assert not path.exists()


@pytest.mark.postgresql
def test_an_unmarked_postgresql_database_is_not_touched(open_project, postgresql_url):
    class Offered:
        url = sa.make_url(postgresql_url)

        def guard(self):
            return {"query": "SELECT token FROM _schema_scratch", "token": "t0ken"}

    with open_project("generic").start_worker() as worker, pytest.raises(NotScratchError):
        worker.step(Offered(), "up", "a1")
    engine = sa.create_engine(postgresql_url)
    assert sa.inspect(engine).get_table_names() == []
    engine.dispose()


def test_credentials_are_back_while_we_connect(monkeypatch):
    monkeypatch.setitem(guard.CREDENTIALS, "PGPASSFILE", "/home/me/.pgpass")
    monkeypatch.setenv("PGPASSFILE", os.devnull)
    with guard.permitted():
        assert os.environ["PGPASSFILE"] == "/home/me/.pgpass"
    assert os.environ["PGPASSFILE"] == os.devnull


def test_credentials_of_libpq_are_kept_from_project_code(open_project, scratch, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", "hunter2")
    monkeypatch.setenv("PGSERVICE", "production")
    project = open_project("generic")
    env = project.script_location / "env.py"
    env.write_text(
        "import os\nprint(os.environ.get('PGPASSWORD'), os.environ.get('PGSERVICE'))\n"
        + env.read_text()
    )
    with project.start_worker() as worker:
        worker.step(scratch, "up", "a1")
        assert worker.output == "None None\n"
