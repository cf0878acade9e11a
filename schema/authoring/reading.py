"""A new revision as it is read: what Alembic made of a change, next to what it cannot see.

The second column is no list of known gaps: it is computed. The models are created on an empty
database, the migrations are replayed on another with the new revision on top, and the two are
compared as catalogs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from schema.authoring.operations import Operation
from schema.compare import Difference, Differences
from schema.display import Displayed
from schema.rehearsal.hazards import Hazard
from schema.wording import counted

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Mend", "Reading", "Unseen"]


@dataclass(frozen=True)
class Mend:
    """An offer: the revision's whole text, changed in one way. ``Draft.mend(offer)`` takes it.

    ``title`` is what it does, ``why`` the reason. ``lines`` are those that it adds to the text.
    """

    title: str
    why: str
    text: str
    lines: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<Mend: {self.title}>"


@dataclass(frozen=True)
class Unseen:
    """A difference that the file does not make, or makes as something else, and why.

    Its left is what the database will have, its right what the models say. ``is_earlier`` tells
    that it was there before the edit.
    """

    difference: Difference
    why: str
    is_earlier: bool = False

    @property
    def words(self) -> str:
        """The difference in one line."""
        return self.difference.describe()

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return {**self.difference.to_dict(), "why": self.why, "is_earlier": self.is_earlier}


@dataclass(frozen=True)
class Reading(Displayed):
    """What a draft's revision does, as far as it is known without data.

    ``revision`` is its id, None where there was nothing to write: then ``text`` is empty.
    ``operations`` and ``way_back`` are read from its source; ``hazards`` are known from the
    statements that it sent. ``unseen`` is what the models have and the file does not make;
    ``besides`` what it changes that is none of the edit's doing, such as a table that is in no
    model, or a trigger that a batch copy forgets; ``earlier`` what models and migrations did not
    agree on before. ``not_undone`` is how the schema differs after its way back. ``detected`` and
    ``warnings`` are Alembic's words. ``error`` is why it failed on an empty database at the heads,
    None when it ran; ``down_error`` and ``again_error`` the same of its way back, and of a second
    time.
    """

    revision: str | None
    filename: str | None
    text: str
    operations: tuple[Operation, ...] = ()
    way_back: tuple[Operation, ...] = ()
    hazards: tuple[Hazard, ...] = ()
    unseen: tuple[Unseen, ...] = ()
    besides: Differences = field(default_factory=Differences)
    earlier: Differences = field(default_factory=Differences)
    not_undone: Differences = field(default_factory=Differences)
    mends: tuple[Mend, ...] = ()
    detected: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    error: str | None = None
    down_error: str | None = None
    again_error: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there was nothing to write: the models say what the migrations make."""
        return self.revision is None

    @property
    def is_complete(self) -> bool:
        """Whether it runs, makes what the models say and nothing else, and its way back too."""
        failed = self.error or self.down_error or self.again_error
        return not (failed or self.unseen or self.besides or self.not_undone)

    @property
    def verdict(self) -> str:
        """One sentence."""
        if self.is_empty:
            return "no change: the models say what the migrations make, so no file was written"
        if self.error is not None:
            return "it fails on an empty database at head"
        parts = [
            f"{counted(len(self.unseen), 'difference')} that Alembic does not see"
            if self.unseen
            else "",
            f"{counted(len(self.besides), 'change')} besides" if self.besides else "",
            "its way back fails" if self.down_error else "",
            f"{counted(len(self.not_undone), 'difference')} after its way back"
            if self.not_undone
            else "",
            "it cannot be applied a second time" if self.again_error else "",
        ]
        said = "; ".join(filter(None, parts))
        return said or "it makes what the models say, and its way back undoes it"

    def __repr__(self) -> str:
        lines = [f"<Reading of {self.revision or 'nothing'}: {self.verdict}>"]
        lines += [f"  made:   {item.words}" for item in self.operations]
        lines += [f"  unseen: {item.words}" for item in self.unseen]
        lines += [f"  besides: {item.describe()}" for item in self.besides]
        lines += [f"  mend:   {item.title}" for item in self.mends]
        return "\n".join(lines)

    def hazards_by_operation(self) -> list[tuple[Operation, tuple[Hazard, ...]]]:
        """The operations, and with each the hazards that no earlier one is about."""
        told: list[Hazard] = []
        found = []
        for op in self.operations:
            new = tuple(item for item in self.hazards_of(op) if item not in told)
            told += new
            found.append((op, new))
        return found

    def hazards_of(self, operation: Operation) -> tuple[Hazard, ...]:
        """The hazards that are about what an operation is about."""
        return tuple(item for item in self.hazards if _is_about(item, operation))

    @property
    def other_hazards(self) -> tuple[Hazard, ...]:
        """The hazards that no operation could be named for."""
        return tuple(
            item for item in self.hazards if not any(_is_about(item, op) for op in self.operations)
        )

    def mend(self, beginning: str) -> Mend:
        """The offer whose title begins so. Raises LookupError, naming those that there are."""
        for item in self.mends:
            if item.title.lower().startswith(beginning.lower()):
                return item
        names = "; ".join(item.title for item in self.mends) or "none"
        raise LookupError(f"No offer begins {beginning!r}. There are: {names}")

    def frame(self) -> pd.DataFrame:
        """One row for what it does and for what it does not do: ``seen, object, what, why,
        hazards`` (their rules)."""
        import pandas as pd

        return pd.DataFrame(
            list(self._rows()), columns=["seen", "object", "what", "why", "hazards"]
        )

    def _rows(self) -> Iterable[tuple[str, str | None, str, str | None, str]]:
        for op in self.operations:
            rules = ", ".join(dict.fromkeys(item.rule for item in self.hazards_of(op)))
            yield "made", op.label, op.words, None, rules
        for item in self.unseen:
            yield "unseen", item.difference.label, item.words, item.why, ""
        for difference in self.besides:
            yield "besides", difference.label, difference.describe(), None, ""
        for difference in self.not_undone:
            yield "not undone", difference.label, difference.describe(), None, ""

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return {
            "revision": self.revision,
            "filename": self.filename,
            "verdict": self.verdict,
            "is_complete": self.is_complete,
            "operations": [item.to_dict() for item in self.operations],
            "way_back": [item.to_dict() for item in self.way_back],
            "hazards": [item.to_dict() for item in self.hazards],
            "unseen": [item.to_dict() for item in self.unseen],
            "besides": self.besides.to_list(),
            "earlier": self.earlier.to_list(),
            "not_undone": self.not_undone.to_list(),
            "mends": [{"title": item.title, "why": item.why} for item in self.mends],
            "detected": list(self.detected),
            "warnings": list(self.warnings),
            "error": self.error,
            "down_error": self.down_error,
            "again_error": self.again_error,
            "text": self.text,
        }


def _is_about(hazard: Hazard, operation: Operation) -> bool:
    """Whether a hazard's object is the operation's table, or what it makes or drops."""
    if hazard.object is None:
        return False
    names = {operation.table, operation.object, operation.label} - {None}
    return hazard.object in names or hazard.object.rpartition(".")[2] in names
