"""``schema biography``: every revision that made, changed, renamed or dropped something."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from schema.cli.options import json_option, opened, print_json, progress, project_options, show

if TYPE_CHECKING:
    from schema.biography import Biography, Dropped
    from schema.timeline import Timeline

__all__ = ["biography", "counted_progress", "dialect_option"]

dialect_option = click.option(
    "--dialect",
    type=click.Choice(["sqlite", "postgresql"]),
    help="The kind of database to replay the revisions on. By default, the project's own.",
)


@click.command()
@click.argument("name", required=False)
@click.option("--kind", metavar="KIND", help="What NAME is: table, column, index, constraint, …")
@click.option("--dropped", is_flag=True, help="Show everything that is no more instead.")
@dialect_option
@project_options
@json_option
def biography(
    name: str | None,
    kind: str | None,
    dropped: bool,
    dialect: str | None,
    config: str | None,
    url: str | None,
    python: str | None,
    as_json: bool,
) -> None:
    """Show every revision that made, changed, renamed or dropped something.

    Each with the line of its file that did it. NAME is a table, a column, an index, a constraint,
    a view, a type …; a name that was given up leads to the same life as the one that it has now.
    The revisions are replayed on a scratch database, once; no database is read.

    \b
    Example:
      schema biography guest_requests.user_data
      schema biography "index ix_users_name"
      schema biography --dropped
    """
    if (name is None) is not dropped:
        raise click.UsageError("Give a NAME, or --dropped.")
    with opened(config, url, python) as project:
        timeline = project.timeline(dialect=dialect, on_progress=counted_progress)
        progress(1, "")
        found = _asked(timeline, name, kind)
    if as_json:
        print_json(found.to_dict())
    else:
        show(found)


def _asked(timeline: Timeline, name: str | None, kind: str | None) -> Biography | Dropped:
    from schema.biography import biography_of, dropped_of

    return dropped_of(timeline) if name is None else biography_of(timeline, name, kind=kind)


def counted_progress(done: int, of: int, doing: str) -> None:
    """Progress of a replay, in numbers."""
    progress(done / of if of else 0.0, f"{doing} ({done} of {of})")
