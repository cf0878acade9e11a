"""The rows that foreign keys may refer to: a sample of their keys, chosen from by weight."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import accumulate
from random import Random
from typing import Any

__all__ = ["LIMIT", "Parents"]

Key = tuple[Any, ...]

#: How many keys of one table are held at most.
LIMIT = 200_000


class Parents:
    """Keys of rows that are there, in the columns that the foreign key names."""

    def __init__(self, columns: Sequence[str], keys: Sequence[Key], skew: float = 0.8) -> None:
        self.columns = tuple(columns)
        self.keys = list(keys)
        self.skew = skew
        self._sums: list[float] | None = None

    def __len__(self) -> int:
        return len(self.keys)

    def draw(self, rng: Random, count: int) -> list[Key]:
        """Keys at random; the first ones more often, the more so the more skewed."""
        if self._sums is None or len(self._sums) != len(self.keys):
            weights = [(place + 10) ** -self.skew for place in range(len(self.keys))]
            self._sums = list(accumulate(weights))
        return rng.choices(self.keys, cum_weights=self._sums, k=count)

    def add(self, keys: Sequence[Key], most: int = 20_000) -> None:
        """More rows are there now."""
        self.keys += keys[: max(0, most - len(self.keys))]

    def where(self, columns: Sequence[str], allowed: set[Key]) -> Parents:
        """Those whose values in ``columns`` are allowed."""
        places = [self.columns.index(name) for name in columns]
        kept = [key for key in self.keys if tuple(key[place] for place in places) in allowed]
        return Parents(self.columns, kept, self.skew)

    def projected(self, columns: Sequence[str]) -> list[Key]:
        """The different values in these columns."""
        places = [self.columns.index(name) for name in columns]
        return list(dict.fromkeys(tuple(key[place] for place in places) for key in self.keys))

    def by(self, columns: Sequence[str]) -> dict[Key, list[Key]]:
        """The keys by their values in these columns."""
        places = [self.columns.index(name) for name in columns]
        found: dict[Key, list[Key]] = defaultdict(list)
        for key in self.keys:
            found[tuple(key[place] for place in places)].append(key)
        return found
