"""The way back, failures on purpose, and the order of heads made into blocks."""

from __future__ import annotations

from collections.abc import Iterator

from schema.rehearsal import DataChange, DataLoss, Failure, Faults, Orders, Return, RoundTrip, Step
from schema.remarks import place_words, stamp_words
from schema.report.drift import ALL, difference_table
from schema.report.model import Block, Fold, Heading, Line, tabled
from schema.wording import capitalised, counted, duration

__all__ = ["faults_blocks", "orders_blocks", "round_trip_blocks"]

_MOST_SQL = 120


def _verdict(said: str, *, is_good: bool) -> Heading:
    return Heading(f"{'✓' if is_good else '✗'} {capitalised(said)}", is_bad=not is_good)


def _answer(is_so: bool, was_tried: bool) -> str:
    return "–" if not was_tried else "✓" if is_so else "✗ no"


def round_trip_blocks(trip: RoundTrip, rows: int = ALL) -> Iterator[Block]:
    """The verdict, one row a revision, and what did not come back."""
    yield _verdict(f"up, down, up: {trip.verdict}", is_good=trip.is_clean)
    times = ("Up", "Down", "Up again")
    columns = ["Revision", "Message", *times, "Schema back", "Data back", "Same again"]
    yield tabled(columns, map(_return_row, trip.revisions[: rows or 100]), times)
    for item in trip.revisions if rows else ():
        if parts := tuple(_return_parts(item, rows)):
            yield Fold(f"{item.revision} {item.message}", parts)


def _return_row(item: Return) -> list[str]:
    data = {None: "–", True: "✓", False: "~ other values"}[item.data_restored]
    lost = len(item.data_lost)
    return [
        item.revision,
        item.message,
        *map(_time, (item.up, item.down, item.again)),
        _answer(item.schema_restored, item.down is not None),
        f"✗ {lost} lost" if lost else data,
        _answer(item.same_again, item.again is not None),
    ]


def _time(step: Step | None) -> str:
    return "–" if step is None else "✗ failed" if step.failed else duration(step.seconds)


def _return_parts(item: Return, rows: int) -> Iterator[Block]:
    if item.foreseen is not None:
        yield Line(f"Its file says: {item.foreseen}")
    if item.error is not None:
        yield Line(item.error)
    for loss in item.data_lost[:rows]:
        yield Line(f"✗ data lost: {loss.message}")
    for change in item.data.changes[:rows] if item.data is not None else ():
        yield Line(f"~ after its way back: {change.message}")
    for title, found in (
        ("after its way back", item.differences),
        ("between its two applications", item.again_differences),
    ):
        if found:
            is_plain = all(each.is_cosmetic for each in found)
            meaningless = ", of no meaning to any statement" if is_plain else ""
            yield Line(f"{counted(len(found), 'difference')} {title}{meaningless}:")
            yield difference_table(found[:rows])


def faults_blocks(faults: Faults, rows: int = ALL) -> Iterator[Block]:
    """The verdict, one row a failure, and the repairs."""
    step = faults.step
    mark = "✓" if faults.is_safe else "✗"
    yield Heading(f"{mark} {step.revision} {faults.verdict}", is_bad=not faults.is_safe)
    if not faults.failures:
        return
    columns = ["Failed after", "How", "Stamp", "Left behind", "Runs again", "What to do"]
    shown = faults.failures[: rows or 20]
    cells = [_failure_row(item) for item in shown]
    if any(item.goes_back is not None for item in shown):
        columns.insert(5, "Way back")
        for row, item in zip(cells, shown, strict=True):
            row.insert(5, {None: "–", True: "✓", False: "✗ no"}[item.goes_back])
    yield tabled(columns, cells)
    if len(shown) < len(faults.failures):
        yield Line(f"… and {len(faults.failures) - len(shown):,} more.")
    for sql in dict.fromkeys(item.repair for item in shown if item.repair is not None):
        yield Heading("Repair, proved")
        yield Line(";\n".join(sql) + ";", is_code=True)


def _failure_row(item: Failure) -> list[str]:
    sql = " ".join((item.statement or "").split())
    cut = sql if len(sql) <= _MOST_SQL else f"{sql[:_MOST_SQL]} …"
    left = [each.describe()[:_MOST_SQL] for each in item.left[:3]]
    left += [f"and {len(item.left) - 3:,} more"] if len(item.left) > 3 else []
    left += [f"data lost: {each.message}" for each in item.data_lost[:3]]
    return [
        f"{place_words(item)} {cut}".strip(),
        item.kind,
        stamp_words(item),
        "; ".join(left) or "nothing",
        "✓" if item.runs_again else "✗ no",
        item.advice,
    ]


def orders_blocks(orders: Orders, rows: int = ALL) -> Iterator[Block]:
    """The verdict, both orders, and where they end otherwise."""
    yield _verdict(orders.verdict, is_good=orders.is_same)
    cells = (
        [", then ".join(each.heads), duration(each.seconds), each.error or "✓ done"]
        for each in (orders.first, orders.second)
    )
    yield tabled(["Order", "Time", "Result"], cells, ("Time",))
    if orders.differences:
        yield Heading(f"They end otherwise: {counted(len(orders.differences), 'difference')}")
        yield difference_table(orders.differences[:rows])
    if orders.data is not None:
        found: list[DataLoss | DataChange] = [*orders.data.lost, *orders.data.changes]
        for item in found[:rows]:
            yield Line(item.message)
