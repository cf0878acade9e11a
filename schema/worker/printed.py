"""The kernel's side: what a worker prints, held until somebody reads it, and never too much of it.

A project may print faster than anybody reads. What is held is bounded then: the oldest goes, and
the newest stays; the marks that end a request's output are always kept.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from typing import BinaryIO

from schema.worker.failure import redact

__all__ = ["END_OF_OUTPUT", "MOST_OUTPUT", "Printed", "Unread", "whole_lines"]

#: So many bytes wait to be read, at most.
MOST_UNREAD = 2_000_000
#: So many characters of what the project printed are kept, the last ones.
MOST_OUTPUT = 100_000
#: So many are passed on while a request runs, the first ones.
MOST_PASSED_ON = 1_000_000
#: Ends what a request printed; the number of the request follows.
END_OF_OUTPUT = "\x1e"

_PIECE, _LONGEST_LINE = 1 << 16, 1 << 20
_MARK = END_OF_OUTPUT.encode()


class Unread:
    """Lines between the thread that takes them from the pipe and the one that reads them."""

    def __init__(self) -> None:
        self._lines: deque[bytes] = deque()
        self._marks: deque[bytes] = deque(maxlen=100)
        self._length = 0
        self._lock = threading.Lock()

    def add(self, lines: bytes) -> bool:
        """Hold some lines; whether they are the only ones, so that somebody is to be told."""
        with self._lock:
            self._lines.append(lines)
            self._length += len(lines)
            while self._length > MOST_UNREAD and len(self._lines) > 1:
                oldest = self._lines.popleft()
                self._length -= len(oldest)
                if _MARK in oldest:
                    self._marks.append(oldest[oldest.index(_MARK) :])
            return len(self._lines) == 1

    def take(self) -> list[bytes]:
        """All lines that are held, the oldest first."""
        with self._lock:
            taken = b"".join([*self._marks, *self._lines])
            self._marks.clear()
            self._lines.clear()
            self._length = 0
        return _parted(taken)


def whole_lines(stream: BinaryIO) -> Iterator[bytes]:
    """What comes from a pipe as soon as it is there, but for the end of a line that is not yet."""
    rest = b""
    for piece in iter(lambda: stream.read1(_PIECE), b""):  # type: ignore[attr-defined]
        lines, newline, rest = (rest + piece).rpartition(b"\n")
        if newline:
            yield lines + newline
        if len(rest) > _LONGEST_LINE:
            yield rest
            rest = b""
    if rest:
        yield rest


def _parted(text: bytes) -> list[bytes]:
    """Lines that end with a line feed alone: a carriage return ends none, as in a progress bar."""
    *lines, rest = text.split(b"\n")
    return [*(line + b"\n" for line in lines), *([rest] if rest else [])]


class Printed:
    """What one request printed: the last of it, without passwords."""

    def __init__(self) -> None:
        self._texts: deque[str] = deque()
        self._length = 0
        self._passed_on = 0

    def __str__(self) -> str:
        return redact("".join(self._texts))[-MOST_OUTPUT:]

    def add(self, text: str) -> str | None:
        """Keep a text; returns what of it is to be passed on to who follows, None for nothing."""
        self._texts.append(text)
        self._length += len(text)
        while len(self._texts) > 1 and self._length > MOST_OUTPUT:
            self._length -= len(self._texts.popleft())
        if not text.strip() or self._passed_on > MOST_PASSED_ON:
            return None
        self._passed_on += len(text)
        if self._passed_on > MOST_PASSED_ON:
            return "… and more, which is not followed any longer."
        return redact(text).rstrip("\n")
