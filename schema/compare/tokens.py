"""Texts in SQL, as servers and readers write them, compared token by token.

No dialect's grammar is known here: only what a name, a string and a dollar-quoted body look like.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import NamedTuple

__all__ = ["Renamed", "Token", "aligned", "alike", "tokens"]

#: An old name and its new one; before an enum's old label and its new one stands the enum's name.
Renamed = tuple[str, ...]

_LEXICON = re.compile(
    r"""(?P<space>\s+)
    |(?P<body>\$(?P<tag>[^\W\d]\w*|)\$.*?\$(?P=tag)\$)
    |(?P<escaped>[eE]'(?:[^'\\]|''|\\.)*')
    |(?P<string>(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*')
    |(?P<quoted>"(?:[^"]|"")*")
    |(?P<word>[^\W\d][\w$]*)
    |(?P<number>\d[\w.]*)
    |(?P<other>::|.)""",
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    """One token; ``kind`` is name (out of its quotes), string, escaped, body, number or other."""

    kind: str
    text: str


@lru_cache(maxsize=2000)
def tokens(text: str) -> tuple[Token, ...]:
    """The tokens of a text without white space."""
    return tuple(
        _token(match.lastgroup or "other", match.group())
        for match in _LEXICON.finditer(text)
        if match.lastgroup != "space"
    )


def _token(kind: str, text: str) -> Token:
    if kind == "quoted":
        return Token("name", text[1:-1].replace('""', '"'))
    return Token("name" if kind == "word" else kind, text)


def alike(left: str, right: str, renamed: Collection[Renamed]) -> bool:
    """Whether two texts are one but for white space and names that were renamed."""
    if left == right:
        return True
    return bool(renamed) and aligned(tokens(left), tokens(right), renamed)


def aligned(
    left: Sequence[Token],
    right: Sequence[Token],
    renamed: Collection[Renamed],
    *,
    qualified: bool = False,
) -> bool:
    """Whether the tokens are the same but for renamed names.

    A name that a rename left behind as an alias counts as alike, as PostgreSQL writes it for a view
    (``new AS old``, ``FROM new old``). With ``qualified``, so does a column with its table's name
    before it on one side alone.
    """
    i = j = 0
    while i < len(left) and j < len(right):
        before, after = left[i], right[j]
        if before != after and qualified:
            i, j = _past_qualifier(left, i, after), _past_qualifier(right, j, before)
            before, after = left[i], right[j]
        i, j = i + 1, j + 1
        if before == after:
            continue
        if before.kind == after.kind == "string":
            if not _is_same_string(before, after, left[i:], right[j:], renamed):
                return False
        elif before.kind == after.kind == "name" and _is_renamed(before.text, after.text, renamed):
            if left[i : i + 1] != right[j : j + 1]:
                i, j = _past_alias(left, i, after.text), _past_alias(right, j, before.text)
        else:
            return False
    return i == len(left) and j == len(right)


def _is_same_string(
    before: Token,
    after: Token,
    left: Sequence[Token],
    right: Sequence[Token],
    renamed: Collection[Renamed],
) -> bool:
    """Whether two strings are cast to what makes them names: of a relation, of an enum's value."""
    old, new = before.text[1:-1], after.text[1:-1]
    if tuple(left[:2]) == tuple(right[:2]) == _REGCLASS:
        return alike(old, new, renamed)
    labels = old.replace("''", "'"), new.replace("''", "'")
    return any((kind, *labels) in renamed for kind in _cast_to(right))


def _cast_to(found: Sequence[Token]) -> list[str]:
    """The last name of ``:: schema . name`` at the start, if it stands there."""
    if not found or found[0].text != "::":
        return []
    end = 2
    while len(found) > end + 1 and found[end].text == ".":
        end += 2
    return [found[end - 1].text] if len(found) >= end else []


#: How PostgreSQL tells apart tables of one name in a query: users_1.
_NUMBERED = re.compile(r"(.*)(_\d+)\Z", re.DOTALL)


def _is_renamed(old: str, new: str, renamed: Collection[Renamed]) -> bool:
    if (old, new) in renamed:
        return True
    before, after = _NUMBERED.match(old), _NUMBERED.match(new)
    if before is None or after is None or before[2] != after[2]:
        return False
    return (before[1], after[1]) in renamed


_REGCLASS = (Token("other", "::"), Token("name", "regclass"))


def _past_alias(found: Sequence[Token], place: int, name: str) -> int:
    """The place after ``AS name`` or a bare ``name`` where one stands at this place."""
    if tuple(found[place : place + 2]) == (Token("name", "AS"), Token("name", name)):
        return place + 2
    return place + 1 if tuple(found[place : place + 1]) == (Token("name", name),) else place


def _past_qualifier(found: Sequence[Token], place: int, wanted: Token) -> int:
    """The place of the wanted name where it stands there behind ``table .``."""
    here = found[place : place + 3]
    is_qualified = len(here) == 3 and here[0].kind == "name" and here[1].text == "."
    return place + 2 if is_qualified and here[2] == wanted and wanted.kind == "name" else place
