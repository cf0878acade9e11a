"""Virtual environments that tools keep for a project, found by where each tool keeps them.

Nothing is run for it: what lies on the disk is read. Each tool names an environment in its own
folder by a hash of the project's path, which was looked up in their sources:

========= ==================================================================================
uv        ``.venv``, or where ``UV_PROJECT_ENVIRONMENT`` leads
          (https://docs.astral.sh/uv/concepts/projects/config/#project-environment-path)
PDM       the interpreter that ``.pdm-python`` names
Poetry    ``<cache>/virtualenvs/<name>-<hash of the folder>-py<version>``; ``envs.toml`` beside
          them says which one is in use (https://python-poetry.org/docs/configuration/)
Pipenv    ``<WORKON_HOME>/<folder>-<hash of the Pipfile's path>``
          (https://pipenv.pypa.io/en/latest/virtualenv.html)
Hatch     ``<data>/env/virtual/<name>/<hash of the folder>/<name>``
pyenv     the environment that ``.python-version`` names
========= ==================================================================================
"""

from __future__ import annotations

import base64
import hashlib
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import platformdirs

__all__ = ["has_alembic", "kept_for", "python_of", "within"]

#: Where an environment has its interpreter, on each operating system.
_PYTHONS = ("bin/python", "bin/python3", "Scripts/python.exe", "python.exe")
#: Where it has its packages.
_PACKAGES = ("lib/python3*/site-packages", "Lib/site-packages")


def python_of(environment: Path) -> Path | None:
    """The interpreter of a virtual environment, also a link that leads nowhere; None: it has none.

    The link itself is given: resolved, it would be another interpreter, without the packages.
    """
    found = [environment / name for name in _PYTHONS]
    return next((path for path in found if path.is_file() or path.is_symlink()), None)


def has_alembic(python: Path) -> bool:
    """Whether Alembic lies among an environment's packages, or those that it shares with others."""
    is_inside = python.parent.name in ("bin", "Scripts")
    environment = python.parent.parent if is_inside else python.parent
    if _shares_packages(environment):
        return True
    folders = (folder for name in _PACKAGES for folder in environment.glob(name))
    return any((folder / "alembic" / "__init__.py").is_file() for folder in folders)


def _shares_packages(environment: Path) -> bool:
    """Whether it takes the packages of the interpreter that it was made with, too."""
    text = _text(environment / "pyvenv.cfg").replace(" ", "").lower()
    return "include-system-site-packages=true" in text


def within(folder: Path) -> Iterator[tuple[Path, str]]:
    """Environments in a project's folder: the interpreter, and what it was found by."""
    for name in (".venv", "venv", "env"):
        inside = folder / name
        python = python_of(inside if inside.is_dir() else _named_by(inside, folder))
        if python is not None:
            yield python, f"{name} in {folder}"


def _named_by(file: Path, folder: Path) -> Path:
    """Where a ``.venv`` that is a file leads, as Pipenv and others have it: a path, or a name."""
    text = _text(file).strip()
    if not text or "\n" in text:
        return file
    return folder / text if os.sep in text or "/" in text else _pipenv_home() / text


def kept_for(folder: Path) -> Iterator[tuple[Path, str]]:
    """Environments that a tool keeps elsewhere for this folder, the most likely first."""
    for tool, found in (
        ("UV_PROJECT_ENVIRONMENT", _uv(folder)),
        (".pdm-python", _pdm(folder)),
        ("Poetry's environment", _poetry(folder)),
        ("Pipenv's environment", _pipenv(folder)),
        ("Hatch's environment", _hatch(folder)),
        ("pyenv's environment", _pyenv(folder)),
    ):
        yield from ((python, f"{tool} for {folder}") for python in found)


def _uv(folder: Path) -> Iterator[Path]:
    named = os.environ.get("UV_PROJECT_ENVIRONMENT")
    if named and ((folder / "uv.lock").is_file() or "uv" in _tools(folder)):
        yield from _pythons(folder / named)


def _pdm(folder: Path) -> Iterator[Path]:
    named = _text(folder / ".pdm-python").strip()
    if named and Path(named).is_file():
        yield Path(named)


def _poetry(folder: Path) -> Iterator[Path]:
    if "poetry" not in _tools(folder) and not (folder / "poetry.lock").is_file():
        return
    home = _poetry_home(folder)
    digest = _hash(os.path.normcase(os.path.realpath(folder)))
    found = sorted(home.glob(f"*-{digest}-py*"), reverse=True)
    for name, told in _toml(home / "envs.toml").items():
        if name.endswith(f"-{digest}") and isinstance(told, dict):
            found.insert(0, home / f"{name}-py{told.get('minor')}")
    for environment in dict.fromkeys(found):
        yield from _pythons(environment)


def _poetry_home(folder: Path) -> Path:
    """The folder of Poetry's environments, as its settings have it: the variables come first."""
    cache = platformdirs.user_cache_path("pypoetry", appauthor=False)
    where = os.environ.get("POETRY_VIRTUALENVS_PATH")
    config = os.environ.get("POETRY_CONFIG_DIR") or platformdirs.user_config_path(
        "pypoetry", appauthor=False, roaming=True
    )
    for settings in (_toml(folder / "poetry.toml"), _toml(Path(config) / "config.toml")):
        own = settings.get("virtualenvs")
        where = where or (own.get("path") if isinstance(own, dict) else None)
        cache = Path(str(settings.get("cache-dir") or cache))
    cache = Path(os.environ.get("POETRY_CACHE_DIR") or cache)
    if where is None:
        return cache / "virtualenvs"
    return Path(where.replace("{cache-dir}", str(cache))).expanduser()


def _pipenv(folder: Path) -> Iterator[Path]:
    if not (folder / "Pipfile").is_file():
        return
    custom = os.environ.get("PIPENV_CUSTOM_VENV_NAME")
    pattern = custom or f"*-{_hash(str(folder / 'Pipfile'))}*"
    for environment in sorted(_pipenv_home().glob(pattern)):
        yield from _pythons(environment)


def _pipenv_home() -> Path:
    named = os.environ.get("WORKON_HOME")
    if named:
        return Path(os.path.expandvars(named)).expanduser()
    if os.name == "nt":
        return Path("~/.virtualenvs").expanduser()
    data = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(data).expanduser() / "virtualenvs"


def _hatch(folder: Path) -> Iterator[Path]:
    if not (folder / "hatch.toml").is_file() and "hatch" not in _tools(folder):
        return
    named = os.environ.get("HATCH_DATA_DIR")
    home = Path(named) if named else platformdirs.user_data_path("hatch", appauthor=False)
    environments = (home / "env" / "virtual").glob(f"*/{_hash(str(folder))}/*")
    # The default environment bears the project's own name.
    for environment in sorted(environments, key=lambda path: path.name != path.parts[-3]):
        yield from _pythons(environment)


def _pyenv(folder: Path) -> Iterator[Path]:
    name = _text(folder / ".python-version").strip()
    if name and not name[0].isdigit() and "\n" not in name:
        home = os.environ.get("PYENV_ROOT") or "~/.pyenv"
        yield from _pythons(Path(home).expanduser() / "versions" / name)


def _pythons(environment: Path) -> Iterator[Path]:
    python = python_of(environment)
    if python is not None:
        yield python


def _hash(path: str) -> str:
    """Eight letters of a path's hash: what Poetry, Pipenv and Hatch name an environment by."""
    return base64.urlsafe_b64encode(hashlib.sha256(path.encode()).digest()).decode()[:8]


def _tools(folder: Path) -> Mapping[str, Any]:
    found = _toml(folder / "pyproject.toml").get("tool", {})
    return found if isinstance(found, dict) else {}


def _toml(path: Path) -> dict[str, Any]:
    """What a file of a tool holds; nothing where it is not there, or cannot be read."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""
