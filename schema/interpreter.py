"""The interpreter that has a project's packages: found, and said why it was taken."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from schema.environments import has_alembic, kept_for, python_of, within
from schema.errors import ConfigError

__all__ = ["OLDEST", "Interpreter", "environments_of", "find_interpreter", "what_is_wrong"]

#: The oldest Python on which the worker runs.
OLDEST = (3, 8)

_NAME_ONE = "Name the project's own interpreter: --python, Project.open(python=…), or SCHEMA_PYTHON"

_OURS = "the workbench's own, as none of the project's was found"

#: Files that begin a project of Python's, where there is no repository.
_MARKS = ("pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "Pipfile", "uv.lock")

#: Seconds that an interpreter may take to say its version, or Poetry where its environment is.
_PATIENCE = 20


@dataclass(frozen=True)
class Interpreter:
    """An interpreter, and why it was taken: ``"--python"``, ``".venv in /srv/shop"`` …"""

    path: Path
    why: str


def find_interpreter(given: str | Path | None, root: Path) -> Interpreter:
    """The interpreter of the project in the folder ``root``.

    In this order: ``given``; the one that ``SCHEMA_PYTHON`` names; an environment in the project's
    folder or one above it, up to its repository's; one that uv, PDM, Poetry, Pipenv, Hatch or pyenv
    keeps for such a folder; the environment that is active, where something ties it to the
    project; this very interpreter. Of several, the first one that has Alembic. Raises ConfigError
    for one that was named and is not there, and for an environment whose interpreter has gone.
    """
    if given:
        return _named(given, "--python, or python=")
    named = os.environ.get("SCHEMA_PYTHON")
    if named:
        return _named(named, "SCHEMA_PYTHON")
    folders = _folders(root)
    found = list(_found(folders))
    chosen = next((each for each in found if has_alembic(each.path)), None)
    if chosen is None and found:
        chosen = found[0]
    if chosen is None:
        chosen = _told_by_poetry(folders) or _active(folders)
    if chosen is None:
        return Interpreter(Path(sys.executable), _OURS)
    if not chosen.path.is_file():
        raise ConfigError(
            f"The interpreter of {chosen.why} has gone: {chosen.path} leads to "
            f"{os.path.realpath(chosen.path)}. Make that environment anew. Or: {_NAME_ONE}."
        )
    return chosen


def environments_of(root: Path) -> Iterator[Interpreter]:
    """The environments of the project in the folder ``root``: its own, and those kept for it."""
    yield from _found(_folders(root))


def _named(given: str | Path, why: str) -> Interpreter:
    path = Path(given).expanduser().absolute()
    if path.is_dir():  # the environment's folder is what people have at hand
        path = python_of(path) or path
    if not path.is_file() and os.sep not in str(given) and "/" not in str(given):
        path = Path(shutil.which(str(given)) or path)
    if not path.is_file() or not os.access(path, os.X_OK):
        raise ConfigError(f"There is no Python interpreter {path}, which {why} names. Check it.")
    return Interpreter(path, why)


def _folders(root: Path) -> list[Path]:
    """The project's folders, from the config's upwards to its repository's, or where it begins."""
    above = [root, *root.parents]
    for number, folder in enumerate(above):
        if (folder / ".git").exists() or (folder / ".hg").exists():
            return above[: number + 1]
    marked = [n for n, folder in enumerate(above) if any((folder / m).is_file() for m in _MARKS)]
    return above[: marked[0] + 1] if marked else [root]


def _found(folders: list[Path]) -> Iterator[Interpreter]:
    for folder in folders:
        yield from (Interpreter(*each) for each in within(folder))
        yield from (Interpreter(*each) for each in kept_for(folder))


def _told_by_poetry(folders: list[Path]) -> Interpreter | None:
    """What Poetry itself says: where it keeps environments in a place that only it knows."""
    poetry = shutil.which("poetry")
    folder = next((each for each in folders if (each / "poetry.lock").is_file()), None)
    if poetry is None or folder is None:
        return None
    try:
        asked = [poetry, "env", "info", "--path", "--no-interaction", "--no-ansi"]
        done = subprocess.run(asked, cwd=folder, capture_output=True, text=True, timeout=_PATIENCE)
    except (OSError, subprocess.TimeoutExpired):
        return None
    python = python_of(Path(done.stdout.strip())) if done.stdout.strip() else None
    return None if python is None else Interpreter(python, f"what Poetry says of {folder}")


def _active(folders: list[Path]) -> Interpreter | None:
    """The active environment, where it is not the workbench's own and is tied to the project."""
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        named = os.environ.get(variable)
        python = python_of(Path(named)) if named else None
        if not named or python is None or _is_ours(Path(named)) or not has_alembic(python):
            continue
        if _is_tied(Path(named), folders):
            return Interpreter(python, f"the active environment, {variable}")
    return None


def _is_ours(environment: Path) -> bool:
    return environment.resolve() in (Path(sys.prefix).resolve(), Path(sys.base_prefix).resolve())


def _is_tied(environment: Path, folders: list[Path]) -> bool:
    """Whether it lies in the project, bears its name, or has it installed for editing."""
    if environment.resolve().is_relative_to(folders[-1].resolve()):
        return True
    config = environment / "pyvenv.cfg"
    text = config.read_text(errors="replace") if config.is_file() else ""
    prompt = re.search(r"(?m)^prompt\s*=\s*['\"]?(.*?)['\"]?\s*$", text)
    names = {environment.name, prompt.group(1) if prompt else ""}
    if names & {folder.name for folder in folders if folder.name}:
        return True
    paths = environment.glob("[lL]ib/**/site-packages/*.pth")
    return any(_leads_to(path, folders) for path in paths)


def _leads_to(path: Path, folders: list[Path]) -> bool:
    lines = path.read_text(errors="replace").splitlines()
    inside = [Path(line) for line in lines if line and not line.startswith(("import ", "#"))]
    return any(each.is_relative_to(folders[-1]) for each in inside)


def what_is_wrong(path: Path) -> str | None:
    """Why the worker cannot run on an interpreter, in a sentence; None when it can.

    It is asked for its version, so this is for a worker that did not even begin.
    """
    asked = [str(path), "-c", "import sys; print('python %d.%d.%d' % sys.version_info[:3])"]
    try:
        done = subprocess.run(
            asked, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
            timeout=_PATIENCE,
        )  # fmt: skip
    except OSError as error:
        return f"{path} cannot be run: {error.strerror}. {_NAME_ONE}."
    except subprocess.TimeoutExpired:
        return f"{path} did not say within {_PATIENCE} s which Python it is. {_NAME_ONE}."
    told = re.search(r"^python (\d+)\.(\d+)\.(\d+)$", done.stdout, re.M)
    if told is None:
        return f"{path} is no Python interpreter. {_NAME_ONE}."
    version = tuple(map(int, told.groups()))
    if version < OLDEST:
        return (
            f"{path} is Python {'.'.join(told.groups())}, and project code is run here on "
            f"{OLDEST[0]}.{OLDEST[1]} or newer. Make an environment for the project with a newer "
            "Python, and name its interpreter: --python, Project.open(python=…), or SCHEMA_PYTHON."
        )
    return None
