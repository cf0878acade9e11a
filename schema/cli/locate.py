"""``schema locate``: which revision a database looks like, whatever its stamp says."""

from __future__ import annotations

import click

from schema.cli.options import (
    counted_progress,
    json_option,
    opened,
    print_json,
    progress,
    project_options,
    show,
)

__all__ = ["locate"]


@click.command()
@project_options
@json_option
@click.pass_context
def locate(
    ctx: click.Context, config: str | None, url: str | None, python: str | None, as_json: bool
) -> None:
    """Show which revision a database looks like, whatever its stamp says.

    For a database that bears no stamp, a wrong one, or one that no revision file bears. The
    revisions are replayed on scratch databases; the database itself is only read, never stamped.
    The exit code is 0 when its schema is exactly that of its stamp, or, without a stamp, of one
    revision; otherwise 1.

    \b
    Example:
      schema locate --url production.sqlite
    """
    from schema.locate import locate as find_location

    with opened(config, url, python) as project:
        found = find_location(project, on_progress=counted_progress)
    progress(1, "")
    if as_json:
        print_json(found.to_dict())
    else:
        show(found)
    ctx.exit(0 if found.is_settled else 1)
