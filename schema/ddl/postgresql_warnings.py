"""What may go wrong when something new is put on a table that has rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from schema.catalog.objects import Catalog, Identity, SchemaObject
from schema.ddl.postgresql_constraints import table_of
from schema.ddl.postgresql_text import quoted
from schema.ddl.statement import Statement

__all__ = ["warned"]

_MAY_FAIL = {
    "primary key": "fails where a value is NULL, or two rows have the same",
    "unique": "fails where two rows have the same values",
    "exclusion": "fails where two rows exclude each other",
    "foreign key": "fails where a row refers to nothing",
    "check": "fails where a row breaks it",
}
_SLOW = "writers wait while it is built; CREATE INDEX CONCURRENTLY, run by itself, lets them write"


class _Plan(Protocol):
    current: Catalog
    again: set[Identity]


def warned(item: SchemaObject, statements: list[Statement], plan: _Plan) -> list[Statement]:
    """The statements, with a warning where the table is there already and may have rows.

    A check or foreign key is added without looking at the rows, and validated after the
    transaction, under a lock that lets others write:
    https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES
    """
    table = plan.current.get(Identity("table", item.schema_name, None, str(item.table)))
    if table is None or not statements:
        return statements
    first, *rest = statements
    if item.kind == "index":
        why = f"{_MAY_FAIL['unique']}; {_SLOW}" if item.properties.get("unique") else _SLOW
        return [replace(first, why=why), *rest]
    if item.kind not in _MAY_FAIL:
        return statements
    why = _MAY_FAIL[item.kind]
    if not _in_two_steps(item, table):
        is_judged = item.properties.get("validated") is not False
        return [replace(first, why=why if is_judged else None), *rest]
    validate = f"ALTER TABLE {table_of(item)} VALIDATE CONSTRAINT {quoted(item.name)}"
    return [
        replace(first, sql=f"{first.sql} NOT VALID"),
        *rest,
        Statement(validate, first.about, why=why, in_transaction=False),
    ]


def _in_two_steps(item: SchemaObject, table: SchemaObject) -> bool:
    """Whether NOT VALID is allowed: not for the foreign keys of partitioned tables before 18."""
    found = item.properties
    return (
        item.kind in {"check", "foreign key"}
        and found.get("validated") is not False
        and not found.get("not_enforced")
        and table.properties.get("kind") == "table"
    )
