"""``schema current``: the revision that a database is stamped with, and what is pending."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from schema.cli.options import current_of, json_option, opened, print_json, project_options
from schema.wording import printable

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

    from schema.history import History, Revision

__all__ = ["current"]


@click.command()
@project_options
@json_option
def current(config: str | None, url: str | None, python: str | None, as_json: bool) -> None:
    """Show the revision that a database is stamped with, and what is pending.

    \b
    Example:
      schema current --url production.sqlite
    """
    from schema.history import read_history

    with opened(config, url, python) as project:
        found = _found(project.database_url(), read_history(project), current_of(project))
    if as_json:
        print_json(found)
    else:
        click.echo(_text(found))


def _found(url: URL, history: History, stamp: tuple[str, ...]) -> dict[str, Any]:
    from schema.database import show_url

    # Each head's path raises for a stamp that no revision file bears.
    paths = [history.upgrade_path(stamp, head) for head in history.heads]
    pending = {revision.id: revision for path in paths for revision in path}
    return {
        "url": show_url(url),
        "current": [_brief(history.get(identifier)) for identifier in stamp],
        "heads": list(history.heads),
        "pending": [_brief(revision) for revision in pending.values()],
    }


def _brief(revision: Revision) -> dict[str, Any]:
    return {
        "revision": revision.id,
        "message": revision.message,
        "flags": list(revision.flags),
    }


def _text(found: dict[str, Any]) -> str:
    lines = [f"{found['url']} is at:"]
    lines += [_line(item) for item in found["current"]]
    if found["pending"]:
        lines += [f"Pending ({len(found['pending'])}), in order:"]
        lines += [_line(item) for item in found["pending"]]
    else:
        lines += ["Nothing is pending."]
    return "\n".join(lines)


def _line(item: dict[str, Any]) -> str:
    flags = f" ({', '.join(item['flags'])})" if item["flags"] else ""
    return f"  {item['revision']}  {printable(item['message'])}{flags}"
