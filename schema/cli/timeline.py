"""``schema timeline``: what each revision did to the schema."""

from __future__ import annotations

import click

from schema.cli.options import (
    counted_progress,
    database,
    dialect_option,
    json_option,
    opened,
    print_json,
    progress,
    project_options,
    show,
    terminated_as_interrupted,
)

__all__ = ["timeline"]


@click.command()
@project_options
@dialect_option
@click.option(
    "--server", metavar="URL",
    help="The server to make scratch databases on; by default the workbench's own. For revisions "
    "that need an extension which that one has not.",
)  # fmt: skip
@json_option
@click.pass_context
def timeline(
    ctx: click.Context,
    config: str | None,
    url: str | None,
    python: str | None,
    dialect: str | None,
    server: str | None,
    as_json: bool,
) -> None:
    """Show what each revision did: what it made, changed, renamed and dropped.

    The revisions are run one by one on a scratch database, and the schema is read after each. What
    was run before and is unchanged is not run again. A revision that cannot be run there is marked,
    and the others are run without it; the exit code is 1 then. No live database is opened.

    \b
    Example:
      schema timeline
      schema timeline --dialect postgresql --json
    """
    with opened(config, url, python) as project, terminated_as_interrupted():
        found = project.timeline(
            dialect=dialect,
            server=None if server is None else database(server),
            on_progress=counted_progress,
        )
    progress(1, "")
    if as_json:
        print_json(found.to_dict())
    else:
        show(found)
    ctx.exit(1 if found.failed else 0)
