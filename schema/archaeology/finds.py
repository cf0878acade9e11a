"""What archaeology finds: versions of revision files, and where one of them made something."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from schema.git import Commit

__all__ = ["Origin", "Version", "changed_lines", "commit_words", "message_in", "revision_in"]

_REVISION = re.compile(r"""^revision\s*(?::[^=\n]+)?=\s*['"]([^'"\n]+)['"]""", re.MULTILINE)
_DOCSTRING = re.compile(r"""\A(?:\s*\#[^\n]*\n)*\s*[rRuU]?(?:\"{3}|'{3}|["'])\s*([^\n"']*)""")


@dataclass(frozen=True, slots=True)
class Version:
    """One text that a revision's file had.

    ``made`` is the commit that brought it, ``ended`` the one that changed or deleted it, None while
    it stands in some branch. ``is_deleted`` is true when ``ended`` left no file of this revision.
    """

    revision: str
    path: str
    text: str = field(repr=False)
    made: Commit
    ended: Commit | None = None
    is_deleted: bool = False

    @property
    def message(self) -> str:
        """The first line of its docstring, which ``alembic revision -m`` wrote."""
        return message_in(self.text)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where something was made that the present revision files do not make.

    ``words`` says it in one clause, ``"made by revision 1f2e3d (adds x), deleted in commit …"``.
    ``branches`` are those that hold it, where it is not part of what is checked out.
    """

    version: Version
    words: str
    branches: tuple[str, ...] = ()


def revision_in(text: str) -> str | None:
    """The id that a revision file states, without running it."""
    found = _REVISION.search(text)
    return found[1] if found else None


def message_in(text: str) -> str:
    found = _DOCSTRING.match(text)
    return found[1].strip() if found else ""


def commit_words(commit: Commit) -> str:
    """``abc1234 on 2024-03-02 by Ada Lovelace``"""
    day = f" on {commit.day.isoformat()}" if commit.day else ""
    return f"{commit.short}{day} by {commit.author}"


def changed_lines(old: str, new: str) -> str:
    """Where a text was changed, by the lines of the new one: ``line 12``, ``lines 12-14, 20``."""
    places = list(_places(old.splitlines(), new.splitlines()))
    if not places:
        return "nothing"
    shown = ", ".join(places[:3]) + (f" and {len(places) - 3} more" if len(places) > 3 else "")
    several = len(places) > 1 or "-" in shown
    return f"{'lines' if several else 'line'} {shown}"


def _places(old: list[str], new: list[str]) -> Iterator[str]:
    for tag, _, _, start, end in difflib.SequenceMatcher(None, old, new, False).get_opcodes():
        if tag == "equal":
            continue
        first, last = start + 1, max(end, start + 1)
        yield str(first) if first == last else f"{first}-{last}"
