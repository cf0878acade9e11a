"""What readers and writers of a PostgreSQL table run again and again."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schema.rehearsal.stalls.probed import KEYS, Probed

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["Target", "find_targets"]

#: Tables and views by label, as ``table_label`` makes them, with what an application would know of
#: them before the step: columns and primary key.
_TARGETS = """
SELECT n.nspname::text, c.relname::text, c.relkind::text, c.oid::int8,
       ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum),
       ARRAY(SELECT a.attname::text
             FROM pg_catalog.pg_index i
             CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
             WHERE i.indrelid = c.oid AND i.indisprimary AND k.place <= i.indnkeyatts
             ORDER BY k.place),
       CASE WHEN c.relkind IN ('r', 'm')
            THEN pg_relation_size(c.oid) / current_setting('block_size')::int8 ELSE 0 END
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND CASE n.nspname WHEN 'public' THEN c.relname::text
      ELSE n.nspname::text || '.' || c.relname::text END = %s
"""


@dataclass(frozen=True)
class Target(Probed):
    """One table of a PostgreSQL database."""

    oid: int

    def writes(self) -> Iterator[str]:
        """The locks of an UPDATE of one row after another, for ever; nothing of it stays.

        No trigger is fired and no row changed. Source of the modes:
        https://www.postgresql.org/docs/current/explicit-locking.html
        """
        for condition in itertools.cycle(self.conditions):
            row = f"SELECT 1 FROM {self.name}{condition} LIMIT 1 FOR NO KEY UPDATE"  # noqa: S608
            lock = f"LOCK TABLE ONLY {self.name} IN ROW EXCLUSIVE MODE"
            yield f"BEGIN; {lock}; {row}; ROLLBACK"


def find_targets(connection: Connection[Any], labels: Sequence[str]) -> list[Target]:
    """The tables and views of these labels that are there, in this order.

    ``connection`` is psycopg's own, in autocommit mode.
    """
    return [
        _target(connection, label, *row)
        for label in labels
        for row in connection.execute(_TARGETS, (label,)).fetchall()
    ]


def _target(
    connection: Connection[Any],
    label: str,
    schema_name: str,
    name: str,
    kind: str,
    oid: int,
    columns: list[str],
    key: list[str],
    pages: int,
) -> Target:
    quoted = _quoted(connection, schema_name, name)
    # A table without a primary key has its rows picked by the place where they lie.
    by = [_quoted(connection, each) for each in key] or (["ctid"] if kind == "r" else [])
    return Target(
        label=label,
        name=quoted,
        columns=tuple(_quoted(connection, each) for each in columns),
        conditions=tuple(_conditions(connection, quoted, by, pages)) if by else ("",),
        is_writable=kind in "rp",
        oid=oid,
    )


def _conditions(connection: Connection[Any], name: str, by: list[str], pages: int) -> list[str]:
    """Conditions for some rows all over the table. Pages are read by their number: no scan."""
    from psycopg import sql

    listed = ", ".join(f"{each}::text" for each in by)
    query = f"SELECT {listed} FROM {name}"  # noqa: S608 -- quoted by psycopg
    if pages > KEYS:
        places = ", ".join(f"'({number * pages // KEYS},1)'" for number in range(KEYS))
        query += f" WHERE ctid = ANY (ARRAY[{places}]::tid[])"
    rows = connection.execute(f"{query} LIMIT {KEYS}".encode()).fetchall()

    def condition(row: Sequence[str]) -> str:
        pairs = zip(by, row, strict=True)
        equal = (f"{each} = {sql.Literal(value).as_string(connection)}" for each, value in pairs)
        return " WHERE " + " AND ".join(equal)

    return [condition(row) for row in rows] or [""]


def _quoted(connection: Connection[Any], *parts: str) -> str:
    from psycopg import sql

    return sql.Identifier(*parts).as_string(connection)
