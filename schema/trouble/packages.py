"""A module that cannot be imported: by whom, on which interpreter, and what would give it."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from schema.environments import python_of
from schema.errors import WorkbenchError
from schema.interpreter import environments_of
from schema.project import Project, workbench_command
from schema.trouble.values import Advice, Trouble, command, to_type

__all__ = ["import_trouble"]

#: Seconds that an interpreter may take to say what it has.
_TIMEOUT = 15.0

_MISSING = re.compile(r"No module named '([\w.]+)'|^'([\w.]+)' is not installed for ")
_WRONG_NAME = re.compile(
    r"ImportError: cannot import name '(\w+)' from (?:partially initialized module )?'([\w.]+)'"
)
_PLACE = re.compile(r" at (\S+) line (\d+)")

#: What commonly gives a module: distributions that are known, most of them by another name.
_DISTRIBUTIONS = {
    "MySQLdb": ("mysqlclient",),
    "alembic": ("alembic",),
    "attr": ("attrs",),
    "bs4": ("beautifulsoup4",),
    "cv2": ("opencv-python",),
    "dateutil": ("python-dateutil",),
    "decouple": ("python-decouple",),
    "dotenv": ("python-dotenv",),
    "geoalchemy2": ("geoalchemy2",),
    "jose": ("python-jose",),
    "jwt": ("pyjwt",),
    "magic": ("python-magic",),
    "mysql": ("mysql-connector-python",),
    "PIL": ("pillow",),
    "pkg_resources": ("setuptools",),
    "psycopg": ("psycopg", "psycopg-binary"),
    "psycopg2": ("psycopg2", "psycopg2-binary"),
    "pydantic_settings": ("pydantic-settings",),
    "skimage": ("scikit-image",),
    "sklearn": ("scikit-learn",),
    "slugify": ("python-slugify",),
    "sqlalchemy": ("sqlalchemy",),
    "sqlmodel": ("sqlmodel",),
    "yaml": ("pyyaml",),
    "zmq": ("pyzmq",),
}

_REQUIREMENT = re.compile(r"^\s*([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*(?:[<>=!~;@#].*)?$")


def import_trouble(project: Project, error: WorkbenchError) -> Trouble | None:
    """The trouble that an error tells of, where it is an import that failed; else None.

    Other interpreters are asked what they have: each is started for a moment, and runs no code of
    the project.
    """
    message = str(error)
    found = _MISSING.search(message)
    if found is None:
        wrong = _WRONG_NAME.search(message)
        return None if wrong is None else _wrong_name(project, message, *wrong.groups())
    module = found[1] or found[2]
    return _missing(project, module, _by_whom(message))


def _by_whom(message: str) -> str:
    place = _PLACE.search(message)
    return f"{place[1]}, line {place[2]}, imports it." if place else ""


def _missing(project: Project, module: str, by_whom: str) -> Trouble:
    said = (
        f"The module {module!r} is not there for {project.python}, the interpreter that runs "
        "this project's code."
    )
    facts = [by_whom] if by_whom else []
    if project.python_from:
        facts.append(f"That interpreter was taken as: {project.python_from}.")
    top = module.partition(".")[0]
    advice: list[Advice] = list(_own_module(project, top, facts))
    if not advice:
        advice += _other_interpreter(project, top, facts)
        advice += _install(project, top, facts)
    return Trouble("missing-package", said, tuple(facts), tuple(advice))


def _wrong_name(project: Project, message: str, name: str, module: str) -> Trouble:
    said = (
        f"{module!r} is there for {project.python}, and has no {name!r}: most likely it is of "
        "another version than the project is for."
    )
    facts = [text for text in (_by_whom(message).replace("imports it", "asks for it"),) if text]
    top = module.partition(".")[0]
    wanted = next(_requirements(project, top), None)
    if wanted is not None:
        facts.append(f"{wanted[1]} asks for {wanted[2]}.")
    advice = list(_other_interpreter(project, top, facts))
    advice.append(Advice("See which version is there:", command(
        project.python, "-m", "pip", "show", wanted[0] if wanted else top)))  # fmt: skip
    return Trouble("missing-package", said, tuple(facts), tuple(advice))


# -- the project's own ------------------------------------------------------------------------


def _own_module(project: Project, top: str, facts: list[str]) -> Iterator[Advice]:
    """A module of the project itself, in a folder that is not searched."""
    root = project.root
    for folder in (root, root / "src", root.parent, root.parent / "src"):
        if not ((folder / f"{top}.py").is_file() or (folder / top).is_dir()):
            continue
        if folder / top == project.script_location:
            continue
        shown = os.path.relpath(folder, root)
        facts.append(f"It is the project's own: {Path(shown) / top} is there, in a folder that is "
                     "not searched.")  # fmt: skip
        left = _left_with(project, folder)
        proof = "Tried: env.py runs then." if left is None else (
            f"Tried: it goes further then, and stops at this: {left}"
        )  # fmt: skip
        if left is not None and f"'{top}" in left:
            proof = "Tried: that alone does not help."
        yield Advice(
            f"Add the folder to {project.config_path.name}: prepend_sys_path = {shown}. {proof}"
        )
        yield Advice("Or install the project where it runs:", _pip(project.python, "-e", str(root)))
        return


def _left_with(project: Project, folder: Path) -> str | None:
    """What env.py says with one more folder to search; None where it runs."""
    files = replace(project.files, paths=(*project.files.paths, folder))
    with Project(files, project.python, None) as tried:
        try:
            tried.settings()
        except WorkbenchError as error:
            return str(error)
    return None


# -- interpreters -----------------------------------------------------------------------------


def _other_interpreter(project: Project, top: str, facts: list[str]) -> Iterator[Advice]:
    """Interpreters near the project that have the module."""
    tried = []
    for python in _interpreters(project):
        if _has(python, [top]):
            facts.append(f"{python} has it.")
            yield to_type(
                "Have the project's code run there (also: SCHEMA_PYTHON, Project.open(python=…)):",
                workbench_command(project, "diagnose", "--python", str(python)),
            )
            return
        tried.append(str(python))
    if tried:
        facts.append(f"{' and '.join(tried)} {'has' if len(tried) == 1 else 'have'} it neither.")


def _interpreters(project: Project) -> Iterator[Path]:
    """Those of the project's environments, and of the one that is active."""
    active = os.environ.get("VIRTUAL_ENV")
    found = [each.path for each in environments_of(project.root)]
    found += filter(None, [python_of(Path(active)) if active else None])
    for python in dict.fromkeys(found):
        if python.is_file() and python != project.python:
            yield python


def _has(python: Path, modules: Sequence[str]) -> bool:
    """Whether an interpreter finds all these modules; nothing of them is run."""
    code = ("import sys, importlib.util as u; "
            "sys.exit(not all(u.find_spec(name) for name in sys.argv[1:]))")  # fmt: skip
    try:
        done = subprocess.run(
            [str(python), "-c", code, *modules], stdin=subprocess.DEVNULL, capture_output=True,
            timeout=_TIMEOUT, check=False, cwd=python.parent,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


# -- what gives it ----------------------------------------------------------------------------


def _install(project: Project, top: str, facts: list[str]) -> Iterator[Advice]:
    wanted = next(_requirements(project, top), None)
    if wanted is not None:
        name, file, line = wanted
        facts.append(f"{file} asks for {line}, which is likely to give it.")
        yield Advice(f"Install it for that interpreter: {name}.", _pip(project.python, line))
        return
    facts.append(
        "No file of the project's requirements names a distribution that is called like it."
    )
    likely = _DISTRIBUTIONS.get(top)
    if likely:
        yield Advice(f"It is commonly given by {likely[-1]}. If that is meant, install it there:",
                     _pip(project.python, likely[-1]))  # fmt: skip
    else:
        yield Advice(
            "Find out which distribution gives it, and install that for this interpreter; a "
            "distribution of the same name may be another one's.",
            f"{_pip(project.python)} …",
        )


def _pip(python: Path, *what: str) -> str:
    """The command that installs for this interpreter; of an environment without pip, uv's."""
    if _has(python, ["pip"]):
        return shlex.join([str(python), "-m", "pip", "install", *what])
    return shlex.join(["uv", "pip", "install", "--python", str(python), *what])


def _requirements(project: Project, top: str) -> Iterator[tuple[str, str, str]]:
    """Requirements that are likely to give a module: name, file, and the line as it is written."""
    likely = {_plain(name) for name in (top, *_DISTRIBUTIONS.get(top, ()))}
    for file, line in _lines(project.root):
        found = _REQUIREMENT.match(line)
        if found and _plain(found[1]) in likely:
            yield found[1], file, line.partition("#")[0].partition(";")[0].strip()


def _plain(name: str) -> str:
    """As https://packaging.python.org/en/latest/specifications/name-normalization/ has it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _lines(root: Path) -> Iterator[tuple[str, str]]:
    """Each requirement of the files beside the project, or above it, with the file's name."""
    for folder in (root, root.parent):
        for path in sorted(
            [*folder.glob("*requirements*.txt"), *folder.glob("requirements/*.txt")]
        ):
            text = _text(path)
            yield from ((str(path.relative_to(folder)), line) for line in text.splitlines())
        yield from (("pyproject.toml", line) for line in _of_pyproject(folder / "pyproject.toml"))
        if (folder / "setup.cfg").is_file():
            yield from (("setup.cfg", line) for line in _text(folder / "setup.cfg").splitlines())
        if (folder / "Pipfile").is_file():
            yield from (("Pipfile", name) for name in _of_pipfile(folder / "Pipfile"))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")[:1_000_000]
    except OSError:
        return ""


def _table(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(_text(path))
    except ValueError:
        return {}


def _of_pyproject(path: Path) -> Iterator[str]:
    told = _table(path)
    project = told.get("project")
    if isinstance(project, dict):
        yield from _texts(project.get("dependencies"))
        extras = project.get("optional-dependencies")
        for listed in extras.values() if isinstance(extras, dict) else ():
            yield from _texts(listed)
    groups = told.get("dependency-groups")
    for listed in groups.values() if isinstance(groups, dict) else ():
        yield from _texts(listed)
    tool = told.get("tool")
    poetry = tool.get("poetry") if isinstance(tool, dict) else None
    if isinstance(poetry, dict):
        for name in ("dependencies", "dev-dependencies"):
            listed = poetry.get(name)
            yield from listed if isinstance(listed, dict) else ()


def _of_pipfile(path: Path) -> Iterator[str]:
    told = _table(path)
    for name in ("packages", "dev-packages"):
        listed = told.get(name)
        yield from listed if isinstance(listed, dict) else ()


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, list):
        yield from (each for each in value if isinstance(each, str))
