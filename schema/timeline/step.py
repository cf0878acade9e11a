"""One revision in a timeline: what it did."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from schema.catalog.objects import Identity
from schema.compare import Difference, Differences
from schema.display import Displayed
from schema.history import Revision
from schema.replay import Stamp

__all__ = ["Step"]

#: Kinds that other objects belong to; a table is labelled as these are.
_TABLES = frozenset({"table", "view", "materialized view"})


@dataclass(frozen=True)
class Step(Displayed):
    """One revision, run on a scratch database that all before it were run on.

    ``before`` and ``after`` are the stamps around it; ``differences`` has the catalog before it at
    its left. ``failure`` is why it could not be run, None when it could: the next revision was run
    without it then. ``without`` are the ids of the failed revisions, itself included, that the
    catalog after it lacks: what fails or differs behind them may be their consequence.
    """

    revision: Revision
    before: Stamp
    after: Stamp
    differences: Differences = field(repr=False)
    failure: str | None = None
    without: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return self.revision.id

    @property
    def is_half_done(self) -> bool:
        """Whether it failed, and something that it did before stays, as of an autocommit block."""
        return self.failure is not None and bool(self.differences)

    @property
    def tables(self) -> tuple[str, ...]:
        """The labels of the tables (and views) that it touched, a renamed one under both names."""
        return tuple(dict.fromkeys(_tables(self.differences)))

    def of(self, change: str) -> Differences:
        """What it ``"added"``, ``"removed"``, ``"renamed"`` or ``"changed"``."""
        return self.differences.where(lambda item: item.change == change)

    @property
    def summary(self) -> str:
        """What it did in a few words: ``1 added, 2 changed``, ``failed`` …"""
        counts = [(len(self.of(change)), change) for change in _CHANGES]
        did = ", ".join(f"{count:,} {change}" for count, change in counts if count)
        if self.failure is not None:
            return f"failed half way: {did}" if did else "failed"
        return did or "no change of the schema"

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return {
            **self.revision.to_dict(),
            "before": list(self.before),
            "after": list(self.after),
            "failure": self.failure,
            "is_half_done": self.is_half_done,
            "without": list(self.without),
            "tables": list(self.tables),
            "differences": self.differences.to_list(),
        }

    def __str__(self) -> str:
        return f"{self.id} {self.revision.message}: {self.summary}"


_CHANGES = ("added", "changed", "renamed", "removed")


def _tables(differences: Iterable[Difference]) -> Iterable[str]:
    for item in differences:
        if item.kind in _TABLES:
            yield item.label
            if item.renamed_from is not None:
                yield Identity(item.kind, item.schema_name, None, item.renamed_from).label
        elif item.table is not None:
            yield Identity("table", item.schema_name, None, item.table).label
