"""What two versions of PostgreSQL write differently of one and the same thing.

Found by making one schema on the servers 12 to 18 and reading it back:

- up to 15, the columns of a query on a single table bear the table's name; from 16 on they do not
  (ruleutils.c, get_query_def: varprefix). A column without it can only be that table's.
- from 14 on, what was typed in SQL's own syntax is written so: ``EXTRACT(year FROM x)``,
  ``(x AT TIME ZONE z)``, ``SUBSTRING``, ``POSITION``, ``TRIM``, ``OVERLAY`` (ruleutils.c,
  get_func_sql_syntax); before, it was written as a call, with the casts that are implied.
- from 14 on, the arguments of a procedure that are ``IN`` say so;
- up to 17 a generated column is stored; from 18 on one that does not say so is virtual;
- from 14 on, EXTRACT is numeric, where it was double precision and called date_part.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import NamedTuple

from schema.catalog import Property
from schema.compare.tokens import Renamed, Token, aligned, tokens

__all__ = ["Versions"]

_UNQUALIFIED = 16
_SQL_SYNTAX = 14
_VIRTUAL = 18

_OPEN, _CLOSE, _COMMA = Token("other", "("), Token("other", ")"), Token("other", ",")
_CAST = Token("other", "::")

#: Before a procedure's argument; in an expression it never follows a parenthesis or a comma.
_IN = Token("name", "IN")


_PARTING = (_SQL_SYNTAX, _UNQUALIFIED, _VIRTUAL)


class Versions(NamedTuple):
    """The major versions of the two servers that wrote the texts."""

    left: int
    right: int

    @classmethod
    def of(cls, dialect: str, left: str, right: str) -> Versions | None:
        """None when the servers write alike, as far as is known."""
        if dialect != "postgresql":
            return None
        found = cls.named(left, right)
        told = any(found.are_parted_by(version) for version in _PARTING)
        return found if told else None

    @classmethod
    def named(cls, left: str, right: str) -> Versions:
        """From what the servers say themselves, such as ``"18.4"``."""
        return cls(_major(left), _major(right))

    def are_parted_by(self, version: int) -> bool:
        """Whether one server is older than this version and the other is not."""
        return min(self) < version <= max(self)

    def same(self, left: str, right: str, renamed: Collection[Renamed]) -> bool:
        """Whether the two texts say the same, each as its server writes it."""
        ours: Sequence[Token] = tokens(left)
        theirs: Sequence[Token] = tokens(right)
        if self.are_parted_by(_SQL_SYNTAX):
            ours, theirs = _as_calls(ours), _as_calls(theirs)
        return aligned(ours, theirs, renamed, qualified=self.are_parted_by(_UNQUALIFIED))

    def generated(self, told: Property) -> Property:
        """How a column is generated, without its storage where just one server has a choice."""
        if isinstance(told, str) and self.are_parted_by(_VIRTUAL):
            return told.removeprefix("virtual: ").removeprefix("stored: ")
        return told


def _major(version: str) -> int:
    number = version.partition(".")[0]
    return int(number) if number.isdigit() else 0


# -- SQL's own syntax as calls -----------------------------------------------------------------


def _as_calls(found: Sequence[Token]) -> list[Token]:
    """The tokens with what has a syntax of its own written as a call, and implied casts left out.

    ``numeric`` stands for ``double precision`` in a text that takes a part of a date.
    """
    spelled = _spelled(found)
    if Token("name", "date_part") not in spelled:
        return spelled
    joined: list[Token] = []
    for token in spelled:
        if token == Token("name", "precision") and joined[-1:] == [Token("name", "double")]:
            joined[-1] = Token("name", "numeric")
        else:
            joined.append(token)
    return joined


def _spelled(found: Sequence[Token]) -> list[Token]:
    out: list[Token] = []
    place = 0
    while place < len(found):
        token = found[place]
        if token == _IN and (not place or found[place - 1] == _COMMA):
            place += 1
            continue
        if token != _OPEN:
            out.append(Token("name", "date_part") if token == _EXTRACT_COLUMN else token)
            place += 1
            continue
        end = _closing(found, place)
        inner = found[place + 1 : end]
        place = end + 1
        name = out[-1] if out and out[-1].kind == "name" else None
        if name is not None and name.text.lower() in _CALLS:
            arguments = _CALLS[name.text.lower()](inner)
            if arguments is not None:
                out[-1:] = _call(*arguments)
                continue
        parts = _split(inner, "AT", "TIME", "ZONE")
        if len(parts) == 2:
            out += _call("timezone", [parts[1], parts[0]])
        else:
            out += [_OPEN, *_spelled(inner), _CLOSE]
    return out


#: How a column is called by default that holds a part of a date, from 14 on.
_EXTRACT_COLUMN = Token("name", "extract")


def _closing(found: Sequence[Token], start: int) -> int:
    """The place of the parenthesis that closes the one at ``start``; the end without one."""
    depth = 0
    for place in range(start, len(found)):
        depth += (found[place] == _OPEN) - (found[place] == _CLOSE)
        if depth == 0:
            return place
    return len(found)


def _split(found: Sequence[Token], *words: str) -> list[Sequence[Token]]:
    """The tokens, parted wherever these words stand outside of parentheses."""
    parts, depth, start = [], 0, 0
    for place, token in enumerate(found):
        depth += (token == _OPEN) - (token == _CLOSE)
        if depth == 0 and [each.text for each in found[place : place + len(words)]] == list(words):
            parts.append(found[start:place])
            start = place + len(words)
    return [*parts, found[start:]]


def _call(name: str, arguments: Iterable[Sequence[Token]]) -> list[Token]:
    out = [Token("name", name), _OPEN]
    for number, argument in enumerate(arguments):
        out += [_COMMA] if number else []
        out += _spelled(_bare(argument))
    return [*out, _CLOSE]


def _bare(argument: Sequence[Token]) -> Sequence[Token]:
    """An argument without parentheses about all of it, nor a cast to text that is implied."""
    if argument and argument[0] == _OPEN:
        end = _closing(argument, 0)
        rest = list(argument[end + 1 :])
        if rest in ([], [_CAST, Token("name", "text")]):
            return _bare(argument[1:end])
    return argument


_Call = tuple[str, list[Sequence[Token]]]


def _extract(inner: Sequence[Token]) -> _Call | None:
    parts = _split(inner, "FROM")
    if len(parts) != 2 or len(parts[0]) != 1:
        return None
    field = [Token("string", f"'{parts[0][0].text}'"), _CAST, Token("name", "text")]
    return "date_part", [field, parts[1]]


def _substring(inner: Sequence[Token]) -> _Call | None:
    return "substring", _flat(_split(inner, "FROM"), "FOR")


def _overlay(inner: Sequence[Token]) -> _Call | None:
    whole, *rest = _split(inner, "PLACING")
    return "overlay", _flat(
        [whole, *(part for each in rest for part in _split(each, "FROM"))], "FOR"
    )


def _flat(parts: Sequence[Sequence[Token]], word: str) -> list[Sequence[Token]]:
    """The parts, the last one parted at this word too; those of a call at its commas."""
    if len(parts) == 1:
        return _split(parts[0], ",")
    return [*parts[:-1], *_split(parts[-1], word)]


def _position(inner: Sequence[Token]) -> _Call | None:
    parts = _split(inner, "IN")
    return "position", parts[::-1] if len(parts) == 2 else _split(inner, ",")


def _trim(inner: Sequence[Token]) -> _Call | None:
    names = {"BOTH": "btrim", "LEADING": "ltrim", "TRAILING": "rtrim"}
    parts = _split(inner, "FROM")
    if len(parts) != 2 or not parts[0] or parts[0][0].text not in names:
        return None
    characters = [parts[0][1:]] if len(parts[0]) > 1 else []
    return names[parts[0][0].text], [parts[1], *characters]


def _arguments_of(name: str) -> Callable[[Sequence[Token]], _Call | None]:
    return lambda inner: (name, _split(inner, ","))


def _similar(inner: Sequence[Token]) -> _Call | None:
    null = [Token("name", "NULL"), _CAST, Token("name", "text")]
    parts = _split(inner, ",")
    return "similar_escape", [*parts, null] if len(parts) == 1 else parts


#: By name in lower case: what turns the tokens between its parentheses into a call.
_CALLS: dict[str, Callable[[Sequence[Token]], _Call | None]] = {
    "extract": _extract,
    "date_part": _arguments_of("date_part"),
    "timezone": _arguments_of("timezone"),
    "substring": _substring,
    "position": _position,
    "overlay": _overlay,
    "trim": _trim,
    "btrim": _arguments_of("btrim"),
    "ltrim": _arguments_of("ltrim"),
    "rtrim": _arguments_of("rtrim"),
    "similar_to_escape": _similar,
    "similar_escape": _similar,
}
