"""Sample projects copied to a folder of their own, and scratch databases to run them on."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent, indent

import pytest
import sqlalchemy as sa

from schema.project import Project
from schema.scratch import ScratchDatabase, create

PROJECTS = Path(__file__).resolve().parents[1] / "projects"


@pytest.fixture
def scratch() -> Iterator[ScratchDatabase]:
    """An empty scratch database of SQLite."""
    with create("sqlite") as made:
        yield made


@pytest.fixture
def postgresql_scratch(postgresql_server: str) -> Iterator[ScratchDatabase]:
    """An empty scratch database of PostgreSQL."""
    with create("postgresql", server=sa.make_url(postgresql_server)) as made:
        yield made


@pytest.fixture
def open_project(tmp_path: Path) -> Iterator[Callable[[str], Project]]:
    """Opens a copy of a sample project, with a live database beside it that nothing may touch."""
    opened: list[Project] = []

    def open_copy(name: str) -> Project:
        folder = tmp_path / name
        shutil.copytree(PROJECTS / name, folder)
        live = sqlite3.connect(folder / "live.db")
        live.execute("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT)")
        live.execute("INSERT INTO person VALUES (1, 'Ada')")
        live.commit()
        live.close()
        opened.append(Project.open(folder))
        return opened[-1]

    yield open_copy
    for project in opened:
        project.close()


ENV = """
from alembic import context
from sqlalchemy import create_engine

engine = create_engine("sqlite:///live.db")
with engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""

REVISION = """
import sqlalchemy as sa
from alembic import op

revision = {revision!r}
down_revision = {parent!r}

def upgrade():
{up}

def downgrade():
    pass
"""


class Written:
    """A project whose revisions a test writes: r1, r2 … in one line."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._count = 0
        (folder / "migrations" / "versions").mkdir(parents=True)
        (folder / "alembic.ini").write_text(
            "[alembic]\nscript_location = %(here)s/migrations\nsqlalchemy.url = sqlite:///live.db\n"
        )
        self.env(ENV)
        self.project = Project.open(folder)

    def env(self, text: str) -> None:
        (self.folder / "migrations" / "env.py").write_text(text)

    def revision(self, up: str) -> str:
        """Write the next revision; returns its name."""
        self._count += 1
        name, parent = f"r{self._count}", f"r{self._count - 1}" if self._count > 1 else None
        text = REVISION.format(revision=name, parent=parent, up=indent(dedent(up).strip(), "    "))
        (self.folder / "migrations" / "versions" / f"{name}.py").write_text(text)
        return name


@pytest.fixture
def written(tmp_path: Path) -> Iterator[Written]:
    """A project without revisions yet."""
    made = Written(tmp_path / "written")
    yield made
    made.project.close()
