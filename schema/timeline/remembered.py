"""What each step of a timeline did, kept under a key of all that it rests on.

So that hundreds of catalogs need not be loaded and compared again. One record holds all steps from
the first to one of them; there are several, so that one serves when the last revisions are edited.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from schema import archaeology, cache, compare, renames
from schema.compare import Difference, Differences
from schema.replay import places
from schema.scope import Scope

__all__ = ["Memory"]

#: What compares, and reads the files of revisions.
_SOURCES = [Path(str(each.__file__)).parent for each in (compare, renames, archaeology)]


class Memory:
    """The differences that the steps of one replay made; ``keys`` are those of its catalogs."""

    def __init__(self, keys: Sequence[str], scope: Scope) -> None:
        self._keys = keys
        self._digest = scope.digest()

    def recall(self) -> list[Differences]:
        """What the first steps did, as many as are known."""
        for count in range(len(self._keys) - 1, 0, -1) if self._digest else ():
            name = self._name(count)
            if cache.has(name):
                try:
                    found = [_differences(each) for each in json.loads(cache.read(name) or "")]
                except (KeyError, TypeError, ValueError):
                    continue
                if len(found) == count:
                    return found
        return []

    def keep(self, found: Sequence[Differences], known: int) -> None:
        """Keep what all steps did; ``known`` of them were known before."""
        if not self._digest:
            return
        told = [each.to_list() for each in found]
        counts = [count for count in places(len(told)) if count > known]
        cache.write({self._name(count): json.dumps(told[:count]) for count in counts})

    def _name(self, count: int) -> str:
        return cache.key_of("steps", self._keys[count], self._digest, cache.source_of(*_SOURCES))


def _differences(told: Sequence[Mapping[str, object]]) -> Differences:
    return Differences(map(Difference.from_dict, told))
