"""The catalogs that a project's revisions make, in their order, without what env.py leaves out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from schema.catalog import Catalog
from schema.replay import Replay, Stamp
from schema.scope import Scope

__all__ = ["Step", "Timeline"]


@dataclass(frozen=True)
class Step:
    """One revision of a replay: the stamps before and after it."""

    revision: str
    before: Stamp
    after: Stamp


class Timeline:
    """One or several replays as one. A catalog is filtered when it is first asked for."""

    def __init__(self, replays: list[Replay], scope: Scope) -> None:
        self._replays = replays
        self._scope = scope
        self._filtered: dict[Stamp, Catalog] = {}

    @property
    def stamps(self) -> list[Stamp]:
        """Every stamp that was passed, in the order of the replays."""
        return list(dict.fromkeys(s for found in self._replays for s in found.catalogs))

    def steps(self) -> Iterator[Step]:
        """Every step of every replay; a revision that stands in two replays comes twice."""
        for found in self._replays:
            for before, after in pairwise(found.catalogs):
                (revision,) = set(after) - set(before)
                yield Step(revision, before, after)

    def at(self, stamp: Stamp) -> Catalog:
        """The catalog at a stamp. Raises RevisionError when no replay passed through it."""
        if stamp not in self._filtered:
            found = next((each for each in self._replays if stamp in each.catalogs), None)
            self._filtered[stamp] = self._scope.of((found or self._replays[0]).at(stamp))
        return self._filtered[stamp]
