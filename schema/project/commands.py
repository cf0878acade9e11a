"""What a person types to have Alembic, or the workbench, do something in a project as it is open.

A bare ``alembic stamp X`` fails, or runs on another database, where the config lies elsewhere,
another of its sections counts, or env.py needs arguments of its own. So does ``schema locate``.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from schema.config import ConfigFiles, find_config
from schema.database import parse_url, show_url
from schema.errors import ConfigError, WorkbenchError
from schema.worker.failure import redact

if TYPE_CHECKING:
    from schema.project.project import Project

__all__ = ["ShellCommand", "alembic_command", "workbench_command"]

_ELSEWHERE = (
    "(alembic runs on the database that env.py connects to: see that this is the one looked at.)"
)
_HIDDEN = "(*** stands for what is not shown: a password, or what may hold one.)"
_CHECKED_OUT = "(alembic takes the revision files that are checked out.)"
_NO_FILE = "(No alembic command reaches a project without a config file.)"
_NO_FOLDER = (
    "(No alembic command reaches this project, as its config does not name this folder of env.py.)"
)
_NO_SECTION = "(flask db reads the section [alembic] alone.)"

#: A name of something secret, and the same within a value that is made of several parts.
_SECRET = re.compile(r"(?i)(pass(word|wd|phrase)?|pwd|secret|token|credentials?|(^|[_-])key|auth)$")
_SECRET_PART = re.compile(r"(?i)(pass\w*|pwd|secret|token|key|credentials?)[\"']?\s*[=:]\s*\S")
#: ``me:password@host``, which is no URL yet.
_LOGIN = re.compile(r":.*@")


@dataclass(frozen=True, slots=True)
class ShellCommand:
    """A command for a shell, with what has to be heeded.

    ``line`` is None where no command of Alembic's does it; ``note`` says why. Else that is what to
    see to before it is run: "" where there is nothing. ``plain`` is the command without options.
    """

    line: str | None
    plain: str
    note: str = ""

    def __str__(self) -> str:
        """What to do, for a sentence; the note is not in it."""
        return self.line or f"have the application do what {self.plain} would"


def alembic_command(project: Project, *arguments: str, url: URL | None = None) -> ShellCommand:
    """The command with these arguments, ``"stamp", "bbb222"``, for the project as it was opened.

    It runs in the folder in which the workbench runs the project's code, as relative paths of a
    config count from there: for another working directory it goes there first. ``-c``, ``-n`` and
    each ``-x`` are in it where they are needed; it is ``flask db`` for a project of Flask-Migrate.
    An ``-x`` that may hold a password is masked. ``url`` is the database that is meant; None for a
    command that changes none: it is noted where env.py names another one.

    What Alembic finds by itself: https://alembic.sqlalchemy.org/en/latest/tutorial.html and, for
    ``ALEMBIC_CONFIG`` and pyproject.toml, :class:`alembic.config.CommandLine`.
    """
    files = project.files
    plain = shlex.join(("alembic", *arguments))
    is_flask = _is_of_flask(files)
    if why := _why_none(files, is_flask):
        return ShellCommand(None, plain, why)
    shown = [_shown(argument) for argument in files.x_arguments]
    typed = _of_flask(files, shown, arguments) if is_flask else _of_alembic(files, shown, arguments)
    notes = [_ELSEWHERE] if url is not None and _is_elsewhere(project, url) else []
    notes += _notes(files, is_of_database=url is not None)
    notes += [_HIDDEN] if shown != list(files.x_arguments) else []
    return ShellCommand(_from_here(typed, project.root), plain, " ".join(notes))


def workbench_command(project: Project, *arguments: str) -> ShellCommand:
    """The same of a command of the workbench, ``"drift", "--at", "bbb222"``.

    It has the options that ``Project.open`` was given, where they are not what is found without:
    ``-c``, ``-n``, ``-x``, ``--url``, ``--python`` … What ``arguments`` name stands alone. A path
    is relative below the working directory.
    """
    files, url = project.files, project.chosen_url
    shown = [_shown(argument) for argument in files.x_arguments]
    options = [*_place(files), *(word for each in shown for word in ("-x", each))]
    if files.section != "alembic":
        options += ["-n", files.section]
    for name, value in (
        ("--engine", files.engine or files.replaced.get("databases")),
        ("--metadata", files.metadata),
        ("--before-base", files.before_base),
        ("--python", str(project.python) if project.python_from.startswith("--python") else None),
        ("--url", None if url is None else show_url(url)),
    ):
        options += [] if value is None or name in arguments else [name, value]
    is_hidden = shown != list(files.x_arguments) or (url is not None and "***" in show_url(url))
    plain = ("schema", *arguments)
    line = shlex.join([*plain, *options])
    return ShellCommand(line, shlex.join(plain), _HIDDEN if is_hidden else "")


def _place(files: ConfigFiles) -> list[str]:
    """The options that lead to the project; none where it is found without."""
    folder = ["--script-location", _below_here(files.script_location)]
    if files.ini is None and files.toml is None:
        return folder
    is_replaced = "script_location" in files.replaced and files.root == files.path.parent
    try:
        is_found = not os.environ.get("ALEMBIC_CONFIG") and find_config() == files.path
    except ConfigError:
        is_found = False
    named = [] if is_found and not is_replaced else ["-c", _below_here(files.path)]
    return [*named, *(folder if is_replaced else ())]


def _is_of_flask(files: ConfigFiles) -> bool:
    """Whether env.py lies beside its config, which leaves it to ``flask db`` to say so."""
    env_py = files.script_location / "env.py"
    if files.ini is None or files.root == files.path.parent:
        return False
    return env_py.is_file() and b"current_app" in env_py.read_bytes()


def _why_none(files: ConfigFiles, is_flask: bool) -> str | None:
    """Why no command reaches the project; None where one does."""
    if files.ini is None and files.toml is None:
        return _NO_FILE
    if is_flask:
        return None if files.section == "alembic" else _NO_SECTION
    return _NO_FOLDER if "script_location" in files.replaced else None


def _of_alembic(files: ConfigFiles, shown: Sequence[str], arguments: Sequence[str]) -> list[str]:
    typed = ["alembic"]
    by_itself = not os.environ.get("ALEMBIC_CONFIG")
    if not by_itself or files.path.name not in {"alembic.ini", "pyproject.toml"}:
        typed += ["-c", files.path.name]
    if files.path.name == "pyproject.toml" and not by_itself:
        # Else the ini that the variable names would be read along with it.
        typed += ["-c", "alembic.ini"]
    if files.section != "alembic":
        typed += ["-n", files.section]
    for argument in shown:
        typed += ["-x", argument]
    return [shlex.join([*typed, *arguments])]


def _of_flask(files: ConfigFiles, shown: Sequence[str], arguments: Sequence[str]) -> list[str]:
    """The same for ``flask db``, which stamps with one revision at a time."""
    typed = ["flask", "db"]
    for argument in shown:
        typed += ["-x", argument]
    name, *rest = arguments
    folder = str(files.path.parent.relative_to(files.root))
    typed += [name] if folder == "migrations" else [name, "-d", folder]
    if name != "stamp":
        return [shlex.join([*typed, *rest])]
    options = [each for each in rest if each.startswith("-")]
    revisions = [each for each in rest if each not in options]
    return [shlex.join([*typed, *(() if number else options), each])
            for number, each in enumerate(revisions)]  # fmt: skip


def _from_here(typed: Sequence[str], root: Path) -> str:
    """The lines as one, that runs in ``root`` and leaves the shell where it is."""
    if root.resolve() == Path.cwd().resolve():
        return " && ".join(typed)
    return f"({' && '.join([shlex.join(['cd', _below_here(root)]), *typed])})"


def _below_here(path: Path) -> str:
    """A path from the working directory; an absolute one where it is not below that."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


# -- what has to be heeded -------------------------------------------------------------------------


def _is_elsewhere(project: Project, url: URL) -> bool:
    """Whether env.py names another database, or none, or cannot be asked."""
    try:
        own = project.settings().url
        return own is None or parse_url(own) != parse_url(url)
    except WorkbenchError:
        return True


def _notes(files: ConfigFiles, *, is_of_database: bool) -> Iterator[str]:
    if "version_locations" in files.replaced:
        yield _CHECKED_OUT
    if is_of_database and (files.engine or "databases" in files.replaced):
        one = files.engine or files.replaced["databases"]
        yield f"(alembic does it to all databases that env.py goes through, not to {one} alone.)"


# -- passwords -------------------------------------------------------------------------------------


def _shown(argument: str) -> str:
    """An ``-x`` as it may be shown: ``***`` stands for what is, or may hold, a password."""
    named = re.match(r"[\w.-]+=", argument)
    name = named[0] if named else ""
    value = argument[len(name) :]
    if _SECRET.search(name.rstrip("=")):
        return f"{name}***"
    if "://" in value:
        return name + _without_password(value)
    may_hold = _SECRET_PART.search(value) or _LOGIN.search(value) or redact(argument) != argument
    return f"{name}***" if may_hold else argument


def _without_password(text: str) -> str:
    """A URL without its password; as it is where it has none. ``***`` where that is not sure."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        return "***"
    is_file = url.get_backend_name() == "sqlite" and not url.host
    rest = "" if is_file else f"{url.host or ''} {url.database or ''}"
    if "@" in rest or "://" in rest or any(_SECRET.search(name) for name in url.query):
        return "***"  # two URLs, a password that holds an @, or one that is no user's
    return show_url(url) if url.password else redact(text)
