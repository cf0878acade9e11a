"""The catalog that some differences lead to: what a migration of them must arrive at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from schema.catalog.objects import Catalog, Identity, SchemaObject
from schema.compare import Difference

__all__ = ["goal"]

_OWNERS = frozenset({"table", "view", "materialized view"})


def goal(found: Catalog, wanted: Catalog, differences: Iterable[Difference]) -> Catalog:
    """``found``, with the objects of these differences as ``wanted`` has them.

    The differences are those of ``compare(wanted, found)``, all or some: their left is ``wanted``.
    A renamed table takes along what belongs to it; nothing else that mentions a renamed object is
    touched. What ``found`` lacks cannot be changed, and stays out.
    """
    objects = dict(found.items())
    for difference in differences:
        arriving = list(_come(wanted, objects, difference))
        for identity in _gone(objects, difference):
            del objects[identity]
        objects.update((item.identity, item) for item in arriving)
    return Catalog(
        found.dialect, found.server_version, objects.values(), not_compared=found.not_compared
    )


def members(catalog: Iterable[Identity], owner: Identity) -> list[Identity]:
    """The identities of what belongs to a table or view, and its own."""
    schema_name, name = owner.schema_name, owner.name
    return [
        each
        for each in catalog
        if each == owner or (each.schema_name == schema_name and each.table == name)
    ]


def _gone(objects: Mapping[Identity, SchemaObject], difference: Difference) -> list[Identity]:
    """What ``found`` has in another form, or should not have."""
    identity = difference.identity
    if difference.change == "removed":
        return []
    if difference.kind in _OWNERS and difference.change != "changed":
        return members(objects, identity)
    if difference.kind == "column" and difference.change == "added":
        return [each for each, item in objects.items() if _needs(item, identity)]
    if identity not in objects:
        return []
    is_key = difference.kind == "foreign key" and difference.change == "added"
    made = [item.identity for item in _made_for(objects, identity)] if is_key else []
    return [identity, *made]


def _needs(item: SchemaObject, column: Identity) -> bool:
    """Whether it is this column, or cannot be without it."""
    if item.identity == column:
        return True
    if item.schema_name != column.schema_name or item.table != column.table:
        return False
    columns = item.properties.get("columns")
    is_user = isinstance(columns, tuple) and column.name in columns
    return is_user or item.properties.get("owned_by") == f"{column.table}.{column.name}"


def _come(
    wanted: Catalog, objects: Mapping[Identity, SchemaObject], difference: Difference
) -> Iterator[SchemaObject]:
    """What ``wanted`` has instead."""
    if difference.change == "added":
        return
    if difference.change == "changed":
        if difference.identity in objects:
            yield _changed(objects[difference.identity], wanted, difference)
        return
    identity = difference.identity
    if difference.change == "renamed" and difference.renamed_from:
        identity = identity._replace(name=difference.renamed_from)
    if difference.kind in _OWNERS:
        yield from (wanted[each] for each in members(wanted, identity))
    elif identity in wanted:
        yield wanted[identity]
        yield from _sequences(wanted, identity)
        yield from _made_for(wanted, identity)


def _changed(item: SchemaObject, wanted: Catalog, difference: Difference) -> SchemaObject:
    """The object with the left side of every property that differs, and nothing else changed."""
    left = {name: pair[0] for name, pair in difference.properties.items()}
    if difference.identity not in wanted and item.kind == "sequence":
        owner = str(left["owned_by"] or "").partition(".")[0] if "owned_by" in left else item.table
        return SchemaObject(
            item.kind, item.schema_name, owner or None, item.name, {**item.properties, **left}
        )
    return SchemaObject(*item.identity, {**item.properties, **left})


def _made_for(
    objects: Mapping[Identity, SchemaObject], identity: Identity
) -> Iterator[SchemaObject]:
    """The index that MariaDB makes for a foreign key by itself; compare folds it into that."""
    if identity.kind != "foreign key" or identity not in objects:
        return
    columns = objects[identity].properties.get("columns")
    for item in objects.values():
        is_made = item.kind == "index" and bool(item.properties.get("server_named"))
        if is_made and (item.table, item.properties.get("columns")) == (identity.table, columns):
            yield item


def _sequences(wanted: Catalog, column: Identity) -> Iterator[SchemaObject]:
    """The sequences that come with a column (serial); compare folds them into it."""
    if column.kind != "column":
        return
    for item in wanted.of_kind("sequence"):
        if item.schema_name == column.schema_name and (
            item.properties.get("owned_by") == f"{column.table}.{column.name}"
        ):
            yield item
