"""PostgreSQL's foreign data, statistics and publications as SQL."""

from __future__ import annotations

from collections.abc import Iterator

from schema.catalog.objects import SchemaObject
from schema.ddl.postgresql_constraints import table_of
from schema.ddl.postgresql_tables import wrapper_options
from schema.ddl.postgresql_text import literal, quoted
from schema.ddl.postgresql_words import named

__all__ = ["foreign_data_wrapper", "foreign_server", "publication", "statistics", "user_mapping"]


def foreign_data_wrapper(item: SchemaObject) -> Iterator[str]:
    """CREATE FOREIGN DATA WRAPPER."""
    found = item.properties
    words = [f"CREATE {named(item)}"]
    words += [f"HANDLER {found['handler']}"] if found.get("handler") else []
    words += [f"VALIDATOR {found['validator']}"] if found.get("validator") else []
    yield " ".join(filter(None, [*words, wrapper_options(found.get("options"))]))


def foreign_server(item: SchemaObject) -> Iterator[str]:
    """CREATE SERVER. A secret option's value is not in the catalog."""
    found = item.properties
    words = [f"CREATE {named(item)}"]
    words += [f"TYPE {literal(str(found['type']))}"] if found.get("type") else []
    words += [f"VERSION {literal(str(found['version']))}"] if found.get("version") else []
    words.append(f"FOREIGN DATA WRAPPER {quoted(str(found['wrapper']))}")
    yield " ".join(filter(None, [*words, wrapper_options(found.get("options"))]))


def user_mapping(item: SchemaObject) -> Iterator[str]:
    """CREATE USER MAPPING, without its options: they hold passwords."""
    yield f"CREATE {named(item)}"


def statistics(item: SchemaObject) -> Iterator[str]:
    """CREATE STATISTICS."""
    found = item.properties
    columns, expressions = _tuple(found.get("columns")), _tuple(found.get("expressions"))
    kinds = f" ({', '.join(_tuple(found.get('kinds')))})" if found.get("kinds") else ""
    parts = ", ".join([*map(quoted, columns), *(f"({each})" for each in expressions)])
    yield f"CREATE {named(item)}{kinds} ON {parts} FROM {table_of(item)}"
    if found.get("target") is not None:
        yield f"ALTER {named(item)} SET STATISTICS {found['target']}"


def publication(item: SchemaObject) -> Iterator[str]:
    """CREATE PUBLICATION."""
    found = item.properties
    words = [f"CREATE {named(item)}"]
    tables, schemas = _tuple(found.get("tables")), _tuple(found.get("schemas"))
    if found.get("all_tables"):
        words.append("FOR ALL TABLES")
    elif tables or schemas:
        parts = [f"TABLE {each}" for each in tables]
        parts += [f"TABLES IN SCHEMA {quoted(each)}" for each in schemas]
        words.append(f"FOR {', '.join(parts)}")
    settings = [f"publish = {literal(', '.join(_tuple(found.get('operations'))))}"]
    if found.get("via_root"):
        settings.append("publish_via_partition_root = true")
    if found.get("generated_columns"):
        settings.append(f"publish_generated_columns = {found['generated_columns']}")
    yield " ".join([*words, f"WITH ({', '.join(settings)})"])


def _tuple(value: object) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()
