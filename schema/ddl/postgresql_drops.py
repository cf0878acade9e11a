"""Dropping PostgreSQL's objects, and what is lost with each."""

from __future__ import annotations

from schema.catalog.objects import SchemaObject
from schema.ddl.postgresql_constraints import table_of
from schema.ddl.postgresql_text import quoted
from schema.ddl.postgresql_words import CONSTRAINTS, named
from schema.ddl.statement import Statement

__all__ = ["dropped"]

#: What is lost for good, by kind.
_LOSSES = {
    "schema": "the schema goes; it must be empty",
    "extension": "the extension's types, functions and operators go",
    "sequence": "the sequence's counter is lost",
    "materialized view": "its stored rows are lost, and computed again if it is made again",
    "user mapping": "its password and options are not in the catalog",
    "foreign server": "options that hold secrets are not in the catalog",
}


def dropped(item: SchemaObject, *, comes_back: bool = False) -> Statement:
    """The statement that drops it; ``comes_back`` when it is made again after a change."""
    about = (item.identity,)
    why = _why(item, comes_back=comes_back)
    if item.kind == "column":
        sql = f"ALTER TABLE {table_of(item)} DROP COLUMN {quoted(item.name)}"
    elif item.kind in CONSTRAINTS:
        sql = f"ALTER TABLE {table_of(item)} DROP CONSTRAINT {quoted(item.name)}"
    else:
        sql = f"DROP {named(item)}"
    return Statement(sql, about, is_destructive=why is not None, why=why)


def _why(item: SchemaObject, *, comes_back: bool) -> str | None:
    if item.kind == "table":
        is_foreign = item.properties.get("kind") == "foreign table"
        return None if is_foreign else f"all rows of {item.identity.label} are lost"
    if item.kind == "column":
        is_computed = item.properties.get("generated")
        return None if is_computed else f"all values of {item.identity.label} are lost"
    if item.kind == "materialized view" and comes_back:
        return None
    return _LOSSES.get(item.kind)
