"""The timeline as a value: its steps, the catalog at each revision, what lies between two."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from schema.catalog import Catalog
from schema.compare import Differences
from schema.display import Displayed
from schema.errors import RevisionError
from schema.history import History
from schema.replay import Replay, Stamp
from schema.timeline.carried import compared
from schema.timeline.step import Step
from schema.wording import counted

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Timeline"]


class Timeline(Displayed):
    """What every revision did, in the order of a replay through all heads: by date, but each after
    what it needs.

    Without what env.py leaves out, and without Alembic's version table. ``dialect`` is the kind of
    the scratch databases that the revisions were run on. Catalogs are loaded when they are first
    looked at.
    """

    def __init__(
        self,
        history: History,
        replayed: Replay,
        steps: tuple[Step, ...],
        filtered: Callable[[Catalog], Catalog],
        alone: Callable[[Stamp], Replay],
    ) -> None:
        self.history = history
        self.dialect = replayed.dialect
        self.steps = steps
        self._replayed = replayed
        self._filtered = filtered
        self._alone = alone
        self._places = {stamp: place for place, stamp in enumerate(replayed.catalogs)}
        self._is_one_line = history.is_one_line
        self._by_id = {step.id: step for step in steps}
        self._catalogs: dict[tuple[Stamp, bool], Catalog] = {}
        self._replays: dict[Stamp, Replay] = {}

    def __repr__(self) -> str:
        failed = f", {len(self.failed)} failed" if self.failed else ""
        return f"<Timeline of {counted(len(self.steps), 'revision')} on {self.dialect}{failed}>"

    # -- the steps -----------------------------------------------------------------------------

    @property
    def failed(self) -> tuple[Step, ...]:
        """Those that could not be run."""
        return tuple(step for step in self.steps if step.failure is not None)

    def step(self, identifier: str) -> Step:
        """The step of one revision: an id, the beginning of one, a label or ``head``.

        Raises RevisionError when none or several are meant.
        """
        return self._by_id[self.history.get(identifier).id]

    def before(self, identifier: str) -> Catalog:
        """The catalog that a step found: after all steps before it, those of other branches too."""
        return self._joint(self.step(identifier).before)

    def after(self, identifier: str) -> Catalog:
        """The catalog that a step left."""
        return self._joint(self.step(identifier).after)

    # -- the schema at a revision --------------------------------------------------------------

    def at(self, target: str) -> Catalog:
        """The schema at a revision: what it and its ancestors make, and no other branch.

        ``target`` is an id, the beginning of one, a label, ``base``, ``head``, or ``heads`` for all
        of them together. On a history with branches this may take a replay of its own. Raises
        RevisionError.
        """
        stamp = self._stamp(target)
        found = self._replay(stamp)
        if found is self._replayed:
            return self._joint(stamp)
        if (stamp, True) not in self._catalogs:
            self._catalogs[stamp, True] = self._filtered(found.at(found.end))
        return self._catalogs[stamp, True]

    def lacking(self, target: str) -> tuple[str, ...]:
        """The ids of the failed revisions whose work ``at(target)`` lacks; mostly none."""
        stamp = self._stamp(target)
        found = self._replay(stamp)
        below = set(self._needed(stamp))
        return tuple(name for name in found.failures if name in below)

    def between(self, left: str, right: str) -> Differences:
        """What differs between the schemas at two revisions; ``left`` is what is expected.

        What a revision between them renamed is told as renamed, under the names at both ends.
        """
        mine, theirs = (self._needed(self._stamp(each)) for each in (left, right))
        back, forth = (
            [step.differences for step in self.steps if step.id in set(own) - set(others)]
            for own, others in ((mine, theirs), (theirs, mine))
        )
        return compared(self.at(left), self.at(right), back, forth)

    def _stamp(self, target: str) -> Stamp:
        if target in {"base", "heads"}:
            return self._replayed.end if target == "heads" else ()
        return tuple(sorted(self.history.resolve(target))) or _unknown(target)

    def _replay(self, stamp: Stamp) -> Replay:
        """A replay that leads to a revision through its ancestors alone."""
        if not stamp or stamp == self._replayed.end or self._is_passed_alone(stamp):
            return self._replayed
        if stamp not in self._replays:
            self._replays[stamp] = self._alone(stamp)
        return self._replays[stamp]

    def _is_passed_alone(self, stamp: Stamp) -> bool:
        """Whether the joint replay came through with nothing but what this revision needs."""
        place = self._places.get(stamp)
        if place is None or self._is_one_line:
            return place is not None
        return len(self._needed(stamp)) == place

    def _needed(self, stamp: Stamp) -> list[str]:
        steps = [each for target in stamp for each in self.history.upgrade_path((), target)]
        return list(dict.fromkeys(each.id for each in steps))

    def _joint(self, stamp: Stamp) -> Catalog:
        if (stamp, False) not in self._catalogs:
            self._catalogs[stamp, False] = self._filtered(self._replayed.at(stamp))
        return self._catalogs[stamp, False]

    # -- as a table ----------------------------------------------------------------------------

    def frame(self) -> pd.DataFrame:
        """One row a step, as text: ``revision, message, date, author``, what it ``added, changed,
        renamed, removed`` (kind and label of each), the ``tables`` it touched, and ``failure``, the
        reason or None. ``date`` is as in ``History.frame``."""
        import pandas as pd

        rows = [
            {
                "revision": step.id,
                "message": step.revision.message,
                "date": step.revision.date,
                "author": step.revision.author,
                **{
                    change: ", ".join(f"{item.kind} {item.label}" for item in step.of(change))
                    for change in ("added", "changed", "renamed", "removed")
                },
                "tables": ", ".join(step.tables),
                "failure": step.failure,
            }
            for step in self.steps
        ]
        columns = ["revision", "message", "date", "author", "added", "changed", "renamed",
                   "removed", "tables", "failure"]  # fmt: skip
        return pd.DataFrame(rows, columns=columns)

    def to_dict(self) -> dict[str, Any]:
        """The documented JSON shape."""
        return {
            "dialect": self.dialect,
            "heads": list(self.history.heads),
            "failed": [step.id for step in self.failed],
            "steps": [step.to_dict() for step in self.steps],
        }


def _unknown(target: str) -> Stamp:
    raise RevisionError(f"{target!r} means no revision; name one.")
