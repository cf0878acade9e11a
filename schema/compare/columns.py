"""Finds renamed columns: by what they are, where they stand, and what is built on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from schema.catalog.objects import Identity, SchemaObject
from schema.compare.evidence import Grounds, Reason, assign, joined, likeness, weigh
from schema.compare.matching import FOLLOWING, Matching, Owner, of_table

__all__ = ["find"]

#: How much one of these says when both columns have it, and have it alike.
_SAME = {"type": 0.3, "default": 0.4, "generated": 0.6, "identity": 0.4, "comment": 0.7}


class _Place(NamedTuple):
    """Where a column stands among those that both sides have."""

    after: str | None
    before: str | None
    #: Its number among those that stand in this one gap, and how many these are.
    number: int
    of: int


class _Table(NamedTuple):
    """The columns of one table, and what of it names columns, on one side."""

    columns: Sequence[SchemaObject]
    places: Mapping[str, _Place]
    parts: Sequence[SchemaObject]


def find(found: Matching) -> None:
    """Rename columns within tables that both sides have."""
    gone, come = (_columns(each.values()) for each in (found.removed, found.added))
    now = {_now(found, owner): items for owner, items in gone.items()}
    both = [owner for owner in now if owner in come]
    if not both:
        return
    lefts, rights = of_table(found.left.values()), of_table(found.right.values())
    lefts = {_now(found, owner): items for owner, items in lefts.items()}
    for owner in both:
        here = _table(lefts[owner], now[owner]), _table(rights[owner], come[owner])
        only = len(now[owner]) == len(come[owner]) == 1
        candidates = [
            (_grounds(found, old, new, *here, only=only), old, new)
            for old in now[owner]
            for new in come[owner]
        ]
        for grounds, old, new in assign(candidates):
            found.rename(old, new, grounds)


def _now(found: Matching, owner: Owner) -> Owner:
    """The table as the right calls it."""
    schema_name, table = owner
    identity = found.names.now(Identity("column", schema_name, table, ""))
    return identity.schema_name, identity.table


def _columns(objects: Iterable[SchemaObject]) -> dict[Owner, list[SchemaObject]]:
    return of_table(item for item in objects if item.kind == "column")


def _table(objects: Sequence[SchemaObject], single: Sequence[SchemaObject]) -> _Table:
    columns = [item for item in objects if item.kind == "column"]
    names = {item.name for item in single}
    parts = [item for item in objects if isinstance(item.properties.get("columns"), tuple)]
    return _Table(columns, _places([item.name for item in columns], names), parts)


def _places(names: Sequence[str], single: set[str]) -> dict[str, _Place]:
    """The place of each column that the other side lacks."""
    found: dict[str, _Place] = {}
    after: str | None = None
    gap: list[str] = []
    for name in [*names, None]:
        if name in single:
            gap.append(str(name))
            continue
        for number, each in enumerate(gap):
            found[each] = _Place(after, name, number, len(gap))
        after, gap = name, []
    return found


def _grounds(
    found: Matching,
    old: SchemaObject,
    new: SchemaObject,
    left: _Table,
    right: _Table,
    *,
    only: bool,
) -> Grounds:
    if (known := found.known(old, new)) is not None:
        return known
    unlike = found.unlike(old, new, *FOLLOWING)
    reasons = [_same_definition(old, unlike)]
    against = [_other_definition(old, new, unlike)]
    for reason, factor in (_place(old, new, left, right), _use(old, new, left, right)):
        reasons.append(reason)
        against.append(factor)
    reasons.append(("similar name", 0.5 * likeness(old.name, new.name)))
    reasons.append(("the only column gone and come", 0.3 if only else 0))
    alike = found.knowledge.data(old, new)
    if alike is not None:
        reasons.append(("same data statistics", 0.8 if alike else 0))
        against.append(1 if alike else 0.5)
    return weigh(reasons, against)


def _same_definition(old: SchemaObject, unlike: Sequence[str]) -> Reason:
    same = {
        name: weight
        for name, weight in _SAME.items()
        if name not in unlike and old.properties.get(name) is not None
    }
    doubt = 1.0 if "nullable" in unlike else 0.9
    for weight in same.values():
        doubt *= 1 - weight
    return (f"same {joined(list(same))}" if same else None, 1 - doubt)


def _other_definition(old: SchemaObject, new: SchemaObject, unlike: Sequence[str]) -> float:
    """A column may be changed as it is renamed, but to another type it hardly ever is."""
    factor = 0.85 ** len([name for name in unlike if name != "type"])
    if "type" in unlike:
        types = [str(item.properties.get("type")).partition("(")[0] for item in (old, new)]
        factor *= 0.85 if types[0] == types[1] else 0.5
    return factor


def _place(
    old: SchemaObject, new: SchemaObject, left: _Table, right: _Table
) -> tuple[Reason, float]:
    """Whether both stand between the same columns; where new ones are put anyway, it says less."""
    here, there = left.places[old.name], right.places[new.name]
    if here != there:
        return (None, 0.0), 0.6
    if here.before is not None:
        between = f"between {here.after} and {here.before}" if here.after else (
            f"before {here.before}")  # fmt: skip
        return (f"same place {between}", 0.6), 1.0
    if not _same_number(old, new, left, right):
        return (None, 0.0), 0.6
    return (f"same place after {here.after}" if here.after else None, 0.35), 1.0


def _same_number(old: SchemaObject, new: SchemaObject, left: _Table, right: _Table) -> bool:
    """False when a server that never reuses a column's number (PostgreSQL) gave the new one."""
    numbers = [{each.name: each.properties.get("position") for each in side.columns}
               for side in (left, right)]  # fmt: skip
    kept = numbers[0].keys() & numbers[1].keys()
    if any(numbers[0][name] != numbers[1][name] for name in kept):
        return True
    return numbers[0][old.name] == numbers[1][new.name]


def _use(old: SchemaObject, new: SchemaObject, left: _Table, right: _Table) -> tuple[Reason, float]:
    """Whether the same keys and indexes are built on both."""
    here, there = _uses(left, old.name), _uses(right, new.name)
    if here != there:
        return (None, 0.0), 0.8
    return ("in the same keys and indexes", 0.5 if here else 0.0), 1.0


def _uses(table: _Table, column: str) -> list[tuple[str, int, int]]:
    """Kind, place and size of each key and index with this column."""
    named = ((part.kind, part.properties["columns"]) for part in table.parts)
    return sorted(
        (kind, columns.index(column), len(columns))
        for kind, columns in named
        if isinstance(columns, tuple) and column in columns
    )
