"""The statements that make objects of a PostgreSQL catalog, and the order in which they can run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from schema.catalog.objects import Catalog, Identity, SchemaObject
from schema.ddl.ordering import ordered
from schema.ddl.postgresql_pieces import late, made, rank
from schema.ddl.postgresql_text import parts
from schema.ddl.postgresql_uses import Uses

__all__ = ["arranged", "needed", "statements"]

#: What has to be there before something else.
Needs = Mapping[Identity, set[Identity]]


def statements(
    wanted: Iterable[SchemaObject], catalog: Catalog, uses: Uses
) -> tuple[dict[Identity, list[str]], dict[Identity, set[Identity]]]:
    """Of each object its statements, and what has to be there before them.

    A column is made with its table, and not by itself. What is said of an object when all is there
    has an identity of its own, whose kind begins with "~".
    """
    columns = _columns(catalog)
    texts: dict[Identity, list[str]] = {}
    needs: dict[Identity, set[Identity]] = {}
    for item in wanted:
        own = columns[item.schema_name, item.name] if item.kind == "table" else []
        texts[item.identity] = list(made(item, catalog, own))
        needs[item.identity] = needed(item, uses).union(*(needed(each, uses) for each in own))
        for identity, said in late(item):
            texts[identity] = said
            needs[identity] = {item.identity, *needs[item.identity], *_owner(item)}
    return texts, needs


def needed(item: SchemaObject, uses: Uses) -> set[Identity]:
    """What the object uses; with a column also its table, with which it may be made."""
    found = uses.of(item)
    return found | {
        Identity("table", each.schema_name, None, each.table)
        for each in found
        if each.kind == "column" and each.table
    }


def _owner(item: SchemaObject) -> set[Identity]:
    """The table and column that a sequence belongs to."""
    if not item.table:
        return set()
    column = str(item.properties.get("owned_by") or "").removeprefix(f"{item.table}.")
    return {
        Identity("table", item.schema_name, None, item.table),
        Identity("column", item.schema_name, item.table, column),
    }


def arranged(needs: Needs, catalog: Catalog) -> tuple[list[Identity], list[Identity]]:
    """All of it in order; and what had to come before something that it needs."""
    depths = _depths(catalog)
    return ordered(needs, lambda each: _rank(each, depths))


def _columns(catalog: Catalog) -> dict[tuple[str | None, str], list[SchemaObject]]:
    """The columns of each table, in their order."""
    found: dict[tuple[str | None, str], list[SchemaObject]] = defaultdict(list)
    for item in catalog.of_kind("column"):
        found[item.schema_name, str(item.table)].append(item)
    for columns in found.values():
        columns.sort(key=lambda item: int(str(item.properties.get("position") or 0)))
    return found


def _depths(catalog: Catalog) -> Mapping[tuple[str | None, str | None], int]:
    """How many tables stand above a table that inherits."""
    above = {
        (item.schema_name, item.name): [parts(each)[:2] for each in _parents(item)]
        for item in catalog.of_kind("table")
    }

    def depth(table: tuple[str | None, ...]) -> int:
        parents = above.get((table[0], str(table[1])), ())
        return 1 + max(map(depth, parents)) if parents else 0

    return {table: depth(table) for table, parents in above.items() if parents}


def _parents(item: SchemaObject) -> tuple[str, ...]:
    parents = item.properties.get("inherits")
    return parents if isinstance(parents, tuple) else ()


def _rank(
    identity: Identity, depths: Mapping[tuple[str | None, str | None], int]
) -> tuple[int, int, str, str, str]:
    """A check of a child comes before its parent's of the same name, which then merges with it."""
    place, *names = rank(identity)
    first = -depths.get((identity.schema_name, identity.table), 0)
    return place, first if identity.kind == "check" else 0, names[0], names[1], names[2]
