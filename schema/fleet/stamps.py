"""The stamps of many schemas of one database, in few queries; one that is bad spoils no other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection

from schema.database import translated
from schema.errors import DatabaseError
from schema.history.stamp import stamps_in

__all__ = ["Stamp", "stamp_of", "stamps_of"]

#: What a version table says, or why it says nothing.
Stamp = tuple[str, ...] | DatabaseError

#: The version tables of so many schemas are read by one query.
_AT_ONCE = 50


def stamps_of(
    connection: Connection, url: URL, table: str, schemas: Sequence[str]
) -> dict[str, Stamp]:
    """The stamps in the version tables of these schemas, each of which holds one.

    Where a query for many fails, each of them is asked by itself. Raises DatabaseError only when
    the connection is lost.
    """
    found: dict[str, Stamp] = {}
    for start in range(0, len(schemas), _AT_ONCE):
        batch = schemas[start : start + _AT_ONCE]
        try:
            found |= _together(connection, url, table, batch)
        except DatabaseError:
            if connection.invalidated:
                raise
        alone = (name for name in batch if name not in found)
        found |= {name: stamp_of(connection, url, table, name) for name in alone}
    return found


def stamp_of(connection: Connection, url: URL, table: str, schema_name: str | None) -> Stamp:
    """The same for one schema, None for the default one; ``()`` where it holds no version table."""
    try:
        with _aside(connection, url):
            return stamps_in(connection, table, schema_name)
    except DatabaseError as error:
        if connection.invalidated:
            raise
        return error


def _together(
    connection: Connection, url: URL, table: str, schemas: Sequence[str]
) -> dict[str, Stamp]:
    """The stamps of several by one query, but for those of which a row has no id."""
    queries: list[sa.Select[int, str]] = []
    for place, name in enumerate(schemas):
        version = sa.Column("version_num", sa.String)
        sa.Table(table, sa.MetaData(), version, schema=name)
        queries.append(
            sa.select(sa.literal_column(str(place), sa.Integer), sa.cast(version, sa.Text))
        )
    found: dict[str, set[str | None]] = {name: set() for name in schemas}
    with _aside(connection, url):
        for place, version_num in connection.execute(sa.union_all(*queries)):
            found[schemas[place]].add(version_num)
    return {
        name: tuple(sorted(each for each in ids if each is not None))
        for name, ids in found.items()
        if None not in ids
    }


@contextmanager
def _aside(connection: Connection, url: URL) -> Iterator[None]:
    """A savepoint, rolled back in any case: an error ends no more than what is asked here, and the
    locks on thousands of version tables are not held together.

    Source: https://www.postgresql.org/docs/18/explicit-locking.html
    """
    with translated(url):
        savepoint = connection.begin_nested()
        try:
            yield
        finally:
            savepoint.rollback()
