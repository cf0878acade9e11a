"""The tables, foreign keys and sequences of a PostgreSQL database whose rows are copied."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from psycopg import sql

__all__ = ["Key", "Relations", "Table"]

# Columns of catalogs that came with later versions are asked for as JSON: attgenerated (12),
# conparentid (11), conperiod (18). What belongs to an extension is made by it.
_TABLES = """
SELECT c.oid, n.nspname, c.relname, c.relkind = 'p', c.relispartition,
       ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
             AND coalesce(to_jsonb(a) ->> 'attgenerated', '') = '' ORDER BY a.attnum),
       ARRAY(SELECT a.attname::text FROM pg_catalog.pg_index i
             CROSS JOIN unnest(i.indkey::int2[]) WITH ORDINALITY AS k(number, place)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number
             WHERE i.indrelid = c.oid AND i.indisprimary AND k.place <= i.indnkeyatts
             ORDER BY k.place)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
AND n.nspname <> 'information_schema' AND left(n.nspname, 3) <> 'pg_'
AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass
                AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY n.nspname, c.relname
"""
_KEYS = """
SELECT o.conrelid, o.confrelid, coalesce((to_jsonb(o) ->> 'conperiod')::bool, false),
       ARRAY(SELECT a.attname::text FROM unnest(o.conkey) WITH ORDINALITY AS k(number, place)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = k.number
             ORDER BY k.place),
       ARRAY(SELECT a.attname::text FROM unnest(o.confkey) WITH ORDINALITY AS k(number, place)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = o.confrelid AND a.attnum = k.number
             ORDER BY k.place),
       ARRAY(SELECT format_type(a.atttypid, -1)
             FROM unnest(o.conkey) WITH ORDINALITY AS k(number, place)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = k.number
             ORDER BY k.place),
       ARRAY(SELECT format('OPERATOR(%I.%s)', n.nspname, p.oprname)
             FROM unnest(o.conpfeqop) WITH ORDINALITY AS k(oid, place)
             JOIN pg_catalog.pg_operator p ON p.oid = k.oid
             JOIN pg_catalog.pg_namespace n ON n.oid = p.oprnamespace ORDER BY k.place)
FROM pg_catalog.pg_constraint o
WHERE o.contype = 'f' AND coalesce(to_jsonb(o) ->> 'conparentid', '0') = '0' ORDER BY o.oid
"""
_SEQUENCES = """
SELECT n.nspname, c.relname, format('%I.%I', n.nspname, c.relname)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'S' AND c.relpersistence <> 't'
AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass
                AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1, 2
"""


def _names(names: Iterable[str], prefix: str | None = None) -> sql.Composable:
    parts = [(prefix, name) if prefix else (name,) for name in names]
    return sql.SQL(", ").join(sql.Identifier(*part) for part in parts)


@dataclass(frozen=True)
class Table:
    """A table that rows are copied of; ``columns`` are those that are not generated."""

    oid: int
    schema_name: str
    name: str
    is_partitioned: bool
    is_partition: bool
    column_names: tuple[str, ...]
    primary_key: tuple[str, ...]

    @property
    def named(self) -> sql.Composable:
        return sql.Identifier(self.schema_name, self.name)

    @property
    def rows(self) -> sql.Composable:
        """What a query reads its rows from: its own, but all of its partitions'."""
        return self.named if self.is_partitioned else sql.SQL("ONLY {}").format(self.named)

    @property
    def columns(self) -> sql.Composable:
        return _names(self.column_names)

    @property
    def order(self) -> sql.Composable:
        """What its first rows are the first by."""
        return _names(self.primary_key) if self.primary_key else sql.SQL("tableoid, ctid")

    @property
    def added(self) -> sql.Composable:
        """A temporary table of rows on their way into it."""
        return sql.Identifier(f"_swb_added_{self.oid}")


@dataclass(frozen=True)
class Key:
    """A foreign key. ``types`` are of the child's columns; ``operators`` compare parent to child.

    ``is_period`` is true where it is not rows that are equal, but times that are covered.
    """

    number: int
    child: Table
    parent: Table
    is_period: bool
    columns: tuple[str, ...]
    targets: tuple[str, ...]
    types: tuple[str, ...]
    operators: tuple[str, ...]

    @property
    def waiting(self) -> sql.Composable:
        """A temporary table of values that no row of the parent has yet."""
        return sql.Identifier(f"_swb_waiting_{self.number}")

    @cached_property
    def target_columns(self) -> sql.Composable:
        return _names(self.targets)

    def values(self, rows: sql.Composable) -> sql.Composable:
        """The query of the values of these rows of the child."""
        pairs = [
            sql.SQL("c.{} AS {}").format(sql.Identifier(column), sql.Identifier(f"k{n}"))
            for n, column in enumerate(self.columns)
        ]
        return sql.SQL("SELECT DISTINCT {} FROM {} AS c").format(sql.SQL(", ").join(pairs), rows)

    def missing(self, rows: sql.Composable) -> sql.Composable:
        """The query of those that no row of the parent has; a NULL in one leads nowhere."""
        given = sql.SQL(" AND ").join(
            sql.SQL("c.{} IS NOT NULL").format(sql.Identifier(column)) for column in self.columns
        )
        return sql.SQL("{} WHERE {} AND NOT {}").format(
            self.values(rows), given, self._exists("c", self.columns)
        )

    def taken(self, limit: int) -> sql.Composable:
        """Take so many out of those that wait; returns, as text, those that still do."""
        keys = [f"k{n}" for n in range(len(self.columns))]
        texts = sql.SQL(", ").join(
            sql.SQL("CAST(b.{} AS text)").format(sql.Identifier(key)) for key in keys
        )
        return sql.SQL(
            "WITH batch AS (DELETE FROM {} WHERE ctid = ANY (ARRAY(SELECT ctid FROM {} LIMIT {})) "
            "RETURNING *) SELECT DISTINCT {} FROM batch b WHERE NOT {}"
        ).format(self.waiting, self.waiting, sql.Literal(limit), texts, self._exists("b", keys))

    def fetched(self, batch: Sequence[tuple[str, ...]]) -> sql.Composable:
        """The query of the parent's rows that have these values."""
        arrays = [
            sql.SQL("CAST({} AS text[])").format(sql.Literal(list(values)))
            for values in zip(*batch, strict=True)
        ]
        keys = [f"k{n}" for n in range(len(self.columns))]
        pairs = [
            sql.SQL("p.{} {} CAST(x.{} AS {})").format(
                sql.Identifier(target), sql.SQL(operator), sql.Identifier(key), sql.SQL(type_)
            )
            for target, operator, key, type_ in zip(
                self.targets, self.operators, keys, self.types, strict=True
            )
        ]  # an operator and a type are as the server itself writes them
        return sql.SQL(
            "SELECT {} FROM {} AS p WHERE EXISTS (SELECT FROM unnest({}) AS x({}) WHERE {})"
        ).format(
            self.parent.columns,
            self.parent.rows,
            sql.SQL(", ").join(arrays),
            _names(keys),
            sql.SQL(" AND ").join(pairs),
        )

    def _exists(self, alias: str, columns: Sequence[str]) -> sql.Composable:
        pairs = [
            sql.SQL("p.{} {} {}").format(
                sql.Identifier(target), sql.SQL(operator), sql.Identifier(alias, column)
            )
            for target, operator, column in zip(self.targets, self.operators, columns, strict=True)
        ]
        return sql.SQL("EXISTS (SELECT FROM {} AS p WHERE {})").format(
            self.parent.rows, sql.SQL(" AND ").join(pairs)
        )


@dataclass(frozen=True)
class Relations:
    """All that rows are copied of. ``sequences`` are names, and the same as text for regclass."""

    tables: dict[int, Table]
    keys: tuple[Key, ...]
    sequences: tuple[tuple[sql.Identifier, str], ...]

    @classmethod
    def read(cls, driver: Any) -> Relations:  # noqa: ANN401 -- psycopg's connection
        """Read them, and keep others from changing the tables until the transaction ends.

        What has no column is left out: it has no rows that could be told apart. Raises the errors
        of psycopg, also when a table stays locked.
        """
        tables = {}
        for oid, schema_name, name, is_partitioned, is_partition, columns, key in driver.execute(
            _TABLES
        ):
            if columns:
                tables[oid] = Table(
                    oid, schema_name, name, is_partitioned, is_partition, tuple(columns), tuple(key)
                )
        if tables:
            # Else a table that is truncated or rewritten meanwhile would look empty:
            # https://www.postgresql.org/docs/18/mvcc-caveats.html
            named = sql.SQL(", ").join(table.named for table in tables.values())
            driver.execute(sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(named))
        keys: list[Key] = []
        for child, parent, is_period, *lists in driver.execute(_KEYS):
            if child in tables and parent in tables:
                keys.append(
                    Key(len(keys), tables[child], tables[parent], is_period, *map(tuple, lists))
                )
        sequences = tuple(
            (sql.Identifier(schema_name, name), text)
            for schema_name, name, text in driver.execute(_SEQUENCES)
        )
        return cls(tables, tuple(keys), sequences)
