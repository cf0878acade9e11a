"""The command line ``schema``: one module for each command, loaded when it is run.

Exit codes are those of diff(1): 0 nothing found, 1 something found (a difference, drift, a failed
step), 2 trouble. An interrupt exits with 130, as a shell reports it.
"""

from __future__ import annotations

import errno
import sys
import traceback
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any

import click

from schema import __version__
from schema.errors import WorkbenchError
from schema.wording import printable

__all__ = ["COMMANDS", "INTERRUPTED", "TROUBLE", "main"]

TROUBLE = 2
INTERRUPTED = 130

#: Every command with its one line in ``schema --help``, which so needs none of their modules.
COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "lab": "Open the notebooks in JupyterLab.",
        "demo": "Make a sample database with data and drift to look at.",
        "history": "Show the revisions, and where a database stands among them.",
        "biography": "Show every revision that made, changed, renamed or dropped something.",
        "chronicle": "Show tables and columns over all revisions, and who changed what when.",
        "oddities": "Show what each revision really does, where that is not what it says.",
        "timeline": "Show what each revision did: what it made, changed, renamed and dropped.",
        "at": "Show the schema at a revision: what it and its ancestors make.",
        "between": "Show what differs between the schemas at two revisions.",
        "table": "Show all that is known of a table: in database, models and revisions.",
        "search": "Find tables, columns, comments, revisions … by any of their words.",
        "current": "Show the revision that a database is stamped with, and what is pending.",
        "diagram": "Draw the tables and their relations.",
        "compare": "Compare the schemas of two databases.",
        "drift": "Show what a database differs in from its migrations and models, and why.",
        "fleet": "Check many databases: where each stands, what drifted, which are alike.",
        "repair": "Print the SQL that undoes drift, or a revision that adopts it: proved first.",
        "diagnose": "Show what is wrong with a project or its database, and what to do.",
        "locate": "Show which revision a database looks like, whatever its stamp says.",
        "rehearse": "Run a database's pending revisions on a copy of it.",
        "scratch": "Make, list and drop scratch databases; show and clear the cache.",
    }
)


class _Commands(click.Group):
    """Finds a command in the module of its name, and turns errors into one message and exit 2."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"schema.cli.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 -- as click has it
        try:
            return super().invoke(ctx)
        except WorkbenchError as error:
            _tell(error, details=ctx.params["details"])
            _help(error)
            ctx.exit(TROUBLE)
        except (KeyboardInterrupt, click.Abort):
            click.echo("schema: interrupted", err=True)
            ctx.exit(INTERRUPTED)
        except (click.ClickException, click.exceptions.Exit, BrokenPipeError):
            raise
        except Exception as error:
            if isinstance(error, OSError) and error.errno == errno.ENOSPC:
                where = error.filename or "the output"
                click.echo(f"schema: {where} could not be written: {error.strerror}.", err=True)
            else:
                # A defect of the workbench. Python's own exit code, 1, would say: drift was found.
                traceback.print_exc()
            ctx.exit(TROUBLE)


def _tell(error: WorkbenchError, *, details: bool) -> None:
    click.echo(f"schema: {printable(error)}", err=True)
    if details:
        for title, text in error.details.items():
            click.echo(f"\n{title}:\n{printable(text)}", err=True)


def _help(error: WorkbenchError) -> None:
    """What is known at once about an error; see schema.trouble."""
    from schema.trouble import help_for

    found = help_for(error)
    for line in found.lines():
        click.echo(printable(line), err=True)
    if found.troubles:
        click.echo("  All that can be found out and tried: schema diagnose", err=True)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="schema")
@click.option(
    "--details", is_flag=True, help="With an error, also show its traceback and SQL, if any."
)
def main(details: bool) -> None:
    """See how a schema came to be, find its drift, rehearse its migrations.

    For databases whose schema is kept by Alembic. A live database is only ever read.

    \b
    Example:
      schema demo production.sqlite
      schema drift --url production.sqlite
      schema rehearse --url production.sqlite

    Exit codes: 0 nothing found, 1 something found (a difference, drift, a failed step), 2 trouble.
    """
    # Names and messages of a project may hold any character; a terminal's encoding may not.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
