"""Figures of a PostgreSQL table: what ANALYZE, VACUUM and the server's counters have left.

Sources: https://www.postgresql.org/docs/current/catalog-pg-class.html,
https://www.postgresql.org/docs/current/view-pg-stats.html,
https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADMIN-DBSIZE,
https://www.postgresql.org/docs/current/monitoring-stats.html.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.engine import Connection

from schema.tables.figures import ColumnFigures, Figures, IndexFigures, attempt

__all__ = ["read"]

#: The table, and what its rows are in: its partitions, or itself.
_PARTS = """
WITH t AS (
  SELECT c.oid, c.relkind FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = %(schema)s AND c.relname = %(name)s AND c.relkind IN ('r', 'p', 'f', 'm')
), parts AS (
  SELECT p.relid::oid AS oid FROM t, LATERAL pg_catalog.pg_partition_tree(t.oid) p
  WHERE p.isleaf AND t.relkind = 'p'
  UNION ALL SELECT oid FROM t WHERE relkind <> 'p'
)
"""

# Minus one is what a table has that was never analysed; before PostgreSQL 14 that is zero.
_ROWS = f"""{_PARTS}
SELECT (SELECT relkind::text FROM t),
       (SELECT pg_catalog.has_table_privilege(oid, 'SELECT') FROM t),
       sum(c.reltuples) FILTER (WHERE c.reltuples > 0 OR c.relpages > 0)::bigint,
       sum(s.n_live_tup)::bigint,
       count(*) FILTER (WHERE c.reltuples < 0),
       max(greatest(s.last_analyze, s.last_autoanalyze)),
       sum(s.n_mod_since_analyze)::bigint
FROM parts JOIN pg_catalog.pg_class c ON c.oid = parts.oid
LEFT JOIN pg_catalog.pg_stat_all_tables s ON s.relid = c.oid
"""  # noqa: S608 -- put together from this module's own constants

_SIZES = f"""{_PARTS}
SELECT sum(pg_catalog.pg_total_relation_size(oid))::bigint,
       sum(pg_catalog.pg_indexes_size(oid))::bigint FROM parts
"""  # noqa: S608

_COLUMNS = f"""{_PARTS}
SELECT a.attname, pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'SELECT'),
       s.null_frac, s.n_distinct, s.avg_width
FROM t JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid
LEFT JOIN pg_catalog.pg_stats s ON s.schemaname = %(schema)s AND s.tablename = %(name)s
  AND s.attname = a.attname AND s.inherited = (t.relkind = 'p')
WHERE a.attnum > 0 AND NOT a.attisdropped
"""  # noqa: S608

_INDEXES = f"""{_PARTS}
SELECT c.relname, pg_catalog.pg_relation_size(c.oid), s.idx_scan
FROM t JOIN pg_catalog.pg_index i ON i.indrelid = t.oid
JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
LEFT JOIN pg_catalog.pg_stat_all_indexes s ON s.indexrelid = c.oid
"""  # noqa: S608

#: Types whose values PostgreSQL cannot tell apart by itself: their text is counted.
_AS_TEXT = {"json", "xml", "point", "line", "lseg", "box", "path", "polygon", "circle"}


def read(
    connection: Connection, schema_name: str, name: str, columns: Sequence[str], *, count: bool
) -> Figures:
    """The figures of one table, in four queries of the server's own catalogs."""
    named = {"schema": schema_name, "name": name}
    notes: list[str] = []
    found = Figures()
    with attempt(connection, notes, "The rows are not known"):
        found = _rows(connection, named, notes)
    with attempt(connection, notes, "The size is not known"):
        size, indexes = connection.exec_driver_sql(_SIZES, named).one()
        found = replace(found, size=size, indexes_size=indexes)
    with attempt(connection, notes, "The columns are not known"):
        found = _columns(connection, named, found, notes)
    with attempt(connection, notes, "The use of indexes is not known"):
        rows = connection.exec_driver_sql(_INDEXES, named).all()
        used = {index: IndexFigures(size, scans) for index, size, scans in rows}
        found = replace(found, indexes=used)
    if count:
        found = _counted(connection, schema_name, name, columns, found, notes)
    return replace(found, notes=(*found.notes, *notes))


def _rows(connection: Connection, named: Mapping[str, str], notes: list[str]) -> Figures:
    kind, allowed, estimate, live, unknown, analyzed, changed = connection.exec_driver_sql(
        _ROWS, named
    ).one()
    if kind is None:
        return Figures(notes=("The database has no such table.",))
    if kind == "f":
        notes.append("Its rows are in another database: a foreign table.")
    rows, source = (None, None) if estimate is None else (int(estimate), "pg_class.reltuples")
    if rows is None and live:
        rows, source = int(live), "pg_stat_all_tables.n_live_tup"
    if rows is None and analyzed is not None:
        rows, source = 0, "pg_class.reltuples"
    if rows is None:
        notes.append("The rows are not known: ANALYZE has not been run.")
    elif unknown and kind == "p":
        notes.append(f"{unknown} of its partitions have not been analysed: there are more rows.")
    if not allowed:
        notes.append("This role may not read the table.")
    when = None if analyzed is None else analyzed.isoformat(timespec="seconds")
    return Figures(rows, source, analyzed=when, changed_since=changed, may_be_read=bool(allowed))


def _columns(
    connection: Connection, named: Mapping[str, str], found: Figures, notes: list[str]
) -> Figures:
    rows = connection.exec_driver_sql(_COLUMNS, named).all()
    columns = {
        name: ColumnFigures(share, _distinct(distinct, found.rows), width, allowed)
        for name, allowed, share, distinct, width in rows
    }
    known = any(each.null_share is not None for each in columns.values())
    readable = any(each.may_be_read for each in columns.values())
    if not known and found.analyzed is not None:
        because = "it was empty" if readable else "this role may not read the table"
        notes.append(f"There are no statistics of the columns: {because}.")
    return replace(found, columns=columns, columns_from="pg_stats" if known else None,
                   may_be_read=found.may_be_read or readable)  # fmt: skip


def _distinct(value: float | None, rows: int | None) -> int | None:
    """A negative number is a share of the rows."""
    if value is None or value >= 0:
        return None if value is None else int(value)
    return None if rows is None else round(-value * rows)


def _counted(
    connection: Connection,
    schema_name: str,
    name: str,
    columns: Sequence[str],
    found: Figures,
    notes: list[str],
) -> Figures:
    """Count rows and NULLs, and then different values, as that may take too long."""
    quote = connection.dialect.identifier_preparer.quote_identifier
    table = f"{quote(schema_name)}.{quote(name)}"
    known = dict(found.columns)
    allowed = [each for each in columns if known.get(each, ColumnFigures()).may_be_read]
    with attempt(connection, notes, "The rows were not counted"):
        parts = "".join(f", count({quote(each)})" for each in allowed)
        query = f"SELECT count(*){parts} FROM {table}"  # noqa: S608 -- quoted
        rows, *there = _one(connection, query)
        for each, filled in zip(allowed, there, strict=True):
            share = 1 - filled / rows if rows else None
            known[each] = replace(known.get(each, ColumnFigures()), null_share=share)
        found = replace(found, rows=rows, rows_from="counted", columns_from="counted",
                        columns=known)  # fmt: skip
    if found.is_exact:
        with attempt(connection, notes, "Different values were not counted"):
            named = {"schema": schema_name, "name": name}
            listed = connection.exec_driver_sql(_TYPES, named)
            types = {str(each): str(kind) for each, kind in listed}
            parts = ", ".join(
                f"count(DISTINCT {quote(each)}{'::text' if types.get(each) in _AS_TEXT else ''})"
                for each in allowed
            )
            values = _one(connection, f"SELECT {parts} FROM {table}") if parts else ()  # noqa: S608
            for each, distinct in zip(allowed, values, strict=True):
                known[each] = replace(known[each], distinct=distinct)
            found = replace(found, columns=known)
    return found


_TYPES = f"""{_PARTS}
SELECT a.attname, pg_catalog.format_type(a.atttypid, NULL)
FROM t JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid
WHERE a.attnum > 0 AND NOT a.attisdropped
"""  # noqa: S608


def _one(connection: Connection, query: str) -> tuple[Any, ...]:
    return tuple(connection.exec_driver_sql(query).one())
