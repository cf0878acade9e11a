"""The ledger of a PostgreSQL database: the server sums up each table in one query.

The hash functions are those that hash indexes and hash partitions rest on, so they are the same in
every session of a server's major version: https://www.postgresql.org/docs/current/hash-index.html.
"""

# ruff: noqa: S608 -- names are quoted by the server or by the dialect, no value comes from outside

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from schema.catalog import Catalog, SchemaObject
from schema.rehearsal.ledger.figures import Column, Table
from schema.rehearsal.ledger.postgresql_types import COLUMNS, Kind, Typed
from schema.rehearsal.ledger.reading import cascades
from schema.rehearsal.ledger.rows import quoted, table_label
from schema.rehearsal.ledger.words import LONGEST, cut

__all__ = ["SETTINGS", "Reader"]

#: Values are written in one way whoever asks; no row is left out in silence by a policy.
SETTINGS = """
SELECT set_config('search_path', '', true), set_config('timezone', 'UTC', true),
       set_config('datestyle', 'ISO', true), set_config('intervalstyle', 'postgres', true),
       set_config('extra_float_digits', '1', true), set_config('bytea_output', 'hex', true),
       set_config('xmlbinary', 'base64', true), set_config('row_security', 'off', true),
       set_config('statement_timeout', '0', true)
"""

#: A result has at most 1,664 columns: https://www.postgresql.org/docs/current/limits.html.
TOGETHER = 200

#: The rows of which the number of different values is told; all of a table that has no more.
SAMPLED = 10_000

_ALL = 2**64


class Reader:
    """Reads one table after the other; partitions as a part of the table that they belong to."""

    def __init__(
        self,
        connection: Connection,
        catalog: Catalog,
        *,
        full: bool,
        examples: bool,
        check: Callable[[], None],
    ) -> None:
        self._connection = connection
        self._catalog = catalog
        self._full = full
        self._examples = examples
        self._check = check
        self._cascades = cascades(catalog)
        connection.exec_driver_sql(SETTINGS)
        self._columns: dict[tuple[str, str], list[Typed]] = {}
        for schema_name, table, *column in connection.exec_driver_sql(COLUMNS) if full else ():
            self._columns.setdefault((schema_name, table), []).append(Typed(*column))

    def tables(self) -> list[SchemaObject]:
        """All but partitions."""
        return [
            table
            for table in self._catalog.of_kind("table")
            if table.properties.get("partition_bound") is None
        ]

    def read(self, table: SchemaObject) -> Table:
        """The figures of one table."""
        label = table_label(table)
        where = (label, table.schema_name, table.name)
        columns = self._columns.get((table.schema_name or "public", table.name), [])
        told: dict[str, Any] = {
            "cascades": self._cascades.get(label, ()),
            "is_alone": table.properties.get("kind") == "table",
        }
        try:
            rows = self._one(f"SELECT count(*) FROM {self._source(table)}")[0] if not columns else 0
            found: dict[str, Column] = {}
            for start in range(0, len(columns), TOGETHER):
                self._check()
                rows, some = self._figures(table, columns[start : start + TOGETHER])
                found |= some
            legible = [column for column in columns if found[column.name].problem is None]
            sample = self._sample(table, legible[:20]) if rows and self._examples else ()
        except DBAPIError as error:
            return Table(*where, None, problem=_reason(error), **told)
        return Table(*where, rows, found, sample, **told)

    def _source(self, table: SchemaObject) -> str:
        """A table without those that inherit from it; a partitioned one with all its partitions."""
        name = quoted(self._connection, table)
        return f"ONLY {name}" if table.properties.get("kind") == "table" else name

    # -- queries -----------------------------------------------------------------------------

    def _figures(
        self, table: SchemaObject, columns: Sequence[Typed]
    ) -> tuple[int, dict[str, Column]]:
        """Those of some columns in one query; one by one where that fails, to find the culprit."""
        try:
            rows, figures = self._ask(table, columns)
        except DBAPIError as error:
            if len(columns) == 1:
                rows = self._one(f"SELECT count(*) FROM {self._source(table)}")[0]
                [column] = columns
                return rows, {column.name: Column(column.name, column.type, problem=_reason(error))}
            found: dict[str, Column] = {}
            for column in columns:
                rows, one = self._figures(table, [column])
                found |= one
            return rows, found
        distinct = self._distinct(table, columns, rows)
        found = {}
        for column, part, count in zip(columns, figures, distinct, strict=True):
            found[column.name] = self._told(column, part, count, is_exact=rows <= SAMPLED)
        return rows, found

    def _ask(self, table: SchemaObject, columns: Sequence[Typed]) -> tuple[int, list[list[Any]]]:
        kinds = [column.kind for column in columns]
        asked = [
            expression
            for column, kind in zip(columns, kinds, strict=True)
            for expression in self._expressions(kind, self._quoted(column.name))
        ]
        row = self._one(f"SELECT {', '.join(['count(*)', *asked])} FROM {self._source(table)}")
        figures, width = list(row[1:]), 6
        parts = [figures[place : place + width] for place in range(0, len(figures), width)]
        return int(row[0]), parts

    def _expressions(self, kind: Kind, name: str) -> list[str]:
        least = greatest = "NULL"
        if kind.ordered and self._examples:
            ordered = kind.ordered.format(name)
            least, greatest = (
                f"left({each}({ordered})::text, {LONGEST + 1})" for each in ("min", "max")
            )
        octets = kind.octets.format(name) if kind.octets else None
        return [
            f"count({name})",
            f"sum({kind.hashed.format(name)})",
            least,
            greatest,
            f"sum({octets})" if octets else "NULL",
            f"max({octets})" if octets else "NULL",
        ]

    def _distinct(
        self, table: SchemaObject, columns: Sequence[Typed], rows: int
    ) -> list[int | None]:
        """How many different values each column has; beyond ``SAMPLED`` rows, an estimate.

        The estimate is that of ANALYZE (Haas and Stokes, "Duj1"), from whole pages of the table
        taken at random, but always the same ones.
        """
        if not rows:
            return [0] * len(columns)
        sampled = ""
        if rows > SAMPLED:
            if table.properties.get("kind") == "foreign table":
                return [None] * len(columns)
            percent = 100 * SAMPLED / rows
            sampled = f"TABLESAMPLE SYSTEM ({percent:.6f}) REPEATABLE (1)"
        hashes = ", ".join(
            f"{column.kind.hashed.format(self._quoted(column.name))} AS h{number}"
            for number, column in enumerate(columns)
        )
        counts = ", ".join(
            f"(SELECT ARRAY[count(*), count(*) FILTER (WHERE n = 1), sum(n)] FROM "
            f"(SELECT count(*) AS n FROM s WHERE h{number} IS NOT NULL GROUP BY h{number}) g)"
            for number in range(len(columns))
        )
        found = self._one(
            f"WITH s AS MATERIALIZED (SELECT {hashes} FROM {self._source(table)} {sampled}) "
            f"SELECT (SELECT count(*) FROM s), {counts}"
        )
        seen = int(found[0])
        return [_estimated(int(f), int(once), n, seen, rows) for f, once, n in found[1:]]

    def _sample(
        self, table: SchemaObject, columns: Sequence[Typed]
    ) -> tuple[dict[str, str | None], ...]:
        names = [self._quoted(column.name) for column in columns]
        if not names:
            return ()
        texts = ", ".join(f"left({name}::text, {LONGEST + 1})" for name in names)
        rows = self._all(f"SELECT {texts} FROM {self._source(table)} LIMIT 3")
        return tuple(
            {
                column.name: None if value is None else cut(value)
                for column, value in zip(columns, row, strict=True)
            }
            for row in rows
        )

    def _told(
        self, column: Typed, part: Sequence[Any], distinct: int | None, *, is_exact: bool
    ) -> Column:
        values, checksum, least, greatest, octets, longest = part
        return Column(
            name=column.name,
            type=column.type,
            values=int(values),
            distinct=None if distinct is None else min(distinct, int(values)),
            distinct_is_exact=is_exact,
            least=None if least is None else cut(str(least)),
            greatest=None if greatest is None else cut(str(greatest)),
            checksum=int(checksum or 0) % _ALL,
            form=column.kind.form,
            octets=None if octets is None else int(octets),
            longest=None if longest is None else int(longest),
        )

    # -- the connection ----------------------------------------------------------------------

    def _quoted(self, name: str) -> str:
        """A column's name; the dialect doubles a percent sign, as the driver needs it."""
        return self._connection.dialect.identifier_preparer.quote_identifier(name)

    def _one(self, query: str) -> Sequence[Any]:
        return self._all(query)[0]

    def _all(self, query: str) -> Sequence[Sequence[Any]]:
        """An error ends this query alone: a savepoint keeps the transaction and its snapshot."""
        with self._connection.begin_nested():
            return self._connection.exec_driver_sql(query).all()


def _estimated(found: int, once: int, values: int | None, seen: int, rows: int) -> int | None:
    if seen == rows:
        return found
    if not values:
        return None if not seen else 0
    whole = rows * int(values) / seen
    return round(int(values) * found / (int(values) - once + once * int(values) / whole))


def _reason(error: DBAPIError) -> str:
    return " ".join(str(error.orig).split())
