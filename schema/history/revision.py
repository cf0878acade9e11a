"""One revision, as its file and the graph around it describe it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import heapify, heappop, heappush
from pathlib import Path
from typing import Any

from alembic.script.revision import Revision as Node

from schema.history.docstring import prose_of
from schema.history.files import RevisionFile

__all__ = ["Revision", "in_time", "placed"]


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision: what its file says, and its place in the graph.

    ``parents`` are as the file names them, also one that is missing. ``labels`` are the revision's
    own. ``date`` is None when the file holds none, and naive when it names no time zone;
    ``author`` is the Git author of the commit that added the file, None without Git.
    """

    id: str
    parents: tuple[str, ...]
    message: str
    date: datetime | None
    author: str | None
    path: Path
    labels: tuple[str, ...]
    depends_on: tuple[str, ...]
    is_head: bool
    is_base: bool
    is_branch_point: bool
    is_merge_point: bool
    doc: str = ""

    @property
    def flags(self) -> tuple[str, ...]:
        """What stands out about its place, in words: ``("head", "label: billing")``."""
        places = {
            "head": self.is_head,
            "base": self.is_base,
            "branch point": self.is_branch_point,
            "merge point": self.is_merge_point,
        }
        return (
            *(name for name, holds in places.items() if holds),
            *(f"label: {label}" for label in self.labels),
            *(f"depends on: {other}" for other in self.depends_on),
        )

    @property
    def prose(self) -> str:
        """The docstring without the message and the fields that Alembic writes into it."""
        return prose_of(self.doc)

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it; the date in ISO 8601, the path as text."""
        return {
            "revision": self.id,
            "parents": list(self.parents),
            "message": self.message,
            "date": self.date.isoformat() if self.date else None,
            "author": self.author,
            "flags": list(self.flags),
            "path": str(self.path),
        }


def placed(file: RevisionFile, node: Node, author: str | None) -> Revision:
    """The revision of a file, with what the graph says about its place."""
    return Revision(
        id=file.id,
        parents=file.parents,
        message=file.message,
        date=file.date,
        author=author,
        path=file.path,
        labels=file.labels,
        depends_on=file.depends_on,
        is_head=node.is_head,
        is_base=not file.parents,
        is_branch_point=node.is_branch_point,
        is_merge_point=len(file.parents) > 1,
        doc=file.doc,
    )


def in_time(
    revisions: Mapping[str, Revision], needs: Mapping[str, Collection[str]]
) -> list[Revision]:
    """The revisions by date, but each after what it needs; one without a date next to that."""
    above: dict[str, list[str]] = {name: [] for name in revisions}
    for name in revisions:
        for other in needs[name]:
            above[other].append(name)
    left = {name: len(needs[name]) for name in revisions}
    waiting = [(_moment(revisions[name]), name) for name, count in left.items() if not count]
    heapify(waiting)
    found = []
    while waiting:
        moment, name = heappop(waiting)
        found.append(revisions[name])
        for other in above[name]:
            left[other] -= 1
            if not left[other]:
                heappush(waiting, (max(moment, _moment(revisions[other])), other))
    return found


def _moment(revision: Revision) -> float:
    """The revision's date as a number; one that names no time zone counts as UTC."""
    date = revision.date
    if date is None:
        return 0.0
    return (date if date.tzinfo is not None else date.replace(tzinfo=UTC)).timestamp()
