"""One SQLite table under work: what the pragmas gave of it, and what its text told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from sys import intern
from typing import Any, NamedTuple

from schema.catalog import sqlite_ddl as ddl
from schema.catalog.objects import Properties, Property, SchemaObject
from schema.catalog.sqlite_text import fold

__all__ = ["Facts", "ForeignKey", "Index", "Table", "grouped_indexes"]


class Index(NamedTuple):
    """An index out of ``pragma_index_list``, with its key columns out of ``pragma_index_xinfo``.

    ``origin`` is c, u or pk: https://sqlite.org/pragma.html#pragma_index_list. A column is None
    where an expression stands.
    """

    name: str
    unique: int
    origin: str
    partial: int
    columns: tuple[str | None, ...]
    descending: tuple[int, ...]
    collations: tuple[str, ...]

    @property
    def named_columns(self) -> tuple[str, ...]:
        """The columns, where none is an expression, as in a constraint."""
        return tuple([column or "" for column in self.columns])

    @property
    def descending_columns(self) -> tuple[str, ...]:
        if 1 not in self.descending:
            return ()
        pairs = zip(self.named_columns, self.descending, strict=True)
        return tuple([column for column, is_descending in pairs if is_descending])


def grouped_indexes(rows: Iterable[Sequence[Any]]) -> dict[str, Index]:
    """The indexes by name, from the rows of ``sqlite_queries.pragma_rows``."""
    found = {}
    for (name, unique, origin, partial), members in groupby(rows, itemgetter(1, 2, 3, 4)):
        columns, descending, collations = zip(*[row[5:] for row in members], strict=True)
        found[name] = Index(name, unique, origin, partial, columns, descending, collations)
    return found


class ForeignKey(NamedTuple):
    """A foreign key whose target is yet to be looked up; no target columns mean its primary key."""

    name: str
    target: str
    columns: tuple[str, ...]
    target_columns: tuple[str, ...]
    values: tuple[Property, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a table's own entries tell: the same text always gives the same facts.

    ``objects`` are complete; ``foreign_keys`` become so beside the other tables. ``columns`` gives
    a column's name by its folded name. ``unread`` names the indexes that SQLite does not follow.
    """

    name: str
    objects: tuple[SchemaObject, ...]
    foreign_keys: tuple[ForeignKey, ...]
    columns: Mapping[str, str]
    primary_key: tuple[str, ...]
    unread: tuple[str, ...] = ()


@dataclass(slots=True)
class Table:
    """A table under work: its texts, and its rows out of the pragmas.

    ``names`` gives a column's name by its folded name; ``primary_key`` is in the key's order.
    ``definition`` is the whole text where it could not be parsed, else None.
    """

    name: str
    index_texts: Mapping[str, str]
    names: Mapping[str, str]
    primary_key: tuple[str, ...]
    indexes: Mapping[str, Index]
    told: ddl.Table
    definition: str | None = None

    @property
    def is_strict(self) -> bool:
        return "STRICT" in self.told.options

    @property
    def has_rowid(self) -> bool:
        return "WITHOUT ROWID" not in self.told.options

    def of_origin(self, origin: str) -> Iterator[Index]:
        return (index for index in self.indexes.values() if index.origin == origin)

    def collation(self, column: str | None) -> str:
        """A column's own collation, in upper case; BINARY where none is given."""
        told = self.told.columns.get(fold(column)) if column is not None else None
        return (told and told.collation) or "BINARY"

    def collations(self, index: Index) -> Property:
        """The collation of each part where it is not its column's own; None when all are."""
        has_none = index.collations.count("BINARY") == len(index.collations)
        if has_none and not self.told.columns:
            return None
        own = [self.collation(column) for column in index.columns]
        found = [(collation or "BINARY").upper() for collation in index.collations]
        if own == found:
            return None
        return tuple(f if f != o else None for f, o in zip(found, own, strict=True))

    def column_name(self, name: str) -> str:
        """The column's name as its table spells it."""
        return self.names.get(fold(name), name)

    def object(self, kind: str, name: str, properties: Properties) -> SchemaObject:
        return SchemaObject.made(kind, None, self.name, intern(name), properties)
