"""Words that are spelled like another."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher

__all__ = ["Vocabulary", "close_words"]

#: How alike two words must be, from 0 to 1, and how many are taken.
_ALIKE = 0.72
_MOST = 4


class Vocabulary:
    """Words by their length, each with its letters, so that most are passed over at once."""

    def __init__(self, words: Iterable[str]) -> None:
        self._by_length: dict[int, list[tuple[frozenset[str], str]]] = {}
        for word in sorted(words):
            self._by_length.setdefault(len(word), []).append((frozenset(word), word))

    def near(self, word: str) -> Iterable[str]:
        """Those of about the same length, which have most of the word's letters."""
        letters = frozenset(word)
        enough = _ALIKE * len(letters) - 0.5
        for length in range(len(word) - 3, len(word) + 4):
            for own, other in self._by_length.get(length, ()):
                if len(letters & own) >= enough:
                    yield other


def close_words(word: str, known: Vocabulary) -> tuple[str, ...]:
    """Those of the known words that are spelled most like this one; both in lower case."""
    found = []
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(word)  # what is known of the second is kept for all
    for other in known.near(word):
        matcher.set_seq1(other)
        if matcher.quick_ratio() >= _ALIKE:
            ratio = matcher.ratio()
            if ratio >= _ALIKE:
                found.append((-ratio, other))
    best = sorted(found)[:_MOST]
    return tuple(other for ratio, other in best if ratio <= best[0][0] + 0.12)
