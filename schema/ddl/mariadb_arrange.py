"""The order in which what a MariaDB database holds can be made: what one needs comes before it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from schema.catalog.objects import Catalog, SchemaObject
from schema.ddl.mariadb_code import CODE, moment
from schema.ddl.mariadb_tables import Table
from schema.ddl.mariadb_text import named_in
from schema.ddl.ordering import ordered

__all__ = ["by_targets", "code"]


def by_targets(tables: Mapping[str, Table]) -> tuple[list[str], list[str]]:
    """Tables, each after those that its foreign keys lead to; and those of a ring that do not."""
    needs = {
        name: {str(item.properties["target"]) for item in table.foreign_keys.values()}
        for name, table in tables.items()
    }
    return ordered(needs, lambda name: name)


def code(catalog: Catalog) -> Iterator[SchemaObject]:
    """Views, triggers, routines and events, in an order in which they can be made."""
    for kind in CODE:
        items = [
            item for item in catalog.of_kind(kind) if item.properties.get("definition") is not None
        ]
        if kind == "view":
            items = _by_mentions(items)
        if kind == "trigger":
            items.sort(key=_place)
        yield from items


def _place(item: SchemaObject) -> tuple[str, str, int]:
    order = item.properties.get("order")
    return str(item.table), moment(item), order if isinstance(order, int) else 0


def _by_mentions(views: Sequence[SchemaObject]) -> list[SchemaObject]:
    """Views, each after those that it names."""
    known = {item.name: item for item in views}
    needs = {item.name: named_in(str(item.properties["definition"])) for item in views}
    return [known[name] for name in ordered(needs, lambda name: name)[0]]
