"""Steps of a rehearsal made into blocks: what they come to, what deserves attention, and all else
folded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schema.database import show_url
from schema.rehearsal import DataChange, DataLoss, Rehearsal, Step
from schema.rehearsal.hazards import Hazard
from schema.rehearsal.ledger import Example
from schema.rehearsal.steps import DATA_LOST
from schema.rehearsal.totals import totals
from schema.remarks import DATA_MARKS, blocked_words, lock_words, relation_words, remarks
from schema.report.drift import ALL, difference_table
from schema.report.forecast import forecast_blocks
from schema.report.model import Block, Fold, Heading, Line, Table, tabled
from schema.report.stalls import stall_blocks
from schema.report.ways import faults_blocks, orders_blocks, round_trip_blocks
from schema.wording import (
    CHANGE_MARKS,
    counted,
    delta,
    duration,
    number,
    printable,
    size,
    size_change,
)

__all__ = ["rehearsal_blocks", "step_blocks", "steps_blocks", "told"]

_ARROWS = {"up": "↑", "down": "↓"}
#: Of each table within a step, as many rows as fit a comment beside those of other steps.
_MOST_STATEMENTS = 20
_MOST_SQL = 300
_MOST_STEPS = 100
#: As many warnings of a step are told wherever it is told at all.
_FEW = 3


def rehearsal_blocks(
    rehearsal: Rehearsal, rows: int = ALL, *, was_told: bool = False
) -> Iterator[Block]:
    """Which copy it ran on, and its steps; of those that were told already, what they come to."""
    source = show_url(rehearsal.source) if rehearsal.source else "an unknown source"
    yield Line(f"Rehearsal on {rehearsal.scratch.name}, a copy of {source}")
    if rehearsal.steps or not (rehearsal.faults or rehearsal.orders):
        yield from steps_blocks(rehearsal.steps, rows, was_told=was_told)
    if rehearsal.trip is not None:
        yield from round_trip_blocks(rehearsal.trip, rows)
    for faults in rehearsal.faults:
        yield from faults_blocks(faults, rows)
    if rehearsal.orders is not None:
        yield from orders_blocks(rehearsal.orders, rows)
    if rehearsal.forecast is not None:
        yield from forecast_blocks(rehearsal.forecast)


def steps_blocks(
    steps: Sequence[Step], rows: int = ALL, *, was_told: bool = False
) -> Iterator[Block]:
    """A table of all steps, their totals, and per step what deserves attention.

    ``rows`` limits what is folded, so that the whole fits into a comment. ``was_told`` leaves out
    what ``told`` said of each step.
    """
    if not steps:
        yield Line("No step has been run.")
        return
    # A comment holds the rows of some hundred steps; nobody reads more in one.
    shown = steps if rows else steps[:_MOST_STEPS]
    yield _step_table(shown)
    yield from _rest(len(steps) - len(shown))
    yield Line(_totals(steps))
    if was_told:
        return
    for step in shown:
        yield from _attention(step, rows)
    if not rows:
        yield Line("All else is too long for a comment: schema rehearse --html FILE shows it.")
        return
    for step in steps:
        yield Fold(f"{_name(step)} {step.message}", tuple(_details(step, rows)), is_aside=True)


def step_blocks(step: Step, rows: int = ALL) -> Iterator[Block]:
    """One step with all that was observed."""
    yield _step_table([step])
    yield from _attention(step, rows)
    yield from _details(step, rows)


def told(step: Step) -> str:
    """A step as lines for a terminal while it goes on: what ran, and what deserves attention."""
    statements = counted(sum(item.executions for item in step.statements), "statement")
    lines = [f"{_name(step)}  {step.message}  ({duration(step.seconds)}, {statements})"]
    lines += [f"    {CHANGE_MARKS[item.change]} {item.describe()}" for item in step.differences]
    lines += [
        f"    rows of {name}: {number(before)} → {number(after)}"
        for name, (before, after) in step.changed_rows.items()
    ]
    lines += [f"    {line}" for line in _warnings(step)]
    notes = [*step.notes, *(step.data.notes if step.data is not None else ())]
    lines += [f"    note: {text}" for text in notes]
    if step.failed:
        lines.append(f"    ✗ failed: {step.error}")
        sql = step.details.get("sql", "").strip()
        lines += [f"      {line}" for line in sql.splitlines()]
        lines += [f"    {_left_behind(name)}" for name in step.leftovers]
    return "\n".join(map(printable, lines))


def _name(step: Step) -> str:
    return f"{_ARROWS[step.direction]} {step.revision}"


# -- all steps ------------------------------------------------------------------------------------


def _step_table(steps: Sequence[Step]) -> Table:
    numbers = ("Time", "Statements", "Differences")
    return tabled(["Step", "Message", *numbers, "Rows", "Result"], map(_step_row, steps), numbers)


def _step_row(step: Step) -> list[str]:
    return [
        _name(step),
        step.message,
        duration(step.seconds),
        number(sum(item.executions for item in step.statements)),
        number(len(step.differences)),
        ", ".join(f"{name} {delta(*pair)}" for name, pair in step.changed_rows.items()),
        "✗ failed" if step.failed else "✓ done",
    ]


def _totals(steps: Sequence[Step]) -> str:
    found = totals(steps)
    said = [
        f"{counted(found.steps, 'step')} in {duration(found.seconds)}",
        f"reads blocked for {lock_words(found.reads, found.locks_seen)}",
        f"writes blocked for {lock_words(found.writes, found.locks_seen)}",
        f"written anew {size(found.rewritten_bytes) if found.rewritten_bytes != 0 else 'nothing'}",
    ]
    said += [f"WAL {size(found.wal_bytes)}"] if found.wal_bytes is not None else []
    said += [f"data lost by {', '.join(found.lost)}"] if found.lost else []
    return "; ".join(said)


def _attention(step: Step, rows: int) -> Iterator[Block]:
    """What went wrong, or may: the failure, then what was lost, hazards and locks."""
    warnings = _warnings(step)
    if not step.failed and not any(item.weight != "plain" for item in remarks(step)):
        return
    if step.failed:
        yield Heading(f"✗ {step.revision}: {step.error}", is_bad=True)
        if "sql" in step.details:
            yield Line(_cut(step.details["sql"], rows), is_code=True)
        for name in step.leftovers:
            yield Line(_left_behind(name))
    else:
        yield Heading(f"{_name(step)} {step.message}")
    most = rows if rows >= _FEW else _FEW
    for line in warnings[:most]:
        yield Line(line)
    yield from _rest(len(warnings) - most)


def _left_behind(name: str) -> str:
    return f"Left behind: table {name}. It stops the next attempt."


def _warnings(step: Step) -> list[str]:
    data = step.data
    reasons = {item.ignored for item in step.hazards if item.rule == DATA_LOST and item.ignored}
    declared = "" if step.loses_data else f" (declared: {'; '.join(sorted(reasons))})"
    lost = () if data is None else data.lost
    lines = [f"✗ data lost: {item.message}{declared}" for item in lost]
    told_lost = {f"{item.table}.{item.column}" if item.column else item.table for item in lost}
    lines += [
        f"⚠ {item.severity}: {item.message}"
        for severity in ("high", "medium")
        for item in step.hazards
        if item.severity == severity and item.ignored is None and not _is_told(item, told_lost)
    ]
    if blocked := blocked_words(step.locks):
        lines.append(f"locks: {blocked}")
    if step.stalls is not None:
        lines.append(f"stalls: {step.stalls.verdict}")
    lines += [f"waited {duration(w.seconds)} for {w.mode}: {w.holder}" for w in step.waits]
    return lines


# -- one step -------------------------------------------------------------------------------------


def _is_told(hazard: Hazard, lost: set[str]) -> bool:
    """Whether a hazard says again what the losses say."""
    rules = {DATA_LOST, "drop-column", "drop-table"}
    return hazard.rule in rules and hazard.object in lost


def _details(step: Step, rows: int) -> Iterator[Block]:
    for note in step.notes:
        yield Line(f"Note: {note}")
    yield from _data(step, rows)
    yield from _hazards(step)
    yield from _differences(step, rows)
    yield from _rows(step, rows)
    yield from _locks(step, rows)
    if step.stalls is not None:
        yield from stall_blocks(step.stalls)
    yield from _rewrites(step, rows)
    yield from _statements(step, rows)
    for notice in step.notices[:rows]:
        yield Line(f"{notice.severity}: {notice.message}")


def _data(step: Step, rows: int) -> Iterator[Block]:
    """What was lost, and what else became of the data, with examples."""
    data = step.data
    if data is None:
        return
    yield Heading(f"{DATA_MARKS.get(data.verdict, '?')} data {data.verdict}", bool(data.lost))
    found: list[DataLoss | DataChange] = [*data.lost, *data.changes]
    for item in found[:rows]:
        yield Line(item.message)
        for example in item.examples:
            yield Line(f"    {_example(example)}")
    yield from _rest(len(found) - rows)
    for note in data.notes:
        yield Line(f"Note: {note}")


def _example(example: Example) -> str:
    if isinstance(example, str):
        return example
    key, *values = example
    before, after = ("NULL" if value is None else value for value in values)
    return f"{key}: {before} → {after}"


def _hazards(step: Step) -> Iterator[Block]:
    for item in step.hazards:
        yield Heading(f"{item.severity} hazard: {item.message}")
        yield Line("Seen in this rehearsal." if item.observed else "By the text of its statements.")
        if item.ignored is not None:
            yield Line(f"Ignored: {item.ignored}")
        if item.advice:
            yield Line(item.advice, is_code=True, language="python")


def _differences(step: Step, rows: int) -> Iterator[Block]:
    if step.differences:
        yield Heading(f"{counted(len(step.differences), 'difference')} of the schema")
        yield difference_table(step.differences[:rows])
        yield from _rest(len(step.differences) - rows)


def _rows(step: Step, rows: int) -> Iterator[Block]:
    changed = list(step.changed_rows.items())
    if changed:
        yield Heading("Rows")
        numbers = ("Before", "After", "Delta")
        cells = ([t, number(a), number(b), delta(a, b)] for t, (a, b) in changed[:rows])
        yield tabled(["Table", *numbers], cells, numbers)
        yield from _rest(len(changed) - rows)


def _locks(step: Step, rows: int) -> Iterator[Block]:
    blocking = sorted(
        (lock for lock in step.locks if lock.blocks),
        key=lambda lock: (-len(lock.blocks), -lock.seconds),
    )
    if blocking:
        yield Heading("Locks")
        cells = (
            [relation_words(lock), lock.mode, ", ".join(lock.blocks), duration(lock.seconds)]
            for lock in blocking[:rows]
        )
        yield tabled(["Relation", "Lock", "Blocks", "Held"], cells, ("Held",), ("Relation",))
        yield from _rest(len(blocking) - rows)


def _rewrites(step: Step, rows: int) -> Iterator[Block]:
    if step.rewrites:
        yield Heading("Written anew")
        numbers = ("Before", "After", "Change")
        cells = (
            [relation_words(item), item.how, size(item.bytes_before),
             size(item.bytes_after), size_change(item.bytes_before, item.bytes_after)]
            for item in step.rewrites[:rows]
        )  # fmt: skip
        yield tabled(["What", "How", *numbers], cells, numbers)


def _statements(step: Step, rows: int) -> Iterator[Block]:
    """The slowest, where there are many."""
    if not step.statements:
        return
    most = min(rows, _MOST_STATEMENTS) if rows < ALL else ALL
    chosen = sorted(step.statements, key=lambda item: -item.seconds)[:most]
    count = counted(sum(item.executions for item in step.statements), "statement")
    slowest = f", the {most} slowest" if len(step.statements) > most else ""
    yield Heading(f"{count}{slowest}")
    numbers = ("Times", "Rows", "Time")
    ordered = chosen if slowest else step.statements
    cells = (
        [_cut(item.sql, rows), number(item.executions), number(item.rows), duration(item.seconds)]
        for item in ordered
    )
    yield tabled(["Statement", *numbers], cells, numbers)


def _cut(sql: str, rows: int) -> str:
    """All of it where there is room for all."""
    is_short = rows == ALL or len(sql) <= _MOST_SQL
    return sql if is_short else f"{sql[:_MOST_SQL]} …"


def _rest(left_out: int) -> Iterator[Block]:
    if left_out > 0:
        yield Line(f"… and {left_out:,} more.")
