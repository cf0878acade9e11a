"""MariaDB's catalogs as SQL: made anew, and led from one form to another and back."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from schema.catalog import Catalog, read_catalog
from schema.compare import compare
from schema.ddl import create, migrate
from tests.catalog import test_mariadb_mutations as usual
from tests.catalog import test_mariadb_rare_mutations as rare

pytestmark = pytest.mark.mariadb

other = rare.other


@dataclass
class Place:
    """A database that is led from form to form."""

    connection: Connection
    name: str
    server: str
    stands_at: tuple[str, ...] = ()

    def run(self, statements: Sequence[str]) -> None:
        for statement in statements:
            options = {"no_parameters": True}
            self.connection.exec_driver_sql(statement, execution_options=options).close()
        self.connection.exec_driver_sql("SET SESSION sql_mode = @@GLOBAL.sql_mode")

    def read(self) -> Catalog:
        return read_catalog(sa.make_url(self.server).set(database=self.name))

    def anew(self) -> None:
        self.run([f"DROP DATABASE IF EXISTS {self.name}",
                  f"CREATE DATABASE {self.name} CHARACTER SET utf8mb4", f"USE {self.name}",
                  "SET SESSION system_versioning_alter_history = KEEP"])  # fmt: skip

    def lead(self, found: Catalog, wanted: Catalog) -> list[str]:
        """Lead the database from one form to another; returns the statements."""
        statements, not_expressed = migrate(found, wanted, list(compare(wanted, found)))
        assert not_expressed == []
        texts = [each.sql for each in statements]
        self.run(texts)
        assert list(compare(wanted, self.read())) == [], texts
        return texts


@pytest.fixture(scope="module")
def place(mariadb_server: str) -> Iterator[Place]:
    engine = sa.create_engine(mariadb_server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        found = Place(connection, f"d_{uuid.uuid4().hex[:8]}", mariadb_server)
        found.anew()
        yield found
        found.run([f"DROP DATABASE {found.name}"])
    engine.dispose()


@pytest.mark.parametrize("base", [usual.BASE, rare.BASE], ids=["usual", "rare"])
def test_a_database_made_of_a_catalog_is_equal_to_it(base: tuple[str, ...], place: Place) -> None:
    place.anew()
    place.run(base)
    wanted = place.read()
    place.anew()
    place.run(create(wanted))
    assert list(compare(wanted, place.read(), cosmetic=True)) == []


Based = Callable[[tuple[str, ...]], Catalog]


@pytest.fixture(scope="module")
def based(place: Place) -> Based:
    """Brings the place to a base, if it does not stand there."""
    known: dict[int, Catalog] = {}

    def brought(base: tuple[str, ...]) -> Catalog:
        if place.stands_at != base:
            place.anew()
            place.run(base)
            known[id(base)] = place.read()
        return known[id(base)]

    return brought


CHANGES = [
    *((usual.BASE, usual._alone(each)) for each in [*usual.CHANGED, *usual.ADDED]),
    *((rare.BASE, rare.parted(each)) for each in rare.CHANGED),
]


@pytest.mark.parametrize(("base", "change"), CHANGES, ids=["; ".join(each) for _, each in CHANGES])
def test_a_change_is_taken_back_and_made_again(
    base: tuple[str, ...], change: list[str], place: Place, based: Based
) -> None:
    first, place.stands_at = based(base), ()
    place.run(change)
    changed = place.read()
    place.lead(changed, first)
    assert place.lead(first, changed) != []
    place.lead(changed, first)
    place.stands_at = base
