"""What differs between two forms of one object, for those who write SQL for it."""

from __future__ import annotations

from schema.catalog.objects import SchemaObject

__all__ = ["unlike"]

_UNSET = (None, False, ())
_MEANINGLESS = frozenset({"position", "server_named"})


def unlike(before: SchemaObject, after: SchemaObject) -> frozenset[str]:
    """The properties that differ, and mean something."""
    old, new = before.properties, after.properties
    return frozenset(
        name
        for name in {**old, **new}
        if name not in _MEANINGLESS
        and old.get(name) != new.get(name)
        and not (old.get(name) in _UNSET and new.get(name) in _UNSET)
    )
