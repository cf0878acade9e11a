"""What SQLite keeps only as text: its DDL, parsed as far as no pragma tells.

SQLite's pragmas tell neither CHECK expressions, constraint names, column collations nor generated
expressions; these stand in ``sqlite_schema.sql`` alone, as they were typed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from schema.catalog.sqlite_text import DDLError, Token, closing, fold, tokens

__all__ = ["Column", "Constraint", "Table", "body", "parse_index", "parse_table", "parse_trigger"]


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
    end = closing(found, 0)
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
        start, self._at = self._at + 1, closing(self._found, self._at) + 1
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
    """A trigger's tokens after its name, with the ``BEFORE`` that SQLite takes as said."""
    found = body(sql, "TRIGGER")
    if found and found[0].text.upper() in {"DELETE", "INSERT", "UPDATE"}:
        found = [Token("word", "BEFORE"), *found]
    return found
