"""What SQLite's text says of virtual tables, indexes and triggers, where no pragma does."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache

from schema.catalog.sqlite_cursor import Cursor, body
from schema.catalog.sqlite_text import KEYWORD_NAMES, Token, fold, quote, split, tokens
from schema.catalog.sqlite_values import spell_expression, without_groups

__all__ = ["parse_index", "parse_trigger", "parse_virtual"]


def parse_virtual(sql: str) -> tuple[str, tuple[str, ...]]:
    """A virtual table's module and its arguments, each with even spaces and its own spelling.

    A module reads its arguments as it likes, so no more is made equal.
    """
    cursor = Cursor(body(sql, "TABLE"))
    cursor.expect("USING")
    module = fold(cursor.name())
    inside = cursor.parenthesised() if cursor.at_parenthesis() else ()
    parts = [" ".join(token.text for token in part) for part in split(inside)]
    return module, tuple(filter(None, parts))


def parse_index(sql: str, columns: Collection[str]) -> tuple[list[str], str | None]:
    """An index's parts without their ``COLLATE``, ``ASC`` and ``DESC``, and its WHERE predicate.

    ``columns`` are the folded column names of its table. Raises DDLError when the text does not
    have the expected form.
    """
    if (head := _INDEX_HEAD.match(sql)) and not _QUOTES.search(sql, head.end()):
        parts, predicate = _parse_once(sql[head.end() :], KEYWORD_NAMES.intersection(columns))
    else:
        cursor = Cursor(body(sql, "INDEX"))
        cursor.expect("ON")
        cursor.name()
        parts, predicate = _parts(cursor, columns)
    return list(parts), predicate


#: All before the parts, which seldom repeat where the rest does.
_INDEX_HEAD = re.compile(
    r"""CREATE\s+(?:UNIQUE\s+)?INDEX\s+(?:\w+|"[^"]+")\s+ON\s+(?:\w+|"[^"]+")\s*(?=\()""",
    re.IGNORECASE,
)
_QUOTES = re.compile(r"""["`\[]""")


@lru_cache(maxsize=4000)
def _parse_once(rest: str, columns: Collection[str]) -> tuple[tuple[str, ...], str | None]:
    return _parts(Cursor(tokens(rest)), columns)


def _parts(cursor: Cursor, columns: Collection[str]) -> tuple[tuple[str, ...], str | None]:
    found = [_bare_part(part) for part in split(cursor.parenthesised())]
    predicate = spell_expression(cursor.rest(), columns) if cursor.take("WHERE") else None
    return tuple([spell_expression(part, columns) for part in found]), predicate


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
    table = cursor.name()
    if cursor.take_op("."):
        table = cursor.name()
    if cursor.take("FOR"):
        cursor.expect("EACH")
        cursor.expect("ROW")
    return [*start, *head, Token("double", quote(table)), *_condition(cursor), *cursor.rest()]


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
