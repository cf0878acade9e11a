"""The catalog of a PostgreSQL database (12 to 18), in one round trip and one snapshot.

Only ``pg_catalog`` is read, which every role may, and nothing of the user's is evaluated.
Definitions are the server's own (``pg_get_expr``, ``pg_get_viewdef`` ...), taken as they are, but
for arrays of constants, which it writes in two ways. Some of these functions open the table or view
that they speak of under an ACCESS SHARE lock, the weakest there is; all is read in a savepoint and
rolled back, which lets go of such locks and of the session's settings at once.

The functions follow the newest state of the database, whatever the snapshot. Where an object was
dropped meanwhile, all is read once more.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from schema.catalog import (
    postgresql_constraints,
    postgresql_others,
    postgresql_privileges,
    postgresql_routines,
    postgresql_tables,
    postgresql_types,
)
from schema.catalog.batch import fetch_all
from schema.catalog.objects import OWN_TABLES, Catalog
from schema.catalog.postgresql_others import plural
from schema.catalog.postgresql_rows import GoneError, objects
from schema.catalog.postgresql_sql import SETTINGS
from schema.database import READ_ONLY
from schema.errors import DatabaseError

__all__ = ["queries", "read"]

_OLDEST = 120_000

_BEGIN = ("SELECT current_setting('server_version')", "SAVEPOINT schema_catalog", *SETTINGS)
_END = ("ROLLBACK TO SAVEPOINT schema_catalog", "RELEASE SAVEPOINT schema_catalog")

_LOCK_NOT_AVAILABLE = "55P03"
_FORBIDDEN = "42501"

#: What the server says of an object that is gone: undefined object, column, function, table, and
#: internal error ("cache lookup failed", "could not open relation").
_GONE = {"42704", "42703", "42883", "42P01", "XX000"}

#: A query's result: the names of its columns, and its rows.
_Result = tuple[list[str], list[tuple[Any, ...]]]


def queries(version: int) -> list[str]:
    """All queries for a server of this ``server_version_num``; their number is fixed."""
    return [
        *postgresql_types.queries(version),
        *postgresql_tables.queries(version),
        *postgresql_constraints.queries(version),
        *postgresql_routines.queries(version),
        *postgresql_others.queries(version),
        *postgresql_privileges.queries(version),
    ]


def read(connection: Connection) -> Catalog:
    """Read all schema objects of all schemas but the system's.

    Raises DatabaseError for a server older than 12, when a lock that another session holds does
    not come free in time, and when the schema is being changed by another session all the while.
    """
    number = _server_number(connection)
    if number < _OLDEST:
        version = connection.exec_driver_sql("SHOW server_version").scalar_one()
        raise DatabaseError(f"PostgreSQL {version} is too old to be read; 12 is the oldest.")
    try:
        return _read(connection, number)
    except GoneError as error:
        problem = error
    # Only a connection of our own may give up its transaction, and the snapshot with it.
    if connection.info.get(READ_ONLY):
        connection.rollback()
        try:
            return _read(connection, number)
        except GoneError as error:
            problem = error
    raise DatabaseError(
        f"The schema was changed while it was being read: {problem}. Try again."
    ) from problem


def _server_number(connection: Connection) -> int:
    """``server_version_num``, which the driver was told when it connected."""
    driver: Any = connection.connection.driver_connection
    return int(driver.info.server_version)


def _read(connection: Connection, number: int) -> Catalog:
    everything = queries(number)
    counts = " UNION ALL ".join(postgresql_others.counts())
    try:
        version, results = _run(connection, [*everything, counts])
        unseen: list[str] = []
    except DBAPIError as error:
        if _sqlstate(error) != _FORBIDDEN:
            raise
        _restore(connection)
        everything, counts, unseen = _allowed(connection, everything)
        version, results = _run(connection, [*everything, counts])
    *found, (_, counted) = results
    return Catalog(
        "postgresql",
        version.partition(" ")[0],
        (
            item
            for labels, rows in found
            for item in objects(labels, rows)
            if item.name not in OWN_TABLES and item.table not in OWN_TABLES
        ),
        not_compared=[*(_counted(*row) for row in counted if row[2]), *unseen],
    )


def _run(connection: Connection, statements: Sequence[str]) -> tuple[str, list[_Result]]:
    """The server's version, and each statement's result."""
    try:
        results = list(fetch_all(connection, [*_BEGIN, *statements, *_END]))
    except DBAPIError as error:
        _explain(connection, error)
        raise
    _, [(version,)] = results[0]
    return version, results[1 + len(SETTINGS) :]


def _restore(connection: Connection) -> None:
    """Take back a transaction that an error broke, to where it was before."""
    connection.exec_driver_sql("; ".join(_END), execution_options={"no_parameters": True})


# -- what was not read, and why -------------------------------------------------------------------


def _counted(what: str, whats: str, count: int) -> str:
    """``"2 operators"``, for Catalog.not_compared."""
    return f"{count} {what if count == 1 else whats}"


_READABLE = """SELECT c.relname FROM pg_catalog.pg_class c
WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind IN ('r', 'v')
  AND NOT has_any_column_privilege(c.oid, 'SELECT')"""


def _allowed(connection: Connection, everything: list[str]) -> tuple[list[str], str, list[str]]:
    """The queries that this role may run, and in words what it cannot see.

    A server may have been hardened by taking catalogs away from everybody.
    """
    forbidden = set(connection.exec_driver_sql(_READABLE).scalars())

    def lacks(statement: str) -> str:
        needed = re.findall(r"\b(?:FROM|JOIN)\s+(pg_\w+)", statement)
        return ", ".join(sorted(forbidden.intersection(needed)))

    counts = list(postgresql_others.counts())
    unseen = [
        f"{_kinds(statement)} (no right to read {lacks(statement)})"
        for statement in (*everything, *counts)
        if lacks(statement)
    ]
    counted = " UNION ALL ".join(each for each in counts if not lacks(each))
    return [each for each in everything if not lacks(each)], counted, unseen


def _kinds(statement: str) -> str:
    """The kinds of object that a query gives, or counts, in words."""
    head, told, _ = statement.partition(" AS _kind")
    if not told:
        return re.sub(r".*AS what, '(.*)' AS whats.*", r"\1", statement, flags=re.DOTALL)
    kinds = re.findall(r"(?:SELECT|THEN|ELSE) '([a-z ]+)'", head)
    return " and ".join(plural(kind) for kind in kinds)


def _sqlstate(error: DBAPIError) -> str | None:
    return getattr(error.orig, "sqlstate", None)


def _explain(connection: Connection, error: DBAPIError) -> None:
    """Raise a better error than the server's where there is one to give."""
    state = _sqlstate(error)
    if state in _GONE:
        _restore(connection)
        raise GoneError(" ".join(str(error.orig).split())) from error
    if state == _LOCK_NOT_AVAILABLE:
        _restore(connection)
        raise DatabaseError(_who_locks(connection)) from None


_LOCKS = """SELECT coalesce(n.nspname || '.' || c.relname, l.relation::text), l.pid,
    nullif(s.application_name, ''), s.state
FROM pg_catalog.pg_locks l
JOIN pg_catalog.pg_database d ON d.oid = l.database AND d.datname = current_database()
LEFT JOIN pg_catalog.pg_class c ON c.oid = l.relation
LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_stat_activity s ON s.pid = l.pid
WHERE l.mode = 'AccessExclusiveLock' AND l.granted AND l.relation >= 16384
  AND l.pid <> pg_backend_pid() AND coalesce(c.relkind, 'r') IN ('r', 'p', 'v', 'm', 'f')
ORDER BY l.pid, 1 LIMIT 3"""


def _who_locks(connection: Connection) -> str:
    """What to tell of a lock that did not come free: on what it is, and who holds it."""
    held = [
        f"{name} is locked by process {pid}" + (f" ({', '.join(said)})" if said else "")
        for name, pid, *about in connection.exec_driver_sql(_LOCKS)
        if (said := [each for each in about if each]) or True
    ]
    return (
        "Another session is changing the schema and holds a lock for longer than the "
        f"lock_timeout: {'; '.join(held) or 'it has ended just now'}. "
        "Try again when it has ended."
    )
