"""Judging two ledgers: what a step did to the data, table by table and column by column."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from schema.compare import Differences
from schema.errors import DatabaseError
from schema.rehearsal.ledger.figures import Column, Ledger, Table
from schema.rehearsal.ledger.following import Following
from schema.rehearsal.ledger.lookup import Lookup
from schema.rehearsal.ledger.rows import label_of
from schema.rehearsal.ledger.suspicion import suspicion
from schema.rehearsal.ledger.tally import Compared
from schema.rehearsal.ledger.telling import Telling
from schema.rehearsal.ledger.verdict import DataVerdict, Example
from schema.rehearsal.ledger.words import row_text
from schema.rehearsal.silent import Sql, recreated_tables
from schema.wording import counted

__all__ = ["judge"]

#: A column before and after.
Both = tuple[Column, Column]


def judge(
    before: Ledger,
    after: Ledger,
    differences: Differences,
    *,
    lookup: Lookup | None = None,
    examples: bool = True,
    statements: Iterable[Sql] = (),
) -> DataVerdict:
    """What happened to the data between two ledgers of one database.

    ``differences`` are those of its catalogs; tables and columns are followed by the renames in
    them. With a ``lookup`` the rows of each table whose figures differ are compared one by one:
    then counts are exact and each changed value is named. Without it, figures alone decide, and a
    change that could be either is told as a change. Without ``examples`` no value of the data is in
    what is returned. ``statements`` are those that ran between; they explain a child table that a
    batch recreate of its parent emptied.

    An UPDATE that makes other values of values is no loss, also when fewer different ones come of
    it: that is told in its message. It is one when all values of a column become the same.
    """
    recreated = recreated_tables(statements)
    judging = _Judging(before, after, differences, lookup, examples, recreated)
    judging.judge()
    changes, lost = judging.telling.changes, judging.telling.lost
    if not examples:
        changes = [replace(change, examples=()) for change in changes]
        lost = [replace(loss, examples=()) for loss in lost]
    return DataVerdict.of(changes, lost, judging.telling.notes, is_full=judging.is_full)


class _Judging:
    """One judgement while it is made."""

    def __init__(
        self,
        before: Ledger,
        after: Ledger,
        differences: Differences,
        lookup: Lookup | None,
        examples: bool,
        recreated: Collection[str],
    ) -> None:
        self._following = Following(before, after, differences)
        self._lookup = lookup
        self._recreated = recreated
        self._removed = [
            item for item in differences if item.kind == "column" and item.change == "removed"
        ]
        self.is_full = before.level == after.level == "full"
        self.telling = Telling(examples=examples)
        self._pairs: list[tuple[Table, Table]] = []
        self._dropped: list[Table] = []
        self._made: list[Table] = []

    def judge(self) -> None:
        for old, new in self._following.tables():
            if old is not None and new is not None:
                self._pairs.append((old, new))
            elif old is not None:
                self._dropped.append(old)
            elif new is not None:
                self._made.append(new)
        if not self.is_full:
            self.telling.note("Only rows were counted, so changed values were not looked for.")
        for table in self._dropped:
            self._drop(table)
        for old, new in self._pairs:
            self._table(old, new)
        taken = self._taken()
        for table in self._made:
            if table.rows and table.label not in taken:
                self.telling.change(
                    "table added", table, None, table.rows, f"new, with {_rows(table.rows)}"
                )

    # -- what is gone ------------------------------------------------------------------------

    def _taken(self) -> set[str]:
        """New tables that hold the data of dropped ones."""
        return {new.label for new in self._made for old in self._dropped if _holds(new, old)}

    def _drop(self, table: Table) -> None:
        if table.rows == 0:
            return
        for other in self._made:
            if _holds(other, table):
                told = f"all its data is in {other.label} now"
                self.telling.change("table moved", table, None, table.rows, told)
                return
        count = table.rows
        told = "dropped" if count is None else f"dropped with its {_rows(count)}"
        self.telling.lose("table", table, None, count, told, _shown(table))

    def _drop_column(self, old: Table, new: Table, column: Column) -> None:
        if column.values == 0:
            return
        place = self._home(old, new, column)
        if place is not None:
            told = f"all its values are in {place} now"
            self.telling.change("column moved", old, column.name, column.values, told)
            return
        shown: Sequence[Example] = ()
        if self._lookup is not None and self.telling.examples:
            shown = self._lookup.examples(old, column.name)
        told = "dropped" if column.values is None else f"dropped with {_values(column.values)}"
        self.telling.lose("column", old, column.name, column.values, told, shown)

    def _drop_unread(self, old: Table, new: Table) -> None:
        """Columns that are gone where only rows were counted: nobody knows what was in them."""
        for item in self._removed:
            if item.table and label_of(item.schema_name, item.table) in {old.label, new.label}:
                told = "dropped; its values were not counted"
                self.telling.lose("column", old, item.name, None, told)

    def _home(self, old: Table, new: Table, column: Column) -> str | None:
        """Where a dropped column's values are: in a new column of its table, or a new table."""
        added = [other for one, other in self._following.columns(old, new) if one is None and other]
        for other in added:
            if _is_equal(column, other):
                return f"{new.label}.{other.name}"
        for table in self._made:
            for other in table.columns.values():
                if _is_equal(column, other):
                    return f"{table.label}.{other.name}"
        return None

    # -- what is still there -----------------------------------------------------------------

    def _table(self, old: Table, new: Table) -> None:
        if old.rows is None or new.rows is None:
            why = old.problem or new.problem or "it could not be read"
            self.telling.change("not compared", new, None, None, f"could not be compared: {why}")
            return
        if not self.is_full and old.rows:
            self._drop_unread(old, new)
        kept: list[Both] = []
        for one, two in self._following.columns(old, new):
            if one is not None and two is not None:
                kept.append((one, two))
            elif one is not None:
                self._drop_column(old, new, one)
            elif two is not None and two.values:
                self._new_column(new, two)
        unlike = [pair for pair in kept if self._is_unlike(new, *pair)]
        found = self._look(old, new, kept, unlike) if unlike or old.rows != new.rows else None
        if found is None:
            self._by_rows(old, new, new.rows - old.rows)
            for pair in unlike:
                self._by_figures(old, new, *pair)
        else:
            self._by_lookup(new, unlike, found)

    def _new_column(self, table: Table, column: Column) -> None:
        told = f"new, with {_values(column.values or 0)}"
        self.telling.change("column added", table, column.name, column.values, told)

    def _is_unlike(self, table: Table, old: Column, new: Column) -> bool:
        """Whether the values may differ; what cannot be compared is told at once."""
        if old.problem or new.problem:
            why = old.problem or new.problem
            self.telling.change(
                "not compared", table, new.name, None, f"could not be compared: {why}"
            )
            return False
        return not _is_equal(old, new)

    def _look(
        self, old: Table, new: Table, kept: Sequence[Both], unlike: Sequence[Both]
    ) -> Compared | None:
        if self._lookup is None or not (old.rows and new.rows):
            return None
        names = {one.name: two.name for one, two in kept}
        pairs = [(one.name, two.name) for one, two in unlike]
        try:
            found = self._lookup.compare(old, new, pairs, names)
        except DatabaseError as error:
            self.telling.note(f"{new.label}: its rows could not be compared one by one: {error}")
            return None
        if found is None:
            self.telling.note(
                f"{new.label} has no key that is the same before and after, so its rows were not "
                "compared one by one: its figures decide."
            )
            return None
        if found.lost.count and found.lost.count == found.added.count:
            self.telling.note(
                f"{new.label}: {counted(found.lost.count, 'row')} have another key than before, so "
                "their values were compared by figures."
            )
            return None
        return found

    # -- by figures --------------------------------------------------------------------------

    def _by_rows(self, old: Table, new: Table, change: int) -> None:
        if change < 0:
            self._lose_rows(new, -change, _shown(old))
        elif change > 0:
            self.telling.change("rows added", new, None, change, f"{_rows(change)} more")
        if change and self.is_full and old.rows and new.rows:
            self.telling.note(
                f"{new.label}: as its number of rows changed, figures do not tell whether values "
                "of the other rows changed too."
            )

    def _lose_rows(self, new: Table, count: int, shown: Iterable[Example]) -> None:
        told = "emptied: all of its " if not new.rows else ""
        told += f"{_rows(count)} {'is' if count == 1 else 'are'} gone"
        parents = [label for label in new.cascades if label in self._recreated]
        if parents:
            told += f", deleted by ON DELETE CASCADE when {' and '.join(parents)} was recreated"
        self.telling.lose("rows", new, None, count, told, shown)

    def _by_figures(self, old_table: Table, new_table: Table, old: Column, new: Column) -> None:
        rows = (new_table.rows or 0) - (old_table.rows or 0)
        values = (new.values or 0) - (old.values or 0)
        if values < min(rows, 0):
            count = min(rows, 0) - values
            told = f"{_values(count)} became NULL"
            self.telling.lose("nulled", new_table, new.name, count, told)
            return
        if rows:
            return
        if values > 0:
            told = f"{counted(values, 'NULL')} filled"
            self.telling.change("column filled", new_table, new.name, values, told)
            return
        kind, told = suspicion(old, new)
        if kind is not None:
            self.telling.lose(kind, new_table, new.name, None, told)
        else:
            self.telling.change("values changed", new_table, new.name, None, told)

    # -- by the rows themselves --------------------------------------------------------------

    def _by_lookup(self, new: Table, unlike: Sequence[Both], found: Compared) -> None:
        if found.lost.count:
            self._lose_rows(new, found.lost.count, found.lost.examples)
        if found.added.count:
            count = found.added.count
            self.telling.change(
                "rows added", new, None, count, f"{_rows(count)} more", found.added.examples
            )
        compared = [pair for pair in unlike if pair[0].name not in found.key]
        for (one, two), tally in zip(compared, found.columns, strict=True):
            values = min(one.values or 0, two.values or 0)
            for kind, part in tally.kinds(values, is_retyped=one.type != two.type):
                self.telling.tally(new, one, two, kind, part, tally)


def _holds(new: Table, old: Table) -> bool:
    """Whether a table has every value of another one, in as many rows."""
    if new.rows != old.rows or not old.columns:
        return False
    return all(
        any(_is_equal(column, other) for other in new.columns.values())
        for column in old.columns.values()
        if column.values
    )


def _is_equal(old: Column, new: Column) -> bool:
    """Whether two columns have the same values, as far as figures tell: by a sum of hashes."""
    if old.problem or new.problem:
        return False
    return (old.form, old.checksum, old.values) == (new.form, new.checksum, new.values)


def _shown(table: Table) -> list[Example]:
    return [row_text(list(row), list(row.values())) for row in table.sample]


def _rows(count: int) -> str:
    return counted(count, "row")


def _values(count: int) -> str:
    return counted(count, "value")
