"""What Alembic's command line would be given beside the config: ``-n``, ``-x``; and Flask's app."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from schema.cli import main
from schema.drift import find_drift
from schema.errors import ConfigError, ProjectCodeError
from schema.history import read_history
from schema.project import Project, alembic_command
from schema.rehearsal import Rehearsal

PROJECTS = Path(__file__).resolve().parent / "projects"

URL_BY_X = """
from alembic import context
from models import Base
from sqlalchemy import create_engine

with create_engine(context.get_x_argument(as_dictionary=True)["url"]).connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
"""

SECTIONS = """
[alembic]
script_location = migrations
prepend_sys_path = .
sqlalchemy.url = sqlite:///other.db

[staging]
script_location = migrations
prepend_sys_path = .
sqlalchemy.url = sqlite:///staging.db
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the generic sample project."""
    return shutil.copytree(PROJECTS / "generic", tmp_path / "generic")


def upgraded(folder: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "alembic", *arguments, "upgrade", "head"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


# -- alembic -x -----------------------------------------------------------------------------------


def test_env_py_gets_its_x_arguments(folder: Path) -> None:
    (folder / "migrations" / "env.py").write_text(URL_BY_X)
    upgraded(folder, "-x", "url=sqlite:///mine.db")
    with Project.open(folder, x=["url=sqlite:///mine.db"]) as project:
        assert project.database_url().database == str(folder / "mine.db")
        assert not find_drift(project).differences
        with Rehearsal.start(project) as rehearsal:
            assert [step.error for step in rehearsal.run_to("base")] == [None, None]
            rehearsal.close(drop=True)


def test_other_x_arguments_are_another_project(folder: Path) -> None:
    (folder / "migrations" / "env.py").write_text(URL_BY_X)
    for name in ("one", "two", "one"):
        with Project.open(folder, x=[f"url=sqlite:///{name}.db"]) as project:
            assert project.database_url().database == str(folder / f"{name}.db")


def test_missing_x_arguments_are_said(folder: Path) -> None:
    (folder / "migrations" / "env.py").write_text(URL_BY_X)
    with Project.open(folder) as project, pytest.raises(ProjectCodeError, match="-x NAME=VALUE"):
        project.settings()


def test_a_missing_package_is_not_said_to_be_a_missing_x_argument(folder: Path) -> None:
    (folder / "migrations" / "env.py").write_text(f"import nosuchpackage\n{URL_BY_X}")
    with Project.open(folder) as project, pytest.raises(ProjectCodeError) as raised:
        project.settings()
    assert str(raised.value).endswith("No module named 'nosuchpackage'")


def test_the_password_of_an_x_argument_is_not_told(folder: Path) -> None:
    telling = 'raise ValueError(context.get_x_argument()[0].split(":")[2])'
    (folder / "migrations" / "env.py").write_text(f"from alembic import context\n{telling}\n")
    arguments = ["url=postgresql://me:sesame@localhost/library"]
    with Project.open(folder, x=arguments) as project:
        with pytest.raises(ProjectCodeError) as caught:
            project.settings()
        assert "sesame" not in f"{caught.value}{caught.value.details}{project!r}"


# -- alembic -n -----------------------------------------------------------------------------------


def test_a_section_of_the_config_may_be_named(folder: Path) -> None:
    (folder / "alembic.ini").write_text(SECTIONS)
    (folder / "migrations" / "env.py").write_text(
        URL_BY_X.replace(
            'context.get_x_argument(as_dictionary=True)["url"]',
            'context.config.get_section(context.config.config_ini_section)["sqlalchemy.url"]',
        )
    )
    with Project.open(folder) as project:
        assert project.database_url().database == str(folder / "other.db")
    with Project.open(folder, section="staging") as project:
        assert project.database_url().database == str(folder / "staging.db")
        assert project.file_settings["sqlalchemy.url"] == "sqlite:///staging.db"


def test_a_section_that_is_not_there_is_said(folder: Path) -> None:
    with pytest.raises(ConfigError, match=r"has no section \[live\]; it has alembic"):
        Project.open(folder, section="live")


def test_both_may_come_from_the_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "alembic.ini").write_text(SECTIONS)
    monkeypatch.setenv("SCHEMA_CONFIG_SECTION", "staging")
    monkeypatch.setenv("SCHEMA_X_ARGUMENTS", "one=1 'two=2 3'")
    with Project.open(folder) as project:
        assert project.arguments == ("staging", "one=1", "two=2 3")
    monkeypatch.setenv("SCHEMA_X_ARGUMENTS", "'")
    with pytest.raises(ConfigError, match="SCHEMA_X_ARGUMENTS cannot be parted"):
        Project.open(folder)


def test_commands_take_both(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (folder / "alembic.ini").write_text(SECTIONS)
    (folder / "migrations" / "env.py").write_text(URL_BY_X)
    upgraded(folder, "-x", "url=sqlite:///mine.db")
    arguments = ["current", "-c", str(folder), "-n", "staging", "-x", "url=sqlite:///mine.db"]
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 0
    assert "mine.db is at" in capfd.readouterr().out


# -- several databases ----------------------------------------------------------------------------

TWO = """
import sqlalchemy as sa

one, two = sa.MetaData(), sa.MetaData()
sa.Table("person", one, sa.Column("id", sa.Integer, primary_key=True))
sa.Table("entry", two, sa.Column("id", sa.Integer, primary_key=True))
"""


@pytest.fixture
def two_databases(tmp_path: Path) -> Path:
    """A project as Alembic's own multidb template makes it, with a database for each engine."""
    folder = tmp_path / "two"
    folder.mkdir()
    run = [sys.executable, "-m", "alembic"]
    subprocess.run(
        [*run, "init", "-t", "multidb", "migrations"], cwd=folder, check=True, capture_output=True
    )
    (folder / "models.py").write_text(TWO)
    env = folder / "migrations" / "env.py"
    with_models = 'from models import one, two\ntarget_metadata = {"engine1": one, "engine2": two}'
    env.write_text(env.read_text().replace("target_metadata = {}", with_models))
    ini = (folder / "alembic.ini").read_text()
    ini = ini.replace("driver://user:pass@localhost/dbname2", "sqlite:///two.db")
    (folder / "alembic.ini").write_text(
        ini.replace("driver://user:pass@localhost/dbname", "sqlite:///one.db")
    )
    for words in ("revision --autogenerate -m all", "upgrade head"):
        subprocess.run([*run, *words.split()], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.mark.parametrize(
    ("engine", "file", "table"), [("engine1", "one.db", "person"), ("engine2", "two.db", "entry")]
)
def test_one_of_several_databases_is_followed(
    two_databases: Path, engine: str, file: str, table: str
) -> None:
    with Project.open(two_databases, engine=engine) as project:
        assert project.database_url().database == str(two_databases / file)
        drift = find_drift(project)
        assert not drift.differences
        assert [item.name for item in drift.live.of_kind("table")] == [table]
        ((statements, why),) = project.offline_sql([(drift.stamp[0], "up")], "sqlite")
        assert why is None
        assert table in "".join(statements)
        with Rehearsal.start(project) as rehearsal:
            (step,) = rehearsal.run_to("base")
            assert step.error is None
            assert [each.name for each in step.differences] == [table]
            rehearsal.close(drop=True)


def test_which_database_is_asked_for_when_it_matters(two_databases: Path) -> None:
    with Project.open(two_databases) as project:
        assert len(read_history(project)) == 1
        with pytest.raises(ConfigError, match=r"\(engine1, engine2\).*--engine"):
            project.settings()
    with pytest.raises(ConfigError, match="no database 'engine3'"):
        Project.open(two_databases, engine="engine3")


# -- Flask ----------------------------------------------------------------------------------------


@pytest.fixture
def flask_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Flask application with a factory; its migrations as ``flask db`` makes them."""
    folder = shutil.copytree(PROJECTS / "flask_factory", tmp_path / "flask")
    monkeypatch.setenv("FLASK_APP", "shop:create_app")
    for command in ("init", "migrate -m people", "upgrade"):
        words = [sys.executable, "-m", "flask", "db", *command.split()]
        subprocess.run(words, cwd=folder, check=True, capture_output=True)
    return folder


def test_flasks_own_layout_is_a_project(
    flask_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(flask_project)
    with Project.open() as project:
        assert project.config_path == flask_project / "migrations" / "alembic.ini"
        assert project.root == flask_project
        assert [each.message for each in read_history(project)] == ["people"]
        assert project.database_url().database == str(flask_project / "instance" / "live.db")
        assert not find_drift(project).differences
        before = (flask_project / "instance" / "live.db").read_bytes()
        with Rehearsal.start(project) as rehearsal:
            assert [step.error for step in rehearsal.run_to("base")] == [None]
            assert rehearsal.run_to("head")[-1].error is None
            rehearsal.close(drop=True)
        assert (flask_project / "instance" / "live.db").read_bytes() == before


def test_flasks_folder_may_lie_within_the_applications_package(
    flask_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (flask_project / "migrations").rename(flask_project / "shop" / "migrations")
    monkeypatch.chdir(flask_project)
    with Project.open(flask_project / "shop" / "migrations") as project:
        assert project.root == flask_project
        assert not find_drift(project).differences
        assert "flask db upgrade -d shop/migrations" in str(alembic_command(project, "upgrade"))


def test_an_application_that_cannot_be_made_is_said(
    flask_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLASK_APP", "shop:nowhere")
    message = "FLASK_APP=module:function"
    with (
        Project.open(flask_project / "migrations") as project,
        pytest.raises(ProjectCodeError, match=message),
    ):
        project.settings()
    assert os.environ["FLASK_APP"] == "shop:nowhere"


# -- an env.py that ends by itself ----------------------------------------------------------------


@pytest.mark.parametrize(("code", "fails"), [("0", False), ("", False), ("3", True)])
def test_an_env_py_may_exit_when_it_is_done(folder: Path, code: str, fails: bool) -> None:
    upgraded(folder)
    env = folder / "migrations" / "env.py"
    env.write_text(f"{env.read_text()}\nimport sys\nsys.exit({code})\n")
    with Project.open(folder) as project, Rehearsal.start(project) as rehearsal:
        assert (rehearsal.run_to("base")[-1].error is not None) == fails
        rehearsal.close(drop=True)


def test_an_exit_in_a_revision_is_a_failure(folder: Path) -> None:
    upgraded(folder)
    revision = folder / "migrations" / "versions" / "b2_email.py"
    revision.write_text(revision.read_text() + "\ndef downgrade():\n    raise SystemExit\n")
    with Project.open(folder) as project, Rehearsal.start(project) as rehearsal:
        (step,) = rehearsal.run_to("base")
        assert step.error is not None
        rehearsal.close(drop=True)
