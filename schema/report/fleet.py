"""A fleet made into blocks: the verdict, the groups, what differs in each, and who failed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from schema.fleet import FAILED, PLAIN, Fleet, Group, Member
from schema.fleet.said import (
    GROUP_COLUMNS,
    SHARED_COLUMNS,
    SHARED_TITLE,
    fleet_mark,
    group_cells,
    models_title,
    shared_rows,
    size_words,
    verdict_words,
)
from schema.report.drift import ALL, difference_table
from schema.report.model import Block, Fold, Heading, Line, Table, tabled
from schema.wording import capitalised, counted, few

__all__ = ["fleet_blocks"]

#: So many groups are in the table, and of so many that differ it is told how.
_MOST_GROUPS, _MOST_TOLD = 40, 15
#: So many differences of a group are told, and so many names of its members.
_MOST_DIFFERENCES, _MOST_NAMES = 30, 20
#: So many of the differences that databases share.
_MOST_SHARED = 25


def fleet_blocks(fleet: Fleet, rows: int = ALL) -> Iterator[Block]:
    """Groups first, then those that differ; ``rows`` at most of each table."""
    verdict = capitalised(fleet.verdict)
    yield Heading(f"{fleet_mark(fleet)} {verdict}", is_bad=not fleet.is_clean)
    yield Line(size_words(fleet))
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


def _groups(groups: Sequence[Group]) -> Table:
    numbers = ["Databases", "Behind", "Differences"]
    return tabled(GROUP_COLUMNS, map(group_cells, groups), numbers, code=["Which"])


def _cut(table: Table, total: int) -> Iterator[Block]:
    yield table
    if (left := total - len(table.rows)) > 0:
        yield Line(f"… and {left:,} more.")


def _shared(fleet: Fleet, rows: int) -> Iterator[Block]:
    found = shared_rows(fleet)
    if not found:
        return
    yield Heading(f"{SHARED_TITLE} ({len(found)})")
    listed = tabled(SHARED_COLUMNS, found[:rows], ["Databases"], code=["Object"])
    yield from _cut(listed, len(found))


def _group(group: Group, rows: int) -> Iterator[Block]:
    yield Heading(group.title, is_bad=True)
    if len(group) > 1:
        yield Line(few(group.members, _MOST_NAMES))
    if group.reason:
        yield Line(f"Reason: {group.reason}")
    if group.differences:
        yield difference_table(group.differences[:rows])
        if (left := len(group.differences) - rows) > 0:
            yield Line(f"… and {left:,} more.")
    for note in group.notes:
        yield Fold(f"Note: {note}", (), is_brief=True)


def _models(fleet: Fleet, rows: int) -> Iterator[Block]:
    for kind, found in fleet.models.items():
        if found:
            yield Heading(f"{models_title(kind)} ({len(found)})", is_bad=True)
            yield difference_table(found[:rows])


def _failed(members: Iterable[Member]) -> Table:
    rows = ([item.name, verdict_words(item.verdict), item.reason or ""] for item in members)
    return tabled(["Database", "Verdict", "Reason"], rows, code=["Database"])
