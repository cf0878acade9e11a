"""Values made into blocks (headings, lines, tables) that know nothing of their form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import singledispatch

from schema.compare import Difference, Differences
from schema.database import show_url
from schema.drift import CAUSES, Drift
from schema.history import History, Revision
from schema.rehearsal import Rehearsal, Step
from schema.wording import CHANGE_MARKS, STANDING_MARKS, counted, day, delta, duration, number

__all__ = ["Block", "Heading", "Line", "Table", "blocks_of"]

Stamp = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """The title of what follows. ``is_bad`` when it tells of something that went wrong."""

    content: str
    is_bad: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One line or more of text; ``is_code`` when its line ends and spaces count."""

    content: str
    is_code: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under headings. Columns in ``numbers`` are set to the right."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[str] = frozenset()
    unbroken: frozenset[str] = frozenset(
        {"Revision", "Date", "Standing", "Change", "Step", "Result"}
    )


Block = Heading | Line | Table


def blocks_of(value: object, current: Stamp | None = None) -> Iterator[Block]:
    """The blocks of a value; ``current`` counts for a History alone. Raises TypeError."""
    if isinstance(value, History):
        yield from _history(value, current)
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
    yield _difference_table(differences)


def _difference_table(differences: Iterable[Difference]) -> Table:
    listed = list(differences)
    columns = ["Change", "Object", "How"] + ["Cause"] * any(item.cause for item in listed)
    rows = []
    for item in listed:
        what = f"{item.kind} {item.label}"
        how = item.describe().removeprefix(f"{what}: ").removeprefix(item.change).strip()
        if item.change in {"added", "removed"}:
            how = how.removeprefix("(").removesuffix(")")
        row = [f"{CHANGE_MARKS.get(item.change, '?')} {item.change}", what, how]
        rows.append([*row, CAUSES.get(item.cause or "", item.cause or "")][: len(columns)])
    return _table(columns, rows)


@_shown.register
def _drift(drift: Drift) -> Iterator[Block]:
    mark = "✓" if drift.is_clean else "✗" if drift.differences or drift.models else "!"
    yield Heading(
        f"{mark} {drift.verdict[:1].upper()}{drift.verdict[1:]}", is_bad=not drift.is_clean
    )
    yield Line(f"{show_url(drift.url)}, stamped {', '.join(drift.stamp) or 'with nothing'}")
    if drift.nearest is not None:
        stamp, count = drift.nearest
        near = (
            f"looks most like {', '.join(stamp) or 'base'}: {counted(count, 'difference')} from it"
        )
        yield Line(f"It {near}.")
    for note in drift.notes:
        yield Line(f"Note: {note}")
    parts = {
        "The live database differs from its migrations": drift.differences,
        "The models differ from the migrations at head": drift.models,
    }
    for title, differences in parts.items():
        if differences:
            yield Heading(f"{title} ({len(differences)})")
            yield _difference_table(differences)
    if drift.pending_revisions:
        yield Heading(f"{counted(len(drift.pending_revisions), 'pending revision')}: no drift")
        rows = ([item.id, item.message, day(item.date)] for item in drift.pending_revisions)
        yield _table(["Revision", "Message", "Date"], rows)


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
        yield _difference_table(step.differences)
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


def _table(
    columns: Sequence[str], rows: Iterable[Sequence[str]], numbers: Iterable[str] = ()
) -> Table:
    return Table(tuple(columns), tuple(tuple(row) for row in rows), frozenset(numbers))
