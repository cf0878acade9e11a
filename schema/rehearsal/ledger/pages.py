"""Reading a SQLite table from the pages of its file, many rows at once, by numpy.

Making a Python object of every value takes longer than SQLite's own count, min and max of them
together. So the records of a table are taken apart here where they lie: the format of the file is
https://www.sqlite.org/fileformat2.html (1.5 B-tree pages, 1.6 B-tree cells, 2.1 record format),
and does not change. What does not fit in is left to whoever reads through SQLite: a row that
continues on overflow pages is told by its rowid, a table of another kind raises UnsuitedError.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from schema.rehearsal.ledger.hashing import Bytes, Hashes, Integers
    from schema.rehearsal.ledger.summing import Sums

    Bits = np.ndarray[Any, np.dtype[np.bool_]]

__all__ = ["File", "Stored", "UnsuitedError", "read_table"]

#: Bytes of pages that are taken apart at once: they should stay in the processor's cache.
TOGETHER = 1 << 20

_INTERIOR, _LEAF = 0x05, 0x0D
#: The bytes of a value by its serial type, where that does not tell a length.
_SIZES = (0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0)
_REAL, _ZERO, _ONE, _FIRST_OF_BYTES = 7, 8, 9, 12


class UnsuitedError(Exception):
    """A table that must be read through SQLite."""


@dataclass(frozen=True)
class File:
    """A database file that is open, and does not change meanwhile.

    ``usable`` are the bytes of a page without those that are reserved for extensions.
    """

    descriptor: int
    page_size: int
    usable: int

    @classmethod
    def of(cls, descriptor: int) -> File:
        """By the file's header. Raises UnsuitedError when it is no database of UTF-8 text."""
        header = os.pread(descriptor, 100, 0)
        if header[:16] != b"SQLite format 3\0" or header[56:60] != b"\0\0\0\1":
            raise UnsuitedError
        size = int.from_bytes(header[16:18], "big")
        page_size = 65_536 if size == 1 else size
        return cls(descriptor, page_size, page_size - header[20])

    def pages(self, numbers: Sequence[int]) -> Bytes:
        """The pages of these numbers, one behind the other, and some zeros."""
        import numpy as np

        size = self.page_size
        found = np.zeros(len(numbers) * size + 16, dtype=np.uint8)
        view, start = found.data, 0
        while start < len(numbers):
            end = start + 1  # pages that follow each other are read at once
            while end < len(numbers) and numbers[end] == numbers[end - 1] + 1:
                end += 1
            place = (numbers[start] - 1) * size
            if os.preadv(self.descriptor, [view[start * size : end * size]], place) != (
                (end - start) * size
            ):
                raise UnsuitedError
            start = end
        return found


@dataclass(frozen=True)
class Stored:
    """A column as it is stored: its sums, and how what lies in the file is to be understood.

    ``is_rowid`` marks an INTEGER PRIMARY KEY, which is stored as the row's number; ``is_real`` a
    column of REAL affinity, in which a real that is an integer is stored as one. ``default`` gives
    what a row has that was written before the column was there.
    """

    sums: Sums
    is_rowid: bool
    is_real: bool
    default: Callable[[int], Any]


def read_table(
    file: File,
    root: int,
    columns: Sequence[Stored],
    elsewhere: Callable[[list[int]], None],
    check: Callable[[], None],
) -> int:
    """Sum up a table with rowids, and return how many rows it has.

    ``elsewhere`` is given the rowids of those that are left to be summed up otherwise. ``check`` is
    called between chunks, and may raise. Raises UnsuitedError, having summed up some rows already.
    """
    rows, left_out = 0, 0
    leaves = _leaves(file, root)
    while numbers := list(islice(leaves, max(TOGETHER // file.page_size, 1))):
        check()
        count, too_long = _Chunk(file, numbers).sum_up(columns)
        if too_long:
            elsewhere(too_long)
        rows += count
        left_out += len(too_long)
        if left_out > 1000 + rows // 20:
            raise UnsuitedError
    return rows


def _leaves(file: File, root: int) -> Iterator[int]:
    """The numbers of a tree's leaf pages, in the order of its keys."""
    import numpy as np

    [page] = file.pages([root]).reshape(1, -1)
    if page[0] == _LEAF:
        yield root
        return
    if page[0] != _INTERIOR:
        raise UnsuitedError
    count = int(page[3]) << 8 | int(page[4])
    pointers = page[12 : 12 + 2 * count].astype(np.int64)
    places = pointers[::2] << 8 | pointers[1::2]
    children = [int.from_bytes(page[place : place + 4].tobytes(), "big") for place in places]
    children.append(int.from_bytes(page[8:12].tobytes(), "big"))
    # All children of a page are of one depth, so it is enough to look at the first.
    if file.pages(children[:1])[0] == _LEAF:
        yield from children
    else:
        for child in children:
            yield from _leaves(file, child)


class _Chunk:
    """The rows of some leaf pages."""

    def __init__(self, file: File, numbers: Sequence[int]) -> None:
        import numpy as np

        self._np = np
        self._file = file
        self._buffer = file.pages(numbers)
        from schema.rehearsal.ledger.hashing import words_of

        self._words = words_of(self._buffer)
        bases = np.arange(len(numbers), dtype=np.int64) * file.page_size
        if (self._buffer[bases] != _LEAF).any():
            raise UnsuitedError
        counts = self._short(bases + 3)
        total = int(counts.sum())
        pages = np.repeat(bases, counts)
        within = np.arange(total) - np.repeat(np.cumsum(counts) - counts, counts)
        self._cells = pages + self._short(pages + 8 + 2 * within)

    def _short(self, places: Integers) -> Integers:
        high, low = self._buffer[places], self._buffer[places + 1]
        found: Integers = high.astype(self._np.int64) << 8 | low
        return found

    def sum_up(self, columns: Sequence[Stored]) -> tuple[int, list[int]]:
        """Add the values of all rows but those that go on elsewhere, whose rowids are told."""
        sizes, place = self._varints(self._cells)
        rowids, start = self._varints(place)
        too_long = sizes > self._file.usable - 35
        left_out: list[int] = []
        if too_long.any():
            left_out = rowids[too_long].tolist()
            rowids, start = rowids[~too_long], start[~too_long]
        if not len(start):
            return len(self._cells), left_out
        header, place = self._varints(start)
        ends, body = start + header, start + header
        for column in columns:
            here = place < ends
            if here.all():
                types, place = self._varints(place)
                body = self._column(column, types, body, rowids)
                continue
            self._absent(column, rowids[~here])
            if not here.any():
                continue
            types, after = self._varints(place[here])
            after_body = self._column(column, types, body[here], rowids[here])
            place, body = place.copy(), body.copy()
            place[here], body[here] = after, after_body
        return len(self._cells), left_out

    def _absent(self, column: Stored, rowids: Integers) -> None:
        value = column.default(int(rowids[0]))
        if value is not None:
            column.sums.add([value] * len(rowids))

    def _varints(self, place: Integers) -> tuple[Integers, Integers]:
        """The numbers at these places, and the places behind them."""
        np = self._np
        found = self._buffer[place].astype(np.int64)
        after = place + 1
        going = np.flatnonzero(found >= 128)
        found[going] &= 127
        for byte in range(2, 10):
            if not len(going):
                break
            bits = self._buffer[after[going]].astype(np.int64)
            after[going] += 1
            if byte == 9:
                found[going] = found[going] << 8 | bits
                break
            found[going] = found[going] << 7 | (bits & 127)
            going = going[bits >= 128]
        return found, after

    # -- values ------------------------------------------------------------------------------

    def _column(
        self, column: Stored, types: Integers, body: Integers, rowids: Integers
    ) -> Integers:
        """Add a column's values, and return where those of the next one begin."""
        np = self._np
        least, most = int(types.min()), int(types.max())
        if least >= _FIRST_OF_BYTES:
            lengths = (types - _FIRST_OF_BYTES) >> 1
            self._bytes(column, types, body, lengths)
            return body + lengths
        small = np.array(_SIZES, dtype=np.int64)[np.minimum(types, 11)]
        lengths = np.where(types >= _FIRST_OF_BYTES, (types - _FIRST_OF_BYTES) >> 1, small)
        if column.is_rowid:
            column.sums.add_integers(rowids)
        elif most < _FIRST_OF_BYTES:
            self._numbers(column, types, body, lengths)
        else:
            is_bytes = types >= _FIRST_OF_BYTES
            for part, add in ((is_bytes, self._bytes), (~is_bytes, self._numbers)):
                add(column, types[part], body[part], lengths[part])
        following: Integers = body + lengths
        return following

    def _bytes(self, column: Stored, types: Integers, starts: Integers, lengths: Integers) -> None:
        is_text = (types & 1).astype(bool)
        for stored, part in (("text", is_text), ("blob", ~is_text)):
            if part.all():
                column.sums.add_bytes(stored, self._buffer, starts, lengths)
                return
            if part.any():
                column.sums.add_bytes(stored, self._buffer, starts[part], lengths[part])

    def _numbers(
        self, column: Stored, types: Integers, starts: Integers, lengths: Integers
    ) -> None:
        np = self._np
        is_real = types == _REAL
        if is_real.any():
            column.sums.add_reals(self._eight(starts[is_real]).view(np.float64))
        is_integer = (types > 0) & ~is_real
        if not is_integer.any():
            return
        if not is_integer.all():
            types, starts, lengths = (each[is_integer] for each in (types, starts, lengths))
        # The eight bytes that end where the value does; what is before it is shifted out.
        ending = self._eight(starts + lengths - 8).view(np.int64)
        shift = 64 - 8 * lengths
        values = np.where(lengths > 0, ending << (shift & 63) >> (shift & 63), types - _ZERO)
        if column.is_real:
            column.sums.add_reals(values.astype(np.float64))
        else:
            column.sums.add_integers(values)

    def _eight(self, places: Integers) -> Hashes:
        """Eight bytes from each place on, the first being the highest."""
        return self._words[places].byteswap()
