"""Which interpreter a project's code runs on: found where people and their tools keep it."""

from __future__ import annotations

import base64
import hashlib
import os
import sys
from pathlib import Path

import pytest

from schema.errors import ConfigError, WorkerError
from schema.interpreter import Interpreter, find_interpreter
from schema.project import Project

VARIABLES = """VIRTUAL_ENV CONDA_PREFIX WORKON_HOME UV_PROJECT_ENVIRONMENT PIPENV_CUSTOM_VENV_NAME
POETRY_VIRTUALENVS_PATH SCHEMA_PYTHON PYTHONPATH""".split()


@pytest.fixture(autouse=True)
def nowhere(monkeypatch, tmp_path):
    """No environment of this machine, and no setting, has a say."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", str(tmp_path / "no programs"))
    for name in ("POETRY_CACHE_DIR", "POETRY_CONFIG_DIR", "HATCH_DATA_DIR", "PYENV_ROOT"):
        monkeypatch.setenv(name, str(tmp_path / "home" / name.lower()))


@pytest.fixture
def root(tmp_path) -> Path:
    """The project's folder, in a repository: two floors below its top."""
    folder = tmp_path / "shop" / "services" / "billing"
    folder.mkdir(parents=True)
    (tmp_path / "shop" / ".git").mkdir()
    return folder


def environment(folder: Path, *, alembic: bool = True, windows: bool = False) -> Path:
    """What a virtual environment looks like from outside; its interpreter."""
    python = folder / ("Scripts/python.exe" if windows else "bin/python")
    packages = folder / ("Lib/site-packages" if windows else "lib/python3.11/site-packages")
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    (packages / ("alembic" if alembic else "other")).mkdir(parents=True)
    (packages / ("alembic" if alembic else "other") / "__init__.py").touch()
    (folder / "pyvenv.cfg").write_text("home = /usr/bin\ninclude-system-site-packages = false\n")
    return python


def digest(path: Path) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(str(path).encode()).digest()).decode()[:8]


@pytest.mark.parametrize("windows", [False, True])
@pytest.mark.parametrize("name", [".venv", "venv", "env"])
@pytest.mark.parametrize("floors", [0, 1, 2])
def test_an_environment_in_the_project_is_found(root, name, floors, windows):
    folder = [root, *root.parents][floors]
    python = environment(folder / name, windows=windows)
    assert find_interpreter(None, root) == Interpreter(python, f"{name} in {folder}")


def test_an_environment_above_the_repository_is_not_the_projects(root):
    environment(root.parents[2] / ".venv")
    assert find_interpreter(None, root).path == Path(sys.executable)


def test_without_a_repository_the_project_begins_where_its_files_do(root):
    (root.parents[1] / ".git").rmdir()
    python = environment(root.parent / ".venv")
    assert find_interpreter(None, root).path == Path(sys.executable)
    (root.parent / "pyproject.toml").touch()
    assert find_interpreter(None, root).path == python


def test_of_several_the_one_with_alembic_is_taken(root):
    first = environment(root / ".venv", alembic=False)
    assert find_interpreter(None, root).path == first
    second = environment(root.parents[1] / ".venv")
    assert find_interpreter(None, root).path == second


def test_one_that_shares_packages_may_have_alembic(root):
    python = environment(root / ".venv", alembic=False)
    config = root / ".venv" / "pyvenv.cfg"
    config.write_text("include-system-site-packages = true\n")
    environment(root.parent / ".venv")
    assert find_interpreter(None, root).path == python


def test_a_venv_file_names_the_environment(root, tmp_path):
    python = environment(tmp_path / "elsewhere")
    (root / ".venv").write_text(f"{tmp_path / 'elsewhere'}\n")
    assert find_interpreter(None, root).path == python


def test_pdm_says_where_its_environment_is(root, tmp_path):
    python = environment(tmp_path / "elsewhere")
    (root / ".pdm-python").write_text(str(python))
    assert find_interpreter(None, root) == Interpreter(python, f".pdm-python for {root}")


def test_uv_has_a_variable_for_it(root, monkeypatch):
    python = environment(root / "kept" / "here")
    monkeypatch.setenv("UV_PROJECT_ENVIRONMENT", "kept/here")
    assert find_interpreter(None, root).path != python  # it may be another project's
    (root / "uv.lock").touch()
    assert find_interpreter(None, root).path == python


@pytest.mark.parametrize("placed", ["default", "variable", "config", "project"])
def test_poetry_names_its_environments_by_a_hash(root, tmp_path, monkeypatch, placed):
    home = tmp_path / "home"
    folder = home / "poetry_cache_dir" / "virtualenvs"
    if placed != "default":
        folder = tmp_path / "environments"
    if placed == "variable":
        monkeypatch.setenv("POETRY_VIRTUALENVS_PATH", str(folder))
    if placed == "config":
        (home / "poetry_config_dir").mkdir(parents=True)
        config = home / "poetry_config_dir" / "config.toml"
        config.write_text(f'[virtualenvs]\npath = "{folder}"\n')
    if placed == "project":
        (root / "poetry.toml").write_text(f'[virtualenvs]\npath = "{folder}"\n')
    environment(folder / f"billing-{digest(root.parent)}-py3.12")  # another project's
    environment(folder / f"billing-{digest(root)}-py3.12")
    python = environment(folder / f"billing-{digest(root)}-py3.11")
    (folder / "envs.toml").write_text(f'["billing-{digest(root)}"]\nminor = "3.11"\n')
    assert find_interpreter(None, root).path == Path(sys.executable)
    (root / "pyproject.toml").write_text("[tool.poetry]\npackage-mode = false\n")
    assert find_interpreter(None, root) == Interpreter(python, f"Poetry's environment for {root}")


def test_poetry_is_asked_where_only_it_knows(root, tmp_path, monkeypatch):
    python = environment(tmp_path / "hidden")
    program = tmp_path / "programs" / "poetry"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n[ $2 = info ] && echo {tmp_path / 'hidden'}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    (root / "poetry.lock").touch()
    assert find_interpreter(None, root) == Interpreter(python, f"what Poetry says of {root}")


def test_pipenv_names_its_environments_by_a_hash(root, tmp_path, monkeypatch):
    monkeypatch.setenv("WORKON_HOME", str(tmp_path / "kept"))
    python = environment(tmp_path / "kept" / f"billing-{digest(root / 'Pipfile')}")
    (root / "Pipfile").touch()
    assert find_interpreter(None, root) == Interpreter(python, f"Pipenv's environment for {root}")


def test_hatch_names_its_environments_by_a_hash(root, tmp_path):
    home = tmp_path / "home" / "hatch_data_dir" / "env" / "virtual" / "billing"
    environment(home / digest(root) / "a-test")
    python = environment(home / digest(root) / "billing")
    (root / "pyproject.toml").write_text("[tool.hatch.envs.default]\n")
    assert find_interpreter(None, root) == Interpreter(python, f"Hatch's environment for {root}")


def test_pyenv_has_environments_of_a_name(root, tmp_path):
    python = environment(tmp_path / "home" / "pyenv_root" / "versions" / "billing-3.11")
    (root / ".python-version").write_text("billing-3.11\n")
    assert find_interpreter(None, root) == Interpreter(python, f"pyenv's environment for {root}")


@pytest.mark.parametrize("variable", ["VIRTUAL_ENV", "CONDA_PREFIX"])
@pytest.mark.parametrize("tie", ["none", "name", "prompt", "editable"])
def test_the_active_environment_counts_where_it_is_tied_to_the_project(
    root, tmp_path, monkeypatch, variable, tie
):
    folder = tmp_path / "environments" / ("shop" if tie == "name" else "other")
    python = environment(folder)
    if tie == "prompt":
        (folder / "pyvenv.cfg").write_text("prompt = 'billing'\n")
    if tie == "editable":
        (folder / "lib/python3.11/site-packages/_shop.pth").write_text(f"{root.parent / 'src'}\n")
    monkeypatch.setenv(variable, str(folder))
    assert (find_interpreter(None, root).path == python) == (tie != "none")


def test_the_workbenchs_own_environment_is_not_taken_for_the_projects(root, monkeypatch):
    monkeypatch.setenv("VIRTUAL_ENV", sys.prefix)
    found = find_interpreter(None, root)
    assert found == Interpreter(
        Path(sys.executable), "the workbench's own, as none of the project's was found"
    )


def test_a_named_one_comes_first(root, tmp_path, monkeypatch):
    environment(root / ".venv")
    named, given = environment(tmp_path / "named"), environment(tmp_path / "given")
    monkeypatch.setenv("SCHEMA_PYTHON", str(named))
    assert find_interpreter(None, root) == Interpreter(named, "SCHEMA_PYTHON")
    assert find_interpreter(given, root) == Interpreter(given, "--python, or python=")
    assert find_interpreter(tmp_path / "given", root).path == given  # by its folder
    monkeypatch.setenv("PATH", str(given.parent))
    assert find_interpreter("python", root).path == given  # by its name


def test_one_that_is_not_there_is_said(root, tmp_path, monkeypatch):
    with pytest.raises(ConfigError, match=r"no Python interpreter .*nothing, which --python"):
        find_interpreter(tmp_path / "nothing", root)
    monkeypatch.setenv("SCHEMA_PYTHON", str(tmp_path / "nothing"))
    with pytest.raises(ConfigError, match="which SCHEMA_PYTHON names"):
        find_interpreter(None, root)


def test_an_environment_whose_interpreter_has_gone_is_said(root):
    python = environment(root / ".venv")
    python.unlink()
    python.symlink_to("/opt/python3.7/bin/python")
    with pytest.raises(ConfigError, match=r"\.venv in .* has gone: .* leads to /opt/python3\.7"):
        find_interpreter(None, root)


OLD = """#!/bin/sh
[ "$1" = -c ] && echo python 3.7.16
exit 1
"""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (OLD, r"python is Python 3\.7\.16, and project code is run here on 3\.8 or newer"),
        ("#!/bin/sh\necho hello\n", "python is no Python interpreter. Name the project's own"),
        ("#!/bin/sh\nexec cat $1\n", "python is no Python interpreter. Name the project's own"),
        ("", "could not be started with .*python: Exec format error"),
    ],
    ids=["old", "other", "babbler", "empty"],
)
def test_one_that_cannot_run_the_worker_is_said(shop, tmp_path, text, message, monkeypatch):
    monkeypatch.setenv("PATH", os.defpath)
    python = tmp_path / "python"
    python.write_text(text)
    python.chmod(0o755)
    with (
        Project.open(shop.root, python=python) as project,
        pytest.raises(WorkerError, match=message),
    ):
        project.settings()


def test_the_one_without_alembic_is_named_with_its_version_and_origin(shop):
    import venv

    venv.create(shop.root / ".venv", with_pip=False)
    with (
        Project.open(shop.root) as project,
        pytest.raises(WorkerError, match="'alembic' is not installed for ") as caught,
    ):
        project.settings()
    version = "{}.{}.{}".format(*sys.version_info)
    assert f"python (Python {version}, .venv in {shop.root})." in str(caught.value)


def test_a_project_with_other_revisions_runs_on_the_same_one(shop):
    with Project.open(shop.root) as project, project.with_revisions({}) as other:
        assert (other.python, other.python_from) == (project.python, project.python_from)
