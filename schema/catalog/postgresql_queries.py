"""The catalog queries of the PostgreSQL reader, one for each kind of object.

Each returns ``_kind, _schema, _table, _name`` and then one column for each property, under the
property's name. The tables are described at https://www.postgresql.org/docs/current/catalogs.html.
What an older server does not have is left out of its queries, never guessed.
"""

# ruff: noqa: S608 -- put together from this module's own constants; no value comes from outside

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["NOT_COMPARED", "SETTINGS", "not_compared", "queries"]

#: Definitions must not depend on the session: an empty search_path has every name qualified and no
#: object of the user's called; the others settle how constants are written (as pg_dump does).
SETTINGS = """
SELECT current_setting('server_version') AS version,
       current_setting('server_version_num')::int AS number,
       set_config('search_path', '', true), set_config('quote_all_identifiers', 'off', true),
       set_config('datestyle', 'ISO', true), set_config('intervalstyle', 'postgres', true),
       set_config('timezone', 'UTC', true), set_config('bytea_output', 'hex', true),
       set_config('extra_float_digits', '1', true)
"""

_OURS = "n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'"


def _member(catalog: str, oid: str) -> str:
    """A condition: the object belongs to no extension, and a function to no type that made it."""
    kinds = "'e', 'i'" if catalog in {"pg_proc", "pg_cast"} else "'e'"
    return f"""NOT EXISTS (SELECT FROM pg_depend e WHERE e.deptype IN ({kinds})
                           AND e.classid = '{catalog}'::regclass AND e.objid = {oid})"""


def _collation(oid: str) -> str:
    """A collation's name, qualified unless it is the server's own."""
    return f"""(SELECT CASE WHEN ln.nspname = 'pg_catalog' THEN '' ELSE ln.nspname || '.' END
              || l.collname FROM pg_collation l JOIN pg_namespace ln ON ln.oid = l.collnamespace
              WHERE l.oid = {oid})"""


def _comment(catalog: str, oid: str, part: str = "0") -> str:
    return f"""LEFT JOIN pg_description ds
      ON ds.classoid = '{catalog}'::regclass AND ds.objoid = {oid} AND ds.objsubid = {part}"""


def _names(table: str, numbers: str) -> str:
    """The names of a table's columns, given by an array of their numbers, in its order."""
    return f"""ARRAY(SELECT a.attname::text FROM unnest({numbers}) WITH ORDINALITY k(number, place)
      JOIN pg_attribute a ON a.attrelid = {table} AND a.attnum = k.number ORDER BY k.place)"""


def _type(oid: str, modifier: str) -> str:
    return f"regexp_replace(format_type({oid}, {modifier}), '^public\\.', '')"


_OF_CLASS = _member("pg_class", "c.oid")

#: The oid of the database's own collation (src/include/catalog/pg_collation.dat).
_DEFAULT_COLLATION = 100

_SCHEMAS = f"""
SELECT 'schema' AS _kind, NULL AS _schema, NULL AS _table, n.nspname AS _name,
       ds.description AS comment
FROM pg_namespace n {_comment("pg_namespace", "n.oid")}
WHERE {_OURS} AND n.nspname <> 'public' AND {_member("pg_namespace", "n.oid")}
"""

_EXTENSIONS = """
SELECT 'extension' AS _kind, NULL AS _schema, NULL AS _table, x.extname AS _name,
       x.extversion AS version, n.nspname AS in_schema
FROM pg_extension x JOIN pg_namespace n ON n.oid = x.extnamespace WHERE x.extname <> 'plpgsql'
"""

_TABLES = f"""
SELECT 'table' AS _kind, n.nspname AS _schema, NULL AS _table, c.relname AS _name,
       CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table'
                      ELSE 'foreign table' END AS kind,
       CASE c.relpersistence WHEN 'u' THEN 'unlogged' ELSE 'permanent' END AS persistence,
       am.amname AS access_method,
       CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END AS partition_key,
       pg_get_expr(c.relpartbound, c.oid) AS partition_bound,
       ARRAY(SELECT i.inhparent::regclass::text FROM pg_inherits i WHERE i.inhrelid = c.oid
             ORDER BY i.inhseqno) AS inherits,
       c.relrowsecurity AS row_security, c.relforcerowsecurity AS force_row_security,
       CASE c.relreplident WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full' WHEN 'i' THEN 'index' END
         AS replica_identity,
       c.reloptions AS options, ts.spcname AS tablespace, ds.description AS comment
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_am am ON am.oid = c.relam LEFT JOIN pg_tablespace ts ON ts.oid = c.reltablespace
{_comment("pg_class", "c.oid")}
WHERE c.relkind IN ('r', 'p', 'f') AND {_OURS} AND {_OF_CLASS}
"""

# A partition's inherited columns are its parent's, and told once.
_COLUMNS = f"""
SELECT 'column' AS _kind, n.nspname AS _schema, c.relname AS _table, a.attname AS _name,
       {_type("a.atttypid", "a.atttypmod")} AS type, NOT a.attnotnull AS nullable,
       CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END AS default,
       CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END AS identity,
       identity.options AS identity_options,
       CASE a.attgenerated WHEN 's' THEN 'stored: ' || pg_get_expr(d.adbin, d.adrelid)
                           WHEN 'v' THEN 'virtual: ' || pg_get_expr(d.adbin, d.adrelid)
                           END AS generated,
       CASE WHEN a.attcollation <> t.typcollation THEN {_collation("a.attcollation")}
            END AS collation,
       CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage::text END AS storage,
       {{compression}}
       ds.description AS comment, a.attnum AS position
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN (
    SELECT o.refobjid, o.refobjsubid,
           nullif(concat_ws(', ', 'start ' || nullif(s.seqstart, 1),
                  'increment ' || nullif(s.seqincrement, 1), 'minimum ' || nullif(s.seqmin, 1),
                  'cache ' || nullif(s.seqcache, 1), CASE WHEN s.seqcycle THEN 'cycle' END), '')
             AS options
    FROM pg_depend o JOIN pg_sequence s ON s.seqrelid = o.objid
    WHERE o.deptype = 'i' AND o.classid = 'pg_class'::regclass
      AND o.refclassid = 'pg_class'::regclass
) identity ON identity.refobjid = c.oid AND identity.refobjsubid = a.attnum
{_comment("pg_class", "c.oid", "a.attnum")}
WHERE c.relkind IN ('r', 'p', 'f') AND a.attnum > 0 AND NOT a.attisdropped AND a.attislocal
  AND {_OURS} AND {_OF_CLASS}
"""

_FROM_CONSTRAINT = f"""
FROM pg_constraint con JOIN pg_class c ON c.oid = con.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace {_comment("pg_constraint", "con.oid")}
{{join}}
WHERE con.contype IN ({{kinds}}) AND (con.conislocal OR con.coninhcount = 0)
  AND {_OURS} AND {_OF_CLASS}
"""

_KEYS = f"""
SELECT CASE con.contype WHEN 'p' THEN 'primary key' ELSE 'unique' END AS _kind,
       n.nspname AS _schema, c.relname AS _table, con.conname AS _name,
       {_names("con.conrelid", "con.conkey")} AS columns,
       {_names("con.conrelid", "i.indkey[i.indnkeyatts:]")} AS include,
       {{nulls_not_distinct}} {{without_overlaps}}
       con.condeferrable AS deferrable, con.condeferred AS initially_deferred,
       ds.description AS comment
""" + _FROM_CONSTRAINT.format(
    join="JOIN pg_index i ON i.indexrelid = con.conindid", kinds="'p', 'u'"
)

_FOREIGN_KEYS = f"""
SELECT 'foreign key' AS _kind, n.nspname AS _schema, c.relname AS _table, con.conname AS _name,
       {_names("con.conrelid", "con.conkey")} AS columns,
       CASE WHEN tn.nspname = 'public' THEN '' ELSE tn.nspname || '.' END || target.relname
         AS target,
       {_names("con.confrelid", "con.confkey")} AS target_columns,
       {{on_delete}} AS on_delete, {{on_update}} AS on_update, {{on_delete_columns}}
       CASE con.confmatchtype WHEN 'f' THEN 'FULL' WHEN 'p' THEN 'PARTIAL' ELSE 'SIMPLE' END
         AS match,
       con.condeferrable AS deferrable, con.condeferred AS initially_deferred,
       con.convalidated AS validated, {{enforced}} ds.description AS comment
""" + _FROM_CONSTRAINT.format(
    join="""JOIN pg_class target ON target.oid = con.confrelid
            JOIN pg_namespace tn ON tn.oid = target.relnamespace""",
    kinds="'f'",
)

_CHECKS = """
SELECT 'check' AS _kind, n.nspname AS _schema, c.relname AS _table, con.conname AS _name,
       pg_get_expr(con.conbin, con.conrelid) AS expression, con.connoinherit AS no_inherit,
       con.convalidated AS validated, {enforced} ds.description AS comment
""" + _FROM_CONSTRAINT.format(join="", kinds="'c'")

_EXCLUSIONS = """
SELECT 'exclusion' AS _kind, n.nspname AS _schema, c.relname AS _table, con.conname AS _name,
       pg_get_constraintdef(con.oid) AS definition, ds.description AS comment
""" + _FROM_CONSTRAINT.format(join="", kinds="'x'")

# Bits of indoption: 1 descending, 2 nulls first (src/include/catalog/pg_index.h).
_INDEXES = f"""
SELECT 'index' AS _kind, n.nspname AS _schema, c.relname AS _table, x.relname AS _name,
       part.columns, part.include, am.amname AS method, i.indisunique AS unique,
       {{nulls_not_distinct}}
       pg_get_expr(i.indpred, i.indrelid) AS predicate,
       part.collation, part.opclass, i.indisvalid AS valid, x.reloptions AS options,
       ds.description AS comment
FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_am am ON am.oid = x.relam
CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(pg_get_indexdef(i.indexrelid, k.place, false)
             || CASE WHEN i.indoption[k.place - 1] & 1 = 1 THEN ' DESC' ELSE '' END
             || CASE i.indoption[k.place - 1] & 3 WHEN 1 THEN ' NULLS LAST'
                                                  WHEN 2 THEN ' NULLS FIRST' ELSE '' END
             ORDER BY k.place) FILTER (WHERE k.place <= i.indnkeyatts), '{{{{}}}}') AS columns,
           coalesce(array_agg(pg_get_indexdef(i.indexrelid, k.place, false) ORDER BY k.place)
             FILTER (WHERE k.place > i.indnkeyatts), '{{{{}}}}') AS include,
           CASE WHEN bool_or(o.opcdefault IS FALSE)
             THEN array_agg(CASE WHEN NOT o.opcdefault THEN o.opcname::text END ORDER BY k.place)
             END AS opclass,
           CASE WHEN bool_or(l.name IS NOT NULL) THEN array_agg(l.name ORDER BY k.place)
             END AS collation
    FROM generate_series(1, i.indnatts::int) k(place)
    LEFT JOIN pg_opclass o ON o.oid = i.indclass[k.place - 1] AND k.place <= i.indnkeyatts
    LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k.place - 1]
    LEFT JOIN LATERAL (
        SELECT {_collation("i.indcollation[k.place - 1]")} AS name
        WHERE k.place <= i.indnkeyatts AND i.indcollation[k.place - 1] <> 0
          AND i.indcollation[k.place - 1]
              <> coalesce(nullif(a.attcollation, 0), {_DEFAULT_COLLATION})) l ON true
) part
{_comment("pg_class", "x.oid")}
WHERE NOT x.relispartition AND {_OURS} AND {_OF_CLASS}
  AND NOT EXISTS (SELECT FROM pg_constraint con WHERE con.conindid = i.indexrelid
                  AND con.contype IN ('p', 'u', 'x'))
"""

_ENUMS = f"""
SELECT 'enum' AS _kind, n.nspname AS _schema, NULL AS _table, t.typname AS _name,
       array_agg(e.enumlabel::text ORDER BY e.enumsortorder) AS labels,
       min(ds.description) AS comment
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace JOIN pg_enum e ON e.enumtypid = t.oid
{_comment("pg_type", "t.oid")}
WHERE {_OURS} AND {_member("pg_type", "t.oid")} GROUP BY n.nspname, t.typname
"""

_DOMAINS = f"""
SELECT 'domain' AS _kind, n.nspname AS _schema, NULL AS _table, t.typname AS _name,
       {_type("t.typbasetype", "t.typtypmod")} AS type, NOT t.typnotnull AS nullable,
       t.typdefault AS default,
       CASE WHEN t.typcollation <> b.typcollation THEN {_collation("t.typcollation")}
            END AS collation,
       ARRAY(SELECT con.conname || ' ' || pg_get_constraintdef(con.oid) FROM pg_constraint con
             WHERE con.contypid = t.oid AND con.contype = 'c' ORDER BY con.conname) AS checks,
       ds.description AS comment
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
JOIN pg_type b ON b.oid = t.typbasetype {_comment("pg_type", "t.oid")}
WHERE t.typtype = 'd' AND {_OURS} AND {_member("pg_type", "t.oid")}
"""

# deptype a: owned by a column, as serial makes it; i: an identity column's own, told there.
_SEQUENCES = f"""
SELECT 'sequence' AS _kind, n.nspname AS _schema, owner.relname AS _table, c.relname AS _name,
       format_type(s.seqtypid, NULL) AS type, s.seqstart AS start, s.seqincrement AS increment,
       s.seqmin AS minimum, s.seqmax AS maximum, s.seqcycle AS cycle, s.seqcache AS cache,
       owner.relname || '.' || a.attname AS owned_by, ds.description AS comment
FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_depend o ON o.classid = 'pg_class'::regclass AND o.objid = c.oid
  AND o.refclassid = 'pg_class'::regclass AND o.deptype IN ('a', 'i')
LEFT JOIN pg_class owner ON owner.oid = o.refobjid
LEFT JOIN pg_attribute a ON a.attrelid = o.refobjid AND a.attnum = o.refobjsubid
{_comment("pg_class", "c.oid")}
WHERE o.deptype IS DISTINCT FROM 'i' AND {_OURS} AND {_OF_CLASS}
"""

_VIEWS = f"""
SELECT CASE c.relkind WHEN 'v' THEN 'view' ELSE 'materialized view' END AS _kind,
       n.nspname AS _schema, NULL AS _table, c.relname AS _name,
       rtrim(pg_get_viewdef(c.oid), ';') AS definition, c.reloptions AS options,
       ds.description AS comment
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace {_comment("pg_class", "c.oid")}
WHERE c.relkind IN ('v', 'm') AND {_OURS} AND {_OF_CLASS}
"""

_TRIGGERS = f"""
SELECT 'trigger' AS _kind, n.nspname AS _schema, c.relname AS _table, t.tgname AS _name,
       pg_get_triggerdef(t.oid) AS definition,
       CASE t.tgenabled WHEN 'O' THEN 'yes' WHEN 'D' THEN 'no' WHEN 'R' THEN 'on replicas'
                        ELSE 'always' END AS enabled,
       ds.description AS comment
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
{_comment("pg_trigger", "t.oid")}
WHERE NOT t.tgisinternal {{no_clones}} AND {_OURS} AND {_OF_CLASS}
"""

_POLICIES = f"""
SELECT 'policy' AS _kind, n.nspname AS _schema, c.relname AS _table, p.polname AS _name,
       CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update'
                     WHEN 'd' THEN 'delete' ELSE 'all' END AS command,
       p.polpermissive AS permissive,
       ARRAY(SELECT pg_get_userbyid(r)::text FROM unnest(p.polroles) r WHERE r <> 0 ORDER BY 1)
         AS roles,
       pg_get_expr(p.polqual, p.polrelid) AS using,
       pg_get_expr(p.polwithcheck, p.polrelid) AS with_check
FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {_OURS} AND {_OF_CLASS}
"""

_RULES = f"""
SELECT 'rule' AS _kind, n.nspname AS _schema, c.relname AS _table, r.rulename AS _name,
       pg_get_ruledef(r.oid) AS definition, r.ev_enabled::text AS enabled
FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE r.rulename <> '_RETURN' AND {_OURS} AND {_OF_CLASS}
"""

_FUNCTIONS = f"""
SELECT CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END AS _kind,
       n.nspname AS _schema, NULL AS _table,
       p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' AS _name,
       pg_get_functiondef(p.oid) AS definition, ds.description AS comment
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace {_comment("pg_proc", "p.oid")}
WHERE p.prokind <> 'a' AND {_OURS} AND {_member("pg_proc", "p.oid")}
"""

_QUERIES = (
    _SCHEMAS, _EXTENSIONS, _ENUMS, _DOMAINS, _SEQUENCES, _TABLES, _COLUMNS, _KEYS, _FOREIGN_KEYS,
    _CHECKS, _EXCLUSIONS, _INDEXES, _TRIGGERS, _POLICIES, _RULES, _VIEWS, _FUNCTIONS,
)  # fmt: skip


def _action(column: str) -> str:
    return f"""CASE {column} WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE'
      WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT' ELSE 'NO ACTION' END"""


def queries(version: int) -> Iterator[str]:
    """All queries for a server of this ``server_version_num`` (12 and newer).

    What only newer servers have is None when it is as older servers have it.
    """
    deleted = _names("con.conrelid", "con.confdelsetcols")
    since = {
        "no_clones": (13, "AND t.tgparentid = 0"),
        "compression": (14, "nullif(a.attcompression::text, '') AS compression,"),
        "nulls_not_distinct": (15, "nullif(i.indnullsnotdistinct, false) AS nulls_not_distinct,"),
        "on_delete_columns": (15, f"nullif({deleted}, '{{}}') AS on_delete_columns,"),
        "enforced": (18, "nullif(con.conenforced, true) AS enforced,"),
        "without_overlaps": (18, "nullif(con.conperiod, false) AS without_overlaps,"),
    }  # fmt: skip
    parts = {
        name: text if version >= first * 10_000 else "" for name, (first, text) in since.items()
    }
    parts["on_delete"] = _action("con.confdeltype")
    parts["on_update"] = _action("con.confupdtype")
    return (text.format(**parts) if "{" in text else text for text in _QUERIES)


#: Kinds that are not read yet: what one is called, its catalog, its oid's column.
NOT_COMPARED = (
    ("aggregate function", "pg_aggregate", "aggfnoid::oid", "pg_proc"),
    ("composite type", "pg_class", "oid", "pg_class"),
    ("range type", "pg_range", "rngtypid", "pg_type"),
    ("event trigger", "pg_event_trigger", "oid", "pg_event_trigger"),
    ("statistics object", "pg_statistic_ext", "oid", "pg_statistic_ext"),
    ("publication", "pg_publication", "oid", "pg_publication"),
    ("foreign data wrapper", "pg_foreign_data_wrapper", "oid", "pg_foreign_data_wrapper"),
    ("foreign server", "pg_foreign_server", "oid", "pg_foreign_server"),
    ("collation", "pg_collation", "oid", "pg_collation"),
    ("operator", "pg_operator", "oid", "pg_operator"),
    ("operator class", "pg_opclass", "oid", "pg_opclass"),
    ("cast", "pg_cast", "oid", "pg_cast"),
    ("text search configuration", "pg_ts_config", "oid", "pg_ts_config"),
    ("default privilege", "pg_default_acl", "oid", "pg_default_acl"),
)


def not_compared() -> str:
    """One query that counts all of them; oids below 16384 are PostgreSQL's own (transam.h)."""
    counts = [
        f"""SELECT '{what}' AS what, count(*) AS count FROM {catalog} o
            WHERE o.{oid} >= 16384 {"AND o.relkind = 'c'" if catalog == "pg_class" else ""}
              AND {_member(owner, f"o.{oid}")}"""
        for what, catalog, oid, owner in NOT_COMPARED
    ]
    grants = f"""SELECT 'relation with grants', count(*) FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relacl IS NOT NULL AND {_OURS} AND {_OF_CLASS}"""
    return " UNION ALL ".join([*counts, grants])
