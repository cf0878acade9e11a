"""``schema history``: the revisions, and where a database stands among them."""

from __future__ import annotations

import os

import click

from schema.cli.options import json_option, note, opened, print_json, project_options, show

__all__ = ["history"]


@click.command()
@project_options
@json_option
@click.option("--mermaid", is_flag=True, help="Print the graph as Mermaid, to paste into a README.")
@click.pass_context
def history(
    ctx: click.Context,
    config: str | None,
    url: str | None,
    python: str | None,
    as_json: bool,
    mermaid: bool,
) -> None:
    """Show the revisions, and where a database stands among them.

    Revision files are read without running them. With --url or SCHEMA_DATABASE_URL, each revision
    is shown as applied or pending in that database. When a file cannot be read, the others are
    shown, and the exit code is 2.

    \b
    Example:
      schema history --url production.sqlite
    """
    from schema.history import read_current, read_history

    with opened(config, url, python) as project:
        revisions = read_history(project)
        named = url or os.environ.get("SCHEMA_DATABASE_URL")
        current = read_current(project) if named else None
    if mermaid:
        from schema.render.mermaid import mermaid as drawn

        click.echo(drawn(revisions))
    elif as_json:
        print_json(
            {
                "heads": list(revisions.heads),
                "bases": list(revisions.bases),
                "current": None if current is None else list(current),
                "revisions": revisions.to_list(current),
                "problems": list(revisions.problems),
            }
        )
    else:
        show(revisions, current=current)
    for problem in revisions.problems:
        note(problem)
    known = {revision.id for revision in revisions}
    if revisions.problems or not set(current or ()) <= known:
        note("what is known about it, and what to do: schema diagnose")
    ctx.exit(2 if revisions.problems else 0)
