"""Figures of the values of one SQLite column, taken in a stream.

Every value is hashed to 64 bits, and the hashes are added up. What counts as the same value: a
number is what it is worth, whether SQLite stores it as an integer or as a real (``1`` and ``1.0``);
a text that is just how an integer is written (``'7'``, not ``'007'``) is that integer, as a
column's new type makes one of the other without loss; anything else is told apart by the way in
which it is stored (``'1.5'``, ``1.5``, ``x'31'``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from schema.rehearsal.ledger.hashing import BLOB, REAL, TEXT, extremes, hashed, integers_in, mixed

if TYPE_CHECKING:
    import numpy as np

    from schema.rehearsal.ledger.hashing import Bytes, Hashes, Integers

    Reals = np.ndarray[Any, np.dtype[np.float64]]

__all__ = ["Sums"]

#: How many of the smallest hashes tell how many different values there are: a KMV sketch, whose
#: error is about 1 / sqrt(1024 - 2), 3 in 100. With fewer different values the number is exact.
KEPT = 1024

_ALL = 2**64


class Sums:
    """What one column's values amount to; they may come in any order, some at a time.

    ``bounds`` are the smallest and the largest value that is stored in each way (``"integer"``,
    ``"real"``, ``"text"``, ``"blob"``), text as its UTF-8 bytes.
    """

    def __init__(self) -> None:
        import numpy as np

        self._np = np
        self.checksum = 0
        self.octets = 0
        self.longest: int | None = None
        self.stored: Counter[str] = Counter()
        self.bounds: dict[str, tuple[Any, Any]] = {}
        self._smallest: Hashes = np.empty(0, np.uint64)
        self._pending: list[Hashes] = []
        self._waiting = 0
        self._below = np.uint64(_ALL - 1)

    @property
    def values(self) -> int:
        """How many there were, NULLs not counted."""
        return self.stored.total()

    def add(self, column: Sequence[Any]) -> None:
        """Take the values of some rows as Python has them; None is NULL, a bytearray is text."""
        np = self._np
        kinds = set(map(type, column))
        for kind in kinds:
            values = column
            if len(kinds) > 1:
                values = [value for value in column if type(value) is kind]
            if kind is int:
                self.add_integers(np.array(values, dtype=np.int64))
            elif kind is float:
                self.add_reals(np.array(values))
            elif kind is str:
                self._add_bytes(
                    "text", [text.encode("utf-8", "surrogateescape") for text in values]
                )
            elif kind is bytearray:
                self._add_bytes("text", values)
            elif kind is bytes:
                self._add_bytes("blob", values)

    def _add_bytes(self, stored: str, values: Sequence[bytes | bytearray]) -> None:
        np = self._np
        buffer = np.frombuffer(b"".join([*values, bytes(8)]), dtype=np.uint8)
        lengths = np.fromiter(map(len, values), np.int64, len(values))
        self.add_bytes(stored, buffer, np.cumsum(lengths) - lengths, lengths)

    # -- many at once ------------------------------------------------------------------------

    def add_integers(self, values: Integers) -> None:
        """Take integers."""
        self._bound("integer", int(values.min()), int(values.max()), len(values))
        self._take(mixed(values.view(self._np.uint64)))

    def add_reals(self, values: Reals) -> None:
        """Take reals, those that are integers being hashed as such."""
        np = self._np
        self._bound("real", float(values.min()), float(values.max()), len(values))
        whole = (np.floor(values) == values) & (np.abs(values) < 2.0**63)
        if whole.any():
            self._take(mixed(values[whole].astype(np.int64).view(np.uint64)))
            values = values[~whole]
        if len(values):
            self._take(mixed(values.view(np.uint64) ^ np.uint64(REAL)))

    def add_bytes(self, stored: str, buffer: Bytes, starts: Integers, lengths: Integers) -> None:
        """Take texts or blobs that lie in a buffer, which has eight more bytes at its end."""
        self._bound(stored, *extremes(buffer, starts, lengths), len(starts))
        self.octets += int(lengths.sum())
        self.longest = max(self.longest or 0, int(lengths.max()))
        if stored == "blob":
            self._take(hashed(buffer, starts, lengths, BLOB))
            return
        least, greatest = self.bounds["text"]
        if least < b":" and greatest >= b"-":
            chosen, integers = integers_in(buffer, starts, lengths)
            if len(chosen):
                self._take(mixed(integers.view(self._np.uint64)))
                starts, lengths = (self._np.delete(each, chosen) for each in (starts, lengths))
        self._take(hashed(buffer, starts, lengths, TEXT))

    def _bound(self, stored: str, least: Any, greatest: Any, count: int) -> None:  # noqa: ANN401
        self.stored[stored] += count
        if stored in self.bounds:
            old = self.bounds[stored]
            least, greatest = min(old[0], least), max(old[1], greatest)
        self.bounds[stored] = least, greatest

    def _take(self, hashes: Hashes) -> None:
        self.checksum = (self.checksum + int(hashes.sum(dtype=self._np.uint64))) % _ALL
        found = hashes[hashes < self._below]
        self._pending.append(found)
        self._waiting += len(found)
        if self._waiting > 8 * KEPT:
            self._settle()

    def _settle(self) -> None:
        np = self._np
        self._smallest = np.unique(np.concatenate([self._smallest, *self._pending]))[:KEPT]
        self._pending, self._waiting = [], 0
        if len(self._smallest) == KEPT:
            self._below = self._smallest[-1]

    def distinct(self) -> tuple[int, bool]:
        """How many different values there are, and whether that is exact."""
        self._settle()
        if len(self._smallest) < KEPT:
            return len(self._smallest), True
        estimate = round((KEPT - 1) / (int(self._smallest[-1]) / _ALL))
        return min(estimate, self.values), False
