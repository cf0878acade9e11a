"""``schema repair``: the file that repairs drift, proved on a scratch database."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

import click

from schema.cli.options import (
    json_option,
    json_text,
    note,
    opened,
    progress,
    project_options,
    write,
)

if TYPE_CHECKING:
    from schema.compare import Difference
    from schema.drift import Drift
    from schema.repair import Repair

__all__ = ["repair"]


@click.command()
@project_options
@json_option
@click.option(
    "--adopt", is_flag=True, help="Write a revision that contains the differences, instead of SQL."
)
@click.option(
    "--object",
    "patterns",
    metavar="PATTERN",
    multiple=True,
    help='Only what is so called, as drift shows it: "column users.*", "public.users". Repeatable.',
)
@click.option("--output", metavar="FILE", help="Write to this file, which must not exist yet.")
@click.pass_context
def repair(
    ctx: click.Context, config: str | None, url: str | None, python: str | None, as_json: bool,
    adopt: bool, patterns: tuple[str, ...], output: str | None,
) -> None:  # fmt: skip
    """Print the SQL that undoes drift, or a revision that adopts it: proved first.

    The statements are run on a scratch database that has the live one's schema, which is then read
    again: the verdict on standard error says what came out. The database itself is only read. Take
    the file, read it, and run it yourself.

    \b
    Example:
      schema repair --url production.sqlite --output repair.sql
      schema repair --url production.sqlite --object "index guest_requests.*"
      schema repair --url production.sqlite --adopt --output alembic/versions/adopt_drift.py

    Exit codes: 0 proved (or nothing to repair), 1 not proved, 2 trouble.
    """
    from schema.drift import find_drift
    from schema.repair import propose

    with opened(config, url, python) as project:
        drift = find_drift(project, on_progress=_counted)
        chosen = _chosen(drift, patterns, adopt=adopt)
        direction = "adopt" if adopt else "live"
        found = propose(project, drift, chosen, direction=direction, on_progress=_counted)
    progress(1, "")
    _tell(found, as_json, output)
    ctx.exit(0 if found.is_proved else 1)


def _chosen(drift: Drift, patterns: Sequence[str], *, adopt: bool) -> list[Difference]:
    """The differences to repair. Raises WorkbenchError for a pattern that fits none."""
    from schema.errors import WorkbenchError

    everything = [*drift.differences, *(drift.models if adopt else ())]
    for pattern in patterns:
        if not any(_is_meant(item, pattern) for item in everything):
            names = "; ".join(f"{item.kind} {item.label}" for item in everything[:5])
            raise WorkbenchError(
                f"No difference is called {pattern!r}: {names or 'there is no drift'}."
            )
    if not patterns:
        return everything
    return [item for item in everything if any(_is_meant(item, each) for each in patterns)]


def _is_meant(item: Difference, pattern: str) -> bool:
    names = (f"{item.kind} {item.label}", item.label)
    return any(name == pattern or fnmatchcase(name, pattern) for name in names)


def _tell(found: Repair, as_json: bool, output: str | None) -> None:
    """The file's text to where it goes, and the verdict beside it."""
    if output is not None and output != "-":
        note(f"written: {found.save(Path(output))}")
        if as_json:
            write(json_text(found.to_dict()), None)
    else:
        write(json_text(found.to_dict()) if as_json else found.text, None)
    note(found.verdict)
    for difference, reason in found.not_expressed:
        note(f"not in it: {difference.kind} {difference.label}: {reason}")


def _counted(done: int, of: int, doing: str) -> None:
    progress(done / of if of else 0.0, f"{doing} ({done} of {of})")
