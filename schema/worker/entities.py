"""What a project registers with alembic_utils beside its tables: views, functions, triggers …

These are models too: env.py hands them to ``register_entities()``, and autogenerate compares them
with the database. So they are made where the models are made.

Source: https://olirice.github.io/alembic_utils/
"""

from __future__ import annotations

import sys
from typing import Any, List

from .failure import redact

__all__ = ["create_after", "create_before", "registered", "texts"]


def registered() -> List[Any]:
    """The entities that env.py registered, once it has run; none without alembic_utils."""
    module = sys.modules.get("alembic_utils.replaceable_entity")
    registry = getattr(module, "registry", None)
    return [] if registry is None else list(registry.entities())


def texts() -> List[str]:
    """Their SQL, sorted."""
    return sorted(str(each.to_sql_statement_create()) for each in registered())


def create_before(connection: Any) -> None:
    """Make the extensions: tables may have a type of theirs."""
    for each in registered():
        if _kind(each) == "extension":
            with connection.begin():
                connection.execute(each.to_sql_statement_create())


def create_after(connection: Any) -> List[str]:
    """Make the others, in an order that works: one may need another.

    Returns which could not be made, and why, each as ``view public.name: why``.
    """
    left = [each for each in registered() if _kind(each) != "extension"]
    while left:
        failed = [
            (each, why) for each, why in ((each, _made(connection, each)) for each in left) if why
        ]
        if len(failed) == len(left):
            return [
                redact("{} {}.{}: {}".format(_kind(each), each.schema, each.signature, why))
                for each, why in failed
            ]
        left = [each for each, _ in failed]
    return []


def _made(connection: Any, entity: Any) -> str:
    """Make one; why that fails, "" when it does not."""
    from sqlalchemy.exc import DBAPIError

    try:
        with connection.begin():
            connection.execute(entity.to_sql_statement_create())
    except DBAPIError as error:
        return " ".join(str(error.orig).split())
    return ""


def _kind(entity: Any) -> str:
    """``view``, ``function``, ``extension`` …, as alembic_utils tells env.py's filters."""
    return str(entity.type_)
