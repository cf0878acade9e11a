"""What a migration starts from, once all is called as wanted, and what it has to arrive at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from schema.catalog.objects import Catalog, Identity, SchemaObject
from schema.compare import Difference
from schema.ddl.postgresql_renames import Renames
from schema.ddl.postgresql_words import TABLE_LIKE

__all__ = ["goal"]

#: What privileges call these kinds.
_TYPE_WORDS = {"enum": "type", "composite type": "type", "range type": "type"}


_STEPS = ("changed", "renamed", "added", "removed")


def goal(
    current: Catalog, wanted: Catalog, differences: Iterable[Difference], renames: Renames
) -> Catalog:
    """``current`` with the objects of these differences as ``wanted`` has them."""
    objects = dict(current.items())
    # What changes comes first: a key that is moved to other columns does not go with its old ones.
    for difference in sorted(differences, key=lambda each: _STEPS.index(each.change)):
        identity = renames.wanted(difference.identity)
        if identity not in objects and difference.kind == "sequence":
            identity = _sequence(objects, identity)
        if difference.change == "removed":
            objects.update((each.identity, each) for each in _arriving(wanted, difference.identity))
        elif difference.change == "added":
            for each in _leaving(objects, identity):
                del objects[each]
        elif identity in objects:
            changed = _changed(objects.pop(identity), difference, renames)
            objects[changed.identity] = changed
    return Catalog(
        current.dialect, current.server_version, objects.values(), not_compared=current.not_compared
    )


def _sequence(objects: Iterable[Identity], wanted: Identity) -> Identity:
    """A sequence is known by its name, whichever table it belongs to."""
    place = (wanted.kind, wanted.schema_name, wanted.name)
    return next(
        (each for each in objects if (each.kind, each.schema_name, each.name) == place), wanted
    )


def _changed(item: SchemaObject, difference: Difference, renames: Renames) -> SchemaObject:
    """The object with the left side of whatever differs."""
    left = {name: pair[0] for name, pair in difference.properties.items() if name != "name"}
    if item.kind == "enum" and "labels" in left:
        left["labels"] = renames.labels(difference.identity, left["labels"])
    table = item.table
    if item.kind == "sequence" and "owned_by" in left:
        table = str(left["owned_by"]).partition(".")[0] if left["owned_by"] else None
    properties = {**item.properties, **left}
    return SchemaObject(item.kind, item.schema_name, table, item.name, properties)


def _arriving(wanted: Catalog, identity: Identity) -> Iterator[SchemaObject]:
    """The object, with all that comes with a table, a view or a column."""
    for item in wanted.values():
        if item.identity == identity or _belongs(item, identity):
            yield item


def _belongs(item: SchemaObject, owner: Identity) -> bool:
    if item.kind == "privilege" and item.table is None:
        name = (item.properties.get("on_kind"), item.schema_name, item.properties.get("on_name"))
        kind = _TYPE_WORDS.get(owner.kind, owner.kind)
        return name == (kind, owner.schema_name, owner.name)
    if item.schema_name != owner.schema_name or item.table is None:
        return False
    if owner.kind in TABLE_LIKE:
        return item.table == owner.name
    of_column = f"{owner.table}.{owner.name}"
    return owner.kind == "column" and (
        item.properties.get("owned_by") == of_column
        or (item.kind == "privilege" and item.properties.get("on_name") == of_column)
    )


def _leaving(objects: dict[Identity, SchemaObject], identity: Identity) -> list[Identity]:
    """The object, and what goes with it by itself."""
    found = [each for each, item in objects.items() if each == identity or _belongs(item, identity)]
    if identity.kind == "column":
        found += [each for each, item in objects.items() if _is_built_on(item, identity)]
    return list(dict.fromkeys(found))


def _is_built_on(item: SchemaObject, column: Identity) -> bool:
    """Whether a key, check or index of the column's table uses it by name."""
    if (item.schema_name, item.table) != (column.schema_name, column.table):
        return False
    columns = item.properties.get("columns")
    return isinstance(columns, tuple) and column.name in columns
