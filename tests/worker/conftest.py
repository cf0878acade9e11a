"""Sample projects copied to a folder of their own, and scratch databases to run them on."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from schema.project import Project

PROJECTS = Path(__file__).resolve().parents[1] / "projects"


@dataclass(frozen=True)
class Marked:
    """What a worker needs of a scratch database, and no more."""

    url: sa.URL
    token: str = "t0ken"

    def guard(self) -> dict[str, str]:
        return {"query": "SELECT token FROM _schema_scratch", "token": self.token}


def mark(url: str | sa.URL) -> Marked:
    """Make the database a scratch database."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE _schema_scratch (token TEXT)"))
        connection.execute(sa.text("INSERT INTO _schema_scratch VALUES ('t0ken')"))
    engine.dispose()
    return Marked(sa.make_url(url))


@pytest.fixture
def scratch(tmp_path: Path) -> Marked:
    """An empty scratch database of SQLite."""
    return mark(f"sqlite:///{tmp_path / 'scratch.db'}")


@pytest.fixture
def postgresql_scratch(postgresql_url: str) -> Marked:
    """An empty scratch database of PostgreSQL."""
    return mark(postgresql_url)


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
