"""SQL as revisions send it, cut into tokens: one lexicon for the three kinds of database.

``schema.compare.tokens`` reads what servers write and knows no comments; ``sqlite_text`` knows no
dollar quotes. What people write needs both, and MySQL's backslashes and backticks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

__all__ = ["Token", "closing", "parts", "tokens"]

_FORM = r"""(?P<space>\s+|--[^\n]*|/\*.*?(?:\*/|\Z){hash})
    |(?P<body>\$(?P<tag>[^\W\d]\w*|)\$.*?\$(?P=tag)\$)
    |(?P<string>[eE]'(?:[^'\\]|''|\\.)*'|(?:[bBxXnN]|[uU]&)?'(?:{string})*')
    |(?P<quoted>"(?:[^"]|"")*"|`(?:[^`]|``)*`{bracket})
    |(?P<word>[^\W\d][\w$]*)
    |(?P<number>\d[\w.]*)
    |(?P<op>::|<>|<=|>=|!=|.)"""


def _lexicon(string: str, bracket: str, hash_comment: str = "") -> re.Pattern[str]:
    text = _FORM.format(string=string, bracket=bracket, hash=hash_comment)
    return re.compile(text, re.VERBOSE | re.DOTALL)


_STANDARD = r"[^']|''"
_LEXICONS = {
    "postgresql": _lexicon(_STANDARD, ""),
    "sqlite": _lexicon(_STANDARD, r"|\[[^\]]*\]"),
    "mysql": _lexicon(r"[^'\\]|''|\\.", "", r"|\#[^\n]*"),
}


class Token(NamedTuple):
    """One token. ``kind`` is word, quoted, string, body, number or op; ``text`` is as it stands,
    but for a quoted name, which is out of its quotes."""

    kind: str
    text: str

    @property
    def word(self) -> str:
        """The bare word in upper case, as keywords are compared; empty for all else."""
        return self.text.upper() if self.kind == "word" else ""

    @property
    def value(self) -> str:
        """What a string means, out of its quotes."""
        return self.text.partition("'")[2][:-1].replace("''", "'")


@lru_cache(maxsize=2000)
def tokens(sql: str, dialect: str) -> tuple[Token, ...]:
    """The tokens of a text without white space and comments."""
    lexicon = _LEXICONS.get(dialect, _LEXICONS["mysql"])
    found = lexicon.finditer(sql)
    return tuple(_token(each) for each in found if each.lastgroup != "space")


def _token(found: re.Match[str]) -> Token:
    kind, text = found.lastgroup or "op", found.group()
    if kind == "quoted":
        mark = text[-1]
        return Token(kind, text[1:-1] if mark == "]" else text[1:-1].replace(mark * 2, mark))
    return Token(kind, text)


def parts(found: Sequence[Token], mark: str) -> Iterator[tuple[Token, ...]]:
    """The parts between these marks, those in parentheses left alone; none is empty."""
    depth, part = 0, list[Token]()
    for token in found:
        if token.kind == "op":
            depth += (token.text == "(") - (token.text == ")")
            if token.text == mark and depth == 0:
                if part:
                    yield tuple(part)
                part = []
                continue
        part.append(token)
    if part:
        yield tuple(part)


def closing(found: Sequence[Token], start: int) -> int:
    """The place of the parenthesis that closes the one at ``start``; the end when none does."""
    depth = 0
    for place in range(start, len(found)):
        if found[place].kind == "op":
            depth += (found[place].text == "(") - (found[place].text == ")")
            if depth == 0:
                return place
    return len(found)
