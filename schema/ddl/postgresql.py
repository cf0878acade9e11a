"""PostgreSQL's catalogs as SQL.

The statements are meant for a session whose ``search_path`` is ``public``, as the server leaves out
that schema's name before types, and whose ``check_function_bodies`` is off, so that a function may
come before the tables in its body.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from schema.catalog.objects import Catalog, Identity, SchemaObject
from schema.ddl.ordering import ordered
from schema.ddl.postgresql_cycles import first_form, second_form
from schema.ddl.postgresql_pieces import late, made, rank
from schema.ddl.postgresql_text import parts
from schema.ddl.postgresql_uses import Uses

__all__ = ["create", "pieces"]


def create(catalog: Catalog) -> list[str]:
    """The statements that make an empty database equal to the catalog."""
    return [text for _, texts in pieces(catalog, catalog) for text in texts]


def pieces(catalog: Catalog, only: Iterable[Identity]) -> list[tuple[Identity, list[str]]]:
    """The statements that make some objects of the catalog, in the order to run them.

    A column is made with its table, and not by itself. What is said of an object when all is there
    has an identity of its own, whose kind begins with "~".
    """
    wanted = [catalog[identity] for identity in only if identity.kind != "column"]
    texts, needs = _statements(wanted, catalog)
    depths = _depths(catalog)
    order, forced = ordered(needs, lambda each: _rank(each, depths))
    found: list[tuple[Identity, list[str]]] = []
    afterwards: list[tuple[Identity, list[str]]] = []
    for identity in order:
        said = texts[identity]
        if identity in forced and identity in catalog:
            item = catalog[identity]
            afterwards.append((identity, second_form(item, said)))
            said = first_form(item, said)
        found.append((identity, said))
    return [(identity, said) for identity, said in (*found, *afterwards) if said]


def _statements(
    wanted: Iterable[SchemaObject], catalog: Catalog
) -> tuple[Mapping[Identity, list[str]], Mapping[Identity, set[Identity]]]:
    """Of each object its statements, and what has to be there before them."""
    columns = _columns(catalog)
    uses = Uses(catalog)
    texts: dict[Identity, list[str]] = {}
    needs: dict[Identity, set[Identity]] = {}
    for item in wanted:
        own = columns[item.schema_name, item.name] if item.kind == "table" else []
        texts[item.identity] = list(made(item, catalog, own))
        needs[item.identity] = _whole(uses.of(item).union(*(uses.of(each) for each in own)))
        for identity, said in late(item):
            texts[identity] = said
            needs[identity] = {item.identity, *needs[item.identity]}
            if item.table:
                needs[identity].add(Identity("table", item.schema_name, None, item.table))
    return texts, needs


def _whole(uses: Iterable[Identity]) -> set[Identity]:
    """A table for each of its columns."""
    return {
        Identity("table", each.schema_name, None, each.table)
        if each.kind == "column" and each.table
        else each
        for each in uses
    }


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
