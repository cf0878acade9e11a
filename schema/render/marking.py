"""Two texts side by side, with the part that only one of them has marked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from markupsafe import Markup

from schema.render.theme import join, text
from schema.wording import counted

__all__ = ["cut", "marked"]

_WORDS = re.compile(r"\w+|\s+|[^\w\s]")

#: A text that is longer, or in which more words than this changed, is compared line by line; where
#: more lines changed, nothing is: the time that it takes grows with the square.
_MAX_CHARACTERS = 20_000
_MAX_WORDS = 240
_MAX_LINES = 400

#: Of what is alike, this many characters are left at both ends where room is short.
_CONTEXT = 100

#: How much of each side is alike, and how much only one has: ("=", x, x) or ("!", left, right).
_Piece = tuple[str, str, str]


def cut(content: str, room: int | None) -> Markup:
    """The text, or its first ``room`` characters and how many there are more."""
    if room is None or len(content) <= room + 40:
        return text(content)
    more = Markup('<span class="swb-faint"> … and {} more</span>')
    return text(content[:room]) + more.format(counted(len(content) - room, "character"))


def marked(left: str, right: str, room: int | None = None) -> tuple[Markup, Markup]:
    """Both texts, with what only one of them has in ``<del>`` and ``<ins>``.

    With ``room``, long stretches that are alike are left out, and changes beyond so many characters
    are cut; both are said. Without, all of both texts is there.
    """
    lefts, rights = [], []
    for kind, before, after in _pieces(left, right):
        if kind == "=":
            alike = _shortened(before, room)
            lefts.append(alike)
            rights.append(alike)
        else:
            lefts.append(_tagged("del", before, room))
            rights.append(_tagged("ins", after, room))
    return join(lefts), join(rights)


def _tagged(tag: str, content: str, room: int | None) -> Markup:
    return Markup("<{0}>{1}</{0}>").format(tag, cut(content, room)) if content else Markup()


def _shortened(content: str, room: int | None) -> Markup:
    """What is alike: its beginning and its end, whole lines where it has several."""
    if room is None or len(content) < max(min(room // 2, 800), 4 * _CONTEXT):
        return text(content)
    head, tail = content[:_CONTEXT], content[-_CONTEXT:]
    gap = Markup('<span class="swb-faint"> … {} the same … </span>')
    if "\n" not in head or "\n" not in tail:
        said = gap.format(counted(len(content) - 2 * _CONTEXT, "character"))
        return text(head) + said + text(tail)
    head, tail = head[: head.rindex("\n")], tail[tail.index("\n") :]
    lines = content.count("\n", len(head) + 1, len(content) - len(tail)) + 1
    return text(f"{head}\n") + gap.format(counted(lines, "line")) + text(tail)


def _pieces(left: str, right: str) -> list[_Piece]:
    """What is alike and what is not, word by word where there are few, else line by line."""
    if len(left) + len(right) > _MAX_CHARACTERS:
        return [piece for piece in _by_line(left, right) if any(piece[1:])]
    before, after = _WORDS.findall(left), _WORDS.findall(right)
    start = _alike(before, after)
    end = _alike(before[start:][::-1], after[start:][::-1])
    words = before[start : len(before) - end], after[start : len(after) - end]
    middle = "".join(words[0]), "".join(words[1])
    if len(words[0]) + len(words[1]) <= _MAX_WORDS:
        found = _compared(*words, whole=(len(before), len(after)), alike=start + end)
    else:
        found = list(_by_line(*middle))
    if found is None:
        return [("!", left, right)]
    head, tail = "".join(before[:start]), "".join(before[len(before) - end :])
    return [piece for piece in [("=", head, head), *found, ("=", tail, tail)] if any(piece[1:])]


def _alike(left: Sequence[str], right: Sequence[str]) -> int:
    """How many words both begin with."""
    pairs = enumerate(zip(left, right, strict=False))
    shorter = min(len(left), len(right))
    return next((number for number, (one, other) in pairs if one != other), shorter)


def _compared(
    before: Sequence[str], after: Sequence[str], *, whole: tuple[int, int], alike: int
) -> list[_Piece] | None:
    """Word by word; None when too little is alike for the marks to help anybody."""
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    same = alike + sum(block.size for block in matcher.get_matching_blocks())
    if not all(whole) or 2 * same < 0.3 * sum(whole):
        return None
    return [
        ("=" if tag == "equal" else "!", "".join(before[a:b]), "".join(after[c:d]))
        for tag, a, b, c, d in matcher.get_opcodes()
    ]


def _by_line(left: str, right: str) -> Iterator[_Piece]:
    before, after = left.splitlines(keepends=True), right.splitlines(keepends=True)
    start = _alike(before, after)
    end = _alike(before[start:][::-1], after[start:][::-1])
    head, tail = "".join(before[:start]), "".join(before[len(before) - end :])
    yield "=", head, head
    yield from _changed_lines(before[start : len(before) - end], after[start : len(after) - end])
    yield "=", tail, tail


def _changed_lines(before: Sequence[str], after: Sequence[str]) -> Iterator[_Piece]:
    if len(before) + len(after) > _MAX_LINES:
        yield "!", "".join(before), "".join(after)
        return
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        pair = "".join(before[a:b]), "".join(after[c:d])
        if tag == "replace" and sum(map(len, pair)) <= 4 * _MAX_WORDS:
            yield from _pieces(*pair)
        else:
            yield "=" if tag == "equal" else "!", *pair
