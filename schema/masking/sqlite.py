"""Masking a SQLite copy: by functions that SQLite calls, in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import groupby

from schema.catalog.sqlite_text import quote
from schema.database import sqlite_path
from schema.errors import ScratchError
from schema.masking.plan import CollisionError, Step, shortest
from schema.masking.values import Masker, days_later, detour, limits
from schema.scratch import ScratchDatabase
from schema.synthetic.sqlite import check_mark

__all__ = ["mask"]


def mask(
    scratch: ScratchDatabase, steps: Sequence[Step], key: bytes, told: Callable[[float, str], None]
) -> tuple[list[int], list[str]]:
    """Mask the columns; how many values each had, and notes. Raises ScratchError.

    Freed pages are overwritten, and the file is written anew at the end: nothing of the old values
    stays in it. Sources: https://sqlite.org/pragma.html#pragma_secure_delete,
    https://sqlite.org/lang_vacuum.html.
    """
    with closing(sqlite3.connect(sqlite_path(scratch.url), isolation_level=None)) as connection:
        check_mark(connection, scratch)
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA foreign_keys = OFF")
        notes: list[str] = []
        try:
            with _transaction(connection), _without_triggers(connection, steps, notes):
                counts = _masked(connection, steps, key, told)
        except sqlite3.Error as error:
            collided = str(error).startswith("UNIQUE")
            raise (CollisionError if collided else ScratchError)(
                f"Nothing was masked: {error}."
            ) from error
        told(0.8, "writing the file anew")
        if connection.execute(
            "SELECT 1 FROM sqlite_schema WHERE name IN ('sqlite_stat1', 'sqlite_stat4')"
        ).fetchone():
            connection.execute("ANALYZE")  # its samples hold values
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        notes += _virtual_tables(connection)
        return counts, notes


def _masked(
    connection: sqlite3.Connection,
    steps: Sequence[Step],
    key: bytes,
    told: Callable[[float, str], None],
) -> list[int]:
    counts: list[int] = []
    rooms = limits(steps, lambda step: _largest(connection, step))
    for _, group in groupby(steps, lambda step: step.table.label):
        own = list(group)
        table = quote(own[0].table.name)
        told(0.8 * len(counts) / len(steps), f"masking {own[0].table.label}")
        sets, back = [], []
        for place, step in enumerate(own):
            name, function = quote(step.column.name), f"schema_mask_{place}"
            bits, added = rooms[step.group]
            masker = Masker(step, key, longest=shortest(step, steps), bits=bits)
            connection.create_function(function, 1, masker, deterministic=True)
            there, again = detour(step, added, "schema_days({}, %d)")
            sets.append(f"{name} = {there.format(f'{function}({name})')}")
            back += [f"{name} = {again.format(name)}"] if again else []
        sums = ", ".join(f"count({quote(step.column.name)})" for step in own)
        counts += connection.execute(f"SELECT {sums} FROM {table}").fetchone()  # noqa: S608
        connection.create_function("schema_days", 2, days_later, deterministic=True)
        for changes in filter(None, (sets, back)):
            connection.execute(f"UPDATE {table} SET {', '.join(changes)}")  # noqa: S608
    return counts


def _largest(connection: sqlite3.Connection, step: Step) -> int | None:
    name, table = quote(step.column.name), quote(step.table.name)
    query = f"SELECT max(abs({name})) FROM {table} WHERE typeof({name}) = 'integer'"  # noqa: S608
    found: int | None = connection.execute(query).fetchone()[0]
    return found


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def _without_triggers(
    connection: sqlite3.Connection, steps: Sequence[Step], notes: list[str]
) -> Iterator[None]:
    """Keep triggers from firing.

    SQLite can be told so from Python 3.12 on; before, those of the masked tables are taken off and
    put back word for word, in the same transaction.
    Source: https://sqlite.org/c3ref/c_dbconfig_defensive.html#sqlitedbconfigenabletrigger.
    """
    if hasattr(connection, "setconfig"):
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_ENABLE_TRIGGER, False)  # type: ignore[attr-defined,unused-ignore]
        yield
        return
    tables = sorted({step.table.name.lower() for step in steps})
    marks = ", ".join("?" * len(tables))
    query = (
        "SELECT name, sql FROM sqlite_schema"  # noqa: S608 -- only marks are put in
        f" WHERE type = 'trigger' AND lower(tbl_name) IN ({marks}) ORDER BY rowid"
    )
    triggers = connection.execute(query, tables).fetchall()
    for name, _ in triggers:
        connection.execute(f"DROP TRIGGER {quote(name)}")
    yield
    for _, text in triggers:
        connection.execute(text)
    if triggers:
        names = ", ".join(name for name, _ in triggers)
        notes.append(f"the triggers {names} were taken off meanwhile, and put back")


def _virtual_tables(connection: sqlite3.Connection) -> list[str]:
    query = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL%'"
    names = [str(name) for (name,) in connection.execute(query)]
    return [f"{name} is a virtual table: what it holds was not masked" for name in names]
