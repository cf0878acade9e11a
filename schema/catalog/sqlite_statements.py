"""What SQLite's text says of virtual tables, indexes and triggers, where no pragma does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schema.catalog.sqlite_cursor import Cursor, body
from schema.catalog.sqlite_text import Token, split
from schema.catalog.sqlite_values import without_groups

__all__ = ["parse_index", "parse_trigger", "parse_virtual"]


def parse_virtual(sql: str) -> tuple[str, tuple[str, ...]]:
    """A virtual table's module and its arguments, each with even spaces and its own spelling.

    A module reads its arguments as it likes, so no more is made equal.
    """
    cursor = Cursor(body(sql, "TABLE"))
    cursor.expect("USING")
    module = cursor.name()
    inside = cursor.parenthesised() if cursor.at_parenthesis() else ()
    parts = [" ".join(token.text for token in part) for part in split(inside)]
    return module, tuple(filter(None, parts))


def parse_index(sql: str) -> tuple[list[Sequence[Token]], Sequence[Token]]:
    """An index's parts without their ``COLLATE``, ``ASC`` and ``DESC``, and its WHERE predicate."""
    cursor = Cursor(body(sql, "INDEX"))
    cursor.expect("ON")
    cursor.name()
    parts = [_bare_part(part) for part in split(cursor.parenthesised())]
    return parts, cursor.rest() if cursor.take("WHERE") else ()


def _bare_part(part: Sequence[Token]) -> Sequence[Token]:
    if part and part[-1].word in {"ASC", "DESC"}:
        part = part[:-1]
    if len(part) > 2 and part[-2].word == "COLLATE":
        part = part[:-2]
    return part


def parse_trigger(sql: str) -> Sequence[Token]:
    """A trigger's tokens after its name, as if all that SQLite takes for said were said.

    ``BEFORE`` is what holds without a time, and ``FOR EACH ROW`` always holds, so it goes.
    """
    cursor = Cursor(body(sql, "TRIGGER"))
    start = [Token("word", "BEFORE")] if cursor.word in {"DELETE", "INSERT", "UPDATE"} else []
    while not cursor.take("ON"):
        cursor.skip()
    head = cursor.passed()
    table = cursor.skip()
    if cursor.take_op("."):
        table = cursor.skip()
    if cursor.take("FOR"):
        cursor.expect("EACH")
        cursor.expect("ROW")
    return [*start, *head, table, *_condition(cursor), *cursor.rest()]


_OPEN, _CLOSE = Token("op", "("), Token("op", ")")


def _condition(cursor: Cursor) -> Iterator[Token]:
    """A trigger's WHEN, without needless parentheses."""
    if not cursor.take("WHEN"):
        return
    found: list[Token] = []
    while cursor.word != "BEGIN":
        if cursor.at_parenthesis():
            found += [_OPEN, *cursor.parenthesised(), _CLOSE]
        else:
            found.append(cursor.skip())
    yield Token("word", "WHEN")
    yield from without_groups(found)
