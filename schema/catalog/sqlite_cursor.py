"""A place in a list of tokens, from which SQLite's statements are read."""

from __future__ import annotations

from collections.abc import Sequence

from schema.catalog.sqlite_text import DDLError, Token, closing, tokens

__all__ = ["Cursor", "body"]


class Cursor:
    """A place in a list of tokens. Each reading passes what it reads, or raises DDLError."""

    def __init__(self, found: Sequence[Token]) -> None:
        self._found = found
        self._at = 0

    @property
    def done(self) -> bool:
        return self._at >= len(self._found)

    @property
    def word(self) -> str:
        """The bare word here, in upper case; empty where there is none."""
        return "" if self.done else self._found[self._at].word

    def skip(self) -> Token:
        if self.done:
            raise DDLError("the text ends too early")
        self._at += 1
        return self._found[self._at - 1]

    def take(self, *words: str) -> bool:
        """Pass one of these words, when it is here."""
        taken = self.word in words
        self._at += taken
        return taken

    def take_op(self, *marks: str) -> bool:
        """Pass one of these operators, when it is here."""
        if self.done or self._found[self._at].kind != "op":
            return False
        taken = self._found[self._at].text in marks
        self._at += taken
        return taken

    def expect(self, word: str) -> None:
        if not self.take(word):
            raise DDLError(f"{word} was expected")

    def name(self) -> str:
        token = self.skip()
        if token.kind in {"op", "number", "blob"}:
            raise DDLError(f"a name was expected at {token.text!r}")
        return token.name

    def at_parenthesis(self) -> bool:
        return not self.done and self._found[self._at] == ("op", "(")

    def parenthesised(self) -> Sequence[Token]:
        """Pass a parenthesis and what is in it; returns the inside."""
        if not self.at_parenthesis():
            raise DDLError("a parenthesis was expected")
        start, self._at = self._at + 1, closing(self._found, self._at) + 1
        return self._found[start : self._at - 1]

    def passed(self) -> Sequence[Token]:
        return self._found[: self._at]

    def rest(self) -> Sequence[Token]:
        return self._found[self._at :]


def body(sql: str, keyword: str) -> Sequence[Token]:
    """What follows ``CREATE … keyword [IF NOT EXISTS] [schema.]name``."""
    cursor = Cursor(tokens(sql))
    while not cursor.done and not cursor.take(keyword):
        cursor.skip()
    if cursor.take("IF"):
        cursor.expect("NOT")
        cursor.expect("EXISTS")
    cursor.name()
    if cursor.take_op("."):
        cursor.name()
    return cursor.rest()
