"""A history that is odd on purpose: revisions with the messages, names and ways back of a test."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent

import pytest

from schema.oddities import Oddities, oddities_of
from schema.timeline import read_timeline
from tests.biography.conftest import folder, past
from tests.conftest import _CACHE, Shop

__all__ = ["folder", "past"]


class Odd:
    """The shop's first revision, which is as it should be, and what a test puts behind it."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.project = shop.project
        for path in shop.versions.glob("[bc]*.py"):
            path.unlink()
        self._last = "aaa111"

    def revision(
        self,
        name: str,
        up: str = "pass",
        down: str = "pass",
        *,
        message: str = "a change",
        file: str | None = None,
        doc: str = "",
        head: str = "",
    ) -> Path:
        """Write one more revision behind the last."""
        path = self.shop.versions / (file or f"{name}_a_change.py")
        path.write_text(
            f'"""{message}\n\nRevision ID: {name}\n{doc}\n"""\n'
            f"import sqlalchemy as sa\nfrom alembic import op\n{head}\n"
            f"revision = {name!r}\ndown_revision = {self._last!r}\n\n"
            f"def upgrade():\n{indent(dedent(up).strip(), '    ')}\n\n"
            f"def downgrade():\n{indent(dedent(down).strip(), '    ')}\n"
        )
        self._last = name
        return path

    def found(self, *, both: bool = False, dialect: str = "sqlite") -> Oddities:
        timeline = read_timeline(self.project, dialect=dialect)
        return oddities_of(self.project, timeline, both=both)

    def kinds(self, *, both: bool = False, dialect: str = "sqlite") -> list[tuple[str, str]]:
        """Each oddity's revision and kind."""
        found = self.found(both=both, dialect=dialect)
        return [(item.revision.id, item.kind) for item in found]


@pytest.fixture
def one_server(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The session's embedded server, not one for each test's own cache."""
    monkeypatch.setenv("SCHEMA_CACHE_DIR", _CACHE)


@pytest.fixture
def odd(shop: Shop) -> Odd:
    return Odd(shop)
