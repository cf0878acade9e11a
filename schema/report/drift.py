"""A drift made into blocks: the verdict, a table for each cause, and folded what is no drift."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import unified_diff

from schema.compare import Difference
from schema.database import show_url
from schema.drift import Drift
from schema.report.model import Block, Fold, Heading, Line, Table, tabled
from schema.sections import BLIND, Outcome, Section, blind_words, outcome, sections
from schema.wording import CHANGE_MARKS, counted, day, goes_without_saying, shown

__all__ = ["ALL", "difference_table", "drift_blocks"]

#: A description that is longer than this is not in a table, but told in full below it.
_LONG = 240
#: As many of them are told in full, with so many lines each.
_MOST_LONG, _MOST_LINES = 20, 80

#: How much of a table of differences is shown when nothing else is said.
ALL = 10_000


def drift_blocks(drift: Drift, *, cosmetic: bool = False, rows: int = ALL) -> Iterator[Block]:
    """All that is known of a drift; ``rows`` at most of each section.

    ``cosmetic`` tells the cosmetic differences too; otherwise they are only counted.
    """
    yield from _head(drift)
    for section in sections(drift):
        if section.is_drift:
            yield Heading(_title(section))
            yield from _told(section, rows)
        elif section.slug == "cosmetic" and not cosmetic:
            count = counted(len(section.differences), "cosmetic difference")
            yield Line(f"Not shown: {count} (--cosmetic shows them).")
        else:
            # What will be made anyway, and what is not ours, is only counted on a terminal.
            is_brief = section.slug in {"pending", "unmanaged"}
            yield Fold(_title(section), tuple(_told(section, rows)), is_brief)
    if drift.pending_revisions:
        title = f"{counted(len(drift.pending_revisions), 'pending revision')}: no drift"
        cells = ([item.id, item.message, day(item.date)] for item in drift.pending_revisions)
        yield Fold(title, (tabled(["Revision", "Message", "Date"], cells),))


def _head(drift: Drift) -> Iterator[Block]:
    found = outcome(drift)
    heading = f"{found.value} {_capital(drift.verdict)}"
    yield Heading(heading, is_bad=found is not Outcome.NONE)
    yield Line(f"{show_url(drift.url)}, stamped {', '.join(drift.stamp) or 'with nothing'}")
    if drift.nearest is not None:
        stamp, count = drift.nearest
        where = ", ".join(stamp) or "base"
        yield Line(f"It looks most like {where}: {counted(count, 'difference')} from it.")
    if said := blind_words(drift):
        yield Line(f"{said}.")
    for note in drift.notes:
        yield Line(f"Note: {note}")
    for problem in drift.accepted_problems:
        yield Line(f"Accepted drift: {problem}")


def _capital(said: str) -> str:
    return said[:1].upper() + said[1:]


def _title(section: Section) -> str:
    return f"{_capital(section.title)} ({len(section.differences)})"


def _told(section: Section, rows: int) -> Iterator[Block]:
    yield difference_table(section.differences[:rows])
    left_out = len(section.differences) - rows
    if left_out > 0:
        yield Line(f"… and {left_out:,} more: schema drift --html FILE shows all of them.")
    long = [item for item in section.differences[:rows] if _is_long(item)]
    for item in long[:_MOST_LONG]:
        yield Fold(f"{item.kind} {item.label}", (_in_full(item),))


def difference_table(differences: Sequence[Difference], *, causes: bool = False) -> Table:
    """One row a difference; ``Why`` is there only when it is known of one of them."""
    columns = ["Change", "Object", "How"]
    reasons = [_why(item, causes) for item in differences]
    columns += ["Why"] if any(reasons) else []
    rows = []
    for item, reason in zip(differences, reasons, strict=True):
        mark = f"{CHANGE_MARKS.get(item.change, '?')} {item.change}"
        row = [mark, f"{item.kind} {item.label}", _in_short(item), reason]
        rows.append(row[: len(columns)])
    return tabled(columns, rows, code=("Object", "How"))


def _how(item: Difference) -> str:
    what = f"{item.kind} {item.label}"
    # Why it is taken for renamed has a column of its own.
    told = replace(item, evidence=(), confidence=None).describe()
    how = told.removeprefix(f"{what}: ").removeprefix(item.change).strip()
    if item.change in {"added", "removed"}:
        how = how.removeprefix("(").removesuffix(")")
    return how or "; ".join(filter(None, map(shown, _values(item))))


def _values(item: Difference) -> list[object]:
    return [
        side
        for name, pair in item.properties.items()
        for side in pair
        if item.change not in {"added", "removed"} or not goes_without_saying(name, side)
    ]


def _is_long(item: Difference) -> bool:
    """Whether a table's cell would cut it, or lose its lines."""
    return len(_how(item)) > _LONG or any("\n" in str(value) for value in _values(item))


def _in_short(item: Difference) -> str:
    """How it differs in a line; of what is long only which properties it is."""
    if not _is_long(item):
        return _how(item)
    return f"{', '.join(item.properties)[:_LONG]}: see below"


def _why(item: Difference, causes: bool) -> str:
    said = [item.cause or ""] if causes else []
    said += [item.explanation or ""]
    if item.evidence or item.confidence is not None:
        sure = [] if item.confidence is None else [f"{item.confidence:.0%} sure"]
        said.append(", ".join([*sure, *item.evidence]))
    said += [f"accepted: {item.accepted}"] if item.accepted else []
    said += [f"◌ {BLIND}"] if item.alembic_check is False else []
    return "; ".join(filter(None, said))


def _in_full(item: Difference) -> Line:
    """Every property that differs, line by line as ``diff -u`` does.

    Of an object that one side lacks, what goes without saying is left out.
    """
    lines: list[str] = []
    for name, pair in item.properties.items():
        one_sided = item.change in {"added", "removed"}
        if one_sided and all(goes_without_saying(name, side) for side in pair):
            continue
        before, after = ("" if side is None else shown(side) for side in pair)
        changes = unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=2)
        # Where one side has nothing, the line numbers of "@@ -0,0 +1,9 @@" tell nothing either.
        lines += [f"# {name}", *list(changes)[2 if before and after else 3 :]]
    left_out = len(lines) - _MOST_LINES
    said = [line if len(line) <= 500 else f"{line[:500]} …" for line in lines[:_MOST_LINES]]
    said += [f"# … and {left_out} lines more"] if left_out > 0 else []
    return Line("\n".join(said), is_code=True, language="diff")
