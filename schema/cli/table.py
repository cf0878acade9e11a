"""``schema table``: all that is known of one table; or what of all of them is not documented."""

from __future__ import annotations

import click

from schema.cli.biography import counted_progress
from schema.cli.options import (
    json_option,
    note,
    opened,
    print_json,
    progress,
    project_options,
    show,
)

__all__ = ["table"]


@click.command()
@click.argument("name", required=False)
@click.option("--undocumented", is_flag=True, help="Show what of all tables is not documented.")
@click.option("--count", is_flag=True, help="Read all rows: count them, NULLs, different values.")
@click.option("--sample", type=click.IntRange(0, 100), default=5, show_default=True,
              metavar="N", help="Show so many rows.")  # fmt: skip
@click.option("--unmasked", is_flag=True, help="Show the rows' real values.")
@click.option("--no-biography", is_flag=True, help="Do not replay the revisions for its biography.")
@project_options
@json_option
@click.pass_context
def table(
    ctx: click.Context,
    name: str | None,
    undocumented: bool,
    count: bool,
    sample: int,
    unmasked: bool,
    no_biography: bool,
    config: str | None,
    url: str | None,
    python: str | None,
    as_json: bool,
) -> None:
    """Show all that is known of a table: in database, models and revisions.

    NAME is the table's, or that of its class. Shown are what it is for, its columns with their
    attributes, relationships beside foreign keys, and where models and database disagree; indexes
    and what they serve; how many rows, by the database's own statistics: nothing is read but a few
    rows, whose values are masked. Without a database, all is told by revisions and models alone.

    With --undocumented, the exit code is 1 when something is not documented.

    \b
    Example:
      schema table guest_requests --url production.sqlite
      schema table GuestRequest --sample 0
      schema table --undocumented
    """
    if (name is None) is not undocumented:
        raise click.UsageError("Give a NAME, or --undocumented.")
    if name is None:
        ctx.exit(_undocumented(config, url, python, as_json=as_json))
    with opened(config, url, python) as project:
        found = project.table(
            name,
            count=count,
            sample=sample,
            masked=not unmasked,
            biography=not no_biography,
            on_progress=counted_progress,
        )
    progress(1, "")
    if unmasked and found.sample is not None and found.sample.rows:
        note("the rows shown are real.")
    if as_json:
        print_json(found.to_dict())
    else:
        show(found)


def _undocumented(config: str | None, url: str | None, python: str | None, *, as_json: bool) -> int:
    with opened(config, url, python) as project:
        found = project.documentation()
    if as_json:
        print_json(found.to_dict())
    else:
        show(found)
    return 1 if found.missing else 0
