"""Counting what became of the values of a table, a pair of values at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from schema.rehearsal.ledger.classify import LOSSES, Value, change_of, offset
from schema.rehearsal.ledger.verdict import Example
from schema.rehearsal.ledger.words import as_text

__all__ = ["Compared", "Found", "Tally"]

#: Examples that are kept of each kind of change.
SHOWN = 3
#: Clocks of two places differ by a multiple of it.
QUARTER = timedelta(minutes=15)
#: Different values that are counted exactly; beyond, nothing is said of how many became how many.
COUNTED = 50_000


@dataclass
class Found:
    """One kind of change in one column: how many values, and the first of them."""

    count: int = 0
    examples: list[Example] = field(default_factory=list)

    def take(self, key: Sequence[object], old: Value, new: Value) -> None:
        """Count one more, and keep it where few are kept."""
        self.count += 1
        if len(self.examples) < SHOWN:
            told = ", ".join(as_text(part) or "" for part in key)
            self.examples.append((told, as_text(old), as_text(new)))

    def and_also(self, other: Found) -> Found:
        """Both as one."""
        return Found(self.count + other.count, [*self.examples, *other.examples][:SHOWN])


class Tally:
    """What became of one column's values."""

    def __init__(self) -> None:
        self._found: dict[str, Found] = {}
        self._offsets: Counter[timedelta] = Counter()
        self._at_midnight: dict[timedelta, Found] = {}
        self._olds: set[int] = set()
        self._news: set[int] = set()

    def add(self, key: Sequence[object], old: Value, new: Value) -> None:
        """Count a pair of values that may differ."""
        kind = change_of(old, new)
        if kind is None:
            return
        moved = offset(old, new)
        if kind == "cast" and moved is not None and moved % QUARTER == timedelta(0):
            # Cut to its day, or moved onto midnight: only all values together tell.
            self._at_midnight.setdefault(moved, Found()).take(key, old, new)
            return
        if kind == "moved" and moved is not None:
            self._offsets[moved] += 1
            if len(self._offsets) > 100:  # no shift: they need not be told apart
                self._offsets = Counter({timedelta.max: self._offsets.total()})
        if (
            (kind not in LOSSES or kind == "clipped")
            and kind != "filled"
            and len(self._olds) <= COUNTED
        ):
            self._olds.add(hash(old))
            self._news.add(hash(new))
        self._found.setdefault(kind, Found()).take(key, old, new)

    def kinds(self, values: int | None, *, is_retyped: bool) -> Iterator[tuple[str, Found]]:
        """Each kind of change; ``values`` is how many values the column has.

        Where the type is the same as before (not ``is_retyped``), none was in a number's way:
        somebody set it to what it is.

        Moments in time were shifted when nearly all moved, and by the same time, or by two that are
        as far apart as summer time is. Else they are values like others.
        """
        told = self._told()
        if not is_retyped and "clipped" in told:
            _add(told, "values", told.pop("clipped"))
        for kind, found in told.items():
            if kind != "moved":
                yield kind, found
                continue
            yield ("time shift" if self._is_shift(found.count, values) else "values"), found

    def _told(self) -> dict[str, Found]:
        """What was found, with each value that is at midnight now taken for what the others say."""
        told = dict(self._found)
        for moved, found in self._at_midnight.items():
            _add(told, "moved" if moved in self._offsets else "cast", found)
        return told

    def shifts(self) -> tuple[timedelta, ...]:
        """By how much moments moved, what most did first; two where summer time is between."""
        return tuple(moved for moved, _ in self._offsets.most_common())

    def merged(self) -> tuple[int, int] | None:
        """How many different values became how many, where they became fewer."""
        if len(self._olds) > COUNTED or len(self._news) >= len(self._olds):
            return None
        return len(self._olds), len(self._news)

    def _is_shift(self, count: int, values: int | None) -> bool:
        offsets = sorted(self._offsets)
        if len(offsets) > 2 or offsets[-1] - offsets[0] > timedelta(hours=1):
            return False
        return values is None or count >= 0.9 * values


def _add(told: dict[str, Found], kind: str, found: Found) -> None:
    told[kind] = told[kind].and_also(found) if kind in told else found


@dataclass
class Compared:
    """What a comparison of a table's rows by their key found.

    ``key`` are the names of the key's columns. ``lost`` and ``added`` are rows whose key is only on
    one side, each with a few examples. ``columns`` holds a tally for each pair of columns, by its
    place among those that were asked for.
    """

    key: tuple[str, ...]
    columns: list[Tally]
    lost: Found = field(default_factory=Found)
    added: Found = field(default_factory=Found)

    def only(self, side: Found, text: str) -> None:
        """Count a row that one side alone has."""
        side.count += 1
        if len(side.examples) < SHOWN:
            side.examples.append(text)
