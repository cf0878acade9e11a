"""What the commands share: the options that name a project and a database, and how they print."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import click

from schema.wording import printable

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

    from schema.workbench import Project

__all__ = [
    "Seconds",
    "alembic_arguments",
    "current_of",
    "database",
    "json_option",
    "json_text",
    "note",
    "opened",
    "print_json",
    "progress",
    "project_options",
    "show",
    "shown",
    "terminated_as_interrupted",
    "write",
    "write_bytes",
]

P = ParamSpec("P")
R = TypeVar("R")

_CONFIG_HELP = (
    "The project's alembic.ini, or pyproject.toml with a [tool.alembic], or the folder that holds "
    "one. By default: ALEMBIC_CONFIG, else the nearest one from here upwards."
)
_URL_HELP = (
    "The database: a URL, or the path of a SQLite file. "
    "By default: SCHEMA_DATABASE_URL, else what the project's env.py connects to."
)
_PYTHON_HELP = (
    "The Python interpreter that has the project's packages. "
    "By default: SCHEMA_PYTHON, else the project's own environment (.venv, or what uv, Poetry, "
    "PDM, Pipenv … keep for it), else the one that runs this command."
)
_VERBOSE_HELP = "Say which config and which interpreter were taken, and why."

_SECTION_HELP = (
    "The section of alembic.ini that counts, as for alembic -n. "
    "By default: SCHEMA_CONFIG_SECTION, else alembic."
)
_X_HELP = (
    "An argument for env.py, as for alembic -x; may be given several times. "
    "By default: SCHEMA_X_ARGUMENTS."
)

_ENGINE_HELP = (
    "The database to follow, where env.py goes through several as of Alembic's multidb template. "
    "By default: SCHEMA_ENGINE."
)

_BEFORE_BASE_HELP = (
    "What is there before the first revision, where the project makes tables before it migrates: "
    "module:attribute, or file.py:attribute, of a MetaData, a declarative base, or a function that "
    "is called with a connection. By default: SCHEMA_BEFORE_BASE."
)

_LOCATION_HELP = (
    "The folder of env.py, as a path or PACKAGE:FOLDER, where an application runs Alembic without "
    "a config file; or in place of the config's own. By default: SCHEMA_SCRIPT_LOCATION."
)
_METADATA_HELP = (
    "The models, as MODULE:ATTRIBUTE, in place of those that env.py passes. "
    "By default: SCHEMA_METADATA."
)

_REVISIONS_HELP = (
    "Take the revision files that a branch, tag or commit of Git has, instead of those that are "
    "checked out; nothing is checked out, and env.py and the models stay those that are here."
)

dialect_option = click.option(
    "--dialect",
    type=click.Choice(["sqlite", "postgresql", "mariadb"]),
    help="The kind of the scratch database that revisions are run on; mariadb needs --url. "
    "By default that of the project's database, else sqlite.",
)

#: The type of an option that takes a time in seconds.
Seconds = click.FloatRange(min=0, min_open=True)

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON; see docs/json.md.")


def _keep(ctx: click.Context, option: click.Parameter, value: Any) -> None:  # noqa: ANN401
    if value:
        ctx.meta[f"{__name__}.{option.name}"] = value


_kept: dict[str, Any] = {"expose_value": False, "callback": _keep}


def alembic_arguments() -> dict[str, Any]:
    """What the running command was given for ``Project.open``; None for what it was not."""
    meta = click.get_current_context().meta
    names = ("section", "x", "engine", "before_base", "script_location", "metadata")
    return {name: meta.get(f"{__name__}.{name}") for name in names}


def project_options(command: Callable[P, R]) -> Callable[P, R]:
    """Add ``--config``, ``--url`` and ``--python`` to a command, which it is called with.

    ``-n``, ``-x``, ``--engine``, ``--before-base``, ``--script-location``, ``--metadata``,
    ``--revisions-from`` and ``-v`` are added too; ``opened`` knows them by itself.
    """
    for option in (
        click.option("-v", "--verbose", is_flag=True, help=_VERBOSE_HELP, **_kept),
        click.option("--revisions-from", metavar="REF", help=_REVISIONS_HELP, **_kept),
        click.option("--before-base", metavar="WHAT", help=_BEFORE_BASE_HELP, **_kept),
        click.option("--metadata", metavar="NAME", help=_METADATA_HELP, **_kept),
        click.option("--script-location", metavar="PATH", help=_LOCATION_HELP, **_kept),
        click.option("--engine", metavar="NAME", help=_ENGINE_HELP, **_kept),
        click.option("-x", "x", multiple=True, metavar="NAME=VALUE", help=_X_HELP, **_kept),
        click.option("-n", "--section", metavar="SECTION", help=_SECTION_HELP, **_kept),
        click.option("--python", metavar="PATH", help=_PYTHON_HELP),
        click.option("--url", metavar="URL", help=_URL_HELP),
        click.option("-c", "--config", metavar="PATH", help=_CONFIG_HELP),
    ):
        command = option(command)
    return command


def database(text: str) -> URL:
    """The database that a person names: a URL, or the path of a SQLite file that exists.

    Raises UrlError for anything else.
    """
    from sqlalchemy.engine import URL

    from schema.database import parse_url
    from schema.errors import UrlError

    if Path(text).is_file():  # its name may hold what means something in a URL: '?', '%', '://'
        return parse_url(URL.create("sqlite", database=str(Path(text).absolute())))
    if text and not {":", "@"} & set(text):
        raise UrlError(f"There is no file {text!r}, and it is no database URL. Check the path.")
    return parse_url(text)


@contextmanager
def opened(config: str | None, url: str | None, python: str | None) -> Iterator[Project]:
    """The project of these options; its worker has ended afterwards."""
    from schema.waiting import listening
    from schema.workbench import Project

    chosen = None if url is None else database(url)
    opening = Project.open(config, python=python, url=chosen, **alembic_arguments())
    waits = listening(lambda doing: progress(0.0 if doing else 1.0, doing))
    with closing(opening) as project, waits:
        if click.get_current_context().meta.get(f"{__name__}.verbose"):
            note(f"The project is {project.config_path}.")
            note(f"Its code runs on {project.python}: {project.python_from}.")
        reference = click.get_current_context().meta.get(f"{__name__}.revisions_from")
        if reference is None:
            yield project
            return
        from schema.archaeology import with_revisions_from

        with with_revisions_from(project, reference) as other:
            yield other


def current_of(project: Project) -> tuple[str, ...]:
    """The stamps of the project's database. Raises DatabaseError when it bears none."""
    from schema.database import show_url
    from schema.errors import DatabaseError
    from schema.history import read_current

    url = project.database_url()
    stamp = read_current(project, url)
    if not stamp:
        raise DatabaseError(
            f"{show_url(url)} bears no stamp of Alembic: it is empty, or not made by migrations. "
            "Check the URL; what else to do: schema diagnose"
        )
    return stamp


def json_text(value: Mapping[str, Any]) -> str:
    """A JSON-able value as text that people can read too."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def print_json(value: Mapping[str, Any]) -> None:
    """Print a JSON-able value."""
    click.echo(json_text(value), nl=False)


def shown(value: Any, *, is_file: bool = False, **options: Any) -> str:  # noqa: ANN401
    """A result as text for a terminal, or for a file."""
    from schema import report

    terminal = sys.stdout.isatty() and not is_file
    coloured = terminal and "NO_COLOR" not in os.environ
    # Into a pipe or a file, a table is as wide as its content needs, within reason.
    width = None if terminal or "COLUMNS" in os.environ else 160
    return report.text(value, width=width, colour=coloured, **options)


def show(value: Any, **options: Any) -> None:  # noqa: ANN401 -- whatever a report can be made of
    """Print a result as text for a terminal."""
    click.echo(shown(value, **options), nl=False)


def write(text: str, path: Path | None) -> None:
    """Write to a file, whatever stands in it, or to standard output. Raises WorkbenchError."""
    from schema.errors import WorkbenchError

    if path is None:
        click.echo(text, nl=False)
        return
    try:
        path.write_text(text, encoding="utf-8", errors="replace")
    except OSError as error:
        raise WorkbenchError(f"{path} could not be written: {error.strerror}.") from error
    note(f"written: {path}")


def write_bytes(content: bytes, path: Path | None) -> None:
    """The same for what is no text."""
    from schema.errors import WorkbenchError

    if path is None:
        sys.stdout.buffer.write(content)
        return
    try:
        path.write_bytes(content)
    except OSError as error:
        raise WorkbenchError(f"{path} could not be written: {error.strerror}.") from error
    note(f"written: {path}")


def note(text: str) -> None:
    """Tell something beside the result: on standard error, so that the result can be piped."""
    click.echo(f"schema: {printable(text)}", err=True)


def progress(part: float, doing: str) -> None:
    """Show how far a long task is, in one line that rewrites itself; only on a terminal."""
    if not sys.stderr.isatty():
        return
    text = f"{part:4.0%} {doing}" if part < 1 else ""
    click.echo(f"\r\x1b[K{text}", nl=False, err=True)


def counted_progress(done: int, of: int, doing: str) -> None:
    """The same for a task that counts its steps."""
    progress(done / of if of else 0.0, f"{doing} ({done} of {of})")


@contextmanager
def terminated_as_interrupted() -> Iterator[None]:
    """Have SIGTERM end as Ctrl-C does: with workers ended, and copies dropped."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
