"""What is odd about a revision, and all of it as one value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from schema.display import Displayed
from schema.history import Revision
from schema.wording import counted

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["KINDS", "Oddities", "Oddity"]

#: Each kind of oddity with its sentence, the gravest first.
KINDS: Mapping[str, str] = MappingProxyType(
    {
        "cannot-run": "it cannot be run on a new database",
        "another-day": "it makes another schema on another day",
        "other-each-time": "it makes another schema each time",
        "downgrade-fails": "its downgrade fails",
        "not-undone": "its downgrade does not undo it",
        "not-again": "it cannot be applied again after its downgrade",
        "dialects-differ": "it does one thing on SQLite and another on PostgreSQL",
        "changes-nothing": "it changes nothing",
        "undoes-the-last": "it only undoes the revision before it",
        "promises-other": "its message speaks of what it does not touch",
        "does-the-opposite": "it does the opposite of what its message says",
        "other-id": "its file says another id than it has",
        "no-message": "it has no message",
    }
)

_COLUMNS = ["revision", "date", "author", "kind", "message", "evidence", "look", "declared"]


@dataclass(frozen=True, slots=True)
class Oddity:
    """One thing that is odd about a revision.

    ``kind`` is one of KINDS, ``message`` a sentence without its end, ``evidence`` what was seen, a
    line each, and ``look`` where or with which command to see it. ``declared`` is the reason in the
    revision's file (``# schema: ignore …``) for which it is meant to be so; None without one.
    """

    revision: Revision
    kind: str
    message: str
    evidence: tuple[str, ...] = ()
    look: str = ""
    declared: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return {
            "revision": self.revision.id,
            "date": self.revision.date.isoformat() if self.revision.date else None,
            "author": self.revision.author,
            "revision_message": self.revision.message,
            "kind": self.kind,
            "message": self.message,
            "evidence": list(self.evidence),
            "look": self.look,
            "declared": self.declared,
        }


@dataclass(frozen=True)
class Oddities(Displayed, Sequence[Oddity]):
    """All that is odd, in the order of the revisions; false when nothing is.

    ``revisions`` is how many were looked at, ``dialects`` the kinds of database on which they were
    run and compared. ``notes`` say what could not be tried, and why.
    """

    items: tuple[Oddity, ...]
    revisions: int
    dialects: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def __getitem__(self, index: Any) -> Any:  # noqa: ANN401 -- an index or a slice
        return self.items[index]

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Oddity]:
        return iter(self.items)

    def __repr__(self) -> str:
        return f"<Oddities: {self.verdict}>"

    @property
    def undeclared(self) -> tuple[Oddity, ...]:
        """Those that no comment in their files declares to be meant."""
        return tuple(item for item in self.items if item.declared is None)

    @property
    def verdict(self) -> str:
        """One line: ``3 oddities in 2 of 14 revisions``."""
        if not self.items:
            return f"nothing odd about {counted(self.revisions, 'revision')}"
        odd = len({item.revision.id for item in self.items})
        said = f"{counted(len(self.items), 'oddity')} in {odd} of {self.revisions} revisions"
        declared = len(self.items) - len(self.undeclared)
        return f"{said}, {declared} declared" if declared else said

    @property
    def counts(self) -> Mapping[str, int]:
        """How many there are of each kind, the gravest kind first."""
        found = Counter(item.kind for item in self.items)
        return MappingProxyType({kind: found[kind] for kind in KINDS if kind in found})

    def of(self, revision: str) -> tuple[Oddity, ...]:
        """What is odd about one revision."""
        return tuple(item for item in self.items if item.revision.id == revision)

    def frame(self) -> pd.DataFrame:
        """One row an oddity: ``revision, date, author, kind, message, evidence`` (lines in one
        text)``, look, declared``."""
        import pandas as pd

        rows = [
            (
                item.revision.id,
                item.revision.date,
                item.revision.author,
                item.kind,
                item.message,
                "\n".join(item.evidence),
                item.look,
                item.declared,
            )
            for item in self.items
        ]
        return pd.DataFrame(rows, columns=_COLUMNS)

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return {
            "verdict": self.verdict,
            "revisions": self.revisions,
            "dialects": list(self.dialects),
            "counts": dict(self.counts),
            "oddities": [item.to_dict() for item in self.items],
            "notes": list(self.notes),
        }
