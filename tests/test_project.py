"""A project is found, opened, and asked what it is, without a database."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from schema.catalog import SchemaObject
from schema.errors import ConfigError, ProjectCodeError, UrlError
from schema.project import Project

PROJECTS = Path(__file__).resolve().parent / "projects"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the generic sample project."""
    return shutil.copytree(PROJECTS / "generic", tmp_path / "generic")


@pytest.fixture
def project(folder: Path):
    with Project.open(folder) as opened:
        yield opened


def test_settings_are_what_env_py_says(project, folder):
    settings = project.settings()
    assert settings.dialect == "sqlite"
    assert settings.url.database == str(folder / "live.db")
    assert settings.version_table == "generic_version"
    assert settings.render_as_batch
    assert settings.has_include_object
    assert not settings.has_include_name
    assert settings.tables == ("person",)
    assert not (folder / "live.db").exists()


def test_paths_are_read_without_the_worker(project, folder):
    assert project.root == folder
    assert project.config_path == folder / "alembic.ini"
    assert project.script_location == folder / "migrations"
    assert project.version_locations == (folder / "migrations" / "versions",)
    assert project.file_settings["sqlalchemy.url"] == "sqlite:///live.db"
    assert project._worker.pid is None


def test_the_url_given_comes_first(folder, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with Project.open(folder) as project:
        assert project.database_url().database == str(folder / "live.db")
    monkeypatch.setenv("SCHEMA_DATABASE_URL", "sqlite:///named.db")
    with Project.open(folder) as project:
        assert project.database_url().database == str(tmp_path / "named.db")
    with Project.open(folder, url="sqlite:///given.db") as project:
        assert project.database_url().database == str(tmp_path / "given.db")


def test_a_url_with_a_typo_is_refused_at_once(folder):
    with pytest.raises(UrlError, match="is no database URL"):
        Project.open(folder, url="sqlite:/live.db:oops")


def test_an_env_py_without_a_database_is_said(folder):
    env = folder / "migrations" / "env.py"
    env.write_text("from alembic import context\ncontext.configure(dialect_name='postgresql')\n")
    with Project.open(folder) as project:
        assert project.settings().dialect == "postgresql"
        with pytest.raises(ConfigError, match="names no database"):
            project.database_url()


def test_the_config_is_found_upwards(folder, monkeypatch):
    monkeypatch.chdir(folder / "migrations" / "versions")
    assert Project.open().config_path == folder / "alembic.ini"


def test_the_config_is_found_by_alembic_config(folder, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALEMBIC_CONFIG", "generic/alembic.ini")
    assert Project.open().config_path == folder / "alembic.ini"


def test_no_config_is_said(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"No alembic\.ini"):
        Project.open()
    with pytest.raises(ConfigError, match="There is no config file"):
        Project.open("nowhere.ini")
    monkeypatch.setenv("ALEMBIC_CONFIG", "nowhere.ini")
    with pytest.raises(ConfigError, match="from ALEMBIC_CONFIG"):
        Project.open()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[alembic]\n", "has no script_location"),
        ("[loggers]\nkeys = root\n", "has no script_location"),
        ("[alembic]\nscript_location = nowhere\n", "is no folder"),
        ("[alembic]\nscript_location = .\n", "There is no env.py"),
        ("script_location = migrations\n", "no section headers"),
        ("[alembic]\nscript_location = %(nowhere)s\n", "nowhere"),
    ],
)
def test_a_config_that_is_no_use_is_said(text, message, tmp_path):
    config = tmp_path / "alembic.ini"
    config.write_text(text)
    with pytest.raises(ConfigError, match=message) as caught:
        Project.open(config)
    assert str(config) in str(caught.value)


def test_a_password_with_percent_signs_is_no_obstacle(folder):
    config = folder / "alembic.ini"
    config.write_text(
        "[alembic]\nscript_location = migrations\nsqlalchemy.url = postgresql://u:p%40ss@h/d\n"
    )
    settings = Project.open(config).file_settings
    assert settings["sqlalchemy.url"] == "postgresql://u:***@h/d"


def test_pyproject_toml_is_a_config(folder):
    (folder / "alembic.ini").unlink()
    text = '[tool.alembic]\nscript_location = "%(here)s/migrations"\nprepend_sys_path = ["."]\n'
    (folder / "pyproject.toml").write_text(text)
    env = folder / "migrations" / "env.py"
    bare = 'from sqlalchemy import create_engine\nconnectable = create_engine("sqlite:///x.db")\n'
    head, _, tail = env.read_text().partition("connectable = ")
    env.write_text(head + bare + tail[tail.index("with ") :])
    with Project.open(folder) as project:
        assert project.script_location == folder / "migrations"
        assert project.settings().tables == ("person",)


def test_a_package_is_a_script_location(folder):
    (folder / "src" / "app").mkdir(parents=True)
    (folder / "src" / "app" / "__init__.py").write_text("raise RuntimeError('imported')\n")
    shutil.move(folder / "migrations", folder / "src" / "app" / "migrations")
    (folder / "alembic.ini").write_text(
        "[alembic]\nscript_location = app:migrations\nprepend_sys_path = src\n"
    )
    assert Project.open(folder).script_location == folder / "src" / "app" / "migrations"


def test_several_version_locations_are_kept_in_order(folder):
    with (folder / "alembic.ini").open("a") as config:
        config.write("path_separator = space\nversion_locations = one %(here)s/two\n")
    assert Project.open(folder).version_locations == (folder / "one", folder / "two")


def test_the_projects_own_environment_is_its_interpreter(folder):
    own = folder / ".venv" / "bin" / "python"
    own.parent.mkdir(parents=True)
    own.symlink_to("/bin/true")
    assert Project.open(folder).python == own


def test_values_of_a_revision_are_those_it_computes(project):
    path = project.version_locations[0] / "c3.py"
    path.write_text("revision = 'c' + '3'\ndown_revision = ('a1', 'b2')\n")
    assert project.revision_values(path) == {
        "revision": "c3",
        "down_revision": ("a1", "b2"),
        "branch_labels": None,
        "depends_on": None,
    }
    path.write_text("revision = \n")
    with pytest.raises(ProjectCodeError, match="SyntaxError"):
        project.revision_values(path)


def test_filters_of_env_py_hold(project):
    objects = [
        SchemaObject("table", None, None, "person"),
        SchemaObject("table", None, None, "ignored_log"),
        SchemaObject("column", None, "ignored_log", "id"),
        SchemaObject("unique", None, "person", "unique (email)", {"columns": ("email",)}),
        SchemaObject("foreign key", None, "person", "fk", {"columns": ("boss",)}),
        SchemaObject("check", None, "person", "ck"),
        SchemaObject("index", None, "person", "ix", {"columns": ("lower(name)",)}),
        SchemaObject("view", None, None, "ignored_view"),
        SchemaObject("table", "audit", None, "log"),
    ]
    assert project.included(objects) == [True, False, False, True, True, True, True, True, False]


def test_a_filter_that_raises_is_said(folder):
    env = folder / "migrations" / "env.py"
    env.write_text(env.read_text().replace("return not", "return kind.nonsense and not"))
    with Project.open(folder) as project, pytest.raises(ProjectCodeError, match="nonsense"):
        project.included([SchemaObject("table", None, None, "person")])


def columns(url: str) -> list[str]:
    engine = sa.create_engine(url)
    found = [column["name"] for column in sa.inspect(engine).get_columns("person")]
    engine.dispose()
    return found


def test_the_interpreter_may_be_named_by_the_environment(folder, monkeypatch, tmp_path):
    link = tmp_path / "python"
    link.symlink_to(sys.executable)
    monkeypatch.setenv("SCHEMA_PYTHON", str(link))
    with Project.open(folder) as project:
        assert project.python == link
    with Project.open(folder, python=sys.executable) as project:
        assert project.python == Path(sys.executable)
