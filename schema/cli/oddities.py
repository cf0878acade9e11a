"""``schema oddities``: what each revision really does, where that is not what it says."""

from __future__ import annotations

import click

from schema.cli.biography import counted_progress, dialect_option
from schema.cli.options import json_option, opened, print_json, progress, project_options, show

__all__ = ["oddities"]


@click.command()
@dialect_option
@click.option("--one-dialect", is_flag=True, help="Don't replay on the other kind of database.")
@project_options
@json_option
@click.pass_context
def oddities(
    ctx: click.Context,
    dialect: str | None,
    one_dialect: bool,
    config: str | None,
    url: str | None,
    python: str | None,
    as_json: bool,
) -> None:
    """Show what each revision really does, where that is not what it says.

    Each is applied, undone and applied again on scratch databases, with the clock that its code
    reads put forward by 400 days, and on SQLite and PostgreSQL where both are there. No database
    is read. The exit code is 1 when something is odd and not declared in the revision's file by
    "# schema: ignore irreversible-downgrade: REASON".

    \b
    Example:
      schema oddities
      schema oddities --one-dialect --json
    """
    from schema.oddities import oddities_of

    with opened(config, url, python) as project:
        timeline = project.timeline(dialect=dialect, on_progress=counted_progress)
        found = oddities_of(project, timeline, both=not one_dialect, on_progress=counted_progress)
    progress(1, "")
    if as_json:
        print_json(found.to_dict())
    else:
        show(found)
    ctx.exit(1 if found.undeclared else 0)
