"""Privileges that only one of two PostgreSQL servers knows, or gives by itself.

From 15 on, not everybody may make things in the schema ``public``, and a dump of an older database
says for its own server what the newer one has otherwise. From 17 on, there is MAINTAIN, which
GRANT ALL includes. Sources: the release notes of 15 and 17.
"""

from __future__ import annotations

from dataclasses import replace

from schema.catalog.objects import Catalog, Identity, SchemaObject
from schema.compare.versions import Versions

__all__ = ["comparable"]

_PUBLIC_CLOSED = 15
_MAINTAIN = 17

Objects = dict[Identity, SchemaObject]


def comparable(left: Catalog, right: Catalog) -> tuple[Objects, Objects]:
    """The objects of both, without what their servers' versions alone make differ."""
    found = dict(left.items()), dict(right.items())
    servers = Versions.named(left.server_version, right.server_version)
    if left.dialect != "postgresql":
        return found
    if servers.are_parted_by(_PUBLIC_CLOSED):
        found = _without_public(found[0]), _without_public(found[1])
    if servers.are_parted_by(_MAINTAIN):
        found = _without_maintain(found[0]), _without_maintain(found[1])
    return found


def _without_public(objects: Objects) -> Objects:
    return {
        identity: item
        for identity, item in objects.items()
        if item.kind != "privilege" or _on(item) != ("schema", "public")
    }


def _on(item: SchemaObject) -> tuple[object, object]:
    return item.properties.get("on_kind"), item.properties.get("on_name")


def _without_maintain(objects: Objects) -> Objects:
    return {
        identity: _told_without(item) if item.kind in {"privilege", "default privilege"} else item
        for identity, item in objects.items()
    }


def _told_without(item: SchemaObject) -> SchemaObject:
    told = {
        name: tuple(each for each in value if str(each).removesuffix("*") != "MAINTAIN")
        if name in {"privileges", "revoked"} and isinstance(value, tuple)
        else value
        for name, value in item.properties.items()
    }
    return item if told == dict(item.properties) else replace(item, properties=told)
