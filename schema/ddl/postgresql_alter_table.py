"""PostgreSQL's tables and views altered in place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from schema.catalog.objects import Identity, SchemaObject
from schema.ddl.postgresql_change import Change, NotAlterable
from schema.ddl.postgresql_code import refresh
from schema.ddl.postgresql_options import changed_options, changed_storage
from schema.ddl.postgresql_pieces import own_settings, settings
from schema.ddl.postgresql_text import parts, qualified_object, quoted
from schema.ddl.postgresql_words import altered
from schema.ddl.statement import Statement

__all__ = ["table", "view"]

_FIXED = frozenset({"kind", "partition_key", "server", "detach_pending"})
_REWRITING = frozenset({"persistence", "access_method", "tablespace"})
_REWRITES = "it rewrites the table, which nobody can use meanwhile"


def table(change: Change) -> list[Statement]:
    """ALTER TABLE for all that can be altered. Raises NotAlterable for the rest."""
    fixed = change.names & _FIXED
    if fixed:
        raise NotAlterable(
            f"PostgreSQL cannot change the {' and '.join(sorted(fixed)).replace('_', ' ')} of a "
            "table: make a new one, copy the rows, and swap the names"
        )
    about = (change.after.identity,)
    return [
        *(Statement(sql, about, why=_REWRITES) for sql in _moved(change)),
        *(Statement(sql, about) for sql in (*_said(change), *_parents(change), *_own(change))),
    ]


def _start(change: Change) -> str:
    return f"ALTER TABLE {qualified_object(change.after)}"


def _moved(change: Change) -> Iterator[str]:
    """What writes every row anew."""
    found, start = change.after.properties, _start(change)
    if "persistence" in change.names:
        yield f"{start} SET {'UN' if found['persistence'] == 'unlogged' else ''}LOGGED"
    if "access_method" in change.names:
        yield f"{start} SET ACCESS METHOD {quoted(str(found['access_method']))}"
    if "tablespace" in change.names:
        yield f"{start} SET TABLESPACE {quoted(str(found['tablespace'] or 'pg_default'))}"


def _said(change: Change) -> Iterator[str]:
    """What only changes a catalog's entry."""
    names, found, start = change.names, change.after.properties, _start(change)
    if "options" in names:
        yield from changed_storage(change.before, change.after, start)
    if "row_security" in names:
        yield f"{start} {'ENABLE' if found['row_security'] else 'DISABLE'} ROW LEVEL SECURITY"
    if "force_row_security" in names:
        yield f"{start} {'' if found['force_row_security'] else 'NO '}FORCE ROW LEVEL SECURITY"
    if "replica_identity" in names:
        yield from _replica_identity(change, start)
    if "of_type" in names:
        yield f"{start} OF {found['of_type']}" if found.get("of_type") else f"{start} NOT OF"
    if "server_options" in names:
        foreign = start.replace("TABLE", "FOREIGN TABLE", 1)
        yield f"{foreign} {changed_options(change.before, change.after, 'server_options')}"
    yield from _clustered(change, start)


def _replica_identity(change: Change, start: str) -> Iterator[str]:
    identity = str(change.after.properties.get("replica_identity") or "default")
    if identity.startswith("index "):
        yield from settings(_only(change.after, "replica_identity"))
    else:
        yield f"{start} REPLICA IDENTITY {identity.upper()}"


def _only(item: SchemaObject, name: str) -> SchemaObject:
    return SchemaObject(*item.identity, {name: item.properties.get(name)})


def _clustered(change: Change, start: str) -> Iterator[str]:
    if "clustered_on" not in change.names:
        return
    if change.after.properties.get("clustered_on"):
        yield from settings(_only(change.after, "clustered_on"))
    else:
        yield f"{start} SET WITHOUT CLUSTER"


def _parents(change: Change) -> Iterator[str]:
    """ATTACH and DETACH PARTITION, INHERIT and NO INHERIT."""
    if not change.names & {"inherits", "partition_bound"}:
        return
    old, new = (_tuple(each.properties.get("inherits")) for each in (change.before, change.after))
    child, start = qualified_object(change.after), _start(change)
    if change.before.properties.get("partition_bound"):
        yield f"ALTER TABLE {_parent(old[0])} DETACH PARTITION {child}"
    else:
        yield from (f"{start} NO INHERIT {_parent(each)}" for each in old if each not in new)
    bound = change.after.properties.get("partition_bound")
    if bound:
        yield f"ALTER TABLE {_parent(new[0])} ATTACH PARTITION {child} {bound}"
    else:
        yield from (f"{start} INHERIT {_parent(each)}" for each in new if each not in old)


def _parent(name: str) -> str:
    return ".".join(map(quoted, parts(name)))


def _own(change: Change) -> Iterator[str]:
    """Settings of a child's or view's columns; one that is not given any more goes back."""
    old, new = (
        _tuple(each.properties.get("own_settings")) for each in (change.before, change.after)
    )
    given = {each[:2] for each in new}
    back = tuple(
        (which, name, _of_parent(change, which, name))
        for which, name, _ in old
        if (which, name) not in given
    )
    wanted = tuple(each for each in new if each not in old)
    properties = {"own_settings": (*back, *wanted)}
    yield from own_settings(SchemaObject(*change.after.identity, properties))


def _of_parent(change: Change, which: str, name: str) -> str | None:
    """The parent's value; None stands for what the server gives by itself."""
    kind, _, quoted_name = which.partition(" ")
    if kind == "trigger":
        return "O"
    for parent in _tuple(change.after.properties.get("inherits")):
        schema_name, table_name = parts(parent)[:2]
        column = Identity("column", schema_name, table_name, parts(quoted_name)[0])
        if column in change.goal:
            value = change.goal[column].properties.get(name)
            return str(value).lower() if isinstance(value, bool) else _text(value)
    return None


def _text(value: object) -> str | None:
    return None if value is None or isinstance(value, tuple) else str(value)


def view(change: Change) -> list[Statement] | None:
    """ALTER VIEW and ALTER MATERIALIZED VIEW; None when what it shows is another."""
    names = change.names - {"comment", "owner"}
    if names - {"options", "own_settings", "clustered_on", "populated", "tablespace"}:
        return None
    after, start = change.after, altered(change.after)
    sql = list(changed_storage(change.before, after, start)) if "options" in names else []
    sql += _clustered(change, start)
    if "tablespace" in names:
        space = after.properties.get("tablespace") or "pg_default"
        sql.append(f"{start} SET TABLESPACE {quoted(str(space))}")
    sql += _own(change)
    if "populated" in names:
        rows = "" if after.properties.get("populated") else " WITH NO DATA"
        sql.append(refresh(after) + rows)
    return [Statement(text, (after.identity,)) for text in sql]


def _tuple(value: object) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else ()
