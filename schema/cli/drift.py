"""``schema drift``: what a live database differs in from what it should be, and why."""

from __future__ import annotations

from datetime import date, datetime
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
    shown,
    write,
)

if TYPE_CHECKING:
    from schema.compare import Difference
    from schema.drift import Drift
    from schema.project import Project

__all__ = ["drift"]


@click.command()
@project_options
@json_option
@click.option(
    "--markdown", "as_markdown", is_flag=True, help="Print Markdown, to paste into a pull request."
)
@click.option("--html", metavar="FILE", help="Write a single HTML file; - is standard output.")
@click.option("--output", metavar="FILE", help="Write to this file instead of standard output.")
@click.option("--at", metavar="REV", help="Compare with this revision, whatever the stamp says.")
@click.option("--cosmetic", is_flag=True, help="Tell cosmetic differences too; they never count.")
@click.option(
    "--accept",
    metavar="OBJECT",
    help='Write a difference, as it is shown ("column users.role"), into drift-accepted.toml.',
)
@click.option("--reason", metavar="TEXT", help="Why it is accepted; needed with --accept.")
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), help="The last day on which that holds."
)
@click.pass_context
def drift(
    ctx: click.Context, config: str | None, url: str | None, python: str | None, as_json: bool,
    as_markdown: bool, html: str | None, output: str | None, at: str | None, cosmetic: bool,
    accept: str | None, reason: str | None, until: datetime | None,
) -> None:  # fmt: skip
    """Show what a database differs in from its migrations and models, and why.

    The migrations are replayed, and the models created, on empty scratch databases of the same
    kind; the database itself is only read. Pending revisions are no drift, nor is what is accepted
    or cosmetic. When the migrations or the models fail, the rest is compared; if that shows no
    drift, the exit code is 2.

    \b
    Example:
      schema drift --url production.sqlite
      schema drift --url production.sqlite --markdown
      schema drift --url production.sqlite --html drift.html
      schema drift -c service/alembic.ini --url postgresql://me@host/production --json
      schema drift --accept "column users.role" --reason "until the import is done"
    """
    if sum([as_json, as_markdown, html == "-"]) > 1:
        raise click.UsageError("Choose one of --json, --markdown and --html -.")
    if (accept is None) != (reason is None) or (until is not None and accept is None):
        raise click.UsageError("--accept needs a --reason; --until and --reason need --accept.")
    with opened(config, url, python) as project:
        found = _found(project, at)
        if accept is not None and reason is not None:
            _accept(project, found, accept, reason, until)
            found = _found(project, at)
    progress(1, "")
    _tell(found, as_json, as_markdown, html, output, cosmetic)
    if not found.is_complete:
        note("not all could be compared; the notes say why")
    # Drift that was found is drift; but what was not compared is never reported as clean.
    ctx.exit(1 if found.differences or found.models else 0 if found.is_complete else 2)


def _found(project: Project, at: str | None) -> Drift:
    from schema.drift import find_drift

    return find_drift(project, at=at, on_progress=_counted)


def _counted(done: int, of: int, doing: str) -> None:
    progress(done / of if of else 0.0, f"{doing} ({done} of {of})")


# -- accepting ------------------------------------------------------------------------------------


def _accept(project: Project, found: Drift, name: str, reason: str, until: datetime | None) -> None:
    from schema.accepted import append
    from schema.errors import WorkbenchError

    if until is not None and until.date() < date.today():
        raise WorkbenchError(f"{until.date()} is past, so nothing was accepted. Name a later day.")
    chosen = _named([*found.differences, *found.models], name)
    path = append(project, chosen, reason, until.date() if until else None)
    note(f"{chosen.kind} {chosen.label} is accepted: see {path}")


def _named(differences: list[Difference], name: str) -> Difference:
    """The one difference of this name, with its kind or without. Raises WorkbenchError."""
    from schema.errors import WorkbenchError

    called = {f"{item.kind} {item.label}": item for item in differences}
    wanted = [key for key, item in called.items() if name in (key, item.label)]
    if len(wanted) == 1:
        return called[wanted[0]]
    if wanted:
        raise WorkbenchError(f"{name} could be {' or '.join(wanted)}. Say which.")
    there = "; ".join(list(called)[:5]) or "there is no drift"
    raise WorkbenchError(f"No difference is called {name!r}, so nothing was accepted: {there}.")


# -- telling --------------------------------------------------------------------------------------


def _tell(
    found: Drift, as_json: bool, as_markdown: bool, html: str | None, output: str | None,
    cosmetic: bool,
) -> None:  # fmt: skip
    """Write what was asked for: the page to its file, and one of the texts to where it goes."""
    from schema import report

    if html is not None:
        write(_page(found), None if html == "-" else Path(html))
    if as_json:
        said = json_text(found.to_dict())
    elif as_markdown:
        said = report.markdown(found, cosmetic=cosmetic)
    elif html is not None:
        return
    else:
        said = shown(found, cosmetic=cosmetic, is_file=output is not None)
    write(said, None if output in (None, "-") else Path(output or ""))


def _page(found: Drift) -> str:
    from schema.render import drift_page

    return drift_page(found)
