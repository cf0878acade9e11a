"""What a step did to the data, in one word and in detail."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from schema.display import Displayed

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DataChange", "DataLoss", "DataVerdict", "Example", "Word"]

Word = Literal["unchanged", "added", "transformed", "lost"]

#: The key of a row, its value before and its value after (None is NULL); or a whole row as text.
Example = tuple[str, str | None, str | None] | str

#: Changes after which all that was there is still there as it was.
_ADDED = {"rows added", "table added", "column added"}
#: What is told, and is no change of the data.
_KEPT = {"table moved", "column moved"}


@dataclass(frozen=True, slots=True)
class DataChange:
    """What became of data without a loss.

    ``kind`` is ``"rows added"``, ``"table added"``, ``"column added"`` (a new one that has values),
    ``"column filled"`` (NULLs were given values), ``"values changed"``, ``"case folded"``,
    ``"trimmed"``, ``"stored otherwise"``, ``"table moved"`` and ``"column moved"`` (the same values
    elsewhere), or ``"not compared"``. ``count`` is of values or rows; None where it was not
    counted. ``message`` tells all of it to a person. ``examples`` are at most three.
    """

    kind: str
    table: str
    column: str | None
    count: int | None
    message: str
    examples: tuple[Example, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return _as_dict(self)


@dataclass(frozen=True, slots=True)
class DataLoss:
    """Data that was there before a step and is not any more.

    ``kind`` is ``"rows"``, ``"table"``, ``"column"``, ``"nulled"``, ``"emptied"``, ``"truncated"``,
    ``"rounded"``, ``"cast"``, ``"clipped"``, ``"zeroed"``, ``"time shift"``, ``"encoding"`` or
    ``"values"`` (all values of a column became one and the same). The rest is as in DataChange.
    """

    kind: str
    table: str
    column: str | None
    count: int | None
    message: str
    examples: tuple[Example, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return _as_dict(self)


@dataclass(frozen=True)
class DataVerdict(Displayed):
    """What a step did to the data of a database.

    ``verdict`` is ``"lost"`` when anything is in ``lost``; else ``"transformed"`` when values that
    were there differ now, or could not be compared; else ``"added"`` when there is more than
    before; else ``"unchanged"``. A table or column that was renamed or moved with all its values,
    or has another type and the same values, is unchanged. ``notes`` say how sure all this is;
    ``is_full`` is false when rows were counted and no value was looked at.
    """

    verdict: Word
    changes: tuple[DataChange, ...] = ()
    lost: tuple[DataLoss, ...] = ()
    notes: tuple[str, ...] = ()
    is_full: bool = True

    @classmethod
    def of(
        cls,
        changes: Iterable[DataChange],
        lost: Iterable[DataLoss],
        notes: Iterable[str] = (),
        *,
        is_full: bool = True,
    ) -> DataVerdict:
        """The verdict that follows from what was found."""
        changes, lost = tuple(changes), tuple(lost)
        kinds = {change.kind for change in changes} - _KEPT
        word: Word = "unchanged"
        if lost:
            word = "lost"
        elif kinds - _ADDED:
            word = "transformed"
        elif kinds:
            word = "added"
        return cls(word, changes, lost, tuple(dict.fromkeys(notes)), is_full)

    def __repr__(self) -> str:
        told = [loss.message for loss in self.lost]
        told += [change.message for change in self.changes]
        return "\n".join([f"<DataVerdict: {self.verdict}>", *(f"  {line}" for line in told)])

    def frame(self) -> pd.DataFrame:
        """One row a loss or change: ``lost`` (true or false), ``kind, table, column, count,
        message``."""
        import pandas as pd

        found: tuple[DataLoss | DataChange, ...] = (*self.lost, *self.changes)
        columns = ["lost", "kind", "table", "column", "count", "message"]
        rows = [
            (isinstance(item, DataLoss), item.kind, item.table, item.column, item.count,
             item.message)
            for item in found
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=columns).astype({"count": "Int64"})

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return {
            "verdict": self.verdict,
            "lost": [item.to_dict() for item in self.lost],
            "changes": [item.to_dict() for item in self.changes],
            "notes": list(self.notes),
        }


def _as_dict(item: DataChange | DataLoss) -> dict[str, Any]:
    return {
        "kind": item.kind,
        "table": item.table,
        "column": item.column,
        "count": item.count,
        "message": item.message,
        "examples": [each if isinstance(each, str) else list(each) for each in item.examples],
    }
