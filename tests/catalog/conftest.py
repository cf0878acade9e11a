"""What the tests of the MariaDB reader share."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence

import pytest
import sqlalchemy as sa

from schema.catalog import Catalog, read_catalog

Make = Callable[[Sequence[str]], Catalog]


@pytest.fixture(scope="module")
def make(mariadb_server: str) -> Iterator[Make]:
    """Makes a database by these statements, and gives its catalog."""
    engine = sa.create_engine(mariadb_server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    made = []

    def made_by(statements: Sequence[str]) -> Catalog:
        name = f"m_{uuid.uuid4().hex[:10]}"
        made.append(name)
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
            connection.exec_driver_sql(f"USE {name}")
            for statement in statements:
                connection.exec_driver_sql(statement)
        return read_catalog(sa.make_url(mariadb_server).set(database=name))

    yield made_by
    with engine.connect() as connection:
        for name in made:
            connection.exec_driver_sql(f"DROP DATABASE {name}")
    engine.dispose()
