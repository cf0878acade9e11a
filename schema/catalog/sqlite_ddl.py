"""What SQLite keeps only as text: its DDL, cut into tokens, parsed, and put into one spelling.

SQLite's pragmas tell neither CHECK expressions, constraint names, column collations nor generated
expressions; these stand in ``sqlite_schema.sql`` alone, as they were typed. The lexical rules are
those of SQLite's own ``tokenize.c``, which are few, and here every character of the text is
accounted for. A general SQL tokenizer was tried (sqlglot 30): it swallows ``REPLACE`` after a
trigger's ``BEGIN``, takes ``{#`` for a comment, and needs 5 times as long.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

__all__ = [
    "Column",
    "Constraint",
    "DDLError",
    "Table",
    "Token",
    "body",
    "fold",
    "parse_index",
    "parse_table",
    "parse_trigger",
    "spell",
    "spell_default",
    "tokens",
]


class DDLError(ValueError):
    """A text in ``sqlite_schema`` that this parser cannot follow. Readers then keep it whole."""


class Token(NamedTuple):
    """One token. ``kind`` is word, number, string, blob, op, or (quoted names) double or other."""

    kind: str
    text: str

    @property
    def name(self) -> str:
        """The name that this token stands for, out of its quotes."""
        if self.kind == "word":
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
    while len(found) > 2 and found[0].text == "(" and _closing(found, 0) == len(found) - 1:
        found = found[1:-1]
    return found


def _closing(found: Sequence[Token], start: int) -> int:
    """The place of the parenthesis that closes the one at ``start``."""
    depth = 0
    for position in range(start, len(found)):
        text = found[position].text
        depth += (text == "(") - (text == ")")
        if depth == 0:
            return position
    raise DDLError("a parenthesis is not closed")


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


# -- CREATE TABLE ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Column:
    """What only the text tells of a column."""

    name: str
    collation: str | None = None
    generated: Sequence[Token] | None = None
    on_conflict: str | None = None


@dataclass(frozen=True, slots=True)
class Constraint:
    """A constraint of a table or of one of its columns, in the order of the text.

    ``descending`` are the columns of a primary key that are sorted DESC. ``expression`` is a
    check's.
    """

    kind: str
    columns: tuple[str, ...] = ()
    name: str | None = None
    expression: Sequence[Token] = ()
    on_conflict: str | None = None
    descending: tuple[str, ...] = ()
    autoincrement: bool = False
    deferrable: bool = False
    initially_deferred: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A CREATE TABLE statement. ``columns`` by folded name; ``options`` in upper case."""

    columns: dict[str, Column] = field(default_factory=dict)
    constraints: tuple[Constraint, ...] = ()
    options: frozenset[str] = frozenset()

    def of_kind(self, kind: str) -> list[Constraint]:
        """The constraints of a kind, in the order of the text."""
        return [constraint for constraint in self.constraints if constraint.kind == kind]


def parse_table(sql: str) -> Table:
    """Parse the text of a table. Raises DDLError when it does not have the expected form."""
    found = body(sql, "TABLE")
    if not found or found[0].text != "(":
        raise DDLError("a table's text has no list of columns")
    end = _closing(found, 0)
    parser = _TableParser(found[1:end])
    parser.run()
    options = " ".join(token.text.upper() for token in found[end + 1 :]).split(" , ")
    return Table(parser.columns, tuple(parser.constraints), frozenset(filter(None, options)))


def body(sql: str, keyword: str) -> Sequence[Token]:
    """What follows ``CREATE … keyword [IF NOT EXISTS] [schema.]name``."""
    cursor = _Cursor(tokens(sql))
    while not cursor.done and not cursor.take(keyword):
        cursor.skip()
    if cursor.take("IF"):
        cursor.expect("NOT")
        cursor.expect("EXISTS")
    cursor.name()
    if cursor.take_op("."):
        cursor.name()
    return cursor.rest()


class _Cursor:
    """A place in a list of tokens."""

    def __init__(self, found: Sequence[Token]) -> None:
        self._found = found
        self._at = 0

    @property
    def done(self) -> bool:
        return self._at >= len(self._found)

    @property
    def word(self) -> str:
        """The bare word here, in upper case; empty where there is none."""
        if self.done or self._found[self._at].kind != "word":
            return ""
        return self._found[self._at].text.upper()

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
        if (
            self.done
            or self._found[self._at].kind != "op"
            or self._found[self._at].text not in marks
        ):
            return False
        self._at += 1
        return True

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
        start, self._at = self._at + 1, _closing(self._found, self._at) + 1
        return self._found[start : self._at - 1]

    def rest(self) -> Sequence[Token]:
        return self._found[self._at :]


#: Words that end a column's type.
_AFTER_TYPE = {"CONSTRAINT", "PRIMARY", "NOT", "NULL", "UNIQUE", "CHECK", "DEFAULT", "COLLATE",
               "REFERENCES", "GENERATED", "AS", "DEFERRABLE"}  # fmt: skip

_TABLE_CONSTRAINT = {"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"}


class _TableParser(_Cursor):
    """The inside of a CREATE TABLE's parentheses; grammar of https://sqlite.org/syntax.html."""

    def __init__(self, found: Sequence[Token]) -> None:
        super().__init__(found)
        self.columns: dict[str, Column] = {}
        self.constraints: list[Constraint] = []
        self._constraint_name: str | None = None

    def run(self) -> None:
        while not self.done:
            if self.word in _TABLE_CONSTRAINT:
                self._table_constraint()
            else:
                self._column()
            # Between two table constraints SQLite takes the comma as optional.
            self.take_op(",")

    def _column(self) -> None:
        name = self.name()
        self.columns[fold(name)] = Column(name)
        while not self.done and self.word not in _AFTER_TYPE and not self._at_comma():
            if self.at_parenthesis():
                self.parenthesised()
            else:
                self.skip()
        while not self.done and not self._at_comma():
            self._column_constraint(name)
        self._constraint_name = None

    def _at_comma(self) -> bool:
        return self._found[self._at] == ("op", ",")

    def _column_constraint(self, column: str) -> None:
        if self.take("CONSTRAINT"):
            self._constraint_name = self.name()
        elif self.take("NOT"):
            if self.take("NULL"):
                self._describe(column, on_conflict=self._conflict())
            else:
                self.expect("DEFERRABLE")
                self._deferrable(deferrable=False)
        elif self.take("NULL"):
            self._conflict()
        elif self.take("DEFAULT"):
            self._default()
        elif self.take("COLLATE"):
            self._describe(column, collation=self.name())
        elif self.take("GENERATED"):
            self.expect("ALWAYS")
        elif self.take("AS"):
            self._describe(column, generated=self.parenthesised())
            self.take("STORED", "VIRTUAL")
        elif self.take("DEFERRABLE"):
            self._deferrable(deferrable=True)
        else:
            self._keyed((column,))

    def _keyed(self, columns: tuple[str, ...]) -> None:
        """A constraint on one column that a table constraint could say as well."""
        if self.take("PRIMARY"):
            self.expect("KEY")
            descending = self.word == "DESC"
            self.take("ASC", "DESC")
            conflict = self._conflict()
            self._add(
                "primary key", columns, on_conflict=conflict,
                descending=columns if descending else (), autoincrement=self.take("AUTOINCREMENT"),
            )  # fmt: skip
        elif self.take("UNIQUE"):
            self._add("unique", columns, on_conflict=self._conflict())
        elif self.take("CHECK"):
            self._add("check", expression=self.parenthesised())
        elif self.take("REFERENCES"):
            self._references(columns)
        else:
            raise DDLError(f"{self.skip().text!r} was not expected")

    def _table_constraint(self) -> None:
        if self.take("CONSTRAINT"):
            self._constraint_name = self.name()
        elif self.take("PRIMARY"):
            self.expect("KEY")
            self._primary_key(list(split(self.parenthesised())))
        elif self.take("UNIQUE"):
            columns = tuple(part[0].name for part in split(self.parenthesised()))
            self._add("unique", columns, on_conflict=self._conflict())
        elif self.take("CHECK"):
            self._add("check", expression=self.parenthesised())
            self._conflict()
        elif self.take("FOREIGN"):
            self.expect("KEY")
            columns = tuple(part[0].name for part in split(self.parenthesised()))
            self.expect("REFERENCES")
            self._references(columns)

    def _primary_key(self, parts: list[Sequence[Token]]) -> None:
        words = [
            {token.text.upper() for token in part[1:] if token.kind == "word"} for part in parts
        ]
        names = tuple(part[0].name for part in parts)
        self._add(
            "primary key", names, on_conflict=self._conflict(),
            descending=tuple(n for n, said in zip(names, words, strict=True) if "DESC" in said),
            autoincrement="AUTOINCREMENT" in words[-1],
        )  # fmt: skip

    def _references(self, columns: tuple[str, ...]) -> None:
        self._add("foreign key", columns)
        self.name()
        if self.at_parenthesis():
            self.parenthesised()
        while True:
            if self.take("ON"):
                self.skip()
                if self.take("SET", "NO"):
                    pass
                self.skip()
            elif self.take("MATCH"):
                self.name()
            elif self.take("DEFERRABLE"):
                self._deferrable(deferrable=True)
            elif self._negated_deferrable():
                self._deferrable(deferrable=False)
            else:
                return

    def _negated_deferrable(self) -> bool:
        following = self._found[self._at + 1 : self._at + 2]
        if self.word != "NOT" or not following or following[0].text.upper() != "DEFERRABLE":
            return False
        self._at += 2
        return True

    def _deferrable(self, *, deferrable: bool) -> None:
        deferred = False
        if self.take("INITIALLY"):
            deferred = self.word == "DEFERRED"
            self.skip()
        if not self.constraints or self.constraints[-1].kind != "foreign key":
            raise DDLError("DEFERRABLE without a foreign key")
        self.constraints[-1] = replace(
            self.constraints[-1], deferrable=deferrable, initially_deferred=deferred
        )

    def _default(self) -> None:
        """Pass a default; its value is told by the pragma."""
        if self.at_parenthesis():
            self.parenthesised()
            return
        self.take_op("+", "-")
        self.skip()

    def _conflict(self) -> str | None:
        """``ON CONFLICT …``; ABORT is what holds without it."""
        if not self.take("ON"):
            return None
        self.expect("CONFLICT")
        action = self.skip().text.upper()
        return None if action == "ABORT" else action

    def _describe(self, column: str, **facts: object) -> None:
        key = fold(column)
        self.columns[key] = replace(self.columns[key], **facts)  # type: ignore[arg-type]
        self._constraint_name = None

    def _add(self, kind: str, columns: tuple[str, ...] = (), **facts: object) -> None:
        made = Constraint(kind, columns, self._constraint_name)
        self.constraints.append(replace(made, **facts))  # type: ignore[arg-type]
        self._constraint_name = None


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


# -- the rest -------------------------------------------------------------------------------------


def parse_index(sql: str) -> tuple[list[Sequence[Token]], Sequence[Token]]:
    """An index's parts without their ``COLLATE``, ``ASC`` and ``DESC``, and its WHERE predicate."""
    cursor = _Cursor(body(sql, "INDEX"))
    cursor.expect("ON")
    cursor.name()
    parts = [_bare_part(part) for part in split(cursor.parenthesised())]
    return parts, cursor.rest() if cursor.take("WHERE") else ()


def _bare_part(part: Sequence[Token]) -> Sequence[Token]:
    if part[-1].kind == "word" and part[-1].text.upper() in {"ASC", "DESC"}:
        part = part[:-1]
    if len(part) > 2 and part[-2].kind == "word" and part[-2].text.upper() == "COLLATE":
        part = part[:-2]
    return part


def parse_trigger(sql: str) -> Sequence[Token]:
    """A trigger's tokens after its name, with ``BEFORE`` said where SQLite would take it as said."""
    found = body(sql, "TRIGGER")
    if found and found[0].text.upper() in {"DELETE", "INSERT", "UPDATE"}:
        found = [Token("word", "BEFORE"), *found]
    return found
