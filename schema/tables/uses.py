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
    Before it, another schema's name means another table.
    """
    return tuple(_part(item) for item in _users(catalog, table))


def _users(catalog: Catalog, table: SchemaObject) -> Iterator[SchemaObject]:
    low = table.name.lower()
    schemas = {each.schema_name for each in catalog.of_kind("table") if each.schema_name}
    for item in catalog.of_kind(*_USERS, "trigger"):
        if (item.kind, item.schema_name, item.table) == ("trigger", table.schema_name, table.name):
            continue
        text = str(item.properties.get("definition") or "")
        if low in text.lower() and _names(text, item, table, schemas):
            yield item


def _names(text: str, item: SchemaObject, table: SchemaObject, schemas: set[str]) -> bool:
    fold = str if table.schema_name else str.lower
    found = [each for each in tokens(_without_dollars(text)) if each.kind != "space"]
    # PostgreSQL writes the schema before each table of a view; a function's text is a person's.
    is_bare_enough = item.kind in {"function", "procedure"} and table.schema_name in {
        item.schema_name,
        "public",
    }
    for place, token in enumerate(found):
        if token.kind not in {"word", "double", "other"} or fold(token.name) != fold(table.name):
            continue
        is_dotted = place > 1 and found[place - 1].text == "."
        schema_name = found[place - 2].name if is_dotted else None
        if table.schema_name is None or schema_name == table.schema_name:
            return True
        if is_bare_enough and schema_name not in schemas:
            return True
    return False


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
