"""What a drift explorer shows: which differences, in what order, under which headings.

Knows nothing of widgets, so that a test can ask it, and a thousand differences are quick to filter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from schema.compare import Difference
from schema.drift import Drift
from schema.sections import Section, sections, table_of

__all__ = ["ANY", "GROUPINGS", "PAGE", "Entry", "causes", "counts", "entries", "kinds", "matching",
           "pages", "parts"]  # fmt: skip

#: The choice of a filter that leaves nothing out.
ANY = ""

#: How many differences are on a page.
PAGE = 50

#: A filter looks so far into a description, in characters: a thousand long ones are found at once.
_MOST_WORDS = 2000


@dataclass(frozen=True, slots=True)
class Entry:
    """One difference with the section that it belongs to, and the words that a filter looks in."""

    difference: Difference
    section: Section
    words: str


def _heading_of_cause(entry: Entry) -> str:
    return entry.section.title


def _heading_of_table(entry: Entry) -> str:
    return table_of(entry.difference) or "(no table)"


#: What the differences can be grouped by, and the heading that each then stands under.
GROUPINGS: dict[str, Callable[[Entry], str]] = {
    "cause and table": _heading_of_cause,
    "cause": _heading_of_cause,
    "table": _heading_of_table,
    "kind": lambda entry: entry.difference.kind,
    "change": lambda entry: entry.difference.change,
}


def entries(drift: Drift) -> list[Entry]:
    """All that there is to show, what is drift first."""
    return [
        Entry(item, section, _words(item, section))
        for section in sections(drift)
        for item in section.differences
    ]


def _words(item: Difference, section: Section) -> str:
    known = (item.change, section.title, section.slug, item.explanation, item.accepted)
    said = item.describe()[:_MOST_WORDS]
    return " ".join([said, *(part for part in known if part)]).casefold()


def matching(
    found: Iterable[Entry], *, words: str = "", kind: str = ANY, cause: str = ANY,
    aside: Sequence[str] = (),
) -> list[Entry]:  # fmt: skip
    """The entries in which all words occur, of one kind and one section.

    Of what is no drift only that of the sections in ``aside``.
    """
    wanted = words.casefold().split()
    return [
        entry
        for entry in found
        if (entry.section.is_drift or entry.section.slug in aside)
        and kind in (ANY, entry.difference.kind)
        and cause in (ANY, entry.section.title)
        and all(word in entry.words for word in wanted)
    ]


def pages(found: Sequence[Entry], by: str) -> list[list[Entry]]:
    """The entries in the order of their groups, in pages of PAGE."""
    heading = GROUPINGS[by]
    if by.startswith("cause"):
        ordered = list(found)  # as the sections are: what people want to read first
    else:
        ordered = sorted(found, key=lambda entry: (not entry.section.is_drift, heading(entry)))
    if by == "cause and table":
        ordered = _by_table(ordered)
    return [ordered[start : start + PAGE] for start in range(0, len(ordered), PAGE)]


def _by_table(found: Iterable[Entry]) -> list[Entry]:
    """Within each section the differences of one table next to each other."""
    grouped = groupby(found, key=lambda entry: entry.section.title)
    return [
        entry
        for _, group in grouped
        for entry in sorted(group, key=lambda each: table_of(each.difference))
    ]


def parts(page: Sequence[Entry], by: str) -> list[Section]:
    """The groups of a page, each as a section of its own that bears the group's heading."""
    heading = GROUPINGS[by]
    made = []
    for title, group in groupby(page, key=heading):
        listed = list(group)
        sides = {(entry.section.left, entry.section.right) for entry in listed}
        left, right = sides.pop() if len(sides) == 1 else ("Expected", "Found")
        items = tuple(entry.difference for entry in listed)
        section = listed[0].section
        made.append(replace(section, title=title, differences=items, left=left, right=right))
    return made


def counts(found: Iterable[Entry], by: str) -> Counter[str]:
    """How many entries stand under each heading, on all pages."""
    heading = GROUPINGS[by]
    return Counter(map(heading, found))


def kinds(found: Iterable[Entry]) -> list[tuple[str, str]]:
    """The kinds to choose from, with how many there are of each: ``("column (12)", "column")``."""
    return _choices(entry.difference.kind for entry in found)


def causes(found: Iterable[Entry]) -> list[tuple[str, str]]:
    """The headings of the sections to choose from, likewise."""
    return _choices(entry.section.title for entry in found)


def _choices(found: Iterable[str]) -> list[tuple[str, str]]:
    listed = Counter(found)
    return [("all", ANY), *((f"{name} ({count})", name) for name, count in listed.items())]
