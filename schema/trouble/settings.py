"""A config that cannot be used: what of it, and where what it names may be instead."""

from __future__ import annotations

import configparser
import os
import re
from collections.abc import Iterator
from pathlib import Path

from schema.archaeology.finds import commit_words
from schema.config import find_config
from schema.errors import ConfigError, WorkbenchError
from schema.git import Repository
from schema.trouble.values import Advice, Trouble, command

__all__ = ["config_trouble", "interpolation_trouble"]

_INTERPOLATION = re.compile(r"Interpolation\w*Error|a % that begins no reference")
#: Folders that are not looked through for an env.py.
_SKIPPED = {"node_modules", "site-packages", "__pycache__", "templates"}


def config_trouble(error: ConfigError, config: str | Path | None = None) -> Trouble:
    """The trouble of a project that cannot be opened. Nothing of its code is run."""
    message = str(error)
    path = _path(config)
    facts: list[str] = []
    advice: list[Advice] = []
    if path is None:
        advice += _no_config(config)
    elif "no script_location" in message:
        advice += _no_section(path, facts)
    elif "is no folder" in message:
        advice += _other_folders(path, facts)
    elif "There is no env.py" in message:
        advice += _no_env(path, message, facts)
    elif _INTERPOLATION.search(message):
        advice.append(_percent())
    elif "already exists" in message:
        advice.append(Advice(f"Delete one of the two in {path.name}."))
    elif "cannot be read" in message and path.exists() and not os.access(path, os.R_OK):
        advice.append(Advice("Let it be read.", command("chmod", "u+r", path)))
    return Trouble("config", message, tuple(facts), tuple(advice))


def interpolation_trouble(error: WorkbenchError) -> Trouble | None:
    """The same for a config that env.py stumbles over; None for any other error."""
    if not _INTERPOLATION.search(str(error)):
        return None
    return Trouble("config", str(error), (), (_percent(),))


def _percent() -> Advice:
    return Advice(
        "In an ini file a percent sign begins a reference: write %% for one, also in a password "
        "(so %40 becomes %%40)."
    )


def _path(config: str | Path | None) -> Path | None:
    try:
        return find_config(config)
    except ConfigError:
        return None


def _no_config(config: str | Path | None) -> Iterator[Advice]:
    named = os.environ.get("ALEMBIC_CONFIG") if config is None else str(config)
    here = Path(named).expanduser().absolute() if named else Path.cwd()
    # Of a path that is wrong further up, nothing near is known.
    folder = next((up for up in (here, *here.parents[:2]) if up.is_dir() and up.name), None)
    found = list(_configs_below(folder)) if folder is not None else []
    if found:
        yield Advice("There is one not far from there:",
                     command("schema", "diagnose", "-c", found[0]))  # fmt: skip
    else:
        yield Advice("A new project is made by:", "alembic init migrations")


def _configs_below(folder: Path) -> Iterator[Path]:
    for where, folders, names in os.walk(folder):
        depth = len(Path(where).relative_to(folder).parts)
        folders[:] = sorted(x for x in folders if x not in _SKIPPED and x[0] != "." and depth < 2)
        if "alembic.ini" in names:
            yield Path(where) / "alembic.ini"


def _no_section(path: Path, facts: list[str]) -> Iterator[Advice]:
    if path.suffix == ".toml":
        yield Advice(f'Add it to {path.name}: script_location = "…", under [tool.alembic].')
        return
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read(path, encoding="utf-8")
    except (configparser.Error, OSError, UnicodeDecodeError):
        return
    facts.append(f"{path.name} has the sections {', '.join(f'[{x}]' for x in parser.sections())}."
                 if parser.sections() else f"{path.name} has no section.")  # fmt: skip
    holders = [name for name in parser.sections() if parser.has_option(name, "script_location")]
    for name in holders:
        facts.append(f"[{name}] has a script_location.")
        yield Advice(
            "Read that section, as alembic -n does; or call it [alembic].",
            command("schema", "diagnose", "-c", path, "-n", name),
        )
    if not holders:
        yield from _other_folders(path, facts)


def _other_folders(path: Path, facts: list[str]) -> Iterator[Advice]:
    """Where an env.py is that may be meant."""
    root = path.parent
    found = [each for each in _environments(root) if each != root]
    shown = [each.relative_to(root).as_posix() for each in found]
    if len(found) == 1:
        facts.append(f"{shown[0]} has an env.py.")
        is_toml = path.suffix == ".toml"
        value = f'"%(here)s/{shown[0]}"' if is_toml else f"%(here)s/{shown[0]}"
        yield Advice(f"If that is meant, write in {path.name}: script_location = {value}")
    elif found:
        facts.append(f"An env.py is in each of: {', '.join(shown[:5])}.")
        yield Advice(f"Write the one that is meant in {path.name} as its script_location.")
    else:
        yield Advice(
            f"Correct script_location in {path.name}. It counts from the folder that alembic is "
            "run in, unless it begins with %(here)s."
        )


def _environments(root: Path) -> Iterator[Path]:
    for where, folders, names in os.walk(root):
        depth = len(Path(where).relative_to(root).parts)
        folders[:] = sorted(x for x in folders if x not in _SKIPPED and x[0] != "." and depth < 3)
        if "env.py" in names and ("versions" in folders or "script.py.mako" in names):
            yield Path(where)


def _no_env(path: Path, message: str, facts: list[str]) -> Iterator[Advice]:
    place = re.search(r"There is no env\.py in (.+), the script_location", message)
    folder = Path(place[1]) if place else path.parent
    try:
        repository = Repository(folder)
        name = repository.name_of(folder / "env.py")
        commits = repository.commits_of(folder / "env.py")
    except WorkbenchError:
        commits = []
    for commit in commits:
        last = next((c for c in commit.changes if c.after is not None), None)
        if last is not None:
            facts.append(f"Git has one, last in commit {commit_words(commit)}.")
            yield Advice("Bring it back:", command(
                "git", "restore", f"--source={commit.id[:12]}", "--", f":/{name}"))  # fmt: skip
            return
    yield from _other_folders(path, facts)
    yield Advice("Alembic's own template for one is written by: alembic init NEW_FOLDER")
