"""A command that is advised does what is said, typed where the person is."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import make_url

from schema.cli import main
from schema.locate import locate
from schema.project import ShellCommand, alembic_command, workbench_command
from schema.workbench import Project

PROJECTS = Path(__file__).resolve().parent / "projects"

ENV = """
from alembic import context
from models import Base
from sqlalchemy import create_engine

url = context.get_x_argument(as_dictionary=True).get("url")
url = url or context.config.get_main_option("sqlalchemy.url")
with create_engine(url).connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
"""

SECTIONS = """
[alembic]
script_location = nowhere

[tenants]
script_location = migrations
prepend_sys_path = .
sqlalchemy.url = sqlite:///tenants.db
"""


@pytest.fixture
def deploy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project below the working directory, whose section is no usual one.

    As in many a project, its paths are relative: they mean something in its own folder alone.
    """
    folder = shutil.copytree(PROJECTS / "generic", tmp_path / "deploy of it")
    (folder / "alembic.ini").write_text(SECTIONS)
    (folder / "migrations" / "env.py").write_text(ENV)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ALEMBIC_CONFIG", raising=False)
    return folder


def made(path: Path, stamp: str | None = None) -> Path:
    """A database as the revision a1 of the sample makes it."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE person (id INTEGER NOT NULL, name VARCHAR(50) NOT NULL,"
                           " PRIMARY KEY (id))")  # fmt: skip
        if stamp is not None:
            connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
            connection.execute("INSERT INTO alembic_version VALUES (?)", (stamp,))
        connection.commit()
    return path


def stamps(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute("SELECT version_num FROM alembic_version")]


def typed(line: str | None) -> None:
    """Run what was advised in the working directory, as a person would."""
    assert line is not None
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(["bash", "-ec", line], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def command(project: Project, *arguments: str) -> ShellCommand:
    return alembic_command(project, *(arguments or ("stamp", "a1")))


# -- the options that the project needs -----------------------------------------------------------


def test_what_is_advised_stamps_the_database_that_was_looked_at(deploy: Path) -> None:
    mine, other = made(deploy / "mine one.db"), made(deploy / "tenants.db")
    options = {"section": "tenants", "x": ["url=sqlite:///mine one.db", "region=north"]}
    with Project.open("deploy of it/alembic.ini", **options) as project:
        found = locate(project)
    said = ("(cd 'deploy of it' && alembic -n tenants -x 'url=sqlite:///mine one.db' "
            "-x region=north stamp a1)")  # fmt: skip
    assert found.command == ShellCommand(said, "alembic stamp a1")
    assert found.advice == f"To say so in the database: {said}"
    databases = set(deploy.parent.rglob("*.db"))
    typed(found.command.line)
    assert stamps(mine) == ["a1"]
    assert set(deploy.parent.rglob("*.db")) == databases
    with pytest.raises(sqlite3.OperationalError):
        stamps(other)


def test_a_diagnosis_advises_the_same(deploy: Path) -> None:
    mine = made(deploy / "mine.db", "b2")
    options = {"section": "tenants", "x": ["url=sqlite:///mine.db"]}
    with Project.open("deploy of it/alembic.ini", **options) as project:
        (trouble,) = project.diagnose().of("wrong-stamp")
    (advice,) = trouble.advice
    assert "alembic -n tenants -x url=sqlite:///mine.db stamp a1" in str(advice.command)
    typed(advice.command)
    assert stamps(mine) == ["a1"]


def test_a_database_that_is_not_there_is_made_by_them(deploy: Path) -> None:
    options = {"section": "tenants", "x": ["url=sqlite:///new.db"]}
    with Project.open("deploy of it/alembic.ini", **options) as project:
        (trouble,) = project.diagnose().of("no-database-file")
    typed(trouble.advice[-1].command)
    assert stamps(deploy / "new.db") == ["b2"]


def test_in_the_projects_own_folder_the_command_is_the_usual_one(
    deploy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (deploy / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n")
    monkeypatch.chdir(deploy)
    with Project.open() as project:
        assert command(project).line == "alembic stamp a1"
        assert command(project, "merge", "-m", "a b", "x", "y").line == "alembic merge -m 'a b' x y"
    monkeypatch.chdir(deploy / "migrations")
    with Project.open() as project:
        assert command(project).line == f"(cd '{deploy}' && alembic stamp a1)"


def test_a_config_of_another_name_is_named(deploy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (deploy / "alembic.ini").rename(deploy / "production.ini")
    mine = made(deploy / "tenants.db")
    with Project.open(deploy / "production.ini", section="tenants") as project:
        said = command(project).line
    assert said == "(cd 'deploy of it' && alembic -c production.ini -n tenants stamp a1)"
    typed(said)
    assert stamps(mine) == ["a1"]


def test_a_config_that_the_environment_names_is_not_taken_instead(
    deploy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(deploy, tmp_path / "other")
    monkeypatch.setenv("ALEMBIC_CONFIG", str(tmp_path / "other" / "alembic.ini"))
    mine, other = made(deploy / "tenants.db"), made(tmp_path / "other" / "tenants.db")
    with Project.open(deploy, section="tenants") as project:
        typed(command(project).line)
    assert stamps(mine) == ["a1"]
    with pytest.raises(sqlite3.OperationalError):
        stamps(other)


def test_a_pyproject_is_found_by_itself(
    deploy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (deploy / "alembic.ini").rename(tmp_path / "other.ini")
    (deploy / "pyproject.toml").write_text(
        '[tool.alembic]\nscript_location = "migrations"\nprepend_sys_path = ["."]\n'
    )
    mine = made(deploy / "mine.db")
    with Project.open(deploy, x=["url=sqlite:///mine.db"]) as project:
        said = command(project).line
        assert said == "(cd 'deploy of it' && alembic -x url=sqlite:///mine.db stamp a1)"
        monkeypatch.setenv("ALEMBIC_CONFIG", str(tmp_path / "other.ini"))
        said = command(project).line
    assert "-c pyproject.toml -c alembic.ini" in str(said)
    typed(said)
    assert stamps(mine) == ["a1"]


# -- another database -----------------------------------------------------------------------------


def test_a_database_that_env_py_does_not_name_is_warned_of(deploy: Path) -> None:
    mine, own = made(deploy / "mine.db", "b2"), deploy / "tenants.db"
    words = "(alembic runs on the database that env.py connects to: see that this is the one"
    with Project.open(deploy, section="tenants", url=f"sqlite:///{mine}") as project:
        (trouble,) = project.diagnose().of("wrong-stamp")
        assert words in trouble.advice[0].said
        assert words in locate(project).advice
        url = make_url(f"sqlite:///{own}")
        assert alembic_command(project, "stamp", "a1", url=url).note == ""


def test_a_change_of_all_of_several_databases_is_warned_of(deploy: Path) -> None:
    (deploy / "alembic.ini").write_text(f"{SECTIONS}databases = people, audit\n")
    with Project.open(deploy, section="tenants", engine="people") as project:
        found = alembic_command(project, "stamp", "a1", url=make_url("sqlite:///x.db"))
        assert "all databases that env.py goes through, not to people alone" in found.note
        assert command(project, "heads").note == ""


# -- passwords ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("argument", "shown"),
    [
        ("url=postgresql://me:hunter2@host/shop", "url=postgresql://me:***@host/shop"),
        ("url=postgresql://me@host/shop?password=hunter2", "url=***"),
        ("url=postgresql://me:hun@ter2@host/shop", "url=***"),
        ("a=postgresql://me:x@host/a,postgresql://me:hunter2@host/b", "a=***"),
        ("postgresql://me:hunter2@host/shop", "postgresql://me:***@host/shop"),
        ("password=hunter2", "password=***"),
        ("db_password=hunter2", "db_password=***"),
        ("API_KEY=hunter2", "API_KEY=***"),
        ("auth-token=hunter2", "auth-token=***"),
        ("dsn=host=db user=me password=hunter2", "dsn=***"),
        ('settings={"db_pwd": "hunter2"}', "settings=***"),
        ("to=me:hunter2@host/shop", "to=***"),
        ("me:hunter2@host", "***"),
        ("url=sqlite:////data/a@b.db", "url=sqlite:////data/a@b.db"),
        ("url=postgresql://me@host:5432/shop", "url=postgresql://me@host:5432/shop"),
        ("tenant=passau", "tenant=passau"),
        ("north", "north"),
    ],
)
def test_what_may_hold_a_password_is_masked(deploy: Path, argument: str, shown: str) -> None:
    with Project.open(deploy, section="tenants", x=[argument]) as project:
        found = command(project)
    assert "hunter2" not in f"{found} {found!r}"
    words = subprocess.run(
        ["bash", "-c", re.sub(r"^.*? && alembic", "printf '%s\\\\n'", str(found.line))[:-1]],
        capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    assert words == ["-n", "tenants", "-x", shown, "stamp", "a1"]
    assert ("(*** stands for" in found.note) is (shown != argument)


# -- where Alembic's own command does not do it ---------------------------------------------------


@pytest.fixture
def flask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return shutil.copytree(PROJECTS / "flask_wsgi", tmp_path / "flask")


def test_flask_migrate_has_a_command_of_its_own(flask: Path) -> None:
    (flask / "instance").mkdir()
    mine = made(flask / "instance" / "live.db", "b2")
    with Project.open(flask / "migrations") as project:
        (trouble,) = project.diagnose().of("wrong-stamp")
        several = command(project, "stamp", "--purge", "a1", "b2").line
        merge = command(project, "merge", "-m", "x", "a1", "b2").line
    assert trouble.advice[0].command == "(cd flask && flask db stamp a1)"
    typed(trouble.advice[0].command)
    assert stamps(mine) == ["a1"]
    assert several == "(cd flask && flask db stamp --purge a1 && flask db stamp b2)"
    assert merge == "(cd flask && flask db merge -m x a1 b2)"


def test_flask_migrate_in_another_folder_with_an_argument(flask: Path) -> None:
    (flask / "migrations").rename(flask / "steps")
    (flask / "instance").mkdir()
    mine = made(flask / "instance" / "live.db")
    with Project.open(flask / "steps", x=["a=b"]) as project:
        said = command(project).line
    assert said == "(cd flask && flask db -x a=b stamp -d steps a1)"
    typed(said)
    assert stamps(mine) == ["a1"]


def test_without_a_config_file_the_application_has_to_do_it(
    deploy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (deploy / "alembic.ini").unlink()
    monkeypatch.chdir(deploy)
    url = f"sqlite:///{made(deploy / 'mine.db', 'b2')}"
    with Project.open(script_location="migrations", x=[f"url={url}"]) as project:
        (trouble,) = project.diagnose().of("wrong-stamp")
        said = locate(project).advice
    why = "(No alembic command reaches a project without a config file.)"
    do = "ave the application do what alembic stamp a1 would"
    assert trouble.advice[0].command is None
    assert trouble.advice[0].said.endswith(f"H{do}. {why}")
    assert said == f"To say so in the database: h{do} {why}"


def test_a_folder_of_env_py_that_the_config_does_not_name_is_out_of_alembics_reach(
    deploy: Path,
) -> None:
    with Project.open(deploy, script_location=str(deploy / "migrations")) as project:
        assert command(project).line is None
        assert "does not name this folder of env.py" in command(project).note


# -- commands of the workbench's own --------------------------------------------------------------


def test_the_workbenchs_own_commands_lead_to_the_same_database(deploy: Path) -> None:
    mine = made(deploy / "mine.db")
    with closing(sqlite3.connect(mine)) as connection:
        connection.execute("ALTER TABLE person ADD COLUMN by_hand INTEGER")
    options = {"section": "tenants", "x": ["url=sqlite:///mine.db"]}
    with Project.open("deploy of it/alembic.ini", **options) as project:
        (trouble,) = project.diagnose().of("not-stamped")
    said = str(trouble.advice[0].command)
    assert said == ("schema drift --at a1 -c 'deploy of it/alembic.ini' -x url=sqlite:///mine.db "
                    "-n tenants")  # fmt: skip
    done = CliRunner().invoke(main, shlex.split(said)[1:])
    assert done.exit_code == 1, done.output
    assert "person.by_hand" in done.output


def test_what_is_found_without_is_not_named(deploy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (deploy / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n")
    monkeypatch.chdir(deploy)
    with Project.open() as project:
        assert workbench_command(project, "locate").line == "schema locate"
    with Project.open(python=sys.executable, metadata="models:Base") as project:
        said = workbench_command(project, "locate").line
        assert said == f"schema locate --metadata models:Base --python {sys.executable}"
        said = workbench_command(project, "diagnose", "--python", "other").line
        assert said == "schema diagnose --python other --metadata models:Base"
    (deploy / "alembic.ini").unlink()
    with Project.open(script_location="migrations") as project:
        said = workbench_command(project, "locate").line
    assert said == "schema locate --script-location migrations"


def test_the_password_of_a_chosen_database_is_masked(deploy: Path) -> None:
    url = "postgresql://me:hunter2@host/shop"
    with Project.open(deploy, section="tenants", url=url) as project:
        found = workbench_command(project, "locate")
    assert "--url 'postgresql+psycopg://me:***@host/shop'" in str(found.line)
    assert "(*** stands for" in found.note
