"""``schema search``: anything of a schema by any word of it."""

from __future__ import annotations

import click

from schema.cli.biography import counted_progress
from schema.cli.options import json_option, opened, print_json, progress, project_options, show

__all__ = ["search"]


@click.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--dropped", is_flag=True, help="Also look in what revisions have dropped.")
@project_options
@json_option
@click.pass_context
def search(
    ctx: click.Context,
    words: tuple[str, ...],
    dropped: bool,
    config: str | None,
    url: str | None,
    python: str | None,
    as_json: bool,
) -> None:
    """Find tables, columns, comments, revisions … by any of their words.

    Docstrings, enum values, names of indexes and the text of views count too. Looked for is what
    has all of the WORDS, in the database, the models and the revisions; the best comes first. Where
    nothing has a word, those of a similar spelling are looked for. The exit code is 1 when nothing
    is found.

    \b
    Example:
      schema search provisioning token
      schema search --dropped artifacts
    """
    with opened(config, url, python) as project:
        if dropped:
            project.timeline(on_progress=counted_progress)
            progress(1, "")
        found = project.search(words, dropped=dropped)
    if as_json:
        print_json(found.to_dict())
    else:
        show(found)
    ctx.exit(0 if found else 1)
