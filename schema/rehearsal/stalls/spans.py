"""Times during which something was seen, made of looks taken now and then."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass

__all__ = ["Span", "Spans"]


@dataclass(slots=True)
class Span:
    """``what`` was seen from the first look to the last one."""

    what: str
    start: float
    end: float

    def overlap(self, start: float, end: float) -> float:
        """The seconds that it shares with another time; negative when they lie apart."""
        return min(self.end, end) - max(self.start, start)


class Spans:
    """For each key the spans of what was seen of it. One thread writes, others read afterwards."""

    def __init__(self, gap: float) -> None:
        """``gap`` is the most seconds between two looks that count as one time."""
        self._gap = gap
        self._of: dict[Hashable, list[Span]] = {}

    def see(self, key: Hashable, what: str, now: float) -> None:
        """At ``now``, ``what`` was seen of ``key``."""
        spans = self._of.setdefault(key, [])
        if spans and now - spans[-1].end <= self._gap:
            if spans[-1].what == what:
                spans[-1].end = now
                return
            # What was there until now has become something else.
            spans[-1].end = now
        spans.append(Span(what, now, now))

    def of(self, key: Hashable) -> list[Span]:
        """What was seen of the key, oldest first."""
        return self._of.get(key, [])

    def __iter__(self) -> Iterator[tuple[Hashable, Span]]:
        return ((key, span) for key, spans in self._of.items() for span in spans)

    def mostly(self, key: Hashable, start: float, end: float) -> str | None:
        """What was seen of the key for most of a time; None when nothing was."""
        shares: dict[str, float] = {}
        for span in self.of(key):
            share = span.overlap(start, end)
            if share >= 0:
                shares[span.what] = shares.get(span.what, 0.0) + share
        return max(shares, key=lambda what: shares[what], default=None)
