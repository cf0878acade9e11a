"""Values made into blocks (headings, lines, tables) that know nothing of their form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import singledispatch

from schema.compare import Differences
from schema.database import show_url
from schema.drift import Drift
from schema.history import History, Revision
from schema.locate import Location
from schema.rehearsal import Rehearsal, Step
from schema.repair import Proof, Repair
from schema.report.drift import ALL, difference_table, drift_blocks
from schema.report.model import Block, Heading, Line
from schema.report.model import tabled as _table
from schema.report.others import location_blocks, proof_blocks, repair_blocks
from schema.wording import STANDING_MARKS, counted, day, delta, duration, number

__all__ = ["blocks_of"]

Stamp = tuple[str, ...]


def blocks_of(
    value: object, current: Stamp | None = None, *, cosmetic: bool = False, rows: int = ALL
) -> Iterator[Block]:
    """The blocks of a value. Raises TypeError.

    ``current`` counts for a History alone, ``cosmetic`` and ``rows`` for a Drift.
    """
    if isinstance(value, History):
        yield from _history(value, current)
    elif isinstance(value, Drift):
        yield from drift_blocks(value, cosmetic=cosmetic, rows=rows)
    else:
        yield from _shown(value)


@singledispatch
def _shown(value: object) -> Iterator[Block]:
    if isinstance(value, Sequence) and all(isinstance(item, Step) for item in value):
        return _steps(value)
    raise TypeError(f"There is no report of a {type(value).__name__}.")


def _history(history: History, current: Stamp | None) -> Iterator[Block]:
    for problem in history.problems:
        yield Heading(f"! {problem}", is_bad=True)
    standing = history.standing(current) if current is not None else {}
    known = {revision.id for revision in history}
    for stamp in sorted(set(standing) - known):
        yield Heading(
            f"! The database is stamped {stamp}, which no revision file bears.", is_bad=True
        )
    columns = ["Revision", "Message", "Date", "Flags"]
    columns += ["Author"] if any(item.author for item in history) else []
    columns += ["Standing"] if current is not None else []
    cells: dict[str, Callable[[Revision], str]] = {
        "Revision": lambda item: item.id,
        "Message": lambda item: item.message,
        "Date": lambda item: day(item.date),
        "Flags": lambda item: ", ".join(item.flags),
        "Author": lambda item: item.author or "",
        "Standing": lambda item: f"{STANDING_MARKS[standing[item.id]]} {standing[item.id]}",
    }
    yield _table(columns, ([cells[name](item) for name in columns] for item in history))


@_shown.register
def _differences(differences: Differences) -> Iterator[Block]:
    if not differences:
        yield Line("No differences.")
        return
    yield Heading(counted(len(differences), "difference"))
    yield difference_table(differences)


@_shown.register
def _rehearsal(rehearsal: Rehearsal) -> Iterator[Block]:
    source = show_url(rehearsal.source) if rehearsal.source else "an unknown source"
    yield Line(f"Rehearsal on {rehearsal.scratch.name}, a copy of {source}")
    yield from _steps(rehearsal.steps)


def _steps(steps: Sequence[Step]) -> Iterator[Block]:
    if not steps:
        yield Line("No step has been run.")
        return
    numbers = ("Time", "Statements", "Differences")
    columns = ["Step", "Message", *numbers, "Rows", "Result"]
    yield _table(columns, map(_step_row, steps), numbers)
    for step in steps:
        if step.failed:
            yield from _failure(step)


def _step_row(step: Step) -> list[str]:
    return [
        f"{'↑' if step.direction == 'up' else '↓'} {step.revision}",
        step.message,
        duration(step.seconds),
        number(sum(item.executions for item in step.statements)),
        number(len(step.differences)),
        ", ".join(f"{name} {delta(*pair)}" for name, pair in step.changed_rows.items()),
        "✗ failed" if step.failed else "✓ done",
    ]


def _failure(step: Step) -> Iterator[Block]:
    yield Heading(f"✗ {step.revision}: {step.error}", is_bad=True)
    if "sql" in step.details:
        yield Line(step.details["sql"], is_code=True)
    for name in step.leftovers:
        yield Line(f"Left behind: table {name}. It stops the next attempt.")


@_shown.register
def _step(step: Step) -> Iterator[Block]:
    yield from _steps([step])
    for note in step.notes:
        yield Line(f"Note: {note}")
    if step.differences:
        yield Heading(f"{counted(len(step.differences), 'difference')} of the schema")
        yield difference_table(step.differences)
    if step.changed_rows:
        yield Heading("Rows")
        rows = ([t, number(a), number(b), delta(a, b)] for t, (a, b) in step.changed_rows.items())
        numbers = ("Before", "After", "Delta")
        yield _table(["Table", *numbers], rows, numbers)
    if step.statements:
        yield Heading(counted(len(step.statements), "statement"))
        numbers = ("Times", "Rows", "Time")
        told = (
            [item.sql, number(item.executions), number(item.rows), duration(item.seconds)]
            for item in step.statements
        )
        yield _table(["Statement", *numbers], told, numbers)


_shown.register(Location, location_blocks)
_shown.register(Proof, proof_blocks)
_shown.register(Repair, repair_blocks)
