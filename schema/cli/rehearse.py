"""``schema rehearse``: a database's pending revisions, run on a copy of it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from schema.cli.options import (
    current_of,
    json_option,
    note,
    opened,
    print_json,
    progress,
    project_options,
    show,
)
from schema.wording import CHANGE_MARKS, counted, duration, number, printable

if TYPE_CHECKING:
    from schema.project import Project
    from schema.rehearsal import Rehearsal, Step

__all__ = ["rehearse"]


@click.command()
@project_options
@click.option("--to", "target", default="head", show_default=True, metavar="REV", help="Go up to.")
@click.option("--down", metavar="REV", help="Then go back down to it, to try the way back.")
@click.option("--name", metavar="NAME", help="What to call the copy; by default a name is made up.")
@click.option("--keep", is_flag=True, help="Keep the copy; see: schema scratch list.")
@json_option
@click.pass_context
def rehearse(
    ctx: click.Context,
    config: str | None,
    url: str | None,
    python: str | None,
    target: str,
    down: str | None,
    name: str | None,
    keep: bool,
    as_json: bool,
) -> None:
    """Run a database's pending revisions on a copy of it.

    The database is copied, and the copy walked up to a revision, one step at a time. Each step
    tells its time, its statements, what it changed in the schema, and the rows before and after.
    The database itself is only read. The first step that fails ends the rehearsal, with exit
    code 1. The copy is dropped at the end.

    \b
    Example:
      schema rehearse --url production.sqlite
      schema rehearse --url production.sqlite --to +1 --keep
      schema rehearse --url postgresql://me@host/production --down e454a81bd5a2
    """
    from schema.rehearsal import Rehearsal

    with opened(config, url, python) as project, _terminated_as_interrupted():
        _check(project, target, down)
        rehearsal = Rehearsal.start(project, name=name, progress=progress)
        progress(1, "")
        try:
            _walk(rehearsal, target, down, quiet=as_json)
        finally:
            rehearsal.close(drop=not keep)
    if as_json:
        print_json(rehearsal.to_dict())
    if keep:
        note(f"kept {rehearsal.scratch.name}")
    ctx.exit(1 if _failed(rehearsal) else 0)


def _check(project: Project, target: str, down: str | None) -> None:
    """Raise for a target that cannot be reached, before anything is copied."""
    from schema.history import read_history

    history = read_history(project)
    history.upgrade_path(current_of(project), target)
    if down is not None and not down.startswith("-"):
        history.resolve(down)


def _walk(rehearsal: Rehearsal, target: str, down: str | None, *, quiet: bool) -> None:
    def tell(step: Step) -> None:
        if not quiet:
            click.echo(_told(step))

    rehearsal.run_to(target, on_step=tell)
    if down is not None and not _failed(rehearsal):
        rehearsal.run_to(down, on_step=tell)
    if not quiet:
        click.echo()
        show(rehearsal)


def _told(step: Step) -> str:
    """A step as lines: what ran and how long, what changed in the schema, and which rows."""
    count = counted(sum(item.executions for item in step.statements), "statement")
    lines = [
        f"{'↑' if step.direction == 'up' else '↓'} {step.revision}  {step.message}  "
        f"({duration(step.seconds)}, {count})"
    ]
    lines += [f"    {CHANGE_MARKS[item.change]} {item.describe()}" for item in step.differences]
    lines += [
        f"    rows of {name}: {number(before)} → {number(after)}"
        for name, (before, after) in step.changed_rows.items()
    ]
    lines += [f"    note: {text}" for text in step.notes]
    lines += [f"    ✗ failed: {step.error}"] if step.failed else []
    return "\n".join(map(printable, lines))


def _failed(rehearsal: Rehearsal) -> bool:
    return any(step.failed for step in rehearsal.steps)


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """Have SIGTERM end as Ctrl-C does: with the worker ended and the copy dropped."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
