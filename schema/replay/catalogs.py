"""What a replay learned: the catalog at each stamp, loaded when it is first looked at."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from schema import cache
from schema.catalog import Catalog
from schema.errors import RevisionError
from schema.history import Revision

__all__ = ["Catalogs", "Replay", "Stamp", "load"]

#: Characters of text whose catalogs stay in memory; each takes some ten times as many bytes.
MOST_RECENT = 4_000_000

#: The revisions that a database is at, sorted; empty at base.
Stamp = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Replay:
    """The catalog after every step of a replay, without Alembic's version table.

    ``catalogs`` maps a stamp to the catalog of a database at it, in the order of the steps; the
    first is ``()``, a database before the first revision: an empty one as a rule. ``steps`` are the
    revisions between them. ``failures`` has, by its id, why one could not be run, where the replay
    went on all the same: the catalogs behind it lack what it makes. ``keys`` has one for each
    catalog, which stands for all that it rests on.
    """

    dialect: str
    catalogs: Mapping[Stamp, Catalog]
    steps: tuple[Revision, ...] = ()
    failures: Mapping[str, str] = field(default_factory=dict)
    keys: tuple[str, ...] = ()

    @property
    def end(self) -> Stamp:
        """The stamp after the last step: the targets, without those that others depend on."""
        return list(self.catalogs)[-1]

    def at(self, stamp: Iterable[str]) -> Catalog:
        """The catalog at a stamp. Raises RevisionError when the replay did not pass through it."""
        wanted = tuple(sorted(stamp))
        if wanted not in self.catalogs:
            shown = ", ".join(wanted) or "base"
            raise RevisionError(f"The replay did not pass through {shown}.")
        return self.catalogs[wanted]

    def nearest(self, distance: Callable[[Catalog], int]) -> tuple[Stamp, int]:
        """The stamp whose catalog has the smallest distance; the newest one among equals."""
        ranked = [(distance(found), -index) for index, found in enumerate(self.catalogs.values())]
        least, index = min(ranked)
        return list(self.catalogs)[-index], least


class Catalogs(Mapping[Stamp, Catalog]):
    """The catalogs of a replay by their stamps.

    Of hundreds of revisions, mostly one or two are looked at: the others stay in the cache. One
    that another process has removed from it meanwhile is learned again, by ``learn``, which gives
    all of them.
    """

    def __init__(
        self,
        keys: Mapping[Stamp, str],
        known: Mapping[Stamp, Catalog],
        learn: Callable[[Collection[Stamp]], Mapping[Stamp, Catalog]],
    ) -> None:
        self._keys = dict(keys)
        self._loaded = dict(known)
        self._learn = learn

    def __getitem__(self, stamp: Stamp) -> Catalog:
        if stamp not in self._loaded:
            found = load(self._keys[stamp])
            if found is not None:
                self._loaded[stamp] = found
            else:
                gone = [each for each, key in self._keys.items() if not cache.has(key)]
                self._loaded.update(self._learn({stamp, *gone} - self._loaded.keys()))
        return self._loaded[stamp]

    def __iter__(self) -> Iterator[Stamp]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, stamp: object) -> bool:
        return stamp in self._keys


def load(key: str) -> Catalog | None:
    """The catalog under a key of the cache; None when there is none that can be read."""
    text = cache.read(key)
    try:
        return None if text is None else _recent.catalog(text)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return None


class _Recent:
    """The last few catalogs by their texts: those of one text are one, and parsed once.

    Where models and migrations agree, their texts are the same as a rule.
    """

    def __init__(self) -> None:
        self._catalogs: dict[str, Catalog] = {}

    def catalog(self, text: str) -> Catalog:
        found = self._catalogs.pop(text, None) or Catalog.from_json(text)
        self._catalogs[text] = found  # the last is the one that was used last
        while len(self._catalogs) > 1 and sum(map(len, self._catalogs)) > MOST_RECENT:
            self._catalogs.pop(next(iter(self._catalogs)), None)
        return found


_recent = _Recent()
