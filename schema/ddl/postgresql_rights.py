"""PostgreSQL's privileges as SQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schema.catalog.objects import SchemaObject
from schema.ddl.postgresql_text import qualified, quoted

__all__ = ["granted", "regranted"]

_WORDS = {"view": "TABLE", "materialized view": "TABLE", "aggregate": "FUNCTION"}


def granted(item: SchemaObject) -> Iterator[str]:
    """What gives a grantee just these privileges on a new object."""
    yield from _said(item, "REVOKE", _tuple(item.properties.get("revoked")))
    yield from _said(item, "GRANT", _tuple(item.properties.get("privileges")))


def regranted(found: SchemaObject | None, wanted: SchemaObject | None) -> Iterator[str]:
    """From one set of privileges to another; None is what the server gives by itself."""
    item = wanted or found
    assert item is not None  # noqa: S101 -- one of them is there
    before = _effective(found, of=item)
    after = _effective(wanted, of=item)
    yield from _said(item, "REVOKE", sorted(_without_stars(before - after) - after))
    loses_option = {each for each in after if f"{each}*" in before}
    yield from _said(item, "REVOKE GRANT OPTION FOR", sorted(loses_option))
    yield from _said(item, "GRANT", sorted(after - before - loses_option))


def _effective(item: SchemaObject | None, *, of: SchemaObject) -> set[str]:
    """What the grantee has; without an object for it, what the server gives by itself.

    That is told by the other side: what was taken away there, and an owner has the rest too.
    """
    if item is not None:
        return set(_tuple(item.properties.get("privileges")))
    revoked = set(_tuple(of.properties.get("revoked")))
    if not revoked or of.properties["grantee"] == "PUBLIC":
        return revoked
    return revoked | _without_stars(set(_tuple(of.properties.get("privileges"))))


def _without_stars(privileges: set[str]) -> set[str]:
    return {each.removesuffix("*") for each in privileges}


def _said(item: SchemaObject, verb: str, privileges: Sequence[str]) -> Iterator[str]:
    """One statement for the privileges that may be passed on, one for the others."""
    plain = [each for each in privileges if not each.endswith("*")]
    passed_on = [each.removesuffix("*") for each in privileges if each.endswith("*")]
    preposition = "TO" if verb == "GRANT" else "FROM"
    for names, option in ((plain, ""), (passed_on, " WITH GRANT OPTION")):
        if names:
            what = f"{verb} {_privileges(item, names)} ON {_object(item)}"
            yield f"{_start(item)}{what} {preposition} {_grantee(item)}{option}"


def _start(item: SchemaObject) -> str:
    if item.kind != "default privilege":
        return ""
    role = item.properties.get("role")
    words = ["ALTER DEFAULT PRIVILEGES"]
    words += [f"FOR ROLE {quoted(str(role))}"] if role else []
    words += [f"IN SCHEMA {quoted(item.schema_name)}"] if item.schema_name else []
    return " ".join(words) + " "


def _privileges(item: SchemaObject, names: Sequence[str]) -> str:
    if item.properties.get("on_kind") != "column":
        return ", ".join(names)
    column = quoted(str(item.properties["on_name"]).removeprefix(f"{item.table}."))
    return ", ".join(f"{name} ({column})" for name in names)


def _object(item: SchemaObject) -> str:
    kind, name = str(item.properties["on_kind"]), str(item.properties.get("on_name"))
    if item.kind == "default privilege":
        return kind.upper()
    if kind == "column":
        return f"TABLE {qualified(item.schema_name, str(item.table))}"
    word = _WORDS.get(kind, kind.upper())
    if kind in {"function", "procedure", "aggregate"}:
        bare, _, types = name.rpartition("(")
        return f"{word} {qualified(item.schema_name, bare)}({types}"
    return f"{word} {qualified(item.schema_name, name)}"


def _grantee(item: SchemaObject) -> str:
    grantee = str(item.properties["grantee"])
    if grantee == "PUBLIC":
        return grantee
    return quoted("PUBLIC" if grantee == '"PUBLIC"' else grantee)


def _tuple(value: object) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()
