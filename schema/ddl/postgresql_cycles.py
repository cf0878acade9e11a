"""Objects that need each other: made in two steps, the first without what is not there yet.

A function whose body is SQL (BEGIN ATOMIC) is checked at once, and may read a view that calls it;
a domain's check may call a function that takes the domain.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from schema.catalog.objects import SchemaObject
from schema.ddl.postgresql_text import qualified_object

__all__ = ["first_form", "second_form"]

#: Where pg_get_functiondef puts a body that is no string.
_BODY = re.compile(r"\n(BEGIN ATOMIC\n.*|RETURN .*)\Z", re.S)


def first_form(item: SchemaObject, statements: Sequence[str]) -> list[str]:
    """What can be made before the things that need it; the statements themselves if all can."""
    if item.kind in {"function", "procedure"} and _BODY.search(statements[0]):
        return [_BODY.sub("\nAS 'SELECT NULL'", statements[0])]
    if item.kind == "domain":
        head, *_ = statements[0].partition(" CONSTRAINT ")
        return [head]
    return list(statements)


def second_form(item: SchemaObject, statements: Sequence[str]) -> list[str]:
    """What completes the first form."""
    if item.kind in {"function", "procedure"} and _BODY.search(statements[0]):
        return list(statements)
    checks = item.properties.get("checks")
    if item.kind == "domain" and isinstance(checks, tuple):
        name = qualified_object(item)
        added = [f"ALTER DOMAIN {name} ADD CONSTRAINT {check}" for check in checks]
        return [*added, *(each for each in statements if each.startswith("COMMENT"))]
    return []
