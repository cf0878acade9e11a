"""The PostgreSQL reader's queries for constraints and indexes."""

# ruff: noqa: S608 -- put together from this package's own constants; no value comes from outside

from __future__ import annotations

from collections.abc import Iterator

from schema.catalog.postgresql_sql import (
    OURS,
    action,
    collation,
    comment,
    names,
    not_member,
    since,
)

__all__ = ["queries"]

_OF_CLASS = not_member("pg_class", "c.oid")

#: The oid of the database's own collation (src/include/catalog/pg_collation.dat).
_DEFAULT_COLLATION = 100


def queries(version: int) -> Iterator[str]:
    """All of this module's queries for a server of this ``server_version_num``."""
    yield _keys(version)
    yield _foreign_keys(version)
    yield _checks(version)
    yield _exclusions()
    yield _indexes(version)


def _at(array: str, numbers: str) -> str:
    """The names at these places of an array of all names, in the places' order."""
    return f"ARRAY(SELECT {array}[k] FROM unnest({numbers}) k)"


def _joined(array: str, numbers: str) -> str:
    """The same, joined as the server does when it makes up a name."""
    return f"array_to_string({_at(array, numbers)}, '_')"


def _holders(column: str, kinds: str) -> str:
    """A query for the tables (or indexes) of all constraints of these kinds."""
    return f"SELECT {column} FROM pg_constraint WHERE contype IN ({kinds})"


def _from(kinds: str, joins: str = "") -> str:
    """Constraints of tables, without a partition's copies of its parent's."""
    return f"""
FROM pg_constraint con JOIN pg_class c ON c.oid = con.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace {comment("pg_constraint", "con.oid")}
{joins}
WHERE con.contype IN ({kinds}) AND (con.conislocal OR con.coninhcount = 0)
  AND {OURS} AND {_OF_CLASS}
"""


def _keys(version: int) -> str:
    distinct = "nullif(i.indnullsnotdistinct, false) AS nulls_not_distinct,"
    overlaps = "nullif(con.conperiod, false) AS without_overlaps,"
    joins = f"""JOIN pg_index i ON i.indexrelid = con.conindid
JOIN pg_class x ON x.oid = con.conindid LEFT JOIN pg_tablespace ts ON ts.oid = x.reltablespace
{names("own", "con.conrelid", _holders("conrelid", "'p', 'u'"))}"""
    included = "i.indkey[i.indnkeyatts:i.indnatts - 1]"
    return f"""
SELECT CASE con.contype WHEN 'p' THEN 'primary key' ELSE 'unique' END AS _kind,
       n.nspname AS _schema, c.relname AS _table, con.conname AS _name,
       {_at("own.names", "con.conkey")} AS columns,
       CASE WHEN i.indnatts > i.indnkeyatts THEN {_at("own.names", included)}
            ELSE '{{}}' END AS include,
       {since(version, 15, distinct)} {since(version, 18, overlaps)}
       con.condeferrable AS deferrable, con.condeferred AS initially_deferred,
       NOT i.indisvalid AS "?invalid", x.reloptions AS "?options", ts.spcname AS "?tablespace",
       CASE WHEN con.contype = 'u' THEN {_joined("own.names", "i.indkey::int2[]")} END AS _addition,
       CASE con.contype WHEN 'p' THEN 'pkey' ELSE 'key' END AS _label, ds.description AS comment
{_from("'p', 'u'", joins)}"""


def _foreign_keys(version: int) -> str:
    joins = f"""JOIN pg_class target ON target.oid = con.confrelid
JOIN pg_namespace tn ON tn.oid = target.relnamespace
LEFT JOIN (SELECT DISTINCT tgconstraint FROM pg_trigger WHERE tgisinternal AND tgenabled <> 'O')
  disabled ON disabled.tgconstraint = con.oid
{names("own", "con.conrelid", _holders("conrelid", "'f'"))}
{names("theirs", "con.confrelid", _holders("confrelid", "'f'"))}"""
    cleared = f"""CASE WHEN con.confdelsetcols IS NOT NULL THEN
        {_at("own.names", "con.confdelsetcols")} END AS on_delete_columns,"""
    newest = 'nullif(con.conperiod, false) AS "?period", NOT con.conenforced AS "?not_enforced",'
    return f"""
SELECT 'foreign key' AS _kind, n.nspname AS _schema, c.relname AS _table, con.conname AS _name,
       {_at("own.names", "con.conkey")} AS columns,
       CASE WHEN tn.nspname = 'public' THEN '' ELSE tn.nspname || '.' END || target.relname
         AS target,
       {_at("theirs.names", "con.confkey")} AS target_columns,
       {action("con.confdeltype")} AS on_delete, {action("con.confupdtype")} AS on_update,
       {since(version, 15, cleared)}
       CASE con.confmatchtype WHEN 'f' THEN 'FULL' WHEN 'p' THEN 'PARTIAL' ELSE 'SIMPLE' END
         AS match,
       con.condeferrable AS deferrable, con.condeferred AS initially_deferred,
       con.convalidated AS validated, {since(version, 18, newest)}
       disabled.tgconstraint IS NOT NULL AS "?triggers_disabled",
       {_joined("own.names", "con.conkey")} AS _addition, 'fkey' AS _label,
       ds.description AS comment
{_from("'f'", joins)}"""


def _checks(version: int) -> str:
    # The server names a check after its column where it speaks of exactly one.
    newest = 'NOT con.conenforced AS "?not_enforced",'
    return f"""
SELECT 'check' AS _kind, n.nspname AS _schema, c.relname AS _table, con.conname AS _name,
       pg_get_expr(con.conbin, con.conrelid) AS "!expression", con.connoinherit AS no_inherit,
       con.convalidated AS validated, {since(version, 18, newest)}
       CASE WHEN cardinality(con.conkey) = 1 THEN a.attname ELSE '' END AS _addition,
       'check' AS _label, ds.description AS comment
{
        _from(
            "'c'",
            '''LEFT JOIN pg_attribute a ON a.attrelid = con.conrelid
               AND a.attnum = con.conkey[1]''',
        )
    }"""


def _exclusions() -> str:
    joins = f"""JOIN pg_class x ON x.oid = con.conindid
LEFT JOIN pg_tablespace ts ON ts.oid = x.reltablespace
LEFT JOIN (SELECT attrelid, string_agg(attname, '_' ORDER BY attnum) AS names FROM pg_attribute
           WHERE attrelid IN ({_holders("conindid", "'x'")}) GROUP BY attrelid) keys
  ON keys.attrelid = con.conindid"""
    return f"""
SELECT 'exclusion' AS _kind, n.nspname AS _schema, c.relname AS _table, con.conname AS _name,
       pg_get_constraintdef(con.oid) AS "!definition",
       x.reloptions AS "?options", ts.spcname AS "?tablespace",
       keys.names AS _addition, 'excl' AS _label, ds.description AS comment
{_from("'x'", joins)}"""


def _indexes(version: int) -> str:
    distinct = "nullif(i.indnullsnotdistinct, false) AS nulls_not_distinct,"
    return f"""
SELECT 'index' AS _kind, n.nspname AS _schema, c.relname AS _table, x.relname AS _name,
       part.columns AS "!columns", coalesce(part.include, '{{}}') AS include,
       am.amname AS method, i.indisunique AS unique,
       {since(version, 15, distinct)}
       CASE WHEN i.indpred IS NOT NULL THEN pg_get_expr(i.indpred, i.indrelid) END AS predicate,
       part.collation, part.opclass, i.indisvalid AS valid, x.reloptions AS options,
       part.statistics AS "?statistics", ts.spcname AS "?tablespace",
       part.names AS _addition, 'idx' AS _label, ds.description AS comment
FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_am am ON am.oid = x.relam
LEFT JOIN pg_tablespace ts ON ts.oid = x.reltablespace
JOIN ({_index_parts(version)}) part ON part.indexrelid = i.indexrelid
{comment("pg_class", "x.oid")}
WHERE NOT x.relispartition AND {OURS} AND {_OF_CLASS}
"""


# Bits of indoption: 1 descending, 2 nulls first (src/include/catalog/pg_index.h). An operator class
# goes without saying when it is the default one of the column's own type, or of a type that is
# taken for it (text for varchar).
def _index_parts(version: int) -> str:
    """Each index's parts as arrays in the columns' order; index of constraints left out."""
    parameters = "coalesce('(' || array_to_string(a.attoptions, ', ') || ')', '')"
    shown = f"o.opcname || {parameters}" if version >= 130_000 else "o.opcname::text"
    # An expression has a collation of its own, which only the server can tell from another one.
    stands_there = """strpos(pg_get_indexdef(i.indexrelid),
        pg_get_indexdef(i.indexrelid, a.attnum, false) || ' COLLATE ') > 0"""
    given = "OR a.attoptions IS NOT NULL" if version >= 130_000 else ""
    return f"""SELECT p.indexrelid,
       array_agg(p.text || p.direction ORDER BY p.place) FILTER (WHERE p.is_key) AS columns,
       array_agg(p.text ORDER BY p.place) FILTER (WHERE NOT p.is_key) AS include,
       CASE WHEN bool_or(p.opclass IS NOT NULL) THEN
         array_agg(p.opclass ORDER BY p.place) FILTER (WHERE p.is_key) END AS opclass,
       CASE WHEN bool_or(p.collation IS NOT NULL) THEN
         array_agg(p.collation ORDER BY p.place) FILTER (WHERE p.is_key) END AS collation,
       CASE WHEN bool_or(p.statistics IS NOT NULL) THEN
         array_agg(p.statistics ORDER BY p.place) END AS statistics,
       string_agg(p.attname, '_' ORDER BY p.place) AS names
FROM (
    SELECT i.indexrelid, a.attnum AS place, a.attnum <= i.indnkeyatts AS is_key, a.attname,
           CASE WHEN i.indkey[a.attnum - 1] = 0 THEN pg_get_indexdef(i.indexrelid, a.attnum, false)
                ELSE quote_ident(ta.attname) END AS text,
           CASE i.indoption[a.attnum - 1] & 3 WHEN 1 THEN ' DESC NULLS LAST'
             WHEN 2 THEN ' NULLS FIRST' WHEN 3 THEN ' DESC' ELSE '' END AS direction,
           nullif(a.attstattarget, -1)::int AS statistics,
           CASE WHEN NOT o.opcdefault {given} OR (o.opcintype <> base.oid AND EXISTS (
                  SELECT FROM pg_opclass d WHERE d.opcmethod = o.opcmethod AND d.opcdefault
                  AND d.opcintype = base.oid)) THEN {shown} END AS opclass,
           CASE WHEN i.indcollation[a.attnum - 1] <> 0 AND i.indcollation[a.attnum - 1]
                     <> coalesce(nullif(ta.attcollation, 0), {_DEFAULT_COLLATION})
                 AND (i.indkey[a.attnum - 1] <> 0 OR {stands_there})
                THEN {collation("i.indcollation[a.attnum - 1]")} END AS collation
    FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indexrelid
    LEFT JOIN pg_attribute ta ON ta.attrelid = i.indrelid AND ta.attnum = i.indkey[a.attnum - 1]
    LEFT JOIN pg_opclass o ON o.oid = i.indclass[a.attnum - 1] AND a.attnum <= i.indnkeyatts
    LEFT JOIN pg_type t ON t.oid = coalesce(ta.atttypid, a.atttypid)
    LEFT JOIN pg_type base ON base.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
    WHERE i.indexrelid >= 16384 AND NOT i.indisprimary AND NOT EXISTS (
        SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('u', 'x'))
) p GROUP BY p.indexrelid"""
