"""The text of a MariaDB view in one spelling, which the server gives back as it is.

``information_schema`` has it as when the view was made: with the database's name, and tables that
commas joined beside each other. Once that is read again, from a dump or a copy, each join stands in
brackets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from schema.catalog.mariadb_text import NAME, STRING, plain, quoted

__all__ = ["spell_view"]

_TOKENS = re.compile(
    rf"""(?P<string>{STRING})|(?P<names>{NAME}(?:\.{NAME})*)
    |(?P<from>from\s+)|(?P<join>(?:(?:left|right)\ |straight_)?join\b)
    |(?P<word>\w+)|(?P<space>\s+)|(?P<other>.)""",
    re.DOTALL | re.VERBOSE,
)

#: Functions of a sequence, and those in whose brackets a value follows a FROM.
_OF_SEQUENCES = {"nextval", "lastval", "setval"}
_TAKE_FROM = {"extract", "trim", "substr", "substring", "mid"}

_BEGINS_QUERY = {"select", "with", "values"}
#: Words that end a list of tables.
_ENDS = {
    "where", "group", "having", "window", "order", "limit", "offset", "fetch", "procedure", "into",
    "for", "lock", "union", "intersect", "except",
}  # fmt: skip


def spell_view(text: str, database: str) -> str:
    """The definition of a view of ``database``, which is left out of it.

    A table or an alias may be called as the database is: where a column stands, the first of two
    names is a table's, and the first of three the database's.
    """
    return plain(_Spelling(text, database).text())


@dataclass
class _Bracket:
    """What is open. ``tables`` is the piece before a list of tables, None outside of one."""

    behind: str
    tables: int | None
    is_list: bool  # of tables that stand in brackets, so that one join needs no more
    joins: list[int] = field(default_factory=list)  # the pieces before each


class _Spelling:
    """A text in pieces, to which brackets are added."""

    def __init__(self, text: str, database: str) -> None:
        self._source, self._own = text, quoted(database)
        self._pieces: list[str] = []
        self._open = [_Bracket("", None, is_list=False)]
        self._last, self._before = 0, ""  # the piece before that is no space, as it was written
        self._awaits_table = False

    def text(self) -> str:
        for found in _TOKENS.finditer(self._source):
            kind, token = found.lastgroup, found[0]
            if kind == "names" and self._is_own(found):
                token = token[len(self._own) + 1 :]
            if kind != "space":
                self._awaits_table = self._leads_to_table(kind, token)
                self._last, self._before = len(self._pieces), token
            self._pieces.append(token)
        while self._open:
            self._end_tables(self._open.pop())
        return "".join(self._pieces)

    def _is_own(self, found: re.Match[str]) -> bool:
        """Whether the first of these names is the database's."""
        names = re.findall(NAME, found[0])
        if len(names) == 1 or names[0] != self._own:
            return False
        is_called = self._source.startswith("(", found.end())
        is_sequence = self._before == "(" and self._open[-1].behind in _OF_SEQUENCES
        return len(names) > 2 or self._awaits_table or is_called or is_sequence

    def _leads_to_table(self, kind: str | None, token: str) -> bool:
        """Take note of a token; whether a table is to be expected after it."""
        bracket = self._open[-1]
        if token == "(":  # noqa: S105 -- no password
            is_list = self._awaits_table
            before = len(self._pieces) if is_list else None
            self._open.append(_Bracket(self._before, before, is_list))
            return is_list
        if token == ")" and len(self._open) > 1:  # noqa: S105
            self._end_tables(self._open.pop())
        elif kind == "from" and bracket.behind not in _TAKE_FROM:
            bracket.tables, bracket.is_list, bracket.joins = len(self._pieces), False, []
            return True
        elif kind == "join":
            bracket.joins.append(self._last)
            return True
        elif token in _BEGINS_QUERY:
            bracket.tables = None
        elif token in _ENDS:
            self._end_tables(bracket)
        return False

    def _end_tables(self, bracket: _Bracket) -> None:
        """Put each join of a list in brackets, the first one innermost."""
        first, bracket.tables = bracket.tables, None
        if first is None or not bracket.joins:
            return
        closed = bracket.joins[1:] + ([] if bracket.is_list else [self._last])
        self._pieces[first] += "(" * len(closed)
        for place in closed:
            self._pieces[place] += ")"
