"""Which table and column of the state before is which of the state after."""

from __future__ import annotations

from collections.abc import Iterator

from schema.compare import Differences
from schema.rehearsal.ledger.figures import Column, Ledger, Table
from schema.rehearsal.ledger.rows import label_of

__all__ = ["Following"]


class Following:
    """Follows tables and columns by name, and by the renames that a comparison found."""

    def __init__(self, before: Ledger, after: Ledger, differences: Differences) -> None:
        self._before, self._after = before, after
        self._fold = str.casefold if before.dialect == "sqlite" else str
        self._tables: dict[str, str] = {}
        self._columns: dict[tuple[str, str], str] = {}
        for item in differences:
            if item.change != "renamed" or item.renamed_from is None:
                continue
            if item.kind == "table":
                old_schema = item.properties.get("schema_name", (item.schema_name, None))[0]
                old = label_of(str(old_schema) if old_schema else None, item.renamed_from)
                self._tables[label_of(item.schema_name, item.name)] = old
            elif item.kind == "column" and item.table is not None:
                label = label_of(item.schema_name, item.table)
                self._columns[label, item.name] = item.renamed_from

    def tables(self) -> Iterator[tuple[Table | None, Table | None]]:
        """Every table before with what it is after, None when it is gone; then the new ones."""
        olds = {self._fold(label): table for label, table in self._before.tables.items()}
        renamed = {self._fold(old) for old in self._tables.values()}
        new: list[Table] = []
        for label, table in self._after.tables.items():
            came_from = self._tables.get(label)
            if came_from is None and self._fold(label) in renamed:
                new.append(table)  # it has the name of one that is called otherwise now
                continue
            old = olds.pop(self._fold(came_from or label), None)
            if old is None:
                new.append(table)
            else:
                yield old, table
        yield from ((old, None) for old in olds.values())
        yield from ((None, table) for table in new)

    def columns(self, before: Table, after: Table) -> Iterator[tuple[Column | None, Column | None]]:
        """The same for the columns of a table that is on both sides."""
        olds = {self._fold(name): column for name, column in before.columns.items()}
        names = {
            name: self._columns[after.label, name]
            for name in after.columns
            if (after.label, name) in self._columns
        }
        renamed = {self._fold(old) for old in names.values()}
        new: list[Column] = []
        for name, column in after.columns.items():
            if name not in names and self._fold(name) in renamed:
                new.append(column)
                continue
            old = olds.pop(self._fold(names.get(name, name)), None)
            if old is None:
                new.append(column)
            else:
                yield old, column
        yield from ((old, None) for old in olds.values())
        yield from ((None, column) for column in new)
