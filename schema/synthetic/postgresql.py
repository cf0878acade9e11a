"""Putting rows into a PostgreSQL scratch database; the server itself judges each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from psycopg import sql
from psycopg.errors import Error

from schema.database import engine_for, quietly, translated
from schema.errors import NotScratchError
from schema.scratch import ScratchDatabase
from schema.synthetic.tables import ForeignKey, Table

__all__ = ["PostgresqlWriter", "session"]

Row = tuple[Any, ...]

#: How values are written and read as text, whatever the server's own settings are.
_SETTINGS = (
    "SET statement_timeout = 0", "SET synchronous_commit = off",
    "SET synchronize_seqscans = off", "SET timezone = 'UTC'",
    "SET datestyle = 'ISO, YMD'", "SET intervalstyle = 'postgres'", "SET bytea_output = 'hex'",
    "SET extra_float_digits = 1", "SET lc_monetary = 'C'", "SET client_min_messages = error",
)  # fmt: skip


@contextmanager
def session(scratch: ScratchDatabase, application: str) -> Iterator[Any]:
    """A driver's connection in autocommit.

    Raises NotScratchError on any other database, and DatabaseError for the driver's own errors.
    """
    engine = engine_for(scratch.url, application)
    try:
        with translated(scratch.url), quietly(engine.connect()) as connection:
            driver: Any = connection.connection.driver_connection
            driver.rollback()
            driver.autocommit = True
            guard = scratch.guard()
            row = driver.execute(guard["query"]).fetchone()
            if not row or row[0] != guard["token"]:
                raise NotScratchError(
                    f"{scratch.name} does not bear its mark any more; it was not touched."
                )
            for setting in _SETTINGS:
                driver.execute(setting)
            yield driver
    finally:
        engine.dispose()


class PostgresqlWriter:
    """A session that fills tables. ``batch`` is how many rows are given to it at once."""

    batch = 10_000

    def __init__(self, driver: Any) -> None:  # noqa: ANN401 -- psycopg's connection
        self.driver = driver
        self.refusal = ""
        self._slow: set[str] = set()
        self._types: dict[str, dict[str, str]] = {}

    @classmethod
    @contextmanager
    def opened(cls, scratch: ScratchDatabase, _: Sequence[Table]) -> Iterator[PostgresqlWriter]:
        with session(scratch, "schema-workbench filling") as driver:
            yield cls(driver)

    def count(self, table: Table) -> int:
        query = sql.SQL("SELECT count(*) FROM {}").format(_named(table))
        return int(self.driver.execute(query).fetchone()[0])

    def keys(self, table: Table, columns: Sequence[str], limit: int) -> list[Row]:
        """The values of these columns that are there, none of them NULL, as text; a sample."""
        names = [sql.Identifier(name) for name in columns]
        query = sql.SQL("SELECT {} FROM {} WHERE {} LIMIT {}").format(
            sql.SQL(", ").join(sql.SQL("{}::text").format(name) for name in names),
            _named(table),
            sql.SQL(" AND ").join(sql.SQL("{} IS NOT NULL").format(name) for name in names),
            sql.Literal(limit),
        )
        return list(dict.fromkeys(self.driver.execute(query).fetchall()))

    # -- rows

    def insert(self, table: Table, names: Sequence[str], rows: Sequence[Row]) -> tuple[int, bool]:
        """How many of the rows were taken, and whether all were; the last refusal is kept."""
        if table.label not in self._slow and names:
            try:
                with self.driver.transaction():
                    taken = self._copied(table, names, rows)
            except Error as error:
                self.refusal = _told(error)
            else:
                return taken, taken == len(rows)
        taken = self._one_by_one(table, names, rows)
        # Where most rows are refused anyhow, all at once is not tried again.
        (self._slow.discard if taken == len(rows) else self._slow.add)(table.label)
        return taken, taken == len(rows)

    def _copied(self, table: Table, names: Sequence[str], rows: Sequence[Row]) -> int:
        self.driver.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with self.driver.cursor() as cursor:
            columns = sql.SQL(", ").join(map(sql.Identifier, names))
            with cursor.copy(
                sql.SQL("COPY {} ({}) FROM STDIN").format(_named(table), columns)
            ) as copy:
                for row in rows:
                    copy.write_row(row)
            return int(cursor.rowcount)

    def _one_by_one(self, table: Table, names: Sequence[str], rows: Sequence[Row]) -> int:
        """Each row for itself, in the server: one round trip for all of them."""
        self._stage(len(names), [(place, *row) for place, row in enumerate(rows)])
        types = self._column_types(table)
        values = [
            sql.SQL("CAST(r.{} AS {})").format(sql.Identifier(f"c{place}"), sql.SQL(types[name]))
            for place, name in enumerate(names)
        ]
        comma = sql.SQL(", ")
        statement = sql.SQL("INSERT INTO {} DEFAULT VALUES").format(_named(table))
        if names:
            statement = sql.SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES ({})").format(
                _named(table), comma.join(map(sql.Identifier, names)), comma.join(values)
            )
        return self._run_each(statement)

    def _stage(self, width: int, rows: Sequence[Row]) -> None:
        """Rows as text in a temporary table of the session, which nobody else sees."""
        columns = "".join(f", c{place} text" for place in range(width))
        self.driver.execute("DROP TABLE IF EXISTS pg_temp.schema_stage, pg_temp.schema_told")
        self.driver.execute(f"CREATE TEMPORARY TABLE schema_stage (place int{columns})")
        self.driver.execute("CREATE TEMPORARY TABLE schema_told (taken int, message text)")
        with (
            self.driver.cursor() as cursor,
            cursor.copy("COPY pg_temp.schema_stage FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row(row)

    def _run_each(self, statement: sql.Composable) -> int:
        """Run a statement for each staged row ``r``; one that is refused stops no other."""
        block = sql.SQL(
            """DECLARE r record; one int; total int := 0; told text;
            BEGIN
              FOR r IN SELECT * FROM pg_temp.schema_stage ORDER BY place LOOP
                BEGIN
                  {};
                  GET DIAGNOSTICS one = ROW_COUNT;
                  total := total + one;
                EXCEPTION WHEN OTHERS THEN told := SQLERRM;
                END;
              END LOOP;
              INSERT INTO pg_temp.schema_told VALUES (total, told);
            END"""
        ).format(statement)
        try:
            with self.driver.transaction():
                self.driver.execute("SET CONSTRAINTS ALL IMMEDIATE")
                text = block.as_string(self.driver)
                self.driver.execute(sql.SQL("DO {}").format(sql.Literal(text)))
        except Error as error:
            self.refusal = _told(error)
            return 0
        taken, told = self.driver.execute(
            "SELECT taken, message FROM pg_temp.schema_told"
        ).fetchone()
        self.refusal = told or self.refusal
        return int(taken)

    def _column_types(self, table: Table) -> dict[str, str]:
        if table.label not in self._types:
            rows = self.driver.execute(
                "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
                " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
                (_named(table).as_string(self.driver),),
            ).fetchall()
            self._types[table.label] = dict(rows)
        return self._types[table.label]

    # -- keys that had to wait

    def link(self, table: Table, key: ForeignKey, values: Sequence[Row]) -> int:
        """Set the key's columns row by row to these values; how many rows took theirs."""
        query = sql.SQL("SELECT ctid::text FROM {} LIMIT {}").format(
            _named(table), sql.Literal(len(values))
        )
        rows = self.driver.execute(query).fetchall()
        pairs = [(*row, *value) for row, value in zip(rows, values, strict=False) if any(value)]
        self._stage(len(key.columns) + 1, [(place, *pair) for place, pair in enumerate(pairs)])
        types = self._column_types(table)
        sets = [
            sql.SQL("{} = CAST(r.{} AS {})").format(
                sql.Identifier(name), sql.Identifier(f"c{place}"), sql.SQL(types[name])
            )
            for place, name in enumerate(key.columns, 1)
        ]
        update = sql.SQL("UPDATE {} t SET {}").format(_named(table), sql.SQL(", ").join(sets))
        at_once = sql.SQL("{} FROM pg_temp.schema_stage r WHERE t.ctid = r.c0::tid").format(update)
        try:
            with self.driver.transaction():
                self.driver.execute("SET CONSTRAINTS ALL IMMEDIATE")
                return int(self.driver.execute(at_once).rowcount)
        except Error as error:
            self.refusal = _told(error)
        return self._run_each(sql.SQL("{} WHERE t.ctid = r.c0::tid").format(update))

    # -- afterwards

    def check_keys(self, enforced: bool) -> bool:
        """Have foreign keys checked or not, and triggers with them; whether the role may say so."""
        role = "origin" if enforced else "replica"
        try:
            self.driver.execute(f"SET session_replication_role = {role}")
        except Error as error:
            self.refusal = _told(error)
            return False
        return True

    def drop_orphans(self, table: Table, target: Table, key: ForeignKey) -> int:
        """Delete the rows whose key leads to no row; how many those were."""
        both = [(sql.Identifier("p", theirs), sql.Identifier("c", own))
                for own, theirs in zip(key.columns, key.target_columns, strict=True)]  # fmt: skip
        query = sql.SQL(
            "DELETE FROM {} c WHERE {} AND NOT EXISTS (SELECT FROM {} p WHERE {})"
        ).format(
            _named(table),
            sql.SQL(" AND ").join(sql.SQL("{} IS NOT NULL").format(own) for _, own in both),
            _named(target),
            sql.SQL(" AND ").join(sql.SQL("{} = {}").format(*pair) for pair in both),
        )
        try:
            return int(self.driver.execute(query).rowcount)
        except Error as error:
            self.refusal = _told(error)
            return 0

    def finish(self, table: Table) -> list[str]:
        """Set sequences to go on after the rows that are there; what could not be done."""
        notes = []
        for column in table.columns:
            if column.sequence:
                try:
                    with self.driver.transaction():
                        self._set_sequence(table, column.name, column.default)
                except Error as error:
                    notes.append(f"the sequence of {column.name} was not set: {_told(error)}")
        return notes

    def _set_sequence(self, table: Table, name: str, default: str | None) -> None:
        named = _named(table).as_string(self.driver)
        sequence = self.driver.execute(
            "SELECT pg_get_serial_sequence(%s, %s)", (named, name)
        ).fetchone()[0]
        if sequence is None and default is not None:
            sequence = default.partition("'")[2].rpartition("'::")[0]
        if not sequence:
            return
        self.driver.execute(
            sql.SQL(
                """SELECT setval(s.seqrelid, least(greatest(v.value, s.seqmin), s.seqmax))
                   FROM pg_sequence s, (SELECT CASE WHEN (SELECT seqincrement FROM pg_sequence
                       WHERE seqrelid = {0}::regclass) < 0 THEN min({1}) ELSE max({1}) END::bigint
                     AS value FROM {2}) v
                   WHERE s.seqrelid = {0}::regclass AND v.value IS NOT NULL"""
            ).format(sql.Literal(sequence), sql.Identifier(name), _named(table))
        )


def _named(table: Table) -> sql.Identifier:
    return sql.Identifier(table.schema_name or "public", table.name)


def _told(error: Error) -> str:
    """The server's message in one line."""
    return " ".join((error.diag.message_primary or str(error)).split())
