"""Two catalogs in, differences out. Knows kinds and properties, and no dialect.

An object is matched by its identity. A table that only one side has is one difference: its columns,
constraints, indexes, triggers and sequences fold into it. Constraints and indexes that only differ
in their name are renamed, not removed and added. A property that a server does not have counts as
not set, so that two versions of one server can be compared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, overload

from schema.catalog.objects import Catalog, Identity, Property, SchemaObject, order
from schema.display import Displayed
from schema.errors import WorkbenchError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Difference", "Differences", "compare"]

#: A property on the left, which is the expected side, and on the right.
Pair = tuple[Property, Property]

#: Properties that do not count: the order of columns changes no statement that names them.
_IGNORED = frozenset({"position"})

#: Kinds whose name is often the server's or a naming convention's choice.
_RENAMED_KINDS = frozenset({"primary key", "unique", "foreign key", "check", "exclusion", "index"})

#: Kinds that other objects belong to.
_OWNERS = frozenset({"table", "view", "materialized view"})

_COLUMNS = ("kind", "schema_name", "table", "name", "change", "properties", "cause", "explanation",
            "accepted", "alembic_check")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """One object that two catalogs do not agree on.

    ``change`` is ``"added"`` (only the right has it), ``"removed"`` (only the left), ``"renamed"``
    (``name`` is the right's name, ``renamed_from`` the left's) or ``"changed"``. ``properties``
    maps each property that differs to its left and right value; one that is not set is left out of
    an added or removed object. ``cause`` is None until somebody finds one.

    ``evidence`` says in words why a renamed object is believed to be the same one, ``confidence``
    how sure that is (0 to 1; None for what is not renamed). ``is_cosmetic`` marks what changes no
    statement's meaning. ``explanation`` is who or what made the difference, ``accepted`` the reason
    for which the project agreed to it, ``alembic_check`` whether ``alembic check`` reports it too;
    each is None when not known.
    """

    kind: str
    schema_name: str | None
    table: str | None
    name: str
    change: str
    properties: Mapping[str, Pair] = field(default_factory=dict)
    cause: str | None = None
    renamed_from: str | None = None
    evidence: tuple[str, ...] = ()
    confidence: float | None = None
    is_cosmetic: bool = False
    explanation: str | None = None
    accepted: str | None = None
    alembic_check: bool | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "properties", MappingProxyType(dict(self.properties)))

    def __hash__(self) -> int:
        return hash((self.identity, self.change, self.cause))

    @property
    def identity(self) -> Identity:
        return Identity(self.kind, self.schema_name, self.table, self.name)

    @property
    def label(self) -> str:
        """Schema, table and name as a person writes them."""
        return self.identity.label

    def with_cause(self, cause: str | None) -> Difference:
        """The same difference with this cause."""
        return replace(self, cause=cause)

    def describe(self) -> str:
        """One line for a person: ``column users.role: type VARCHAR(4) → VARCHAR(5)``."""
        return f"{self.kind} {self.label}: {self._what_changed()}"

    def _what_changed(self) -> str:
        if self.change == "changed":
            return "; ".join(_transition(name, pair) for name, pair in self.properties.items())
        if self.change == "renamed":
            return f"renamed from {self.renamed_from}"
        side = 1 if self.change == "added" else 0
        values = {name: pair[side] for name, pair in self.properties.items()}
        summary = _summary(self.kind, values)
        return f"{self.change} ({summary})" if summary else self.change

    def to_dict(self) -> dict[str, Any]:
        """A JSON-able form.

        ``renamed_from``, ``evidence`` and ``confidence`` are there only for a renamed object,
        ``is_cosmetic`` only when true, what is not known not at all.
        """
        found: dict[str, Any] = {
            "kind": self.kind,
            "schema_name": self.schema_name,
            "table": self.table,
            "name": self.name,
            "change": self.change,
            "properties": {name: list(pair) for name, pair in self.properties.items()},
            "cause": self.cause,
        }
        if self.renamed_from is not None:
            found["renamed_from"] = self.renamed_from
            found["evidence"] = list(self.evidence)
            found["confidence"] = self.confidence
        if self.is_cosmetic:
            found["is_cosmetic"] = True
        for name in ("explanation", "accepted", "alembic_check"):
            if (value := getattr(self, name)) is not None:
                found[name] = value
        return found


class Differences(Displayed, Sequence[Difference]):
    """Differences between two catalogs, in a catalog's order. Immutable; false when none."""

    __slots__ = ("_items",)

    def __init__(self, items: Iterable[Difference] = ()) -> None:
        self._items = tuple(items)

    @overload
    def __getitem__(self, index: int) -> Difference: ...
    @overload
    def __getitem__(self, index: slice) -> Differences: ...
    def __getitem__(self, index: int | slice) -> Difference | Differences:
        found = self._items[index]
        return Differences(found) if isinstance(found, tuple) else found

    def __len__(self) -> int:
        return len(self._items)

    def __eq__(self, other: object) -> bool:
        return self._items == other._items if isinstance(other, Differences) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._items)

    def __repr__(self) -> str:
        if not self._items:
            return "<Differences: none>"
        return "\n".join([f"<Differences: {len(self)}>", *(f"  {i.describe()}" for i in self)])

    def where(self, keep: Callable[[Difference], bool]) -> Differences:
        """Those for which ``keep`` is true."""
        return Differences(filter(keep, self._items))

    def frame(self) -> pd.DataFrame:
        """One row a difference: what differs and how, its cause, and what is known of that."""
        import pandas as pd

        rows = [[item.to_dict().get(column) for column in _COLUMNS] for item in self]
        return pd.DataFrame(rows, columns=list(_COLUMNS))

    def to_list(self) -> list[dict[str, Any]]:
        """Every difference as ``Difference.to_dict`` gives it."""
        return [item.to_dict() for item in self]


def compare(left: Catalog, right: Catalog) -> Differences:
    """What differs between two catalogs; ``left`` is what is expected.

    Raises WorkbenchError when they are of different dialects, as their types have no common words.
    """
    if left.dialect != right.dialect:
        raise WorkbenchError(
            f"A {left.dialect} catalog cannot be compared with a {right.dialect} one: "
            "give two databases of one kind."
        )
    lefts, rights = _by_key(left), _by_key(right)
    removed = [item for key, item in lefts.items() if key not in rights]
    added = [item for key, item in rights.items() if key not in lefts]
    found = [
        *_renamed(removed, added),
        *_one_sided(removed, left, "removed"),
        *_one_sided(added, right, "added"),
        *_changed((item, rights[key]) for key, item in lefts.items() if key in rights),
    ]
    found.sort(key=lambda pair: (order(pair[0]), pair[1].change))
    return Differences(difference for _, difference in found)


#: A difference, with the object whose place in a catalog it takes.
_Found = tuple[SchemaObject, Difference]


def _by_key(catalog: Catalog) -> dict[Identity, SchemaObject]:
    """The objects by what they are matched by: a sequence stays itself when its owner changes."""
    return {
        identity._replace(table=None) if identity.kind == "sequence" else identity: item
        for identity, item in catalog.items()
    }


def _definition(item: SchemaObject) -> dict[str, Property]:
    return {name: value for name, value in item.properties.items() if name not in _IGNORED}


def _changed(pairs: Iterable[tuple[SchemaObject, SchemaObject]]) -> Iterator[_Found]:
    for left, right in pairs:
        if left.properties == right.properties:
            continue
        names = {**left.properties, **right.properties}.keys() - _IGNORED
        # In the reader's order, which is that of importance.
        named = [name for name in {**left.properties, **right.properties} if name in names]
        values = {name: (left.properties.get(name), right.properties.get(name)) for name in named}
        unlike = {name: pair for name, pair in values.items() if pair[0] != pair[1]}
        if unlike:
            yield right, Difference(*right.identity, "changed", unlike)


def _renamed(removed: list[SchemaObject], added: list[SchemaObject]) -> Iterator[_Found]:
    """Pairs of one definition in one table under two names; takes them out of both lists."""
    candidates: dict[object, list[SchemaObject]] = defaultdict(list)
    for item in added:
        candidates[_all_but_name(item)].append(item)
    for left in [item for item in removed if item.kind in _RENAMED_KINDS]:
        alike = candidates[_all_but_name(left)]
        if not alike:
            continue
        right = alike.pop(0)
        removed.remove(left)
        added.remove(right)
        names: dict[str, Pair] = {"name": (left.name, right.name)}
        renamed = Difference(*right.identity, "renamed", names, renamed_from=left.name)
        yield right, renamed


def _all_but_name(item: SchemaObject) -> object:
    values = {name: value for name, value in _definition(item).items() if value is not None}
    return item.kind, item.schema_name, item.table, frozenset(values.items())


def _one_sided(items: list[SchemaObject], catalog: Catalog, change: str) -> Iterator[_Found]:
    """What only one side has, without what comes and goes with a table or column of its own."""
    owners = {(item.schema_name, item.name) for item in items if item.kind in _OWNERS}
    columns = {
        (item.schema_name, item.table, f"{item.table}.{item.name}")
        for item in items
        if item.kind == "column"
    }
    members = _members(catalog)
    for item in items:
        if item.table is not None and (item.schema_name, item.table) in owners:
            continue
        if (item.schema_name, item.table, item.properties.get("owned_by")) in columns:
            continue
        values = _definition(item)
        if item.kind == "table":
            values = {"columns": tuple(members.get((item.schema_name, item.name), ())), **values}
        yield item, Difference(*item.identity, change, _sided(values, change))


def _members(catalog: Catalog) -> Mapping[tuple[str | None, str | None], list[str]]:
    """The names of each table's columns, in their order."""
    members: dict[tuple[str | None, str | None], list[str]] = {}
    for column in catalog.of_kind("column"):
        members.setdefault((column.schema_name, column.table), []).append(column.name)
    return members


def _sided(values: Mapping[str, Property], change: str) -> dict[str, Pair]:
    """Each value that is set, on the side that has it."""
    there = {name: value for name, value in values.items() if value is not None}
    if change == "added":
        return {name: (None, value) for name, value in there.items()}
    return {name: (value, None) for name, value in there.items()}


# -- words ----------------------------------------------------------------------------------------


def _transition(name: str, pair: Pair) -> str:
    left, right = pair
    if name == "nullable":
        return "NOT NULL dropped" if right else "NOT NULL set"
    return f"{name.replace('_', ' ')} {_words(left)} → {_words(right)}"


def _words(value: Property) -> str:
    """A property as a person reads it."""
    if isinstance(value, tuple):
        return "(" + ", ".join("–" if part is None else str(part) for part in value) + ")"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None or value == "" else str(value)


def _summary(kind: str, values: Mapping[str, Any]) -> str:
    """The main facts of an object that one side lacks; empty when its name says all."""
    if kind == "column":
        return _column_summary(values)
    if kind == "table":
        return f"columns {', '.join(values.get('columns', ()))}"
    if kind == "foreign key":
        there = ", ".join(values["target_columns"])
        return f"{', '.join(values['columns'])} → {values['target']} ({there})"
    parts = [", ".join(map(str, values.get("columns") or values.get("labels") or ()))]
    parts += ["unique"] if kind == "index" and values.get("unique") else []
    parts += [f"where {values['predicate']}"] if values.get("predicate") else []
    parts += [values.get("expression") or ""]
    return ", ".join(filter(None, parts))


def _column_summary(values: Mapping[str, Any]) -> str:
    parts = [values.get("type") or "no type", "" if values.get("nullable") else "NOT NULL"]
    parts += [f"default {values['default']}"] if "default" in values else []
    parts += [f"generated {values['generated']}"] if "generated" in values else []
    parts += [f"identity {values['identity']}"] if "identity" in values else []
    return ", ".join(filter(None, parts))
