"""A database before and after a step, on each kind of database, and the verdict on its data."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from schema.catalog import Catalog, read_catalog
from schema.catalog.identities import read_identities
from schema.compare import compare
from schema.database import open_read_only
from schema.rehearsal.ledger import DataVerdict, Ledger, Lookup, judge, read_ledger


@dataclass(frozen=True)
class Statement:
    """What ran, as a step tells it."""

    sql: str


@dataclass
class Step:
    """A database that a step changes, and a copy of it as it was before."""

    kind: str
    before: str
    after: str
    ran: list[str] = field(default_factory=list)
    state: tuple[Ledger, Catalog, dict[Any, str]] | None = None

    def given(self, *statements: str) -> Step:
        """Fill both databases alike."""
        for url in (self.before, self.after):
            execute(url, statements)
        self.state = read(self.after)
        return self

    def run(self, *statements: str) -> Step:
        """What the step does."""
        execute(self.after, statements)
        self.ran += statements
        return self

    def ledgers(self, examples: bool = True) -> tuple[Ledger, Ledger]:
        return read(self.before, examples)[0], read(self.after, examples)[0]

    def judge(self, *, lookup: bool = True, examples: bool = True) -> DataVerdict:
        assert self.state is not None
        old, left, left_ids = self.state
        if not examples:
            old = read(self.before, examples)[0]
        new, right, right_ids = read(self.after, examples)
        return judge(
            old,
            new,
            compare(left, right, identities=(left_ids, right_ids)),
            lookup=Lookup(self.before, self.after, left, right) if lookup else None,
            examples=examples,
            statements=[Statement(each) for each in self.ran],
        )


def execute(url: str, statements: tuple[str, ...]) -> None:
    engine = sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def read(url: str, examples: bool = True) -> tuple[Ledger, Catalog, dict[Any, str]]:
    with open_read_only(url) as connection:
        catalog = read_catalog(connection)
        ledger = read_ledger(connection, catalog, examples=examples)
        return ledger, catalog, dict(read_identities(connection))


@pytest.fixture
def sqlite_step(tmp_path: Path) -> Step:
    """On SQLite."""
    for name in ("before", "after"):
        (tmp_path / f"{name}.sqlite").touch()
    return Step("sqlite", *(f"sqlite:///{tmp_path}/{name}.sqlite" for name in ("before", "after")))


@pytest.fixture(scope="session")
def two_databases(postgresql_server: str) -> Iterator[tuple[str, str]]:
    """Two databases of the server, for one test after another: making one takes a while."""
    names = [f"ledger_{uuid.uuid4().hex[:8]}_{each}" for each in ("before", "after")]
    execute(postgresql_server, tuple(f'CREATE DATABASE "{name}"' for name in names))
    urls = [sa.make_url(postgresql_server).set(database=name) for name in names]
    before, after = (url.render_as_string(hide_password=False) for url in urls)
    yield before, after
    execute(
        postgresql_server, tuple(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)' for name in names)
    )


@pytest.fixture
def postgresql_step(two_databases: tuple[str, str]) -> Iterator[Step]:
    """On PostgreSQL."""
    yield Step("postgresql", *two_databases)
    for url in two_databases:
        execute(url, ("DROP SCHEMA public CASCADE", "CREATE SCHEMA public"))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def step(request: pytest.FixtureRequest) -> Step:
    """On each kind of database in turn."""
    found: Step = request.getfixturevalue(f"{request.param}_step")
    return found
