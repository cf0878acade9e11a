"""Two rehearsals compared: what an improved revision costs now, and what it cost before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schema.display import Displayed
from schema.rehearsal.hazards import Hazard
from schema.rehearsal.observed import Blocked
from schema.rehearsal.rehearsal import Rehearsal
from schema.rehearsal.steps import Direction, Step
from schema.rehearsal.totals import longest_lock, rewritten_bytes
from schema.wording import counted, duration, size

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Figures", "Pair", "Versus", "versus"]

_FIGURES = ("seconds", "reads", "writes", "rewritten", "wal", "data", "error")


@dataclass(frozen=True, slots=True)
class Figures:
    """What one side of a pair comes to. Times are in seconds, sizes in bytes.

    ``reads`` and ``writes`` are for how long a lock kept readers and writers away at most; None
    when no lock was observed, so that nothing is known. ``rewritten`` and ``wal`` are None when
    they were not measured, ``data`` when no ledger was taken, ``error`` when the step succeeded.
    """

    seconds: float
    reads: float | None
    writes: float | None
    rewritten: int | None
    wal: int | None
    data: str | None
    error: str | None


@dataclass(frozen=True)
class Pair:
    """The same revision, run in the same direction in both rehearsals; None where it was not."""

    revision: str
    message: str
    direction: Direction
    before: Step | None
    after: Step | None

    @property
    def figures(self) -> tuple[Figures | None, Figures | None]:
        """Both sides, to be set next to each other."""
        return _figures(self.before), _figures(self.after)

    @property
    def hazards_gone(self) -> tuple[Hazard, ...]:
        """Hazards that only the earlier rehearsal had."""
        return _only_in(self.before, self.after)

    @property
    def hazards_new(self) -> tuple[Hazard, ...]:
        """Hazards that only the later one has."""
        return _only_in(self.after, self.before)

    def to_dict(self) -> dict[str, Any]:
        """One row of the frame, with the hazards as lists of rules."""
        row: dict[str, Any] = {"revision": self.revision, "direction": self.direction}
        before, after = self.figures
        for name in _FIGURES:
            row[f"{name}_before"] = getattr(before, name, None)
            row[f"{name}_after"] = getattr(after, name, None)
        row["hazards_gone"] = [item.rule for item in self.hazards_gone]
        row["hazards_new"] = [item.rule for item in self.hazards_new]
        return row


class Versus(Displayed, Sequence[Pair]):
    """The pairs, in the order of the later rehearsal; then what only the earlier one ran."""

    def __init__(self, pairs: Sequence[Pair]) -> None:
        self._pairs = tuple(pairs)

    def __getitem__(self, index: Any) -> Any:  # noqa: ANN401 -- a Pair, or a tuple for a slice
        return self._pairs[index]

    def __len__(self) -> int:
        return len(self._pairs)

    def __iter__(self) -> Iterator[Pair]:
        return iter(self._pairs)

    @property
    def verdict(self) -> str:
        """One sentence over what both rehearsals ran."""
        both = [pair for pair in self if pair.before is not None and pair.after is not None]
        if not both:
            return "The two rehearsals have no step in common."
        told = [_better("time", *_sums(both, "seconds"), duration)]
        for name, called in (("reads", "reads blocked"), ("writes", "writes blocked")):
            told.append(_better(called, *_most(both, name), duration))
        told.append(_better("written anew", *_sums(both, "rewritten"), size))
        gone = sum(len(pair.hazards_gone) for pair in both)
        new = sum(len(pair.hazards_new) for pair in both)
        told += [f"{counted(gone, 'hazard')} gone"] if gone else []
        told += [f"{counted(new, 'hazard')} new"] if new else []
        what = "; ".join(filter(None, told)) or "no figure differs"
        return f"{counted(len(both), 'step')} compared: {what}."

    def __repr__(self) -> str:
        return f"<Versus: {self.verdict}>"

    def frame(self) -> pd.DataFrame:
        """One row a pair: ``revision, direction``; then ``seconds, reads, writes`` (for how long a
        lock kept them away, in seconds), ``rewritten, wal`` (bytes), ``data, error``, each with
        ``_before`` and ``_after``; ``hazards_gone, hazards_new``. Missing where nothing was
        measured."""
        import pandas as pd

        rows = [
            {**row, **{name: ", ".join(row[name]) for name in ("hazards_gone", "hazards_new")}}
            for row in map(Pair.to_dict, self)
        ]
        sides = [f"{name}_{side}" for name in _FIGURES for side in ("before", "after")]
        columns = ["revision", "direction", *sides, "hazards_gone", "hazards_new"]
        whole = [name for name in sides if name.startswith(("rewritten", "wal"))]
        return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(whole, "Int64"))

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return {"verdict": self.verdict, "steps": [pair.to_dict() for pair in self]}


def versus(before: Rehearsal | Sequence[Step], after: Rehearsal | Sequence[Step]) -> Versus:
    """Compare two rehearsals, of the same project before and after a revision was improved.

    A revision that was run more than once in one direction counts as it was run last.
    """
    earlier, later = _last(before), _last(after)
    keys = [*later, *(key for key in earlier if key not in later)]
    return Versus([_pair(earlier.get(key), later.get(key)) for key in keys])


def _last(ran: Rehearsal | Sequence[Step]) -> dict[tuple[Direction, str], Step]:
    steps = ran.steps if isinstance(ran, Rehearsal) else ran
    return {(step.direction, step.revision): step for step in steps}


def _pair(before: Step | None, after: Step | None) -> Pair:
    step = after or before
    if step is None:
        raise ValueError("a pair has one side at least")
    return Pair(step.revision, step.message, step.direction, before, after)


def _figures(step: Step | None) -> Figures | None:
    if step is None:
        return None
    return Figures(
        seconds=step.seconds,
        reads=_blocked(step, "reads"),
        writes=_blocked(step, "writes"),
        rewritten=rewritten_bytes(step),
        wal=step.wal_bytes,
        data=None if step.data is None else step.data.verdict,
        error=step.error,
    )


def _blocked(step: Step, blocked: Blocked) -> float | None:
    if not step.locks:
        return None
    lock = longest_lock(step.locks, blocked)
    return 0.0 if lock is None else lock.seconds


def _only_in(step: Step | None, other: Step | None) -> tuple[Hazard, ...]:
    """Where only one side was run, its hazards are neither gone nor new."""
    if step is None or other is None:
        return ()
    known = {(item.rule, item.object) for item in other.hazards}
    return tuple(item for item in step.hazards if (item.rule, item.object) not in known)


def _values(pairs: Sequence[Pair], name: str) -> Iterator[tuple[Any, Any]]:
    """Both sides of a figure, where both are known: else they could not be compared."""
    for pair in pairs:
        before, after = (getattr(side, name) for side in pair.figures)
        if before is not None and after is not None:
            yield before, after


def _sums(pairs: Sequence[Pair], name: str) -> tuple[Any, Any]:
    known = list(_values(pairs, name))
    return sum(before for before, _ in known), sum(after for _, after in known)


def _most(pairs: Sequence[Pair], name: str) -> tuple[Any, Any]:
    known = list(_values(pairs, name))
    return tuple(max((side[n] for side in known), default=0) for n in (0, 1))  # type: ignore[return-value]


def _better(name: str, before: Any, after: Any, words: Any) -> str:  # noqa: ANN401
    """``time 2.00 s → 500 ms``; nothing where both are the same."""
    said = [words(value) if value else "none" for value in (before, after)]
    return f"{name} {' → '.join(said)}" if said[0] != said[1] else ""
