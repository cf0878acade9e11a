"""One PostgreSQL object before and after a migration."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from schema.catalog.objects import Catalog, SchemaObject
from schema.ddl.unlike import unlike

__all__ = ["Change", "NotAlterable"]


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
        return unlike(self.before, self.after)

    @property
    def definition(self) -> frozenset[str]:
        """The same without the owner and the comment, which every kind has."""
        return self.names - {"owner", "comment"}
