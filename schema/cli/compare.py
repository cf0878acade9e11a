"""``schema compare``: the schemas of two databases, object by object."""

from __future__ import annotations

import click

from schema.cli.options import database, json_option, note, print_json, show

__all__ = ["compare"]


@click.command()
@click.argument("left", metavar="A")
@click.argument("right", metavar="B")
@json_option
@click.pass_context
def compare(ctx: click.Context, left: str, right: str, as_json: bool) -> None:
    """Compare the schemas of two databases.

    A is what is expected, B what is looked at: "added" is what only B has. Each is a URL, or the
    path of a SQLite file; both must be of one kind. Both are only read.

    \b
    Example:
      schema compare before.sqlite after.sqlite
      schema compare postgresql://me@host/staging postgresql://me@host/production --json
    """
    from schema.catalog import read_catalog
    from schema.compare import compare as compare_catalogs
    from schema.database import show_url

    urls = database(left), database(right)
    catalogs = [read_catalog(url) for url in urls]
    differences = compare_catalogs(*catalogs)
    unseen = sorted({what for catalog in catalogs for what in catalog.not_compared})
    if as_json:
        print_json(
            {
                "left": show_url(urls[0]),
                "right": show_url(urls[1]),
                "dialect": catalogs[0].dialect,
                "differences": differences.to_list(),
                "not_compared": unseen,
            }
        )
    else:
        show(differences)
        for what in unseen:
            note(f"not compared: {what}")
    ctx.exit(1 if differences else 0)
