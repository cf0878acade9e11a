"""Empty scratch databases, made with a few statements and dropped after each test."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from schema import scratch
from schema.database import engine_for, open_read_only, sqlite_path

__all__ = ["Make", "ask", "mariadb", "postgresql", "sqlite"]

Make = Callable[..., scratch.ScratchDatabase]


@pytest.fixture
def sqlite(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Makes a SQLite scratch database with these statements run in it."""
    monkeypatch.setenv("SCHEMA_SCRATCH_DIR", str(tmp_path))
    with ExitStack() as stack:

        def make(*statements: str) -> scratch.ScratchDatabase:
            made = stack.enter_context(scratch.create("sqlite", label="test"))
            with closing(sqlite3.connect(sqlite_path(made.url))) as connection:
                for statement in statements:
                    connection.execute(statement)
                connection.commit()
            return made

        yield make


@pytest.fixture
def postgresql(postgresql_server: str) -> Iterator[Make]:
    """The same on the tests' PostgreSQL server."""
    with _maker("postgresql", postgresql_server) as make:
        yield make


@pytest.fixture
def mariadb(mariadb_url: str) -> Iterator[Make]:
    """The same on the tests' MariaDB server."""
    with _maker("mariadb", mariadb_url) as make:
        yield make


@contextmanager
def _maker(kind: str, server: str) -> Iterator[Make]:
    with ExitStack() as stack:

        def make(*statements: str) -> scratch.ScratchDatabase:
            url = sa.make_url(server)
            made = stack.enter_context(scratch.create(kind, server=url, label="test"))
            engine = engine_for(made.url)
            with engine.begin() as connection:
                for statement in statements:
                    connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
            engine.dispose()
            return made

        yield make


@pytest.fixture
def ask() -> Callable[[scratch.ScratchDatabase, str], list[tuple[Any, ...]]]:
    """Asks a scratch database one question."""

    def answer(made: scratch.ScratchDatabase, query: str) -> list[tuple[Any, ...]]:
        with open_read_only(made.url) as connection:
            rows = connection.exec_driver_sql(query, execution_options={"no_parameters": True})
            return [tuple(row) for row in rows]

    return answer
