"""How sure it is that two objects are one under two names.

Each piece of evidence has a weight between 0 and 1: how likely it alone makes the two one and the
same. They are joined as independent ones: the confidence is 1 less the product of all doubts
(1 - weight). What speaks against it is a factor below 1. The weights were chosen so that

- a column renamed in its place, with nothing else to tell, is found (0.7 to 0.8),
- a column dropped in one place with one of its type added at the end is not (below ``LEAST``),
- a table is found by its columns as long as most of them are alike, and the fewer other tables
  have such columns, the surer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from math import prod
from typing import NamedTuple, TypeVar

__all__ = ["LEAST", "MARGIN", "Grounds", "Reason", "assign", "joined", "likeness", "weigh"]

T = TypeVar("T")

#: A pair with less confidence is reported as one object removed and another added.
LEAST = 0.5

#: Two candidates for one object that are nearer to each other than this: neither is believed.
MARGIN = 0.05

#: A piece of evidence in words (None where it is not worth one), and its weight.
Reason = tuple[str | None, float]


class Grounds(NamedTuple):
    """Why two objects are believed to be one, and how sure that is (0 to 1)."""

    confidence: float
    evidence: tuple[str, ...]


def weigh(reasons: Iterable[Reason], against: Iterable[float] = ()) -> Grounds:
    """The joint weight of all reasons, lessened by each factor that speaks against it."""
    found = [reason for reason in reasons if reason[1] > 0]
    confidence = (1 - prod(1 - weight for _, weight in found)) * prod(against)
    # Certain is only what the database itself says.
    said = tuple(words for words, _ in found if words)
    return Grounds(round(min(confidence, 0.99), 2), said)


def likeness(left: str, right: str) -> float:
    """How alike two names look: 0 to 1; below 0.6 is chance."""
    ratio = SequenceMatcher(None, left.casefold(), right.casefold(), autojunk=False).ratio()
    return ratio if ratio >= 0.6 else 0.0


def joined(words: Sequence[str]) -> str:
    """``type``, ``type and default``, ``type, default and comment``."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def assign(candidates: Iterable[tuple[Grounds, T, T]]) -> list[tuple[Grounds, T, T]]:
    """The pairs to believe, best first; each object is in one at most.

    A pair is believed when it has at least ``LEAST`` confidence and no rival for either of its
    objects comes within ``MARGIN`` of it. Once believed, its objects are rivals no more.
    """
    rest = [each for each in candidates if each[0].confidence >= LEAST]
    rest.sort(key=lambda each: -each[0].confidence)
    believed: list[tuple[Grounds, T, T]] = []
    while best := next((each for each in rest if _is_clear(each, rest)), None):
        believed.append(best)
        rest = [each for each in rest if each[1] is not best[1] and each[2] is not best[2]]
    return believed


def _is_clear(one: tuple[Grounds, T, T], among: list[tuple[Grounds, T, T]]) -> bool:
    nearest = one[0].confidence - MARGIN
    return not any(
        other is not one
        and (other[1] is one[1] or other[2] is one[2])
        and other[0].confidence > nearest
        for other in among
    )
