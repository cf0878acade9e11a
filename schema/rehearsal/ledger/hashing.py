"""Hashes of values, of many at once, by numpy; the same in every process.

Values that lie in a buffer are told by where each begins and how long it is. A buffer must have
eight more bytes behind its last value, as values are read eight bytes at a time.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Bytes = np.ndarray[Any, np.dtype[np.uint8]]
    Hashes = np.ndarray[Any, np.dtype[np.uint64]]
    Integers = np.ndarray[Any, np.dtype[np.int64]]
    Bits = np.ndarray[Any, np.dtype[np.bool_]]

__all__ = ["BLOB", "REAL", "TEXT", "extremes", "hashed", "integers_in", "mixed", "words_of"]

#: What tells the hashes of one kind of value from those of another.
REAL, TEXT, BLOB = 0x9AE16A3B2F90404F, 0xC3A5C85C97CB3127, 0xB492B66FBE98F273

#: Bytes from which a value is hashed by itself: in step with others, all would wait for it.
_LONG = 512
#: Digits from which a number may not fit into 64 bits.
_TOO_LONG = 19

#: The first n bytes of a word.
_FIRST = [(1 << (8 * count)) - 1 for count in range(9)]
_DIGITS, _HIGH, _SIX = 0x3030303030303030, 0xF0F0F0F0F0F0F0F0, 0x0606060606060606


def mixed(bits: Hashes) -> Hashes:
    """Every bit depends on all: the last step of SplitMix64, of which no two inputs give one."""
    import numpy as np

    bits = bits + np.uint64(0x9E3779B97F4A7C15)
    bits ^= bits >> np.uint64(30)
    bits *= np.uint64(0xBF58476D1CE4E5B9)
    bits ^= bits >> np.uint64(27)
    bits *= np.uint64(0x94D049BB133111EB)
    bits ^= bits >> np.uint64(31)
    return bits


def words_of(buffer: Bytes) -> Hashes:
    """The eight bytes from each place of a buffer on, as a number; nothing is copied."""
    import numpy as np

    return np.ndarray((max(len(buffer) - 7, 0),), dtype="<u8", buffer=buffer, strides=(1,))


def hashed(buffer: Bytes, starts: Integers, lengths: Integers, kind: int) -> Hashes:
    """The hashes of values of this kind. Those that differ in one word only never agree."""
    import numpy as np

    found = lengths.astype(np.uint64) * np.uint64(0xD6E8FEB86659FD93) ^ np.uint64(kind)
    waiting = np.flatnonzero((lengths > 0) & (lengths <= _LONG))
    words, masks = words_of(buffer), np.array(_FIRST, dtype=np.uint64)
    place, left, state = starts[waiting], lengths[waiting], found[waiting]
    while len(waiting):
        state ^= words[place] & masks[np.minimum(left, 8)]
        state *= np.uint64(0xFF51AFD7ED558CCD)
        state ^= state >> np.uint64(32)
        left = left - 8
        place = place + 8
        go_on = left > 0
        if not go_on.all():
            done = ~go_on
            found[waiting[done]] = state[done]
            waiting, place = waiting[go_on], place[go_on]
            left, state = left[go_on], state[go_on]
    for number in np.flatnonzero(lengths > _LONG):
        value = buffer[starts[number] : starts[number] + lengths[number]]
        found[number] ^= np.uint64(
            int.from_bytes(blake2b(value.tobytes(), digest_size=8).digest(), "little")
        )
    return mixed(found)


def extremes(buffer: Bytes, starts: Integers, lengths: Integers) -> tuple[bytes, bytes]:
    """The smallest and the largest of some values, by their bytes."""
    import numpy as np

    words, masks = words_of(buffer), np.array(_FIRST, dtype=np.uint64)

    def ordered(chosen: Integers, offset: int) -> Hashes:
        """Words that compare as their bytes do; behind a value's end are zeros."""
        left = np.clip(lengths[chosen] - offset, 0, 8)
        return (
            words[starts[chosen] + np.minimum(offset, lengths[chosen])] & masks[left]
        ).byteswap()

    def values(chosen: Integers) -> set[bytes]:
        return {
            buffer[start : start + length].tobytes()
            for start, length in zip(starts[chosen].tolist(), lengths[chosen].tolist(), strict=True)
        }

    first = ordered(np.arange(len(starts)), 0)
    found = []
    for best, chosen_of in ((np.min, min), (np.max, max)):
        chosen = np.flatnonzero(first == best(first))
        if len(chosen) > 1:
            second = ordered(chosen, 8)
            chosen = chosen[second == best(second)]
        # What is alike so far is mostly alike to its end: Python compares such values faster.
        found.append(chosen_of(values(chosen)))
    return found[0], found[1]


def integers_in(buffer: Bytes, starts: Integers, lengths: Integers) -> tuple[Integers, Integers]:
    """Which texts are just how an integer is written, and the integers: ``-7``, not ``007``."""
    import numpy as np

    first, last = buffer[starts], buffer[np.maximum(starts + lengths - 1, 0)]
    may_be = (lengths > 0) & (lengths < _TOO_LONG) & ((last - np.uint8(48)) < 10)
    may_be &= ((first - np.uint8(48)) < 10) | ((first == 45) & (lengths > 1))
    chosen = np.flatnonzero(may_be)
    chosen = chosen[_begin_with_digits(buffer, starts[chosen], lengths[chosen])]
    place, length = starts[chosen], lengths[chosen]
    negative = buffer[place] == 45
    place, length = place + negative, length - negative
    fine = (buffer[place] != 48) | ((length == 1) & ~negative)
    value = np.zeros(len(chosen), dtype=np.int64)
    for offset in range(int(length.max()) if len(length) else 0):
        digit = buffer[place + np.minimum(offset, length - 1)] - np.uint8(48)
        within = offset < length
        fine &= (digit < 10) | ~within
        value = np.where(within, value * 10 + digit, value)
    return chosen[fine], np.where(negative, -value, value)[fine]


def _begin_with_digits(buffer: Bytes, starts: Integers, lengths: Integers) -> Bits:
    """Whether the first eight bytes, but for a sign, are digits: a date's are not."""
    import numpy as np

    mask = np.array(_FIRST, dtype=np.uint64)[np.minimum(lengths, 8)]
    words = (words_of(buffer)[starts] & mask) | (np.uint64(_DIGITS) & ~mask)
    words = np.where(buffer[starts] == 45, words & ~np.uint64(255) | np.uint64(48), words)
    high, digits = np.uint64(_HIGH), np.uint64(_DIGITS)
    found: Bits = ((words & high) == digits) & (((words + np.uint64(_SIX)) & high) == digits)
    return found
