"""One SQL statement of a repair, with what it does to whom and what may go wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from schema.catalog.objects import Identity
from schema.compare import Difference

__all__ = ["Migration", "Statement"]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, without the semicolon at its end.

    ``about`` names the objects that it makes, changes or drops. ``is_destructive`` is True when
    rows or values can be lost; ``why`` then says which. A statement that loses nothing but may
    fail on the data, or takes long, has a warning in ``why``. ``in_transaction`` is False for what
    a server refuses, or does not make usable, inside a transaction with the rest.
    """

    sql: str
    about: tuple[Identity, ...] = ()
    is_destructive: bool = False
    why: str | None = None
    in_transaction: bool = True

    def to_dict(self) -> dict[str, Any]:
        """A JSON-able form."""
        return {
            "statement": self.sql,
            "about": [f"{item.kind} {item.label}" for item in self.about],
            "destructive": self.is_destructive,
            "why": self.why,
        }


#: The statements, in the order to run them, and each difference for which there is none, with why.
Migration = tuple[list[Statement], list[tuple[Difference, str]]]
