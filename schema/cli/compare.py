"""``schema compare``: the schemas of two databases, object by object."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from schema.cli.options import database, json_option, note, print_json, show
from schema.wording import counted

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

    from schema.catalog import Catalog
    from schema.compare import Differences

__all__ = ["compare"]


@click.command()
@click.argument("left", metavar="A")
@click.argument("right", metavar="B")
@click.option(
    "--cosmetic",
    is_flag=True,
    help="Also show what changes no statement's meaning: the order of columns, names that the "
    "server made up, serial against identity, how a server of another version writes it.",
)
@json_option
@click.pass_context
def compare(ctx: click.Context, left: str, right: str, cosmetic: bool, as_json: bool) -> None:
    """Compare the schemas of two databases.

    A is what is expected, B what is looked at: "added" is what only B has. Each is a URL, or the
    path of a SQLite file; both must be of one kind. Both are only read. What was renamed is told
    with the evidence and how sure it is (0 to 1).

    \b
    Example:
      schema compare before.sqlite after.sqlite
      schema compare postgresql://me@host/staging postgresql://me@host/production --json
    """
    from schema.catalog import read_catalog
    from schema.database import show_url

    urls = database(left), database(right)
    catalogs = read_catalog(urls[0]), read_catalog(urls[1])
    every = _differences(urls, catalogs)
    real = every.where(lambda item: not item.is_cosmetic)
    unseen = sorted({what for catalog in catalogs for what in catalog.not_compared})
    shown = every if cosmetic else real
    if as_json:
        print_json(
            {
                "left": show_url(urls[0]),
                "right": show_url(urls[1]),
                "dialect": catalogs[0].dialect,
                "differences": shown.to_list(),
                "not_compared": unseen,
            }
        )
    else:
        show(shown)
        for what in unseen:
            note(f"not compared: {what}")
        if len(shown) < len(every):
            note(f"{counted(len(every) - len(shown), 'cosmetic difference')} left out: --cosmetic")
    ctx.exit(1 if real else 0)


def _differences(urls: tuple[URL, URL], catalogs: tuple[Catalog, Catalog]) -> Differences:
    """All differences; where columns came and went, the data's statistics help to tell renames."""
    from schema.catalog.statistics import read_statistics
    from schema.compare import compare as compare_catalogs

    found = compare_catalogs(*catalogs, cosmetic=True)
    columns = {item.change for item in found if item.kind == "column"}
    if catalogs[0].dialect != "postgresql" or not columns >= {"added", "removed"}:
        return found
    statistics = read_statistics(urls[0]), read_statistics(urls[1])
    return compare_catalogs(*catalogs, cosmetic=True, statistics=statistics)
