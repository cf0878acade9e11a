"""The PostgreSQL reader's queries for what is seldom met, and the counts of what is not read."""

# ruff: noqa: S608 -- put together from this package's own constants; no value comes from outside

from __future__ import annotations

from collections.abc import Iterator

from schema.catalog.postgresql_sql import (
    OURS,
    comment,
    names,
    not_member,
    owner,
    qualified,
    since,
)
from schema.catalog.postgresql_tables import hidden_options

__all__ = ["counts", "plural", "queries"]


def queries(version: int) -> Iterator[str]:
    """All of this module's queries for a server of this ``server_version_num``."""
    yield _wrappers()
    yield _servers()
    yield _user_mappings()
    yield _statistics(version)
    yield _publications(version)


def _function(oid: str) -> str:
    return f"""(SELECT {qualified("fn.nspname", "f.proname")} FROM pg_proc f
                JOIN pg_namespace fn ON fn.oid = f.pronamespace WHERE f.oid = nullif({oid}, 0))"""


def _wrappers() -> str:
    return f"""
SELECT 'foreign data wrapper' AS _kind, NULL AS _schema, NULL AS _table, w.fdwname AS _name,
       {_function("w.fdwhandler")} AS handler, {_function("w.fdwvalidator")} AS validator,
       {hidden_options("w.fdwoptions")} AS options, {owner("w.fdwowner")},
       ds.description AS comment
FROM pg_foreign_data_wrapper w {comment("pg_foreign_data_wrapper", "w.oid")}
WHERE {not_member("pg_foreign_data_wrapper", "w.oid")}
"""


def _servers() -> str:
    return f"""
SELECT 'foreign server' AS _kind, NULL AS _schema, NULL AS _table, s.srvname AS _name,
       w.fdwname AS wrapper, s.srvtype AS type, s.srvversion AS version,
       {hidden_options("s.srvoptions")} AS options, {owner("s.srvowner")}, ds.description AS comment
FROM pg_foreign_server s JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw
{comment("pg_foreign_server", "s.oid")}
WHERE {not_member("pg_foreign_server", "s.oid")}
"""


def _user_mappings() -> str:
    # Their options hold passwords: not even read, and pg_user_mapping itself may not be.
    return """
SELECT 'user mapping' AS _kind, NULL AS _schema, NULL AS _table,
       who.role || ' on ' || m.srvname AS _name, m.srvname AS server, who.role
FROM pg_user_mappings m CROSS JOIN LATERAL (
    SELECT CASE WHEN m.umuser = 0 THEN 'PUBLIC' ELSE m.usename::text END AS role) who
"""


def _statistics(version: int) -> str:
    expressions = """coalesce(pg_get_statisticsobjdef_expressions(s.oid), '{}') AS expressions,"""
    target = """nullif(s.stxstattarget, -1) AS "?target","""
    addition = "array_to_string(ARRAY(SELECT own.names[k] FROM unnest(s.stxkeys::int2[]) k), '_')"
    return f"""
SELECT 'statistics' AS _kind, n.nspname AS _schema, c.relname AS _table, s.stxname AS _name,
       ARRAY(SELECT CASE k WHEN 'd' THEN 'ndistinct' WHEN 'f' THEN 'dependencies'
                           WHEN 'm' THEN 'mcv' ELSE k::text END
             FROM unnest(s.stxkind) k WHERE k <> 'e' ORDER BY 1) AS kinds,
       ARRAY(SELECT own.names[k] FROM unnest(s.stxkeys::int2[]) k ORDER BY 1) AS columns,
       {since(version, 14, expressions)} {since(version, 13, target)}
       CASE WHEN sn.nspname <> n.nspname THEN sn.nspname END AS "?in_schema",
       {addition} AS _addition, 'stat' AS _label, {owner("s.stxowner")}, ds.description AS comment
FROM pg_statistic_ext s JOIN pg_class c ON c.oid = s.stxrelid
JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_namespace sn ON sn.oid = s.stxnamespace
{names("own", "s.stxrelid", "SELECT stxrelid FROM pg_statistic_ext")}
{comment("pg_statistic_ext", "s.oid")}
WHERE {OURS} AND {not_member("pg_statistic_ext", "s.oid")}
"""


def _publications(version: int) -> str:
    relation = qualified("n.nspname", "c.relname")
    parts, schemas = "''", ""
    if version >= 150_000:
        parts = """coalesce(' (' || (
              SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attname)
              FROM pg_attribute a WHERE a.attrelid = r.prrelid
              AND a.attnum = ANY (r.prattrs::int2[])) || ')', '')
            || coalesce(' WHERE (' || CASE WHEN r.prqual IS NOT NULL
                 THEN pg_get_expr(r.prqual, r.prrelid) END || ')', '')"""
        schemas = """ARRAY(SELECT n.nspname::text FROM pg_publication_namespace pn
            JOIN pg_namespace n ON n.oid = pn.pnnspid WHERE pn.pnpubid = p.oid ORDER BY 1)
            AS schemas,"""
    root = """p.pubviaroot AS "?via_root","""
    generated = """CASE p.pubgencols WHEN 's' THEN 'stored' END AS "?generated_columns","""
    return f"""
SELECT 'publication' AS _kind, NULL AS _schema, NULL AS _table, p.pubname AS _name,
       p.puballtables AS all_tables,
       array_remove(ARRAY[CASE WHEN p.pubinsert THEN 'insert' END,
         CASE WHEN p.pubupdate THEN 'update' END, CASE WHEN p.pubdelete THEN 'delete' END,
         CASE WHEN p.pubtruncate THEN 'truncate' END], NULL) AS operations,
       ARRAY(SELECT {relation} || {parts}
             FROM pg_publication_rel r JOIN pg_class c ON c.oid = r.prrelid
             JOIN pg_namespace n ON n.oid = c.relnamespace WHERE r.prpubid = p.oid ORDER BY 1)
         AS tables,
       {schemas} {since(version, 13, root)} {since(version, 18, generated)}
       {owner("p.pubowner")}, ds.description AS comment
FROM pg_publication p {comment("pg_publication", "p.oid")}
WHERE {not_member("pg_publication", "p.oid")}
"""


#: Kinds that are not read: what one is called, its catalog, its oid's column.
_COUNTED = (
    ("operator", "pg_operator", "oid"),
    ("operator class", "pg_opclass", "oid"),
    ("operator family", "pg_opfamily", "oid"),
    ("cast", "pg_cast", "oid"),
    ("conversion", "pg_conversion", "oid"),
    ("transform", "pg_transform", "oid"),
    ("language", "pg_language", "oid"),
    ("access method", "pg_am", "oid"),
    ("text search configuration", "pg_ts_config", "oid"),
    ("text search dictionary", "pg_ts_dict", "oid"),
    ("text search parser", "pg_ts_parser", "oid"),
    ("text search template", "pg_ts_template", "oid"),
)

_HERE = "(SELECT oid FROM pg_database WHERE datname = current_database())"


def counts() -> Iterator[str]:
    """Queries for what is not read: ``what`` (one of it), ``whats`` (several) and ``count``.

    Oids below 16384 are PostgreSQL's own (src/include/access/transam.h).
    """
    for what, catalog, oid in _COUNTED:
        # An internal one was made for something else: a range type's cast to its multirange.
        yield _count(
            what,
            f"""{catalog} o WHERE o.{oid} >= 16384 AND {not_member(catalog, f"o.{oid}")}
                AND NOT EXISTS (SELECT FROM pg_depend i WHERE i.objid = o.{oid}
                AND i.classid = '{catalog}'::regclass AND i.deptype = 'i')""",
        )
    yield _count("base type", f"pg_type o JOIN pg_namespace n ON n.oid = o.typnamespace WHERE "
                 f"o.typtype IN ('b', 'p') AND o.typcategory <> 'A' AND {OURS} "
                 f"AND {not_member('pg_type', 'o.oid')}")  # fmt: skip
    yield _count("security label", "pg_seclabel o")
    # An object of a kind that PostgreSQL 18 does not know, on a newer server.
    yield _count("relation of an unknown kind", f"pg_class o JOIN pg_namespace n ON n.oid = "
                 f"o.relnamespace WHERE o.relkind NOT IN ('r','i','S','t','v','m','c','f','p','I') "
                 f"AND {OURS}", "relations of an unknown kind")  # fmt: skip
    yield _count("constraint of an unknown kind", "pg_constraint o WHERE o.contype NOT IN "
                 "('c','f','n','p','u','t','x')", "constraints of an unknown kind")  # fmt: skip
    yield _count("setting of this database", f"pg_db_role_setting o WHERE o.setdatabase = {_HERE}",
                 "settings of this database")  # fmt: skip
    yield _count("subscription", f"pg_subscription o WHERE o.subdbid = {_HERE}")
    yield _count("user mapping's options", "pg_user_mappings o", "user mappings' options")


def _count(what: str, source: str, several: str | None = None) -> str:
    quoted = [text.replace("'", "''") for text in (what, several or plural(what))]
    return f"SELECT '{quoted[0]}' AS what, '{quoted[1]}' AS whats, count(*) AS count FROM {source}"


def plural(noun: str) -> str:
    """The word for several of a kind."""
    if noun.endswith("y"):
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith("s") else f"{noun}s"
