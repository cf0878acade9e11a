"""The PostgreSQL reader's queries for privileges and default privileges.

An object without grants has none here, nor has a grantee whom the server gives just that by
default: the owner everything, everybody EXECUTE on a function and USAGE on a type.
Source: https://www.postgresql.org/docs/current/ddl-priv.html
"""

# ruff: noqa: S608 -- put together from this package's own constants; no value comes from outside

from __future__ import annotations

from collections.abc import Iterator

from schema.catalog.postgresql_sql import OURS, not_member

__all__ = ["queries"]

_GRANTEE = """CASE WHEN {0} = 0 THEN 'PUBLIC'
    WHEN pg_get_userbyid({0}) = 'PUBLIC' THEN '"PUBLIC"' ELSE pg_get_userbyid({0})::text END"""

#: Privileges by grantee, a star behind those that may be passed on.
_GIVEN = """(
    SELECT each.grantee,
        array_agg(each.privilege || CASE WHEN each.star THEN '*' ELSE '' END
                  ORDER BY each.privilege) AS privileges,
        array_agg(each.privilege ORDER BY each.privilege) AS plain
    FROM (SELECT x.grantee, x.privilege_type AS privilege, bool_or(x.is_grantable) AS star
          FROM aclexplode({acl}) x GROUP BY x.grantee, x.privilege_type) each
    GROUP BY each.grantee)"""

_IMPLIED = """(SELECT x.grantee, array_agg(x.privilege_type ORDER BY x.privilege_type) AS plain
    FROM aclexplode({implied}) x GROUP BY x.grantee)"""


def queries(version: int) -> Iterator[str]:
    """All of this module's queries for a server of this ``server_version_num``."""
    yield _privileges(version)
    yield _default_privileges()


def _differing(acl: str, implied: str) -> str:
    """A lateral join with the grantees who have other privileges than the server implies."""
    return f"""CROSS JOIN LATERAL (
    SELECT coalesce(given.grantee, implied.grantee) AS grantee,
           coalesce(given.privileges, '{{}}') AS privileges,
           ARRAY(SELECT unnest(implied.plain) EXCEPT SELECT unnest(given.plain) ORDER BY 1)
             AS revoked
    FROM {_GIVEN.format(acl=acl)} given
    FULL JOIN {_IMPLIED.format(implied=implied)} implied ON implied.grantee = given.grantee
    WHERE given.privileges IS DISTINCT FROM implied.plain) said"""


def _privileges(version: int) -> str:
    grantee = _GRANTEE.format("said.grantee")
    return f"""
SELECT 'privilege' AS _kind, o.schema_name AS _schema, o.holder AS _table,
       o.kind || ' ' || o.name || ' to ' || {grantee} AS _name,
       o.kind AS on_kind, o.name AS on_name, {grantee} AS grantee, said.privileges,
       said.revoked AS "?revoked"
FROM ({" UNION ALL ".join(_granted(version))}) o
{_differing("o.acl", "coalesce(o.implied, acldefault(o.code, o.owner))")}
"""


def _granted(version: int) -> Iterator[str]:
    """What has an access list: schema, table that it belongs to, kind, name, and the list."""
    yield f"""SELECT n.nspname AS schema_name,
        CASE WHEN c.relkind <> 'S' THEN c.relname END AS holder,
        CASE c.relkind WHEN 'S' THEN 'sequence' WHEN 'v' THEN 'view'
          WHEN 'm' THEN 'materialized view' ELSE 'table' END AS kind, c.relname::text AS name,
        CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char" AS code, c.relowner AS owner,
        c.relacl AS acl, NULL::aclitem[] AS implied
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relacl IS NOT NULL AND {OURS} AND {not_member("pg_class", "c.oid")}"""
    yield f"""SELECT n.nspname, c.relname, 'column', c.relname || '.' || a.attname, 'c', c.relowner,
        a.attacl, NULL
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
          AND {OURS} AND {not_member("pg_class", "c.oid")}"""
    # Everybody may use public, and before 15 also make things there.
    items = ["USAGE", "CREATE"] if version < 150_000 else ["USAGE"]
    public = ", ".join(f"makeaclitem(0, n.nspowner, '{each}', false)" for each in items)
    yield f"""SELECT NULL, NULL, 'schema', n.nspname::text, 'n', n.nspowner,
        coalesce(n.nspacl, acldefault('n', n.nspowner)), acldefault('n', n.nspowner)
          || CASE WHEN n.nspname = 'public' THEN ARRAY[{public}] ELSE '{{}}' END
        FROM pg_namespace n
        WHERE (n.nspacl IS NOT NULL OR n.nspname = 'public')
          AND {OURS} AND {not_member("pg_namespace", "n.oid")}"""
    yield f"""SELECT n.nspname, NULL, CASE p.prokind WHEN 'p' THEN 'procedure'
          WHEN 'a' THEN 'aggregate' ELSE 'function' END,
        p.proname || '(' || oidvectortypes(p.proargtypes) || ')', 'f', p.proowner, p.proacl, NULL
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE p.proacl IS NOT NULL AND {OURS} AND {not_member("pg_proc", "p.oid")}"""
    yield f"""SELECT n.nspname, NULL, CASE t.typtype WHEN 'd' THEN 'domain' ELSE 'type' END,
        t.typname::text, 'T', t.typowner, t.typacl, NULL
        FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
        WHERE t.typacl IS NOT NULL AND {OURS} AND {not_member("pg_type", "t.oid")}"""
    yield f"""SELECT NULL, NULL, 'foreign data wrapper', w.fdwname::text, 'F', w.fdwowner,
        w.fdwacl, NULL FROM pg_foreign_data_wrapper w
        WHERE w.fdwacl IS NOT NULL AND {not_member("pg_foreign_data_wrapper", "w.oid")}"""
    yield f"""SELECT NULL, NULL, 'foreign server', s.srvname::text, 'S', s.srvowner, s.srvacl, NULL
        FROM pg_foreign_server s
        WHERE s.srvacl IS NOT NULL AND {not_member("pg_foreign_server", "s.oid")}"""


def _default_privileges() -> str:
    # In a schema they are added to the global ones, so nothing is implied there.
    grantee = _GRANTEE.format("said.grantee")
    principal = "current_setting('schema_workbench.principal')::oid"
    code = """CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype END::"char\""""
    implied = f"CASE WHEN d.defaclnamespace = 0 THEN acldefault({code}, d.defaclrole) END"
    maker = f"CASE WHEN d.defaclrole <> {principal} THEN pg_get_userbyid(d.defaclrole)::text END"
    return f"""
SELECT 'default privilege' AS _kind, n.nspname AS _schema, NULL AS _table,
       kind.name || coalesce(' of ' || {maker}, '') || ' to ' || {grantee} AS _name,
       kind.name AS on_kind, {maker} AS "?role", {grantee} AS grantee, said.privileges,
       said.revoked AS "?revoked"
FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
CROSS JOIN LATERAL (SELECT CASE d.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences'
    WHEN 'f' THEN 'functions' WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas'
    ELSE 'large objects' END AS name) kind
{_differing("d.defaclacl", implied)}
"""
