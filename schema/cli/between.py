"""``schema between``: what differs between the schemas at two revisions."""

from __future__ import annotations

import click

from schema.cli.options import (
    counted_progress,
    dialect_option,
    json_option,
    note,
    opened,
    print_json,
    progress,
    project_options,
    show,
    terminated_as_interrupted,
)

__all__ = ["between"]


@click.command()
@click.argument("left", metavar="A")
@click.argument("right", metavar="B")
@project_options
@dialect_option
@json_option
@click.pass_context
def between(
    ctx: click.Context,
    left: str,
    right: str,
    config: str | None,
    url: str | None,
    python: str | None,
    dialect: str | None,
    as_json: bool,
) -> None:
    """Show what differs between the schemas at two revisions.

    Each is an id, the beginning of one, a branch label, base, head or heads. "Added" is what only B
    has. The exit code is 0 when nothing differs, else 1. No live database is opened.

    \b
    Example:
      schema between a3c173dfd6f5 head
      schema between base 487f52cc5aef --json
    """
    with opened(config, url, python) as project, terminated_as_interrupted():
        timeline = project.timeline(dialect=dialect, on_progress=counted_progress)
        found = timeline.between(left, right)
        missing = [*timeline.lacking(left), *timeline.lacking(right)]
    progress(1, "")
    if as_json:
        print_json(
            {
                "left": left,
                "right": right,
                "dialect": timeline.dialect,
                "differences": found.to_list(),
                "lacking": sorted(set(missing)),
            }
        )
    else:
        show(found)
    for name in sorted(set(missing)):
        note(f"{name} could not be run, and what it makes is not there: schema timeline")
    ctx.exit(1 if found else 0)
