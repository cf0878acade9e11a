"""Imports that fail, in env.py, the models or a revision, and whose interpreter it is."""

from __future__ import annotations

import shlex
import sys
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

from schema.trouble import Diagnosis, Trouble
from tests.trouble.conftest import Lab, advised, commands

Told = Callable[[Diagnosis, str], Trouble]

_MODULE = "workbench_test_module"


@pytest.fixture
def lab(small_lab: Lab) -> Lab:
    return small_lab


def begin(path: Path, line: str) -> None:
    path.write_text(f"{line}\n{path.read_text()}")


@pytest.mark.parametrize(
    ("file", "place"),
    [
        ("migrations/env.py", "migrations/env.py, line 1"),
        ("shop.py", "shop.py, line 1"),
        ("migrations/versions/bbb222_change.py", "migrations/versions/bbb222_change.py, line 1"),
    ],
)
def test_who_imports_what_on_which_interpreter(lab: Lab, told: Told, file: str, place: str) -> None:
    begin(lab.root / file, f"import {_MODULE}.sub")
    trouble = told(lab.diagnose(), "missing-package")
    assert f"'{_MODULE}'" in trouble.said
    assert sys.executable in trouble.said
    assert f"{place}, imports it." in trouble.known
    # Nothing is named that might be anybody's.
    assert commands(trouble) == [f"{shlex.quote(sys.executable)} -m pip install …"]


def test_the_requirement_that_gives_it(lab: Lab, told: Told) -> None:
    begin(lab.root / "shop.py", "import MySQLdb, yaml_of_nobody")
    (lab.root / "requirements.txt").write_text("alembic\nmysqlclient>=2.1  # for production\n")
    trouble = told(lab.diagnose(), "missing-package")
    assert (
        "requirements.txt asks for mysqlclient>=2.1, which is likely to give it." in trouble.known
    )
    (command,) = commands(trouble)
    assert shlex.split(command)[-1] == "mysqlclient>=2.1"
    assert shlex.split(command)[0] == sys.executable or "uv" in command


def test_names_are_compared_as_packaging_does(lab: Lab, told: Told) -> None:
    begin(lab.root / "shop.py", "import workbench_test_module")
    (lab.root / "pyproject.toml").write_text(
        '[project]\nname = "shop"\ndependencies = ["Workbench.Test_Module[x]==3"]\n'
    )
    trouble = told(lab.diagnose(), "missing-package")
    assert "pyproject.toml asks for Workbench.Test_Module[x]==3" in "\n".join(trouble.known)


def test_a_module_of_the_project_itself(lab: Lab, told: Told) -> None:
    (lab.root / "src").mkdir()
    (lab.root / "shop.py").rename(lab.root / "src" / "shop.py")
    trouble = told(lab.diagnose(), "missing-package")
    assert "It is the project's own" in trouble.known[-1]
    assert "prepend_sys_path = src. Tried: env.py runs then." in trouble.advice[0].said
    ini = lab.root / "alembic.ini"
    ini.write_text(ini.read_text().replace("prepend_sys_path = .", "prepend_sys_path = src"))
    assert not lab.diagnose().of("missing-package")


def test_the_interpreter_beside_the_project_has_it(lab: Lab, told: Told) -> None:
    """Though another one was named."""
    begin(lab.root / "shop.py", f"import {_MODULE}")
    venv.create(lab.root / "venv", with_pip=False, symlinks=True)
    (library,) = (lab.root / "venv").glob("lib/python*/site-packages")
    (library / f"{_MODULE}.py").write_text("")
    trouble = told(lab.diagnose(python=sys.executable), "missing-package")
    assert "That interpreter was taken as: --python, or python=." in trouble.known
    python = lab.root / "venv" / "bin" / "python"
    assert f"{python} has it." in trouble.known
    assert advised(trouble, "run there").command == f"schema diagnose --python {python}"


def test_alembic_itself_is_not_there(lab: Lab, told: Told) -> None:
    venv.create(lab.root / ".venv", with_pip=False, symlinks=True)
    trouble = told(lab.diagnose(), "missing-package")
    assert "'alembic'" in trouble.said or "'sqlalchemy'" in trouble.said
    assert str(lab.root / ".venv" / "bin" / "python") in trouble.said
    (command,) = [each for each in commands(trouble) if "install" in each]
    assert command.startswith("uv pip install --python"), "that environment has no pip"


def test_a_name_that_another_version_has(lab: Lab, told: Told) -> None:
    begin(lab.root / "shop.py", "from sqlalchemy.orm import DeclarativeBaseOfTomorrow")
    found = lab.diagnose().of("missing-package")
    assert "has no 'DeclarativeBaseOfTomorrow'" in found[0].said
    assert "of another version" in found[0].said


def test_other_errors_are_told_as_they_are(lab: Lab, told: Told) -> None:
    begin(lab.root / "shop.py", "1 / 0")
    trouble = told(lab.diagnose(), "project-code")
    assert "shop.py line 1: ZeroDivisionError" in trouble.said
