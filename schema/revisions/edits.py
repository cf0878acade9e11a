"""What became of a revision's file since it was added: by whom, and what was changed in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from typing import Any

from schema.archaeology import Archaeology, Version
from schema.git import Commit
from schema.history import Revision

__all__ = ["FileHistory", "file_history"]


@dataclass(frozen=True, slots=True)
class FileHistory:
    """What Git knows of a revision's file, as far as it is part of what is checked out.

    ``added`` is the commit that brought it, None where none did; ``edited`` are those that changed
    it later, newest first. ``is_committed`` is False when the file holds what no commit does.
    ``diff`` has the lines of a unified diff from its first text to the one that it has now, empty
    while they are the same. ``note`` says why Git knows nothing, or not all.
    """

    added: Commit | None = None
    edited: tuple[Commit, ...] = ()
    is_committed: bool = True
    diff: tuple[str, ...] = ()
    note: str = ""

    @property
    def is_edited(self) -> bool:
        """Whether the file says something else than when it was added."""
        return bool(self.diff)

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it; commits without their other files."""
        return {
            "added": None if self.added is None else _commit(self.added),
            "edited": [_commit(each) for each in self.edited],
            "is_committed": self.is_committed,
            "diff": list(self.diff),
            "note": self.note,
        }


def file_history(archaeology: Archaeology, revision: Revision, text: str) -> FileHistory:
    """The history of the file of a revision, whose text is ``text`` now."""
    versions = archaeology.versions(revision.id)
    if not versions:
        return FileHistory(None, is_committed=False, note=archaeology.note)
    first, newest = versions[-1], versions[0]
    edited = tuple(dict.fromkeys(each.made for each in versions[:-1]))
    is_committed = _plain(newest.text) == _plain(text)
    diff = tuple(_diff(first, text, revision.path.name))
    return FileHistory(first.made, edited, is_committed, diff, archaeology.note)


def _diff(first: Version, text: str, name: str) -> Iterator[str]:
    before, now = _plain(first.text), _plain(text)
    return unified_diff(before, now, f"{name} in {first.made.short}", f"{name} now", lineterm="")


def _plain(text: str) -> list[str]:
    """The lines without what an editor or a checkout changes by itself."""
    return [line.rstrip() for line in text.strip().splitlines()]


def _commit(commit: Commit) -> dict[str, Any]:
    return {
        "commit": commit.id,
        "author": commit.author,
        "day": commit.day.isoformat() if commit.day else None,
        "subject": commit.subject,
    }
