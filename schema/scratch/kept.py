"""States of replays, kept so that the revisions that led there need not be run again.

SQLite: the bytes of a file, compressed, in the cache. PostgreSQL: a database on the embedded
server, and on no other, marked as scratch; ``schema scratch list`` shows it. What is kept is never
worked with itself, only copies of it. The least recently used goes first.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from functools import cached_property

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection

from schema import cache
from schema.errors import DatabaseError, ScratchError
from schema.scratch import embedded
from schema.scratch.model import ScratchDatabase, module_of
from schema.scratch.postgresql_marks import LIST_QUERY, from_row, used
from schema.scratch.server import look_around, may_create

__all__ = ["MOST_BYTES", "MOST_DATABASES", "Kept", "all_kept"]

#: Of PostgreSQL's; a database takes 8 MB at least.
MOST_DATABASES = 32
MOST_BYTES = 600_000_000
#: A database that takes more than this is not kept: there, to copy takes as long as to run.
_LARGEST = {"sqlite": 60_000_000, "postgresql": 150_000_000}


class Kept:
    """What is kept of one kind of database; ``server`` as for ``scratch.create``.

    Nothing is, and nothing will be, where scratch databases are made on another server than the
    embedded one.
    """

    def __init__(self, dialect: str, server: URL | None = None) -> None:
        self._dialect = dialect
        self._server = server

    @cached_property
    def _is_elsewhere(self) -> bool:
        server = self._server
        if self._dialect == "mariadb":
            return True
        if self._dialect == "sqlite" or server is None or embedded.is_ours(server):
            return False
        return may_create(server)

    @cached_property
    def _databases(self) -> dict[str, ScratchDatabase]:
        """Those on the embedded server, which is started for it only where it was used before."""
        if self._is_elsewhere or not embedded.was_started():
            return {}
        return {each.keeps: each for each in all_kept()}

    def has(self, key: str) -> bool:
        """Whether there is something under a key, as far as can be told without reading it."""
        if self._dialect == "sqlite":
            return cache.has(key, as_bytes=True)
        return key in self._databases

    def revive(self, key: str, *, label: str) -> ScratchDatabase | None:
        """A new scratch database with what was kept under a key; None when there is none."""
        module = module_of(self._dialect)
        kept = cache.read_bytes(key) if self._dialect == "sqlite" else self._databases.get(key)
        if kept is None:
            return None
        try:
            made: ScratchDatabase = module.revive(kept, label)
        except (ScratchError, DatabaseError):  # another process has dropped it just now
            return None
        return made

    def keep(self, database: ScratchDatabase, key: str) -> None:
        """Keep what a scratch database holds now, if that pays. Nobody may be connected to it."""
        with suppress(ScratchError, DatabaseError, sqlite3.Error):  # then it is not kept
            if self._is_worth(database, key):
                module = module_of(self._dialect)
                if self._dialect == "sqlite":
                    cache.write_bytes(key, module.serialized(database))
                else:
                    module.keep(database, key)
                    _prune()

    def adopt(self, database: ScratchDatabase, key: str) -> bool:
        """Keep a scratch database that is needed no more; whether it was taken, and is no longer
        to be dropped. On PostgreSQL that spares a copy, and the checkpoint that a drop costs."""
        if self._dialect == "sqlite":
            self.keep(database, key)
            return False
        try:
            if not self._is_worth(database, key):
                return False
            module_of(self._dialect).adopt(database, key)
        except (ScratchError, DatabaseError):
            return False
        _prune()
        return True

    def _is_worth(self, database: ScratchDatabase, key: str) -> bool:
        if self._dialect not in _LARGEST or self.has(key):
            return False
        if database.size() > _LARGEST[self._dialect]:
            return False
        return self._dialect == "sqlite" or embedded.is_ours(database.url)


def all_kept() -> list[ScratchDatabase]:
    """The databases that are kept on the embedded server, the last used first."""
    url = embedded.server_url()
    with look_around(url) as connection:
        return _kept_on(connection, url)


def _kept_on(connection: Connection, url: URL) -> list[ScratchDatabase]:
    rows = connection.execute(sa.text(LIST_QUERY)).all()
    found = [(from_row(url, row), row) for row in rows if not row.making]
    kept = [(used(row), each) for each, row in found if each is not None and each.keeps]
    return [each for _, each in sorted(kept, key=lambda pair: pair[0], reverse=True)]


_SIZES = "SELECT datname, pg_database_size(oid) FROM pg_database"


def _prune() -> None:
    """Drop the least recently used, if there are too many, or they take too much."""
    url = embedded.server_url()
    with look_around(url) as connection:
        kept = _kept_on(connection, url)
        sizes = {name: int(size) for name, size in connection.execute(sa.text(_SIZES))}
    taken = 0
    for number, each in enumerate(kept):
        taken += sizes.get(each.name, 0)
        if number >= MOST_DATABASES or taken > MOST_BYTES:
            with suppress(ScratchError, DatabaseError):
                each.drop()
