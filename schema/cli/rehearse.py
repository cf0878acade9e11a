"""``schema rehearse``: a database's pending revisions, run on a copy of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from schema.cli.choices import copy_options
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
    from schema.rehearsal import Rehearsal, Step
    from schema.rehearsal.faults import Kind
    from schema.rehearsal.forecast import Production
    from schema.scratch import Choice
    from schema.workbench import Project

__all__ = ["rehearse"]


@click.command()
@project_options
@click.option("--to", "target", default="heads", show_default=True, metavar="REV", help="Go up to.")
@click.option("--down", metavar="REV", help="Then go back down to it, to try the way back.")
@click.option(
    "--round-trip", is_flag=True, help="Apply, undo and apply again each revision, and compare."
)
@click.option(
    "--fault-every-statement", "fail", is_flag=True,
    help="Make each step fail at every one of its statements, and see what is left.",
)  # fmt: skip
@click.option(
    "--fault-kind", "kinds", multiple=True, default=["error"], show_default=True,
    type=click.Choice(["error", "connection", "process"]),
    help="How it fails: a statement raises, its connection is cut, its process is killed.",
)  # fmt: skip
@click.option(
    "--both-orders", is_flag=True, help="Run several heads in their order and in the reverse."
)
@click.option(
    "--stall-probes", is_flag=True, help="Have readers and writers feel what each step blocks."
)
@click.option(
    "--hold", type=Seconds, default=2.0, show_default=True, metavar="SECONDS",
    help="With --stall-probes: for how long one reader holds the tables.",
)  # fmt: skip
@click.option(
    "--lock-timeout", type=Seconds, default=1.0, show_default=True, metavar="SECONDS",
    help="With --stall-probes: the lock_timeout that one scenario sets.",
)  # fmt: skip
@click.option(
    "--forecast", metavar="ROWS",
    help="Rehearse on samples too, and say what so many rows cost: 50M, 10x, users=2000.",
)  # fmt: skip
@click.option(
    "--ledger", type=click.Choice(["full", "rows", "off"]), default="full", show_default=True,
    help="How closely to look at the data: every value, row counts, or not at all.",
)  # fmt: skip
@click.option("--no-examples", is_flag=True, help="Keep values of the data out of the result.")
@click.option("--hide-parameters", is_flag=True, help="Keep statements' parameters out of it.")
@copy_options
@click.option(
    "--server",
    metavar="URL",
    help="The PostgreSQL server to copy to; by default the database's own, "
    "or the workbench's when that allows none.",
)
@click.option("--name", metavar="NAME", help="What to call the copy; by default a name is made up.")
@click.option("--keep", is_flag=True, help="Keep the copy; see: schema scratch list.")
@json_option
@click.option(
    "--markdown", "as_markdown", is_flag=True, help="Print Markdown, to paste into a pull request."
)
@click.option("--html", metavar="FILE", help="Write a single HTML file; - is standard output.")
@click.pass_context
def rehearse(
    ctx: click.Context, config: str | None, url: str | None, python: str | None, target: str,
    down: str | None, round_trip: bool, fail: bool, kinds: tuple[Kind, ...], both_orders: bool,
    stall_probes: bool, hold: float, lock_timeout: float, forecast: str | None,
    ledger: Literal["full", "rows", "off"], no_examples: bool, hide_parameters: bool,
    choice: Choice, server: str | None, name: str | None, keep: bool, as_json: bool,
    as_markdown: bool, html: str | None,
) -> None:  # fmt: skip
    """Run a database's pending revisions on a copy of it.

    The database is copied, and the copy walked up to a revision, one step at a time. Each step
    tells its time, its statements, the locks it held, what it wrote anew, what it changed in the
    schema and what became of the data. The database itself is only read. The first step that fails
    ends the rehearsal. The copy is dropped at the end.

    Exit code 1: a step failed, or lost data for which its file declares no reason; or, where that
    was asked for, a way back does not return, a step cannot be run again after a failure, or the
    order of heads matters.

    \b
    Example:
      schema rehearse --url production.sqlite
      schema rehearse --url production.sqlite --to +1 --keep
      schema rehearse --url production.sqlite --round-trip --html rehearsal.html
      schema rehearse --url production.sqlite --to +1 --fault-every-statement
      schema rehearse --url postgresql://me@host/production --stall-probes --markdown
      schema rehearse --url postgresql://me@host/production --sample 5% --mask "*.email=hash"
      schema rehearse --url postgresql://me@host/production --down e454a81bd5a2
    """
    from schema.errors import WorkbenchError
    from schema.rehearsal import Options, Rehearsal

    if sum([as_json, as_markdown, html == "-"]) > 1:
        raise click.UsageError("Choose one of --json, --markdown and --html -.")
    if sum([round_trip, fail, both_orders]) > 1:
        raise click.UsageError(
            "Choose one of --round-trip, --fault-every-statement and --both-orders."
        )
    wanted = None if forecast is None else _production(forecast)
    where = None if server is None else database(server)
    options = Options(
        ledger=ledger,
        examples=not no_examples,
        hide_parameters=hide_parameters,
        stall_probes=stall_probes,
        hold=hold,
        lock_timeout=lock_timeout,
    )
    with opened(config, url, python) as project, terminated_as_interrupted():
        _check(project, "heads" if both_orders else target, down)
        rehearsal = Rehearsal.start(
            project, name=name, options=options, choice=choice, server=where, progress=progress
        )
        progress(1, "")
        tell = _teller(is_quiet=as_json or as_markdown or html == "-")
        is_left = False
        try:
            _walk(rehearsal, target, down, tell, round_trip, kinds if fail else (), both_orders)
        finally:
            is_left = not _closed(rehearsal, keep)
        unforeseen: WorkbenchError | None = None
        if wanted is not None:
            try:
                rehearsal.forecast = _forecast(project, target, wanted)
            except WorkbenchError as error:  # what was rehearsed is told all the same
                unforeseen = error
    _tell(rehearsal, as_json, as_markdown, html)
    if keep:
        note(f"kept {rehearsal.scratch.name}")
    if unforeseen is not None:
        raise unforeseen
    ctx.exit(2 if is_left else 1 if rehearsal.is_alarming else 0)


def _closed(rehearsal: Rehearsal, keep: bool) -> bool:
    """End it and drop the copy; False when the copy had to be left.

    That must not hide what came before: what was found, or why the walk ended.
    """
    from schema.errors import DatabaseError, ScratchError

    try:
        rehearsal.close(drop=not keep)
    except (DatabaseError, ScratchError) as error:
        note(f"{rehearsal.scratch.name} was left: {error} See: schema scratch clean")
        return False
    return True


def _check(project: Project, target: str, down: str | None) -> None:
    """Raise for a target that cannot be reached, before anything is copied."""
    from schema.database import show_url
    from schema.history import read_current, read_history

    history = read_history(project)
    current = read_current(project, url := project.database_url())
    history.upgrade_path(current, target)
    if down is not None and not down.startswith("-"):
        history.resolve(down)
    if not current:
        note(
            f"{show_url(url)} bears no stamp: it begins at base, as alembic upgrade would there. "
            "Where it has tables already, schema diagnose finds the revision that they are like."
        )


def _walk(
    rehearsal: Rehearsal, target: str, down: str | None, tell: Callable[[Step], None],
    round_trip: bool, kinds: tuple[Kind, ...], both_orders: bool,
) -> None:  # fmt: skip
    if round_trip:
        rehearsal.there_and_back(target, on_step=tell)
    elif kinds:
        rehearsal.fail_everywhere(target, kinds=kinds, progress=progress)
        progress(1, "")
    elif both_orders:
        rehearsal.both_orders()
    else:
        rehearsal.run_to(target, on_step=tell)
    if down is not None and not rehearsal.has_failed:
        rehearsal.run_to(down, on_step=tell)


# -- forecast -------------------------------------------------------------------------------------


def _production(text: str) -> Production:
    from schema.rehearsal.forecast import parse_production

    return parse_production(text)


def _forecast(project: Project, target: str, wanted: Production) -> Any:  # noqa: ANN401 -- late
    from schema.rehearsal.forecast import make_forecast

    found = make_forecast(project, to=target, progress=progress)
    progress(1, "")
    return found.asking(wanted)


# -- telling --------------------------------------------------------------------------------------


def _teller(*, is_quiet: bool) -> Callable[[Step], None]:
    """Tells each step as soon as it is done, unless the output is one whole."""

    def tell(step: Step) -> None:
        from schema.report import told

        if not is_quiet:
            click.echo(told(step))

    return tell


def _tell(rehearsal: Rehearsal, as_json: bool, as_markdown: bool, html: str | None) -> None:
    from schema import report

    if html is not None:
        from schema.render import rehearsal_page

        write(rehearsal_page(rehearsal), None if html == "-" else Path(html))
    if as_json:
        write(json_text(rehearsal.to_dict()), None)
    elif as_markdown:
        write(report.markdown(rehearsal), None)
    elif html != "-":
        if rehearsal.steps:
            click.echo()
        click.echo(shown(rehearsal, was_told=True), nl=False)
