"""Whether live has an object just as some other catalog has it, object by object.

A look-up is cheap, so that every revision of a long history can be asked about a difference
without comparing all of its catalog.
"""

from __future__ import annotations

from collections.abc import Iterable

from schema.catalog import Catalog, Identity, Property, SchemaObject
from schema.compare import Difference, compare

__all__ = ["Likeness"]

#: Kinds that other objects belong to, and are judged together with.
_OWNERS = frozenset({"table", "view", "materialized view"})


class Likeness:
    """What live has just as other catalogs have it, for a few differences."""

    def __init__(self, live: Catalog, differences: Iterable[Difference]) -> None:
        self._live = live
        self._tables = {
            (item.schema_name, name)
            for item in differences
            if item.kind in _OWNERS
            for name in (item.name, item.renamed_from)
            if name
        }
        self._members: dict[int, tuple[Catalog, dict[tuple[str | None, str], Catalog]]] = {}

    def agrees(self, other: Catalog, change: Difference) -> bool:
        """Whether live and the other catalog have this object alike, in what differs.

        A table counts with all that belongs to it. What belongs to a table is only alike where
        both have the table, or neither.
        """
        identity = change.identity
        if change.kind == "enum value":
            return _labelled_alike(self._live, other, change)
        if not self._both_have_owner(other, identity):
            return False
        if change.renamed_from is not None:
            old = identity._replace(name=change.renamed_from)
            if (old in self._live) != (old in other):
                return False
        mine, theirs = self._live.get(identity), other.get(identity)
        if mine is None or theirs is None:
            return mine is theirs
        if change.change == "changed":
            return all(_alike(mine, theirs, name) for name in change.properties)
        return not compare(self._around(self._live, mine), self._around(other, theirs))

    def _both_have_owner(self, other: Catalog, identity: Identity) -> bool:
        if identity.table is None:
            return True
        owners = [Identity(kind, identity.schema_name, None, identity.table) for kind in _OWNERS]
        return any(o in self._live for o in owners) == any(o in other for o in owners)

    def _around(self, catalog: Catalog, item: SchemaObject) -> Catalog:
        """The object alone, or a table with all that belongs to it."""
        if item.kind not in _OWNERS:
            return Catalog(catalog.dialect, catalog.server_version, [item])
        known = self._members.get(id(catalog))
        if known is None:
            known = (catalog, self._sorted_by_table(catalog))  # holds it: an id may be used again
            self._members[id(catalog)] = known
        return known[1][item.schema_name, item.name]

    def _sorted_by_table(self, catalog: Catalog) -> dict[tuple[str | None, str], Catalog]:
        found: dict[tuple[str | None, str], list[SchemaObject]] = {key: [] for key in self._tables}
        for identity, item in catalog.items():
            owner = identity.name if identity.kind in _OWNERS else identity.table
            if owner is not None and (identity.schema_name, owner) in found:
                found[identity.schema_name, owner].append(item)
        return {
            key: Catalog(catalog.dialect, catalog.server_version, items)
            for key, items in found.items()
        }


def _labelled_alike(left: Catalog, right: Catalog, change: Difference) -> bool:
    """Whether two enums have, or lack, both the old and the new label."""
    enum = Identity("enum", change.schema_name, None, change.table or "")
    if enum not in left or enum not in right:
        return False
    labels = [catalog[enum].properties.get("labels") for catalog in (left, right)]
    mine, theirs = [set(found) if isinstance(found, tuple) else set() for found in labels]
    return all((n in mine) == (n in theirs) for n in (change.name, change.renamed_from))


def _alike(left: SchemaObject, right: SchemaObject, name: str) -> bool:
    return _set(left.properties.get(name)) == _set(right.properties.get(name))


def _set(value: Property) -> Property:
    """None for every way of not being set: an older server lacks the property."""
    return None if value is False or value in ((), "") else value
