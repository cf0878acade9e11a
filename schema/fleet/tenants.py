"""A tenant's schema as if it were the only one, and by a name that all tenants share."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from schema.catalog import Catalog, Property, SchemaObject
from schema.project import Project
from schema.scope import Scope

__all__ = ["HOME", "TenantScope", "by_schema", "of_tenant"]

#: What a tenant's schema is called on its way from the database: nobody's schema has that name, so
#: that what a tenant refers to in other schemas, ``public`` for one, stays told apart.
HOME = "‹tenant›"


def by_schema(catalog: Catalog, schemas: Iterable[str]) -> dict[str, Catalog]:
    """The objects of each of these schemas, sorted out in one go over the catalog of all."""
    parts: dict[str | None, list[SchemaObject]] = {name: [] for name in schemas}
    for item in catalog.values():
        if (part := parts.get(item.schema_name)) is not None:
            part.append(item)
    about, aside = (catalog.dialect, catalog.server_version), catalog.not_compared
    return {
        name: Catalog(*about, items, not_compared=aside)
        for name, items in parts.items()
        if name is not None
    }


def of_tenant(catalog: Catalog, schema_name: str, home: str) -> Catalog:
    """The objects of one schema, with ``home`` for its name wherever it is spoken of.

    Other schemas keep theirs: that one tenant refers to another is a difference. The schema itself
    is left out, as its owner and comment are no part of what migrations make in it.
    """
    respelled = _Respelling(schema_name, home)
    objects = (
        respelled.item(item)
        for item in catalog.values()
        if item.schema_name == schema_name and item.kind != "schema"
    )
    return Catalog(
        catalog.dialect, catalog.server_version, objects, not_compared=catalog.not_compared
    )


class TenantScope(Scope):
    """The filters of a project, and of each catalog a tenant's part only.

    ``home`` is the schema in which migrations make a tenant's tables, and what every tenant's is
    called where they are compared; None until ``settle`` finds it.
    """

    def __init__(self, project: Project, home: str | None = None) -> None:
        super().__init__(project)
        self.home = home
        self._usual = project.settings(with_url=False).default_schema or "public"
        self._narrowed: dict[int, tuple[Catalog, Catalog]] = {}

    def settle(self, made: Catalog | None) -> None:
        """Find the home in what migrations make: the schema that a connection begins in, where it
        holds tables, else the one that holds most."""
        if self.home is None:
            self.home = self._usual if made is None else _most(super().of(made), self._usual)

    def member(self, catalog: Catalog) -> Catalog:
        """A tenant's catalog, whose schema is called HOME, without what env.py leaves out."""
        return super().of(of_tenant(catalog, HOME, self.home or self._usual))

    def of(self, catalog: Catalog) -> Catalog:
        """What migrations or models make for a tenant, wherever they make it."""
        known = self._narrowed.get(id(catalog))
        if known is None:
            found, home = super().of(catalog), self.home or self._usual
            known = (catalog, of_tenant(found, _most(found, home), home))
            self._narrowed[id(catalog)] = known  # holds it: an id may be used again
        return known[1]


def _most(catalog: Catalog, home: str) -> str:
    """``home`` where it holds any table; else the schema that holds most."""
    tables = Counter(item.schema_name for item in catalog.of_kind("table") if item.schema_name)
    if home in tables or not tables:
        return home
    return tables.most_common(1)[0][0]


class _Respelling:
    """Puts ``home`` where a schema is named: alone, or in SQL before a dot, quoted or not."""

    def __init__(self, name: str, home: str) -> None:
        self._name, self._home = name, home
        quoted = '"' + name.replace('"', '""') + '"'
        self._before = re.compile(
            rf'(?<![\w"$.])(?:{re.escape(quoted)}|{re.escape(name)})(?=\.)', re.ASCII
        )

    def item(self, item: SchemaObject) -> SchemaObject:
        found = {key: self.value(value) for key, value in item.properties.items()}
        return replace(item, schema_name=self._home, name=self.text(item.name), properties=found)

    def value(self, value: Property) -> Property:
        if isinstance(value, tuple):
            return tuple(self.value(each) for each in value)
        if isinstance(value, str) and self._name in value:
            return self._home if value == self._name else self.text(value)
        return value

    def text(self, text: str) -> str:
        return self._before.sub(lambda _: self._home, text)
