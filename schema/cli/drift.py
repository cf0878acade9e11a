"""``schema drift``: what a live database differs in from what it should be, and why."""

from __future__ import annotations

import click

from schema.cli.options import (
    json_option,
    note,
    opened,
    print_json,
    progress,
    project_options,
    show,
)

__all__ = ["drift"]


@click.command()
@project_options
@json_option
@click.pass_context
def drift(
    ctx: click.Context, config: str | None, url: str | None, python: str | None, as_json: bool
) -> None:
    """Show what a database differs in from its migrations and models, and why.

    The migrations are replayed, and the models created, on empty scratch databases of the same
    kind; the database itself is only read. Pending revisions are no drift. When the migrations or
    the models fail, the rest is compared; if that shows no drift, the exit code is 2.

    \b
    Example:
      schema drift --url production.sqlite
      schema drift -c service/alembic.ini --url postgresql://me@host/production --json
    """
    from schema.drift import find_drift

    with opened(config, url, python) as project:
        found = find_drift(project, on_progress=_counted)
    progress(1, "")
    if as_json:
        print_json(found.to_dict())
    else:
        show(found)
    if not found.is_complete:
        note("not all could be compared; the notes say why")
    # Drift that was found is drift; but what was not compared is never reported as clean.
    ctx.exit(1 if found.differences or found.models else 0 if found.is_complete else 2)


def _counted(done: int, of: int, doing: str) -> None:
    progress(done / of if of else 0.0, f"{doing} ({done} of {of})")
