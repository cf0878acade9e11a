"""Finds renamed tables: by their columns, what hangs on them, and what refers to them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from schema.catalog.objects import Catalog, Property, SchemaObject
from schema.compare.evidence import Grounds, Reason, assign, joined, likeness, weigh
from schema.compare.matching import FOLLOWING, Matching, of_table
from schema.compare.names import is_unset

__all__ = ["find"]

#: Tables with less than this share of their columns alike are not compared any further.
_LEAST_SHARE = 0.5

#: Of more pairs with the same columns than this, none is looked at.
_MOST_PAIRS = 900

#: A shape: a column's name and type.
_Shape = tuple[str, Property]


@dataclass(frozen=True)
class _Table:
    """A table that one side lacks, with all that belongs to it."""

    item: SchemaObject
    columns: Mapping[str, SchemaObject]
    parts: Sequence[SchemaObject]
    #: The table and columns of each foreign key of other tables that points to it.
    referred: frozenset[tuple[Property, ...]]

    @property
    def shapes(self) -> set[_Shape]:
        return {(name, item.properties.get("type")) for name, item in self.columns.items()}


def find(found: Matching) -> None:
    """Rename tables of one schema."""
    gone = _tables(found.removed.values(), found.left)
    come = _tables(found.added.values(), found.right)
    if not (gone and come):
        return
    rarity = _rarity(found.left)
    only = len(gone) == len(come) == 1
    candidates = [
        (_grounds(found, old, new, rarity, only=only), old.item, new.item)
        for old, new in _worth_a_look(found, gone, come)
    ]
    for grounds, left, right in assign(candidates):
        found.rename(left, right, grounds)


def _tables(single: Iterable[SchemaObject], catalog: Catalog) -> list[_Table]:
    single = list(single)
    tables = [item for item in single if item.kind == "table"]
    if not tables:
        return []
    parts = of_table(single)
    referred = _referred(catalog)
    return [_table(item, parts[item.schema_name, item.name], referred) for item in tables]


def _table(
    item: SchemaObject,
    parts: Sequence[SchemaObject],
    referred: Mapping[Property, set[tuple[Property, ...]]],
) -> _Table:
    columns = {part.name: part for part in parts if part.kind == "column"}
    others = [part for part in parts if part.kind not in {"column", "sequence", "privilege"}]
    schema = None if item.schema_name in {None, "public"} else item.schema_name
    label = f"{schema}.{item.name}" if schema else item.name
    pointing = (each for each in referred.get(label, ()) if each[1] != item.name)
    return _Table(item, columns, others, frozenset(pointing))


def _referred(catalog: Catalog) -> dict[Property, set[tuple[Property, ...]]]:
    found: dict[Property, set[tuple[Property, ...]]] = defaultdict(set)
    for key in catalog.of_kind("foreign key"):
        place = (key.schema_name, key.table, key.properties.get("columns"))
        found[key.properties.get("target")].add(place)
    return found


def _rarity(catalog: Catalog) -> Counter[_Shape]:
    """How many tables have a column of this name and type: an ``id`` tells little."""
    return Counter((item.name, item.properties.get("type")) for item in catalog.of_kind("column"))


def _worth_a_look(
    found: Matching, gone: Sequence[_Table], come: Sequence[_Table]
) -> Iterator[tuple[_Table, _Table]]:
    """Pairs in one schema with enough columns of one name, without trying each with each.

    Where a great many tables have the same columns, nothing tells which is which.
    """
    having: dict[str, list[_Kind]] = defaultdict(list)
    theirs = _by_columns(come, lambda table: table.item.schema_name)
    for each in theirs:
        for name in each[1]:
            having[name].append(each)
    # A partition has no columns of its own, as its parent has them.
    having[""] = [each for each in theirs if not each[1]]
    ours = _by_columns(gone, lambda table: found.names.now(table.item.identity).schema_name)
    for one, tables in ours.items():
        common = Counter(
            each for name in one[1] or {""} for each in having[name] if each[0] == one[0]
        )
        for each, count in common.items():
            is_alike = count >= _LEAST_SHARE * max(len(one[1]), len(each[1]))
            if is_alike and len(tables) * len(theirs[each]) <= _MOST_PAIRS:
                yield from product(tables, theirs[each])


#: A schema, and the names of columns.
_Kind = tuple[str | None, frozenset[str]]


def _by_columns(
    tables: Iterable[_Table], schema_of: Callable[[_Table], str | None]
) -> dict[_Kind, list[_Table]]:
    found: dict[_Kind, list[_Table]] = defaultdict(list)
    for table in tables:
        found[schema_of(table), frozenset(table.columns)].append(table)
    return found


def _grounds(
    found: Matching, old: _Table, new: _Table, rarity: Counter[_Shape], *, only: bool
) -> Grounds:
    if (known := found.known(old.item, new.item)) is not None:
        return known
    reasons = [
        _columns(found, old, new, rarity),
        _parts(old, new),
        _same_options(found, old.item, new.item),
        ("similar name", 0.4 * likeness(old.item.name, new.item.name)),
        ("the only table gone and come", 0.2 if only else 0),
    ]
    pointing = bool(old.referred) and old.referred == new.referred
    reasons.insert(1, ("same foreign keys point to it", 0.6 if pointing else 0))
    bounds = [each.item.properties.get("partition_bound") for each in (old, new)]
    against = [
        0.6 if old.referred and not new.referred else 1,
        1 if bounds[0] == bounds[1] else 0.2,
    ]
    return weigh(reasons, against)


def _columns(found: Matching, old: _Table, new: _Table, rarity: Counter[_Shape]) -> Reason:
    common = old.columns.keys() & new.columns.keys()
    alike = [
        name for name in common if found.same(old.columns[name], new.columns[name], *FOLLOWING)
    ]
    most = max(len(old.columns), len(new.columns))
    if not most:
        return None, 0.0  # a partition's columns are its parent's
    # One that is there but changed is half as good.
    share = (len(alike) + (len(common) - len(alike)) / 2) / most
    telling = sum(1 / (rarity[name, old.columns[name].properties.get("type")] or 1)
                  for name in alike)  # fmt: skip
    words = f"{len(alike)} of {most} columns alike"
    return words, share**2 * (1 - 0.5**telling)


def _parts(old: _Table, new: _Table) -> Reason:
    """Keys, checks, indexes and triggers that say the same, whatever they are called."""
    rest = Counter(_definition(part) for part in new.parts)
    ours = Counter(_definition(part) for part in old.parts)
    alike = (rest & ours).total()
    most = max(len(old.parts), len(new.parts))
    words = f"{alike} of {most} keys, checks and indexes alike"
    return words, 0.6 * alike / most if most else 0.0


def _definition(part: SchemaObject) -> object:
    said = frozenset(
        (name, value)
        for name, value in part.properties.items()
        if not is_unset(value) and name != "server_named"
    )
    return part.kind, said


def _same_options(found: Matching, old: SchemaObject, new: SchemaObject) -> Reason:
    """A comment of its own, or options, that both have."""
    unlike = found.unlike(old, new)
    same = [
        name
        for name in ("comment", "options", "inherits", "partition_bound")
        if name not in unlike and old.properties.get(name)
    ]
    words = joined([name.replace("_", " ") for name in same])
    return f"same {words}", 1 - 0.4 ** len(same)
