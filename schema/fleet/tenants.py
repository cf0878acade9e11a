"""A tenant's schema as if it were the only one, and by a name that all tenants share."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from schema.catalog import Catalog, Property, SchemaObject
from schema.project import Project
from schema.scope import Scope

__all__ = ["HOME", "TenantScope", "home_of", "of_tenant"]

#: What every tenant's schema is called where tenants are compared.
HOME = "public"


def of_tenant(catalog: Catalog, schema_name: str) -> Catalog:
    """The objects of one schema, with HOME for its name wherever it is spoken of.

    Other schemas keep theirs: that one tenant refers to another is a difference. The schema itself
    is left out, as its owner and comment are no part of what migrations make in it.
    """
    spelled = _spelling(schema_name)
    objects = (
        _renamed(item, schema_name, spelled)
        for item in catalog.values()
        if item.schema_name == schema_name and item.kind != "schema"
    )
    return Catalog(
        catalog.dialect, catalog.server_version, objects, not_compared=catalog.not_compared
    )


def home_of(catalog: Catalog) -> str:
    """The schema in which migrations, or models, make a tenant's tables.

    HOME where it holds any; else the one that holds most.
    """
    tables = Counter(item.schema_name for item in catalog.of_kind("table") if item.schema_name)
    if HOME in tables or not tables:
        return HOME
    return tables.most_common(1)[0][0]


class TenantScope(Scope):
    """The filters of a project, and of each catalog a tenant's part only.

    ``home`` is the schema in which migrations and models make a tenant's tables; None means the one
    that ``home_of`` finds. What the filters leave out is left out first.
    """

    def __init__(self, project: Project, home: str | None = None) -> None:
        super().__init__(project)
        self._home = home
        self._narrowed: dict[int, tuple[Catalog, Catalog]] = {}

    def of(self, catalog: Catalog) -> Catalog:
        known = self._narrowed.get(id(catalog))
        if known is None:
            found = super().of(catalog)
            named = self._home if _holds(found, self._home) else None
            known = (catalog, of_tenant(found, named or home_of(found)))
            self._narrowed[id(catalog)] = known  # holds it: an id may be used again
        return known[1]


def _holds(catalog: Catalog, schema_name: str | None) -> bool:
    return any(item.schema_name == schema_name for item in catalog.of_kind("table"))


def _spelling(schema_name: str) -> Callable[[str], str]:
    """Puts HOME where SQL names the schema before a dot, quoted or not."""
    quoted = '"' + schema_name.replace('"', '""') + '"'
    before = re.compile(rf'(?<![\w"$.])(?:{re.escape(quoted)}|{re.escape(schema_name)})(?=\.)')
    return lambda text: before.sub(HOME, text)


def _renamed(item: SchemaObject, name: str, spelled: Callable[[str], str]) -> SchemaObject:
    found = {key: _respelled(value, name, spelled) for key, value in item.properties.items()}
    return replace(item, schema_name=HOME, name=spelled(item.name), properties=found)


def _respelled(value: Property, name: str, spelled: Callable[[str], str]) -> Property:
    if isinstance(value, tuple):
        return tuple(_respelled(each, name, spelled) for each in value)
    return spelled(value) if isinstance(value, str) and name in value else value
