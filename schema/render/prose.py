"""Docstrings and comments as HTML: their paragraphs, and code where they have backquotes."""

from __future__ import annotations

import re

from markupsafe import Markup

from schema.render.theme import join, text

__all__ = ["inline", "prose"]

_CODE = re.compile(r"(`{1,2})(?!`)(.+?)\1")


def prose(words: str) -> Markup:
    """The paragraphs of a docstring; lines that are indented or listed keep their ends."""
    parts = re.split(r"\n\s*\n", words.strip())
    return join(Markup("<p>{}</p>").format(_lines(part)) for part in parts)


def inline(words: str) -> Markup:
    """One line of it, with what stands in backquotes as code."""
    pieces, end = [], 0
    for found in _CODE.finditer(words):
        code = Markup("<code>{}</code>").format(text(found[2]))
        pieces += [text(words[end : found.start()]), code]
        end = found.end()
    return join([*pieces, text(words[end:])])


def _lines(part: str) -> Markup:
    lines = part.split("\n")
    is_list = any(re.match(r"\s+\S|\s*[-*:]\s*\S", line) for line in lines[1:] or lines)
    return Markup("<br>").join(map(inline, lines)) if is_list else inline(" ".join(lines))
