"""The biography of one thing: every revision that made, changed, renamed or dropped it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from schema.biography.entries import Entry, Writer
from schema.biography.lives import Life, Lives, lives_of
from schema.biography.names import meaning_of, short
from schema.biography.source import Timeline
from schema.display import Displayed
from schema.history import Revision

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Biography", "Lifetime", "biography_of"]

_COLUMNS = ["life", "revision", "date", "author", "message", "change", "kind", "object", "what",
            "line", "operation", "commit"]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lifetime:
    """One life of a thing. ``names`` are all labels that it had, in their order, without
    PostgreSQL's ``public``.

    ``born`` is None where no revision made it; ``died`` is None while it is there.
    """

    kind: str
    names: tuple[str, ...]
    born: Revision | None
    died: Revision | None

    @property
    def label(self) -> str:
        """What it is called now, or was at its end."""
        return self.names[-1]

    @property
    def is_alive(self) -> bool:
        return self.died is None

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return {
            "kind": self.kind,
            "label": self.label,
            "names": list(self.names),
            "born": None if self.born is None else self.born.id,
            "died": None if self.died is None else self.died.id,
        }


@dataclass(frozen=True)
class Biography(Displayed):
    """The life of one table, column, index or whatever it is; oldest entry first.

    Several ``lives`` where something was dropped and made again under its name: ``Entry.life``
    counts them from 1. A table's entries hold what happened to its columns, keys and indexes too; a
    column's, what happened to its table's name and to the keys and indexes on it. ``notes`` say
    what else is to be known, such as a revision that could not be replayed.
    """

    name: str
    dialect: str
    lives: tuple[Lifetime, ...]
    entries: tuple[Entry, ...]
    notes: tuple[str, ...] = field(default=())

    @property
    def kind(self) -> str:
        return self.lives[-1].kind

    @property
    def label(self) -> str:
        """What it is called now, or was at its end, whatever it was asked by."""
        return self.lives[-1].label

    @property
    def is_alive(self) -> bool:
        """Whether it is there after the last revision."""
        return self.lives[-1].is_alive

    def __repr__(self) -> str:
        gone = "" if self.is_alive else ", dropped"
        lives = f", {len(self.lives)} lives" if len(self.lives) > 1 else ""
        return f"<Biography of {self.kind} {self.label}{gone}{lives}: {len(self.entries)} entries>"

    def of_life(self, number: int) -> tuple[Entry, ...]:
        """The entries of one life, counted from 1."""
        return tuple(entry for entry in self.entries if entry.life == number)

    def frame(self) -> pd.DataFrame:
        """One row an entry: ``life, revision, date, author, message, change, kind, object, what,
        line, operation, commit``. ``what`` says it in words; ``line`` and ``operation`` are those
        in the revision's file, missing where they were not found; ``commit`` is Git's."""
        import pandas as pd

        rows = [entry.row() for entry in self.entries]
        return pd.DataFrame(rows, columns=_COLUMNS).astype({"line": "Int64"})

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return {
            "name": self.name,
            "kind": self.kind,
            "label": self.label,
            "dialect": self.dialect,
            "lives": [life.to_dict() for life in self.lives],
            "entries": [entry.to_dict() for entry in self.entries],
            "notes": list(self.notes),
        }


def biography_of(timeline: Timeline, name: str, *, kind: str | None = None) -> Biography:
    """Every revision that made, changed, renamed or dropped what is called ``name``.

    A name is as people type it: ``guest_requests``, ``guest_requests.user_data``, with a schema
    before it or not, an index's or a constraint's own; it may be one that was given up. Case counts
    only where it tells things apart. A kind may stand in front (``"index ix_x"``) or be given as
    ``kind``. Raises WorkbenchError for a name that means nothing, or several things, with what was
    perhaps meant.
    """
    lives = lives_of(timeline)
    meaning = meaning_of(lives, name, kind)
    writer = Writer(lives)
    entries = [
        entry
        for number, life in enumerate(meaning.lives, 1)
        for entry in writer.entries(life, number)
    ]
    anew = (note for life in meaning.lives for note in writer.made_anew(life))
    notes = [*dict.fromkeys(anew), *_others(meaning.others), *_failures(lives)]
    told = tuple(lifetime(lives, life) for life in meaning.lives)
    return Biography(name, timeline.dialect, told, tuple(entries), tuple(notes))


def lifetime(lives: Lives, life: Life) -> Lifetime:
    """A life with the revisions that began and ended it."""
    names = dict.fromkeys(short(identity) for identity in life.names)
    # A name that it had twice is told at its last place, so that the last is what it has.
    ordered = [name for name in names if name != short(life.identity)] + [short(life.identity)]
    return Lifetime(
        life.kind,
        tuple(ordered),
        None if life.born is None else lives.steps[life.born].revision,
        None if life.died is None else lives.steps[life.died].revision,
    )


def _others(others: Sequence[Life]) -> Iterator[str]:
    for life in others:
        said = f"{life.kind} {short(life.identity)}"
        gone = ", which was dropped" if not life.is_alive else ""
        yield f"another thing had this name once: it is now {said}{gone}"


def _failures(lives: Lives) -> Iterator[str]:
    """The revisions that could not be run: what they would have done is in no biography."""
    for step in lives.steps:
        if step.failure is not None:
            yield f"revision {step.revision.id} could not be run on {lives.timeline.dialect}"
