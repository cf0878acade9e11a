"""Which revisions somebody looks for: by words, author, time, and the table that they touched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from schema.history import Revision

__all__ = ["ANYBODY", "NOBODY", "Wanted", "authors"]

#: Leaves no author out.
ANYBODY = ""

#: Stands for the revisions whose author Git does not know.
NOBODY = "\0"


@dataclass(frozen=True)
class Wanted:
    """What a revision must be to be found; what is not set leaves nothing out.

    ``words`` must all occur in its id, message, author, date, flags or docstring, in any order and
    case. ``since`` and ``until`` are days, both included; a revision without a date is not found
    where one of them is set. ``table`` is a table's label as a timeline's steps have it, and
    ``touched`` tells for each revision the tables that it touched.
    """

    words: str = ""
    author: str = ANYBODY
    since: date | None = None
    until: date | None = None
    table: str = ""
    touched: Mapping[str, Sequence[str]] = field(default_factory=dict, repr=False)

    def find(self, history: Iterable[Revision]) -> list[Revision]:
        """Those of the revisions that are wanted, in their order."""
        words = self.words.casefold().split()
        return [item for item in history if self._fits(item) and _has(item, words)]

    def _fits(self, revision: Revision) -> bool:
        return (
            self.author in (ANYBODY, revision.author or NOBODY)
            and self._is_in_time(revision)
            and (not self.table or self.table in self.touched.get(revision.id, ()))
        )

    def _is_in_time(self, revision: Revision) -> bool:
        if self.since is None and self.until is None:
            return True
        day = revision.date and revision.date.date()
        return day is not None and (self.since or day) <= day <= (self.until or day)


def _has(revision: Revision, words: Sequence[str]) -> bool:
    if not words:
        return True
    facts = (revision.id, revision.message, revision.author or "", str(revision.date or ""))
    text = " ".join((*facts, *revision.flags, revision.prose)).casefold()
    return all(word in text for word in words)


def authors(history: Iterable[Revision]) -> list[tuple[str, int]]:
    """The authors with how many revisions are theirs, the busiest first; nobody at the end."""
    count = Counter(item.author or NOBODY for item in history)
    return sorted(count.items(), key=lambda each: (each[0] == NOBODY, -each[1], each[0]))
