"""SQLite's SQL text: cut into tokens, and put into one spelling for each meaning.

The lexical rules are
those of SQLite's own ``tokenize.c``, which are few, and here every character of the text is
accounted for. A general SQL tokenizer was tried (sqlglot 30): it swallows ``REPLACE`` after a
trigger's ``BEGIN``, takes ``{#`` for a comment, and needs 5 times as long.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import NamedTuple

__all__ = ["DDLError", "Token", "closing", "fold", "quote", "spell", "spell_default", "tokens",
           "unwrap"]  # fmt: skip


class DDLError(ValueError):
    """A text in ``sqlite_schema`` that this parser cannot follow. Readers then keep it whole."""


class Token(NamedTuple):
    """One token. ``kind`` is word, number, string, blob, op, or (quoted names) double or other."""

    kind: str
    text: str

    @property
    def name(self) -> str:
        """The name that this token stands for, out of its quotes."""
        if self.kind in {"word", "number", "op"}:
            return self.text
        mark, inner = self.text[0], self.text[1:-1]
        return inner if mark == "[" else inner.replace(mark * 2, mark)


_LEXICON = re.compile(
    r"""(?P<space>[ \t\n\f\r]+|--[^\n]*|/\*.*?(?:\*/|\Z))
    |(?P<blob>[xX]'[0-9a-fA-F]*')
    |(?P<string>'(?:[^']|'')*')
    |(?P<double>"(?:[^"]|"")*")
    |(?P<other>`(?:[^`]|``)*`|\[[^\]]*\])
    |(?P<number>0[xX][0-9a-fA-F_]+|(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9_]+)?)
    |(?P<word>[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_$\x80-\U0010ffff]*)
    |(?P<op>->>|->|\|\||<<|>>|<=|>=|<>|!=|==|.)""",
    re.VERBOSE | re.DOTALL,
)

#: Words that can never be a bare name; found by asking SQLite 3.40 for a column of each name.
_RESERVED = frozenset(
    """ADD ALL ALTER AND AS AUTOINCREMENT BETWEEN CASE CHECK COLLATE COMMIT CONSTRAINT CREATE
    DEFAULT DEFERRABLE DELETE DISTINCT DROP ELSE ESCAPE EXCEPT EXISTS FOREIGN FROM GROUP HAVING IN
    INDEX INSERT INTERSECT INTO IS ISNULL JOIN LIMIT NOT NOTHING NOTNULL NULL ON OR ORDER PRIMARY
    REFERENCES RETURNING SELECT SET TABLE THEN TO TRANSACTION UNION UNIQUE UPDATE USING VALUES WHEN
    WHERE""".split()
)

#: Words with a meaning of their own that may also be names (https://sqlite.org/lang_keywords.html).
_KEYWORDS = _RESERVED | frozenset(
    """ABORT ACTION AFTER ALWAYS ANALYZE ASC ATTACH BEFORE BEGIN BY CASCADE CAST COLUMN CONFLICT
    CROSS CURRENT CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP DATABASE DEFERRED DESC DETACH DO EACH
    END EXCLUDE EXCLUSIVE EXPLAIN FAIL FALSE FILTER FIRST FOLLOWING FOR FULL GENERATED GLOB GROUPS
    IF IGNORE IMMEDIATE INDEXED INITIALLY INNER INSTEAD KEY LAST LEFT LIKE MATCH MATERIALIZED
    NATURAL NO NULLS OF OFFSET OTHERS OUTER OVER PARTITION PLAN PRAGMA PRECEDING QUERY RAISE RANGE
    RECURSIVE REGEXP REINDEX RELEASE RENAME REPLACE RESTRICT RIGHT ROLLBACK ROW ROWS SAVEPOINT TEMP
    TEMPORARY TIES TRIGGER TRUE UNBOUNDED VACUUM VIEW VIRTUAL WINDOW WITH WITHIN WITHOUT""".split()
)

_PLAIN = re.compile(r"[a-z_][a-z0-9_$]*\Z")
_SAME_OPERATOR = {"==": "=", "!=": "<>"}


def tokens(sql: str) -> list[Token]:
    """The tokens of a text, without white space and comments."""
    found = _LEXICON.finditer(sql)
    return [Token(m.lastgroup or "op", m.group()) for m in found if m.lastgroup != "space"]


def fold(name: str) -> str:
    """A name as SQLite compares it: without case, for ASCII letters only."""
    return name.lower() if name.isascii() else name.encode().lower().decode()


# -- one spelling ---------------------------------------------------------------------------------


def spell(found: Sequence[Token], columns: Collection[str] | None = None) -> str:
    """The tokens as text, equal for all spellings of one meaning.

    Keywords in upper case, names in lower case and quoted only where they must be, redundant outer
    parentheses gone. ``columns`` are the folded column names in scope, None when unknown: by them
    ``"x"`` is told from a string in double quotes, and a bare ``key`` from the keyword.
    """
    found = unwrap(found)
    parts: list[str] = []
    before, signed = Token("op", "("), False
    for position, token in enumerate(found):
        after = found[position + 1] if position + 1 < len(found) else None
        text = _spell_token(token, before, after, columns)
        if parts and not _tight(parts[-1], text, before, token) and not signed:
            parts.append(" ")
        parts.append(text)
        signed = text in {"-", "+"} and before.kind == "op" and before.text != ")"
        before = token
    return "".join(parts)


def _tight(left: str, right: str, before: Token, token: Token) -> bool:
    """Whether no space stands between two tokens; only a matter of looks."""
    if right == "(":
        return before.kind != "op" and left not in _KEYWORDS
    return left in {"(", "."} or (token.kind == "op" and right in {")", ",", "."})


def _spell_token(
    token: Token, before: Token, after: Token | None, columns: Collection[str] | None
) -> str:
    if token.kind == "word":
        upper = token.text.upper()
        known = columns is not None and fold(token.text) in columns
        keyword = upper in _RESERVED or (upper in _KEYWORDS and not known)
        return upper if keyword else fold(token.text)
    if token.kind in {"double", "other"}:
        return _spell_quoted(token, before, after, columns)
    if token.kind in {"number", "blob"}:
        return token.text.lower()
    return _SAME_OPERATOR.get(token.text, token.text) if token.kind == "op" else token.text


def _spell_quoted(
    token: Token, before: Token, after: Token | None, columns: Collection[str] | None
) -> str:
    name = fold(token.name)
    upper = name.upper()
    if columns is not None and name in columns:
        plain = _PLAIN.match(name) and upper not in _RESERVED
        return name if plain else quote(name)
    if columns is not None and token.kind == "double" and _is_operand(before, after):
        # https://sqlite.org/quirks.html, "Double-quoted String Literals Are Accepted"
        return "'" + token.name.replace("'", "''") + "'"
    return name if _PLAIN.match(name) and upper not in _KEYWORDS else quote(name)


def _is_operand(before: Token, after: Token | None) -> bool:
    """Whether a quoted name stands where a value may: not a function, qualifier or type."""
    named = before.text == "." or (before.kind == "word" and before.text.upper() in _NAME_FOLLOWS)
    return not named and (after is None or after.text not in {"(", "."})


_NAME_FOLLOWS = {"COLLATE", "AS"}


def quote(name: str) -> str:
    """A name in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def unwrap(found: Sequence[Token]) -> Sequence[Token]:
    """The tokens without the parentheses that enclose all of them."""
    while len(found) > 2 and found[0].text == "(" and closing(found, 0) == len(found) - 1:
        found = found[1:-1]
    return found


def closing(found: Sequence[Token], start: int) -> int:
    """The place of the parenthesis that closes the one at ``start``."""
    depth = 0
    for position in range(start, len(found)):
        text = found[position].text
        depth += (text == "(") - (text == ")")
        if depth == 0:
            return position
    raise DDLError("a parenthesis is not closed")


@lru_cache(maxsize=1000)
def spell_default(text: str | None) -> str | None:
    """A default as ``pragma_table_xinfo`` gives it, in one spelling; ``NULL`` is no default.

    A bare or quoted name is a string there: https://sqlite.org/lang_createtable.html#dfltval.
    """
    if text is None:
        return None
    found = unwrap(tokens(text))
    spelled = spell(found, frozenset())
    if len(found) == 1 and found[0].kind in {"word", "double", "other"}:
        token = found[0]
        if not (token.kind == "word" and token.text.upper() in _VALUES):
            spelled = "'" + token.name.replace("'", "''") + "'"
    return None if spelled == "NULL" else spelled


_VALUES = {"NULL", "TRUE", "FALSE", "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP"}
