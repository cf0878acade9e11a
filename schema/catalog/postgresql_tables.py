"""The PostgreSQL reader's queries for schemas, tables, columns, views and sequences."""

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
    type_of,
)

__all__ = ["HIDDEN", "hidden_options", "queries"]

_OF_CLASS = not_member("pg_class", "c.oid")

#: Options of foreign servers and tables whose values may be secrets.
HIDDEN = (
    "passw|pwd|passcode|passphrase|passfile|secret|token|credential|(api|access|private|ssl)_?key"
)

_STORAGE = """CASE {0}.attstorage WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external'
              WHEN 'm' THEN 'main' ELSE 'extended' END"""

#: Whether a sequence is logged, where its table is not likewise. Before 15, all sequences were.
_PERSISTENCE = """CASE WHEN {0}.relpersistence <> {1} THEN
    CASE {0}.relpersistence WHEN 'u' THEN 'unlogged' ELSE 'logged' END END"""


def queries(version: int) -> Iterator[str]:
    """All of this module's queries for a server of this ``server_version_num``."""
    yield _schemas()
    yield _sequences(version)
    yield _tables(version)
    yield _columns(version)
    yield _views(version)


def hidden_options(options: str) -> str:
    """Options as the catalogs hold them (``name=value``), the value of a secret one as ``***``."""
    return f"""ARRAY(SELECT CASE WHEN split_part(x, '=', 1) ~* '{HIDDEN}'
                       THEN split_part(x, '=', 1) || '=***' ELSE x END
                     FROM unnest({options}) WITH ORDINALITY o(x, place) ORDER BY place)"""


def _schemas() -> str:
    # Who owns public, and its comment, is initdb's doing and differs between versions.
    return f"""
SELECT 'schema' AS _kind, NULL AS _schema, NULL AS _table, n.nspname AS _name,
       CASE WHEN NOT (n.nspname = 'public' AND (n.nspowner = 10
              OR pg_get_userbyid(n.nspowner) = 'pg_database_owner')) THEN o.owner END AS "?owner",
       CASE WHEN NOT (n.nspname = 'public' AND ds.description = 'standard public schema')
         THEN ds.description END AS comment
FROM pg_namespace n {comment("pg_namespace", "n.oid")}
CROSS JOIN LATERAL (SELECT {owner("n.nspowner").replace("?owner", "owner")}) o
WHERE {OURS} AND {not_member("pg_namespace", "n.oid")}
"""


def _tables(version: int) -> str:
    detached = since(version, 14, """nullif(parents.pending, false) AS "?detach_pending",""")
    pending = since(version, 14, ", bool_or(i.inhdetachpending) AS pending")
    return f"""
SELECT 'table' AS _kind, n.nspname AS _schema, NULL AS _table, c.relname AS _name,
       CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table'
                      ELSE 'foreign table' END AS kind,
       CASE c.relpersistence WHEN 'u' THEN 'unlogged' ELSE 'permanent' END AS persistence,
       am.amname AS access_method,
       CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END AS partition_key,
       CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END AS partition_bound,
       coalesce(parents.names, '{{}}') AS inherits, {detached}
       own.settings AS "?own_settings",
       c.relrowsecurity AS row_security, c.relforcerowsecurity AS force_row_security,
       CASE c.relreplident WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full'
         WHEN 'i' THEN coalesce('index ' || replica.relname, 'an index that was dropped') END
         AS replica_identity,
       clustered.relname AS "?clustered_on",
       coalesce(c.reloptions || toast.options, c.reloptions, toast.options) AS options,
       ts.spcname AS tablespace,
       CASE WHEN c.reloftype <> 0 THEN {type_name("c.reloftype", "NULL")} END AS "?of_type",
       sv.srvname AS "?server",
       CASE WHEN c.relkind = 'f' THEN {hidden_options("ft.ftoptions")} END AS "?server_options",
       {owner("c.relowner")}, ds.description AS comment
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_am am ON am.oid = c.relam LEFT JOIN pg_tablespace ts ON ts.oid = c.reltablespace
LEFT JOIN pg_foreign_table ft ON ft.ftrelid = c.oid
LEFT JOIN pg_foreign_server sv ON sv.oid = ft.ftserver
LEFT JOIN (SELECT i.indrelid, x.relname FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
           WHERE i.indisreplident) replica ON replica.indrelid = c.oid
LEFT JOIN (SELECT i.indrelid, x.relname FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
           WHERE i.indisclustered) clustered ON clustered.indrelid = c.oid
LEFT JOIN (SELECT t.oid, array_agg('toast.' || x) AS options
           FROM pg_class t CROSS JOIN LATERAL unnest(t.reloptions) x
           WHERE t.relkind = 't' GROUP BY t.oid) toast ON toast.oid = c.reltoastrelid
LEFT JOIN (SELECT i.inhrelid, array_agg({qualified("pn.nspname", "p.relname")}
                    ORDER BY i.inhseqno) AS names {pending}
           FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent
           JOIN pg_namespace pn ON pn.oid = p.relnamespace
           GROUP BY i.inhrelid) parents ON parents.inhrelid = c.oid
LEFT JOIN ({_own_settings(version)}) own ON own.relation = c.oid
{comment("pg_class", "c.oid")}
WHERE c.relkind IN ('r', 'p', 'f') AND {OURS} AND {_OF_CLASS}
"""


def _own_settings(version: int) -> str:
    """What a child table has otherwise than its parent: (which, property, value), one row a table.

    Inherited columns and triggers are the parent's, and told there.
    """
    compression = since(
        version, 14, "('compression', a.attcompression::text, p.attcompression::text),"
    )
    # In 12 a partition's copy of a trigger bears no mark of the one it was copied from.
    triggers = since(
        version,
        13,
        """UNION ALL
    SELECT t.tgrelid, ARRAY['trigger ' || quote_ident(t.tgname), 'enabled', t.tgenabled::text]
    FROM pg_trigger t JOIN pg_trigger origin ON origin.oid = t.tgparentid
    WHERE t.tgenabled <> origin.tgenabled AND origin.tgname = t.tgname""",
    )
    return f"""SELECT found.relation, array_agg(found.setting ORDER BY found.setting) AS settings
FROM (
    SELECT a.attrelid AS relation,
           ARRAY['column ' || quote_ident(a.attname), part.name, part.own] AS setting
    FROM pg_attribute a JOIN pg_inherits i ON i.inhrelid = a.attrelid AND i.inhseqno = 1
    JOIN pg_attribute p ON p.attrelid = i.inhparent AND p.attname = a.attname
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    LEFT JOIN pg_attrdef pd ON pd.adrelid = p.attrelid AND pd.adnum = p.attnum
    LEFT JOIN pg_description ds ON ds.classoid = 'pg_class'::regclass
      AND ds.objoid = a.attrelid AND ds.objsubid = a.attnum
    CROSS JOIN LATERAL (VALUES
        ('default', {_expression("a", "d")}, {_expression("p", "pd")}),
        ('nullable', (NOT a.attnotnull)::text, (NOT p.attnotnull)::text),
        ('storage', {_STORAGE.format("a")}, {_STORAGE.format("p")}),
        {compression}
        ('statistics', nullif(a.attstattarget, -1)::text, nullif(p.attstattarget, -1)::text),
        ('options', a.attoptions::text, p.attoptions::text),
        ('server_options', a.attfdwoptions::text, NULL), ('comment', ds.description, NULL)
    ) part(name, own, parents)
    WHERE NOT a.attislocal AND a.attnum > 0 AND NOT a.attisdropped
      AND part.own IS DISTINCT FROM part.parents
    {triggers}
) found GROUP BY found.relation"""


def _expression(attribute: str, default: str) -> str:
    """A default's or generated column's expression.

    A default holds no column, so it is spelled without opening (and locking) its table.
    """
    return f"""pg_get_expr({default}.adbin, CASE WHEN {attribute}.attgenerated = '' THEN 0::oid
                                            ELSE {default}.adrelid END)"""


# An inherited column is its parent's, and told once. Identity: an ascending sequence begins with
# its minimum, a descending one with its maximum, and the type gives the other end.
def _columns(version: int) -> str:
    compression = """CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END
                     AS "?compression","""
    not_null = """CASE WHEN nn.conname IS NOT NULL THEN nn.conname END AS _not_null,
        CASE WHEN NOT nn.convalidated THEN true END AS "?not_null_not_valid",
        nullif(nn.connoinherit, false) AS "?not_null_no_inherit","""
    constraints = """LEFT JOIN pg_constraint nn ON nn.conrelid = a.attrelid AND nn.contype = 'n'
                     AND nn.conkey[1] = a.attnum AND (nn.conislocal OR nn.coninhcount = 0)"""
    return f"""
SELECT 'column' AS _kind, n.nspname AS _schema, c.relname AS _table, a.attname AS _name,
       {type_of("t", "a.atttypid", "a.atttypmod")} AS type, NOT a.attnotnull AS nullable,
       CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, 0) END AS default,
       CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END AS identity,
       identity.options AS identity_options, identity.name AS _identity_sequence,
       CASE a.attgenerated WHEN 's' THEN 'stored: ' || pg_get_expr(d.adbin, d.adrelid)
                           WHEN 'v' THEN 'virtual: ' || pg_get_expr(d.adbin, d.adrelid)
                           END AS generated,
       CASE WHEN a.attcollation <> t.typcollation THEN {collation("a.attcollation")}
            END AS collation,
       CASE WHEN a.attstorage <> t.typstorage THEN {_STORAGE.format("a")} END AS storage,
       {since(version, 14, compression)} {since(version, 18, not_null)}
       nullif(a.attstattarget, -1) AS "?statistics", a.attoptions AS "?options",
       CASE WHEN a.attfdwoptions IS NOT NULL THEN {hidden_options("a.attfdwoptions")}
            END AS "?server_options",
       ds.description AS comment, a.attnum AS position
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN ({_identities(version)}) identity
  ON identity.refobjid = c.oid AND identity.refobjsubid = a.attnum
{since(version, 18, constraints)}
{comment("pg_class", "c.oid", "a.attnum")}
WHERE c.relkind IN ('r', 'p', 'f') AND a.attnum > 0 AND NOT a.attisdropped AND a.attislocal
  AND {OURS} AND {_OF_CLASS}
"""


def _identities(version: int) -> str:
    """The sequences of identity columns: name, and the options that are not as by default."""
    unlike = since(version, 15, f", {_PERSISTENCE.format('x', 'holder.relpersistence')}")
    return f"""SELECT o.refobjid, o.refobjsubid, x.relname AS name,
    nullif(concat_ws(', ',
      'start ' || nullif(s.seqstart, CASE WHEN s.seqincrement > 0 THEN s.seqmin ELSE s.seqmax END),
      'increment ' || nullif(s.seqincrement, 1),
      'minimum ' || nullif(s.seqmin, CASE WHEN s.seqincrement > 0 THEN 1 ELSE limits.least END),
      'maximum ' || nullif(s.seqmax, CASE WHEN s.seqincrement > 0 THEN limits.most ELSE -1 END),
      'cache ' || nullif(s.seqcache, 1), CASE WHEN s.seqcycle THEN 'cycle' END {unlike}), '')
      AS options
FROM pg_depend o JOIN pg_sequence s ON s.seqrelid = o.objid JOIN pg_class x ON x.oid = o.objid
JOIN pg_class holder ON holder.oid = o.refobjid
CROSS JOIN LATERAL (SELECT CASE s.seqtypid WHEN 21 THEN -32768 WHEN 23 THEN -2147483648
                           ELSE -9223372036854775808 END AS least,
                           CASE s.seqtypid WHEN 21 THEN 32767 WHEN 23 THEN 2147483647
                           ELSE 9223372036854775807 END AS most) limits
WHERE o.deptype = 'i' AND o.classid = 'pg_class'::regclass
  AND o.refclassid = 'pg_class'::regclass"""


# deptype a: owned by a column, as serial makes it; i: an identity column's own, told there.
def _sequences(version: int) -> str:
    persistence = _PERSISTENCE.format("c", "coalesce(holder.relpersistence, 'p')")
    return f"""
SELECT 'sequence' AS _kind, n.nspname AS _schema, holder.relname AS _table, c.relname AS _name,
       format_type(s.seqtypid, NULL) AS type, s.seqstart AS start, s.seqincrement AS increment,
       s.seqmin AS minimum, s.seqmax AS maximum, s.seqcycle AS cycle, s.seqcache AS cache,
       {since(version, 15, f'{persistence} AS "?persistence",')}
       holder.relname || '.' || a.attname AS owned_by, a.attname AS _addition,
       CASE WHEN holder.relname IS NOT NULL THEN 'seq' END AS _label,
       {owner("c.relowner")}, ds.description AS comment
FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_depend o ON o.classid = 'pg_class'::regclass AND o.objid = c.oid AND o.objsubid = 0
  AND o.refclassid = 'pg_class'::regclass AND o.deptype IN ('a', 'i')
LEFT JOIN pg_class holder ON holder.oid = o.refobjid
LEFT JOIN pg_attribute a ON a.attrelid = o.refobjid AND a.attnum = o.refobjsubid
{comment("pg_class", "c.oid")}
WHERE o.deptype IS DISTINCT FROM 'i' AND {OURS} AND {_OF_CLASS}
"""


def _views(version: int) -> str:
    return f"""
SELECT CASE c.relkind WHEN 'v' THEN 'view' ELSE 'materialized view' END AS _kind,
       n.nspname AS _schema, NULL AS _table, c.relname AS _name,
       rtrim(pg_get_viewdef(c.oid), ';') AS "!definition", c.reloptions AS options,
       CASE WHEN c.relkind = 'm' THEN c.relispopulated END AS "?populated",
       CASE WHEN c.relkind = 'm' THEN am.amname END AS "?access_method",
       CASE c.relpersistence WHEN 'u' THEN 'unlogged' END AS "?persistence",
       ts.spcname AS "?tablespace", clustered.relname AS "?clustered_on",
       own.settings AS "?own_settings",
       {owner("c.relowner")}, ds.description AS comment
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_am am ON am.oid = c.relam LEFT JOIN pg_tablespace ts ON ts.oid = c.reltablespace
LEFT JOIN (SELECT i.indrelid, x.relname FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
           WHERE i.indisclustered) clustered ON clustered.indrelid = c.oid
LEFT JOIN ({_view_settings(version)}) own ON own.relation = c.oid
{comment("pg_class", "c.oid")}
WHERE c.relkind IN ('v', 'm') AND {OURS} AND {_OF_CLASS}
"""


def _view_settings(version: int) -> str:
    """What the columns of views were given: (which, property, value), one row a view."""
    compression = since(version, 14, "('compression', nullif(a.attcompression::text, '')),")
    return f"""SELECT a.attrelid AS relation,
       array_agg(ARRAY['column ' || quote_ident(a.attname), part.name, part.own]
                 ORDER BY a.attnum, part.name) AS settings
FROM pg_attribute a JOIN pg_class v ON v.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_description ds ON ds.classoid = 'pg_class'::regclass
  AND ds.objoid = a.attrelid AND ds.objsubid = a.attnum
CROSS JOIN LATERAL (VALUES
    ('default', pg_get_expr(d.adbin, 0)), ('comment', ds.description), {compression}
    ('storage', CASE WHEN a.attstorage <> t.typstorage THEN {_STORAGE.format("a")} END),
    ('statistics', nullif(a.attstattarget, -1)::text), ('options', a.attoptions::text)
) part(name, own)
WHERE v.relkind IN ('v', 'm') AND v.oid >= 16384 AND a.attnum > 0 AND part.own IS NOT NULL
GROUP BY a.attrelid"""
