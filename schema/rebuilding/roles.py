"""Roles that a schema speaks of, for a scratch database on a server that does not have them."""

from __future__ import annotations

from sqlalchemy.engine import URL

from schema.catalog import Catalog
from schema.scratch import ScratchDatabase

__all__ = ["make_roles", "roles_of"]


def roles_of(catalog: Catalog) -> set[str]:
    """Every role that owns something, is granted something, or has a policy."""
    found: set[str] = set()
    for item in catalog.values():
        for name in ("owner", "grantee", "grantor", "role"):
            value = item.properties.get(name)
            if isinstance(value, str):
                found.add(value)
        if item.kind == "policy":
            roles = item.properties.get("roles")
            found |= set(roles) if isinstance(roles, tuple) else set()
    return found - {"PUBLIC", "public"}


def make_roles(database: ScratchDatabase, catalog: Catalog, live: URL | None) -> None:
    """Make the roles on the embedded server, which is ours; live's own server has them.

    Nobody can log in as one of them.
    """
    if database.kind != "postgresql" or not (wanted := roles_of(catalog)):
        return
    from schema.scratch.server import administer
    from schema.scratch.server import make_roles as make_on_server

    if live is not None and (live.host, live.port) == (database.url.host, database.url.port):
        return
    with administer(database.url) as admin:
        make_on_server(admin, tuple(sorted(wanted)))
