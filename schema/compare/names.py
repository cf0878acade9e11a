"""Names that differ between two catalogs, and texts that are alike but for them.

A renamed column is renamed in every index, key, check and view that uses it. What the server (or a
reader) wrote of these is compared token by token, where an old name may stand against its new one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection
from functools import lru_cache
from typing import NamedTuple

from schema.catalog.objects import Identity, Property, SchemaObject

__all__ = ["Names", "alike", "bare", "is_unset"]

#: An old name and its new one.
_Renamed = tuple[str, str]

#: Kinds whose text may name any table's columns; the others only name their own table's.
_NAMES_ALL = frozenset(
    {"view", "materialized view", "trigger", "rule", "policy", "foreign key", "sequence",
     "publication", "privilege"}
)  # fmt: skip

_LEXICON = re.compile(
    r"""(?P<space>\s+)
    |(?P<body>\$(?P<tag>[^\W\d]\w*|)\$.*?\$(?P=tag)\$)
    |(?P<escaped>[eE]'(?:[^'\\]|''|\\.)*')
    |(?P<string>(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*')
    |(?P<quoted>"(?:[^"]|"")*")
    |(?P<word>[^\W\d][\w$]*)
    |(?P<number>\d[\w.]*)
    |(?P<other>::|.)""",
    re.VERBOSE | re.DOTALL,
)


class _Token(NamedTuple):
    kind: str
    text: str


@lru_cache(maxsize=2000)
def _tokens(text: str) -> tuple[_Token, ...]:
    """The tokens of a text without white space; names out of their quotes, of kind ``name``."""
    found = []
    for match in _LEXICON.finditer(text):
        kind, part = match.lastgroup or "other", match.group()
        # The tag is a group inside a body, and closes after it began.
        if part.startswith("$") and len(part) > 1:
            kind = "body"
        if kind == "quoted":
            kind, part = "name", part[1:-1].replace('""', '"')
        elif kind == "word":
            kind = "name"
        if kind != "space":
            found.append(_Token(kind, part))
    return tuple(found)


def alike(left: str, right: str, renamed: Collection[_Renamed]) -> bool:
    """Whether two texts are one but for white space and names that were renamed.

    A name that a rename left behind as an alias counts as alike, as PostgreSQL writes it for a view
    (``new AS old``, ``FROM new old``).
    """
    if left == right:
        return True
    return bool(renamed) and _aligned(_tokens(left), _tokens(right), renamed)


def _aligned(
    left: tuple[_Token, ...], right: tuple[_Token, ...], renamed: Collection[_Renamed]
) -> bool:
    i = j = 0
    while i < len(left) and j < len(right):
        before, after = left[i], right[j]
        i, j = i + 1, j + 1
        if before == after:
            continue
        if before.kind == after.kind == "string":
            # 'users_id_seq'::regclass names a thing; any other string is a value.
            named = left[i : i + 2] == right[j : j + 2] == _REGCLASS
            if not (named and alike(before.text[1:-1], after.text[1:-1], renamed)):
                return False
        elif before.kind == after.kind == "name" and (before.text, after.text) in renamed:
            if left[i : i + 1] != right[j : j + 1]:
                i, j = _past_alias(left, i, after.text), _past_alias(right, j, before.text)
        else:
            return False
    return i == len(left) and j == len(right)


_REGCLASS = (_Token("other", "::"), _Token("name", "regclass"))


def _past_alias(found: tuple[_Token, ...], place: int, name: str) -> int:
    """The place after ``AS name`` or a bare ``name`` where one stands at this place."""
    if found[place : place + 2] == (_Token("name", "AS"), _Token("name", name)):
        return place + 2
    return place + 1 if found[place : place + 1] == (_Token("name", name),) else place


def is_unset(value: Property) -> bool:
    """Whether this is how a server writes, or leaves out, what is not set."""
    return value is None or value is False or value == ()


class Names:
    """What is called one thing on the left and another on the right. Grows while renames are found.

    Schemas, tables and columns are looked up with their place; of all else (types, sequences,
    views, functions) only the two names are kept, as they stand in texts.
    """

    def __init__(self) -> None:
        self._schemas: dict[str | None, str] = {}
        self._tables: dict[tuple[str | None, str | None], str] = {}
        self._columns: dict[tuple[str | None, str | None], dict[str, str]] = defaultdict(dict)
        self._texts: set[_Renamed] = set()

    def __bool__(self) -> bool:
        return bool(self._texts or self._columns)

    def add(self, left: SchemaObject, right: SchemaObject) -> None:
        """Keep that ``left`` is now called as ``right`` is."""
        if left.kind == "column":
            self._columns[right.schema_name, right.table][left.name] = right.name
            return
        if left.kind == "schema":
            self._schemas[left.name] = right.name
        elif left.kind == "table":
            self._tables[right.schema_name, left.name] = right.name
        pairs = {(left.name, right.name), (bare(left.name), bare(right.name))}
        pairs |= {(f"{left.schema_name}.{old}", f"{right.schema_name}.{new}") for old, new in pairs}
        self._texts |= {pair for pair in pairs if pair[0] != pair[1]}

    def now(self, identity: Identity) -> Identity:
        """What the right calls what the left calls so; a table's parts go with their table."""
        if not self:
            return identity
        schema_name = self._schemas.get(identity.schema_name, identity.schema_name)
        table, name = identity.table, identity.name
        if identity.kind == "table":
            name = self._tables.get((schema_name, name), name)
        elif table is not None:
            table = self._tables.get((schema_name, table), table)
        if identity.kind == "column":
            name = self._columns.get((schema_name, table), {}).get(name, name)
        return Identity(identity.kind, schema_name, table, name)

    def pairs(self, item: SchemaObject) -> Collection[_Renamed]:
        """The renamed names that may stand in this object of the right."""
        if not self._columns:
            return self._texts
        if item.kind in _NAMES_ALL:
            columns = {pair for each in self._columns.values() for pair in each.items()}
        else:
            owner = item.name if item.kind == "table" else item.table
            columns = set(self._columns.get((item.schema_name, owner), {}).items())
        return self._texts | columns

    def same(self, left: Property, right: Property, pairs: Collection[_Renamed]) -> bool:
        """Whether two properties say the same, but for renamed names."""
        if left == right or (is_unset(left) and is_unset(right)):
            # 0 is False to Python, and a value to a database.
            return type(left) is type(right) or is_unset(left) is is_unset(right)
        if isinstance(left, str) and isinstance(right, str):
            return (left, right) in pairs or alike(left, right, pairs)
        if isinstance(left, tuple) and isinstance(right, tuple) and len(left) == len(right):
            return all(self.same(old, new, pairs) for old, new in zip(left, right, strict=True))
        return False


def bare(name: str) -> str:
    """A function's name without its arguments, any other name as it is."""
    return name.partition("(")[0] if name.endswith(")") else name
