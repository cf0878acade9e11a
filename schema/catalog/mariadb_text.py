"""One spelling for what MariaDB writes in several: types, defaults, collations, expressions.

Source of the rules: https://mariadb.com/kb/en/numeric-data-type-overview/ (display widths),
https://mariadb.com/kb/en/json-data-type/, https://mariadb.com/kb/en/unicode/ (utf8).
"""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = [
    "FOLDERS",
    "NAME",
    "STRING",
    "bare",
    "charset_of",
    "plain",
    "quoted",
    "spell_collation",
    "spell_default",
    "spell_name",
    "spell_type",
    "unqualified",
]

#: A name in its quotation marks, as a regular expression.
NAME = r"`(?:[^`]|``)*`"

_WIDTH = re.compile(r"(tinyint|smallint|mediumint|int|bigint|year)\((\d+)\)(.*)", re.DOTALL)
_IDENTIFIER = re.compile(r"[^\W\d][\w$]*\Z")
_NUMBER = re.compile(r"-?\d+\Z")

#: Where the server is to keep a table's files, which is said of a table, and is no part of it.
FOLDERS = re.compile(r" ?\b(?:DATA|INDEX) DIRECTORY ?= ?'(?:[^'\\]|''|\\.)*'", re.IGNORECASE)

#: A string in its quotation marks, as a regular expression.
STRING = r"""'(?:[^'\\]|''|\\.)*'|"(?:[^"\\]|""|\\.)*\""""

#: A string, a quoted name, or the character set that a string is said to have.
_PIECES = re.compile(
    rf"(?P<said>(?<![\w`])_(?:utf8mb[34]|utf8|latin1|ascii)(?=\s*'))|{STRING}|{NAME}", re.DOTALL
)
_SEQUENCES = re.compile(
    rf"{STRING}|(?P<of_sequence>\b(?:nextval|lastval|setval)\()?(?P<name>{NAME})(?P<dot>\.)?",
    re.DOTALL,
)


@lru_cache(maxsize=4000)
def spell_type(told: str) -> str:
    """A type without a display width, which changes nothing but what ZEROFILL shows.

    ``tinyint(1)`` stays: it is how BOOLEAN is written, and drivers take it for one.
    """
    found = _WIDTH.fullmatch(told)
    if found is None or "zerofill" in found[3] or (found[1], found[2]) == ("tinyint", "1"):
        return told
    return found[1] + found[3]


def quoted(name: str) -> str:
    """A name in its quotation marks, for statements that take no parameters."""
    return f"`{name.replace('`', '``')}`"


def bare(name: str) -> str:
    """A name without its quotation marks, if it has any."""
    return name[1:-1].replace("``", "`") if name.startswith("`") else name


def spell_name(name: str) -> str:
    """A name within a text, in quotation marks where it is no plain word."""
    return name if _IDENTIFIER.match(name) else quoted(name)


def spell_default(told: str | None, kind: str, database: str) -> str | None:
    """A default as the server has it; None without one, which for a column is NULL.

    The server writes the name of the database before a sequence's.
    """
    if told is None or told == "NULL":
        return None
    if "zerofill" in kind and _NUMBER.match(told):
        return str(int(told))  # it is written as wide as the column
    return plain(unqualified(told, database) if "`." in told else told)


def spell_collation(told: str | None) -> str | None:
    """A collation or character set, with ``utf8`` called by its newer name."""
    if told is None:
        return None
    return f"utf8mb3{told[4:]}" if told == "utf8" or told.startswith("utf8_") else told


def charset_of(collation: str | None) -> str | None:
    """The character set that a collation is of."""
    return collation.partition("_")[0] if collation else None


def plain(text: str) -> str:
    """An expression without the character set of its strings, where they hold ASCII alone.

    That set is the one of the session in which it was made.
    """
    if "_" not in text or not text.isascii():
        return text
    return _PIECES.sub(lambda found: "" if found["said"] else found[0], text)


def unqualified(text: str, database: str) -> str:
    """A default, or the text of a table, without its own database's name before a sequence's."""
    own = quoted(database)
    if f"{own}." not in text:
        return plain(text)

    def piece(found: re.Match[str]) -> str:
        is_own = found["of_sequence"] is not None and found["name"] == own and found["dot"]
        return found["of_sequence"] if is_own else found[0]

    return plain(_SEQUENCES.sub(piece, text))
