"""PostgreSQL's views, and what runs: routines, triggers, rules and policies, as SQL."""

from __future__ import annotations

from collections.abc import Iterator

from schema.catalog.objects import SchemaObject
from schema.ddl.postgresql_constraints import table_of
from schema.ddl.postgresql_tables import options
from schema.ddl.postgresql_text import literal, qualified, qualified_object, quoted
from schema.ddl.postgresql_words import altered

__all__ = [
    "aggregate",
    "enabled",
    "event_trigger",
    "materialized_view",
    "policy",
    "refresh",
    "routine",
    "rule",
    "trigger",
    "view",
]

#: Properties of an aggregate, and what CREATE AGGREGATE calls them.
_AGGREGATE = {
    "state_function": "SFUNC",
    "state_type": "STYPE",
    "state_space": "SSPACE",
    "final_function": "FINALFUNC",
    "final_modify": "FINALFUNC_MODIFY",
    "combine_function": "COMBINEFUNC",
    "serial_function": "SERIALFUNC",
    "deserial_function": "DESERIALFUNC",
    "moving_state_function": "MSFUNC",
    "moving_inverse_function": "MINVFUNC",
    "moving_state_type": "MSTYPE",
    "moving_state_space": "MSSPACE",
    "moving_final_function": "MFINALFUNC",
    "moving_final_modify": "MFINALFUNC_MODIFY",
    "sort_operator": "SORTOP",
    "parallel": "PARALLEL",
}
_FLAGS = {"final_extra": "FINALFUNC_EXTRA", "moving_final_extra": "MFINALFUNC_EXTRA"}
_VALUES = {"initial_value": "INITCOND", "moving_initial_value": "MINITCOND"}


def view(item: SchemaObject, *, replace: bool = False) -> Iterator[str]:
    """CREATE VIEW."""
    found = item.properties
    words = ["CREATE OR REPLACE VIEW" if replace else "CREATE VIEW", qualified_object(item)]
    if found.get("options"):
        words.append(f"WITH ({options(found['options'])})")
    yield f"{' '.join(words)} AS\n{str(found['definition']).lstrip()}"


def materialized_view(item: SchemaObject) -> Iterator[str]:
    """CREATE MATERIALIZED VIEW, without rows: it is refreshed when all it reads is there."""
    found = item.properties
    words = ["CREATE", "MATERIALIZED VIEW", qualified_object(item)]
    if found.get("access_method") not in {None, "heap"}:
        words.append(f"USING {quoted(str(found['access_method']))}")
    if found.get("options"):
        words.append(f"WITH ({options(found['options'])})")
    if found.get("tablespace"):
        words.append(f"TABLESPACE {quoted(str(found['tablespace']))}")
    yield f"{' '.join(words)} AS\n{str(found['definition']).lstrip()}\nWITH NO DATA"


def refresh(item: SchemaObject) -> str:
    """REFRESH MATERIALIZED VIEW."""
    return f"REFRESH MATERIALIZED VIEW {qualified_object(item)}"


def routine(item: SchemaObject) -> Iterator[str]:
    """The server's own CREATE OR REPLACE FUNCTION or PROCEDURE."""
    yield str(item.properties["definition"]).rstrip()


def aggregate(item: SchemaObject) -> Iterator[str]:
    """CREATE AGGREGATE."""
    found = item.properties
    name = qualified(item.schema_name, item.name.rpartition("(")[0])
    parts = [
        f"{word} = {_value(prop, found[prop])}"
        for prop, word in _AGGREGATE.items()
        if found.get(prop) is not None
    ]
    parts += [
        f"{word} = {literal(str(found[prop]))}"
        for prop, word in _VALUES.items()
        if found.get(prop) is not None
    ]
    parts += [word for prop, word in _FLAGS.items() if found.get(prop)]
    parts += ["HYPOTHETICAL"] if found.get("kind") == "hypothetical-set" else []
    yield f"CREATE AGGREGATE {name}({found.get('arguments') or '*'}) ({', '.join(parts)})"


def _value(name: str, value: object) -> str:
    """A modification and a parallel setting are words in SQL: ``READ_ONLY``."""
    if name.endswith("_modify"):
        return str(value).upper().replace(" ", "_")
    return str(value).upper() if name == "parallel" else str(value)


def trigger(item: SchemaObject) -> Iterator[str]:
    """The server's own CREATE TRIGGER, and whether it fires."""
    yield str(item.properties["definition"])
    if item.properties.get("enabled") not in {None, "yes"}:
        yield enabled(item)


def rule(item: SchemaObject) -> Iterator[str]:
    """The server's own CREATE RULE, and whether it applies."""
    yield str(item.properties["definition"]).rstrip().rstrip(";")
    if item.properties.get("enabled") not in {None, "yes"}:
        yield enabled(item)


def enabled(item: SchemaObject) -> str:
    """When a trigger or rule fires."""
    words = {"yes": "ENABLE", "no": "DISABLE", "on replicas": "ENABLE REPLICA"}
    verb = words.get(str(item.properties.get("enabled")), "ENABLE ALWAYS")
    if item.kind == "event trigger":
        _, _, how = verb.partition(" ")
        return f"{altered(item)} {f'ENABLE {how}' if how else verb}"
    return f"ALTER TABLE {table_of(item)} {verb} {item.kind.upper()} {quoted(item.name)}"


def event_trigger(item: SchemaObject) -> Iterator[str]:
    """CREATE EVENT TRIGGER, and whether it fires."""
    found = item.properties
    words = [f"CREATE EVENT TRIGGER {quoted(item.name)} ON {found['event']}"]
    tags = found.get("tags")
    if isinstance(tags, tuple) and tags:
        words.append(f"WHEN TAG IN ({', '.join(map(literal, tags))})")
    yield " ".join([*words, f"EXECUTE FUNCTION {found['function']}()"])
    if found.get("enabled") not in {None, "yes"}:
        yield enabled(item)


def policy(item: SchemaObject) -> Iterator[str]:
    """CREATE POLICY."""
    found = item.properties
    words = [f"CREATE POLICY {quoted(item.name)} ON {table_of(item)}"]
    words += ["AS RESTRICTIVE"] if found.get("permissive") is False else []
    words.append(f"FOR {str(found['command']).upper()}")
    words.append(f"TO {roles(found.get('roles'))}")
    if found.get("using"):
        words.append(f"USING ({found['using']})")
    if found.get("with_check"):
        words.append(f"WITH CHECK ({found['with_check']})")
    yield " ".join(words)


def roles(names: object) -> str:
    """The roles of a policy: everybody when there are none."""
    return ", ".join(map(quoted, names)) if isinstance(names, tuple) and names else "PUBLIC"
