"""The order of MariaDB's tables and views: what one needs comes before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from schema.catalog.objects import SchemaObject
from schema.ddl.mariadb_tables import Table
from schema.ddl.mariadb_text import named_in
from schema.ddl.ordering import ordered

__all__ = ["by_mentions", "by_targets"]


def by_targets(tables: Mapping[str, Table]) -> tuple[list[str], list[str]]:
    """Tables, each after those that its foreign keys lead to; and those of a ring that do not."""
    needs = {
        name: {str(item.properties["target"]) for item in table.foreign_keys.values()}
        for name, table in tables.items()
    }
    return ordered(needs, lambda name: name)


def by_mentions(views: Sequence[SchemaObject]) -> list[SchemaObject]:
    """Views, each after those that it names."""
    known = {item.name: item for item in views}
    needs = {item.name: named_in(str(item.properties["definition"])) for item in views}
    return [known[name] for name in ordered(needs, lambda name: name)[0]]
