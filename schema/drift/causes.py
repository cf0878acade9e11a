"""The table of causes: what each difference is like elsewhere, and so who or what made it.

Nothing is guessed from names: live is compared, object by object and property by property, with
the catalogs that the revisions and the models really make.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from schema.catalog import Catalog
from schema.compare import Difference, Differences, compare
from schema.drift.likeness import Likeness
from schema.drift.timeline import Step, Timeline
from schema.history import History
from schema.replay import Stamp
from schema.sorting import models_can_say
from schema.wording import counted

__all__ = ["Attribution", "Known", "pending_by", "revision_words"]

_MODELS_FOLLOW = (
    "the models have it so too: write a migration",
    "the models do not have it either: write a migration",
)


@dataclass(frozen=True)
class Known:
    """What there is to judge by: the live catalog, and the others as far as they could be had.

    ``applied`` are the revisions at or below the stamp. ``nearest`` is the stamp that live as a
    whole is nearer to than to its own, and in how many differences.
    """

    history: History
    live: Catalog
    expected: Catalog
    timeline: Timeline
    applied: frozenset[str]
    nearest: tuple[Stamp, int] | None = None
    head: Catalog | None = None
    models: Catalog | None = None


class Attribution:
    """Gives the differences of one comparison their causes."""

    def __init__(self, known: Known, changes: Sequence[Difference]) -> None:
        self._known = known
        self._likeness = Likeness(known.live, changes)
        self._shares: dict[Step, tuple[int, int]] = {}
        # Last applied first, next pending first: of several the one that lies nearest counts.
        self._steps = list(known.timeline.steps())

    def __call__(self, change: Difference) -> Difference:
        """The difference with its cause, and with its explanation where one is found."""
        ahead = self._ahead(change)
        if self._is_partial(ahead) and not self._other_pending(ahead):
            return _told(change, "partly-applied", self._ahead_words(ahead))
        nearest = self._known.nearest
        if nearest and self._likeness.agrees(self._known.timeline.at(nearest[0]), change):
            return _told(change, "wrong-stamp", self._nearest_words(nearest))
        if ahead is not None:
            cause = "partly-applied" if self._is_partial(ahead) else "outside-migrations"
            return _told(change, cause, self._ahead_words(ahead))
        if self._in_models(change):
            return _told(change, "missing-migration", _MODELS_FOLLOW[change.change == "removed"])
        behind = self._behind(change)
        if behind is not None:
            return _told(change, "outside-migrations", self._behind_words(behind))
        return _told(change, "outside-migrations", self._by_property(change))

    # -- what it is like -----------------------------------------------------------------------

    def _agrees(self, stamp: Stamp, change: Difference) -> bool:
        return self._likeness.agrees(self._known.timeline.at(stamp), change)

    def _ahead(self, change: Difference) -> Step | None:
        """The first revision not applied that makes the object as live has it."""
        for step in self._steps:
            if step.revision not in self._known.applied and self._turns(step, change, to=True):
                return step
        return None

    def _behind(self, change: Difference) -> Step | None:
        """The last applied revision before which the object was as live has it."""
        for step in reversed(self._steps):
            if step.revision in self._known.applied and self._turns(step, change, to=False):
                return step
        return None

    def _turns(self, step: Step, change: Difference, *, to: bool) -> bool:
        before, after = self._agrees(step.before, change), self._agrees(step.after, change)
        return before is not to and after is to

    def _in_models(self, change: Difference) -> bool:
        """Whether the models have it as live does, and could have it otherwise."""
        models = self._known.models
        if models is None or not models_can_say(change.kind, models):
            return False
        return self._likeness.agrees(models, change)

    def _share(self, step: Step) -> tuple[int, int]:
        """How many of a revision's changes live has, of those that still hold; and of how many."""
        if step not in self._shares:
            timeline = self._known.timeline
            before, after = timeline.at(step.before), timeline.at(step.after)
            changes = list(compare(before, after))
            live = Likeness(self._known.live, changes)
            if step.revision in self._known.applied:
                expected = Likeness(self._known.expected, changes)
                changes = [item for item in changes if expected.agrees(after, item)]
            there = sum(live.agrees(after, item) for item in changes)
            self._shares[step] = (there, len(changes))
        return self._shares[step]

    def _is_partial(self, step: Step | None) -> bool:
        if step is None:
            return False
        there, total = self._share(step)
        return 0 < there < total

    def _other_pending(self, step: Step | None) -> bool:
        """Whether more of what is not applied is there: then the stamp as a whole is behind."""
        others = (each for each in self._steps if each.revision not in self._known.applied)
        return any(
            self._share(each)[0] for each in others if step and each.revision != step.revision
        )

    # -- in words ------------------------------------------------------------------------------

    def _named(self, step: Step) -> str:
        return revision_words(self._known.history, step.revision)

    def _nearest_words(self, nearest: tuple[Stamp, int]) -> str:
        stamp, count = nearest
        names = ", ".join(stamp) or "base"
        left = f"but for {counted(count, 'difference')}" if count else "without any difference"
        return f"as at {names}, which the whole database looks like {left}: check the stamp"

    def _ahead_words(self, step: Step | None) -> str:
        assert step is not None  # noqa: S101 -- for the type checker
        there, total = self._share(step)
        name = self._named(step)
        if self._is_partial(step):
            return (
                f"partly applied {name}: {there} of its {total} changes are there; "
                "it failed halfway, or was begun by hand"
            )
        return f"as it will be after {name}, which is not applied: made by hand, or not stamped"

    def _behind_words(self, step: Step) -> str:
        there, total = self._share(step)
        name = self._named(step)
        if there:
            return f"as it was before {name}: undone by hand"
        if total > 1:
            return f"as it was before {name}, of which nothing is there: stamped, but not run"
        # The one change of a revision looks the same whether it was undone or never made.
        return f"as it was before {name}: undone by hand, or stamped but not run"

    def _by_property(self, change: Difference) -> str | None:
        """The properties one by one, where no single revision explains them all."""
        if change.change != "changed" or len(change.properties) < 2:
            return None
        told: dict[str, str] = {}
        for name, pair in change.properties.items():
            one = replace(change, properties={name: pair})
            ahead, behind = self._ahead(one), self._behind(one)
            if ahead is not None:
                told[name] = f"as after {self._named(ahead)}, which is not applied"
            elif behind is not None:
                told[name] = f"as before {self._named(behind)}"
            elif self._in_models(one):
                told[name] = "as in the models"
        if not told:
            return None
        rest = [name for name in change.properties if name not in told]
        words = [f"{name.replace('_', ' ')} {how}" for name, how in told.items()]
        words += [f"{', '.join(rest).replace('_', ' ')} by nothing known"] if rest else []
        return "; ".join(words)


def pending_by(pending: Differences, known: Known) -> Differences:
    """What is not applied yet, each with the revisions that will make it."""
    steps = [s for s in known.timeline.steps() if s.revision not in known.applied]
    makers = {item: _makers(item, steps, known) for item in pending}
    return Differences(
        _told(item, "pending", f"{_and(makers[item])} will make it" if makers[item] else None)
        for item in pending
    )


def _makers(change: Difference, steps: Sequence[Step], known: Known) -> list[str]:
    """The pending revisions that touch an object, or what belongs to it."""
    found: list[str] = []
    for step in steps:
        before, after = known.timeline.at(step.before), known.timeline.at(step.after)
        likeness = Likeness(before, [change])
        if not likeness.agrees(after, change) and step.revision not in found:
            found.append(step.revision)
    return found


def revision_words(history: History, identifier: str) -> str:
    """``revision 8f7a33b3e529 (adds the role)``; the id alone when its file says no more."""
    by_id: Mapping[str, str] = {item.id: item.message for item in history}
    message = by_id.get(identifier)
    return f"revision {identifier} ({message})" if message else f"revision {identifier}"


def _and(names: Sequence[str]) -> str:
    first = ", ".join(names[:-1])
    return f"{first} and {names[-1]}" if first else names[-1]


def _told(change: Difference, cause: str, explanation: str | None) -> Difference:
    return replace(change, cause=cause, explanation=explanation)
