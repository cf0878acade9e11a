"""Options of PostgreSQL's objects, changed: what goes, what comes, what gets another value."""

from __future__ import annotations

from collections.abc import Iterator

from schema.catalog.objects import SchemaObject
from schema.ddl.postgresql_change import NotAlterable
from schema.ddl.postgresql_tables import options
from schema.ddl.postgresql_text import literal, quoted

__all__ = ["changed_options", "changed_storage"]


def changed_storage(
    before: SchemaObject, after: SchemaObject, start: str, name: str = "options"
) -> Iterator[str]:
    """RESET and SET of storage parameters, after ``start``."""
    old, new = (_tuple(each.properties.get(name)) for each in (before, after))
    gone = {each.partition("=")[0] for each in old} - {each.partition("=")[0] for each in new}
    if gone:
        yield f"{start} RESET ({', '.join(sorted(gone))})"
    if fresh := tuple(each for each in new if each not in old):
        yield f"{start} SET ({options(fresh)})"


def changed_options(before: SchemaObject, after: SchemaObject, name: str) -> str:
    """``OPTIONS (SET host 'b', DROP port)`` of foreign data. Raises NotAlterable for a secret."""
    old, new = (
        dict(each.partition("=")[::2] for each in _tuple(item.properties.get(name)))
        for item in (before, after)
    )
    words = [f"DROP {quoted(key)}" for key in old if key not in new]
    for key, value in new.items():
        if old.get(key) == value:
            continue
        if value == "***":
            raise NotAlterable(f"the value of the option {key} is a secret, and not in the catalog")
        words.append(f"{'SET' if key in old else 'ADD'} {quoted(key)} {literal(value)}")
    return f"OPTIONS ({', '.join(words)})"


def _tuple(value: object) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()
