"""``schema locate``: which revision a database looks like, whatever its stamp says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from schema.cli.options import (
    json_option,
    note,
    opened,
    print_json,
    progress,
    project_options,
)
from schema.wording import printable

if TYPE_CHECKING:
    from schema.locate import Location

__all__ = ["locate"]

#: So many candidates, and so many of the differences that are left over, are shown as text.
MOST_SHOWN = 10
MOST_LEFT_OVER = 40


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
        found = find_location(project, on_progress=_counted)
    progress(1, "")
    if as_json:
        print_json(found.to_dict())
    else:
        click.echo("\n".join(map(printable, _lines(found))))
        for text in found.notes:
            note(text)
    ctx.exit(0 if found.is_settled else 1)


def _lines(found: Location) -> list[str]:
    verdict = found.verdict[:1].upper() + found.verdict[1:]
    lines = [f"{'✓' if found.is_settled else '✗'} {verdict}", ""]
    lines += [_line(found, number) for number in range(min(MOST_SHOWN, len(found.ranked)))]
    if (rest := len(found.ranked) - MOST_SHOWN) > 0:
        lines.append(f"  … {rest} more, further away")
    if left := list(found.best.differences):
        lines += ["", f"Left over against {found.best.name}:"]
        lines += [f"  {item.describe()}" for item in left[:MOST_LEFT_OVER]]
        if len(left) > MOST_LEFT_OVER:
            lines.append(f"  … {len(left) - MOST_LEFT_OVER} more")
    return [*lines, "", found.advice] if found.advice else lines


def _line(found: Location, number: int) -> str:
    item = found.ranked[number]
    stamp = "  ◆ its stamp" if found.is_stamp(item) else ""
    return f"  {item.distance:>5}  {item.name}{stamp}"


def _counted(done: int, of: int, doing: str) -> None:
    progress(done / of if of else 0.0, f"{doing} ({done} of {of})")
