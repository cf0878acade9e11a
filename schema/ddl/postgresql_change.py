"""One PostgreSQL object before and after a migration."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from schema.catalog.objects import Catalog, SchemaObject

__all__ = ["Change", "NotAlterable"]

_UNSET = (None, False, ())
_MEANINGLESS = frozenset({"position", "server_named"})


class NotAlterable(Exception):  # noqa: N818 -- not an error of a person's, but an answer
    """PostgreSQL has no way from the one form to the other; the text says what stands in it."""


@dataclass(frozen=True)
class Change:
    """``before`` as it is, under its wanted name; ``after`` as the catalog ``goal`` has it."""

    before: SchemaObject
    after: SchemaObject
    goal: Catalog

    @cached_property
    def names(self) -> frozenset[str]:
        """The properties that differ, and mean something."""
        old, new = self.before.properties, self.after.properties
        return frozenset(
            name
            for name in {**old, **new}
            if name not in _MEANINGLESS
            and old.get(name) != new.get(name)
            and not (old.get(name) in _UNSET and new.get(name) in _UNSET)
        )

    @property
    def definition(self) -> frozenset[str]:
        """The same without the owner and the comment, which every kind has."""
        return self.names - {"owner", "comment"}
