"""Filling a MariaDB database with what another one holds: definitions by SHOW CREATE, then rows.

Rows of an original are streamed out of a read-only session's snapshot: the server writes them as
SQL values, and another session inserts them, many at a time, so that memory does not grow with
rows. Within scratch databases, rows go from table to table by INSERT … SELECT.
"""

# ruff: noqa: S608 -- names are quoted by the dialect, values by the server

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import DBAPIError

from schema.catalog import OWN_TABLES
from schema.catalog.mariadb_errors import error_words
from schema.catalog.mariadb_text import unqualified
from schema.database import open_read_only
from schema.errors import ScratchError
from schema.scratch.choice import Choice
from schema.scratch.mariadb_rows import chosen, follow, read_keys, read_primary_keys
from schema.scratch.mariadb_server import Code, Texts, names_of, quoted, run, texts_of, told
from schema.scratch.mariadb_values import Columns, copy_rows
from schema.scratch.model import Cancelled, Progress
from schema.scratch.watch import check
from schema.worker.beyond import foreign_database

__all__ = ["duplicate", "move", "stream"]

#: What a session needs for rows and definitions to come out as they went in.
_SETTINGS = (
    "SET SESSION foreign_key_checks = 0, unique_checks = 0, check_constraint_checks = 0, "
    "time_zone = '+00:00', sql_mode = 'NO_AUTO_VALUE_ON_ZERO'"
)
#: A table may take longer to read than any other statement, and its reader be slower than it.
_PATIENT = (
    "SET SESSION max_statement_time = 0, net_write_timeout = 3600, time_zone = '+00:00', "
    "group_concat_max_len = 1048576"
)
#: Engines that keep a table's rows themselves. Another one's lie elsewhere: in other tables, files
#: or servers, and what is written to such a table's copy would be written there.
_KEEPING = {
    "innodb", "myisam", "aria", "memory", "archive", "csv", "blackhole", "rocksdb", "columnstore",
    "mroonga", "tokudb",
}  # fmt: skip


def stream(
    source: URL,
    target: Connection,
    choice: Choice,
    progress: Progress | None,
    cancelled: Cancelled | None,
) -> tuple[str, ...]:
    """Fill the database that ``target`` is in with what ``source`` holds, at one moment.

    Returns what was left out, in words. Raises ScratchError, also when ``cancelled`` said so.
    """
    own = str(source.database)
    with open_read_only(source) as reader, told(f"{own} could not be copied"):
        run(reader, _PATIENT)
        elsewhere = _elsewhere(reader, own)
        texts = texts_of(reader, own, leave_out={*OWN_TABLES, *elsewhere})
        others, left_out = _own_only(texts, _databases(reader, own))
        left_out += [
            f"table {name} (its rows lie elsewhere, by the engine {engine})"
            for name, engine in elsewhere.items()
        ]
        columns, primary_keys = _columns(reader, own), read_primary_keys(reader, own)
        whole = {n for n in texts.names if choice.rows == "all" or choice.keeps(None, n)}
        some = set(texts.names) if choice.rows in {"first", "sample"} else whole
        names = [name for name in texts.names if name in some]
        sizes = _sizes(reader, own)
        total, done = sum(sizes.get(name, 0) for name in names) or 1, 0
        with _filling(target):
            _make(target, [*texts.sequences, *texts.tables])
            for name in names:
                _tell(progress, 0.95 * done / total, f"copying {name}")
                key = primary_keys.get(name) or [column for column, _ in columns[name]]
                which = "" if name in whole else chosen(name, key, choice)
                copy_rows(reader, target, name, columns[name], which, cancelled)
                done += sizes.get(name, 0)
            if some != whole:
                keys = [key for key in read_keys(reader, own) if key.parent not in whole]
                follow(reader, target, keys, columns, progress, cancelled)
            if choice.rows not in {"none", "synthetic"}:
                _set_sequences(reader, target, own)
            left_out += _make_others(target, others)
            if choice.rows != "none":  # those rows are copied that are there now
                versioned = names_of(reader, own, "SYSTEM VERSIONED")
                left_out += [f"the history of {name}" for name in versioned]
    _tell(progress, 1.0, "; ".join(["copied", *(f"without {each}" for each in left_out)]))
    return tuple(left_out)


def duplicate(
    admin: Connection,
    source: str,
    target: str,
    progress: Progress | None,
    cancelled: Cancelled | None,
) -> None:
    """Fill the new database ``target``, in which ``admin`` is, from the scratch one ``source``."""
    run(admin, f"USE {quoted(source)}")
    texts = texts_of(admin, source, leave_out={*OWN_TABLES, *_elsewhere(admin, source)})
    columns = _columns(admin, source)
    run(admin, f"USE {quoted(target)}")
    with _filling(admin):
        _make(admin, [*texts.sequences, *texts.tables])
        for number, name in enumerate(texts.names):
            check(cancelled)
            _tell(progress, number / len(texts.names), f"copying {name}")
            listed = ", ".join(quoted(column) for column, _ in columns[name])
            run(
                admin,
                f"INSERT INTO {quoted(name)} ({listed}) "
                f"SELECT {listed} FROM {quoted(source)}.{quoted(name)}",
            )
        _set_sequences(admin, admin, source)
        _make_others(admin, texts.others)
    _tell(progress, 1.0, "copied")


def move(admin: Connection, source: str, target: str) -> None:
    """Bring what is in a scratch database into the new database ``target``, rows and all."""
    run(admin, f"USE {quoted(source)}")
    texts = texts_of(admin, source, leave_out=OWN_TABLES)
    query = "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = %s"
    for name in admin.exec_driver_sql(query, (source,)).scalars().all():
        run(admin, f"DROP TRIGGER {quoted(name)}")
    moved = (
        f"{quoted(source)}.{quoted(name)} TO {quoted(target)}.{quoted(name)}"
        for name in [*names_of(admin, source, "SEQUENCE"), *texts.names]
    )
    defaults = _defaults_of_sequences(admin, source)
    with _filling(admin):
        run(admin, "SET SESSION system_versioning_alter_history = KEEP")
        for table, columns in defaults.items():
            gone = ", ".join(f"ALTER {quoted(name)} DROP DEFAULT" for name in columns)
            run(admin, f"ALTER TABLE {quoted(table)} {gone}")
        run(admin, f"RENAME TABLE {', '.join(moved)}")
        run(admin, f"USE {quoted(target)}")
        for table, columns in defaults.items():
            back = (f"ALTER {quoted(name)} SET DEFAULT ({text})" for name, text in columns.items())
            run(admin, f"ALTER TABLE {quoted(table)} {', '.join(back)}")
        _make_others(admin, texts.others)


def _defaults_of_sequences(admin: Connection, database: str) -> Mapping[str, Mapping[str, str]]:
    """The defaults that name a sequence, by table and column, without the database's name.

    Such a default keeps that name when its table is moved.
    """
    query = (
        "SELECT TABLE_NAME, COLUMN_NAME, COLUMN_DEFAULT FROM information_schema.COLUMNS "
        "WHERE TABLE_SCHEMA = %s AND COLUMN_DEFAULT IS NOT NULL"
    )
    found: dict[str, dict[str, str]] = {}
    for table, column, default in admin.exec_driver_sql(query, (database,)):
        text = unqualified(default, database)
        if text != default:
            found.setdefault(table, {})[column] = text
    return found


@contextmanager
def _filling(target: Connection) -> Iterator[None]:
    run(target, _SETTINGS)
    yield
    run(target, "SET SESSION foreign_key_checks = 1, unique_checks = 1, sql_mode = ''")


def _tell(progress: Progress | None, part: float, doing: str) -> None:
    if progress is not None:
        progress(part, doing)


# -- definitions ----------------------------------------------------------------------------------


def _elsewhere(reader: Connection, database: str) -> dict[str, str]:
    """The tables whose rows lie elsewhere (MERGE, FEDERATED, CONNECT …), and their engines."""
    query = (
        "SELECT TABLE_NAME, ENGINE FROM information_schema.TABLES WHERE TABLE_SCHEMA = %s "
        "AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED') ORDER BY TABLE_NAME"
    )
    rows = reader.exec_driver_sql(query, (database,))
    return {name: engine for name, engine in rows if engine and engine.lower() not in _KEEPING}


def _databases(reader: Connection, own: str) -> frozenset[str]:
    """The databases of the server that the account sees, and ``own``, in lower case."""
    query = "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA"
    names = {str(name).lower() for name in reader.exec_driver_sql(query).scalars()}
    return frozenset(names - {"information_schema"} | {own.lower()})


def _own_only(texts: Texts, databases: frozenset[str]) -> tuple[list[Code], list[str]]:
    """The views, triggers … that name no database, and what is left out.

    A trigger of a copy that writes to another database would write to the original's neighbour; one
    that names its own, to the original itself.
    """
    others, left_out = [], list(texts.unread)
    for each in texts.others:
        name = foreign_database(each.text, "", databases)
        if name is None:
            others.append(each)
        else:
            left_out.append(f"{_called(each.text)} (it names the database {name})")
    for text in texts.tables:
        name = foreign_database(text, "", databases)
        if name is not None:
            raise ScratchError(f"{_called(text)} names the database {name}, and cannot be copied.")
    return others, left_out


def _called(text: str) -> str:
    """``trigger tr`` of a CREATE statement, for a person."""
    words = text.split("(")[0].replace("`", "").split()[1:]
    kinds = {"TABLE", "VIEW", "TRIGGER", "FUNCTION", "PROCEDURE", "PACKAGE", "EVENT"}
    place = next((i for i, word in enumerate(words) if word in kinds), 0)
    return " ".join([words[place].lower(), *words[place + 1 : place + 2]])


def _make(target: Connection, statements: Iterable[str]) -> None:
    for statement in statements:
        run(target, statement)


def _make_others(target: Connection, others: Collection[Code]) -> list[str]:
    """Make what depends on one another until nothing more can be; returns what is left.

    Each is made under its own ``sql_mode``, as it runs under it ever after.
    """
    waiting = list(others)
    while waiting:
        failed, reason = [], ""
        for each in waiting:
            try:
                run(target, f"SET SESSION sql_mode = '{each.mode}'")
                run(target, each.text)
            except DBAPIError as error:
                failed.append(each)
                reason = error_words(error)
        if len(failed) == len(waiting):
            return [f"{_called(each.text)} ({reason})" for each in failed]
        waiting = failed
    return []


# -- rows -----------------------------------------------------------------------------------------


def _columns(reader: Connection, database: str) -> Mapping[str, Columns]:
    query = (
        "SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, CHARACTER_SET_NAME "
        "FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = %s "
        "AND (GENERATION_EXPRESSION IS NULL OR GENERATION_EXPRESSION = '') "
        "ORDER BY TABLE_NAME, ORDINAL_POSITION"
    )
    found: dict[str, list[tuple[str, str]]] = {}
    for table, column, kind, charset in reader.exec_driver_sql(query, (database,)):
        found.setdefault(table, []).append((column, "text" if charset else str(kind).lower()))
    return found


def _sizes(reader: Connection, database: str) -> dict[str, int]:
    query = (
        "SELECT TABLE_NAME, coalesce(DATA_LENGTH, 0) FROM information_schema.TABLES "
        "WHERE TABLE_SCHEMA = %s"
    )
    rows = reader.exec_driver_sql(query, (database,))
    return {name: int(size) for name, size in rows}


def _set_sequences(reader: Connection, target: Connection, database: str) -> None:
    """Have each go on where its original does. One that counted round, or was told to start again
    before its start, goes back by no setval: https://mariadb.com/kb/en/create-sequence/."""
    options = {"no_parameters": True}
    for name in names_of(reader, database, "SEQUENCE"):
        query = f"SELECT * FROM {quoted(database)}.{quoted(name)}"
        row = reader.exec_driver_sql(query, execution_options=options).one()
        values = ", ".join(str(int(value)) for value in row)
        run(target, f"INSERT INTO {quoted(name)} VALUES ({values})")
