"""``schema at``: the schema as it is at a revision."""

from __future__ import annotations

from typing import Any

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

__all__ = ["at"]


@click.command()
@click.argument("revision", metavar="REV")
@click.option("--ddl", is_flag=True, help="Print SQL that makes an empty database be like this.")
@project_options
@dialect_option
@json_option
def at(
    revision: str,
    ddl: bool,
    config: str | None,
    url: str | None,
    python: str | None,
    dialect: str | None,
    as_json: bool,
) -> None:
    """Show the schema at a revision: what it and its ancestors make.

    REV is an id, the beginning of one, a branch label, base, head, or heads for all of them
    together. The schema is read from a scratch database; no live database is opened.

    \b
    Example:
      schema at 487f52cc5aef
      schema at head --ddl --dialect postgresql
    """
    with opened(config, url, python) as project, terminated_as_interrupted():
        timeline = project.timeline(dialect=dialect, on_progress=counted_progress)
        catalog, missing = timeline.at(revision), timeline.lacking(revision)
    progress(1, "")
    statements: list[str] = []
    if ddl:
        from schema.ddl import create

        statements = create(catalog)
    if as_json:
        found: dict[str, Any] = {"revision": revision, **catalog.to_dict()}
        found["lacking"] = list(missing)
        print_json(found | ({"ddl": statements} if ddl else {}))
    elif ddl:
        click.echo("".join(f"{each.rstrip().rstrip(';')};\n\n" for each in statements), nl=False)
    else:
        show(catalog)
    if missing:
        note(f"{', '.join(missing)} could not be run, and what it makes is not there: "
             "schema timeline")  # fmt: skip
