"""A fleet in words: the same on a page, in a terminal and in Markdown."""

from __future__ import annotations

from schema.fleet.result import MARKS, VERDICTS, Fleet, Group
from schema.wording import counted, dialect_name, duration, number

__all__ = ["GROUP_COLUMNS", "SHARED_COLUMNS", "SHARED_TITLE", "fleet_mark", "group_cells",
           "models_title", "shared_rows", "size_words", "verdict_words"]  # fmt: skip

#: What a table of groups tells of each; ``group_cells`` has its cells.
GROUP_COLUMNS = ("Databases", "Verdict", "Kind", "Revision", "Behind", "Differences", "Which")
#: The same of ``shared_rows``, with what stands over them.
SHARED_COLUMNS = ("Databases", "Object", "Change", "Cause")
SHARED_TITLE = "What drifted, and in how many databases"


def fleet_mark(fleet: Fleet) -> str:
    """✓ no drift, ✗ drift, ! no drift was found, but not all could be compared."""
    return "✓" if fleet.is_clean else "✗" if fleet.has_drift else "!"


def size_words(fleet: Fleet) -> str:
    """``24 databases in 1.24 s``."""
    took = f" in {duration(fleet.seconds)}" if fleet.seconds else ""
    return f"{counted(len(fleet), 'database')}{took}"


def verdict_words(verdict: str) -> str:
    """``✗ drifted``: a verdict's mark, and what it means."""
    return f"{MARKS[verdict]} {VERDICTS[verdict]}"


def group_cells(group: Group) -> list[str]:
    """A group's row, as GROUP_COLUMNS has it."""
    return [
        number(len(group)),
        verdict_words(group.verdict),
        dialect_name(group.kind),
        ", ".join(group.revision) or "none",
        number(len(group.pending)) if group.pending else "",
        number(len(group.differences)) if group.differences else "",
        group.examples,
    ]


def shared_rows(fleet: Fleet) -> list[list[str]]:
    """Which differences there are at all; none where fewer than two groups have some."""
    if len([group for group in fleet.groups if group.differences]) < 2:
        return []
    return [
        [number(count), f"{item.kind} {item.label}", item.change, item.cause or ""]
        for item, count in fleet.shared
    ]


def models_title(kind: str) -> str:
    """What stands over the differences of the models, on a kind of database."""
    return f"The models changed without a migration, on {dialect_name(kind)}"
