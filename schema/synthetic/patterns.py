"""Texts that match a pattern: LIKE, GLOB and regular expressions, as far as checks use them."""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from random import Random

__all__ = ["compiled", "of_glob", "of_like", "of_similar"]

#: Makes a text that matches.
Maker = Callable[[Random], str]

_WORD = string.ascii_lowercase + string.digits
_CLASSES = {"d": string.digits, "w": _WORD, "s": " "}
_POSIX = {"alpha": string.ascii_lowercase, "digit": string.digits, "alnum": _WORD, "space": " ",
          "upper": string.ascii_uppercase, "lower": string.ascii_lowercase,
          "xdigit": string.hexdigits.lower(), "punct": "-_."}  # fmt: skip
#: How often a part without an upper limit is repeated at most, beyond its least number.
_MORE = 8


def of_like(pattern: str) -> str:
    """The regular expression for a LIKE pattern."""
    return "^" + "".join({"%": ".*", "_": "."}.get(c, re.escape(c)) for c in pattern) + "$"


def of_glob(pattern: str) -> str:
    """The regular expression for SQLite's GLOB: https://sqlite.org/lang_expr.html#glob."""
    parts = re.findall(r"\[[^]]*\]|.", pattern, re.S)
    return "^" + "".join(
        {"*": ".*", "?": "."}.get(each, each if len(each) > 1 else re.escape(each))
        for each in parts
    ) + "$"  # fmt: skip


def of_similar(pattern: str) -> str:
    """The regular expression for SIMILAR TO, whose ``%`` and ``_`` are LIKE's."""
    return "^" + pattern.replace("%", ".*").replace("_", ".") + "$"


def compiled(pattern: str) -> Maker | None:
    """What makes texts that match a regular expression; None when it is not understood."""
    try:
        parser = _Pattern(pattern)
        made = parser.choice()
        return made if parser.place == len(pattern) else None
    except (IndexError, ValueError):
        return None


class _Pattern:
    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0

    def peek(self) -> str:
        return self.text[self.place : self.place + 1]

    def choice(self) -> Maker:
        ways = [self.sequence()]
        while self.peek() == "|":
            self.place += 1
            ways.append(self.sequence())
        return ways[0] if len(ways) == 1 else lambda rng: rng.choice(ways)(rng)

    def sequence(self) -> Maker:
        parts: list[Maker] = []
        while self.peek() not in {"", "|", ")"}:
            parts.append(self.repeated())
        return lambda rng: "".join([part(rng) for part in parts])

    def repeated(self) -> Maker:
        part = self.atom()
        least, most = 1, 1
        mark = self.peek()
        if mark and mark in "*+?":
            self.place += 1
            least, most = {"*": (0, _MORE), "+": (1, _MORE), "?": (0, 1)}[mark]
        elif found := re.compile(r"\{(\d+)(,(\d*))?\}").match(self.text, self.place):
            self.place = found.end()
            least = int(found[1])
            most = least if not found[2] else int(found[3] or least + _MORE)
        if self.peek() == "?":
            self.place += 1  # a lazy one matches the same
        if (least, most) == (1, 1):
            return part
        return lambda rng: "".join([part(rng) for _ in range(rng.randint(least, most))])

    def atom(self) -> Maker:
        char = self.text[self.place]
        self.place += 1
        if char == "(":
            for start in ("?:", "?i:"):
                if self.text.startswith(start, self.place):
                    self.place += len(start)
            if self.peek() == "?":
                raise ValueError(self.text)
            made = self.choice()
            if self.peek() != ")":
                raise ValueError(self.text)
            self.place += 1
            return made
        if char == "[":
            return _one_of(self.members())
        if char == "\\":
            return _one_of(self.escaped())
        if char in "^$":
            return lambda _: ""
        return _one_of(_WORD if char == "." else char)

    def escaped(self) -> str:
        char = self.text[self.place]
        self.place += 1
        if char in "ymMAZbB":
            return ""
        if char.isalnum() and char not in _CLASSES:
            raise ValueError(self.text)
        return _CLASSES.get(char, char)

    def members(self) -> str:
        """The characters of a class in brackets."""
        negated = self.peek() == "^"
        self.place += negated
        found = ""
        while self.peek() != "]" or not found:
            if named := re.compile(r"\[:(\w+):\]").match(self.text, self.place):
                self.place = named.end()
                found += _POSIX.get(named[1], "")
                continue
            char = self.text[self.place]
            self.place += 1
            if char == "\\":
                found += self.escaped()
            elif self.peek() == "-" and self.text[self.place + 1] != "]":
                last = self.text[self.place + 1]
                self.place += 2
                found += "".join(chr(each) for each in range(ord(char), min(ord(last), 0x7E) + 1))
            else:
                found += char
        self.place += 1
        if negated:
            usual = _WORD + string.ascii_uppercase + " -."
            return "".join(each for each in usual if each not in found)
        return found


def _one_of(characters: str) -> Maker:
    if len(characters) < 2:
        return lambda _: characters
    return lambda rng: rng.choice(characters)
