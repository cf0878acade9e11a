"""What else of a database has to do with a table: checks, triggers, views, functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from schema.catalog import Catalog, SchemaObject
from schema.catalog.sqlite_text import tokens
from schema.tables.parts import Part

__all__ = ["constraints_of", "triggers_of", "users_of"]

_CONSTRAINTS = ("check", "exclusion", "policy", "rule", "statistics")
_USERS = ("view", "materialized view", "function", "procedure")


def constraints_of(objects: Mapping[str, Sequence[SchemaObject]]) -> tuple[Part, ...]:
    """Checks, exclusions, policies, rules and statistics; keys are among the indexes."""
    return tuple(_part(item) for kind in _CONSTRAINTS for item in objects.get(kind, ()))


def triggers_of(objects: Mapping[str, Sequence[SchemaObject]]) -> tuple[Part, ...]:
    """The table's triggers."""
    return tuple(_part(item) for item in objects.get("trigger", ()))


def users_of(catalog: Catalog, table: SchemaObject) -> tuple[Part, ...]:
    """Views, functions and triggers of other tables whose text names the table.

    A name alone decides, within the text's own grammar: in a function it may mean something else.
    """
    return tuple(_part(item) for item in _users(catalog, table))


def _users(catalog: Catalog, table: SchemaObject) -> Iterator[SchemaObject]:
    low = table.name.lower()
    same = str.lower if catalog.dialect == "sqlite" else str
    for item in catalog.of_kind(*_USERS, "trigger"):
        if item.kind == "trigger" and item.table == table.name:
            continue
        text = str(item.properties.get("definition") or "")
        if low in text.lower() and _names(text, same(table.name), same):
            yield item


def _names(text: str, name: str, same: object) -> bool:
    fold = str.lower if same is str.lower else str
    return any(
        token.kind in {"word", "double", "other"} and fold(token.name) == name
        for token in tokens(_without_dollars(text))
    )


def _without_dollars(text: str) -> str:
    """A function's body is a text between dollars: what stands in it counts too."""
    return text.replace("$", " ")


def _part(item: SchemaObject) -> Part:
    properties = item.properties
    text = properties.get("definition") or properties.get("expression") or ""
    name = f"{item.table}.{item.name}" if item.kind == "trigger" else item.name
    if item.kind != "trigger" and item.schema_name not in {None, "public"} and item.table is None:
        name = f"{item.schema_name}.{name}"
    return Part(item.kind, name, str(text), properties)
