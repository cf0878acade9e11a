"""Real projects: their environments once for all tests, their databases once for each module."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

pytest.register_assert_rewrite("tests.real.installed")

Databases = Callable[[str], str]


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
)
def databases(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Databases]]:
    """The kind of database, and what makes a new one of it: a function from a name to its URL."""
    if request.param == "sqlite":
        folder = tmp_path_factory.mktemp("databases")
        yield "sqlite", lambda name: f"sqlite:///{folder / name}.sqlite"
        return
    server = sa.make_url(request.getfixturevalue("postgresql_server"))
    admin = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    made: list[str] = []

    def create(name: str) -> str:
        made.append(f"{name}_{uuid.uuid4().hex[:8]}")
        with admin.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {made[-1]}")
        url = server.set(database=made[-1], drivername="postgresql+psycopg2")
        return url.render_as_string(hide_password=False)

    yield "postgresql", create
    with admin.connect() as connection:
        for name in made:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()


@pytest.fixture(scope="session")
def installed() -> Callable[[str], object]:
    """Installs a project, or skips where its packages cannot be had."""
    from tests.real.installed import Installed, NotInstalledError, install

    def make(name: str) -> Installed:
        try:
            return install(name)
        except NotInstalledError as error:
            pytest.skip(f"{name} could not be installed: {error}")

    return make


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a user keeps a config, outside of the installed package."""
    return tmp_path_factory.mktemp("config")
