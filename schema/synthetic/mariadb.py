"""Putting rows into a MariaDB scratch database; the server itself judges each."""

# ruff: noqa: S608 -- names are quoted by the dialect, values by the driver

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

import pymysql

from schema.catalog.mariadb_errors import error_words
from schema.catalog.mariadb_text import NAME
from schema.database import LOST, engine_for, translated
from schema.errors import NotScratchError
from schema.scratch import ScratchDatabase
from schema.scratch.mariadb_server import quoted
from schema.synthetic.tables import ForeignKey, Table

__all__ = ["MariadbWriter", "Row", "ask", "session", "told"]

Row = tuple[Any, ...]

#: A value that does not fit is refused, and never cut.
_SETTINGS = (
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ERROR_FOR_DIVISION_BY_ZERO,"
    "NO_ENGINE_SUBSTITUTION', time_zone = '+00:00', max_statement_time = 0, "
    "foreign_key_checks = 1, unique_checks = 1"
)


#: A default that takes a sequence's next value, and the sequence's name.
_NEXT = re.compile(rf"nextval\(({NAME})\)\Z")


@contextmanager
def session(scratch: ScratchDatabase, application: str) -> Iterator[Any]:
    """PyMySQL's own connection in autocommit.

    Raises NotScratchError on any other database, and DatabaseError for the driver's own errors.
    """
    engine = engine_for(scratch.url, application)
    try:
        with translated(scratch.url), closing(engine.raw_connection()) as pooled:
            driver: Any = pooled.driver_connection
            driver.autocommit(True)
            _check(driver, scratch)
            ask(driver, _SETTINGS)
            yield driver
    finally:
        engine.dispose()


def _check(driver: Any, scratch: ScratchDatabase) -> None:  # noqa: ANN401
    guard = scratch.guard()
    rows: tuple[Row, ...] = ()
    try:
        rows = ask(driver, guard["query"])
    except pymysql.Error as error:
        if error.args[0] in LOST:
            raise
    if not rows or rows[0][0] != guard["token"]:
        raise NotScratchError(
            f"{scratch.name} does not bear its mark any more; it was not touched."
        )


def ask(driver: Any, statement: str, given: Sequence[Any] | None = None) -> tuple[Row, ...]:  # noqa: ANN401
    """Run a statement; its rows."""
    with driver.cursor() as cursor:
        cursor.execute(statement, given)
        return tuple(cursor.fetchall())


def told(error: pymysql.Error) -> str:
    """The server's message in one line."""
    return error_words(error)


def _doubled(names: str) -> str:
    """Quoted names in a statement to which values are given: a percent sign would be a mark."""
    return names.replace("%", "%%")


class MariadbWriter:
    """A session that fills tables. ``batch`` is how many rows are given to it at once."""

    batch = 2_000

    def __init__(self, driver: Any) -> None:  # noqa: ANN401 -- PyMySQL's connection
        self.driver = driver
        self.refusal = ""
        self._slow: set[str] = set()

    @classmethod
    @contextmanager
    def opened(cls, scratch: ScratchDatabase, _: Sequence[Table]) -> Iterator[MariadbWriter]:
        with session(scratch, "schema-workbench filling") as driver:
            yield cls(driver)

    def count(self, table: Table) -> int:
        [(found,)] = ask(self.driver, f"SELECT count(*) FROM {quoted(table.name)}")
        return int(found)

    def keys(self, table: Table, columns: Sequence[str], limit: int) -> list[Row]:
        """The different values of these columns that are there, none of them NULL; a sample."""
        names = ", ".join(map(quoted, columns))
        there = " AND ".join(f"{quoted(name)} IS NOT NULL" for name in columns)
        query = f"SELECT DISTINCT {names} FROM {quoted(table.name)} WHERE {there} LIMIT {limit}"
        try:
            return list(dict.fromkeys(ask(self.driver, query)))
        except pymysql.Error:
            return []  # a key that leads to columns that are not there

    # -- rows

    def insert(self, table: Table, names: Sequence[str], rows: Sequence[Row]) -> tuple[int, bool]:
        """How many of the rows were taken, and whether all were; the last refusal is kept."""
        statement = self._statement(table, names)
        if table.label not in self._slow:
            try:
                with self.driver.cursor() as cursor:
                    taken = int(cursor.executemany(statement, rows) or 0)
            except pymysql.Error as error:
                self.refusal = told(error)
                # What MyISAM took of it stays, and is refused a second time by its keys.
            else:
                return taken, taken == len(rows)
        taken = self._each((statement, row) for row in rows)
        # Where most rows are refused anyhow, all at once is not tried again.
        (self._slow.discard if taken == len(rows) else self._slow.add)(table.label)
        return taken, taken == len(rows)

    def _statement(self, table: Table, names: Sequence[str]) -> str:
        columns = _doubled(", ".join(map(quoted, names)))
        marks = ", ".join(["%s"] * len(names))
        return f"INSERT INTO {_doubled(quoted(table.name))} ({columns}) VALUES ({marks})"

    def _each(self, statements: Iterator[tuple[str, Row]]) -> int:
        """Each for itself, in one transaction; one that is refused stops no other."""
        taken = 0
        ask(self.driver, "START TRANSACTION")
        try:
            with self.driver.cursor() as cursor:
                for statement, given in statements:
                    try:
                        taken += int(cursor.execute(statement, given))
                    except pymysql.Error as error:
                        self.refusal = told(error)
        finally:
            ask(self.driver, "COMMIT")
        return taken

    # -- keys that had to wait

    def link(self, table: Table, key: ForeignKey, values: Sequence[Row]) -> int:
        """Set the key's columns row by row to these values; how many rows took theirs."""
        own = [quoted(name) for name in table.primary_key]
        if not own:
            self.refusal = "the table has no primary key to know its rows by"
            return 0
        name = quoted(table.name)
        rows = ask(self.driver, f"SELECT {', '.join(own)} FROM {name} LIMIT {len(values)}")
        sets = ", ".join(f"{_doubled(quoted(column))} = %s" for column in key.columns)
        where = " AND ".join(f"{_doubled(column)} = %s" for column in own)
        pairs = [(*value, *row) for value, row in zip(values, rows, strict=False) if any(value)]
        update = f"UPDATE {_doubled(name)} SET {sets} WHERE {where}"
        return self._each((update, pair) for pair in pairs)

    # -- afterwards

    def check_keys(self, enforced: bool) -> bool:
        """Have foreign keys checked or not; whether that could be done."""
        ask(self.driver, f"SET SESSION foreign_key_checks = {int(enforced)}")
        return True

    def drop_orphans(self, table: Table, target: Table, key: ForeignKey) -> int:
        """Delete the rows whose key leads to no row; how many those were."""
        pairs = zip(key.columns, key.target_columns, strict=True)
        same = " AND ".join(f"p.{quoted(theirs)} = c.{quoted(own)}" for own, theirs in pairs)
        there = " AND ".join(f"c.{quoted(name)} IS NOT NULL" for name in key.columns)
        first = quoted(key.target_columns[0])
        query = (
            f"DELETE c FROM {quoted(table.name)} c LEFT JOIN {quoted(target.name)} p ON {same} "
            f"WHERE {there} AND p.{first} IS NULL"
        )
        try:
            with self.driver.cursor() as cursor:
                return int(cursor.execute(query))
        except pymysql.Error as error:
            self.refusal = told(error)
            return 0

    def finish(self, table: Table) -> list[str]:
        """Have sequences go on after the rows that are there; what could not be done.

        AUTO_INCREMENT follows the rows by itself.
        """
        notes = []
        for column in table.columns:
            found = _NEXT.match(column.default or "")
            if found:
                try:
                    self._set_sequence(table, column.name, found[1])
                except pymysql.Error as error:
                    notes.append(f"the sequence of {column.name} was not set: {told(error)}")
        return notes

    def _set_sequence(self, table: Table, column: str, sequence: str) -> None:
        name = quoted(column)
        [(least, most, step)] = ask(
            self.driver, f"SELECT minimum_value, maximum_value, increment FROM {sequence}"
        )
        furthest = f"{'min' if step < 0 else 'max'}({name})"
        [(value,)] = ask(self.driver, f"SELECT {furthest} FROM {quoted(table.name)}")
        if value is not None:  # where the sequence is further by itself, it stays there
            ask(self.driver, f"DO setval({sequence}, {min(max(int(value), least), most)})")
