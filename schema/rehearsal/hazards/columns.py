"""Columns and constraints as CREATE TABLE and ALTER TABLE define them, read into actions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schema.rehearsal.hazards.action import Action, Cursor, UnreadError
from schema.rehearsal.hazards.lexicon import Token, parts

__all__ = ["column", "constraint", "is_constraint", "names_in", "spelled"]

#: Words that end a column's type or its default.
_AFTER = (
    "AFTER", "AS", "AUTOINCREMENT", "AUTO_INCREMENT", "CHARSET", "CHECK", "COLLATE", "COMMENT",
    "COMPRESSION", "CONSTRAINT", "DEFAULT", "FIRST", "GENERATED", "INVISIBLE", "NOT", "NULL", "ON",
    "PRIMARY", "REFERENCES", "STORAGE", "UNIQUE", "USING",
)  # fmt: skip

_CONSTRAINTS = ("CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN", "CHECK", "EXCLUDE")


def is_constraint(cursor: Cursor) -> bool:
    """Whether a constraint, not a column, is defined here."""
    here = cursor.found[cursor.place].word if cursor.rest else ""
    return here in _CONSTRAINTS


def spelled(found: Sequence[Token]) -> str:
    """Tokens in one spelling: lower case, and a space only between two words."""
    text, last = "", ""
    for token in found:
        part = token.text if token.kind in {"string", "quoted"} else token.text.lower()
        gap = last in {"word", "number", "string", "quoted"} and token.kind != "op"
        text += (" " if gap or (text.endswith(")") and token.kind == "word") else "") + part
        last = token.kind
    return text


def names_in(found: Sequence[Token], dialect: str) -> tuple[str, ...]:
    """The names of a list in parentheses; an expression is spelled, as it has no name."""
    told = []
    for part in parts(found, ","):
        is_name = part[0].kind in {"word", "quoted"}
        if is_name and (len(part) == 1 or part[1].kind == "word"):
            told.append(Cursor(part, dialect).name())
        else:
            told.append(spelled(part))
    return tuple(told)


def column(cursor: Cursor, kind: str, table: str | None, flags: Sequence[str] = ()) -> Action:
    """A column's definition, all that is left of the clause."""
    name = cursor.name()
    type_tokens = _type(cursor)
    told = set(flags)
    default = target = None
    while cursor.rest:
        if cursor.take("NOT", "NULL"):
            told.add("not null")
        elif cursor.take("NULL"):
            told.add("null")
        elif cursor.take("DEFAULT"):
            told.add("default")
            default = _default(cursor)
        elif cursor.take("REFERENCES"):
            told.add("references")
            target = cursor.label()
        elif flag := cursor.take_any("PRIMARY KEY", "UNIQUE", "CHECK", "COLLATE", "FIRST", "USING"):
            told.add(flag.lower())
        elif cursor.take_any("AUTO_INCREMENT", "AUTOINCREMENT"):
            told.add("serial")
        elif cursor.take_any("GENERATED", "AS"):
            told.add(_generated(cursor))
        else:
            cursor.skip()
    words = {token.word for token in type_tokens}
    if words & {"SERIAL", "BIGSERIAL", "SMALLSERIAL", "SERIAL4", "SERIAL8"}:
        told.add("serial")
    return Action(
        kind,
        table,
        name,
        columns=(name,),
        type=spelled(type_tokens) or None,
        default=default,
        target=target,
        values=tuple(token.value for token in type_tokens if token.kind == "string"),
        flags=frozenset(told),
    )


def _type(cursor: Cursor) -> tuple[Token, ...]:
    found = cursor.until(*_AFTER, "CHARACTER")
    if cursor.at("CHARACTER") and not cursor.at("CHARACTER", "SET"):
        found += cursor.until(*_AFTER)
    return found


def _default(cursor: Cursor) -> str:
    if cursor.at("("):
        return spelled(cursor.parenthesised())
    return spelled((cursor.skip(), *cursor.until(*_AFTER)))


def _generated(cursor: Cursor) -> str:
    """What follows GENERATED or AS: an identity, or an expression that is stored or not."""
    cursor.take_any("ALWAYS", "BY DEFAULT")
    cursor.take("AS")
    if cursor.take("IDENTITY"):
        return "identity"
    if cursor.at("("):
        cursor.parenthesised()
    if cursor.take_any("STORED", "PERSISTENT"):
        return "generated stored"
    cursor.take("VIRTUAL")
    return "generated virtual"


def constraint(cursor: Cursor, table: str | None) -> Action:
    """A table's constraint, all that is left of the clause."""
    name = None
    if cursor.take("CONSTRAINT") and not is_constraint(cursor) and not cursor.at("NOT", "NULL"):
        name = cursor.name()
    start = cursor.place
    kind, columns, target = _which(cursor)
    checked = spelled(cursor.found[start + 2 : cursor.place - 1]) if kind == "add check" else None
    flags = {
        phrase.lower()
        for phrase in ("NOT VALID", "NOT ENFORCED", "NO INHERIT", "USING INDEX")
        if _holds(cursor.rest, phrase.split())
    }
    return Action(
        kind,
        table,
        name,
        columns=columns,
        default=checked,
        target=target,
        flags=frozenset(flags),
    )


def _which(cursor: Cursor) -> tuple[str, tuple[str, ...], str | None]:
    """The kind of constraint, its columns, and what a foreign key leads to."""
    if cursor.take("FOREIGN", "KEY"):
        if not cursor.at("("):
            cursor.name()  # MySQL: the index's name
        columns = names_in(cursor.parenthesised(), cursor.dialect)
        cursor.take("REFERENCES")
        return "add foreign key", columns, cursor.label()
    if cursor.take("CHECK"):
        cursor.parenthesised()
        return "add check", (), None
    if cursor.take("NOT", "NULL"):
        return "add not null", (cursor.name(),), None
    if cursor.take("EXCLUDE"):
        return "add exclusion", (), None
    if kind := cursor.take_any("PRIMARY KEY", "UNIQUE"):
        cursor.take_any("NULLS NOT DISTINCT", "NULLS DISTINCT", "KEY", "INDEX")
        if not cursor.at("(") and not cursor.at("USING"):
            cursor.name()  # MySQL: the index's name
        listed = cursor.parenthesised() if cursor.at("(") else ()
        return f"add {kind.lower()}", names_in(listed, cursor.dialect), None
    raise UnreadError("a constraint of another kind")


def _holds(found: Sequence[Token], words: Sequence[str]) -> bool:
    told = [token.word for token in found]
    return any(told[place : place + len(words)] == list(words) for place in range(len(told)))


def _is_no_column(cursor: Cursor) -> bool:
    """Whether an index of MySQL's stands here, or another table whose columns are taken over."""
    if cursor.dialect in {"mysql", "mariadb"} and cursor.take_any("KEY", "INDEX", "FULLTEXT"):
        return True
    return cursor.take("LIKE")


def definitions(found: Sequence[Token], table: str, dialect: str) -> Iterator[Action]:
    """What stands in the parentheses of a CREATE TABLE."""
    for part in parts(found, ","):
        cursor = Cursor(part, dialect)
        if is_constraint(cursor):
            yield constraint(cursor, table)
        elif _is_no_column(cursor):
            yield Action("known", table)
        else:
            yield column(cursor, "table column", table)
