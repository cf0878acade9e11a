"""What a table's page is put together from: columns, relations, indexes, findings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from schema.catalog import Property
from schema.tables.models import Relationship, Validator

__all__ = [
    "Attributed",
    "ForeignKeyFact",
    "IndexUse",
    "PageColumn",
    "Part",
    "Relation",
    "Remark",
    "Said",
]


@dataclass(frozen=True, slots=True)
class Said:
    """Words about something, and ``by`` what: ``docstring``, ``comment``, ``doc`` …"""

    text: str
    by: str


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that a reader should know. ``kind`` is one of a fixed few, ``name`` what it is of.

    Kinds: ``relationship without a foreign key``, ``foreign key without a relationship``, ``only in
    the models``, ``only in the database``, ``nullability differs``, ``deletes differ``, ``one is
    not kept``, ``foreign key without an index``, ``redundant index``, ``unused index``, ``invalid
    index``, ``mapper failed``.
    """

    kind: str
    name: str
    message: str


@dataclass(frozen=True, slots=True)
class Attributed:
    """An attribute of a class that stands for a column."""

    class_name: str
    name: str
    annotation: str | None = None
    file: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class PageColumn:
    """One column, as the database and the models have it.

    ``type``, ``nullable`` and ``default`` are the database's, else the models'. ``client_default``
    and ``onupdate`` are what SQLAlchemy puts in. ``keys`` are words: ``primary key``, ``unique``,
    ``→ users.username``. ``null_share`` is 0 to 1; that, and ``distinct``, are None when they are
    not known. ``only_in`` is ``models`` or ``database`` where the other lacks it.
    """

    name: str
    type: str
    nullable: bool
    default: str | None = None
    generated: str | None = None
    client_default: str | None = None
    onupdate: str | None = None
    keys: tuple[str, ...] = ()
    attributes: tuple[Attributed, ...] = ()
    validation: tuple[Validator, ...] = ()
    enum: tuple[str, ...] = ()
    said: tuple[Said, ...] = ()
    info: Mapping[str, str] = field(default_factory=dict)
    null_share: float | None = None
    distinct: int | None = None
    may_be_read: bool = True
    only_in: str | None = None


@dataclass(frozen=True, slots=True)
class ForeignKeyFact:
    """A foreign key as the database has it; ``table`` refers to ``target``."""

    name: str
    table: str
    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]
    on_delete: str | None = None
    on_update: str | None = None
    validated: bool = True

    @property
    def label(self) -> str:
        """``loan.book_id → book.id``."""
        left, right = ", ".join(self.columns), ", ".join(self.target_columns)
        return f"{self.table}.{left} → {self.target}.{right}"


@dataclass(frozen=True, slots=True)
class Relation:
    """A foreign key beside the relationships that go along it; one of both may be missing.

    ``side`` is ``out`` where our table refers to another, ``in`` where another refers to ours.
    ``relationships`` are pairs of a class's name and what it has; first those of our own classes.
    ``inherits`` tells that a class's rows are joined to its parent's along it.
    """

    side: str
    other: str
    foreign_key: ForeignKeyFact | None
    relationships: tuple[tuple[str, Relationship], ...] = ()
    inherits: bool = False


@dataclass(frozen=True, slots=True)
class IndexUse:
    """An index, or a key that has one of its own, and what it serves, in words.

    ``kind`` is ``primary key``, ``unique``, ``exclusion`` or ``index``. ``columns`` are as the
    database spells them, expressions too. ``size`` is in bytes; ``scans`` is how often it was used
    since the server began to count. Both are None when not known.
    """

    name: str
    kind: str
    columns: tuple[str, ...]
    unique: bool
    method: str | None = None
    predicate: str | None = None
    serves: tuple[str, ...] = ()
    redundant_with: str | None = None
    size: int | None = None
    scans: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """Another object of the table, or one that uses it: a check, a trigger, a view."""

    kind: str
    name: str
    definition: str
    properties: Mapping[str, Property] = field(default_factory=dict)
