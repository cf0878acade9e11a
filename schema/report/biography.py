"""A biography, what was dropped, and a chronicle made into blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from schema.biography import Biography, Chronicle, Dropped, Entry, Gone, Lifetime, Month
from schema.report.model import Block, Heading, Line, tabled
from schema.wording import CHANGE_MARKS, counted, day

__all__ = ["biography_blocks", "chronicle_blocks", "dropped_blocks", "life_words"]

#: So many rows of a chronicle's tables are on a terminal.
_MOST_TABLES, _MOST_MONTHS = 20, 24


def biography_blocks(found: Biography) -> Iterator[Block]:
    """As ``git log`` has it: a revision, what it did, and the line that did it."""
    yield Heading(f"{found.kind} {found.label}: {counted(len(found.entries), 'entry')}")
    for number, life in enumerate(found.lives, 1):
        many = len(found.lives) > 1
        yield Line(f"{f'Life {number}: ' if many else ''}{life_words(life)}")
        for _, entries in groupby(found.of_life(number), key=lambda entry: entry.revision.id):
            yield from _revision(list(entries))
    for note in found.notes:
        yield Line(f"Note: {note}.")


def life_words(life: Lifetime) -> str:
    """``made by a3c173dfd6f5, there now``, with its former names."""
    born = "there before the first revision" if life.born is None else f"made by {life.born.id}"
    died = "there now" if life.died is None else f"dropped by {life.died.id}"
    former = f"; it was called {', '.join(life.names[:-1])}" if len(life.names) > 1 else ""
    return f"{born}, {died}{former}"


def _revision(entries: Sequence[Entry]) -> Iterator[Block]:
    revision, commit = entries[0].revision, entries[0].commit
    who = [revision.author or "", f"commit {commit.commit}" if commit else ""]
    told = ", ".join(filter(None, who))
    about = [revision.id, day(revision.date), revision.message, f"({told})" if told else ""]
    yield Heading("  ".join(filter(None, about)))
    lines = [line for entry in entries for line in _entry(entry)]
    yield Line("\n".join(lines), is_code=True, language="text")


def _entry(entry: Entry) -> Iterator[str]:
    item = entry.difference
    mark = CHANGE_MARKS.get(entry.change, "?")
    yield f"  {mark} {item.kind} {item.label}: {entry.what}"
    operation = entry.operation
    if operation is None:
        yield "      (not found in its file)"
        return
    source = operation.here or operation.text
    first, *rest = source.splitlines()
    sure = "" if operation.is_sure else "perhaps "
    yield f"      {sure}line {operation.line}: {first}"
    yield from (f"        {line}" for line in rest)


def dropped_blocks(found: Dropped) -> Iterator[Block]:
    """A table of all that is no more."""
    if not found.items:
        yield Line("Nothing that a revision made was dropped again.")
        return
    yield Heading(f"{counted(len(found.items), 'thing')} no more, the last to go first")
    columns = ["Kind", "Name", "Made by", "Made on", "Dropped by", "Dropped on", "Where"]
    yield tabled(columns, (_gone(item) for item in found.items), code=["Name"])


def _gone(item: Gone) -> list[str]:
    birth, death = item.birth, item.death
    name = item.life.label + (f" ({', '.join(item.columns)})" if item.columns else "")
    name += "; there is one again" if item.is_back else ""
    operation = death.operation
    return [
        item.life.kind,
        name,
        birth.revision.id if birth else "",
        day(birth.revision.date) if birth else "",
        death.revision.id,
        day(death.revision.date),
        f"{operation.path.name}:{operation.line}" if operation else "",
    ]


def chronicle_blocks(found: Chronicle) -> Iterator[Block]:
    """The busiest tables, and the calendar; the picture is on a page."""
    there = sum(row.died is None for row in found.tables)
    gone = len(found.tables) - there
    title = f"{counted(len(found.revisions), 'revision')}: {counted(there, 'table')}"
    yield Heading(f"{title}, {gone} gone" if gone else title)
    for step in found.failed:
        yield Line(f"Note: revision {found.revisions[step].id} could not be run.")
    yield Heading("Busiest tables")
    rows = (
        [item.table, f"{item.revisions}", f"{item.changes}", item.last.id, day(item.last.date),
         ", ".join(item.authors)]
        for item in found.busiest[:_MOST_TABLES]
    )  # fmt: skip
    columns = ["Table", "Revisions", "Changes", "Last", "On", "By"]
    yield tabled(columns, rows, ["Revisions", "Changes"], ["Table"])
    yield from _rest(len(found.busiest) - _MOST_TABLES, "table")
    yield Heading("Who changed what, month by month")
    months = found.calendar[-_MOST_MONTHS:]
    lines = (
        [item.month or "no date", item.author or "unknown", f"{item.revisions}", _tables(item)]
        for item in months
    )
    yield tabled(["Month", "Author", "Revisions", "Tables"], lines, ["Revisions"])
    yield from _rest(len(found.calendar) - len(months), "earlier month")


def _tables(item: Month) -> str:
    listed = [f"{name} ×{count}" if count > 1 else name for name, count in item.tables.items()]
    return ", ".join(listed[:8]) + (f" and {len(listed) - 8} more" if len(listed) > 8 else "")


def _rest(count: int, noun: str) -> Iterator[Block]:
    if count > 0:
        yield Line(f"… and {counted(count, noun)} more.")
