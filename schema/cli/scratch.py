"""``schema scratch``: the scratch databases, and the cache of what was learned on them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from schema.cli.choices import copy_options
from schema.cli.options import (
    database,
    json_option,
    note,
    print_json,
    progress,
    terminated_as_interrupted,
)
from schema.wording import counted, printable

if TYPE_CHECKING:
    from schema.scratch import Choice, ScratchDatabase

__all__ = ["scratch"]

_server = click.option(
    "--url",
    metavar="URL",
    help="Also look on the PostgreSQL or MariaDB server of this database. "
    "Files, and the workbench's own server, are always looked at.",
)


@click.group()
def scratch() -> None:
    """Make, list and drop scratch databases; show and clear the cache.

    They are the databases that the workbench made: copies to rehearse on, and empty ones to replay
    on. Each bears a mark inside; nothing else is ever listed or dropped. What was learned on them,
    such as the catalog at each revision, is kept in a cache, so that it need not be done again.

    \b
    Example:
      schema scratch list
      schema scratch clean --older-than 24
      schema scratch cache --clear
    """


@scratch.command("list")
@_server
@json_option
def list_(url: str | None, as_json: bool) -> None:
    """List the scratch databases, oldest first.

    \b
    Example:
      schema scratch list --json
    """
    found = _find(url)
    if as_json:
        print_json({"scratch": [_facts(each) for each in found]})
    elif not found:
        click.echo("There are no scratch databases.")
    else:
        for each in found:
            click.echo(_line(each))
    if not as_json:
        _note_cache()


@scratch.command("copy")
@click.option("--url", required=True, metavar="URL", help="The database, or a SQLite file.")
@copy_options
@click.option("--name", metavar="NAME", help="What to call it; by default a name is made up.")
@click.option(
    "--server",
    metavar="URL",
    help="The PostgreSQL server to copy to; by default the database's own, "
    "or the workbench's when that allows none.",
)
@click.option("--estimate", is_flag=True, help="Only tell what it would take, and copy nothing.")
@json_option
@click.pass_context
def copy_(
    ctx: click.Context,
    url: str,
    choice: Choice,
    name: str | None,
    server: str | None,
    estimate: bool,
    as_json: bool,
) -> None:
    """Copy a database, or a choice of its rows; it is only read.

    The copy is scratch: it may be migrated, and is there until it is dropped. With --estimate, the
    exit code is 1 when something speaks against the copy, such as a disk that is too full.

    \b
    Example:
      schema scratch copy --url production.sqlite --estimate
      schema scratch copy --url postgresql://me@host/production --sample 5% --mask "*.email=hash"
    """
    from schema import scratch as scratches

    source = database(url)
    where = None if server is None else database(server)
    if estimate:
        found = scratches.estimate(source, choice, where)
        if as_json:
            print_json(found.to_dict())
        else:
            click.echo(printable(repr(found)))
        ctx.exit(1 if found.problem else 0)
    with terminated_as_interrupted():
        made = scratches.copy(source, name=name, choice=choice, server=where, progress=progress)
    progress(1, "")
    if as_json:
        print_json(_facts(made) | {"choice": choice.to_dict()})
    else:
        click.echo(_line(made))


@scratch.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@_server
@json_option
def drop(names: tuple[str, ...], url: str | None, as_json: bool) -> None:
    """Drop scratch databases by name, or by URL.

    \b
    Example:
      schema scratch drop scratch_production_20260102T030405_a1b2c3
    """
    from schema.errors import ScratchError

    known = {each.name: each for each in _find(url)}
    chosen = [known[name] if name in known else _by_url(name) for name in names]
    missing = [name for name, each in zip(names, chosen, strict=True) if each is None]
    if missing:
        raise ScratchError(
            f"There is no scratch database {', '.join(missing)}; nothing was dropped. "
            "See: schema scratch list"
        )
    _drop((each for each in chosen if each is not None), as_json)


@scratch.command()
@click.option(
    "--older-than", type=click.FloatRange(min=0), metavar="HOURS", help="Keep those made since."
)
@_server
@json_option
def clean(older_than: float | None, url: str | None, as_json: bool) -> None:
    """Drop all scratch databases, also those that an open notebook rehearses on.

    \b
    Example:
      schema scratch clean --older-than 24
    """
    latest = datetime.now(UTC) - timedelta(hours=older_than or 0)
    _drop((each for each in _find(url) if older_than is None or each.created < latest), as_json)


@scratch.command("cache")
@click.option("--clear", is_flag=True, help="Remove all of it. What is needed is learned again.")
@json_option
def cache_(clear: bool, as_json: bool) -> None:
    """Show how much is in the cache, or clear it.

    It holds the catalogs learned by replaying revisions and creating models, what env.py told, and
    some of the databases that revisions were run on, so that the next revision can be run on a copy
    of one. All of it stands under keys of its content: an edited file is never answered from it.
    The least recently used goes first; it never grows without bound.

    \b
    Example:
      schema scratch cache
      schema scratch cache --clear
    """
    from schema import cache, folders
    from schema.scratch import all_kept, embedded

    files, taken = cache.size()
    databases = all_kept() if embedded.was_started() else []
    used = sum(each.size() for each in databases)
    facts: dict[str, Any] = {"folder": str(folders.replay_folder()), "files": files, "size": taken}
    facts |= {"databases": len(databases), "databases_size": used}
    if clear:
        facts["removed"] = cache.clear()
        for each in databases:
            each.drop()
    if as_json:
        print_json(facts)
        return
    kept = f" and {counted(len(databases), 'database')}" if databases else ""
    if clear:
        click.echo(f"Removed {counted(facts['removed'], 'file')}{kept}")
    else:
        where = f"  {_megabytes(used)} on the embedded PostgreSQL" if databases else ""
        told = f"{counted(files, 'file')}{kept}  {_megabytes(taken)}{where}"
        click.echo(f"{facts['folder']}  {told}")


def _note_cache() -> None:
    from schema import cache

    files, taken = cache.size()
    if files:
        note(f"the cache takes {_megabytes(taken)} more; see: schema scratch cache")


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB"


def _find(url: str | None) -> list[ScratchDatabase]:
    from schema.scratch import find

    found = find(server=None if url is None else database(url))
    return sorted(found, key=lambda each: (each.created, each.name))


def _by_url(name: str) -> ScratchDatabase | None:
    """The scratch database of a URL; None for a name. Raises NotScratchError for another's URL."""
    from schema.scratch import open as open_scratch

    return open_scratch(name) if "://" in name else None


def _drop(chosen: Iterable[ScratchDatabase], as_json: bool) -> None:
    dropped = []
    for each in chosen:
        each.drop()
        dropped.append(each.name)
        if not as_json:
            click.echo(f"Dropped {each.name}")
    if as_json:
        print_json({"dropped": dropped})
    elif not dropped:
        note("nothing to drop")


def _facts(each: ScratchDatabase) -> dict[str, Any]:
    from schema.database import show_url

    return {
        "name": each.name,
        "kind": each.kind,
        "url": show_url(each.url),
        "source": each.source,
        "created": each.created.isoformat(),
        "size": each.size(),
        "complete": each.complete,
        "checkpoint_of": each.checkpoint_of or None,
        "keeps": each.keeps or None,
    }


def _line(each: ScratchDatabase) -> str:
    origin = f"copy of {each.source}" if each.source else "made empty"
    if each.checkpoint_of:
        origin = f"checkpoint of {each.checkpoint_of}"
    if each.keeps:
        origin = "kept, so that revisions need not be run again"
    state = origin if each.complete else "half-made, by a process that was killed"
    size = _megabytes(each.size())
    return f"{each.name}  {each.kind}  {size}  {each.created:%Y-%m-%d %H:%M} UTC  {state}"
