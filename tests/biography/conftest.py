"""A past that is made up in a test: revision files that are really run, and their timeline."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent, indent
from types import ModuleType

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from schema.catalog import Catalog, read_catalog
from schema.compare import Differences, compare
from schema.history import History, Revision
from schema.history.files import read_file
from schema.renames import told

HEAD = "import sqlalchemy as sa\nfrom alembic import op\n"


@dataclass
class MadeStep:
    revision: Revision
    differences: Differences
    failure: str | None = None


class Past:
    """Runs each revision's ``upgrade()`` as it is written, and reads the catalog after it."""

    def __init__(self, url: str, folder: Path) -> None:
        self._engine = sa.create_engine(url, poolclass=sa.NullPool)
        self._folder = folder
        self.dialect = self._engine.dialect.name
        if self.dialect == "sqlite":
            Path(str(self._engine.url.database)).touch()
        self.catalogs = [read_catalog(self._engine.url)]
        self._found: list[tuple[str, Differences]] = []

    def revision(
        self,
        name: str,
        up: str,
        *,
        message: str = "a change",
        head: str = HEAD,
        more: str = "",
        authors: dict[Path, str] | None = None,
    ) -> Past:
        """Write and run one more revision. ``more`` stands after ``upgrade()``, ``head`` above."""
        parent = self._found[-1][0] if self._found else None
        path = self._folder / f"{name}_.py"
        path.write_text(
            f'"""{message}\n\nRevision ID: {name}\nCreate Date: 2024-0{len(self._found) % 9 + 1}-15'
            f' 10:00:00\n"""\n{head}\nrevision = {name!r}\ndown_revision = {parent!r}\n\n\n'
            f"def upgrade():\n{indent(dedent(up).strip(), '    ')}\n\n\n{dedent(more)}"
        )
        module = ModuleType(name)
        exec(compile(path.read_text(), str(path), "exec"), module.__dict__)
        with (
            self._engine.begin() as connection,
            Operations.context(MigrationContext.configure(connection)),
        ):
            module.upgrade()
        self.catalogs.append(read_catalog(self._engine.url))
        before, after = self.catalogs[-2:]
        self._found.append((name, told(before, after, compare(before, after), path)))
        return self

    def close(self) -> None:
        self._engine.dispose()

    # -- what a timeline has -------------------------------------------------------------------

    @property
    def history(self) -> History:
        return History([read_file(path) for path in sorted(self._folder.glob("*.py"))])

    @property
    def steps(self) -> list[MadeStep]:
        history = self.history
        return [MadeStep(history.get(name), found) for name, found in self._found]

    def before(self, revision: str) -> Catalog:
        return self.catalogs[self._place(revision)]

    def after(self, revision: str) -> Catalog:
        return self.catalogs[self._place(revision) + 1]

    def _place(self, revision: str) -> int:
        return [name for name, _ in self._found].index(revision)

    def text(self, revision: str) -> str:
        return (self._folder / f"{revision}_.py").read_text()

    def line(self, revision: str, written: str) -> int:
        """The number of the first line that holds this."""
        lines = self.text(revision).splitlines()
        return next(number for number, line in enumerate(lines, 1) if written in line)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "versions").mkdir()
    return tmp_path / "versions"


@pytest.fixture
def past(sqlite_url: str, folder: Path) -> Iterator[Past]:
    """A past on SQLite."""
    with closing(Past(sqlite_url, folder)) as made:
        yield made


@pytest.fixture
def postgresql_past(request: pytest.FixtureRequest, folder: Path) -> Iterator[Past]:
    """A past on PostgreSQL."""
    with closing(Past(request.getfixturevalue("postgresql_url"), folder)) as made:
        yield made
