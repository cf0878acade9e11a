"""The catalog of a MariaDB database (10.6 to 11), in a constant number of queries.

Facts come from ``information_schema``; a sequence's values from the sequences themselves, all in
one query. What the server keeps under several spellings has one here (see mariadb_text). Objects
have no schema: what MariaDB calls a schema is the database itself, and its name is in none of them,
so that a copy under another name is equal.

Periods of an application, and how versions are divided by time, stand in the tables' own texts
alone; those of the tables that may have one are asked for together.

Not read: the character set that a trigger, routine or event was made under, what reference system
a geometry has (REF_SYSTEM_ID), the parser of a full text index.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from schema.catalog import mariadb_keys as keys
from schema.catalog import mariadb_others as others
from schema.catalog import mariadb_tables as tables
from schema.catalog.mariadb_errors import error_code
from schema.catalog.mariadb_queries import QUERIES, Rows, fetch, shown
from schema.catalog.mariadb_queries import sequences as sequence_rows
from schema.catalog.mariadb_shown import Shown, hiding
from schema.catalog.mariadb_text import spell_collation
from schema.catalog.objects import OWN_TABLES, Catalog, SchemaObject
from schema.errors import DatabaseError

__all__ = ["read"]

_OLDEST = (10, 6)

#: Access denied to a table, a column, or by a role.
_FORBIDDEN = {1142, 1143, 1044, 1370}

#: What an account sees only with a right of its own, by that right's name.
_HIDDEN = {"TRIGGER": "triggers", "EVENT": "events"}

_VERSION = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")


def read(connection: Connection) -> Catalog:
    """Read all schema objects of the database that the connection is in.

    Raises DatabaseError for MySQL, for a server older than 10.6, for a connection that is in no
    database, and while another session changes a table.
    """
    version = _version(connection)
    database = connection.exec_driver_sql("SELECT DATABASE()").scalar_one()
    if database is None:
        raise DatabaseError("The URL names no database: end it with /name.")
    unread: list[str] = []
    found = {
        kind: fetch(connection, query, database)
        for kind, query in QUERIES.items()
        if kind != "routine privileges"
    }
    names = [row[0] for row in found["tables"] if row[1] == "SEQUENCE"]
    with _allowed(unread, f"{len(names)} sequences (no right to read all of them)"):
        found["sequences"] = sequence_rows(connection, names)
    with _allowed(unread, "the privileges of other accounts (no right to read mysql.procs_priv)"):
        found["routine privileges"] = fetch(connection, QUERIES["routine privileges"], database)
    names = hiding(found["checks"], found["partitions"])
    texts: dict[str, Shown] = {}
    with _allowed(unread, f"the periods of {len(names)} tables (no right to SHOW CREATE them)"):
        texts = {name: Shown.of(text) for name, text in shown(connection, names).items()}
    objects = [item for item in _objects(found, texts, database, unread) if not _is_ours(item)]
    return Catalog("mariadb", version, objects, not_compared=[*unread, *_unseen(found["rights"])])


def _is_ours(item: SchemaObject) -> bool:
    return item.name in OWN_TABLES or item.table in OWN_TABLES


def _version(connection: Connection) -> str:
    told = str(connection.exec_driver_sql("SELECT VERSION()").scalar_one())
    number = _VERSION.match(told)
    if "mariadb" not in told.lower():
        raise DatabaseError(f"MySQL ({told}) is not read yet; MariaDB 10.6 and newer is.")
    if number is None or (int(number[1]), int(number[2])) < _OLDEST:
        raise DatabaseError(f"MariaDB {told} is too old to be read; 10.6 is the oldest.")
    return number[0]


def _objects(
    found: Mapping[str, Rows], texts: Mapping[str, Shown], database: str, unread: list[str]
) -> Iterator[SchemaObject]:
    *told_so, mode = found["database"][0]
    charset, collation = map(spell_collation, told_so)
    told = {"charset": charset, "collation": collation}
    yield SchemaObject("database", None, None, "database", told)
    made, owners = tables.tables(found["tables"], found["partitions"], texts, unread)
    yield from made
    columns = tables.columns(found["columns"], owners, found["checks"], database)
    yield from columns
    yield from tables.checks(found["checks"], columns, texts)
    references = keys.foreign_keys(found["foreign keys"], found["foreign key columns"], database)
    yield from references
    spans = {name: text.periods for name, text in texts.items()}
    yield from keys.indexes(found["indexes"], owners, references, spans)
    usual = others.principal(found)
    yield from others.views(found["views"], database, usual, unread)
    yield from others.triggers(found["triggers"], mode, usual)
    yield from others.routines(found["routines"], found["parameters"], mode, usual, unread)
    yield from others.events(found["events"], mode, usual)
    comments = {row[0]: row[6] for row in found["tables"] if row[1] == "SEQUENCE"}
    yield from others.sequences(found.get("sequences", []), comments)
    for kind in ("database", "table", "column"):
        yield from others.privileges(kind, found[f"{kind} privileges"])
    yield from others.routine_privileges(found.get("routine privileges", []))


# -- what was not read, and why -------------------------------------------------------------------


@contextmanager
def _allowed(unread: list[str], what: str) -> Iterator[None]:
    """Leave out, and tell, what the account may not read."""
    try:
        yield
    except DBAPIError as error:
        if error_code(error) not in _FORBIDDEN:
            raise
        unread.append(what)


def _unseen(rights: Rows) -> list[str]:
    """The kinds that this account would not see if there were any."""
    held = {row[0] for row in rights}
    return [f"{kind} (no {right} right)" for right, kind in _HIDDEN.items() if right not in held]
