"""The library project, and live databases as its revisions make them."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import URL

from schema.scratch import ScratchDatabase, create
from schema.workbench import Project

PROJECTS = Path(__file__).resolve().parents[1] / "projects"


def copied(folder: Path) -> Project:
    ignored = shutil.ignore_patterns("__pycache__", "*.db")
    return Project.open(shutil.copytree(PROJECTS / "library", folder / "library", ignore=ignored))


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """The library project, not to be changed; its env.py names a database that does not exist."""
    with copied(tmp_path_factory.mktemp("project")) as project:
        yield project


@pytest.fixture
def own_library(tmp_path: Path) -> Iterator[Project]:
    """A copy of the library project that a test may change."""
    with copied(tmp_path) as project:
        yield project


@pytest.fixture(scope="session")
def template(library: Project) -> Iterator[URL]:
    """A SQLite database at the library's head, with a few readers and loans."""
    yield from _upgraded(library, create("sqlite"))


@pytest.fixture(scope="session")
def template_postgresql(library: Project, postgresql_server: str) -> Iterator[URL]:
    """The same on PostgreSQL."""
    yield from _upgraded(library, create("postgresql", server=sa.make_url(postgresql_server)))


def _upgraded(project: Project, database: ScratchDatabase) -> Iterator[URL]:
    with project.start_worker() as worker:
        worker.step(database, "up", ["a1", "b2"])
    run(database.url, *_ROWS.split(";"))
    yield database.url
    database.drop()


@pytest.fixture
def live(template: URL, tmp_path: Path) -> URL:
    """A SQLite database of a test's own, at the library's head."""
    path = shutil.copyfile(str(template.database), tmp_path / "live.sqlite")
    return sa.make_url(f"sqlite:///{path}")


@pytest.fixture
def live_postgresql(template_postgresql: URL, postgresql_server: str) -> Iterator[URL]:
    """The same on PostgreSQL."""
    name = f"live_{uuid.uuid4().hex[:12]}"
    server = sa.make_url(postgresql_server)
    run(server, f'CREATE DATABASE "{name}" TEMPLATE "{template_postgresql.database}"')
    yield server.set(database=name)
    run(server, f'DROP DATABASE "{name}" WITH (FORCE)')


_ROWS = """
INSERT INTO reader (id, mail, name, kind) VALUES
  (1, 'ada@example.org', 'Ada Lovelace', 'adult'), (2, 'bob@example.org', 'Bob', 'adult'),
  (3, 'cleo@example.org', 'Cleo', 'adult');
INSERT INTO book (id, title, shelf) VALUES (1, 'Sketches', 'OPEN'), (2, 'Notes', 'STACKS');
INSERT INTO loan (id, book_id, reader_id, days, due) VALUES
  (1, 1, 1, 14, '2024-01-31'), (2, 2, 1, 14, NULL), (3, 1, 2, 7, NULL), (4, 2, 3, 14, NULL)
"""


def run(url: URL, *statements: str) -> None:
    """Run statements, each in a transaction of its own, as the one who owns the database."""
    name = url.database if url.get_backend_name() == "sqlite" else None
    made = sa.create_engine(
        f"sqlite:///{name}" if name else url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
    )
    with made.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
    made.dispose()
