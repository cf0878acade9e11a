"""Figures of the values of one SQLite column, taken in a stream, by numpy.

Every value is hashed to 64 bits, the same in every process, and the hashes are added up. What
counts as the same value: a number is what it is worth, whether SQLite stores it as an integer or as
a real (``1`` and ``1.0``); a text that is just how an integer is written (``'7'``, not ``'007'``)
is that integer, as a column's new type makes one of the other without loss; anything else is told
apart by the way in which it is stored (``'1.5'``, ``1.5``, ``x'31'``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from zlib import crc32

if TYPE_CHECKING:
    import numpy as np

    Hashes = np.ndarray[tuple[int], np.dtype[np.uint64]]

__all__ = ["Figures"]

#: How many of the smallest hashes tell how many different values there are: a KMV sketch, whose
#: error is about 1 / sqrt(1024 - 2), 3 in 100. With fewer different values the number is exact.
KEPT = 1024

_ALL = 2**64
_STORED = {int: "integer", float: "real", str: "text", bytes: "blob"}

#: What tells hashes of a kind of value from those of another.
_REAL, _TEXT, _BLOB = 0x9AE16A3B2F90404F, 0xC3A5C85C97CB3127, 0xB492B66FBE98F273

#: The length from which a text's digits may not fit into 64 bits.
_TOO_LONG = 19


class Figures:
    """What one column's values amount to. ``add`` takes them in any order, a chunk at a time."""

    def __init__(self) -> None:
        import numpy as np

        self._np = np
        self.values = 0
        self.checksum = 0
        self.octets = 0
        self.longest: int | None = None
        self.stored: Counter[str] = Counter()
        self.bounds: dict[type, tuple[Any, Any]] = {}
        self._smallest: Hashes = np.empty(0, np.uint64)
        self._pending: list[Hashes] = []
        self._waiting = 0
        self._below = np.uint64(_ALL - 1)

    def add(self, column: Sequence[Any]) -> None:
        """Take the values of some rows, None being NULL."""
        kinds = set(map(type, column))
        if type(None) in kinds:
            kinds.discard(type(None))
            column = [value for value in column if value is not None]
        if len(kinds) == 1:
            self._add(kinds.pop(), column)
            return
        for kind in kinds:
            self._add(kind, [value for value in column if type(value) is kind])

    def _add(self, kind: type, column: Sequence[Any]) -> None:
        self.values += len(column)
        self.stored[_STORED[kind]] += len(column)
        if kind is int:
            self._integers(self._np.array(column, dtype=self._np.int64))
        elif kind is float:
            self._reals(self._np.array(column))
        elif kind is str:
            self._bound(str, min(column), max(column))
            self._texts(column)
        else:
            self._bound(bytes, min(column), max(column))
            self._take(self._of_bytes(column, _BLOB))

    def _bound(self, kind: type, least: object, greatest: object) -> None:
        if kind in self.bounds:
            old = self.bounds[kind]
            least, greatest = min(old[0], least), max(old[1], greatest)
        self.bounds[kind] = least, greatest

    # -- hashing -----------------------------------------------------------------------------

    def _integers(self, found: np.ndarray[Any, np.dtype[np.int64]]) -> None:
        self._bound(int, int(found.min()), int(found.max()))
        self._take(self._mixed(found.view(self._np.uint64)))

    def _reals(self, found: np.ndarray[Any, np.dtype[np.float64]]) -> None:
        np = self._np
        self._bound(float, float(found.min()), float(found.max()))
        whole = (np.floor(found) == found) & (np.abs(found) < 2.0**63)
        if whole.any():
            self._take(self._mixed(found[whole].astype(np.int64).view(np.uint64)))
            found = found[~whole]
        if len(found):
            self._take(self._mixed(found.view(np.uint64) ^ np.uint64(_REAL)))

    def _texts(self, column: Sequence[str]) -> None:
        encoded = [text.encode("utf-8", "surrogateescape") for text in column]
        least, greatest = self.bounds[str]
        if least < ":" and greatest >= "-":
            encoded = self._without_integers(encoded)
        if encoded:
            self._take(self._of_bytes(encoded, _TEXT))

    def _without_integers(self, column: list[bytes]) -> list[bytes]:
        """Take the texts that are just how an integer is written, and return the others."""
        digits = list(map(bytes.isdigit, column))
        signed = self.bounds[str][0] < "."
        if not (signed or any(digits)):
            return column
        integers, others = [], []
        for text, only_digits in zip(column, digits, strict=True):
            is_integer = only_digits or (signed and text[:1] == b"-" and text[1:].isdigit())
            if is_integer and len(text) < _TOO_LONG and str(int(text)).encode() == text:
                integers.append(text)
            else:
                others.append(text)
        if integers:
            self._lengths(integers)
            numbers = self._np.array(list(map(int, integers)), dtype=self._np.int64)
            self._take(self._mixed(numbers.view(self._np.uint64)))
        return others

    def _of_bytes(self, column: Sequence[bytes], kind: int) -> Hashes:
        """By their CRC, their length, and the kind of value."""
        np = self._np
        lengths = self._lengths(column)
        sums = np.fromiter(map(crc32, column), np.uint64, len(column))
        return self._mixed((sums | (lengths << np.uint64(32))) ^ np.uint64(kind))

    def _lengths(self, column: Sequence[bytes]) -> Hashes:
        lengths = self._np.fromiter(map(len, column), self._np.uint64, len(column))
        self.octets += int(lengths.sum())
        self.longest = max(self.longest or 0, int(lengths.max()))
        return lengths

    def _mixed(self, bits: Hashes) -> Hashes:
        """All 64 bits depend on each: the last step of SplitMix64, which loses nothing."""
        np = self._np
        bits = bits + np.uint64(0x9E3779B97F4A7C15)
        bits ^= bits >> np.uint64(30)
        bits *= np.uint64(0xBF58476D1CE4E5B9)
        bits ^= bits >> np.uint64(27)
        bits *= np.uint64(0x94D049BB133111EB)
        bits ^= bits >> np.uint64(31)
        return bits

    # -- summing up --------------------------------------------------------------------------

    def _take(self, hashes: Hashes) -> None:
        self.checksum = (self.checksum + int(hashes.sum())) % _ALL
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
