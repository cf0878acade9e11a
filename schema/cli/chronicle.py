"""``schema chronicle``: tables and columns over all revisions, and who changed what when."""

from __future__ import annotations

from pathlib import Path

import click

from schema.cli.biography import counted_progress, dialect_option
from schema.cli.options import (
    json_option,
    opened,
    print_json,
    progress,
    project_options,
    show,
    write,
)

__all__ = ["chronicle"]


@click.command()
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the whole chronicle with its picture as one HTML file that needs no network.",
)
@dialect_option
@project_options
@json_option
def chronicle(
    html: Path | None,
    dialect: str | None,
    config: str | None,
    url: str | None,
    python: str | None,
    as_json: bool,
) -> None:
    """Show tables and columns over all revisions, and who changed what when.

    What was born, changed and died at which revision, the busiest tables, and a calendar by
    author, month and table. The revisions are replayed on a scratch database, once; no database is
    read.

    \b
    Example:
      schema chronicle
      schema chronicle --html chronicle.html
    """
    from schema.biography import chronicle_of

    with opened(config, url, python) as project:
        timeline = project.timeline(dialect=dialect, on_progress=counted_progress)
        progress(1, "")
        found = chronicle_of(timeline)
    if html is not None:
        from schema.render.chronicle import chronicle_page

        write(chronicle_page(found), html)
    if as_json:
        print_json(found.to_dict())
    elif html is None:
        show(found)
