"""What PostgreSQL's statements call an object: ``TYPE public.mood``, ``TRIGGER t ON public.a``."""

from __future__ import annotations

from collections.abc import Iterator

from schema.catalog.objects import SchemaObject
from schema.ddl.postgresql_text import literal, qualified, quoted

__all__ = [
    "CONSTRAINTS",
    "ROUTINES",
    "TABLE_LIKE",
    "altered",
    "comments",
    "named",
    "owners",
    "signature",
]

CONSTRAINTS = frozenset({"primary key", "unique", "foreign key", "check", "exclusion"})
ROUTINES = frozenset({"function", "procedure", "aggregate"})
TABLE_LIKE = frozenset({"table", "view", "materialized view"})

_WORDS = {
    "enum": "TYPE",
    "composite type": "TYPE",
    "range type": "TYPE",
    "foreign server": "SERVER",
}
#: Kinds that are named by their table too.
_ON_TABLE = {"trigger": "TRIGGER", "rule": "RULE", "policy": "POLICY"}


def named(item: SchemaObject) -> str:
    """The object as COMMENT ON and DROP call it; a column and a constraint as COMMENT does."""
    table = qualified(item.schema_name, item.table) if item.table else ""
    if item.kind == "column":
        return f"COLUMN {table}.{quoted(item.name)}"
    if item.kind in CONSTRAINTS:
        return f"CONSTRAINT {quoted(item.name)} ON {table}"
    if item.kind in _ON_TABLE:
        return f"{_ON_TABLE[item.kind]} {quoted(item.name)} ON {table}"
    if item.kind == "user mapping":
        return f"USER MAPPING FOR {_role(item)} SERVER {quoted(str(item.properties['server']))}"
    return f"{word(item)} {_name(item)}"


def word(item: SchemaObject) -> str:
    """``TABLE``, ``FOREIGN TABLE``, ``TYPE``, ``MATERIALIZED VIEW`` ..."""
    if item.kind == "table" and item.properties.get("kind") == "foreign table":
        return "FOREIGN TABLE"
    return _WORDS.get(item.kind, item.kind.upper())


def _name(item: SchemaObject) -> str:
    if item.kind in ROUTINES:
        return signature(item)
    if item.kind == "statistics":  # it may live in another schema than its table
        return qualified(str(item.properties.get("in_schema") or item.schema_name), item.name)
    return qualified(item.schema_name, item.name)


def signature(item: SchemaObject) -> str:
    """A routine's name with the types of its arguments. A type's name holds no bracket."""
    name, _, types = item.name.rpartition("(")
    types = types.removesuffix(")")
    if item.kind == "aggregate" and not types:
        types = "*"
    return f"{qualified(item.schema_name, name)}({types})"


def _role(item: SchemaObject) -> str:
    role = str(item.properties.get("role"))
    return "PUBLIC" if role == "PUBLIC" else quoted(role)


def altered(item: SchemaObject) -> str:
    """``ALTER TABLE public.a``: where the statement goes on."""
    return f"ALTER {named(item)}"


def comments(item: SchemaObject) -> Iterator[str]:
    """COMMENT ON, when there is one."""
    comment = item.properties.get("comment")
    if comment is not None:
        yield comment_on(item)


def comment_on(item: SchemaObject) -> str:
    """COMMENT ON with what the object has, which may be NULL."""
    comment = item.properties.get("comment")
    text = "NULL" if comment is None else literal(str(comment))
    return f"COMMENT ON {named(item)} IS {text}"


def owners(item: SchemaObject) -> Iterator[str]:
    """OWNER TO, when it is not the one who owns most."""
    if item.properties.get("owner"):
        yield f"{altered(item)} OWNER TO {quoted(str(item.properties['owner']))}"
