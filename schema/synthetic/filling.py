"""Filling a database: table by table, until each has the rows that were asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any, Protocol

from schema import stopping
from schema.catalog import read_catalog
from schema.catalog.sqlite_text import fold
from schema.errors import ScratchError
from schema.scratch import ScratchDatabase
from schema.scratch.model import Cancelled, Progress
from schema.synthetic.column_types import Types
from schema.synthetic.distributions import Spread, spreads
from schema.synthetic.filled import Filled, FilledTable
from schema.synthetic.ordering import Place, ordered
from schema.synthetic.parents import LIMIT, Parents
from schema.synthetic.rows import Maker
from schema.synthetic.sources import NoValuesError
from schema.synthetic.tables import ForeignKey, Table, read_tables

__all__ = ["fill"]

Row = tuple[Any, ...]

#: So many rows refused one after another, and a table is given up.
_PATIENCE = 4000
#: How skewed references are where nothing else is known.
_SKEW = 0.8
#: So many keys at most are used before their rows are there.
_PROMISED = 5000


class _Writer(Protocol):
    batch: int
    refusal: str

    def count(self, table: Table) -> int: ...
    def keys(self, table: Table, columns: Sequence[str], limit: int) -> list[Row]: ...
    def insert(
        self, table: Table, names: Sequence[str], rows: Sequence[Row]
    ) -> tuple[int, bool]: ...
    def link(self, table: Table, key: ForeignKey, values: Sequence[Row]) -> int: ...
    def finish(self, table: Table) -> list[str]: ...
    def check_keys(self, enforced: bool) -> bool: ...
    def drop_orphans(self, table: Table, target: Table, key: ForeignKey) -> int: ...


def fill(
    scratch: ScratchDatabase,
    *,
    rows: int | Mapping[str, int],
    seed: int = 0,
    statistics: Mapping[Any, Mapping[str, Any]] | None = None,
    distributions: Mapping[str, Mapping[Any, Any]] | None = None,
    skip: Collection[str] = frozenset({"alembic_version"}),
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Filled:
    """Fill the tables of a scratch database with made-up rows that keep all of its rules.

    ``rows`` is how many each table gets, or how many by table (``"orders"``, ``"sales.orders"``;
    ``"*"`` stands for the others, which else get as many as the named ones refer to). Rows that are
    there stay. ``statistics`` are as ``schema.catalog.statistics.read_statistics`` gives them;
    ``distributions`` say by ``"table.column"`` which values there are and how often
    (``{"new": 0.8, "done": 0.2}``) or what they are like (``{"nulls": 0.5, "width": 200}``; also
    ``distinct``, ``skew``, ``values``, ``min``, ``max``). ``skip`` names tables to leave alone.

    The same seed makes the same rows. Nothing of the database's schema is changed, and its triggers
    run. A table that can't be filled as asked tells why in the result; it stops no other.

    Raises ScratchError, before anything is written, for a name that is not there, and when
    ``cancelled`` said so; NotScratchError for a database without the mark; DatabaseError.
    """
    catalog = read_catalog(scratch.url)
    tables = read_tables(catalog, skip)
    run = _Run(
        tables,
        Types.of(catalog),
        spreads(tables, statistics, distributions, skip),
        _wanted(tables, rows, skip),
        seed,
        progress or (lambda _part, _words: None),
        cancelled or (lambda: False),
    )
    begun = perf_counter()
    with _writer(scratch, tables) as writer:
        done = run.all(writer)
    skipped = {item.name for item in catalog.of_kind("table")} & set(skip)
    return Filled(tuple(done), seed, perf_counter() - begun, tuple(sorted(skipped)))


def _writer(scratch: ScratchDatabase, tables: Sequence[Table]) -> AbstractContextManager[_Writer]:
    if scratch.kind == "sqlite":
        from schema.synthetic.sqlite import SqliteWriter

        return SqliteWriter.opened(scratch, tables)
    if scratch.kind == "mariadb":
        from schema.synthetic.mariadb import MariadbWriter

        return MariadbWriter.opened(scratch, tables)
    from schema.synthetic.postgresql import PostgresqlWriter

    return PostgresqlWriter.opened(scratch, tables)


def _wanted(
    tables: Sequence[Table], rows: int | Mapping[str, int], skip: Collection[str]
) -> dict[str, int]:
    """How many rows each table is to get, by its label."""
    if isinstance(rows, int):
        given: Mapping[str, int] = {"*": rows}
    else:
        given = rows
    labels = {table.label: table for table in tables}
    unknown = [name for name in given if name not in labels and name != "*" and name not in skip]
    if unknown:
        raise ScratchError(f"There is no table {unknown[0]!r} to be filled.")
    if any(count < 0 for count in given.values()):
        raise ScratchError("A table can't be given fewer than no rows.")
    found = {label: given.get(label, given.get("*", 0)) for label in labels}
    if "*" not in given:
        _add_parents(found, labels, given)
    return found


def _add_parents(
    found: dict[str, int], labels: Mapping[str, Table], given: Mapping[str, int]
) -> None:
    """Give what is referred to a tenth as many rows, at least 1 and at most 1,000."""
    waiting = [label for label, count in found.items() if count]
    while waiting:
        label = waiting.pop()
        for key in labels[label].foreign_keys:
            enough = min(1000, max(1, found[label] // 10))
            if key.target in found and key.target not in given and found[key.target] < enough:
                found[key.target] = enough
                waiting.append(key.target)


@dataclass
class _Run:
    tables: Sequence[Table]
    types: Types
    spreads: Mapping[tuple[str, str], Spread]
    wanted: Mapping[str, int]
    seed: int
    progress: Progress
    cancelled: Cancelled
    done_rows: int = 0
    parents: dict[tuple[str, tuple[str, ...]], list[Row]] = field(default_factory=dict)

    def all(self, writer: _Writer) -> list[FilledTable]:
        places = ordered(self.tables)
        found = {place.table.label: self._table(writer, place) for place in places}
        for place in places:
            for key in place.stuck:
                lost = self._drop_orphans(writer, place.table, key)
                if lost:
                    found[place.table.label] = _less(found[place.table.label], lost, key)
            for key in place.postponed:
                note = self._link(writer, place.table, key)
                if note:
                    one = found[place.table.label]
                    found[place.table.label] = replace(one, notes=(*one.notes, note))
        self.progress(1.0, "filled")
        return list(found.values())

    # -- one table

    def _table(self, writer: _Writer, place: Place) -> FilledTable:
        table, asked = place.table, self.wanted[place.table.label]
        begun = perf_counter()
        before = writer.count(table) if table.refusal is None else 0
        reason, notes = table.refusal, list[str]()
        if reason is None and asked:
            try:
                reason = self._filled(writer, place, asked)
            except NoValuesError as error:
                reason = str(error)
            notes = writer.finish(table)
        added = writer.count(table) - before if table.refusal is None else 0
        if reason is None and added < asked:
            reason = writer.refusal or "rows were taken and then were gone: a trigger's doing"
        return FilledTable(
            table.label, asked, added, perf_counter() - begun,
            reason if added < asked else None, tuple(notes),
        )  # fmt: skip

    def _filled(self, writer: _Writer, place: Place, asked: int) -> str | None:
        """Put rows in until there are as many as asked for; why not, where that fails."""
        table = place.table
        maker = self._maker(writer, place, asked)
        missing = self._missing_parent(table, maker)
        if missing:
            return missing
        target = asked if maker.limit is None else min(asked, maker.limit)
        writer.refusal = ""
        if place.stuck and not writer.check_keys(enforced=False):
            names = ", ".join(key.target for key in place.stuck)
            return f"its keys and those of {names} form a cycle in which none can be NULL"
        try:
            reason = _Filling(self, writer, maker, target).run()
        finally:
            if place.stuck:
                writer.check_keys(enforced=True)
        self.done_rows += asked
        if reason is None and target < asked:
            return maker.limit_reason
        return reason

    def _maker(self, writer: _Writer, place: Place, asked: int) -> Maker:
        table = place.table
        waiting = place.postponed
        empty = {name for key in waiting for name in key.columns if table.by_name[name].nullable}
        parents = {
            key: self._promise(table, key) if key in place.stuck
            else self._parents(writer, table, key)
            for key in table.foreign_keys if key not in waiting
        }  # fmt: skip
        return self._made(table, parents, asked, empty)

    def _made(
        self,
        table: Table,
        parents: Mapping[ForeignKey, Parents],
        asked: int,
        empty: Collection[str] = (),
    ) -> Maker:
        return Maker(
            table,
            self.types,
            self.spreads,
            parents,
            rows=asked,
            seed=self.seed,
            empty=empty,
            fold=str if self.types.dialect == "postgresql" else fold,
        )

    def _promise(self, table: Table, key: ForeignKey) -> Parents:
        """The keys that rows of a table which is filled later are going to have."""
        target = next((each for each in self.tables if each.label == key.target), None)
        asked = self.wanted.get(key.target, 0)
        keys: list[Row] = []
        if target is not None and target.refusal is None and asked:
            none = {each: Parents(each.columns, []) for each in target.foreign_keys}
            with suppress(NoValuesError):
                later = self._made(target, none, asked)
                keys = later.promised(key.target_columns, min(asked, _PROMISED))
        return Parents(key.columns, keys, self._skew(table, key))

    def _drop_orphans(self, writer: _Writer, table: Table, key: ForeignKey) -> int:
        """Remove the rows that refer to promised rows which did not come."""
        target = next((each for each in self.tables if each.label == key.target), None)
        if target is None or not self.wanted[table.label]:
            return 0
        return writer.drop_orphans(table, target, key)

    def _parents(self, writer: _Writer, table: Table, key: ForeignKey) -> Parents:
        """The keys that a foreign key may lead to, in the order of the referring columns."""
        target = next((each for each in self.tables if each.label == key.target), None)
        known = key.target, key.target_columns
        if key.target == table.label:
            found = writer.keys(table, key.target_columns, LIMIT) if key.target_columns else []
            return Parents(key.columns, found, self._skew(table, key))
        if known not in self.parents:
            usable = target is not None and target.refusal is None and key.target_columns
            keys = writer.keys(target, key.target_columns, LIMIT) if usable and target else []
            self.parents = {known: keys} if len(keys) > 10_000 else {**self.parents, known: keys}
        return Parents(key.columns, self.parents[known], self._skew(table, key))

    def _skew(self, table: Table, key: ForeignKey) -> float:
        given = [self.spreads[table.label, name].skew for name in key.columns
                 if (table.label, name) in self.spreads]  # fmt: skip
        return next((each for each in given if each is not None), _SKEW)

    def _missing_parent(self, table: Table, maker: Maker) -> str | None:
        for key, parents in maker.keys.items():
            if not len(parents) and not table.may_be_null(key.columns) and key not in maker.own:
                columns = ", ".join(key.columns)
                return f"({columns}) refers to {key.target}, which has no rows to refer to"
        return None

    def check(self, added: int, table: Table) -> None:
        """Tell how far it is, and stop where that was asked for. Raises ScratchError."""
        stopping.check()
        if self.cancelled():
            raise ScratchError("Filling was stopped; the tables have what was put in so far.")
        total = sum(self.wanted.values()) or 1
        self.progress(min(0.999, (self.done_rows + added) / total), f"filling {table.label}")

    # -- keys that had to wait

    def _link(self, writer: _Writer, table: Table, key: ForeignKey) -> str | None:
        """Set a key that was left NULL; what to say where rows keep the NULL."""
        if not self.wanted[table.label] or table.refusal is not None:
            return None
        self.parents.clear()
        parents = self._parents(writer, table, key)
        count = min(writer.count(table), self.wanted[table.label])
        if not count:
            return None
        names = ", ".join(key.columns)
        if not len(parents):
            return f"({names}) stayed NULL: {key.target} has no rows to refer to"
        maker = self._maker(writer, Place(table, (key,)), count)
        unique = any(set(each.columns) <= set(key.columns) for each in table.uniques)
        share = self.spreads[table.label, key.columns[0]].nulls if (
            (table.label, key.columns[0]) in self.spreads) else None  # fmt: skip
        rng = maker.rng
        drawn = parents.keys[:count] if unique else parents.draw(rng, count)
        nulls = (None,) * len(key.columns)
        values = [
            nulls if rng.random() < (0.1 if share is None else share) else each for each in drawn
        ]
        wanted = sum(1 for value in values if value is not nulls)
        taken = writer.link(table, key, values)
        if taken < wanted:
            return f"({names}) stayed NULL in {wanted - taken:,} rows: {writer.refusal}"
        return None


def _less(one: FilledTable, lost: int, key: ForeignKey) -> FilledTable:
    why = f"{lost:,} rows referred to rows of {key.target} that could not be made"
    return replace(one, rows=one.rows - lost, reason=one.reason or why)


@dataclass
class _Filling:
    """One table at work: which ways its rows are made in, and how those fare."""

    run_: _Run
    writer: _Writer
    maker: Maker
    target: int
    tried: dict[int, int] = field(default_factory=dict)
    taken: dict[int, int] = field(default_factory=dict)
    is_sparse: bool = False

    def run(self) -> str | None:
        added = in_vain = 0
        size = 1 if self.maker.own else self.writer.batch
        while added < self.target and in_vain < _PATIENCE:
            place = self._next_way()
            wanted = min(size, self.target - added, self._share())
            rows = self.maker.rows(self.maker.ways[place], wanted)
            table = self.maker.table
            taken, all_taken = (
                self.writer.insert(table, self.maker.names, rows) if rows else (0, False)
            )
            if all_taken:
                self.maker.learn(rows)
            size = min(size * 2, self.writer.batch)
            self.tried[place] = self.tried.get(place, 0) + wanted
            self.taken[place] = self.taken.get(place, 0) + taken
            added += taken
            in_vain = 0 if taken else in_vain + wanted
            self._help()
            self.run_.check(added, table)
        if added >= self.target:
            return None
        return self.writer.refusal or "no row could be made"

    def _help(self) -> None:
        """Where few rows are taken, try others with fewer values in them."""
        tried = sum(self.tried.values())
        if not self.is_sparse and tried >= 200 and sum(self.taken.values()) < tried / 4:
            self.is_sparse = True
            self.maker.add_sparse_ways()

    def _share(self) -> int:
        """How many rows are made in one way before it is another one's turn."""
        ways = len(self.maker.ways)
        trying = min(self.tried.values(), default=0) if len(self.tried) == ways else 0
        if trying < 50:
            return 50 if ways > 1 or self.maker.table.checks else self.writer.batch
        return max(50, self.target // (4 * ways))

    def _next_way(self) -> int:
        """A way that works; now and then another one that did not yet."""
        ways = range(len(self.maker.ways))
        for place in ways:
            if self.tried.get(place, 0) < 50:
                return place
        weights = [(self.taken.get(place, 0) + 0.5) / (self.tried[place] + 1) for place in ways]
        return self.maker.rng.choices(ways, weights)[0]
