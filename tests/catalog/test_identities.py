"""What the server knows objects by: a rename keeps it, a new object has a new one."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import sqlalchemy as sa

from schema.catalog import Catalog, Identity, read_catalog
from schema.catalog.identities import read_identities
from schema.compare import compare

SCHEMA = """
CREATE TYPE mood AS ENUM ('a');
CREATE TABLE t (id integer PRIMARY KEY, a text, b text UNIQUE CHECK (b <> ''), m mood);
CREATE INDEX ix ON t (a);
CREATE VIEW v AS SELECT id FROM t
"""


def look(connection: sa.Connection) -> tuple[Catalog, Mapping[Identity, str]]:
    return read_catalog(connection), read_identities(connection)


@pytest.fixture
def connection(postgresql_url: str) -> sa.Connection:
    engine = sa.create_engine(postgresql_url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.connection.driver_connection.execute(SCHEMA)  # type: ignore[union-attr]
        yield connection


@pytest.mark.postgresql
def test_each_number_is_that_of_an_object_in_the_catalog(connection: sa.Connection) -> None:
    catalog, numbers = look(connection)
    known = {"table", "column", "view", "index", "primary key", "unique", "check", "enum"}
    assert {identity for identity in catalog if identity.kind in known} <= numbers.keys()
    assert len(set(numbers.values())) == len(numbers)


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("ALTER TABLE public.t RENAME TO quite_another", "table"),
        ("ALTER TABLE public.t RENAME m TO zzz", "column"),
        ("ALTER INDEX public.ix RENAME TO iy", "index"),
        ("ALTER VIEW public.v RENAME TO w", "view"),
        ("ALTER TYPE public.mood RENAME TO feeling", "enum"),
    ],
)
def test_a_rename_is_certain(connection: sa.Connection, statement: str, kind: str) -> None:
    before, old = look(connection)
    connection.exec_driver_sql(statement)
    after, new = look(connection)
    [found] = compare(before, after, identities=(old, new))
    assert (found.kind, found.change, found.confidence) == (kind, "renamed", 1.0)


@pytest.mark.postgresql
def test_a_table_made_anew_is_not_renamed(connection: sa.Connection) -> None:
    connection.exec_driver_sql("DROP VIEW public.v")
    before, old = look(connection)
    connection.exec_driver_sql("CREATE TABLE public.u (LIKE public.t INCLUDING ALL)")
    connection.exec_driver_sql("DROP TABLE public.t")
    after, new = look(connection)
    assert [each.change for each in compare(before, after)] == ["renamed"]
    told = {each.change for each in compare(before, after, identities=(old, new))}
    assert told == {"added", "removed"}


def test_sqlite_knows_its_objects_by_name_alone(sqlite_url: str) -> None:
    engine = sa.create_engine(sqlite_url)
    with engine.connect() as connection:
        assert read_identities(connection) == {}
    engine.dispose()
