"""Sample projects copied to a folder of their own, and scratch databases to run them on."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

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
