"""``schema demo``: a sample database with data and drift to look at."""

from __future__ import annotations

import shlex

import click

from schema.cli.options import json_option, print_json, progress

__all__ = ["demo"]


@click.command()
@click.argument("target", default="production.sqlite", metavar="[PATH|URL]")
@click.option("--requests", default=20_000, show_default=True, help="Rows of guest_requests.")
@click.option("--events", default=300_000, show_default=True, help="Rows of events.")
@click.option("--seed", default=0, show_default=True, help="The same seed makes the same values.")
@click.option("--replace", is_flag=True, help="Replace a database that is there already.")
@click.option("--fleet", is_flag=True, help="Make a folder of 24 small databases.")
@json_option
def demo(
    target: str, requests: int, events: int, seed: int, replace: bool, fleet: bool, as_json: bool
) -> None:
    """Make a sample database with data and drift to look at.

    It is a new SQLite file (production.sqlite, when no other is named), or a new PostgreSQL or
    MariaDB database by URL. It stands some revisions behind, and was changed by hand in eight ways.

    \b
    Example:
      schema demo
      schema demo postgresql://me@localhost/production --requests 2000 --events 30000
      schema demo tenants --fleet
    """
    if fleet:
        _fleet("tenants" if target == "production.sqlite" else target, as_json)
        return
    from schema.database import show_url
    from schema.demo import make_demo

    made = make_demo(
        target, requests=requests, events=events, seed=seed, replace=replace, progress=progress
    )
    progress(1, "")
    if as_json:
        found = {"url": show_url(made.url), "revision": made.revision, "drift": list(made.drift)}
        print_json(found)
        return
    click.echo(f"Made {show_url(made.url)} at revision {made.revision}, changed by hand:")
    for change in made.drift:
        click.echo(f"  {change}")
    shown = show_url(made.url) if "://" in target else target
    click.echo(f"Look at it with: schema drift --url {shlex.quote(shown)}")


def _fleet(folder: str, as_json: bool) -> None:
    from schema.demo.fleet import make_fleet

    made = make_fleet(folder)
    if as_json:
        print_json({"files": [str(path) for path in made]})
        return
    click.echo(f"Made {len(made)} databases in {folder}: most agree, some are behind or drifted.")
    click.echo(f'Look at them with: schema fleet --files "{folder}/*.sqlite"')
