"""What SQLite keeps only as text: CREATE TABLE, parsed as far as no pragma tells.

SQLite's pragmas tell neither CHECK expressions, constraint names, column collations nor generated
expressions; these stand in ``sqlite_schema.sql`` alone, as they were typed. A table's text is cut
at its outer commas first: most columns are told by the pragmas completely, and need no parsing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from schema.catalog.sqlite_cursor import Cursor
from schema.catalog.sqlite_text import KEYWORD_NAMES, DDLError, Token, closing, fold, split, tokens
from schema.catalog.sqlite_values import spell_expression

__all__ = ["Column", "Constraint", "Table", "Told", "parse_table"]


@dataclass(frozen=True, slots=True)
class Column:
    """What only the text tells of a column. ``not_null_name`` is the name of its NOT NULL."""

    name: str
    collation: str | None = None
    generated: str | None = None
    on_conflict: str | None = None
    not_null_name: str | None = None


@dataclass(frozen=True, slots=True)
class Constraint:
    """A constraint of a table or of one of its columns.

    ``collations`` are those that a key names beside its columns, None where it names none.
    ``expression`` is a check's, in one spelling. ``match`` is None for SIMPLE, the default.
    """

    kind: str
    columns: tuple[str, ...] = ()
    collations: tuple[str | None, ...] = ()
    expression: str = ""
    on_conflict: str | None = None
    autoincrement: bool = False
    match: str | None = None
    deferrable: bool = False
    initially_deferred: bool = False


class Told(NamedTuple):
    """A constraint with its name, None where it has none. They are apart as names seldom repeat."""

    name: str | None
    constraint: Constraint


@dataclass(slots=True)
class Table:
    """A CREATE TABLE statement.

    ``columns`` by folded name, those of which the text tells anything; ``constraints`` in the order
    of the text; ``options`` in upper case.
    """

    columns: dict[str, Column] = field(default_factory=dict)
    constraints: list[Told] = field(default_factory=list)
    options: frozenset[str] = frozenset()

    def of_kind(self, kind: str) -> list[Told]:
        """The constraints of a kind, in the order of the text."""
        return [told for told in self.constraints if told.constraint.kind == kind]


# -- cutting --------------------------------------------------------------------------------------

_QUOTED = r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|/\*.*?(?:\*/|\Z)"""

#: All up to the parenthesis that opens a table's list.
_OPENING = re.compile(rf"""(?:[^('"`\[/-]|{_QUOTED}|[/-])*?\(""", re.DOTALL)

#: All up to the next mark that matters in finding the outer commas, with all in between: plain
#: text, plain parentheses, quotes and comments.
_STRUCTURE = re.compile(
    rf"""(?:[^(),'"`\[/-]++|\([^()'"`\[/-]*+\)|{_QUOTED}|[/\-'"`\[])*+([(),])""", re.DOTALL
)

#: A column whose text has none of these words is told by the pragmas completely.
_TELLING = ("CHECK", "COLLATE", "CONSTRAINT", "CONFLICT", "PRIMARY", "UNIQUE", "REFERENCES", "AS")

_NAMED = re.compile(
    r"CONSTRAINT\s+([A-Z_][A-Z0-9_]*)\s+(?=(?:CHECK|UNIQUE|PRIMARY|FOREIGN)\b)", re.IGNORECASE
)

#: A foreign key of which the pragma tells all but the name.
_PLAIN_FOREIGN_KEY = re.compile(
    r"""FOREIGN\s+KEY\s*\([^()'"`\[/-]*\)\s*REFERENCES\s+(?:\w+|"[^"]+")\s*(?:\([^()'"`\[/-]*\))?
    (?:\s*ON\s+(?:DELETE|UPDATE)\s+(?:CASCADE|RESTRICT|SET\s+NULL|SET\s+DEFAULT|NO\s+ACTION))*""",
    re.IGNORECASE | re.VERBOSE,
)
_FOREIGN_KEY = Constraint("foreign key")
_PLAIN_KEY = re.compile(
    r"(UNIQUE|PRIMARY\s+KEY)\s*\((\s*[A-Z_]\w*(?:\s*,\s*[A-Z_]\w*)*)\s*\)", re.IGNORECASE | re.ASCII
)


def parse_table(sql: str, columns: Collection[str]) -> Table:
    """Parse the text of a table whose folded column names are ``columns``.

    Raises DDLError when it does not have the expected form.
    """
    pieces, rest = _cut(sql)
    options = " ".join(token.text.upper() for token in tokens(rest)).split(" , ")
    table = Table(options=frozenset(filter(None, options)))
    # Without quotes, the columns matter only where one is called like a keyword.
    scope = KEYWORD_NAMES.intersection(columns)
    for piece in pieces:
        if _tells(piece):
            _learn(table, piece, scope, columns)
    return table


def _cut(sql: str) -> tuple[list[str], str]:
    """The pieces of a table's list, and what follows the list."""
    opening = _OPENING.match(sql)
    if opening is None:
        raise DDLError("a table's text has no list of columns")
    depth, begin = 0, opening.end()
    pieces: list[str] = []
    for found in _STRUCTURE.finditer(sql, begin):
        mark = found[1]
        if mark == "(":
            depth += 1
        elif mark == ")":
            depth -= 1
        if depth < 0 or (mark == "," and depth == 0):
            pieces.append(sql[begin : found.end() - 1].strip())
            begin = found.end()
        if depth < 0:
            return pieces, sql[begin:]
    raise DDLError("a parenthesis is not closed")


@lru_cache(maxsize=8000)
def _tells(piece: str) -> bool:
    upper = piece.upper()
    for word in _TELLING:  # noqa: SIM110 -- any() takes twice the time
        if word in upper:
            return True
    return False


def _learn(table: Table, piece: str, scope: frozenset[str], columns: Collection[str]) -> None:
    """Add to the table what one piece tells."""
    name = None
    if named := _NAMED.match(piece):
        name, piece = named[1], piece[named.end() :]
    if plain := _plain_constraint(piece):
        table.constraints.append(Told(name, plain))
        return
    if '"' in piece or "`" in piece or "[" in piece:
        found = _parse_now(piece, columns)
    else:
        found = _parse_once(piece, scope)
    for column in found.columns:
        table.columns[fold(column.name)] = column
    for told in found.constraints:
        table.constraints.append(told if name is None else Told(name, told.constraint))
        name = None


def _plain_constraint(piece: str) -> Constraint | None:
    """A constraint of the table in its usual form, in a tenth of the parser's time; else None."""
    first = piece[:1].upper()
    if first == "F":
        return _FOREIGN_KEY if _PLAIN_FOREIGN_KEY.fullmatch(piece) else None
    if first not in {"U", "P"} or (key := _PLAIN_KEY.fullmatch(piece)) is None:
        return None
    columns = tuple(map(str.strip, key[2].split(",")))
    return Constraint("unique" if first == "U" else "primary key", columns, (None,) * len(columns))


class _Piece(NamedTuple):
    columns: tuple[Column, ...]
    constraints: tuple[Told, ...]


def _parse_now(piece: str, columns: Collection[str]) -> _Piece:
    found = tokens(piece)
    if found[:1] == [_CHECK] and found[1:2] == [_OPEN] and closing(found, 1) == len(found) - 1:
        check = Constraint("check", expression=spell_expression(found[2:-1], columns))
        return _Piece((), (Told(None, check),))
    parser = _PieceParser(found, columns)
    parser.run()
    return _Piece(tuple(parser.columns.values()), tuple(parser.constraints))


_CHECK, _OPEN = Token("word", "CHECK"), Token("op", "(")
_parse_once = lru_cache(maxsize=8000)(_parse_now)


# -- parsing --------------------------------------------------------------------------------------


#: Words that end a column's type.
_AFTER_TYPE = {"CONSTRAINT", "PRIMARY", "NOT", "NULL", "UNIQUE", "CHECK", "DEFAULT", "COLLATE",
               "REFERENCES", "GENERATED", "AS", "DEFERRABLE"}  # fmt: skip

_TABLE_CONSTRAINT = {"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"}


class _PieceParser(Cursor):
    """A column or table constraint; grammar of https://sqlite.org/lang_createtable.html."""

    def __init__(self, found: Sequence[Token], scope: Collection[str]) -> None:
        super().__init__(found)
        self.columns: dict[str, Column] = {}
        self.constraints: list[Told] = []
        self._scope = scope
        self._constraint_name: str | None = None

    def run(self) -> None:
        # Between two table constraints SQLite takes the comma as optional.
        while not self.done:
            if self.word in _TABLE_CONSTRAINT:
                self._table_constraint()
            elif self.constraints or self.columns:
                raise DDLError(f"{self.skip().text!r} was not expected")
            else:
                self._column()

    def _column(self) -> None:
        name = self.name()
        self.columns[name] = Column(name)
        while not self.done and self.word not in _AFTER_TYPE:
            if self.at_parenthesis():
                self.parenthesised()
            else:
                self.skip()
        while not self.done:
            self._column_constraint(name)

    def _column_constraint(self, column: str) -> None:
        if self.take("CONSTRAINT"):
            self._constraint_name = self.name()
        elif self.take("NOT"):
            if self.take("NULL"):
                name = self._constraint_name
                self._describe(column, not_null_name=name, on_conflict=self._conflict())
            else:
                self.expect("DEFERRABLE")
                self._deferrable(deferrable=False)
        elif self.take("NULL"):
            self._conflict()
            self._constraint_name = None
        elif self.take("DEFAULT"):
            self._default()
            self._constraint_name = None
        elif self.take("COLLATE"):
            self._describe(column, collation=self.name().upper())
        elif self.take("GENERATED"):
            self.expect("ALWAYS")
        elif self.take("AS"):
            self._describe(column, generated=spell_expression(self.parenthesised(), self._scope))
            self.take("STORED", "VIRTUAL")
        elif self.take("DEFERRABLE"):
            self._deferrable(deferrable=True)
        else:
            self._keyed((column,))

    def _keyed(self, columns: tuple[str, ...]) -> None:
        """A constraint on one column that a table constraint could say as well."""
        if self.take("PRIMARY"):
            self.expect("KEY")
            self.take("ASC", "DESC")
            conflict = self._conflict()
            automatic = self.take("AUTOINCREMENT")
            self._add(Constraint("primary key", columns, (None,), "", conflict, automatic))
        elif self.take("UNIQUE"):
            self._add(Constraint("unique", columns, (None,), "", self._conflict()))
        elif self.take("CHECK"):
            self._check()
        elif self.take("REFERENCES"):
            self._references(columns)
        else:
            raise DDLError(f"{self.skip().text!r} was not expected")

    def _table_constraint(self) -> None:
        if self.take("CONSTRAINT"):
            self._constraint_name = self.name()
        elif self.take("PRIMARY"):
            self.expect("KEY")
            self._table_key("primary key")
        elif self.take("UNIQUE"):
            self._table_key("unique")
        elif self.take("CHECK"):
            self._check()
        elif self.take("FOREIGN"):
            self.expect("KEY")
            columns = tuple(part[0].name for part in self._parts())
            self.expect("REFERENCES")
            self._references(columns)

    def _table_key(self, kind: str) -> None:
        parts = self._parts()
        automatic = any(token.word == "AUTOINCREMENT" for token in parts[-1])
        columns = tuple(part[0].name for part in parts)
        collations = tuple(map(_named_collation, parts))
        self._add(Constraint(kind, columns, collations, "", self._conflict(), automatic))

    def _parts(self) -> list[Sequence[Token]]:
        """Pass a list in parentheses; its parts, each of at least one token."""
        parts = list(split(self.parenthesised()))
        if not all(parts):
            raise DDLError("a list has an empty part")
        return parts

    def _check(self) -> None:
        expression = spell_expression(self.parenthesised(), self._scope)
        self._add(Constraint("check", expression=expression))
        self._conflict()  # https://sqlite.org/lang_createtable.html: no effect on a check

    def _references(self, columns: tuple[str, ...]) -> None:
        self._add(Constraint("foreign key", columns))
        self.name()
        if self.at_parenthesis():
            self.parenthesised()
        while True:
            if self.take("ON"):
                self.skip()
                self.take("SET", "NO")
                self.skip()
            elif self.take("MATCH"):
                match = self.name().upper()
                self._refine(match=None if match == "SIMPLE" else match)
            elif self.take("DEFERRABLE"):
                self._deferrable(deferrable=True)
            elif self._negated_deferrable():
                self._deferrable(deferrable=False)
            else:
                return

    def _negated_deferrable(self) -> bool:
        following = self._found[self._at + 1 : self._at + 2]
        if self.word != "NOT" or not following or following[0].word != "DEFERRABLE":
            return False
        self._at += 2
        return True

    def _deferrable(self, *, deferrable: bool) -> None:
        deferred = False
        if self.take("INITIALLY"):
            deferred = self.word == "DEFERRED"
            self.skip()
        # NOT DEFERRABLE INITIALLY DEFERRED is immediate: https://sqlite.org/foreignkeys.html, 4.2.
        self._refine(deferrable=deferrable, initially_deferred=deferred and deferrable)

    def _refine(self, **facts: object) -> None:
        """Add to the foreign key just read."""
        if not self.constraints or self.constraints[-1].constraint.kind != "foreign key":
            raise DDLError("DEFERRABLE without a foreign key")
        name, constraint = self.constraints[-1]
        self.constraints[-1] = Told(name, replace(constraint, **facts))  # type: ignore[arg-type]

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
        self.columns[column] = replace(self.columns[column], **facts)  # type: ignore[arg-type]
        self._constraint_name = None

    def _add(self, constraint: Constraint) -> None:
        self.constraints.append(Told(self._constraint_name, constraint))
        self._constraint_name = None


def _named_collation(part: Sequence[Token]) -> str | None:
    for token, following in pairwise(part):
        if token.word == "COLLATE":
            return following.name.upper()
    return None
