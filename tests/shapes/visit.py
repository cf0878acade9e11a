"""What is done with a project of each shape: every function once, each by what it finds."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import URL

from schema import scratch
from schema.catalog import Catalog, read_catalog
from schema.database import dialect_of, parse_url
from schema.drift import find_drift
from schema.errors import WorkbenchError
from schema.history import read_current, read_history
from schema.rehearsal import Rehearsal
from schema.replay import materialised
from schema.scope import Scope
from schema.workbench import Project
from tests.shapes.shape import FUNCTIONS, Shape

#: Beside the project's own files: what SQLite keeps beside a database at work.
_PASSING = ("live.db", "live.db-wal", "live.db-shm", "live.db-journal")


class Visit:
    """One project of a shape with its live database, at its newest revisions and with rows."""

    def __init__(self, shape: Shape, kind: str, folder: Path, project: Project, live: URL) -> None:
        self.shape = shape
        self.kind = kind
        self.folder = folder
        self.project = project
        self.live = live
        self.server = None if kind == "sqlite" else live

    def history(self) -> None:
        found = read_history(self.project)
        assert found.problems == ()
        assert len(found) == self.shape.revisions
        assert set(found.heads) == set(self.shape.heads)
        assert set(read_current(self.project)) == set(self.shape.heads)

    def timeline(self) -> None:
        found = self.project.timeline(server=self.server)
        assert found.failed == ()
        assert len(found.steps) == self.shape.revisions
        assert tables(found.at("heads")) == self.shape.tables

    def models(self) -> None:
        found = materialised(self.project, dialect_of(self.live), server=self.server)
        assert tables(Scope(self.project).of(found)) == self.shape.tables

    def drift(self) -> None:
        """None at first; then a column that somebody adds by hand, and nothing else."""
        found = find_drift(self.project)
        assert found.url == self.live
        assert list(found.differences) == []
        assert list(found.models) == []
        assert list(found.pending) == []
        assert found.is_complete, found.notes
        assert found.is_clean, found.verdict
        self.run(f"ALTER TABLE {self.shape.table} ADD COLUMN nickname VARCHAR(20)")
        try:
            before = self.content()
            found = find_drift(self.project)
            named = [(d.kind, d.label, d.change, d.cause) for d in found.differences]
            label = f"{self.shape.table}.nickname"
            if self.kind == "postgresql" and "." not in self.shape.table:
                label = f"public.{label}"
            assert named == [("column", label, "added", "outside-migrations")]
            assert list(found.models) == []
            assert self.content() == before
        finally:
            self.run(f"ALTER TABLE {self.shape.table} DROP COLUMN nickname")

    def rehearsal(self) -> None:
        """Down and up again with rows, then down to the bottom, on a copy."""
        with Rehearsal.start(self.project) as rehearsal:
            try:
                for target in self.shape.walk:
                    steps = rehearsal.run_to(target)
                    assert steps, f"no step leads to {target}"
                    assert [step.error for step in steps if step.error] == []
                    if target == "heads":
                        assert set(rehearsal.current) == set(self.shape.heads)
                        copied = tables(rehearsal.state().catalog)
                        assert set(self.shape.tables) <= set(copied)
                assert rehearsal.current == ()
                left = set(tables(read_catalog(rehearsal.scratch.url)))
                assert not left & set(self.shape.tables)
            finally:
                rehearsal.close(drop=True)

    def everything(self) -> None:
        """All functions; the project and its database are the same after each."""
        files, content = self.files(), self.content()
        left = set(self.scratches())
        for name in FUNCTIONS:
            self._try(name)
            if name != "drift":  # which changed it by hand, and back
                assert self.content() == content, f"{name} changed the original"
            else:
                content = self.content()
            assert self.files() == files, f"{name} changed the project"
            assert set(self.scratches()) == left, f"{name} left a scratch database behind"

    def _try(self, name: str) -> None:
        reason = self.shape.limits.get(name)
        if reason is None:
            getattr(self, name)()
            return
        with pytest.raises((AssertionError, WorkbenchError), match=re.escape(reason)):
            getattr(self, name)()

    def run(self, *statements: str) -> None:
        """Change the live database by hand."""
        engine = sa.create_engine(self.live, poolclass=sa.NullPool)
        with engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
        engine.dispose()

    def content(self) -> str:
        """A digest of all that is in the live database: on SQLite of its bytes."""
        digest = hashlib.sha256()
        if self.kind == "sqlite":
            path = Path(self.live.database or "")
            for file in (path, Path(f"{path}-wal")):
                digest.update(file.read_bytes() if file.exists() else b"absent")
            return digest.hexdigest()
        catalog = read_catalog(self.live)
        digest.update(catalog.to_json().encode())
        engine = sa.create_engine(self.live, poolclass=sa.NullPool)
        quote = engine.dialect.identifier_preparer
        with engine.connect() as connection:
            for item in sorted(catalog.of_kind("table"), key=lambda found: found.identity[1:]):
                name = quote.quote_identifier(str(item.name))
                if item.schema_name:
                    name = f"{quote.quote_identifier(item.schema_name)}.{name}"
                rows = connection.exec_driver_sql(f"SELECT * FROM {name}").all()
                digest.update(repr((name, sorted(map(repr, rows)))).encode())
        engine.dispose()
        return digest.hexdigest()

    def files(self) -> dict[str, bytes]:
        """Every file of the project, but its database and what its own code makes."""
        return dict(self._files())

    def _files(self) -> Iterator[tuple[str, bytes]]:
        for path in sorted(self.folder.rglob("*")):
            made = any(path.match(pattern) for pattern in self.shape.makes)
            if path.is_file() and path.name not in _PASSING and not made:
                yield str(path.relative_to(self.folder)), path.read_bytes()

    def scratches(self) -> list[str]:
        """The names of all scratch databases that there are."""
        return [found.name for found in scratch.find(server=self.server, kept=False)]


def tables(catalog: Catalog) -> tuple[str, ...]:
    """The tables of a catalog, sorted, with the schema where that is not the usual one."""
    names = {
        f"{item.schema_name}.{item.name}" if item.schema_name not in (None, "public") else item.name
        for item in catalog.of_kind("table")
    }
    return tuple(sorted(names))


def opened(shape: Shape, folder: Path, url: str) -> Project:
    config = None if shape.config is None else folder / shape.config
    return Project.open(config, **shape.opening(url))


def live_url(shape: Shape, kind: str, folder: Path, url: str) -> URL:
    """Where the project's database is, as the workbench writes it."""
    return parse_url(f"sqlite:///{folder / shape.live}" if kind == "sqlite" else url)
