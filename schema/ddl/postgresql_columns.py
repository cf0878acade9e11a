"""PostgreSQL's columns: added, and altered in place."""

from __future__ import annotations

from collections.abc import Iterator

from schema.catalog.objects import Catalog, SchemaObject
from schema.ddl.postgresql_constraints import table_of
from schema.ddl.postgresql_losses import loss, using
from schema.ddl.postgresql_options import changed_options, changed_storage
from schema.ddl.postgresql_tables import (
    changed_sequence_options,
    collated,
    column,
    identity,
    settings,
)
from schema.ddl.postgresql_text import qualified, quoted
from schema.ddl.postgresql_words import comment_on, comments
from schema.ddl.statement import Statement

__all__ = ["added", "altered", "must_be_made_again", "retyped"]


def added(item: SchemaObject, catalog: Catalog) -> Iterator[Statement]:
    """ADD COLUMN, and what has no place in it."""
    found = item.properties
    about = (item.identity,)
    has_value = found.get("default") is not None or found.get("generated") or found.get("identity")
    why = None
    if found.get("nullable") is False and not has_value:
        why = "fails when the table has rows, as the column has no default to fill them with"
    yield Statement(f"ALTER TABLE {table_of(item)} ADD COLUMN {column(item, catalog)}", about,
                    why=why)  # fmt: skip
    for sql in (*settings(item), *comments(item)):
        yield Statement(sql, about)


def must_be_made_again(before: SchemaObject, after: SchemaObject) -> bool:
    """Whether no ALTER leads from the one to the other."""
    old, new = before.properties.get("generated"), after.properties.get("generated")
    if old == new:
        return bool(new) and retyped(before, after)
    # A stored column can become a plain one; nothing else can be changed on every server.
    return not (new is None and str(old).startswith("stored"))


def retyped(before: SchemaObject, after: SchemaObject) -> bool:
    """Whether the type or the collation changes; whatever reads the column is in the way then."""
    return any(before.properties.get(name) != after.properties.get(name)
               for name in ("type", "collation"))  # fmt: skip


def altered(
    before: SchemaObject, after: SchemaObject, catalog: Catalog, *, cast: str | None = None
) -> Iterator[Statement]:
    """The ALTERs that lead from one form to the other.

    ``cast`` is the expression of the new type when the old type is one that is being replaced.
    """
    old, new = before.properties, after.properties
    about = (after.identity,)
    start = f"ALTER TABLE {table_of(after)} ALTER COLUMN {quoted(after.name)}"
    changes = {name for name in {**old, **new} if old.get(name) != new.get(name)}
    if old.get("generated") and not new.get("generated"):
        yield Statement(f"{start} DROP EXPRESSION", about)
    if old.get("identity") and not new.get("identity"):
        yield Statement(f"{start} DROP IDENTITY", about)
    is_retyped = retyped(before, after) or cast is not None
    if is_retyped:
        if old.get("default") is not None and _is_cast(before, after, cast):
            yield Statement(f"{start} DROP DEFAULT", about)
        yield _type(before, after, catalog, start, cast)
    has_default = new.get("default") is not None
    is_cast = is_retyped and _is_cast(before, after, cast)
    if has_default and ("default" in changes or is_cast):
        yield Statement(f"{start} SET DEFAULT {new['default']}", about)
    elif "default" in changes and not is_cast:
        yield Statement(f"{start} DROP DEFAULT", about)
    yield from _nullable(before, after, start)
    if new.get("identity") and changes & {"identity", "identity_options", "identity_sequence"}:
        yield from _identity(before, after, start)
    yield from _settings(before, after, start)
    if "comment" in changes:
        yield Statement(comment_on(after), about)


def _is_cast(before: SchemaObject, after: SchemaObject, cast: str | None) -> bool:
    """Whether the server needs to be told how to convert; it then cannot convert the default."""
    types = (str(each.properties["type"]) for each in (before, after))
    return (cast or using(quoted(after.name), *types)) is not None


def _type(
    before: SchemaObject, after: SchemaObject, catalog: Catalog, start: str, cast: str | None
) -> Statement:
    old, new = str(before.properties["type"]), str(after.properties["type"])
    words = [f"{start} TYPE {new}"]
    if after.properties.get("collation"):
        words.append(f"COLLATE {collated(str(after.properties['collation']), catalog)}")
    cast = cast or using(quoted(after.name), old, new)
    if cast is not None:
        words.append(f"USING {cast}")
    why = loss(old, new) if old != new else None
    is_destructive = why is not None
    return Statement(" ".join(words), (after.identity,), is_destructive, why)


_NOT_NULL = ("not_null_name", "not_null_no_inherit", "not_null_not_valid")


def _nullable(before: SchemaObject, after: SchemaObject, start: str) -> Iterator[Statement]:
    """SET or DROP NOT NULL; with a name or an option of its own, it is a constraint."""
    about = (after.identity,)
    was, is_now = (each.properties.get("nullable") is False for each in (before, after))
    old, new = (_not_null(each) for each in (before, after))
    if (was, old) == (is_now, new):
        return
    why = f"fails where {after.identity.label} is NULL"
    if was and is_now and old[:2] == new[:2] and not new[2]:
        name = str(new[0] or f"{after.table}_{after.name}_not_null")
        sql = f"ALTER TABLE {table_of(after)} VALIDATE CONSTRAINT {quoted(name)}"
        yield Statement(sql, about, why=why)
        return
    if was:
        yield Statement(f"{start} DROP NOT NULL", about)
    if is_now and not any(new):
        yield Statement(f"{start} SET NOT NULL", about, why=why)
    elif is_now:
        yield Statement(_named_not_null(after), about, why=None if new[2] else why)


def _not_null(item: SchemaObject) -> tuple[object, ...]:
    return tuple(item.properties.get(name) or None for name in _NOT_NULL)


def _named_not_null(item: SchemaObject) -> str:
    name, no_inherit, not_valid = _not_null(item)
    words = [f"ALTER TABLE {table_of(item)} ADD"]
    words += [f"CONSTRAINT {quoted(str(name))}"] if name else []
    words.append(f"NOT NULL {quoted(item.name)}")
    words += ["NO INHERIT"] if no_inherit else []
    words += ["NOT VALID"] if not_valid else []
    return " ".join(words)


def _identity(before: SchemaObject, after: SchemaObject, start: str) -> Iterator[Statement]:
    """ADD, or what changes: the sequence stays, and counts on."""
    about = (after.identity,)
    old, new = before.properties, after.properties
    if not old.get("identity"):
        yield Statement(f"{start} ADD {identity(after)}", about)
        return
    if old.get("identity_sequence") != new.get("identity_sequence"):
        here, there = (_sequence(each) for each in (before, after))
        sql = f"ALTER SEQUENCE {qualified(after.schema_name, here)} RENAME TO {quoted(there)}"
        yield Statement(sql, about)
    words = [f"SET {each}" for each in changed_sequence_options(before, after)]
    if old.get("identity") != new.get("identity"):
        words.insert(0, f"SET GENERATED {str(new['identity']).upper()}")
    if words:
        why = "fails when the sequence stands beyond its new bounds" if len(words) > 1 else None
        yield Statement(f"{start} {' '.join(words)}", about, why=why)


def _sequence(item: SchemaObject) -> str:
    """The name of an identity column's sequence: its own, or the one that the server makes up."""
    return str(item.properties.get("identity_sequence") or f"{item.table}_{item.name}_seq")


def _settings(before: SchemaObject, after: SchemaObject, start: str) -> Iterator[Statement]:
    about = (after.identity,)
    old, new = before.properties, after.properties
    for name in ("storage", "compression", "statistics"):
        if old.get(name) != new.get(name):
            value = new.get(name)
            shown = "DEFAULT" if value is None else str(value)
            if name == "statistics" and value is None:
                shown = "-1"
            yield Statement(f"{start} SET {name.upper()} {shown}", about)
    yield from (Statement(sql, about) for sql in changed_storage(before, after, start))
    if old.get("server_options") != new.get("server_options"):
        foreign = start.replace("TABLE", "FOREIGN TABLE", 1)
        words = changed_options(before, after, "server_options")
        yield Statement(f"{foreign} {words}", about)
