"""The comparison of two catalogs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from schema.catalog.objects import Catalog, Identity, Property, SchemaObject, order
from schema.compare import labels
from schema.compare.cosmetic import column_order, spellings, tell_apart
from schema.compare.difference import Difference, Differences, Pair
from schema.compare.evidence import Grounds
from schema.compare.matching import Knowledge, Matching
from schema.compare.renames import find_renames
from schema.errors import WorkbenchError

__all__ = ["compare"]

#: A difference, with the object whose place in a catalog it takes.
_Found = tuple[SchemaObject, Difference]

#: Kinds that other objects belong to.
_OWNERS = frozenset({"table", "view", "materialized view"})

#: Properties that tell of no object what it is.
_UNTOLD = frozenset({"position", "server_named"})

_NOTHING: Mapping[Identity, object] = {}
_NO_DATA: Mapping[Identity, Mapping[str, float]] = {}


def compare(
    left: Catalog,
    right: Catalog,
    *,
    cosmetic: bool = False,
    identities: tuple[Mapping[Identity, object], Mapping[Identity, object]] = (_NOTHING, _NOTHING),
    statistics: tuple[
        Mapping[Identity, Mapping[str, float]], Mapping[Identity, Mapping[str, float]]
    ] = (_NO_DATA, _NO_DATA),
    renamed: Sequence[tuple[Identity, Identity, Grounds]] = (),
) -> Differences:
    """What differs between two catalogs; ``left`` is what is expected.

    With ``cosmetic``, also what changes no statement's meaning, marked ``is_cosmetic``. Two things
    help to find what was renamed, each for the left and the right: ``identities``, what the
    database itself knows an object by, such as its oid, where both catalogs are of one database;
    and ``statistics`` of columns' data (``n_distinct``, ``null_frac``, ``avg_width``). ``renamed``
    are tables and columns of which it is known, though others may have had, or have, these names.

    Raises WorkbenchError when they are of different dialects, as their types have no common words.
    """
    if left.dialect != right.dialect:
        raise WorkbenchError(
            f"A {left.dialect} catalog cannot be compared with a {right.dialect} one: "
            "give two databases of one kind."
        )
    if left is right and not renamed:
        return Differences()
    matched = Matching(left, right, Knowledge(identities, statistics, renamed))
    find_renames(matched)
    found = list(tell_apart(matched, list(_all(matched))))
    if cosmetic:
        found += [*spellings(matched), *column_order(matched)]
    found.sort(key=lambda pair: (order(pair[0]), pair[1].change))
    return Differences(each for _, each in found if cosmetic or not each.is_cosmetic)


def _all(matched: Matching) -> Iterator[_Found]:
    yield from _renamed(matched)
    yield from _one_sided(matched.removed.values(), matched.left, "removed")
    yield from _one_sided(matched.added.values(), matched.right, "added")
    yield from _changed(matched)


def _renamed(matched: Matching) -> Iterator[_Found]:
    for left, right, grounds in matched.renamed:
        names: dict[str, Pair] = {"name": (left.name, right.name)}
        unlike = {} if left.kind == "enum" else _unlike(matched, left, right)
        yield (
            right,
            Difference(
                *right.identity,
                "renamed",
                {**names, **unlike},
                renamed_from=left.name,
                evidence=grounds.evidence,
                confidence=grounds.confidence,
            ),
        )
        if left.kind == "enum":
            yield from labels.changes(right, _unlike(matched, left, right))


def _changed(matched: Matching) -> Iterator[_Found]:
    for left, right in matched.pairs:
        unlike = _unlike(matched, left, right)
        if left.kind == "enum":
            yield from labels.changes(right, unlike)
        elif unlike:
            yield right, Difference(*right.identity, "changed", unlike)


def _unlike(matched: Matching, left: SchemaObject, right: SchemaObject) -> dict[str, Pair]:
    return {
        name: (left.properties.get(name), right.properties.get(name))
        for name in matched.unlike(left, right)
    }


def _one_sided(objects: Iterable[SchemaObject], catalog: Catalog, change: str) -> Iterator[_Found]:
    """What only one side has, without what comes and goes with a table or column of its own."""
    items = list(objects)
    owners = {(item.schema_name, item.name) for item in items if item.kind in _OWNERS}
    columns = {
        (item.schema_name, item.table, f"{item.table}.{item.name}")
        for item in items
        if item.kind == "column"
    }
    keys = {_place(item) for item in items if item.kind == "foreign key"}
    members = _members(catalog) if owners else {}
    for item in items:
        if item.table is not None and (item.schema_name, item.table) in owners:
            continue
        if (item.schema_name, item.table, item.properties.get("owned_by")) in columns:
            continue
        if item.kind == "index" and item.properties.get("server_named") and _place(item) in keys:
            continue  # MariaDB makes one for a foreign key
        values = {name: value for name, value in item.properties.items() if name not in _UNTOLD}
        if item.kind == "table":
            values = {"columns": tuple(members.get((item.schema_name, item.name), ())), **values}
        yield item, Difference(*item.identity, change, _sided(values, change))


def _place(item: SchemaObject) -> tuple[object, ...]:
    return item.schema_name, item.table, item.properties.get("columns")


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
