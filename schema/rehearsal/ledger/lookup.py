"""Looking at the rows themselves, before and after a step: exact counts, and examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.engine import URL

from schema.catalog import Catalog, SchemaObject
from schema.database import parse_url
from schema.errors import DatabaseError
from schema.rehearsal.ledger.figures import Table
from schema.rehearsal.ledger.tally import Compared
from schema.rehearsal.ledger.task import Pair, Task
from schema.rehearsal.ledger.verdict import Example

__all__ = ["Lookup"]


@dataclass(frozen=True)
class Lookup:
    """Two copies of one database, before and after a step, of the same kind. Both are only read.

    Rows are matched by their primary key, or else by a unique key without NULLs, and read in the
    order of the key from both sides, so memory does not grow with the number of rows.
    """

    before: URL | str
    after: URL | str
    before_catalog: Catalog
    after_catalog: Catalog

    def compare(
        self,
        before: Table,
        after: Table,
        columns: Sequence[Pair],
        names: dict[str, str],
    ) -> Compared | None:
        """Compare these columns of a table row by row; None when no key is on both sides.

        ``names`` are the columns' names before, with what each is called after. Raises
        DatabaseError.
        """
        key = self.key(before, after, names)
        if key is None:
            return None
        wanted = tuple(pair for pair in columns if pair not in key)
        task = Task(before, after, key, wanted)
        urls = parse_url(self.before), parse_url(self.after)
        if self.before_catalog.dialect == "sqlite":
            from schema.rehearsal.ledger import lookup_sqlite

            return lookup_sqlite.compare(*urls, task)
        if self.before_catalog.dialect == "postgresql":
            from schema.rehearsal.ledger import lookup_postgresql

            return lookup_postgresql.compare(*urls, task)
        if self.before_catalog.dialect == "mariadb":
            from schema.rehearsal.ledger import lookup_mariadb

            return lookup_mariadb.compare(*urls, task)
        raise DatabaseError(f"Rows of {self.before_catalog.dialect} databases are not read yet.")

    def examples(self, table: Table, column: str) -> list[Example]:
        """The first values of a column as it was before, each with the key of its row."""
        keys = [_named(key) for key in self._keys(self.before_catalog, table)]
        key = next((names for names in keys if set(names) <= set(table.columns)), ())
        url = parse_url(self.before)
        if self.before_catalog.dialect == "sqlite":
            from schema.rehearsal.ledger import lookup_sqlite

            return lookup_sqlite.column_examples(url, table, key, column)
        if self.before_catalog.dialect == "mariadb":
            from schema.rehearsal.ledger import lookup_mariadb

            return lookup_mariadb.column_examples(url, table, key, column)
        from schema.rehearsal.ledger import lookup_postgresql

        return lookup_postgresql.column_examples(url, table, key, column)

    def key(self, before: Table, after: Table, names: dict[str, str]) -> tuple[Pair, ...] | None:
        """The columns that tell the rows of a table apart on both sides, ordered and hashed alike.

        The table's own key must be the same after, but for its columns' names: a new one tells
        nothing of which row was which.
        """
        afters = {_named(key) for key in self._keys(self.after_catalog, after)}
        for key in self._keys(self.before_catalog, before):
            columns = _named(key)
            if not all(name in names for name in columns):
                continue
            pairs = tuple((name, names[name]) for name in columns)
            if tuple(new for _, new in pairs) in afters and self._are_alike(before, after, pairs):
                return pairs
        return None

    def _keys(self, catalog: Catalog, table: Table) -> list[SchemaObject]:
        """The primary key first, then unique keys of which no column may be NULL."""
        own = [
            item
            for item in catalog.of_kind("primary key", "unique", "index")
            if item.table == table.name and item.schema_name == table.schema_name
        ]
        nullable = {
            column.name
            for column in catalog.of_kind("column")
            if column.table == table.name
            and column.schema_name == table.schema_name
            and column.properties.get("nullable")
        }
        keys = [item for item in own if item.kind == "primary key"]
        for item in own:
            if item.kind == "primary key" or (
                item.kind == "index"
                and (not item.properties.get("unique") or item.properties.get("predicate"))
            ):
                continue
            if not nullable & set(_named(item)):
                keys.append(item)
        return keys

    def _are_alike(self, before: Table, after: Table, key: Sequence[Pair]) -> bool:
        """Whether the key's values are of one form: else neither order nor equality is one."""
        for old, new in key:
            left, right = before.columns.get(old), after.columns.get(new)
            if left is None or right is None or left.form != right.form:
                return False
            if set(left.stored) != set(right.stored) and left.values and right.values:
                return False
        return True


def _named(key: SchemaObject) -> tuple[str, ...]:
    columns = key.properties.get("columns") or ()
    return tuple(map(str, columns)) if isinstance(columns, tuple) else ()
