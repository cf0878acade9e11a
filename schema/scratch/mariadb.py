"""Scratch databases on a MariaDB server: beside the original, on the one server there is.

The mark is a row in a table of the database, which names the database itself: a dump of it that is
loaded elsewhere is no scratch database. What is being made is known by a lock of the maker's
session, which is gone with it: https://mariadb.com/kb/en/get_lock/.
"""

# ruff: noqa: S608 -- names are quoted by the dialect, the rest are constants

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from schema.catalog.mariadb_errors import error_code
from schema.database import dialect_of, open_read_only, show_url
from schema.errors import DatabaseError, NotScratchError, ScratchError
from schema.scratch.choice import Choice
from schema.scratch.estimate import Estimate, share_of
from schema.scratch.made_up import made_up
from schema.scratch.mariadb_copy import duplicate, move, stream
from schema.scratch.mariadb_server import (
    administer,
    create_database,
    drop_database,
    quoted,
    run,
    same_server,
    told,
)
from schema.scratch.model import (
    Cancelled,
    Mark,
    Progress,
    ScratchDatabase,
    new_mark,
    new_name,
    portion,
    time_in_name,
)

__all__ = [
    "GUARD_QUERY",
    "checkpoint",
    "copy",
    "create",
    "drop",
    "estimate",
    "find",
    "is_shared",
    "open_marked",
    "publish",
    "refill",
    "restore",
    "size",
]

_TABLE = "_schema_scratch"
GUARD_QUERY = f"SELECT token FROM {_TABLE} WHERE name = DATABASE()"

_NO_SUCH_TABLE = 1146
_STREAMED = 10_000_000  # bytes of tables a second, measured on a machine of two cores


def create(label: str, server: URL | None = None) -> ScratchDatabase:
    """An empty, marked database on ``server``, with the character set of the URL's database."""
    if server is None:
        raise ScratchError(
            "A MariaDB scratch database needs a server: give the URL of a database with --url."
        )
    mark = new_mark(None)
    name = new_name(None, mark, label=label)
    with _making(server, name, server.database) as admin:
        _set_mark(admin, name, mark)
        _complete(admin, name)
    return ScratchDatabase.bearing(mark, server.set(database=name))


def copy(
    source: URL,
    name: str | None,
    choice: Choice,
    server: URL | None,
    progress: Progress | None,
    cancelled: Cancelled | None,
) -> ScratchDatabase:
    """A marked copy of ``source``, by default on its own server."""
    where = source if server is None else server
    if dialect_of(where) != "mariadb":
        raise ScratchError(f"{show_url(where)} is no MariaDB server.")
    mark = new_mark(source)
    called = name or new_name(source, mark)
    _fill(where, called, mark, source, choice, progress, cancelled)
    return ScratchDatabase.bearing(mark, where.set(database=called))


def refill(
    scratch: ScratchDatabase,
    source: URL,
    choice: Choice,
    progress: Progress | None,
    cancelled: Cancelled | None,
) -> ScratchDatabase:
    """A new copy under the same name. MariaDB renames no database: the old one goes first."""
    mark = new_mark(source)
    with administer(scratch.url) as admin, told(f"{scratch.name} could not be filled again"):
        _check_token(admin, scratch)
        drop_database(admin, scratch.name)
    _fill(scratch.url, scratch.name, mark, source, choice, progress, cancelled)
    return ScratchDatabase.bearing(mark, scratch.url.set(database=scratch.name))


def _fill(
    where: URL,
    name: str,
    mark: Mark,
    source: URL,
    choice: Choice,
    progress: Progress | None,
    cancelled: Cancelled | None,
) -> None:
    with _making(where, name, source.database if same_server(where, source) else None) as admin:
        run(admin, f"USE {quoted(name)}")
        _set_mark(admin, name, mark)
        adds = choice.rows == "synthetic" or bool(choice.masks)
        stream(source, admin, choice, portion(progress, 0, 0.5 if adds else 1), cancelled)
        if adds:
            made = ScratchDatabase.bearing(mark, where.set(database=name))
            made_up(made, choice, portion(progress, 0.5, 1), cancelled)
        _complete(admin, name)


def estimate(source: URL, choice: Choice, server: URL | None) -> Estimate:
    """What a copy will take. Raises DatabaseError when the source cannot be read."""
    query = sa.text(
        "SELECT coalesce(DATA_LENGTH + INDEX_LENGTH, 0), coalesce(TABLE_ROWS, 0) "
        "FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND ENGINE IS NOT NULL"
    )
    with open_read_only(source) as connection:
        tables = [(int(size), int(rows)) for size, rows in connection.execute(query)]
    share = share_of(choice, (rows for _, rows in tables))
    needed = int(sum(size for size, _ in tables) * share)
    adds = [
        *([", then made up"] if choice.rows == "synthetic" else []),
        *([", then masked"] if choice.masks else []),
    ]
    return Estimate(
        way="definitions by SHOW CREATE, rows streamed" + "".join(adds),
        where=show_url((server or source).set(database=None)),
        bytes=needed,
        free=None,
        tables=len(tables),
        seconds=1 + needed / _STREAMED,
        problem=None,
        choice=choice,
    )


def checkpoint(
    scratch: ScratchDatabase, progress: Progress | None, cancelled: Cancelled | None
) -> ScratchDatabase:
    """A database that keeps what the scratch database holds now."""
    mark = new_mark(scratch.source, checkpoint_of=scratch.name)
    name = new_name(scratch.url, mark)
    _duplicate(scratch.url, scratch.name, name, mark, progress, cancelled)
    return ScratchDatabase.bearing(mark, scratch.url.set(database=name))


def restore(
    scratch: ScratchDatabase,
    kept: ScratchDatabase,
    progress: Progress | None,
    cancelled: Cancelled | None,
) -> ScratchDatabase:
    """The checkpoint's contents under the scratch database's name, which goes first."""
    if not same_server(scratch.url, kept.url):
        raise ScratchError(f"{kept.name} is on another server than {scratch.name}.")
    mark = new_mark(scratch.source)
    with administer(scratch.url) as admin, told(f"{scratch.name} could not be restored"):
        _check_token(admin, scratch)
        drop_database(admin, scratch.name)
    _duplicate(scratch.url, kept.name, scratch.name, mark, progress, cancelled)
    return ScratchDatabase.bearing(mark, scratch.url.set(database=scratch.name))


def _duplicate(
    server: URL,
    source: str,
    name: str,
    mark: Mark,
    progress: Progress | None,
    cancelled: Cancelled | None,
) -> None:
    with _making(server, name, source) as admin:
        run(admin, f"USE {quoted(name)}")
        _set_mark(admin, name, mark)
        duplicate(admin, source, name, progress, cancelled)
        _complete(admin, name)


def publish(scratch: ScratchDatabase, target: URL) -> None:
    """Move all that is in it to a new database of the target's name: MariaDB renames none.

    Triggers are made anew, as they keep a table from going to another database.
    """
    name = str(target.database)
    if not same_server(scratch.url, target):
        raise ScratchError(f"{show_url(target)} is on another server than {scratch.name}.")
    with administer(scratch.url) as admin, told(f"{name} could not be made"):
        _check_token(admin, scratch)
        create_database(admin, name, scratch.name)
        try:
            move(admin, scratch.name, name)
        except BaseException:
            _unmake(admin, scratch.url, name)
            raise
        _unmake(admin, scratch.url, scratch.name)


# -- finding and dropping -------------------------------------------------------------------------


def open_marked(url: URL) -> ScratchDatabase:
    """The marked database behind ``url``. Raises NotScratchError or DatabaseError."""
    with open_read_only(url) as connection:
        found = _read_mark(connection, url, str(url.database))
    if found is None or not found.complete:
        raise NotScratchError(f"{url.database} is no scratch database; it was not touched.")
    return found


def find(server: URL) -> list[ScratchDatabase]:
    """All marked databases on this server, and what killed processes left half-made.

    The account sees those that it has a right on.
    """
    query = sa.text(
        "SELECT s.SCHEMA_NAME, t.TABLE_NAME IS NOT NULL FROM information_schema.SCHEMATA s "
        "LEFT JOIN information_schema.TABLES t ON t.TABLE_SCHEMA = s.SCHEMA_NAME "
        "AND t.TABLE_NAME = :table ORDER BY s.SCHEMA_NAME"
    )
    found = []
    with open_read_only(server.set(database="information_schema")) as connection:
        for name, has_table in connection.execute(query, {"table": _TABLE}).all():
            marked = _read_mark(connection, server, name) if has_table else None
            if marked is None and (created := time_in_name(name)) is not None:
                url = server.set(database=name)
                marked = ScratchDatabase(url, name, "", created, "", complete=False)
            if marked is not None and _is_settled(connection, marked):
                found.append(marked)
    return found


def _is_settled(connection: Connection, scratch: ScratchDatabase) -> bool:
    """Whether nobody is making it right now."""
    free = connection.scalar(sa.text("SELECT IS_FREE_LOCK(:name)"), {"name": scratch.name})
    return scratch.complete or bool(free)


def _read_mark(connection: Connection, server: URL, name: str) -> ScratchDatabase | None:
    query = f"SELECT * FROM {quoted(name)}.{_TABLE}"
    try:
        options = {"no_parameters": True}
        rows: Any = connection.exec_driver_sql(query, execution_options=options).all()
    except DBAPIError as error:
        if error_code(error) == _NO_SUCH_TABLE:
            return None
        raise
    for row in rows:
        if row.name == name:
            created = datetime.strptime(row.created, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
            return ScratchDatabase(
                server.set(database=name), name, row.source, created, row.token,
                bool(row.complete), row.checkpoint_of,
            )  # fmt: skip
    return None


def is_shared(_url: URL) -> bool:
    """Whether it is on a server where others have databases: always."""
    return True


def size(scratch: ScratchDatabase) -> int:
    query = sa.text(
        "SELECT coalesce(sum(DATA_LENGTH + INDEX_LENGTH), 0) FROM information_schema.TABLES "
        "WHERE TABLE_SCHEMA = :name"
    )
    with open_read_only(scratch.url) as connection:
        return int(connection.execute(query, {"name": scratch.name}).scalar_one())


def drop(scratch: ScratchDatabase) -> None:
    """Drop it and its checkpoints, ending their sessions, if it still bears its mark."""
    with administer(scratch.url) as admin, told(f"{scratch.name} could not be dropped"):
        _check_token(admin, scratch)
        _drop_surely(admin, scratch.url, scratch.name)
    for each in find(scratch.url):
        if each.checkpoint_of == scratch.name:
            drop(each)


def _check_token(admin: Connection, scratch: ScratchDatabase) -> None:
    """Raise NotScratchError when the database is there and is not the one that was marked."""
    query = sa.text("SELECT 1 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = :name")
    if not admin.scalar(query, {"name": scratch.name}):
        return
    there = _read_mark(admin, scratch.url, scratch.name)
    if there is None and time_in_name(scratch.name) is not None:
        return  # by its name it is ours; a migration may have dropped every table
    if there is None or there.token != scratch.token:
        raise NotScratchError(f"{scratch.name} bears another mark; it was not touched.")


# -- making ---------------------------------------------------------------------------------------


@contextmanager
def _making(server: URL, name: str, like: str | None) -> Iterator[Connection]:
    """A session that has made the database ``name``; what fails is dropped again."""
    with administer(server) as admin:
        admin.execute(sa.text("SELECT GET_LOCK(:name, 0)"), {"name": name}).close()
        with told(f"The scratch database {name} could not be made"):
            create_database(admin, name, like)
            try:
                yield admin
            except BaseException:
                _unmake(admin, server, name)
                raise


def _unmake(admin: Connection, server: URL, name: str) -> None:
    """Drop what was half-made, by a new session where the connection of the first one is lost."""
    with suppress(SQLAlchemyError, DatabaseError):
        _drop_surely(admin, server, name)


def _drop_surely(admin: Connection, server: URL, name: str) -> None:
    try:
        drop_database(admin, name)
    except SQLAlchemyError:
        with administer(server) as again:
            drop_database(again, name)


def _set_mark(admin: Connection, name: str, mark: Mark) -> None:
    table = f"{quoted(name)}.{_TABLE}"
    run(
        admin,
        f"CREATE TABLE {table} (name varchar(64) PRIMARY KEY, token varchar(64) NOT NULL, "
        "source text NOT NULL, created varchar(40) NOT NULL, complete boolean NOT NULL, "
        "checkpoint_of varchar(64) NOT NULL) ENGINE=InnoDB CHARACTER SET utf8mb4",
    )
    values = {
        "name": name,
        "token": mark.token,
        "source": mark.source,
        "created": f"{mark.created:%Y-%m-%dT%H:%M:%S}",
        "of": mark.checkpoint_of,
    }
    statement = f"INSERT INTO {table} VALUES (:name, :token, :source, :created, 0, :of)"
    admin.execute(sa.text(statement), values)


def _complete(admin: Connection, name: str) -> None:
    run(admin, f"UPDATE {quoted(name)}.{_TABLE} SET complete = 1")
