"""The bundled Alembic project: what its developers do with it, and the manners of its env.py."""

from __future__ import annotations

import logging
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from schema.catalog import read_catalog


@pytest.fixture
def project(tmp_path: Path, root: Path) -> Path:
    """A copy of the bundled project, so that no test leaves a database in the repository."""
    folder = tmp_path / "project"
    leave = shutil.ignore_patterns("__pycache__")
    shutil.copytree(root / "alembic", folder / "alembic", ignore=leave)
    shutil.copytree(root / "schema" / "models", folder / "schema" / "models", ignore=leave)
    shutil.copy(root / "schema" / "__init__.py", folder / "schema")
    shutil.copy(root / "alembic.ini", folder)
    return folder


def alembic(
    project: Path, *arguments: str, fails: bool = False, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the command line in the project, as its developers do."""
    program = Path(sys.executable).with_name("alembic")
    run = subprocess.run(
        [program, *arguments],
        cwd=project,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **environment},
        capture_output=True,
        text=True,
    )
    assert ("Traceback" in run.stderr) == fails, run.stderr
    return run


# What the service's own documentation shows.


def test_developer_upgrades_an_empty_database_and_sees_where_it_stands(project: Path) -> None:
    upgrade = alembic(project, "upgrade", "head")
    steps = re.findall(r"Running upgrade (\w*) -> (\w+), (.+)", upgrade.stderr)
    assert steps == [
        (script.down_revision or "", script.revision, script.doc)
        for script in reversed(list(ScriptDirectory(project / "alembic").walk_revisions()))
    ]
    assert len(steps) == 14
    assert (project / "test.db").is_file()

    shown = alembic(project, "current", "-v").stdout
    path = project / "alembic" / "versions" / "7adee582ada3_adds_guest_tags_table.py"
    assert shown.splitlines() == [
        "Current revision(s) for sqlite:///test.db:",
        "Rev: 7adee582ada3 (head)",
        "Parent: a31dd2a66069",
        f"Path: {path}",
        "",
        "    Adds guest_tags table",
        "    ",
        "    Revision ID: 7adee582ada3",
        "    Revises: a31dd2a66069",
        "    Create Date: 2021-02-12 15:05:51.412826",
        "",
    ]


def test_developer_reads_the_history_newest_first(project: Path) -> None:
    lines = alembic(project, "history").stdout.splitlines()
    assert lines[0] == "a31dd2a66069 -> 7adee582ada3 (head), Adds guest_tags table"
    assert lines[-1] == "<base> -> 57f5d41c7200, Intial database schema import"
    assert len(lines) == 14


def test_developer_goes_one_revision_down_and_up_again(project: Path) -> None:
    alembic(project, "upgrade", "head")
    down = alembic(project, "downgrade", "a31dd2a66069").stderr
    assert "Running downgrade 7adee582ada3 -> a31dd2a66069, Adds guest_tags table" in down
    up = alembic(project, "upgrade", "head").stderr
    assert "Running upgrade a31dd2a66069 -> 7adee582ada3, Adds guest_tags table" in up


def test_developer_adds_a_column_and_autogenerates_its_revision(project: Path) -> None:
    model = project / "schema" / "models" / "guests.py"
    ctime = "    ctime: Mapped[datetime]\n"
    model.write_text(model.read_text().replace(ctime, f"{ctime}    note: Mapped[str | None]\n"))
    alembic(project, "upgrade", "head")
    run = alembic(project, "revision", "--autogenerate", "-m", "Adds a note")
    assert "Detected added column 'guest_requests.note'" in run.stderr
    (written,) = (project / "alembic" / "versions").glob("*_adds_a_note.py")
    assert "batch_op.add_column(sa.Column('note'" in written.read_text()
    alembic(project, "upgrade", "head")
    assert alembic(project, "check").returncode == 0
    assert alembic(project, "downgrade", "-1").returncode == 0


def test_without_a_model_change_nothing_is_found_and_no_file_written(project: Path) -> None:
    alembic(project, "upgrade", "head")
    before = set((project / "alembic" / "versions").iterdir())
    assert "No new upgrade operations detected." in alembic(project, "check").stdout
    run = alembic(project, "revision", "--autogenerate", "-m", "nothing")
    assert run.returncode == 0
    assert "No changes in schema detected: no revision file was written." in run.stderr
    assert set((project / "alembic" / "versions").iterdir()) == before


@pytest.mark.postgresql
def test_without_a_model_change_nothing_is_found_on_postgresql(
    project: Path, postgresql_url: str
) -> None:
    url = f"url={postgresql_url}"
    alembic(project, "-x", url, "upgrade", "head")
    check = alembic(project, "-x", url, "check")
    assert (check.returncode, check.stdout) == (0, "No new upgrade operations detected.\n")
    run = alembic(project, "-x", url, "revision", "--autogenerate", "-m", "nothing")
    assert "No changes in schema detected" in run.stderr
    assert len(list((project / "alembic" / "versions").glob("*.py"))) == 14


@pytest.mark.parametrize("kind", ["postgresql", "mariadb", "mysql"])
def test_all_revisions_can_be_written_as_sql(project: Path, kind: str) -> None:
    """Compiling needs no server: it is what a String without a length would fail on."""
    url = f"url={kind}://nobody@nowhere/nothing"
    up = alembic(project, "-x", url, "upgrade", "head", "--sql")
    down = alembic(project, "-x", url, "downgrade", "head:base", "--sql")
    assert (up.returncode, down.returncode) == (0, 0)
    assert up.stdout.count("CREATE TABLE") == 19  # one of them, metrics, twice; and Alembic's own


# The way to the database, and the manners of env.py.


def test_url_argument_outranks_the_environment(project: Path) -> None:
    other = "sqlite:///environment.db"
    alembic(
        project, "-x", "url=sqlite:///argument.db", "upgrade", "head", SCHEMA_DATABASE_URL=other
    )
    assert [path.name for path in project.glob("*.db")] == ["argument.db"]
    alembic(project, "upgrade", "head", SCHEMA_DATABASE_URL=other)
    assert sorted(path.name for path in project.glob("*.db")) == ["argument.db", "environment.db"]


def test_program_s_connection_and_logging_are_respected(
    project: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    mine, handlers = logging.getLogger("mine"), list(logging.getLogger().handlers)
    engine = sa.create_engine(sqlite_url, poolclass=sa.NullPool)
    config = Config(project / "alembic.ini")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        assert sa.inspect(connection).has_table("guest_tags")
    assert not mine.disabled
    assert logging.getLogger().handlers == handlers
    assert not list(project.glob("*.db"))


def test_program_that_hands_nothing_over_keeps_its_logging_too(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    handlers = list(logging.getLogger().handlers)
    config = Config(project / "alembic.ini")
    command.upgrade(config, "head")
    command.check(config)
    assert command.revision(config, "nothing", autogenerate=True) == []
    assert logging.getLogger().handlers == handlers
    assert len(list((project / "alembic" / "versions").glob("*.py"))) == 14


def test_failed_upgrade_leaves_nothing_behind_on_sqlite(project: Path) -> None:
    alembic(project, "upgrade", "a31dd2a66069")
    script = project / "alembic" / "versions" / "7adee582ada3_adds_guest_tags_table.py"
    broken = '    op.execute("nonsense")\n\n\ndef downgrade'
    script.write_text(script.read_text().replace("\n\ndef downgrade", broken))
    assert alembic(project, "upgrade", "head", fails=True).returncode == 1
    catalog = read_catalog(f"sqlite:///{project / 'test.db'}")
    assert "guest_tags" not in {table.name for table in catalog.of_kind("table")}
    assert "a31dd2a66069" in alembic(project, "current").stdout
