"""Each object of a PostgreSQL catalog with the statements that make it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from schema.catalog.objects import Catalog, Identity, SchemaObject
from schema.ddl import postgresql_code as code
from schema.ddl import postgresql_others as others
from schema.ddl import postgresql_types as types
from schema.ddl.postgresql_constraints import constraint, index
from schema.ddl.postgresql_rights import granted
from schema.ddl.postgresql_tables import options, table
from schema.ddl.postgresql_text import literal, parts, qualified, qualified_object, quoted
from schema.ddl.postgresql_words import comments, owners

__all__ = ["LATE", "late", "made", "rank"]

#: In which order kinds are made where nothing else decides. Those with "~" are what is said of an
#: object once everything is there.
_ORDER = (
    "schema", "extension", "foreign data wrapper", "foreign server", "user mapping", "collation",
    "enum", "composite type", "domain", "range type", "function", "procedure", "aggregate",
    "sequence", "table", "column", "~owned by", "primary key", "unique", "check", "exclusion",
    "index", "foreign key", "statistics", "view", "materialized view", "rule", "trigger", "policy",
    "~settings", "publication", "~refresh", "privilege", "~owner", "default privilege",
    "event trigger",
)  # fmt: skip
_RANKS: Mapping[str, int] = {kind: place for place, kind in enumerate(_ORDER)}
LATE = ("~owned by", "~settings", "~refresh", "~owner")


def rank(identity: Identity) -> tuple[int, str, str, str]:
    """A sort key: by kind, then name."""
    place = _RANKS.get(identity.kind, len(_RANKS))
    return place, identity.schema_name or "", identity.table or "", identity.name


_Maker = Callable[[SchemaObject, Catalog], Iterable[str]]


def _alone(maker: Callable[[SchemaObject], Iterable[str]]) -> _Maker:
    return lambda item, _: maker(item)


_MAKERS: Mapping[str, _Maker] = {
    "schema": _alone(types.schema),
    "extension": _alone(types.extension),
    "collation": _alone(types.collation),
    "enum": _alone(types.enum),
    "domain": types.domain,
    "composite type": _alone(types.composite),
    "range type": types.range_type,
    "sequence": _alone(types.sequence),
    "primary key": constraint,
    "unique": constraint,
    "foreign key": constraint,
    "check": constraint,
    "exclusion": constraint,
    "index": index,
    "view": _alone(code.view),
    "materialized view": _alone(code.materialized_view),
    "function": _alone(code.routine),
    "procedure": _alone(code.routine),
    "aggregate": _alone(code.aggregate),
    "trigger": _alone(code.trigger),
    "rule": _alone(code.rule),
    "policy": _alone(code.policy),
    "event trigger": _alone(code.event_trigger),
    "foreign data wrapper": _alone(others.foreign_data_wrapper),
    "foreign server": _alone(others.foreign_server),
    "user mapping": _alone(others.user_mapping),
    "statistics": _alone(others.statistics),
    "publication": _alone(others.publication),
    "privilege": _alone(granted),
    "default privilege": _alone(granted),
}


def made(
    item: SchemaObject, catalog: Catalog, columns: Iterable[SchemaObject] = ()
) -> Iterator[str]:
    """The statements that make the object, comments with it; ``columns`` are a table's own.

    Nothing for a kind that is not known here. A column is made with its table.
    """
    if item.kind == "table":
        found = list(columns)
        yield from table(item, found, catalog)
        for column in found:
            yield from comments(column)
    elif item.kind in _MAKERS:
        yield from _MAKERS[item.kind](item, catalog)
    yield from comments(item)


def late(item: SchemaObject) -> Iterator[tuple[Identity, list[str]]]:
    """What is said of the object later, each with an identity of its own for the order."""
    identity = item.identity
    if item.kind == "sequence" and item.properties.get("owned_by"):
        yield identity._replace(kind="~owned by"), [owned_by(item)]
    elif own := list(owners(item)):
        yield identity._replace(kind="~owner"), own
    if found := [*settings(item), *own_settings(item)]:
        yield identity._replace(kind="~settings"), found
    if item.kind == "materialized view" and item.properties.get("populated"):
        yield identity._replace(kind="~refresh"), [code.refresh(item)]


def owned_by(item: SchemaObject) -> str:
    """Which column a sequence belongs to; none lets it stand alone."""
    column = str(item.properties.get("owned_by") or "").removeprefix(f"{item.table}.")
    owner = f"{qualified(item.schema_name, item.table)}.{quoted(column)}" if item.table else "NONE"
    return f"ALTER SEQUENCE {qualified_object(item)} OWNED BY {owner}"


def settings(item: SchemaObject) -> Iterator[str]:
    """What of a table can only be said when its indexes are there."""
    replica = item.properties.get("replica_identity")
    clustered = item.properties.get("clustered_on")
    start = f"ALTER TABLE {qualified_object(item)}"
    if isinstance(replica, str) and replica.startswith("index "):
        yield f"{start} REPLICA IDENTITY USING INDEX {quoted(replica.removeprefix('index '))}"
    if clustered:
        start = start if item.kind == "table" else start.replace("TABLE", "MATERIALIZED VIEW", 1)
        yield f"{start} CLUSTER ON {quoted(str(clustered))}"


def own_settings(item: SchemaObject) -> Iterator[str]:
    """What a child table has otherwise than its parent, and what columns of views were given."""
    found = item.properties.get("own_settings")
    for which, name, value in found if isinstance(found, tuple) else ():
        kind, _, quoted_name = which.partition(" ")
        yield _own_setting(item, kind, parts(quoted_name)[0], name, value)


def _own_setting(item: SchemaObject, kind: str, name: str, setting: str, value: str | None) -> str:
    word = {"view": "VIEW", "materialized view": "MATERIALIZED VIEW"}.get(item.kind, "TABLE")
    start = f"ALTER {word} {qualified_object(item)}"
    if kind == "trigger":
        verb = {"O": "ENABLE", "D": "DISABLE", "R": "ENABLE REPLICA"}.get(str(value))
        return f"{start} {verb or 'ENABLE ALWAYS'} TRIGGER {quoted(name)}"
    column = f"{start} ALTER COLUMN {quoted(name)}"
    if setting == "comment":
        text = "NULL" if value is None else literal(value)
        return f"COMMENT ON COLUMN {qualified_object(item)}.{quoted(name)} IS {text}"
    if setting == "default":
        return f"{column} DROP DEFAULT" if value is None else f"{column} SET DEFAULT {value}"
    if setting == "nullable":
        return f"{column} {'DROP' if value == 'true' else 'SET'} NOT NULL"
    if setting in {"options", "server_options"}:
        pairs = tuple(str(value or "{}").strip("{}").split(","))
        return f"{column} SET ({options(pairs)})"
    shown = "DEFAULT" if value is None else str(value)
    return f"{column} SET {setting.upper()} {shown}"
