"""Rows are counted exactly, in one query, whatever the tables are called."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from schema.catalog import Catalog, SchemaObject, read_catalog
from schema.rehearsal import count_rows

AWKWARD = ["order", "two words", "50% off", 'with "quotes"', "it's", "semi;colon", ":colon"]


def fill(connection: sa.Connection) -> None:
    quote = connection.dialect.identifier_preparer.quote_identifier
    for number, name in enumerate(AWKWARD):
        connection.exec_driver_sql(f"CREATE TABLE {quote(name)} (id INTEGER)")
        for _ in range(number):
            connection.exec_driver_sql(f"INSERT INTO {quote(name)} VALUES (1)")


def test_awkward_names_are_quoted_on_sqlite(sqlite_url: str) -> None:
    engine = sa.create_engine(sqlite_url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        fill(connection)
        rows = count_rows(connection, read_catalog(connection))
    engine.dispose()
    assert rows == {name: number for number, name in enumerate(AWKWARD)}


@pytest.mark.postgresql
def test_awkward_names_and_schemas_are_quoted_on_postgresql(postgresql_url: str) -> None:
    engine = sa.create_engine(postgresql_url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        fill(connection)
        connection.exec_driver_sql('CREATE SCHEMA "A b"')
        connection.exec_driver_sql('CREATE TABLE "A b".users (id INTEGER)')
        rows = count_rows(connection, read_catalog(connection))
    engine.dispose()
    assert rows == {name: number for number, name in enumerate(AWKWARD)} | {"A b.users": 0}


def test_a_thousand_tables_are_one_query(sqlite_url: str) -> None:
    names = [f"t{number}" for number in range(1000)]
    catalog = Catalog("sqlite", "3", [SchemaObject("table", None, None, name) for name in names])
    queries: list[str] = []
    engine = sa.create_engine(sqlite_url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        for name in names:
            connection.exec_driver_sql(f"CREATE TABLE {name} (id INTEGER)")
        sa.event.listen(engine, "before_cursor_execute", lambda *args: queries.append(args[2]))
        rows = count_rows(connection, catalog)
    engine.dispose()
    assert len(queries) == 1
    assert rows == dict.fromkeys(names, 0)


def test_no_tables_are_no_query(sqlite_url: str) -> None:
    engine = sa.create_engine(sqlite_url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        assert count_rows(connection, Catalog("sqlite", "3", [])) == {}
    engine.dispose()
