"""SQLite's SQL text: cut into tokens, and put into one spelling for each meaning.

The lexical rules are those of SQLite's own ``tokenize.c``, which are few, and here every character
of the text is accounted for. A general SQL tokenizer was tried (sqlglot 30.30): it takes all that
follows a trigger's ``BEGIN REPLACE`` for one token and ``{# #}`` for a comment, and took 4 times as
long over the texts of a thousand tables.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

__all__ = ["KEYWORD_NAMES", "DDLError", "Token", "closing", "fold", "literal", "quote", "spell",
           "split", "tokens", "unwrap"]  # fmt: skip


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

    @property
    def word(self) -> str:
        """The bare word in upper case, as keywords are compared; empty for all else."""
        return self.text.upper() if self.kind == "word" else ""


_LEXICON = re.compile(
    r"""[ \t\n\f\r]*+(?:(?:--[^\n]*+|/\*.*?(?:\*/|\Z))[ \t\n\f\r]*+)*+
    (?:(?P<word>(?![xX]')[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_$\x80-\U0010ffff]*)
    |(?P<blob>[xX]'[0-9a-fA-F]*')
    |(?P<string>'(?:[^']|'')*')
    |(?P<double>"(?:[^"]|"")*")
    |(?P<other>`(?:[^`]|``)*`|\[[^\]]*\])
    |(?P<number>0[xX][0-9a-fA-F_]+|(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9_]+)?)
    |(?P<op>->>|->|\|\||<<|>>|<=|>=|<>|!=|==|.)|(?P<end>\Z))""",
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

#: Folded names of columns that, being keywords too, decide how an expression is read.
KEYWORD_NAMES = frozenset(word.lower() for word in _KEYWORDS)

_PLAIN = re.compile(r"[a-z_][a-z0-9_$]*\Z")
_SAME_OPERATOR = {"==": "=", "!=": "<>"}
_new_token = tuple.__new__  # half the time of Token(…), and there are many


def tokens(sql: str) -> list[Token]:
    """The tokens of a text, without white space and comments."""
    return [
        _new_token(Token, (m.lastgroup, m[m.lastindex or 0]))
        for m in _LEXICON.finditer(sql)
        if m.lastgroup != "end"
    ]


def fold(name: str) -> str:
    """A name as SQLite compares it: without case, for ASCII letters only."""
    return name.lower() if name.isascii() else name.encode().lower().decode()


def split(found: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """The parts between commas, those in inner parentheses left alone."""
    depth = start = 0
    for position, token in enumerate(found):
        if token.kind == "op":
            depth += (token.text == "(") - (token.text == ")")
            if token.text == "," and depth == 0:
                yield found[start:position]
                start = position + 1
    yield found[start:]


# -- one spelling ---------------------------------------------------------------------------------


def spell(found: Sequence[Token], columns: Collection[str] | None = None) -> str:
    """The tokens as text, equal for all spellings of one meaning.

    Keywords in upper case, names in lower case and quoted only where they must be, redundant outer
    parentheses gone. ``columns`` are the folded column names in scope, None when unknown: by them
    ``"x"`` is told from a string in double quotes, and a bare ``key`` from the keyword.
    """
    found = unwrap(found)
    parts: list[str] = []
    before, left, signed = _START, "(", False
    # Half of the time that texts take is spent here, so little is called for each token.
    for position, token in enumerate(found):
        kind, text = token
        if kind == "op":
            text = _SAME_OPERATOR.get(text, text)
            is_tight = text in _ENDS or (text == "(" and _is_call(before, left))
        else:
            is_tight = signed
            if kind == "word":
                upper = text.upper()
                text = _spell_keyword(upper, columns) if upper in _KEYWORDS else fold(text)
            elif kind != "string":
                after = found[position + 1] if position + 1 < len(found) else None
                text = _spell_rest(token, before, after, columns)
        if not (is_tight or (left in _BEGINS and before.kind == "op")):
            parts.append(" ")
        parts.append(text)
        # A sign that follows an operator belongs to the number or name after it.
        signed = text in _SIGNS and kind == before.kind == "op" and before.text != ")"
        before, left = token, text
    return "".join(parts)


_START = Token("op", "(")
_ENDS, _BEGINS, _SIGNS = {")", ",", "."}, {"(", "."}, {"-", "+"}


def _is_call(before: Token, left: str) -> bool:
    return before.kind != "op" and left not in _KEYWORDS


def _spell_keyword(upper: str, columns: Collection[str] | None) -> str:
    name = upper.lower()
    return name if columns is not None and name in columns and upper not in _RESERVED else upper


def _spell_rest(
    token: Token, before: Token, after: Token | None, columns: Collection[str] | None
) -> str:
    if token.kind in {"double", "other"}:
        return _spell_quoted(token, before, after, columns)
    text = token.text.lower()
    return text.replace("_", "") if token.kind == "number" else text


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
        return literal(token.name)
    return name if _PLAIN.match(name) and upper not in _KEYWORDS else quote(name)


def _is_operand(before: Token, after: Token | None) -> bool:
    """Whether a quoted name stands where a value may: not a function, qualifier or type."""
    named = before.text == "." or before.word in {"COLLATE", "AS"}
    return not named and (after is None or after.text not in {"(", "."})


def quote(name: str) -> str:
    """A name in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as SQL's string."""
    return "'" + text.replace("'", "''") + "'"


def unwrap(found: Sequence[Token]) -> Sequence[Token]:
    """The tokens without the parentheses that enclose all of them."""
    while len(found) > 2 and found[0] == _START and closing(found, 0) == len(found) - 1:
        found = found[1:-1]
    return found


def closing(found: Sequence[Token], start: int) -> int:
    """The place of the parenthesis that closes the one at ``start``."""
    depth = 0
    for position in range(start, len(found)):
        kind, text = found[position]
        if kind == "op":
            depth += (text == "(") - (text == ")")
            if depth == 0:
                return position
    raise DDLError("a parenthesis is not closed")
