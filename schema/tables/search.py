"""Finding anything of a schema by any word of it, the best first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from heapq import nsmallest
from typing import TYPE_CHECKING, Any

from schema.catalog import Catalog
from schema.display import Displayed
from schema.history import History
from schema.tables.entries import Entry, Text, entries_of
from schema.tables.models import Models
from schema.tables.spelling import Vocabulary, close_words
from schema.timeline import Timeline
from schema.wording import counted

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Found", "Hit", "Index", "search"]

#: So many characters of a text are shown around what was found.
_AROUND = 160

#: Which kinds come first among equals.
_KINDS = ("table", "column", "enum", "enum value", "view", "materialized view", "class",
          "relationship", "revision")  # fmt: skip
#: So many hits are told, unless more are asked for.
MOST = 100

_RANKS = {kind: rank for rank, kind in enumerate(_KINDS)}


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found, and the text that it was found by.

    ``kind`` and ``label`` say what it is; ``field`` is what the ``text`` is of it: ``name``,
    ``comment``, ``message`` …; ``marks`` are the places in it that match, as (start, end).
    ``match`` is ``exact``, ``prefix``, ``part`` or ``close``. ``sources`` are those that have it:
    ``database``, ``models``, ``revisions``. ``about`` is what is written about it, None if nothing.
    """

    kind: str
    table: str | None
    name: str
    field: str
    text: str
    marks: tuple[tuple[int, int], ...]
    match: str
    sources: tuple[str, ...]
    score: float
    about: str | None = None

    @property
    def label(self) -> str:
        """``guest_requests.state``: what a person would write."""
        return f"{self.table}.{self.name}" if self.table is not None else self.name


@dataclass(frozen=True)
class Found(Displayed):
    """What was found for some words: the best ``hits`` first, ``total`` in all.

    ``instead`` holds, by word, those of a similar spelling that were looked for, where nothing had
    the word itself. ``is_whole`` is False when nothing had all words, and each ``hit`` has some.
    """

    words: tuple[str, ...]
    hits: tuple[Hit, ...]
    total: int = 0
    instead: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    is_whole: bool = True
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<Found: {counted(self.total, 'hit')} for {' '.join(self.words)!r}>"

    def __bool__(self) -> bool:
        return bool(self.hits)

    def __iter__(self) -> Iterator[Hit]:
        return iter(self.hits)

    def frame(self) -> pd.DataFrame:
        """One row a hit: ``kind, label, table, name, field, match, text, about, sources``."""
        import pandas as pd

        names = ["kind", "label", "table", "name", "field", "match", "text", "about", "sources"]
        rows = [
            (hit.kind, hit.label, hit.table, hit.name, hit.field, hit.match, hit.text, hit.about,
             ", ".join(hit.sources))
            for hit in self.hits
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=names)

    def to_dict(self) -> dict[str, Any]:
        """The documented JSON shape."""
        return {
            "words": list(self.words),
            "instead": {word: list(others) for word, others in self.instead.items()},
            "is_whole": self.is_whole,
            "total": self.total,
            "hits": [{"label": hit.label, **asdict(hit)} for hit in self.hits],
            "notes": list(self.notes),
        }


class Index:
    """All that can be found, put in order once, and searched any number of times."""

    def __init__(
        self,
        catalog: Catalog | None = None,
        models: Models | None = None,
        history: History | None = None,
        timeline: Timeline | None = None,
        *,
        source: str = "database",
        notes: Iterable[str] = (),
    ) -> None:
        if history is None and timeline is not None:
            history = timeline.history
        self._entries = entries_of(catalog, models, history, timeline, source=source)
        self._vocabulary: Vocabulary | None = None
        self.notes = tuple(notes)

    def __len__(self) -> int:
        return len(self._entries)

    def search(self, words: str | Sequence[str], *, most: int = MOST) -> Found:
        """What has all of these words, by a name, a comment, a message …

        Where nothing has all of them, what has some; where nothing has any, what has words of a
        similar spelling. The ``most`` best are told, and how many there are.
        """
        given = words.split() if isinstance(words, str) else [p for w in words for p in w.split()]
        wanted = tuple(dict.fromkeys(given))
        lows = {word: (word.lower(),) for word in wanted}
        found = self._scored(lows.values(), all)
        if found or not wanted:
            return self._found(wanted, found, lows, most)
        missing = [word for word in wanted if not any(word.lower() in e.low for e in self._entries)]
        instead = {word: close_words(word.lower(), self._words()) for word in missing}
        instead = {word: others for word, others in instead.items() if others}
        if instead:
            found = self._scored((lows | instead).values(), all)
            if found:
                return self._found(wanted, found, lows | instead, most, instead)
        lows = {word: low for word, low in lows.items() if word not in missing}
        return self._found(wanted, self._scored(lows.values(), any), lows, most, is_whole=False)

    def _scored(
        self, wanted: Iterable[tuple[str, ...]], enough: Callable[[Iterable[bool]], bool]
    ) -> list[_Scored]:
        """The entries that have enough of the words, each in one of its spellings; best first."""
        wishes = list(wanted)
        found = []
        for entry in self._entries if wishes else ():
            low = entry.low
            if enough(any(word in low for word in each) for each in wishes):
                words = [word for each in wishes for word in each if word in low]
                scored = _scored(entry, words, len(wishes))
                if scored is not None:
                    found.append(scored)
        return found

    def _found(
        self,
        wanted: tuple[str, ...],
        found: list[_Scored],
        spellings: Mapping[str, tuple[str, ...]],
        most: int,
        instead: Mapping[str, tuple[str, ...]] | None = None,
        *,
        is_whole: bool = True,
    ) -> Found:
        words = [word for each in spellings.values() for word in each]
        best = nsmallest(most, found, key=_Scored.order)
        hits = tuple(_hit(each, words, is_close=instead is not None) for each in best)
        return Found(wanted, hits, len(found), dict(instead or {}), is_whole, self.notes)

    def _words(self) -> Vocabulary:
        """All words of names and of what is written about them."""
        if self._vocabulary is None:
            found: set[str] = set()
            for entry in self._entries:
                for text in entry.texts:
                    if text.weight > 1:
                        found.update(_WORD.findall(text.low))
                    if text.weight == 3:
                        found.add(text.low)
            self._vocabulary = Vocabulary(each for each in found if len(each) > 2)
        return self._vocabulary


def search(
    words: str | Sequence[str],
    *,
    catalog: Catalog | None = None,
    models: Models | None = None,
    history: History | None = None,
    timeline: Timeline | None = None,
    most: int = MOST,
) -> Found:
    """What has these words, in a catalog, the models, the revisions, and what these have dropped.

    Who asks more than once keeps an ``Index``.
    """
    return Index(catalog, models, history, timeline).search(words, most=most)


# -- how well a word fits -------------------------------------------------------------------------

_WORD = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

#: Scores by weight of the text: for a whole text, a whole word of it, the beginning of the text, of
#: a word, and for what stands anywhere else in it.
_SCORES = {
    3: (100.0, 80.0, 70.0, 60.0, 40.0),
    2: (55.0, 50.0, 37.0, 35.0, 22.0),
    1: (20.0, 18.0, 13.0, 12.0, 8.0),
    0: (4.0, 3.0, 2.0, 2.0, 1.0),
}
_MATCHES = ("exact", "exact", "prefix", "prefix", "part")


def _fit(text: Text, word: str) -> int:
    """How well a word fits a text that has it: a place in the scores."""
    low = text.low
    if low == word:
        return 0
    whole, plain = _spaced(text.text), _spaced(word)
    if plain in whole and plain != " ":
        return 1
    if low.startswith(word):
        return 2
    return 3 if plain != " " and plain.rstrip() in whole else 4


@lru_cache(maxsize=50_000)
def _spaced(text: str) -> str:
    """The words of a text in lower case, with one space around each."""
    return f" {' '.join(_WORD.findall(_CAMEL.sub(' ', text).lower()))} "


@dataclass(frozen=True, slots=True)
class _Scored:
    """An entry that has the words, its score, and the text that fits best, with how well."""

    score: float
    entry: Entry
    text: Text
    fit: int

    def order(self) -> tuple[Any, ...]:
        label = self.entry.label
        return -self.score, _RANKS.get(self.entry.kind, len(_KINDS)), len(label), label


def _scored(entry: Entry, words: Sequence[str], of: int) -> _Scored | None:
    """None for an entry that only stands in a table of that name."""
    total, best, found, how = 0.0, 0.0, None, 0
    for word in words:
        top = 0.0
        for text in entry.texts:  # those of the greatest weight first
            scores = _SCORES[text.weight]
            if scores[0] <= top:
                break
            if word in text.low:
                fit = _fit(text, word)
                if scores[fit] > top:
                    top = scores[fit]
                    if top > best and text.weight:
                        best, found, how = top, text, fit
        total += top
    return None if found is None else _Scored(total / of, entry, found, how)


def _hit(scored: _Scored, words: Sequence[str], *, is_close: bool) -> Hit:
    entry, text = scored.entry, scored.text
    shown, marks = _snippet(text, words)
    return Hit(
        entry.kind,
        entry.table,
        entry.name,
        text.field,
        shown,
        marks,
        "close" if is_close else _MATCHES[scored.fit],
        tuple(entry.sources),
        round(scored.score, 2),
        _brief(entry.about) if text.text != entry.about else None,
    )


def _snippet(text: Text, words: Sequence[str]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The text around the first word that is in it, in one line, and where the words are."""
    line = " ".join(text.text.split())
    if text.weight == 2:
        line = line.replace("`", "")
    pattern = re.compile("|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)),
                         re.IGNORECASE)  # fmt: skip
    first = pattern.search(line)
    start = max(0, (first.start() if first else 0) - _AROUND // 3)
    start = 0 if start < 12 else line.find(" ", start - 12, start) + 1 or start
    cut = line[start : start + _AROUND]
    shown = ("… " if start else "") + cut + (" …" if start + _AROUND < len(line) else "")
    return shown, tuple(found.span() for found in pattern.finditer(shown))


def _brief(text: str | None) -> str | None:
    """The first sentence, or the beginning of it."""
    if not text:
        return None
    first = re.split(r"(?<=[.!?])\s", " ".join(text.split()), maxsplit=1)[0]
    return first if len(first) <= _AROUND else first[: _AROUND - 2] + " …"
