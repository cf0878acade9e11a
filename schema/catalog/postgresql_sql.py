"""What the PostgreSQL reader's queries share: the session's settings, and pieces of SQL.

A query returns ``_kind, _schema, _table, _name`` and then one column for each property, under the
property's name. A property that is left out where it is not set (None, false, empty) has a name
that begins with ``?``; one that is never null, unless the object was dropped meanwhile, with ``!``.
``_label`` and ``_addition`` are what the server would have made the object's name of.

The tables are described at https://www.postgresql.org/docs/current/catalogs.html.
"""

# ruff: noqa: S608 -- put together from this package's own constants; no value comes from outside

from __future__ import annotations

__all__ = [
    "ENABLED",
    "OURS",
    "SETTINGS",
    "action",
    "collation",
    "comment",
    "members",
    "names",
    "not_member",
    "owner",
    "qualified",
    "since",
    "type_name",
    "type_of",
]

#: Definitions must not depend on the session: an empty search_path has every name qualified and no
#: object of the user's called; the others settle how constants are written (as pg_dump does).
#: Compiling the queries would take longer than running them. A database that was just made or
#: restored has no statistics of its own catalogs yet, where nested loops take minutes. The last
#: setting is the principal owner: who owns most tables; the database's owner where several own as
#: many, or nobody any.
SETTINGS = (
    """
SELECT set_config('search_path', '', true), set_config('quote_all_identifiers', 'off', true),
       set_config('datestyle', 'ISO', true), set_config('intervalstyle', 'postgres', true),
       set_config('timezone', 'UTC', true), set_config('bytea_output', 'hex', true),
       set_config('extra_float_digits', '1', true), set_config('xmlbinary', 'base64', true),
       set_config('standard_conforming_strings', 'on', true), set_config('jit', 'off', true),
       set_config('enable_nestloop', 'off', true), set_config('work_mem', '64MB', true)""",
    """
SELECT set_config('schema_workbench.principal', coalesce(
    (SELECT CASE WHEN count(*) = 1 THEN min(relowner::text) END FROM (
        SELECT c.relowner, rank() OVER (ORDER BY count(*) DESC) AS place
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'f')
          AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
        GROUP BY c.relowner) counted WHERE place = 1),
    (SELECT datdba::text FROM pg_database WHERE datname = current_database())), true)""",
)

#: A condition: the schema ``n`` is not the server's own.
OURS = "n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'"

#: Words for when a trigger or rule fires (its column goes into the braces).
ENABLED = """CASE {} WHEN 'O' THEN 'yes' WHEN 'D' THEN 'no' WHEN 'R' THEN 'on replicas'
             ELSE 'always' END"""


def since(version: int, first: int, text: str) -> str:
    """``text`` for a server of ``first`` or newer, by ``server_version_num``; else nothing."""
    return text if version >= first * 10_000 else ""


def members(catalog: str) -> str:
    """The oids in ``catalog`` of what an extension made. Found by an index, and few."""
    return f"""SELECT objid FROM pg_depend WHERE refclassid = 'pg_extension'::regclass
               AND deptype = 'e' AND classid = '{catalog}'::regclass"""


def not_member(catalog: str, oid: str) -> str:
    """A condition: the object belongs to no extension."""
    return f"{oid} NOT IN ({members(catalog)})"


def comment(catalog: str, oid: str, part: str = "0") -> str:
    """A join with the object's comment, ``ds.description``."""
    return f"""LEFT JOIN pg_description ds
      ON ds.classoid = '{catalog}'::regclass AND ds.objoid = {oid} AND ds.objsubid = {part}"""


def owner(oid: str) -> str:
    """The owner's name, None for the principal owner."""
    principal = "(SELECT current_setting('schema_workbench.principal')::oid)"
    return f'CASE WHEN {oid} <> {principal} THEN pg_get_userbyid({oid})::text END AS "?owner"'


def names(alias: str, table: str, among: str) -> str:
    """A join with the names of a table's columns, ``<alias>.names``, to be taken by number.

    Dropped columns are there too, so that numbers are places. ``among`` is a query for the oids of
    all tables that matter.
    """
    return f"""LEFT JOIN (SELECT attrelid, array_agg(attname::text ORDER BY attnum) AS names
      FROM pg_attribute WHERE attnum > 0 AND attrelid IN ({among}) GROUP BY attrelid) {alias}
      ON {alias}.attrelid = {table}"""


def collation(oid: str) -> str:
    """A collation's name, qualified unless it is the server's own."""
    return f"""(SELECT CASE WHEN ln.nspname = 'pg_catalog' THEN '' ELSE ln.nspname || '.' END
              || l.collname FROM pg_collation l JOIN pg_namespace ln ON ln.oid = l.collnamespace
              WHERE l.oid = {oid})"""


def qualified(schema_name: str, name: str) -> str:
    """A name with its schema, each quoted where it must be."""
    return f"quote_ident({schema_name}) || '.' || quote_ident({name})"


def type_name(oid: str, modifier: str) -> str:
    """A type as the server writes it, without ``public`` before it."""
    return f"regexp_replace(format_type({oid}, {modifier}), '^public[.]', '')"


def type_of(alias: str, oid: str, modifier: str) -> str:
    """The same, where the type itself is at hand as ``alias``: faster for many."""
    return f"""substr(format_type({oid}, {modifier}), CASE WHEN {alias}.typnamespace
      = (SELECT oid FROM pg_namespace WHERE nspname = 'public') THEN 8 ELSE 1 END)"""


def action(column: str) -> str:
    """What a foreign key does, in SQL's words."""
    return f"""CASE {column} WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE'
      WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT' ELSE 'NO ACTION' END"""
