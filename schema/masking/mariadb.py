"""Masking a MariaDB copy: what each value becomes is put beside it, and set in one transaction."""

# ruff: noqa: S608 -- names are quoted by the dialect, values by the driver

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import groupby
from typing import Any

import pymysql

from schema.database import LOST
from schema.errors import DatabaseError, ScratchError
from schema.masking.plan import CollisionError, Step, shortest
from schema.masking.values import Masker, days_of, detour, limits, salt_of
from schema.scratch import ScratchDatabase
from schema.scratch.mariadb_server import quoted
from schema.scratch.mariadb_values import streamed
from schema.synthetic.mariadb import Row, ask, session
from schema.synthetic.mariadb import told as words

__all__ = ["mask"]

_DUPLICATE = 1062
_ROWS = 1_000  # values are fetched at once
_LEFT = (
    "the server's undo and binary logs may hold old values for as long as it keeps those",
)  # fmt: skip
#: Rules that are an expression of SQL; the others are Python's, as on SQLite.
_PLAIN = {"null", "fixed", "shift"}
_MOVED = "{} + INTERVAL %d DAY"
#: The columns of the table beside: a value's digest, and what it becomes. No table masked has them.
_KNOWN, _BECOMES = "_schema_k", "_schema_v"
_MADE_BY_SERVER = re.compile(
    r"\ACREATE\sDEFINER=(?:`(?:[^`]|``)*`@`(?:[^`]|``)*`|\"[^\"]*\"@\"[^\"]*\")\s", re.ASCII
)

_Told = Callable[[float, str], None]


def mask(
    scratch: ScratchDatabase, steps: Sequence[Step], key: bytes, told: _Told
) -> tuple[list[int], list[str]]:
    """Mask the columns; how many values each had, and notes. Raises ScratchError.

    The tables are written anew, and the history of system-versioned ones is deleted: their files
    hold no old value then. What the server logged it keeps as long as it does.
    """
    with session(scratch, "schema-workbench masking") as driver:
        work = _Masking(driver, scratch, steps, key, told)
        try:
            counts = work.run()
        except pymysql.Error as error:
            number = error.args[0] if error.args else None
            kind = CollisionError if number == _DUPLICATE else ScratchError
            raise kind(f"Nothing was masked: {words(error)}.") from error
        finally:
            work.forget()
        work.clean()
        return counts, [*work.notes, *_LEFT]


class _Masking:
    def __init__(
        self,
        driver: Any,  # noqa: ANN401 -- PyMySQL's connection
        scratch: ScratchDatabase,
        steps: Sequence[Step],
        key: bytes,
        told: _Told,
    ) -> None:
        self.driver, self.scratch, self.steps, self.key = driver, scratch, steps, key
        self.told = told
        self.notes: list[str] = []
        self.limits = limits(steps, self._largest)
        self.places = {id(step): place for place, step in enumerate(steps)}

    def run(self) -> list[int]:
        """All columns, or none: what is reckoned before changes nothing of the tables."""
        for place, step in enumerate(self.steps):
            self.told(0.5 * place / len(self.steps), f"masking {step.table.label}")
            if step.mask.rule not in _PLAIN:
                self._reckon(place, step)
        counts: list[int] = []
        ask(self.driver, "SET SESSION foreign_key_checks = 0")
        with _without_triggers(self.driver, self.scratch, self.steps, self.notes):
            ask(self.driver, "START TRANSACTION")
            try:
                for _, group in groupby(self.steps, lambda step: step.table.label):
                    own = list(group)
                    self.told(0.5 + 0.25 * len(counts) / len(self.steps), "setting what they are")
                    counts += self._set(own)
            except BaseException:
                with suppress(pymysql.Error):
                    ask(self.driver, "ROLLBACK")
                raise
            ask(self.driver, "COMMIT")
        return counts

    def forget(self) -> None:
        """Nothing that leads from old values to new ones stays."""

        def drop(driver: Any) -> None:  # noqa: ANN401
            for place in range(len(self.steps)):
                ask(driver, f"DROP TABLE IF EXISTS {_beside(place)}")
            ask(driver, "SET SESSION foreign_key_checks = 1")

        _surely(self.driver, self.scratch, drop)

    def clean(self) -> None:
        """Write the tables anew; a row that was changed lies about until the server tidies up."""
        for table in {step.table.label: step.table for step in self.steps}.values():
            self.told(0.8, f"writing {table.label} anew")
            name = quoted(table.name)
            versioned = (
                "SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() "
                "AND TABLE_NAME = %s AND TABLE_TYPE = 'SYSTEM VERSIONED'"
            )
            try:
                if ask(self.driver, versioned, (table.name,)):
                    ask(self.driver, f"DELETE HISTORY FROM {name}")
                    self.notes.append(f"the history of {table.label} was deleted")
                ask(self.driver, f"ALTER TABLE {name} FORCE")
            except pymysql.Error as error:
                self.notes.append(f"old values may be left in {table.label}: {words(error)}")

    # -- what values become

    def _reckon(self, place: int, step: Step) -> None:
        """Fill a table with each different value's digest and what it becomes.

        The values are read by one session and written by another, so that memory does not grow
        with rows; the digest is salted with the key that is forgotten.
        """
        column, table = _column(step), quoted(step.table.name)
        beside = _beside(place)
        ask(self.driver, f"DROP TABLE IF EXISTS {beside}")
        kind = {"bytes": "longblob", "integer": "decimal(65)", "number": "text"}.get(
            step.shape, "longtext CHARACTER SET utf8mb4"
        )
        ask(
            self.driver,
            f"CREATE TABLE {beside} ({_KNOWN} binary(32) PRIMARY KEY, {_BECOMES} {kind}) "
            "ENGINE=InnoDB",
        )
        bits = self.limits[step.group][0]
        masker = Masker(step, self.key, longest=shortest(step, self.steps), bits=bits)
        value = column if step.shape != "text" else f"CONVERT({column} USING utf8mb4)"
        query = (
            f"SELECT min({value}), {self._digest(step)} AS {_KNOWN} FROM {table} "
            f"WHERE {column} IS NOT NULL GROUP BY {_KNOWN}"
        )
        with (
            session(self.scratch, "schema-workbench masking") as reading,
            streamed(reading, query) as cursor,
        ):
            while rows := cursor.fetchmany(_ROWS):
                self.told(0.5 * place / len(self.steps), f"masking {step.table.label}")
                made = [(digest, self._masked(step, masker, old)) for old, digest in rows]
                self._keep(beside, made)

    def _keep(self, beside: str, rows: list[tuple[Any, Any]]) -> None:
        with self.driver.cursor() as cursor:
            statement = f"INSERT INTO {beside} ({_KNOWN}, {_BECOMES}) VALUES (%s, %s)"
            cursor.executemany(statement, rows)

    def _masked(self, step: Step, masker: Masker, old: Any) -> Any:  # noqa: ANN401
        made = masker(old)
        if isinstance(made, bytes) and step.longest is not None:
            return made[: step.longest]
        return made

    def _digest(self, step: Step) -> str:
        """What a value is known by: its bytes, so that what only compares alike stays apart."""
        column = _column(step)
        text = f"CONVERT({column} USING utf8mb4)" if step.shape == "text" else column
        salt = self.driver.escape(f"{salt_of(self.key)} {step.rule}")
        return f"UNHEX(SHA2(CONCAT({salt}, ':', HEX({text})), 256))"

    # -- setting it

    def _set(self, own: Sequence[Step]) -> list[int]:
        table = own[0].table
        name = quoted(table.name)
        sums = ", ".join(f"count({quoted(step.column.name)})" for step in own)
        [counts] = ask(self.driver, f"SELECT {sums} FROM {name}")
        sets, back = [], []
        for step in own:
            there, again = detour(step, self.limits[step.group][1], _MOVED)
            column = quoted(step.column.name)
            sets.append(f"{column} = {there.format(self._value(step))}")
            back += [f"{column} = {again.format(column)}"] if again else []
        masked = {step.column.name for step in own}
        kept = [f"{quoted(c)} = {quoted(c)}" for c in _stamped(self.driver, table.name, masked)]
        for changes in filter(None, (sets, back)):
            ask(self.driver, f"UPDATE {name} SET {', '.join([*changes, *kept])}")
        return [int(count) for count in counts]

    def _largest(self, step: Step) -> int | None:
        column, table = quoted(step.column.name), quoted(step.table.name)
        query = f"SELECT max(abs(CAST({column} AS decimal(65)))) FROM {table}"
        found: int | None = ask(self.driver, query)[0][0]
        return found

    def _value(self, step: Step) -> str:
        column, rule = _column(step), step.mask.rule
        if rule == "null":
            return "NULL"
        if rule == "fixed":
            return f"IF({column} IS NULL, NULL, {self.driver.escape(step.mask.argument)})"
        if rule == "shift":
            # A zero date is no date to reckon with: it stays.
            days = days_of(self.key, step.moved_with)
            return f"IF({column} + 0 = 0, {column}, {column} + INTERVAL {days} DAY)"
        beside = _beside(self.places[id(step)])
        return f"(SELECT {_BECOMES} FROM {beside} WHERE {_KNOWN} = {self._digest(step)})"


def _put_back(driver: Any, triggers: Sequence[Row]) -> None:  # noqa: ANN401
    """Make triggers again, of the ``sql_mode`` and the text of each."""
    [(mode,)] = ask(driver, "SELECT @@sql_mode")
    for own_mode, text in triggers:
        ask(driver, "SET SESSION sql_mode = %s", (own_mode,))
        ask(driver, _MADE_BY_SERVER.sub(r"CREATE OR REPLACE ", text, count=1))
    ask(driver, "SET SESSION sql_mode = %s", (mode,))


def _surely(driver: Any, scratch: ScratchDatabase, work: Callable[[Any], None]) -> None:  # noqa: ANN401
    """Do what is left to do, by a new session where the connection is lost.

    Where nobody is let in any more it is not done; the error that led here is told.
    """
    try:
        work(driver)
    except pymysql.Error as error:
        if error.args[0] not in LOST:
            raise
        with (
            suppress(DatabaseError, ScratchError),
            session(scratch, "schema-workbench masking") as again,
        ):
            work(again)


def _column(step: Step) -> str:
    """The masked column with its table, so that no other table's column can be meant."""
    return f"{quoted(step.table.name)}.{quoted(step.column.name)}"


def _beside(place: int) -> str:
    return quoted(f"_schema_mask_{place}")


def _stamped(driver: Any, table: str, masked: set[str]) -> list[str]:  # noqa: ANN401
    """The columns that the server would set to the present time, as they are not named."""
    query = (
        "SELECT COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() "
        "AND TABLE_NAME = %s AND EXTRA LIKE '%%on update%%'"
    )
    return [name for (name,) in ask(driver, query, (table,)) if name not in masked]


@contextmanager
def _without_triggers(
    driver: Any,  # noqa: ANN401
    scratch: ScratchDatabase,
    steps: Sequence[Step],
    notes: list[str],
) -> Iterator[None]:
    """Take the triggers of the masked tables off, and put them back word for word.

    A server of MariaDB cannot be told to fire none.
    """
    tables = sorted({step.table.name for step in steps})
    marks = ", ".join(["%s"] * len(tables))
    query = (
        "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE() "
        f"AND EVENT_OBJECT_TABLE IN ({marks}) "
        "ORDER BY EVENT_OBJECT_TABLE, ACTION_TIMING, EVENT_MANIPULATION, ACTION_ORDER"
    )
    names = [name for (name,) in ask(driver, query, tables)]
    texts = [ask(driver, f"SHOW CREATE TRIGGER {quoted(name)}")[0][1:3] for name in names]
    for name in names:
        ask(driver, f"DROP TRIGGER {quoted(name)}")
    try:
        yield
    finally:
        _surely(driver, scratch, lambda there: _put_back(there, texts))
    if names:
        notes.append(f"the triggers {', '.join(names)} were taken off meanwhile, and put back")
