"""``schema fleet``: many databases of one project, where each stands and which are alike."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from schema.cli.options import (
    Seconds,
    database,
    json_option,
    json_text,
    note,
    opened,
    progress,
    project_options,
    shown,
    terminated_as_interrupted,
    write,
)

if TYPE_CHECKING:
    from schema.fleet import Database, Fleet, FleetCheck, Member

__all__ = ["fleet"]


@click.command()
@click.argument("databases", nargs=-1, metavar="[DATABASE]...")
@project_options
@click.option(
    "--list",
    "lists",
    multiple=True,
    metavar="FILE",
    help="A file with one URL a line, and a name before it where you like; also CSV with a column "
    "url, or JSON. - is standard input.",
)
@click.option(
    "--files", multiple=True, metavar="GLOB", help='SQLite files, such as "tenants/**/*.db".'
)
@click.option("--query", metavar="SQL", help="A query on --on that gives URLs (a column url).")
@click.option(
    "--databases",
    "like_databases",
    metavar="PATTERN",
    help="The databases of the server of --on that are LIKE this: 'tenant_%'.",
)
@click.option(
    "--schemas",
    "like_schemas",
    metavar="PATTERN",
    help="The schemas of the PostgreSQL database --on that are LIKE this, each as one tenant.",
)
@click.option(
    "--home",
    metavar="SCHEMA",
    help="With --schemas: the schema in which the migrations make a tenant's tables. By default "
    "public, or the one that they make most in.",
)
@click.option("--on", metavar="URL", help="What --query, --databases and --schemas ask.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Read N at a time.")
@click.option(
    "--per-server", type=click.IntRange(min=1), default=8, show_default=True, metavar="N",
    help="Of one server, N at a time.",
)  # fmt: skip
@click.option(
    "--timeout", type=Seconds, default=60.0, show_default=True, metavar="SECONDS",
    help="How long reading one may take; or 50 schemas of one, where those are members.",
)  # fmt: skip
@click.option(
    "--connect-timeout", type=Seconds, default=10.0, show_default=True, metavar="SECONDS",
    help="How long a server may take to answer at all.",
)  # fmt: skip
@click.option(
    "--executor",
    metavar="WHICH",
    help="Who reads: processes (the default), threads, or dask://HOST:PORT.",
)
@click.option(
    "--resume",
    metavar="FILE",
    help="Keep each result in this file as it comes, and pass over those that it has already.",
)
@click.option("--again", is_flag=True, help="With --resume: check all of them again.")
@json_option
@click.option("--markdown", "as_markdown", is_flag=True, help="Print Markdown.")
@click.option("--html", metavar="FILE", help="Write a single HTML file; - is standard output.")
@click.option("--output", metavar="FILE", help="Write to this file instead of standard output.")
@click.pass_context
def fleet(
    ctx: click.Context, databases: tuple[str, ...], config: str | None, url: str | None,
    python: str | None, lists: tuple[str, ...], files: tuple[str, ...], query: str | None,
    like_databases: str | None, like_schemas: str | None, home: str | None, on: str | None,
    jobs: int | None, per_server: int, timeout: float, connect_timeout: float,
    executor: str | None, resume: str | None, again: bool, as_json: bool, as_markdown: bool,
    html: str | None, output: str | None,
) -> None:  # fmt: skip
    """Check many databases: where each stands, what drifted, which are alike.

    Migrations and models are run once, on scratch databases; each DATABASE (a URL, or the path of
    a SQLite file) is only read. Equal schemas make a group, and what differs is told by group. One
    that is down, hangs or is broken is told with its reason, and stops nobody else.

    \b
    Example:
      schema fleet --files "tenants/*.db"
      schema fleet --list tenants.txt --html fleet.html
      schema fleet --databases "tenant_%" --on postgresql://me@host
      schema fleet --schemas "tenant_%" --on postgresql://me@host/service
      schema fleet --query "SELECT name, dsn AS url FROM tenants" --on postgresql://me@host/admin
      schema fleet --list tenants.txt --resume results.jsonl

    To be behind is no drift. Exit codes: 0 no drift, 1 drift, 2 no drift found but not all could be
    checked.
    """
    if sum([as_json, as_markdown, html == "-"]) > 1:
        raise click.UsageError("Choose one of --json, --markdown and --html -.")
    if (on is None) != (query is None and like_databases is None and like_schemas is None):
        raise click.UsageError("--query, --databases and --schemas need --on URL, and it them.")
    if again and resume is None:
        raise click.UsageError("--again needs --resume FILE.")
    from schema.fleet import FleetCheck

    named = [*databases, *([url] if url else [])]
    members = _members(named, lists, files, on, query, like_databases, like_schemas)
    with opened(config, None, python) as project, terminated_as_interrupted():
        check = FleetCheck(
            project, members, jobs=jobs, per_server=per_server, timeout=timeout,
            connect_timeout=connect_timeout, executor=executor, results=resume, again=again,
            home=home, on_progress=_counted, on_member=_told,
        )  # fmt: skip
        is_whole = _run(check)
    progress(1, "")
    _tell(check.fleet, as_json, as_markdown, html, output)
    if not is_whole:
        raise KeyboardInterrupt
    ctx.exit(check.fleet.exit_code)


def _run(check: FleetCheck) -> bool:
    """Whether all were looked at; False when somebody pressed Ctrl-C."""
    try:
        check.run()
    except KeyboardInterrupt:
        return False
    return True


def _counted(done: int, of: int, doing: str) -> None:
    progress(min(done / of, 0.99) if of else 0.0, f"{done:,} of {of:,}: {doing}")


def _told(member: Member) -> None:
    """One that could not be checked is told at once: it may be the network."""
    if member.reason and member.verdict in {"failed", "unreachable"}:
        progress(1, "")
        note(f"{member.name}: {member.reason}")


# -- which databases ------------------------------------------------------------------------------


def _members(
    named: Sequence[str], lists: Sequence[str], files: Sequence[str], on: str | None,
    query: str | None, like_databases: str | None, like_schemas: str | None,
) -> list[Database]:  # fmt: skip
    from schema.errors import ConfigError
    from schema.fleet import as_database, databases_on, files_like, of_query, schemas_in

    found = [as_database(each) for each in named]
    for path in lists:
        found += _listed(path)
    found += files_like(files) if files else []
    if on is not None:
        place = database(on)
        found += of_query(place, query) if query is not None else []
        found += databases_on(place, like_databases) if like_databases is not None else []
        found += schemas_in(place, like_schemas) if like_schemas is not None else []
    if not found:
        raise ConfigError(
            "No databases were named. Give URLs or paths, --list FILE, --files GLOB, or a query, "
            "--databases or --schemas with --on URL."
        )
    return found


def _listed(path: str) -> list[Database]:
    from schema.fleet import databases_in, read_list

    if path == "-":
        return databases_in(sys.stdin.read(), "standard input")
    return read_list(Path(path))


# -- telling --------------------------------------------------------------------------------------


def _tell(
    found: Fleet, as_json: bool, as_markdown: bool, html: str | None, output: str | None
) -> None:
    from schema import report

    if html is not None:
        write(_page(found), None if html == "-" else Path(html))
    if as_json:
        said = json_text(found.to_dict())
    elif as_markdown:
        said = report.markdown(found)
    elif html is not None:
        return
    else:
        said = shown(found, is_file=output is not None)
    write(said, None if output in (None, "-") else Path(output or ""))


def _page(found: Fleet) -> str:
    from schema.render import fleet_page

    return fleet_page(found)
