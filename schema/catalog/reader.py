"""Reading the catalog of one database again and again, as after each of many revisions."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from types import TracebackType

from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import SQLAlchemyError

from schema.catalog import Catalog, read_catalog
from schema.catalog.batch import plan_once
from schema.database import dialect_of, open_read_only
from schema.errors import DatabaseError

__all__ = ["CatalogReader"]


class CatalogReader:
    """The catalog of a database, as it is each time.

    On PostgreSQL one session stays open in between, outside of any transaction, so that the server
    plans the queries once: that takes longer than running them. ``rest`` closes it until the next
    reading, for what demands that nobody is connected.
    """

    def __init__(self, url: URL) -> None:
        self._url = url
        self._stack = ExitStack()
        self._connection: Connection | None = None

    def read(self) -> Catalog:
        """Raises DatabaseError when it cannot be read."""
        if dialect_of(self._url) != "postgresql":
            return read_catalog(self._url)
        try:
            return self._read_in_session()
        except (DatabaseError, SQLAlchemyError):  # somebody has ended the session
            self.rest()
            return read_catalog(self._url)

    def _read_in_session(self) -> Catalog:
        if self._connection is None:
            self._connection = self._stack.enter_context(open_read_only(self._url))
            plan_once(self._connection)
        if not self._connection.in_transaction():
            self._connection.begin()
        found = read_catalog(self._connection)
        self._connection.rollback()
        return found

    def rest(self) -> None:
        """Close the session, if there is one."""
        self._connection = None
        with suppress(DatabaseError, SQLAlchemyError):  # it was lost
            self._stack.close()

    def __enter__(self) -> CatalogReader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.rest()
