"""``schema diagnose``: what is wrong with a project or its database, and what to do."""

from __future__ import annotations

from contextlib import ExitStack

import click

from schema.cli.options import (
    counted_progress,
    database,
    json_option,
    opened,
    print_json,
    progress,
    project_options,
    show,
    terminated_as_interrupted,
)
from schema.errors import ConfigError, UrlError

__all__ = ["diagnose"]


@click.command()
@project_options
@json_option
@click.pass_context
def diagnose(
    ctx: click.Context, config: str | None, url: str | None, python: str | None, as_json: bool
) -> None:
    """Show what is wrong with a project or its database, and what to do.

    For when Alembic, or a command here, cannot go on: a revision that cannot be located, two heads,
    a stamp that is missing or not true, a step that was done in part, a file that cannot be read, a
    module that is not there, a config or a database that cannot be opened. Each is told with what
    Git and the database say about it. What is advised was tried on copies and scratch databases;
    the project and its database are only read. The exit code is 1 when something is wrong.

    \b
    Example:
      schema diagnose --url production.sqlite
    """
    from schema.trouble import diagnose_project, not_opened

    if url is not None:
        database(url)  # a path that leads nowhere is an error of the command itself
    with terminated_as_interrupted(), ExitStack() as stack:
        try:
            project = stack.enter_context(opened(config, url, python))
        except (ConfigError, UrlError) as error:
            found = not_opened(error, config)
        else:
            found = diagnose_project(project, on_progress=counted_progress)
    progress(1, "")
    if as_json:
        print_json(found.to_dict())
    else:
        show(found)
    ctx.exit(1 if found else 0)
