"""A fleet made into blocks: the verdict, the groups, what differs in each, and who failed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from schema.fleet import FAILED, MARKS, PLAIN, VERDICTS, Fleet, Group, Member
from schema.report.drift import ALL, difference_table
from schema.report.model import Block, Fold, Heading, Line, Table, tabled
from schema.wording import counted, dialect_name, duration, number

__all__ = ["fleet_blocks"]

#: So many groups are in the table, and of so many that differ it is told how.
_MOST_GROUPS, _MOST_TOLD = 40, 15
#: So many differences of a group are told, and so many names of its members.
_MOST_DIFFERENCES, _MOST_NAMES = 30, 20
#: So many of the differences that databases share.
_MOST_SHARED = 25


def fleet_blocks(fleet: Fleet, rows: int = ALL) -> Iterator[Block]:
    """Groups first, then those that differ; ``rows`` at most of each table."""
    yield Heading(f"{_mark(fleet)} {_capital(fleet.verdict)}", is_bad=not fleet.is_clean)
    took = f" in {duration(fleet.seconds)}" if fleet.seconds else ""
    yield Line(f"{counted(len(fleet), 'database')}{took}")
    for note in fleet.notes:
        yield Line(f"Note: {note}")
    if fleet.groups:
        yield Heading(f"Groups of equal schemas ({len(fleet.groups)})")
        yield from _cut(_groups(fleet.groups[: min(rows, _MOST_GROUPS)]), len(fleet.groups))
    yield from _shared(fleet, min(rows, _MOST_SHARED))
    told = [group for group in fleet.groups if group.verdict not in PLAIN]
    for group in told[: min(rows, _MOST_TOLD)]:
        yield from _group(group, min(rows, _MOST_DIFFERENCES))
    if (left := len(told) - min(rows, _MOST_TOLD)) > 0:
        yield Line(f"… and {counted(left, 'group')} more: schema fleet --html FILE shows them.")
    yield from _models(fleet, min(rows, _MOST_DIFFERENCES))
    bad = [item for item in fleet.members if item.verdict in FAILED and item.reason]
    if bad:
        yield Heading(f"Could not be checked ({len(bad)})", is_bad=True)
        yield from _cut(_failed(bad[:rows]), len(bad))


def _mark(fleet: Fleet) -> str:
    return "✓" if fleet.is_clean else "✗" if fleet.has_drift else "!"


def _capital(said: str) -> str:
    return said[:1].upper() + said[1:]


def _groups(groups: Sequence[Group]) -> Table:
    columns = ["Databases", "Verdict", "Kind", "Revision", "Behind", "Differences", "Which"]
    rows = (
        [
            number(len(group)),
            f"{MARKS[group.verdict]} {VERDICTS[group.verdict]}",
            dialect_name(group.kind),
            ", ".join(group.revision) or "none",
            number(len(group.pending)) if group.pending else "",
            number(len(group.differences)) if group.differences else "",
            group.examples,
        ]
        for group in groups
    )
    return tabled(columns, rows, ["Databases", "Behind", "Differences"], code=["Which"])


def _cut(table: Table, total: int) -> Iterator[Block]:
    yield table
    if (left := total - len(table.rows)) > 0:
        yield Line(f"… and {left:,} more.")


def _shared(fleet: Fleet, rows: int) -> Iterator[Block]:
    """Which differences there are at all, where several groups have some."""
    drifted = [group for group in fleet.groups if group.differences]
    if len(drifted) < 2:
        return
    yield Heading(f"What drifted, and in how many databases ({len(fleet.shared)})")
    found = (
        [number(count), f"{item.kind} {item.label}", item.change, item.cause or ""]
        for item, count in fleet.shared[:rows]
    )
    columns = ["Databases", "Object", "Change", "Cause"]
    yield from _cut(tabled(columns, found, ["Databases"], code=["Object"]), len(fleet.shared))


def _group(group: Group, rows: int) -> Iterator[Block]:
    yield Heading(group.title, is_bad=True)
    if len(group) > 1:
        yield Line(_names(group.members))
    if group.reason:
        yield Line(f"Reason: {group.reason}")
    if group.differences:
        yield difference_table(group.differences[:rows])
        if (left := len(group.differences) - rows) > 0:
            yield Line(f"… and {left:,} more.")
    for note in group.notes:
        yield Fold(f"Note: {note}", (), is_brief=True)


def _names(names: Sequence[str]) -> str:
    left = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" … and {left:,} more" if left > 0 else "")


def _models(fleet: Fleet, rows: int) -> Iterator[Block]:
    for kind, found in fleet.models.items():
        if found:
            yield Heading(
                f"The models changed without a migration, on {dialect_name(kind)} ({len(found)})",
                is_bad=True,
            )
            yield difference_table(found[:rows])


def _failed(members: Iterable[Member]) -> Table:
    rows = (
        [item.name, f"{MARKS[item.verdict]} {VERDICTS[item.verdict]}", item.reason or ""]
        for item in members
    )
    return tabled(["Database", "Verdict", "Reason"], rows, code=["Database"])
