"""Random models on MariaDB: made twice, by Alembic, or of their own catalog, they are equal."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, reject
from sqlalchemy.exc import DBAPIError

from schema.catalog import Catalog, read_catalog
from schema.compare import Difference, compare
from schema.ddl import create, migrate
from tests.properties.test_models import by_create_all, by_migration, examples, models

pytestmark = pytest.mark.mariadb


@contextmanager
def empty(server: str) -> Iterator[sa.Connection]:
    """A session in a new database, which is dropped behind it."""
    name = f"p_{uuid.uuid4().hex[:10]}"
    url = sa.make_url(server)
    make: dict[str, Any] = {"isolation_level": "AUTOCOMMIT", "poolclass": sa.NullPool}
    admin, engine = sa.create_engine(url, **make), sa.create_engine(url.set(database=name), **make)
    with admin.connect() as outside:
        outside.exec_driver_sql(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        try:
            with engine.connect() as connection:
                yield connection
        finally:
            outside.exec_driver_sql(f"DROP DATABASE {name}")
    admin.dispose()
    engine.dispose()


def run(connection: sa.Connection, statements: list[str]) -> None:
    for statement in statements:
        connection.exec_driver_sql(statement, execution_options={"no_parameters": True})


@given(models())
@examples(12)
def test_random_models_are_one_catalog_however_they_are_made(
    mariadb_server: str, metadata: sa.MetaData
) -> None:
    with empty(mariadb_server) as connection:
        try:
            first = by_create_all(connection, metadata)
        except DBAPIError:  # a key on a text without a length, a check of a counting column …
            reject()
        run(connection, [each.sql for each in migrate(first, nothing(first), going(first))[0]])
        assert list(read_catalog(connection).of_kind("table")) == []
    with empty(mariadb_server) as connection:
        assert list(compare(first, by_migration(connection, metadata))) == []
    with empty(mariadb_server) as connection:
        run(connection, create(first))
        assert list(compare(first, read_catalog(connection), cosmetic=True)) == []


def nothing(catalog: Catalog) -> Catalog:
    return catalog.where(lambda item: item.kind == "database")


def going(catalog: Catalog) -> list[Difference]:
    return list(compare(nothing(catalog), catalog))
