"""What holds for the repository as a whole: floors, locks, public names, documents."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import schema
from schema.cli import COMMANDS

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted(
    path for path in (ROOT / "schema").rglob("*.py") if path.parts[len(ROOT.parts) + 1] != "models"
)

#: The floors of the house, lowest first. A module imports from its own floor and those below.
FLOORS = (
    (
        "errors",
        "folders",
        "cache",
        "display",
        "wording",
        "python_text",
        "sqlite_files",
        "stopping",
        "unfinished",
        "waiting",
    ),
    ("database",),
    ("catalog",),
    ("compare",),
    ("ddl", "diagram"),
    ("environments", "interpreter"),
    ("scratch", "config", "masking", "project", "synthetic", "variant", "worker"),
    ("before_base",),
    ("history", "replay"),
    ("scope", "sorting", "git", "rebuilding", "locate", "archaeology", "accepted", "renames"),
    ("drift", "rehearsal", "demo", "timeline"),
    ("repair", "biography", "oddities", "known"),
    ("tables", "authoring", "tour", "revisions"),
    ("trouble",),
    ("workbench",),
    ("fleet",),
    ("render", "report", "sections", "remarks"),
    ("widgets", "cli"),
)
#: Imported only inside functions, so that the command line starts at once; widgets are free.
LATE = {"pandas", "numpy", "IPython", "ipywidgets", "jupyterlab"}


def floor_of(name: str) -> int:
    return next(number for number, names in enumerate(FLOORS) if name in names)


def part_of(path: Path) -> str:
    return path.relative_to(ROOT / "schema").parts[0].removesuffix(".py")


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imported_at_once(tree: ast.Module) -> Iterator[str]:
    """What importing the module imports: not what stands in a function, nor for type checkers."""
    for node in tree.body:
        checking = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        if not checking and not isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield from imports(node)


def project_table() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def locked(name: str) -> dict[str, set[str]]:
    """Each package of a lock with its versions: there are two where Python's version decides."""
    found: dict[str, set[str]] = {}
    for package, version in re.findall(r"^([\w.-]+)==(\S+)", (ROOT / name).read_text(), re.M):
        found.setdefault(package, set()).add(version)
    return found


# -- the house --------------------------------------------------------------------------------


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_module_imports_only_from_its_floor_and_below(path: Path) -> None:
    tree = ast.parse(path.read_text())
    if path.parent == ROOT / "schema" and path.name in {"__init__.py", "__main__.py"}:
        return
    own = floor_of(part_of(path))
    used = {name.split(".")[1] for name in imports(tree) if name.startswith("schema.")}
    used.discard("__version__")
    assert "models" not in used, "the models belong to the bundled project"
    assert not {name for name in used if floor_of(name) > own}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_module_starts_light_and_stays_readable(path: Path) -> None:
    text = path.read_text()
    tree = ast.parse(text)
    assert len(text.splitlines()) <= 500, "split it by subject"
    if part_of(path) != "widgets":
        assert not LATE & {name.partition(".")[0] for name in imported_at_once(tree)}
        assert "ipywidgets" not in {name.partition(".")[0] for name in imports(tree)}


def test_the_folder_of_revisions_is_no_package() -> None:
    """With an ``__init__.py``, it would hide the library whose name it bears."""
    assert not (ROOT / "alembic" / "__init__.py").exists()


# -- the public namespace ---------------------------------------------------------------------


def test_public_names_are_sorted_and_there() -> None:
    assert schema.__all__ == sorted(schema.__all__)
    assert set(schema.__all__) <= set(dir(schema))
    for name in schema.__all__:
        assert getattr(schema, name) is not None


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        schema.nothing  # noqa: B018


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_has_a_docstring(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text()))


# -- packaging --------------------------------------------------------------------------------


def test_version_is_the_same_everywhere() -> None:
    assert project_table()["version"] == schema.__version__


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-test.lock"])
def test_lock_holds_names_versions_and_hashes_only(name: str) -> None:
    entry = re.compile(r"[\w.-]+==[\w.+!]+( ; [^\\]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?")
    wrong = [line for line in (ROOT / name).read_text().splitlines() if not entry.fullmatch(line)]
    assert wrong == []


def test_locks_agree_and_hold_what_the_project_depends_on() -> None:
    table = project_table()
    extras = table["optional-dependencies"]
    runtime = [*table["dependencies"], *extras["postgresql"], *extras["mariadb"]]
    normal = [locked("requirements.lock"), locked("requirements-test.lock")]
    for wanted, lock in ((runtime, normal[0]), ([*runtime, *extras["test"]], normal[1])):
        names = {re.split(r"[\[<>=]", each)[0].strip().lower() for each in wanted}
        assert names <= lock.keys()
    assert normal[0].items() <= normal[1].items()


def test_ci_script_can_be_run() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    subprocess.run(["bash", "-n", ROOT / ".ci" / "run"], check=True)


@pytest.mark.parametrize(("required", "code"), [("", 0), ("all", 1)])
def test_a_skipped_test_fails_where_all_are_required(
    tmp_path: Path, required: str, code: int
) -> None:
    (tmp_path / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text())
    (tmp_path / "test_one.py").write_text("import pytest\ndef test_it(): pytest.skip('no browser')")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", tmp_path],
        env=os.environ | {"SCHEMA_TESTS_REQUIRE": required},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == code, ran.stdout
    assert "no browser" in ran.stdout


def test_make_says_which_python_is_needed(tmp_path: Path) -> None:
    old = tmp_path / "python"
    old.write_text('#!/bin/sh\nif [ "$1" = -V ]; then echo Python 3.9.2; else exit 1; fi\n')
    old.chmod(0o755)
    (tmp_path / "Makefile").write_text((ROOT / "Makefile").read_text())
    for lock in ("requirements.lock", "requirements-test.lock", "pyproject.toml"):
        (tmp_path / lock).touch()
    for target in ("lab", "test"):
        made = subprocess.run(
            ["make", target, f"PYTHON={old}"], cwd=tmp_path, capture_output=True, text=True
        )
        assert made.returncode == 2
        assert "needs Python 3.11 or newer" in made.stderr
        assert "Python 3.9.2" in made.stderr
    assert not (tmp_path / ".venv").exists()


# -- documents --------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_readme(command: str) -> None:
    assert f"schema {command}" in (ROOT / "README.md").read_text()


def test_json_examples_are_json() -> None:
    text = (ROOT / "docs" / "json.md").read_text()
    examples = re.findall(r"```json\n(.*?)```", text, re.S)
    assert examples
    for example in examples:
        json.loads(example)


DOCUMENTS = ["README.md", "CHANGELOG.md", "docs/json.md", "docs/troubles.md"]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document: str) -> None:
    path = ROOT / document
    links = re.findall(r"\]\(([^)#\s]+)", path.read_text())
    local = [link for link in links if "://" not in link]
    assert not [link for link in local if not (path.parent / link).exists()]


def test_license_is_apache() -> None:
    assert "Apache License" in (ROOT / "LICENSE").read_text()
    assert project_table()["license"] == "Apache-2.0"
