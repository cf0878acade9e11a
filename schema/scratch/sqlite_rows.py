"""Leaving a choice of rows in a copy of a SQLite file, with all that their foreign keys lead to.

The file is a copy already, so that nothing of its schema or settings has to be made again: the rows
that stay are put aside, the tables are emptied, and the rows are put back. In the end VACUUM takes
away what the others have left. All of it is done by SQLite itself, whose temporary tables hold the
keys: memory does not grow with rows.
"""

# ruff: noqa: S608 -- put together from quoted names and this module's own constants

from __future__ import annotations

import re
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from schema.catalog.sqlite_text import fold, quote
from schema.errors import ScratchError
from schema.scratch.choice import Choice
from schema.scratch.model import Cancelled, Progress
from schema.scratch.watch import STOPPED, check

__all__ = ["thin"]

_ROWIDS = ("rowid", "_rowid_", "oid")
_OWN = "_schema_scratch"
_FULL_TEXT = re.compile(r"\bUSING\s+fts", re.IGNORECASE)
_MASK = 2**31 - 1  # the square of such a number is still an integer to SQLite
_FACTOR = 1_640_531_527  # 2³² less its golden section: neighbours get numbers far from each other
_STEPS = 100_000  # of SQLite's machine, between two looks at whether to stop


@dataclass(frozen=True)
class _Table:
    """A table of the file. ``key`` names what tells its rows apart: its rowid, or its key.

    ``order`` is what its first rows are the first by; ``columns`` are those that hold values.
    """

    number: int
    name: str
    key: tuple[str, ...]
    order: tuple[str, ...]
    columns: tuple[str, ...]

    @property
    def rows(self) -> str:
        return f"main.{quote(self.name)}"

    def temporary(self, what: str) -> str:
        """A temporary table that holds keys of this one."""
        return f"temp._swb_{what}_{self.number}"

    def is_row(self, keys: str, row: str) -> str:
        """The condition that ``keys``, a temporary table, names ``row`` of this one."""
        pairs = (f"{row}.{column} = {keys}.k{n}" for n, column in enumerate(self.key))
        return " AND ".join(pairs)


@dataclass(frozen=True)
class _Reference:
    """A foreign key: rows of ``child`` lead to rows of ``parent``."""

    child: _Table
    parent: _Table
    columns: tuple[tuple[str, str], ...]


def thin(
    path: Path, choice: Choice, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> None:
    """Leave in the file at ``path``, which nobody else uses, the chosen rows only.

    Virtual tables are left as they are by all but a choice without rows, which empties them.
    Raises ScratchError, also when ``cancelled`` said so, and sqlite3.Error.
    """
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.create_function("_swb_chance", -1, _chance, deterministic=True)
        connection.set_progress_handler(_stopper(cancelled), _STEPS)
        try:
            _Thinning(connection, choice, progress, cancelled).run()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname == "SQLITE_INTERRUPT":
                raise ScratchError(STOPPED) from error
            raise


def _stopper(cancelled: Cancelled | None) -> Callable[[], int] | None:
    return None if cancelled is None else lambda: int(cancelled())


def _chance(salt: int, *key: object) -> int:
    mixed = zlib.crc32(repr(key).encode("utf-8", "replace"), salt)
    mixed = (mixed ^ (mixed >> 16)) * 0x85EBCA6B & 0xFFFFFFFF
    return (mixed ^ (mixed >> 13)) & _MASK


class _Thinning:
    def __init__(
        self,
        connection: sqlite3.Connection,
        choice: Choice,
        progress: Progress | None,
        cancelled: Cancelled | None,
    ) -> None:
        self.connection = connection
        self.choice = choice
        self.progress = progress
        self.cancelled = cancelled
        self.tables, self.virtual = self._read_tables()
        self.thinned = [
            table for table in self.tables.values() if not choice.keeps(None, table.name)
        ]
        self.references = list(self._read_references())

    def run(self) -> None:
        with self._without_journal(), self._without_triggers():
            for table in self.thinned:
                self._make_temporary(table)
            self._choose()
            self._follow()
            for number, table in enumerate(self.thinned):
                self._tell(number / len(self.thinned), f"rows of {table.name}")
                self._leave(table)
            self._leave_virtual()
            self._tell(0.95, "freeing what is left out")
            self.connection.execute("VACUUM")

    # -- the schema ---------------------------------------------------------------------------

    def _read_tables(self) -> tuple[dict[str, _Table], dict[str, str]]:
        """The tables that hold rows of their own, by folded name; the virtual ones, with SQL."""
        listed = self.connection.execute(
            "SELECT name, type, wr FROM pragma_table_list WHERE schema = 'main' "
            "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> ? ORDER BY name",
            (_OWN,),
        ).fetchall()
        texts = dict(self.connection.execute("SELECT name, sql FROM main.sqlite_schema"))
        tables = {}
        for number, (name, kind, without_rowid) in enumerate(listed):
            if kind == "table" and (table := self._read_table(number, name, bool(without_rowid))):
                tables[fold(name)] = table
        return tables, {name: texts[name] for name, kind, _ in listed if kind == "virtual"}

    def _read_table(self, number: int, name: str, without_rowid: bool) -> _Table | None:
        """The table; None for one that names columns so that its rowid can't be asked for."""
        told = self.connection.execute(
            "SELECT name, pk FROM pragma_table_xinfo(?, 'main') WHERE hidden = 0", (name,)
        ).fetchall()
        columns = tuple(quote(column) for column, _ in told)
        primary = sorted((place, quote(column)) for column, place in told if place)
        names = {fold(column) for column, _ in told}
        rowid = next((each for each in _ROWIDS if each not in names), None)
        key = tuple(column for _, column in primary)
        if without_rowid:
            return _Table(number, name, key, key, columns)
        if rowid is None:
            return None
        return _Table(number, name, (rowid,), key or (rowid,), columns)

    def _read_references(self) -> Iterator[_Reference]:
        for child in self.tables.values():
            keys: dict[int, list[tuple[str, str, str | None]]] = {}
            for number, parent, column, target in self.connection.execute(
                'SELECT id, "table", "from", "to" FROM pragma_foreign_key_list(?, \'main\') '
                "ORDER BY id, seq",
                (child.name,),
            ):
                keys.setdefault(number, []).append((parent, column, target))
            for columns in keys.values():
                found = self.tables.get(fold(columns[0][0]))
                if found is not None and found in self.thinned:
                    yield _Reference(child, found, self._pairs(found, columns))

    def _pairs(
        self, parent: _Table, columns: list[tuple[str, str, str | None]]
    ) -> tuple[tuple[str, str], ...]:
        """Columns of the child with those that they lead to: by default, the primary key."""
        targets = [quote(target) for _, _, target in columns if target is not None]
        targets = targets or list(parent.order)
        return tuple(zip([quote(column) for _, column, _ in columns], targets, strict=False))

    # -- which rows stay ----------------------------------------------------------------------

    def _make_temporary(self, table: _Table) -> None:
        names = ", ".join(f"k{n}" for n in range(len(table.key)))
        columns = "k0 INTEGER PRIMARY KEY" if names == "k0" and table.key[0] in _ROWIDS else ""
        for what in ("kept", "fresh", "found"):
            self.connection.execute(
                f"CREATE TABLE {table.temporary(what)} "
                f"({columns or f'{names}, PRIMARY KEY ({names})'})"
            )

    def _choose(self) -> None:
        """The rows that are there for their own sake."""
        for number, table in enumerate(self.thinned):
            self._tell(0, f"choosing rows, {number} of {len(self.thinned)} tables")
            where, given = self._chosen(table)
            if where is not None:
                self._run(
                    f"INSERT INTO {table.temporary('fresh')} "
                    f"SELECT {', '.join(table.key)} FROM {table.rows} {where}",
                    *given,
                )
            self._run(
                f"INSERT INTO {table.temporary('kept')} SELECT * FROM {table.temporary('fresh')}"
            )

    def _chosen(self, table: _Table) -> tuple[str | None, tuple[object, ...]]:
        choice = self.choice
        chance = self._chance_of(table)
        if choice.rows == "first":
            return f"ORDER BY {', '.join(table.order)} LIMIT ?", (choice.number,)
        if choice.rows != "sample":
            return None, ()
        if choice.part is not None:
            return f"WHERE {chance} < ?", (choice.part * (_MASK + 1),)
        return f"ORDER BY {chance} LIMIT ?", (choice.number,)

    def _chance_of(self, table: _Table) -> str:
        """What gives each row a number that looks random, and is the same for the same seed."""
        salt = zlib.crc32(f"{self.choice.seed} {table.name}".encode()) & _MASK
        if table.key[0] in _ROWIDS:  # in SQLite's own arithmetic: a function takes ten times longer
            mixed = f"((({table.key[0]} & {_MASK}) * {_FACTOR} + {salt}) & {_MASK})"
            return f"(({mixed} * {mixed} >> 16) & {_MASK})"
        # Bytes, as text that is no UTF-8 would not reach the function.
        keys = ", ".join(f"CAST({column} AS BLOB)" for column in table.key)
        return f"_swb_chance({salt}, {keys})"

    def _follow(self) -> None:
        """Add the rows that their foreign keys lead to, and again, until none is new."""
        whole = [each for each in self.references if each.child not in self.thinned]
        for reference in whole:
            self._find_parents(reference, f"{reference.child.rows} AS c")
        while self._take_found() or self._has_fresh():
            for reference in self.references:
                if reference in whole:
                    continue
                child = reference.child
                fresh = child.temporary("fresh")
                rows = f"{fresh} AS f CROSS JOIN {child.rows} AS c ON {child.is_row('f', 'c')}"
                self._find_parents(reference, rows)
            for table in self.thinned:
                self._run(f"DELETE FROM {table.temporary('fresh')}")

    def _find_parents(self, reference: _Reference, rows: str) -> None:
        parent = reference.parent
        keys = ", ".join(f"p.{column}" for column in parent.key)
        leads = " AND ".join(f"p.{target} = c.{column}" for column, target in reference.columns)
        # CROSS JOIN: in this order, as the rows to begin with are few.
        # Source: https://sqlite.org/optoverview.html#manual_control_of_query_plans_using_cross_join
        self._run(
            f"INSERT OR IGNORE INTO {parent.temporary('found')} SELECT {keys} FROM {rows} "
            f"CROSS JOIN {parent.rows} AS p ON {leads} WHERE NOT EXISTS "
            f"(SELECT 1 FROM {parent.temporary('kept')} AS k WHERE {parent.is_row('k', 'p')})"
        )

    def _take_found(self) -> bool:
        """What was found is kept, and is what to go on from."""
        taken = 0
        for table in self.thinned:
            for what in ("kept", "fresh"):
                taken += self._run(
                    f"INSERT INTO {table.temporary(what)} SELECT * FROM {table.temporary('found')}"
                )
            self._run(f"DELETE FROM {table.temporary('found')}")
        return taken > 0

    def _has_fresh(self) -> bool:
        return any(
            self.connection.execute(f"SELECT 1 FROM {table.temporary('fresh')}").fetchone()
            for table in self.thinned
        )

    # -- leaving them -------------------------------------------------------------------------

    def _leave(self, table: _Table) -> None:
        """Put aside what stays, empty the table at once, and put it back."""
        columns = table.columns
        if table.key[0] in _ROWIDS:
            columns = (table.key[0], *columns)
        # The plus takes the columns' affinity away, so that values are held just as they are.
        values = ", ".join(f"+t.{column} AS c{n}" for n, column in enumerate(columns))
        kept = table.temporary("kept")
        self._run(
            f"CREATE TABLE temp._swb_rows AS SELECT {values} FROM {kept} AS k "
            f"CROSS JOIN {table.rows} AS t ON {table.is_row('k', 't')}"
        )
        self._run(f"DELETE FROM {table.rows}")
        names = ", ".join(f"c{n}" for n in range(len(columns)))
        self._run(
            f"INSERT INTO {table.rows} ({', '.join(columns)}) "
            f"SELECT {names} FROM temp._swb_rows ORDER BY temp._swb_rows.rowid"
        )
        self._run("DROP TABLE temp._swb_rows")

    def _leave_virtual(self) -> None:
        for name, text in self.virtual.items():
            if self.choice.rows in {"none", "synthetic"}:
                self._run(f"DROP TABLE main.{quote(name)}")
                self._run(text)
            elif _FULL_TEXT.search(text):  # its rows may be another table's
                with suppress(sqlite3.Error):
                    self._run(f"INSERT INTO main.{quote(name)} ({quote(name)}) VALUES ('rebuild')")
        if self.choice.rows in {"none", "synthetic"}:
            with suppress(sqlite3.OperationalError):  # there is none: it holds values of rows
                self._run("DELETE FROM main.sqlite_stat4")

    @contextmanager
    def _without_triggers(self) -> Iterator[None]:
        names = {fold(table.name) for table in self.thinned}
        found = [
            (name, sql)
            for name, table, sql in self.connection.execute(
                "SELECT name, tbl_name, sql FROM main.sqlite_schema WHERE type = 'trigger' "
                "ORDER BY rowid"
            )
            if fold(table) in names
        ]
        for name, _ in found:
            self._run(f"DROP TRIGGER main.{quote(name)}")
        yield
        for _, sql in found:
            self._run(sql)

    @contextmanager
    def _without_journal(self) -> Iterator[None]:
        """What fails is thrown away; a WAL would hold all of it a second time."""
        (mode,) = self.connection.execute("PRAGMA journal_mode").fetchone()
        for setting in (
            "synchronous = OFF",
            "secure_delete = OFF",  # VACUUM leaves none of it
            "foreign_keys = OFF",
            "ignore_check_constraints = ON",
            "journal_mode = DELETE",
            "journal_mode = OFF",
        ):
            self.connection.execute(f"PRAGMA {setting}").fetchall()
        yield
        if mode == "wal":
            self.connection.execute("PRAGMA journal_mode = WAL").fetchall()

    def _run(self, statement: str, *given: object) -> int:
        """Run it; the number of rows that it wrote."""
        check(self.cancelled)
        return self.connection.execute(statement, given).rowcount

    def _tell(self, part: float, doing: str) -> None:
        if self.progress is not None:
            self.progress(part, doing)
