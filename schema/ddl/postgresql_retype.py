"""PostgreSQL's enums, domains and composite types changed, or made anew under the columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

from schema.catalog.objects import Catalog, Identity, SchemaObject
from schema.ddl.postgresql_change import NotAlterable
from schema.ddl.postgresql_columns import altered as altered_column
from schema.ddl.postgresql_pieces import made
from schema.ddl.postgresql_text import chains, in_public, literal, qualified_object, quoted
from schema.ddl.postgresql_words import named
from schema.ddl.statement import Statement

__all__ = ["added_labels", "altered_composite", "altered_domain", "columns_of_type", "made_anew"]


def added_labels(
    before: SchemaObject, after: SchemaObject, *, in_transaction: bool
) -> list[Statement] | None:
    """ADD VALUE for each new label; None when a label goes or moves, for which there is nothing.

    A new label can be used once it is committed; so it is added before the transaction.
    """
    old, new = _labels(before), _labels(after)
    if [label for label in new if label in old] != old:
        return None
    found = []
    for place, label in enumerate(new):
        if label in old:
            continue
        where = f" AFTER {literal(new[place - 1])}" if place else ""
        where = where or (f" BEFORE {literal(old[0])}" if old else "")
        sql = f"ALTER TYPE {qualified_object(after)} ADD VALUE {literal(label)}{where}"
        found.append(Statement(sql, (after.identity,), in_transaction=in_transaction))
    return found


def _labels(item: SchemaObject) -> list[str]:
    labels = item.properties.get("labels")
    return list(labels) if isinstance(labels, tuple) else []


def columns_of_type(catalog: Catalog, identity: Identity) -> list[SchemaObject]:
    """The tables' columns that are of this type, or arrays of it."""
    wanted = (identity.schema_name, identity.name)
    return [
        item
        for item in catalog.of_kind("column")
        if any(in_public(chain)[:2] == wanted for chain in chains(str(item.properties["type"])))
    ]


def made_anew(
    before: SchemaObject, after: SchemaObject, current: Catalog, goal: Catalog
) -> Iterator[Statement]:
    """The old type set aside, the new one made, every column cast to it, the old one dropped."""
    about = (after.identity,)
    aside = f"{after.name[:50]}__old"
    why = _why(before, after)
    yield Statement(f"ALTER {named(before)} RENAME TO {quoted(aside)}", about)
    for sql in made(after, goal):
        yield Statement(sql, about)
    for column in columns_of_type(goal, after.identity):
        if column.identity not in current:
            continue
        cast = _cast(after, column)
        for statement in altered_column(current[column.identity], column, goal, cast=cast):
            loses = why is not None and " TYPE " in statement.sql
            yield Statement(
                statement.sql, (*about, column.identity), statement.is_destructive or loses,
                why if loses else statement.why,
            )  # fmt: skip
    old = SchemaObject(before.kind, before.schema_name, None, aside, before.properties)
    yield Statement(f"DROP {named(old)}", about, why is not None, why)


def _cast(after: SchemaObject, column: SchemaObject) -> str:
    array = "[]" if str(column.properties["type"]).endswith("[]") else ""
    through = "text" if after.kind == "enum" else str(after.properties.get("type") or "text")
    return f"{quoted(column.name)}::{through}{array}::{column.properties['type']}"


def _why(before: SchemaObject, after: SchemaObject) -> str | None:
    if after.kind != "enum":
        return "fails where a value does not fit into the new type"
    gone = [label for label in _labels(before) if label not in _labels(after)]
    return f"fails where a row holds {', '.join(map(repr, gone))}" if gone else None


def altered_domain(
    before: SchemaObject, after: SchemaObject, changes: Set[str]
) -> list[Statement] | None:
    """ALTER DOMAIN; None when the type itself is another."""
    if changes - {"default", "nullable", "checks", "check_comments"}:
        return None
    start = f"ALTER {named(after)}"
    about = (after.identity,)
    found = after.properties
    statements = []
    if "default" in changes:
        default = found.get("default")
        words = "DROP DEFAULT" if default is None else f"SET DEFAULT {default}"
        statements.append(Statement(f"{start} {words}", about))
    if "nullable" in changes:
        is_null = found.get("nullable")
        why = None if is_null else "fails where a column of the domain is NULL"
        verb = "DROP" if is_null else "SET"
        statements.append(Statement(f"{start} {verb} NOT NULL", about, why=why))
    old, new = _tuple(before.properties.get("checks")), _tuple(found.get("checks"))
    for check in old:
        if check not in new:
            name = check.partition(" CHECK ")[0]
            statements.append(Statement(f"{start} DROP CONSTRAINT {name}", about))
    for check in new:
        if check not in old:
            why = None if check.endswith("NOT VALID") else "fails where a value breaks it"
            statements.append(Statement(f"{start} ADD CONSTRAINT {check}", about, why=why))
    return statements


def altered_composite(
    before: SchemaObject, after: SchemaObject, changes: Set[str]
) -> list[Statement] | None:
    """ALTER TYPE ... ADD, DROP and ALTER ATTRIBUTE. Raises NotAlterable for another order."""
    if changes - {"attributes"}:
        return None
    about = (after.identity,)
    start = f"ALTER {named(after)}"
    old, new = (_attributes(each) for each in (before, after))
    kept = [name for name in old if name in new]
    if [*kept, *(name for name in new if name not in old)] != list(new):
        raise NotAlterable(
            "PostgreSQL adds attributes behind those that are there: make a new type, and convert "
            "the columns"
        )
    parts = [f"DROP ATTRIBUTE {name} CASCADE" for name in old if name not in new]
    parts += [f"ADD ATTRIBUTE {name} {kind} CASCADE" for name, kind in new.items()
              if name not in old]  # fmt: skip
    parts += [f"ALTER ATTRIBUTE {name} TYPE {kind} CASCADE" for name, kind in new.items()
              if name in old and old[name] != kind]  # fmt: skip
    why = "the attribute's values are lost in every column of the type"
    return [
        Statement(f"{start} {part}", about, part.startswith("DROP"),
                  why if part.startswith("DROP") else None)
        for part in parts
    ]  # fmt: skip


def _attributes(item: SchemaObject) -> dict[str, str]:
    """Each attribute's name, quoted where it must be, and its type."""
    found = {}
    for text in _tuple(item.properties.get("attributes")):
        end = text.index('" ', 1) + 1 if text.startswith('"') else text.index(" ")
        found[text[:end]] = text[end + 1 :]
    return found


def _tuple(value: object) -> Sequence[str]:
    return value if isinstance(value, tuple) else ()
