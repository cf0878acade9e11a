"""Copying a choice of rows between two PostgreSQL databases, with all that foreign keys lead to.

Rows flow as COPY's text from the source's snapshot into the target, whose tables are there without
keys and triggers. Which rows are missing, the target finds by joins of its own; so memory does not
grow with rows, and the source is asked for those by their keys, a batch at a time.
Source: https://www.postgresql.org/docs/18/sql-copy.html
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from schema.database import engine_for, quietly, show_url
from schema.errors import ScratchError
from schema.scratch.choice import Choice
from schema.scratch.dump import Route
from schema.scratch.model import Progress, portion
from schema.scratch.postgresql_relations import Key, Relations, Table
from schema.scratch.snapshot import exported_snapshot
from schema.scratch.watch import STOPPED, check, stopping
from schema.unfinished import working_folder

__all__ = ["transfer_chosen"]

_BATCH = 2_000  # keys that are asked for at once
#: How values are written as text, on both sides, as pg_dump does; nothing is left out in silence,
#: and a table takes as long as it does.
_SETTINGS = (
    "SET {} datestyle = 'ISO, YMD'; SET {} intervalstyle = 'postgres'; "
    "SET {} extra_float_digits = 3; SET {} bytea_output = 'hex'; SET {} search_path = ''; "
    "SET {} row_security = off; SET {} synchronize_seqscans = off; SET {} statement_timeout = 0"
)


def transfer_chosen(route: Route, choice: Choice, progress: Progress | None = None) -> None:
    """Fill the empty database of the route's target with the chosen rows of its source.

    Definitions come through pg_dump and pg_restore, rows by COPY, all of one snapshot. The source
    is only read. Raises ScratchError.
    """
    with working_folder("dump") as folder:
        rest = Path(folder, "rest.dump")
        with exported_snapshot(route.source) as (connection, snapshot):
            source: Any = connection.connection.driver_connection
            with _told(route):
                source.execute(_SETTINGS.replace("{}", "LOCAL"))
                relations = Relations.read(source)
            with route.dumping_rest(snapshot, rest):
                route.stream(("pre-data",), snapshot)
            with _told(route), _session(route) as target:
                stop = _canceller(source, target)
                with stopping(route.cancelled, stop) as stopped:
                    copying = _Copying(source, target, relations, choice, route)
                    copying.progress = portion(progress, 0, 0.7)
                    try:
                        copying.run()
                    except psycopg.Error:
                        if not stopped.is_set():
                            raise
                if stopped.is_set():
                    raise ScratchError(STOPPED)
        route.restore_rest(rest, progress)


@contextmanager
def _session(route: Route) -> Iterator[Any]:
    """The driver's connection to the target, which commits what is not in a transaction."""
    engine = engine_for(route.target)
    try:
        with quietly(engine.connect()) as connection:
            driver: Any = connection.connection.driver_connection
            driver.rollback()
            driver.autocommit = True
            driver.execute(_SETTINGS.replace("{} ", ""))
            yield driver
    finally:
        engine.dispose()


@contextmanager
def _told(route: Route) -> Iterator[None]:
    """The driver's errors leave as ScratchError, in one line."""
    try:
        yield
    except psycopg.Error as error:
        text = " ".join(str(error).split())
        raise ScratchError(f"{show_url(route.source)} could not be copied: {text}.") from error


def _canceller(*drivers: Any) -> Any:  # noqa: ANN401 -- psycopg's connections
    def stop() -> None:
        for driver in drivers:
            with suppress(psycopg.Error):
                driver.cancel()

    return stop


class _Copying:
    def __init__(
        self,
        source: Any,  # noqa: ANN401 -- psycopg's connection, as the next
        target: Any,  # noqa: ANN401
        relations: Relations,
        choice: Choice,
        route: Route,
    ) -> None:
        self.source = source
        self.target = target
        self.relations = relations
        self.choice = choice
        self.cancelled = route.cancelled
        self.progress: Progress | None = None
        self.tables = [each for each in relations.tables.values() if not each.is_partition]
        # What covers times is no single row: it is copied with all of its table.
        covering = {key.parent.oid for key in relations.keys if key.is_period}
        self.whole = {
            table.oid
            for table in relations.tables.values()
            if choice.keeps(table.schema_name, table.name)
            or (table.oid in covering and choice.rows in {"first", "sample"})
        }

    def run(self) -> None:
        with self.target.transaction():
            self._copy_chosen()
            self._follow()
            if self.choice.rows not in {"none", "synthetic"}:
                self._set_sequences()

    def _copy_chosen(self) -> None:
        of = len(self.tables)
        for number, table in enumerate(self.tables):
            self._tell(number / of * 0.7, f"{number} of {of} tables read")
            rows = self._chosen(table)
            if rows is not None:
                self._stream(table, rows, table.named)

    def _chosen(self, table: Table) -> sql.Composable | None:
        """The query of the rows that are there for their own sake; None for none."""
        choice, rows = self.choice, table.rows
        if table.oid in self.whole:
            return sql.SQL("SELECT {} FROM {}").format(table.columns, rows)
        if choice.rows == "first":
            query = sql.SQL("SELECT {} FROM {} ORDER BY {} LIMIT {}")
            return query.format(table.columns, rows, table.order, sql.Literal(choice.number))
        if choice.rows != "sample":
            return None
        if choice.part is not None:
            query = sql.SQL("SELECT {} FROM {} TABLESAMPLE BERNOULLI ({}) REPEATABLE ({})")
            share, seed = sql.Literal(choice.part * 100), sql.Literal(choice.seed)
            return query.format(table.columns, rows, share, seed)
        chance = sql.SQL("md5({} || tableoid::text || ctid::text)").format(
            sql.Literal(f"{choice.seed} ")
        )
        query = sql.SQL("SELECT {} FROM {} ORDER BY {} LIMIT {}")
        return query.format(table.columns, rows, chance, sql.Literal(choice.number))

    def _stream(self, table: Table, rows: sql.Composable, into: sql.Composable) -> None:
        read = sql.SQL("COPY ({}) TO STDOUT").format(rows)
        write = sql.SQL("COPY {} ({}) FROM STDIN").format(into, table.columns)
        with self.source.cursor().copy(read) as out, self.target.cursor().copy(write) as in_:
            for block in out:
                check(self.cancelled)
                in_.write(block)

    # -- what foreign keys lead to ------------------------------------------------------------

    def _follow(self) -> None:
        """Add the rows that foreign keys lead to, and of these again, until none is new.

        Looking at all rows again is repeated until it finds nothing: a row that was added to a
        partitioned table may have keys of its partition.
        """
        keys = [key for key in self.relations.keys if key.parent.oid not in self.whole]
        if not keys:
            return
        with_index = self._index_parents(keys)
        for key in keys:
            values = key.values(key.child.rows)
            self._run("CREATE TEMP TABLE {} AS {} WITH NO DATA", key.waiting, values)
        for parent in {key.parent.oid: key.parent for key in keys}.values():
            self._run("CREATE TEMP TABLE {} AS SELECT {} FROM {} WITH NO DATA",
                      parent.added, parent.columns, parent.rows)  # fmt: skip
        added = -1
        while added:
            for key in keys:
                self._run("INSERT INTO {} {}", key.waiting, key.missing(key.child.rows))
            added = 0
            while new := sum(self._add(key, keys) for key in keys):
                added += new
        for name in with_index:
            self._run("DROP INDEX {}", name)

    def _index_parents(self, keys: list[Key]) -> list[sql.Composable]:
        """Indexes to find parents by: the target's own come later, with its keys."""
        names: list[sql.Composable] = []
        for place in {(key.parent.oid, key.targets): key for key in keys}.values():
            name = f"_swb_{place.parent.oid}_{place.number}"
            self._run("CREATE INDEX {} ON {} ({})", sql.Identifier(name), place.parent.named,
                      place.target_columns)  # fmt: skip
            names.append(sql.Identifier(place.parent.schema_name, name))
        return names

    def _add(self, key: Key, keys: list[Key]) -> int:
        """Fetch what one foreign key waits for, in batches; how many rows that were."""
        added = 0
        while batch := self._batch(key):
            self._tell(0.75, f"adding rows of {key.parent.name} that others refer to")
            self._run("TRUNCATE {}", key.parent.added)
            self._stream(key.parent, key.fetched(batch), key.parent.added)
            added += self._run(
                "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM {}",
                key.parent.named, key.parent.columns, key.parent.columns, key.parent.added,
            )  # fmt: skip
            for other in keys:
                # What refers by a generated column is seen when all rows are looked at again.
                seen = set(other.columns) <= set(key.parent.column_names)
                if other.child.oid == key.parent.oid and seen:
                    self._run("INSERT INTO {} {}", other.waiting, other.missing(key.parent.added))
        return added

    def _batch(self, key: Key) -> list[tuple[str, ...]]:
        """Keys that are still missing, as text, taken out of those that wait."""
        left = sql.SQL("SELECT FROM {} LIMIT 1").format(key.waiting)
        while self.target.execute(left).rowcount:
            if taken := self.target.execute(key.taken(_BATCH)).fetchall():
                return list(taken)
        return []

    def _set_sequences(self) -> None:
        for named, regclass in self.relations.sequences:
            value, is_called = self.source.execute(
                sql.SQL("SELECT last_value, is_called FROM {}").format(named)
            ).fetchone()
            self.target.execute(
                "SELECT pg_catalog.setval(%s::text::regclass, %s, %s)", (regclass, value, is_called)
            )

    def _run(self, statement: str, *parts: sql.Composable) -> int:
        check(self.cancelled)
        return int(self.target.execute(sql.SQL(statement).format(*parts)).rowcount)

    def _tell(self, part: float, doing: str) -> None:
        if self.progress is not None:
            self.progress(part, doing)
