"""What differs between two catalogs and yet changes no statement's meaning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from schema.catalog.objects import Catalog, Identity, Property, SchemaObject
from schema.compare.constants import same_constant
from schema.compare.difference import Difference, Pair
from schema.compare.matching import FOLLOWING, Matching, Owner
from schema.compare.names import is_unset

__all__ = ["column_order", "spellings", "tell_apart"]

#: A difference, with the object whose place in a catalog it takes.
_Found = tuple[SchemaObject, Difference]


def tell_apart(matched: Matching, found: Sequence[_Found]) -> Iterator[_Found]:
    """The differences, with those that are cosmetic marked so; one that is both is told twice."""
    made_up = _made_up(matched)
    counters = _counters(matched)
    for item, each in found:
        if each.change == "renamed" and each.properties.keys() == {"name"}:
            yield item, replace(each, is_cosmetic=each.identity in made_up)
        elif each.identity in counters and each.kind == "sequence":
            yield item, replace(each, is_cosmetic=True)
        else:
            yield from _parted(item, each, _cosmetic_properties(matched, item, each, counters))


def _parted(item: SchemaObject, each: Difference, names: set[str]) -> Iterator[_Found]:
    cosmetic = {name: pair for name, pair in each.properties.items() if name in names}
    if not cosmetic:
        yield item, each
        return
    real = {name: pair for name, pair in each.properties.items() if name not in names}
    if real:
        yield item, replace(each, properties=real)
    yield item, Difference(*each.identity, "changed", cosmetic, is_cosmetic=True)


def _made_up(matched: Matching) -> set[Identity]:
    """What is renamed only in that the server made up one of its names, or as SQLite folds case."""
    return {
        right.identity
        for left, right, _ in matched.renamed
        if left.properties.get("server_named")
        or right.properties.get("server_named")
        or (matched.left.dialect == "sqlite" and left.name.lower() == right.name.lower())
    }


def _cosmetic_properties(
    matched: Matching, item: SchemaObject, each: Difference, counters: set[Identity]
) -> set[str]:
    """Which of an object's properties are another spelling of the same."""
    if each.change in {"added", "removed"}:
        return set()
    if each.kind == "column" and each.identity in counters:
        return {"default", "identity", "identity_options", *FOLLOWING}
    # Not set where the server made the name up, or has none (NOT NULL before PostgreSQL 18).
    found = {
        name
        for name in FOLLOWING
        if name in each.properties and any(map(is_unset, each.properties[name]))
    }
    if each.kind == "table" and "compressed" not in each.properties.get("row_format", ()):
        found.add("row_format")  # MariaDB's default when the table was made
    if each.kind == "event" and None in each.properties.get("starts", ()):
        found.add("starts")  # given by nobody, MariaDB takes a moment of its own; a dump writes it
    default = each.properties.get("default")
    if each.kind != "column" or default is None or "type" in each.properties:
        return found
    kind = str(item.properties.get("type") or "")
    return found | ({"default"} if same_constant(matched.left.dialect, kind, default) else set())


# -- serial and identity -------------------------------------------------------------------------


def _counters(matched: Matching) -> set[Identity]:
    """Columns that are serial on one side and identity BY DEFAULT on the other, and the sequences.

    Both count from 1 on, in steps of 1, in a sequence that is the column's own, and both let a
    statement give a value of its own.
    """
    sequences = {
        (item.schema_name, item.properties["owned_by"]): item
        for items in (matched.removed, matched.added)
        for item in items.values()
        if item.kind == "sequence" and item.properties.get("owned_by")
    }
    if not sequences:
        return set()
    found: set[Identity] = set()
    for left, right in matched.pairs:
        serial, identity = (left, right) if _is_serial(left) else (right, left)
        sequence = sequences.get((serial.schema_name, f"{serial.table}.{serial.name}"))
        if sequence and _is_serial(serial) and _is_plain(sequence) and _is_counting(identity):
            found |= {right.identity, sequence.identity}
    return found


def _is_serial(item: SchemaObject) -> bool:
    return item.kind == "column" and str(item.properties.get("default")).startswith("nextval(")


def _is_counting(item: SchemaObject) -> bool:
    options = item.properties.get("identity_options")
    return (
        item.properties.get("identity") == "by default"
        and is_unset(options)
        and is_unset(item.properties.get("default"))
    )


_PLAIN = {"start": 1, "increment": 1, "minimum": 1, "cycle": False, "cache": 1}


def _is_plain(sequence: SchemaObject) -> bool:
    """Whether a sequence is as serial makes it, as far as its properties are told."""
    return all(sequence.properties.get(name, value) == value for name, value in _PLAIN.items())


# -- versions ------------------------------------------------------------------------------------


def spellings(matched: Matching) -> Iterator[_Found]:
    """What only the versions of the two servers write differently."""
    if matched.versions is None:
        return
    words = f"as PostgreSQL {matched.versions.left} and {matched.versions.right} write it"
    for left, right in matched.pairs:
        real = set(matched.unlike(left, right))
        names = [name for name in matched.unlike(left, right, strictly=True) if name not in real]
        if names:
            pairs: Mapping[str, Pair] = {
                name: (left.properties.get(name), right.properties.get(name)) for name in names
            }
            yield (
                right,
                Difference(*right.identity, "changed", pairs, evidence=(words,), is_cosmetic=True),
            )


# -- the order of columns ------------------------------------------------------------------------


def column_order(matched: Matching) -> Iterator[_Found]:
    """One cosmetic difference for each table whose columns stand in another order."""
    moved = {
        (right.schema_name, right.table)
        for left, right in [*matched.pairs, *((old, new) for old, new, _ in matched.renamed)]
        if right.kind == "column"
        and left.properties.get("position") != right.properties.get("position")
    }
    if not moved:
        return
    lefts, rights = _orders(matched, matched.left), _orders(matched, matched.right)
    tables: dict[Owner, SchemaObject] = {
        (item.schema_name, item.name): item for item in matched.right.of_kind("table")
    }
    for owner in moved & tables.keys():
        old, new = _common(lefts[owner], rights[owner])
        if old != new:
            properties: Mapping[str, Pair] = {"column order": (old, new)}
            table = tables[owner]
            yield table, Difference(*table.identity, "changed", properties, is_cosmetic=True)


def _orders(matched: Matching, catalog: Catalog) -> dict[Owner, list[str]]:
    """The columns of each table in their order, as the right calls tables and columns."""
    found: dict[Owner, list[tuple[int, str]]] = {}
    for item in catalog.of_kind("column"):
        left = catalog is matched.left
        identity = matched.names.now(item.identity) if left else item.identity
        place = _number(item.properties.get("position"))
        found.setdefault((identity.schema_name, identity.table), []).append((place, identity.name))
    return {owner: [name for _, name in sorted(items)] for owner, items in found.items()}


def _number(position: Property) -> int:
    return position if isinstance(position, int) else 0


def _common(left: list[str], right: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    both = set(left) & set(right)
    return (
        tuple(name for name in left if name in both),
        tuple(name for name in right if name in both),
    )
