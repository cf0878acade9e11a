"""Up, down, up: whether the way back of each revision leads back, in schema and in data.

Each revision is taken by itself, so that what does not come back is known to be its own: applied,
undone, compared with how it was before, and applied again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from schema.compare import Differences, compare
from schema.display import Displayed
from schema.history import Revision
from schema.rehearsal.ledger import DataLoss, DataVerdict
from schema.rehearsal.preview import Plan
from schema.rehearsal.stepping import take_step
from schema.rehearsal.steps import DATA_LOST, Direction, State, Step
from schema.rehearsal.walk import Walk
from schema.rehearsal.way_back import doubts

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Return", "RoundTrip", "walk_there_and_back"]

_COLUMNS = ["revision", "message", "returns", "schema_restored", "data_restored", "data_lost",
            "same_again", "error"]  # fmt: skip


@dataclass(frozen=True)
class Return:
    """One revision applied, undone, and applied again.

    ``down`` and ``again`` are None when it did not come to that. ``differences`` are those of the
    schema between before it was applied (left) and after it was undone, all objects and their
    owners and privileges included; ``again_differences`` those between its two applications.
    ``data`` is what the way there and back did to the data; None when that was not looked at.
    ``foreseen`` is what the revision's file says against its way back; None when nothing.
    """

    revision: str
    message: str
    up: Step
    down: Step | None = None
    again: Step | None = None
    differences: Differences = field(default_factory=Differences)
    again_differences: Differences = field(default_factory=Differences)
    data: DataVerdict | None = None
    foreseen: str | None = None

    @property
    def returns(self) -> bool:
        """Whether the way back ran at all."""
        return self.down is not None and not self.down.failed

    @property
    def schema_restored(self) -> bool:
        """Whether the schema is again what it was, but for what changes no statement's meaning."""
        return self.returns and all(item.is_cosmetic for item in self.differences)

    @property
    def same_again(self) -> bool:
        """Whether the second application made what the first one had made."""
        ran = self.again is not None and not self.again.failed
        return ran and all(item.is_cosmetic for item in self.again_differences)

    @property
    def data_lost(self) -> tuple[DataLoss, ...]:
        """What of the data did not come back."""
        return () if self.data is None else self.data.lost

    @property
    def data_restored(self) -> bool | None:
        """Whether the data is again what it was, value by value; None where it was not looked at.

        Values that are there and are others, such as NULLs that were filled, are no loss: but they
        are not restored either.
        """
        return None if self.data is None else self.data.verdict == "unchanged"

    @property
    def is_declared(self) -> bool:
        """Whether the revision's file says, with a reason, that it cannot go back or loses data."""
        rules = {item.rule for item in self.up.hazards if item.ignored}
        return bool(rules & {"irreversible-downgrade", DATA_LOST})

    @property
    def error(self) -> str | None:
        """Why it ended early; None when it did not."""
        steps = (self.up, self.down, self.again)
        return next((step.error for step in steps if step is not None and step.failed), None)

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return {
            "revision": self.revision,
            "message": self.message,
            "returns": self.returns,
            "schema_restored": self.schema_restored,
            "differences": self.differences.to_list(),
            "data_restored": self.data_restored,
            "data_lost": [item.to_dict() for item in self.data_lost],
            "data_changed": [item.to_dict() for item in self.data.changes] if self.data else [],
            "same_again": self.same_again,
            "again_differences": self.again_differences.to_list(),
            "seconds": [
                None if step is None else round(step.seconds, 6)
                for step in (self.up, self.down, self.again)
            ],
            "foreseen": self.foreseen,
            "error": self.error,
        }


@dataclass(frozen=True)
class RoundTrip(Displayed):
    """Every revision of a walk, applied, undone and applied again."""

    revisions: tuple[Return, ...]

    @property
    def schema_restored(self) -> bool:
        """Whether each way back restored the schema."""
        return all(item.schema_restored for item in self.revisions)

    @property
    def data_lost(self) -> tuple[DataLoss, ...]:
        """What of the data no way back restored."""
        return tuple(loss for item in self.revisions for loss in item.data_lost)

    @property
    def is_clean(self) -> bool:
        """Whether all came back, nothing was lost, and all could be applied once more."""
        again = all(item.same_again for item in self.revisions)
        return self.schema_restored and again and not self.data_lost

    @property
    def is_accepted(self) -> bool:
        """Whether it is clean but for revisions whose files declare that they are one-way."""
        return RoundTrip(tuple(item for item in self.revisions if not item.is_declared)).is_clean

    def __repr__(self) -> str:
        return f"<RoundTrip: {len(self.revisions)} revisions, {self.verdict}>"

    @property
    def verdict(self) -> str:
        """One sentence: whether there is a way back, and what it does not bring back."""
        if not self.revisions:
            return "nothing was pending"
        bad = [item.revision for item in self.revisions if not item.returns and not item.up.failed]
        stuck = [item.revision for item in self.revisions if item.up.failed]
        told = [f"no way back from {', '.join(bad)}"] if bad else []
        told += [f"no way up to {', '.join(stuck)}"] if stuck else []
        if told:
            return "; ".join(told)
        unlike = [item.revision for item in self.revisions if not item.schema_restored]
        other = [
            item.revision
            for item in self.revisions
            if item.data_restored is False and not item.data_lost
        ]
        lost = [item.revision for item in self.revisions if item.data_lost]
        again = [item.revision for item in self.revisions if not item.same_again]
        told = [
            f"{what} {', '.join(names)}"
            for what, names in (
                ("the schema is not restored by", unlike),
                ("data does not come back in", lost),
                ("values are others after", other),
                ("a second upgrade differs or fails in", again),
            )
            if names
        ]
        return "; ".join(told) or "every way back returns, and can be gone again"

    def frame(self) -> pd.DataFrame:
        """One row a revision: ``revision, message, returns, schema_restored, data_restored``
        (missing where it was not looked at), ``data_lost`` (counted), ``same_again, error``."""
        import pandas as pd

        rows = [
            (
                item.revision,
                item.message,
                item.returns,
                item.schema_restored,
                item.data_restored,
                len(item.data_lost),
                item.same_again,
                item.error,
            )
            for item in self.revisions
        ]
        return pd.DataFrame(rows, columns=_COLUMNS).astype({"data_restored": "boolean"})

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return {
            "schema_restored": self.schema_restored,
            "data_lost": [item.to_dict() for item in self.data_lost],
            "verdict": self.verdict,
            "revisions": [item.to_dict() for item in self.revisions],
        }


def walk_there_and_back(
    walk: Walk,
    plan: Plan,
    start: Callable[[Direction, Revision], None],
    done: Callable[[Step], None],
) -> RoundTrip:
    """Take each revision of an upward plan up, down and up. Ends after one that cannot go up.

    One that cannot go down, or not up again, is left as its first application made it.

    ``start`` is told of each run before it begins, ``done`` of each first application.
    """
    found: list[Return] = []
    before: State | None = walk.state() if plan else None
    for _, revision in plan:
        if before is None or walk.stopping.is_set():
            break
        item, before = _one(walk, revision, before, start, done)
        found.append(item)
    return RoundTrip(tuple(found))


def _one(
    walk: Walk,
    revision: Revision,
    before: State,
    start: Callable[[Direction, Revision], None],
    done: Callable[[Step], None],
) -> tuple[Return, State | None]:
    """One revision up, down and up; and the state to go on from, None when there is none."""
    foreseen = doubts(revision.path)
    with walk.remembered() as origin:
        start("up", revision)
        up, above = take_step(walk, "up", revision, before, origin=origin)
        done(up)
        first = Return(revision.id, revision.message, up, foreseen=foreseen)
        if up.failed or above is None or walk.stopping.is_set():
            return first, None
        with walk.remembered() as top:
            start("down", revision)
            down, below = walk.run("down", revision, above)
            if down.failed or below is None:
                walk.return_to(top, above, below)
                return replace(first, down=down), above
            data = walk.judge(before, below, origin)
            differences = compare(before.catalog, below.catalog, cosmetic=True)
            back = replace(first, down=down, differences=differences, data=data)
            if walk.stopping.is_set():
                return back, None
            start("up", revision)
            again, end = walk.run("up", revision, below)
            if again.failed or end is None:
                walk.restore(top)
                return replace(back, again=again), above
    unlike = compare(above.catalog, end.catalog, cosmetic=True)
    return replace(back, again=again, again_differences=unlike), end
