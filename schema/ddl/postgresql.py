"""PostgreSQL's catalogs as SQL.

The statements are meant for a session whose ``search_path`` is ``public``, as the server leaves out
that schema's name before types, and whose ``check_function_bodies`` is off, so that a function may
come before the tables in its body.
"""

from __future__ import annotations

from schema.catalog.objects import Catalog
from schema.ddl.postgresql_arrange import arranged, statements
from schema.ddl.postgresql_cycles import first_form, second_form
from schema.ddl.postgresql_migration import migrate
from schema.ddl.postgresql_uses import Uses

__all__ = ["create", "migrate"]


def create(catalog: Catalog) -> list[str]:
    """The statements that make an empty database equal to the catalog."""
    objects = [item for item in catalog.values() if item.kind != "column"]
    texts, needs = statements(objects, catalog, Uses(catalog))
    order, forced = arranged(needs, catalog)
    found: list[str] = []
    afterwards: list[str] = []
    for identity in order:
        said = texts[identity]
        if identity in forced and identity in catalog:
            afterwards += second_form(catalog[identity], said)
            said = first_form(catalog[identity], said)
        found += said
    return [*found, *afterwards]
