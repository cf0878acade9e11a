"""What a biography asks of a timeline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from schema.catalog import Catalog
from schema.compare import Differences
from schema.history import History, Revision

__all__ = ["Step", "Timeline"]


class Step(Protocol):
    """One revision of a timeline."""

    @property
    def revision(self) -> Revision: ...
    @property
    def differences(self) -> Differences: ...
    @property
    def failure(self) -> str | None: ...


class Timeline(Protocol):
    """The revisions in the order of their replay, with the catalogs around each."""

    @property
    def dialect(self) -> str: ...
    @property
    def history(self) -> History: ...
    @property
    def steps(self) -> Sequence[Step]: ...
    def before(self, revision: str, /) -> Catalog: ...
    def after(self, revision: str, /) -> Catalog: ...
