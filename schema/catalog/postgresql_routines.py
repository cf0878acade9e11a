"""The PostgreSQL reader's queries for what runs: routines, triggers, rules and policies."""

# ruff: noqa: S608 -- put together from this package's own constants; no value comes from outside

from __future__ import annotations

from collections.abc import Iterator

from schema.catalog.postgresql_sql import (
    ENABLED,
    OURS,
    comment,
    not_member,
    owner,
    qualified,
    since,
    type_name,
)

__all__ = ["queries"]

_OF_CLASS = not_member("pg_class", "c.oid")

#: A function that a type made for itself (a range's constructors) is internal to the type.
_OF_PROC = f"""{OURS} AND {not_member("pg_proc", "p.oid")} AND p.oid NOT IN (
    SELECT objid FROM pg_depend WHERE classid = 'pg_proc'::regclass AND deptype = 'i')"""

_SIGNATURE = "p.proname || '(' || oidvectortypes(p.proargtypes) || ')'"


def queries(version: int) -> Iterator[str]:
    """All of this module's queries for a server of this ``server_version_num``."""
    yield _functions()
    yield _aggregates()
    yield _triggers(version)
    yield _event_triggers()
    yield _rules()
    yield _policies()


def _functions() -> str:
    return f"""
SELECT CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END AS _kind,
       n.nspname AS _schema, NULL AS _table, {_SIGNATURE} AS _name,
       pg_get_functiondef(p.oid) AS "!definition", {owner("p.proowner")},
       ds.description AS comment
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace {comment("pg_proc", "p.oid")}
WHERE p.prokind IN ('f', 'p', 'w') AND {_OF_PROC}
"""


def _aggregates() -> str:
    def function(column: str) -> str:
        return f"""(SELECT {qualified("fn.nspname", "f.proname")} FROM pg_proc f
                    JOIN pg_namespace fn ON fn.oid = f.pronamespace
                    WHERE f.oid = nullif(a.{column}::oid, 0))"""

    functions = ", ".join(
        f'{function(column)} AS "?{name}"'
        for name, column in {
            "final_function": "aggfinalfn",
            "combine_function": "aggcombinefn",
            "serial_function": "aggserialfn",
            "deserial_function": "aggdeserialfn",
            "moving_state_function": "aggmtransfn",
            "moving_inverse_function": "aggminvtransfn",
            "moving_final_function": "aggmfinalfn",
        }.items()
    )
    modify = "CASE {} WHEN 'r' THEN 'read only' WHEN 's' THEN 'shareable' ELSE 'read write' END"
    return f"""
SELECT 'aggregate' AS _kind, n.nspname AS _schema, NULL AS _table, {_SIGNATURE} AS _name,
       CASE a.aggkind WHEN 'o' THEN 'ordered-set' WHEN 'h' THEN 'hypothetical-set'
                      ELSE 'normal' END AS kind,
       pg_get_function_arguments(p.oid) AS arguments,
       {type_name("p.prorettype", "NULL")} AS returns,
       {function("aggtransfn")} AS state_function, {type_name("a.aggtranstype", "NULL")}
         AS state_type, a.agginitval AS initial_value, nullif(a.aggtransspace, 0) AS "?state_space",
       {functions},
       CASE WHEN a.aggmtranstype <> 0 THEN {type_name("a.aggmtranstype", "NULL")}
            END AS "?moving_state_type",
       a.aggminitval AS "?moving_initial_value",
       nullif(a.aggmtransspace, 0) AS "?moving_state_space",
       a.aggfinalextra AS "?final_extra", a.aggmfinalextra AS "?moving_final_extra",
       CASE WHEN a.aggfinalfn <> 0 THEN {modify.format("a.aggfinalmodify")} END AS "?final_modify",
       CASE WHEN a.aggmfinalfn <> 0 THEN {modify.format("a.aggmfinalmodify")}
            END AS "?moving_final_modify",
       (SELECT 'OPERATOR(' || quote_ident(opn.nspname) || '.' || o.oprname || ')'
        FROM pg_operator o JOIN pg_namespace opn ON opn.oid = o.oprnamespace
        WHERE o.oid = nullif(a.aggsortop, 0)) AS "?sort_operator",
       CASE p.proparallel WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted' ELSE 'unsafe' END
         AS parallel,
       {owner("p.proowner")}, ds.description AS comment
FROM pg_aggregate a JOIN pg_proc p ON p.oid = a.aggfnoid::oid
JOIN pg_namespace n ON n.oid = p.pronamespace {comment("pg_proc", "p.oid")}
WHERE {_OF_PROC}
"""


def _triggers(version: int) -> str:
    return f"""
SELECT 'trigger' AS _kind, n.nspname AS _schema, c.relname AS _table, t.tgname AS _name,
       pg_get_triggerdef(t.oid) AS "!definition", {ENABLED.format("t.tgenabled")} AS enabled,
       ds.description AS comment
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
{comment("pg_trigger", "t.oid")}
WHERE NOT t.tgisinternal {since(version, 13, "AND t.tgparentid = 0")} AND {OURS} AND {_OF_CLASS}
  AND {not_member("pg_trigger", "t.oid")}
"""


def _event_triggers() -> str:
    return f"""
SELECT 'event trigger' AS _kind, NULL AS _schema, NULL AS _table, t.evtname AS _name,
       t.evtevent AS event, coalesce(t.evttags, '{{}}') AS tags,
       {qualified("n.nspname", "p.proname")} AS function, {ENABLED.format("t.evtenabled")}
         AS enabled, {owner("t.evtowner")}, ds.description AS comment
FROM pg_event_trigger t JOIN pg_proc p ON p.oid = t.evtfoid
JOIN pg_namespace n ON n.oid = p.pronamespace {comment("pg_event_trigger", "t.oid")}
WHERE {not_member("pg_event_trigger", "t.oid")}
"""


def _rules() -> str:
    return f"""
SELECT 'rule' AS _kind, n.nspname AS _schema, c.relname AS _table, r.rulename AS _name,
       pg_get_ruledef(r.oid) AS "!definition", {ENABLED.format("r.ev_enabled")} AS enabled,
       ds.description AS comment
FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
JOIN pg_namespace n ON n.oid = c.relnamespace {comment("pg_rewrite", "r.oid")}
WHERE r.rulename <> '_RETURN' AND {OURS} AND {_OF_CLASS}
"""


def _policies() -> str:
    return f"""
SELECT 'policy' AS _kind, n.nspname AS _schema, c.relname AS _table, p.polname AS _name,
       CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update'
                     WHEN 'd' THEN 'delete' ELSE 'all' END AS command,
       p.polpermissive AS permissive,
       ARRAY(SELECT pg_get_userbyid(r)::text FROM unnest(p.polroles) r WHERE r <> 0 ORDER BY 1)
         AS roles,
       pg_get_expr(p.polqual, p.polrelid) AS using,
       pg_get_expr(p.polwithcheck, p.polrelid) AS with_check, ds.description AS comment
FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
{comment("pg_policy", "p.oid")}
WHERE {OURS} AND {_OF_CLASS}
"""
