"""What differs between two catalogs and yet changes no statement's meaning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from schema.catalog.objects import Property, SchemaObject
from schema.compare.difference import Difference
from schema.compare.matching import Matching, Owner

__all__ = ["column_order", "tell_apart"]

#: A difference, with the object whose place in a catalog it takes.
_Found = tuple[SchemaObject, Difference]


def tell_apart(matched: Matching, found: Sequence[_Found]) -> Iterator[_Found]:
    """The differences, with those that are cosmetic marked so."""
    made_up = _made_up(matched)
    for item, each in found:
        if each.change == "renamed" and each.properties.keys() == {"name"}:
            yield item, replace(each, is_cosmetic=each.identity in made_up)
        else:
            yield item, each


def _made_up(matched: Matching) -> set[object]:
    """What is renamed only in that the server made up one of its two names, or folds their case."""
    return {
        right.identity
        for left, right, _ in matched.renamed
        if left.properties.get("server_named")
        or right.properties.get("server_named")
        or (matched.left.dialect == "sqlite" and left.name.lower() == right.name.lower())
    }


def column_order(matched: Matching) -> Iterator[_Found]:
    """One cosmetic difference for each table whose columns stand in another order."""
    moved = {
        (right.schema_name, right.table)
        for left, right in matched.pairs
        if right.kind == "column"
        and left.properties.get("position") != right.properties.get("position")
    }
    if not moved:
        return
    lefts, rights = _orders(matched, left=True), _orders(matched, left=False)
    for owner in moved:
        old, new = _common(lefts[owner], rights[owner])
        table = next((item for item in matched.right.of_kind("table")
                      if (item.schema_name, item.name) == owner), None)  # fmt: skip
        if old != new and table is not None:
            properties = {"column order": (old, new)}
            yield table, Difference(*table.identity, "changed", properties, is_cosmetic=True)


def _orders(matched: Matching, *, left: bool) -> dict[Owner, list[str]]:
    """The columns of each table in their order, as the right calls tables and columns."""
    catalog = matched.left if left else matched.right
    columns = sorted(catalog.of_kind("column"), key=lambda item: str(item.table))
    now = matched.names.now if left else lambda identity: identity
    found: dict[Owner, list[tuple[Property, str]]] = {}
    for item in columns:
        identity = now(item.identity)
        owner = identity.schema_name, identity.table
        found.setdefault(owner, []).append((item.properties.get("position"), identity.name))
    return {owner: [name for _, name in items] for owner, items in found.items()}


def _common(left: list[str], right: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    both = set(left) & set(right)
    return (
        tuple(name for name in left if name in both),
        tuple(name for name in right if name in both),
    )
