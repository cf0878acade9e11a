"""Relations that no foreign key keeps, but the names of columns tell of.

A column without a foreign key is believed to refer to a key of one column, of the same kind of
type, when it is called as

- another column is that has a foreign key there, and no other one elsewhere (``ownername``),
- the key is, and only one table has a key of that name (``guestname``),
- the table and its key together, in the singular or plural (``customer_id`` for ``customers.id``),
  perhaps after a word of its own (``billing_customer_id``), or as the table alone (``customer``).

What could refer to several tables refers to none; nor does a name that says nothing (``id``,
``name``), or that so many tables have that it tells nothing.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from schema.diagram.values import DiagramColumn, DiagramTable, Relation

__all__ = ["implied_relations", "type_family"]

#: Names of keys that tell of no table.
_VAGUE = frozenset(
    "id key uuid guid oid pk name code type kind value status state title slug email label number "
    "position version date time count text description parent parentid ref reference hash token "
    "updated created uid nr no rowid created_at updated_at".replace("_", "").split()
)
#: A name that more tables than both of these have tells nothing.
_MANY, _SHARE = 12, 0.35

_FAMILIES = {
    "integer": "int integer int2 int4 int8 bigint smallint tinyint mediumint serial bigserial "
    "smallserial",
    "text": "varchar char character text citext nvarchar nchar string clob bpchar",
    "uuid": "uuid uniqueidentifier",
    "number": "numeric decimal real double float",
}
_BY_WORD = {word: family for family, words in _FAMILIES.items() for word in words.split()}


def type_family(declared: str) -> str:
    """What kind of values a type holds: ``VARCHAR(20)`` and ``text`` both hold ``"text"``."""
    word = re.split(r"[^a-z0-9_]", declared.lower().strip(), maxsplit=1)[0]
    return _BY_WORD.get(word, word)


@dataclass(frozen=True, slots=True)
class _Key:
    """A key of one column, to which something could refer."""

    table: DiagramTable
    column: DiagramColumn

    @property
    def family(self) -> str:
        return type_family(self.column.type)


def implied_relations(
    tables: Sequence[DiagramTable], relations: Sequence[Relation], keys: Mapping[str, Sequence[str]]
) -> list[Relation]:
    """The relations that names alone tell of; ``keys`` are by table the columns that are keys."""
    finder = _Finder(tables, relations, keys)
    return [relation for table in tables for relation in finder.of(table)]


class _Finder:
    def __init__(
        self,
        tables: Sequence[DiagramTable],
        relations: Sequence[Relation],
        keys: Mapping[str, Sequence[str]],
    ) -> None:
        self._keys_of = keys
        self._referring = {(each.table, column) for each in relations for column in each.columns}
        self._known: dict[str, set[tuple[str, str]]] = defaultdict(set)
        self._first: dict[str, str] = {}
        for each in relations:
            if len(each.columns) == 1 and each.table != each.target:
                self._known[each.columns[0]].add((each.target, each.target_columns[0]))
                self._first.setdefault(each.columns[0], f"{each.table}.{each.columns[0]}")
        columns = [column for table in tables for column in table.columns]
        counts = Counter(column.name for column in columns)
        most = max(_MANY, len(tables) * _SHARE)
        self._too_many = {name for name, count in counts.items() if count > most}
        self._by_name: dict[str, list[_Key]] = defaultdict(list)
        self._by_table: dict[str, list[_Key]] = defaultdict(list)
        for table in tables:
            self._take(table, keys.get(table.label, ()))

    def _take(self, table: DiagramTable, keys: Sequence[str]) -> None:
        found = [_Key(table, column) for column in table.columns if column.name in keys]
        for key in found:
            self._by_name[_bare(key.column.name)].append(key)
        # Of several keys, a table is referred to by its primary one.
        for key in [each for each in found if "PK" in each.column.keys][:1]:
            for singular in _singulars(_bare(table.name)):
                for called in (f"{singular}{_bare(key.column.name)}", singular):
                    self._by_table[called].append(key)

    def of(self, table: DiagramTable) -> Iterator[Relation]:
        own = set(self._keys_of.get(table.label, ()))
        for column in table.columns:
            if (table.label, column.name) in self._referring or column.name in self._too_many:
                continue
            found = self._target(table, column, is_key=column.name in own)
            if found is not None:
                key, evidence = found
                yield Relation(
                    f"implied ({column.name})",
                    table.label,
                    (column.name,),
                    key.table.label,
                    (key.column.name,),
                    is_optional=column.is_nullable,
                    is_unique=column.name in own,
                    evidence=evidence,
                )

    def _target(
        self, table: DiagramTable, column: DiagramColumn, *, is_key: bool
    ) -> tuple[_Key, str] | None:
        family = type_family(column.type)
        for keys, evidence in self._candidates(column):
            fitting = {
                key.table.label: key
                for key in keys
                if key.table.label != table.label and key.family == family
            }
            # A key of its own name may be the very thing that others refer to.
            if len(fitting) == 1 and not (is_key and _is_same(keys, column)):
                return next(iter(fitting.values())), evidence
            if fitting:
                return None
        return None

    def _candidates(self, column: DiagramColumn) -> Iterator[tuple[list[_Key], str]]:
        bare = _bare(column.name)
        if bare in _VAGUE:
            return
        known = self._known.get(column.name, set())
        if len(known) == 1:
            [(label, name)] = known
            keys = [
                key
                for key in self._by_name[_bare(name)]
                if (key.table.label, key.column.name) == (label, name)
            ]
            yield keys, f"{self._first[column.name]} is a foreign key there"
        elif known:
            return
        if self._by_name.get(bare):
            yield self._by_name[bare], "it is called as the key"
        for called, said in _readings(column.name):
            if self._by_table.get(called):
                yield self._by_table[called], said


def _is_same(keys: Sequence[_Key], column: DiagramColumn) -> bool:
    return any(_bare(key.column.name) == _bare(column.name) for key in keys)


def _readings(name: str) -> Iterator[tuple[str, str]]:
    """The name as table and key, and without its first words."""
    words = re.split(r"[_\s]+|(?<=[a-z0-9])(?=[A-Z])", name)
    yield _bare(name), "it is called as the table and its key"
    for start in range(1, len(words) - 1):
        yield _bare("".join(words[start:])), "its end is called as the table and its key"


def _bare(name: str) -> str:
    """The name without what is only spelling: ``Pool_Name`` as ``poolname``."""
    return re.sub(r"[_\s]", "", name).lower()


def _singulars(name: str) -> Iterator[str]:
    """The name itself, and what its singular may be."""
    yield name
    if name.endswith("ies"):
        yield f"{name[:-3]}y"
    if name.endswith(("ses", "xes", "zes", "ches", "shes")):
        yield name[:-2]
    if name.endswith("s") and not name.endswith("ss"):
        yield name[:-1]
