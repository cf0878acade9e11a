"""A MariaDB server: making and dropping databases on it, and the text of what is in one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import DBAPIError, PendingRollbackError

from schema.catalog.mariadb_errors import error_code, error_words
from schema.catalog.mariadb_text import FOLDERS, NAME, quoted, unqualified
from schema.catalog.mariadb_views import spell_view
from schema.database import engine_for, quietly, translated
from schema.errors import ScratchError

__all__ = [
    "Code",
    "Texts",
    "administer",
    "create_database",
    "drop_database",
    "names_of",
    "quoted",
    "run",
    "same_server",
    "texts_of",
    "told",
]

#: ER_DB_CREATE_EXISTS, and what an account hears that may not make databases.
_EXISTS, _FORBIDDEN = 1007, 1044

#: Seconds that a drop waits for a session of a worker that was killed to be gone.
_PATIENCE = 10


#: An account's own limit is for its work elsewhere: what is made here takes as long as it does.
_SETTINGS = f"SET SESSION lock_wait_timeout = {_PATIENCE}, max_statement_time = 0, sql_mode = ''"


@contextmanager
def administer(server: URL, database: str | None = None) -> Iterator[Connection]:
    """An autocommit session on the server, in ``database`` or in none."""
    url = server.set(database=database or "")
    engine = engine_for(url)
    try:
        with translated(url):
            connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        with quietly(connection):
            run(connection, _SETTINGS)
            yield connection
    finally:
        engine.dispose()


@contextmanager
def told(what: str) -> Iterator[None]:
    """The server's refusals leave as ScratchError, in one line."""
    try:
        yield
    except DBAPIError as error:
        raise ScratchError(f"{what}: {error_words(error)}") from error
    except PendingRollbackError as error:  # of a connection that was lost a moment ago
        raise ScratchError(f"{what}: the connection to the server was lost") from error


def run(connection: Connection, statement: str) -> None:
    """Run a statement that takes no parameters: what is put into it is quoted already."""
    connection.exec_driver_sql(statement, execution_options={"no_parameters": True}).close()


def create_database(admin: Connection, name: str, like: str | None) -> None:
    """Make an empty database with the character set and collation of ``like``."""
    query = sa.text(
        "SELECT DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME "
        "FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = :name"
    )
    found = admin.execute(query, {"name": like}).one_or_none() if like else None
    options = f" CHARACTER SET {found[0]} COLLATE {found[1]}" if found else ""
    try:
        run(admin, f"CREATE DATABASE {quoted(name)}{options}")
    except DBAPIError as error:
        number = error_code(error)
        if number == _EXISTS:
            raise ScratchError(
                f"A database {name!r} exists. Choose another name, or drop it."
            ) from error
        if number == _FORBIDDEN:
            raise ScratchError(
                "The account may not make databases on this server, and scratch databases are "
                "made beside the original. Have somebody run: GRANT ALL ON `scratch\\_%`.* TO it."
            ) from error
        raise


def drop_database(admin: Connection, name: str) -> None:
    """Drop it, after the sessions that are still in it: a killed worker's may hold locks."""
    for number in _sessions(admin, name):
        with suppress(DBAPIError):  # it has ended meanwhile, or is another account's
            run(admin, f"KILL CONNECTION {number}")
    run(admin, f"DROP DATABASE IF EXISTS {quoted(name)}")


def _sessions(admin: Connection, name: str) -> list[int]:
    """The sessions in a database; not those of one whose name differs by case."""
    query = sa.text("SELECT ID FROM information_schema.PROCESSLIST WHERE BINARY DB = :name")
    return [int(number) for number in admin.scalars(query, {"name": name})]


def same_server(one: URL, other: URL) -> bool:
    """Whether two URLs lead to one server as one account, as far as can be told from their text."""
    return one.set(database="", drivername="mariadb") == other.set(
        database="", drivername="mariadb"
    )


# -- the text of a database -----------------------------------------------------------------------


@dataclass(frozen=True)
class Code:
    """The text of a routine, view, trigger or event, and the ``sql_mode`` that it runs under."""

    text: str
    mode: str


@dataclass(frozen=True)
class Texts:
    """The statements that make a database's objects, in an order that works.

    ``tables`` are run with ``foreign_key_checks = 0``; ``others`` (routines, views, triggers,
    events) when the rows are in. ``unread`` names what the account may not see the text of.
    """

    sequences: tuple[str, ...]
    tables: tuple[str, ...]
    others: tuple[Code, ...]
    names: tuple[str, ...]
    unread: tuple[str, ...]


#: Kind, the query for the names, and which column of SHOW CREATE has the text.
_OTHERS = (
    ("FUNCTION", "SELECT ROUTINE_NAME FROM information_schema.ROUTINES "
     "WHERE ROUTINE_SCHEMA = %s AND ROUTINE_TYPE = 'FUNCTION' ORDER BY ROUTINE_NAME", 2),
    ("PROCEDURE", "SELECT ROUTINE_NAME FROM information_schema.ROUTINES "
     "WHERE ROUTINE_SCHEMA = %s AND ROUTINE_TYPE = 'PROCEDURE' ORDER BY ROUTINE_NAME", 2),
    ("TRIGGER", "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = %s "
     "ORDER BY EVENT_OBJECT_TABLE, ACTION_TIMING, EVENT_MANIPULATION, ACTION_ORDER", 2),
    ("PACKAGE", "SELECT ROUTINE_NAME FROM information_schema.ROUTINES "
     "WHERE ROUTINE_SCHEMA = %s AND ROUTINE_TYPE = 'PACKAGE' ORDER BY ROUTINE_NAME", 2),
    ("PACKAGE BODY", "SELECT ROUTINE_NAME FROM information_schema.ROUTINES "
     "WHERE ROUTINE_SCHEMA = %s AND ROUTINE_TYPE = 'PACKAGE BODY' ORDER BY ROUTINE_NAME", 2),
    ("EVENT", "SELECT EVENT_NAME FROM information_schema.EVENTS "
     "WHERE EVENT_SCHEMA = %s ORDER BY EVENT_NAME", 3),
)  # fmt: skip

#: Events that nobody gave a start: the server says the moment of making for it.
_STARTLESS = (
    "SELECT EVENT_NAME FROM information_schema.EVENTS WHERE EVENT_SCHEMA = %s AND STARTS = CREATED"
)
#: Oracle's mode quotes names by double quotation marks.
_DEFINER = re.compile(rf"\A(CREATE\s)DEFINER=(?:{NAME}@{NAME}|\"[^\"]*\"@\"[^\"]*\")\s")
_STARTS = re.compile(r"( ON SCHEDULE EVERY (?:'[^']*'|\S+) \w+) STARTS '[^']*'")
_ENABLED = re.compile(r"\b(ON COMPLETION (?:NOT )?PRESERVE) ENABLE\b")
_DEFAULT = re.compile(rb" DEFAULT '((?:[^'\\]|''|\\.)*)'", re.DOTALL)
_ESCAPED = re.compile(rb"\\.|''", re.DOTALL)
_MEANT = {rb"\0": b"\0", rb"\n": b"\n", rb"\r": b"\r"}
_COUNTER = re.compile(r" AUTO_INCREMENT=\d+(?= |\Z)")


def texts_of(
    source: Connection, database: str, *, leave_out: Iterable[str] = (), counters: bool = True
) -> Texts:
    """What SHOW CREATE says of everything in the database that ``source`` is in.

    Definers are left out: who makes the copy owns it. Without ``counters``, AUTO_INCREMENT's are.
    Events come disabled, so that none fires in a copy. Source: https://mariadb.com/kb/en/show-create/
    """
    tables: list[str] = []
    unread: list[str] = []
    skipped = set(leave_out)
    names = [
        name
        for name in names_of(source, database, "BASE TABLE", "SYSTEM VERSIONED")
        if name not in skipped
    ]
    run(source, "SET SESSION character_set_results = binary")  # a default may be no text
    for name in names:
        # A default that calls a sequence names the database, and a copy has a sequence of its own.
        text = unqualified(_as_text(_show(source, "TABLE", name)[1]), database)
        text = _without_folders(text)
        tables.append(text if counters else _without_counter(text))
    run(source, "SET SESSION character_set_results = utf8mb4")
    sequences = [
        str(_show(source, "SEQUENCE", name)[1]) for name in names_of(source, database, "SEQUENCE")
    ]
    others: list[Code] = []
    startless = set(source.exec_driver_sql(_STARTLESS, (database,)).scalars())
    for kind, query, place in _OTHERS:
        for (name,) in source.exec_driver_sql(query, (database,)).all():
            mode, shown = _shown(source, kind, name, place)
            if shown is None:
                unread.append(f"the {kind.lower()} {name}")
                continue
            text = _DEFINER.sub(r"\1", shown)
            if kind == "EVENT":
                text = _STARTS.sub(r"\1", text, count=1) if name in startless else text
                text = _ENABLED.sub(r"\1 DISABLE", text)
            others.append(Code(text, mode))
    others += _views(source, database, unread)
    return Texts(tuple(sequences), tuple(tables), tuple(others), tuple(names), tuple(unread))


def names_of(source: Connection, database: str, *kinds: str) -> list[str]:
    """The tables of a database whose TABLE_TYPE is one of these."""
    query = (
        "SELECT TABLE_NAME FROM information_schema.TABLES "
        "WHERE TABLE_SCHEMA = %s AND TABLE_TYPE IN %s ORDER BY TABLE_NAME"
    )
    return list(source.exec_driver_sql(query, (database, kinds)).scalars())


def _show(source: Connection, kind: str, name: str) -> Any:  # noqa: ANN401 -- a row
    options = {"no_parameters": True}
    statement = f"SHOW CREATE {kind} {quoted(name)}"
    return source.exec_driver_sql(statement, execution_options=options).one()


def _views(source: Connection, database: str, unread: list[str]) -> Iterator[Code]:
    """The views by what is known of them: one that counts a sequence on is not shown to readers."""
    query = (
        "SELECT TABLE_NAME, VIEW_DEFINITION, CHECK_OPTION, SECURITY_TYPE, ALGORITHM "
        "FROM information_schema.VIEWS WHERE TABLE_SCHEMA = %s ORDER BY TABLE_NAME"
    )
    for name, text, check, security, algorithm in source.exec_driver_sql(query, (database,)).all():
        if not text:
            unread.append(f"the view {name}")
            continue
        option = "" if check == "NONE" else f" WITH {check} CHECK OPTION"
        yield Code(
            f"CREATE ALGORITHM={algorithm} SQL SECURITY {security} VIEW {quoted(name)} AS "
            f"{spell_view(text, database)}{option}",
            "",
        )


def _shown(source: Connection, kind: str, name: str, place: int) -> tuple[str, str | None]:
    """The sql_mode that it runs under, and the text that SHOW CREATE has in this column.

    The text is None for one that the account may not see.
    """
    try:
        row = _show(source, kind, name)
    except DBAPIError:
        return "", None
    return str(row[1]), None if row[place] is None else str(row[place])


def _as_text(told: bytes) -> str:
    """The text of a table, with defaults of binary columns that are no UTF-8 as hexadecimal."""
    return _DEFAULT.sub(_hexadecimal, told).decode()


def _hexadecimal(found: re.Match[bytes]) -> bytes:
    try:
        found[1].decode()
    except UnicodeDecodeError:
        value = _ESCAPED.sub(lambda each: _MEANT.get(each[0], each[0][1:]), found[1])
        return f" DEFAULT x'{value.hex()}'".encode()
    return found[0]


def _without_folders(text: str) -> str:
    """Those of a copy would meet the original's there."""
    head, end, options = text.rpartition("\n)")
    return head + end + FOLDERS.sub("", options)


def _without_counter(text: str) -> str:
    head, end, options = text.rpartition("\n)")
    return head + end + _COUNTER.sub("", options)
