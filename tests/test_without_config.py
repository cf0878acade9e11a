"""A project without a config file: where env.py is, and which models count, is said beside it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from schema.cli import main
from schema.config import ConfigFiles
from schema.errors import ConfigError, ProjectCodeError
from schema.project import Project
from schema.replay import materialised

PROJECTS = Path(__file__).resolve().parent / "projects"


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose application hands over connection and models; it is where we are."""
    folder = shutil.copytree(PROJECTS / "program_connection", tmp_path / "program")
    monkeypatch.chdir(folder)
    return folder


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, list(arguments))
    return done.exit_code, done.output + done.stderr


def test_a_folder_or_a_package_says_where_env_py_is(program: Path) -> None:
    for location in ("library/migrations", str(program / "library/migrations"),
                     "library:migrations"):  # fmt: skip
        with Project.open(script_location=location) as project:
            assert project.script_location == program / "library" / "migrations"
            assert project.version_locations == (program / "library" / "migrations" / "versions",)
            assert project.root == program
            assert project.config_path == program / "library" / "migrations" / "env.py"


def test_elsewhere_the_code_runs_beside_its_outermost_package(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    with Project.open(script_location=str(program / "library" / "migrations")) as project:
        assert project.root == program


def test_the_same_by_the_environment(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCHEMA_SCRIPT_LOCATION", "library:migrations")
    monkeypatch.setenv("SCHEMA_METADATA", "library.models:Base.metadata")
    with Project.open() as project:
        settings = project.settings()
        assert settings.tables == ("person",)
        assert settings.url is None
        assert settings.dialect is None  # nobody has said what kind it is
        with pytest.raises(ConfigError, match="names no database"):
            project.database_url()


def test_models_may_be_a_base_a_metadata_or_several(program: Path) -> None:
    (program / "several.py").write_text(
        "from sqlalchemy import MetaData, Table\n"
        "from library.models import Base\n"
        "both = [Base, Table('other', MetaData()).metadata]\n"
    )
    for name, tables in (
        ("library.models:Base", ("person",)),
        ("library.models:Base.metadata", ("person",)),
        ("several:both", ("person", "other")),
    ):
        with Project.open(script_location="library:migrations", metadata=name) as project:
            assert project.settings().tables == tables


def test_they_hold_in_place_of_those_of_env_py(tmp_path: Path) -> None:
    folder = shutil.copytree(PROJECTS / "generic", tmp_path / "generic")
    (folder / "more.py").write_text(
        "import sqlalchemy as sa\nmore = sa.MetaData()\n"
        "sa.Table('shelf', more, sa.Column('id', sa.Integer, primary_key=True))\n"
    )
    with Project.open(folder, metadata="more:more") as project:
        assert project.settings().tables == ("shelf",)
        assert {item.name for item in materialised(project, "sqlite").of_kind("table")} == {"shelf"}
    with Project.open(folder) as project:
        assert project.settings().tables == ("person",)


def test_a_location_holds_in_place_of_that_of_a_named_config(tmp_path: Path) -> None:
    folder = shutil.copytree(PROJECTS / "generic", tmp_path / "generic")
    shutil.move(folder / "migrations", tmp_path / "moved")
    with pytest.raises(ConfigError, match="is no folder"):
        Project.open(folder)
    with Project.open(folder, script_location=str(tmp_path / "moved")) as project:
        assert project.script_location == tmp_path / "moved"
        assert project.root == folder
        assert project.settings().tables == ("person",)


def test_a_package_that_is_installed_is_found_by_the_interpreter(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not imported for that: its ``__init__`` would run here."""
    (program / "library" / "__init__.py").write_text("raise RuntimeError('imported')\n")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    monkeypatch.setenv("PYTHONPATH", str(program))
    files = ConfigFiles.without_file("library:migrations", python=lambda root: Path(sys.executable))
    assert files.script_location == program / "library" / "migrations"
    (tmp_path / "empty" / "alembic.ini").write_text(
        "[alembic]\nscript_location = library:migrations\n"
    )
    with Project.open() as project:
        assert project.script_location == program / "library" / "migrations"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--script-location", "nowhere"], "The script location 'nowhere' is no folder"),
        (["--script-location", "nothing:migrations"], "'nothing:migrations' is no folder"),
        (["--script-location", "library"], "'library' holds no env.py"),
        (["--metadata", "Base.metadata"], "it is MODULE:ATTRIBUTE, such as app.models:Base"),
        (["--metadata", "library.models:"], "it is MODULE:ATTRIBUTE, such as app.models:Base"),
        (["--metadata", "nothing:Base"], "No module named 'nothing'"),
        (["--metadata", "library.models:Nothing"], "there is no 'Nothing' in library.models"),
        (["--metadata", "library.models:Person.name"], "that is no MetaData"),
        ([], "config.attributes, which an application fills"),
    ],
)
def test_what_is_no_use_is_said_in_one_message(
    options: list[str], message: str, program: Path
) -> None:
    located = [] if "--script-location" in options else ["--script-location", "library:migrations"]
    code, said = run("drift", *located, *options, "--url", "live.db")
    if not (program / "live.db").exists():
        subprocess.run(
            [sys.executable, "-m", "library.migrate", "sqlite:///live.db"], check=True, cwd=program
        )
        code, said = run("drift", *located, *options, "--url", "live.db")
    assert code == 2
    assert message in said
    assert "Traceback" not in said


def test_a_url_that_an_application_would_set_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shutil.copytree(PROJECTS / "program_url", tmp_path / "program")
    monkeypatch.chdir(folder)
    with (
        Project.open(script_location="migrations") as project,
        pytest.raises(ProjectCodeError, match=r"name the database, --url"),
    ):
        project.settings()
    with Project.open(script_location="migrations", url="sqlite:///live.db") as project:
        assert project.settings().dialect == "sqlite"
        assert project.settings().url is None
        assert project.settings().tables == ("person",)
