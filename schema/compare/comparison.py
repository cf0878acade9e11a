"""The comparison of two catalogs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from schema.catalog.objects import Catalog, Identity, Property, SchemaObject, order
from schema.compare.difference import Difference, Differences, Pair
from schema.errors import WorkbenchError

__all__ = ["compare"]

_IGNORED = frozenset({"position", "server_named"})
_RENAMED_KINDS = frozenset({"primary key", "unique", "foreign key", "check", "exclusion", "index"})
_OWNERS = frozenset({"table", "view", "materialized view"})


def compare(left: Catalog, right: Catalog, *, cosmetic: bool = False) -> Differences:  # noqa: ARG001
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
