"""The PostgreSQL reader's queries for extensions, types and collations."""

# ruff: noqa: S608 -- put together from this package's own constants; no value comes from outside

from __future__ import annotations

from collections.abc import Iterator

from schema.catalog.postgresql_sql import (
    OURS,
    collation,
    comment,
    not_member,
    owner,
    qualified,
    since,
    type_name,
)

__all__ = ["queries"]

_OF_TYPE = f"{OURS} AND {not_member('pg_type', 't.oid')}"


def queries(version: int) -> Iterator[str]:
    """All of this module's queries for a server of this ``server_version_num``."""
    yield _extensions()
    yield _collations(version)
    yield _enums()
    yield _domains()
    yield _composites()
    yield _ranges(version)


def _extensions() -> str:
    return f"""
SELECT 'extension' AS _kind, NULL AS _schema, NULL AS _table, x.extname AS _name,
       x.extversion AS version, n.nspname AS in_schema, ds.description AS comment
FROM pg_extension x JOIN pg_namespace n ON n.oid = x.extnamespace
{comment("pg_extension", "x.oid")} WHERE x.extname <> 'plpgsql'
"""


def _collations(version: int) -> str:
    # Where an ICU collation's locale stands moved in 15 and in 17.
    if version >= 170_000:
        locale = "coalesce(l.colllocale, l.collcollate)"
    elif version >= 150_000:
        locale = "coalesce(l.colliculocale, l.collcollate)"
    else:
        locale = "l.collcollate"
    return f"""
SELECT 'collation' AS _kind, n.nspname AS _schema, NULL AS _table, l.collname AS _name,
       CASE l.collprovider WHEN 'i' THEN 'icu' WHEN 'c' THEN 'libc' WHEN 'b' THEN 'builtin'
                           ELSE l.collprovider::text END AS provider,
       {locale} AS locale, CASE WHEN l.collprovider = 'c' THEN l.collctype END AS ctype,
       l.collisdeterministic AS deterministic,
       {since(version, 16, 'l.collicurules AS "?rules",')}
       {owner("l.collowner")}, ds.description AS comment
FROM pg_collation l JOIN pg_namespace n ON n.oid = l.collnamespace
{comment("pg_collation", "l.oid")}
WHERE {OURS} AND {not_member("pg_collation", "l.oid")}
"""


def _enums() -> str:
    return f"""
SELECT 'enum' AS _kind, n.nspname AS _schema, NULL AS _table, t.typname AS _name,
       coalesce(e.labels, '{{}}') AS labels, {owner("t.typowner")}, ds.description AS comment
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN (SELECT enumtypid, array_agg(enumlabel::text ORDER BY enumsortorder) AS labels
           FROM pg_enum GROUP BY enumtypid) e ON e.enumtypid = t.oid
{comment("pg_type", "t.oid")}
WHERE t.typtype = 'e' AND {_OF_TYPE}
"""


def _domains() -> str:
    return f"""
SELECT 'domain' AS _kind, n.nspname AS _schema, NULL AS _table, t.typname AS _name,
       {type_name("t.typbasetype", "t.typtypmod")} AS type, NOT t.typnotnull AS nullable,
       coalesce(pg_get_expr(t.typdefaultbin, 0), t.typdefault) AS default,
       CASE WHEN t.typcollation <> b.typcollation THEN {collation("t.typcollation")}
            END AS collation,
       ARRAY(SELECT quote_ident(con.conname) || ' ' || pg_get_constraintdef(con.oid)
             FROM pg_constraint con
             WHERE con.contypid = t.oid AND con.contype = 'c' ORDER BY con.conname) AS checks,
       ARRAY(SELECT quote_ident(con.conname) || ' ' || cd.description
             FROM pg_constraint con JOIN pg_description cd ON cd.objoid = con.oid
               AND cd.classoid = 'pg_constraint'::regclass
             WHERE con.contypid = t.oid ORDER BY con.conname) AS "?check_comments",
       {owner("t.typowner")}, ds.description AS comment
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
JOIN pg_type b ON b.oid = t.typbasetype {comment("pg_type", "t.oid")}
WHERE t.typtype = 'd' AND {_OF_TYPE}
"""


def _composites() -> str:
    differs = f"""CASE WHEN a.attcollation <> at.typcollation
                  THEN ' COLLATE ' || {collation("a.attcollation")} ELSE '' END"""
    return f"""
SELECT 'composite type' AS _kind, n.nspname AS _schema, NULL AS _table, c.relname AS _name,
       coalesce(parts.attributes, '{{}}') AS attributes, parts.comments AS "?attribute_comments",
       {owner("c.relowner")}, ds.description AS comment
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_type t ON t.oid = c.reltype
LEFT JOIN (
    SELECT a.attrelid, array_agg(quote_ident(a.attname) || ' '
               || {type_name("a.atttypid", "a.atttypmod")} || {differs} ORDER BY a.attnum)
               AS attributes,
           array_agg(quote_ident(a.attname) || ' ' || ad.description ORDER BY a.attnum)
               FILTER (WHERE ad.description IS NOT NULL) AS comments
    FROM pg_attribute a JOIN pg_class holder ON holder.oid = a.attrelid AND holder.relkind = 'c'
    JOIN pg_type at ON at.oid = a.atttypid
    LEFT JOIN pg_description ad ON ad.classoid = 'pg_class'::regclass
      AND ad.objoid = a.attrelid AND ad.objsubid = a.attnum
    WHERE a.attnum > 0 AND NOT a.attisdropped GROUP BY a.attrelid
) parts ON parts.attrelid = c.oid
{comment("pg_type", "t.oid")}
WHERE c.relkind = 'c' AND {OURS} AND {not_member("pg_class", "c.oid")}
  AND {not_member("pg_type", "t.oid")}
"""


# The name that the server makes up: makeMultirangeTypeName in src/backend/catalog/pg_type.c.
def _ranges(version: int) -> str:
    made_up = """CASE WHEN strpos(t.typname, 'range') > 0
        THEN overlay(t.typname::text PLACING 'multirange' FROM strpos(t.typname, 'range') FOR 5)
        ELSE left(t.typname::text, 52) || '_multirange' END"""
    named = f"""CASE WHEN m.typname <> {made_up} THEN m.typname END AS "?multirange","""
    multirange = "LEFT JOIN pg_type m ON m.oid = r.rngmultitypid"
    function = f"""(SELECT {qualified("pn.nspname", "p.proname")} FROM pg_proc p
                    JOIN pg_namespace pn ON pn.oid = p.pronamespace WHERE p.oid = {{}})"""
    return f"""
SELECT 'range type' AS _kind, n.nspname AS _schema, NULL AS _table, t.typname AS _name,
       {type_name("r.rngsubtype", "NULL")} AS subtype,
       CASE WHEN NOT o.opcdefault THEN {qualified("opn.nspname", "o.opcname")} END AS opclass,
       CASE WHEN r.rngcollation <> s.typcollation THEN {collation("r.rngcollation")}
            END AS collation,
       {function.format("nullif(r.rngcanonical::oid, 0)")} AS canonical,
       {function.format("nullif(r.rngsubdiff::oid, 0)")} AS subtype_diff,
       {since(version, 14, named)}
       {owner("t.typowner")}, ds.description AS comment
FROM pg_range r JOIN pg_type t ON t.oid = r.rngtypid JOIN pg_namespace n ON n.oid = t.typnamespace
JOIN pg_type s ON s.oid = r.rngsubtype JOIN pg_opclass o ON o.oid = r.rngsubopc
JOIN pg_namespace opn ON opn.oid = o.opcnamespace {since(version, 14, multirange)}
{comment("pg_type", "t.oid")}
WHERE {_OF_TYPE}
"""
