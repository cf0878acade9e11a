"""What a revision has to do in one direction: by Alembic's operations, and by SQL for the rest.

Nothing is believed: the operations are run on a scratch database, which is read again, and what
they did not do, or undid (batch mode on SQLite forgets triggers, collations …), is added as SQL. A
table that Alembic's operations cannot bring where it shall be is left to SQL altogether.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property

from alembic.operations import ops
from alembic.util import CommandError
from sqlalchemy import MetaData
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import SQLAlchemyError

from schema import ddl
from schema.catalog import Catalog, read_catalog
from schema.compare import Difference, compare
from schema.ddl import Statement
from schema.rebuilding.running import run
from schema.repair.proof import rebuilt
from schema.repair.revision_code import Rebuild
from schema.repair.revision_operations import (
    Block,
    TableName,
    blocks,
    connected,
    default_schema,
    reflected,
    renames,
    run_blocks,
    table_of,
)
from schema.scratch import ScratchDatabase

__all__ = ["Plan", "Planner"]

#: Differences that no SQL can express, each with the reason.
Impossible = list[tuple[Difference, str]]

#: What autogenerate and its operations are known to raise.
_ERRORS = (SQLAlchemyError, CommandError, NotImplementedError, ValueError, KeyError,
           AssertionError, AttributeError)  # fmt: skip

#: What autogenerate compares. All else is SQL.
_ALEMBIC = frozenset({"table", "column", "unique", "foreign key", "index", "check"})

_COMPUTED = frozenset({"identity", "identity_options", "generated"})

#: What tables may need before they are made, and cannot do without.
_FIRST = frozenset(
    {"schema", "extension", "enum", "domain", "composite type", "range type", "collation",
     "sequence", "function", "foreign data wrapper", "foreign server"}
)  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """SQL before, Alembic's operations, tables made anew by SQL on SQLite, SQL after.

    ``not_expressed`` is what no SQL can do.

    ``keeps_rows`` is True where SQLite makes a table anew to which others refer.
    """

    before: tuple[Statement, ...] = ()
    blocks: tuple[Block, ...] = ()
    rebuilds: tuple[Rebuild, ...] = ()
    after: tuple[Statement, ...] = ()
    not_expressed: tuple[tuple[Difference, str], ...] = ()
    keeps_rows: bool = False


@dataclass
class Planner:
    """Finds the plan that leads from one catalog to another.

    ``server`` is where scratch databases are made; None means a file, or the embedded server.
    ``as_batch`` is the project's ``render_as_batch``.
    """

    found: Catalog
    wanted: Catalog
    server: URL | None
    as_batch: bool
    _by_sql: set[TableName] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.differences = list(compare(self.wanted, self.found))
        self.is_sqlite = self.found.dialect == "sqlite"
        named = {table_of(item) for item in self.differences}
        self.tables = {name for name in named if name is not None} | {
            (default_schema(item.schema_name), item.renamed_from)
            for item in self.differences
            if item.kind == "table" and item.renamed_from
        }

        # Alembic writes a change of these in a form that it cannot run.
        self._by_sql |= {
            name
            for item in self.differences
            if item.change == "changed" and _COMPUTED & set(item.properties)
            if (name := table_of(item)) is not None
        }

    def plan(self) -> Plan:
        """The plan with the most of Alembic's own operations that was seen to arrive."""
        while True:
            attempt = _Attempt(self, frozenset(self._by_sql))
            plan, failed = attempt.run()
            if plan is not None:
                return plan
            new = (failed or self.tables) - self._by_sql
            if not new:
                return self.sql_only()
            self._by_sql |= new

    def sql_only(self) -> Plan:
        """All of it as SQL, in the order of its dependencies."""
        statements, not_expressed = ddl.migrate(self.found, self.wanted, self.differences)
        return Plan(
            after=tuple(_for_a_revision(statements)),
            not_expressed=tuple(not_expressed),
            keeps_rows=self.is_sqlite and self.refers_to(_remade(statements)),
        )

    @cached_property
    def wanted_tables(self) -> MetaData:
        """The tables as they shall be, as SQLAlchemy reads them."""
        with (
            rebuilt(self.wanted, self.server, label="revision") as goal,
            connected(goal.scratch) as connection,
        ):
            return reflected(connection, self.tables)

    def by_sql(self, tables: Iterable[TableName]) -> tuple[list[Rebuild], Impossible]:
        """One table after the other, so that each can be passed over where it is done."""
        rebuilds: list[Rebuild] = []
        not_expressed: Impossible = []
        for name in sorted(tables, key=str):
            mine = [item for item in self.differences if table_of(item) == name]
            statements, impossible = ddl.migrate(self.found, self.wanted, mine)
            kept = _for_a_revision(statements)
            rebuilds += [Rebuild(tuple(kept), tuple(mine))] if kept else []
            not_expressed += impossible
        return rebuilds, not_expressed

    def refers_to(self, tables: Iterable[str]) -> bool:
        """Whether a foreign key of another table leads to one of these."""
        wanted = set(tables)
        keys = [*self.found.of_kind("foreign key"), *self.wanted.of_kind("foreign key")]
        return any(
            key.properties["target"] in wanted and key.properties["target"] != key.table
            for key in keys
        )


class _Attempt:
    """One try: these tables by SQL, the others by Alembic's operations."""

    def __init__(self, planner: Planner, by_sql: frozenset[TableName]) -> None:
        self._planner = planner
        self._by_sql = by_sql
        self._failed: set[TableName] = set()

    def run(self) -> tuple[Plan | None, set[TableName]]:
        """The plan when it arrived; else None, and the tables on which it failed (maybe none)."""
        planner = self._planner
        ours = [item for item in planner.differences if not self._is_sql(item)]
        by_sql = [item for item in planner.differences if self._is_sql(item)]
        others = [item for item in by_sql if table_of(item) not in self._by_sql]
        statements, not_expressed = ddl.migrate(planner.found, planner.wanted, others)
        rebuilds, impossible = planner.by_sql(self._by_sql)
        before = [each for each in statements if _comes_first(each)]
        after = [each for each in statements if each not in before]
        remade = [each for rebuild in rebuilds for each in rebuild.statements]
        with rebuilt(planner.found, planner.server, label="revision") as copy:
            if run(copy.scratch, before) is not None:
                return None, set()
            made = self._operations(copy.scratch, ours)
            if self._failed or run(copy.scratch, [*remade, *after]) is not None:
                return None, self._failed
            rest = self._rest(copy.scratch, not_expressed + impossible)
        if rest is None:
            return None, self._failed
        return Plan(
            tuple(before),
            tuple(made),
            tuple(rebuilds),
            tuple(_for_a_revision([*after, *rest])),
            tuple(not_expressed + impossible),
            planner.is_sqlite and planner.refers_to({*_remade(remade), *_batched(made)}),
        ), set()

    def _is_sql(self, item: Difference) -> bool:
        return item.kind not in _ALEMBIC or table_of(item) in self._by_sql

    def _operations(self, scratch: ScratchDatabase, ours: list[Difference]) -> list[Block]:
        """Find and run Alembic's operations; a table on which one fails is noted."""
        if not ours:
            return []
        tables = {name for name in self._planner.tables if name not in self._by_sql}
        made: list[Block] = []
        try:
            wanted = self._planner.wanted_tables
            with connected(scratch) as connection:
                made += self._run(connection, renames(ours))
            found = self._found(scratch, wanted, tables, ours)
            with connected(scratch) as connection:
                made += self._run(connection, found)
        except _ERRORS:
            self._failed |= self._failed or tables
        return made

    def _found(
        self,
        scratch: ScratchDatabase,
        wanted: MetaData,
        tables: set[TableName],
        ours: list[Difference],
    ) -> list[Block]:
        """The operations. Where autogenerate fails, it is asked for each table alone."""
        try:
            with connected(scratch) as connection:
                return blocks(connection, wanted, tables, ours, as_batch=self._is_batch())
        except _ERRORS:
            if len(tables) > 1:
                for name in tables:
                    with suppress(*_ERRORS):
                        self._found(scratch, wanted, {name}, ours)
            self._failed |= tables if len(tables) == 1 or not self._failed else set()
            raise

    def _is_batch(self) -> bool:
        return self._planner.as_batch or self._planner.is_sqlite

    def _run(self, connection: Connection, found: Sequence[Block]) -> list[Block]:
        for block in found:
            try:
                run_blocks(connection, [block])
            except Exception:
                self._failed |= {block.table} if block.table else set()
                raise
        return list(found)

    def _rest(
        self, scratch: ScratchDatabase, impossible: Sequence[tuple[Difference, str]]
    ) -> list[Statement] | None:
        """What is still to do, as SQL that was seen to do it; None when it did not."""
        left = self._left(scratch, impossible)
        if not left:
            return []
        there = read_catalog(scratch.url)
        statements, _ = ddl.migrate(there, self._planner.wanted, left)
        unfinished = {(None, name) for name in _remade(statements)}
        if unfinished or run(scratch, statements) is not None:
            self._failed |= unfinished or {name for i in left if (name := table_of(i))}
            return None
        return None if self._left(scratch, impossible) else statements

    def _left(
        self, scratch: ScratchDatabase, impossible: Sequence[tuple[Difference, str]]
    ) -> list[Difference]:
        """What differs from the goal still, of what this is about."""
        about = {item.identity for item in self._planner.differences}
        known = {item.identity for item, _ in impossible}
        tables = self._planner.tables
        return [
            item
            for item in compare(self._planner.wanted, read_catalog(scratch.url))
            if item.identity not in known and (item.identity in about or table_of(item) in tables)
        ]


def _comes_first(statement: Statement) -> bool:
    """What tables need is made before them, and what needs tables is dropped before them."""
    kinds = {identity.kind for identity in statement.about}
    drops = statement.sql.startswith("DROP ")
    return bool(kinds) and (kinds <= _FIRST) != drops


def _for_a_revision(statements: Iterable[Statement]) -> list[Statement]:
    """Without the safeguards of a script, as Alembic stops at the first error and rolls back."""
    return [each for each in statements if each.about or each.sql.startswith("PRAGMA legacy_alter")]


def _remade(statements: Iterable[Statement]) -> set[str]:
    """The tables that SQLite makes anew: those that are dropped while they are not to go."""
    return {
        identity.table or identity.name
        for each in statements
        if each.sql.startswith("INSERT INTO ") and "_new" in each.sql
        for identity in each.about
    }


def _batched(found: Iterable[Block]) -> set[str]:
    """The tables that Alembic's batch mode makes anew."""
    return {
        block.table[1]
        for block in found
        if block.in_batch
        and block.table
        and not all(isinstance(item, ops.AddColumnOp) for item in block.operations)
    }
