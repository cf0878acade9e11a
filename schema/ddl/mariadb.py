"""MariaDB: a catalog as statements, and the statements that lead from one catalog to another.

They are meant for a session in the database, with ``system_versioning_alter_history = KEEP``.
Accounts and their rights belong to the server, and are no part of it.
"""

from __future__ import annotations

from schema.catalog.mariadb_text import quoted
from schema.catalog.objects import Catalog
from schema.ddl.mariadb_arrange import by_targets, code
from schema.ddl.mariadb_code import database, made, sequence
from schema.ddl.mariadb_migration import migrate
from schema.ddl.mariadb_tables import foreign_key, tables

__all__ = ["create", "migrate"]


def create(catalog: Catalog) -> list[str]:
    """The statements that make an empty database equal to the catalog."""
    found = tables(catalog)
    order, forced = by_targets(found)
    statements = [database(item) for item in catalog.of_kind("database")]
    statements += [sequence(item) for item in catalog.of_kind("sequence")]
    statements += [found[name].create(keys=name not in forced) for name in order]
    statements += [
        f"ALTER TABLE {quoted(name)}\n  ADD {foreign_key(item)}"
        for name in forced
        for item in found[name].foreign_keys.values()
    ]
    return [*statements, *(text for item in code(catalog) for text in made(item))]
