"""PostgreSQL's objects altered in place, where there is an ALTER for all that changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from schema.catalog.objects import SchemaObject
from schema.ddl.postgresql_code import enabled, refresh, routine
from schema.ddl.postgresql_constraints import table_of
from schema.ddl.postgresql_pieces import own_settings, owned_by, settings
from schema.ddl.postgresql_rights import regranted
from schema.ddl.postgresql_tables import options
from schema.ddl.postgresql_text import literal, parts, qualified, qualified_object, quoted
from schema.ddl.postgresql_types import sequence_options
from schema.ddl.postgresql_words import CONSTRAINTS, ROUTINES, altered, comment_on
from schema.ddl.statement import Statement

__all__ = ["NotAlterable", "alter", "changed"]


class NotAlterable(Exception):  # noqa: N818 -- not an error of a person's, but an answer
    """PostgreSQL has no way from the one form to the other; the text says what stands in it."""


def changed(before: SchemaObject, after: SchemaObject) -> set[str]:
    """The properties that differ, and mean something."""
    old, new = before.properties, after.properties
    unset = (None, False, ())
    return {
        name
        for name in {**old, **new}
        if name not in {"position", "server_named"}
        and old.get(name) != new.get(name)
        and not (old.get(name) in unset and new.get(name) in unset)
    }


def alter(before: SchemaObject, after: SchemaObject) -> list[Statement] | None:
    """The statements that lead from one form to the other; None when it has to be made again.

    Raises NotAlterable when that is no way either, as its rows would be lost.
    """
    changes = changed(before, after)
    found = [Statement(sql, (after.identity,)) for sql in _common(after, changes)]
    rest = changes - {"comment", "owner"}
    if not rest:
        return found
    if after.kind in {"privilege", "default privilege"}:
        return [Statement(sql, (after.identity,)) for sql in regranted(before, after)]
    way = _WAYS.get(after.kind)
    if way is None and after.kind in CONSTRAINTS:
        way = _constraint
    statements = way(before, after, rest) if way is not None else None
    return None if statements is None else [*statements, *found]


def _common(after: SchemaObject, changes: set[str]) -> Iterator[str]:
    if "owner" in changes:
        owner = after.properties.get("owner")
        yield f"{altered(after)} OWNER TO {quoted(str(owner)) if owner else 'CURRENT_USER'}"
    if "comment" in changes:
        yield comment_on(after)


_Way = Callable[[SchemaObject, SchemaObject, set[str]], "list[Statement] | None"]


def _table(before: SchemaObject, after: SchemaObject, changes: set[str]) -> list[Statement]:
    fixed = changes & {"kind", "partition_key", "server", "detach_pending"}
    if fixed:
        raise NotAlterable(
            f"PostgreSQL cannot change the {' and '.join(sorted(fixed)).replace('_', ' ')} of a "
            "table: make a new one, copy the rows, and swap the names"
        )
    found = after.properties
    start = f"ALTER TABLE {qualified_object(after)}"
    sql: list[str] = []
    if "persistence" in changes:
        sql.append(f"{start} SET {'UN' if found['persistence'] == 'unlogged' else ''}LOGGED")
    if "access_method" in changes:
        sql.append(f"{start} SET ACCESS METHOD {quoted(str(found['access_method']))}")
    if "tablespace" in changes:
        sql.append(f"{start} SET TABLESPACE {quoted(str(found['tablespace'] or 'pg_default'))}")
    if "options" in changes:
        sql += _options(before, after, start)
    if "row_security" in changes:
        sql.append(f"{start} {'ENABLE' if found['row_security'] else 'DISABLE'} ROW LEVEL SECURITY")
    if "force_row_security" in changes:
        force = "FORCE" if found["force_row_security"] else "NO FORCE"
        sql.append(f"{start} {force} ROW LEVEL SECURITY")
    if "replica_identity" in changes:
        identity = str(found.get("replica_identity") or "default")
        sql += (
            list(settings(_only(after, "replica_identity")))
            if identity.startswith("index ")
            else [f"{start} REPLICA IDENTITY {identity.upper()}"]
        )
    if "of_type" in changes:
        sql.append(f"{start} OF {found['of_type']}" if found.get("of_type") else f"{start} NOT OF")
    if "server_options" in changes:
        foreign = start.replace("TABLE", "FOREIGN TABLE", 1)
        sql.append(f"{foreign} {_wrapper_options(before, after, 'server_options')}")
    sql += _parents(before, after, changes)
    sql += _clustered(after, changes, start)
    sql += _own(before, after)
    rewrites = "it rewrites the table, which nobody can use meanwhile"
    slow = {"persistence", "access_method", "tablespace"} & changes
    return [
        Statement(text, (after.identity,), why=rewrites if slow and place < len(slow) else None)
        for place, text in enumerate(sql)
    ]


def _only(item: SchemaObject, name: str) -> SchemaObject:
    return SchemaObject(*item.identity, {name: item.properties.get(name)})


def _parents(before: SchemaObject, after: SchemaObject, changes: set[str]) -> Iterator[str]:
    if not changes & {"inherits", "partition_bound"}:
        return
    old, new = (_tuple(each.properties.get("inherits")) for each in (before, after))
    child = qualified_object(after)
    if before.properties.get("partition_bound"):
        yield f"ALTER TABLE {_parent(old[0])} DETACH PARTITION {child}"
    else:
        yield from (f"ALTER TABLE {child} NO INHERIT {_parent(each)}" for each in old
                    if each not in new)  # fmt: skip
    bound = after.properties.get("partition_bound")
    if bound:
        yield f"ALTER TABLE {_parent(new[0])} ATTACH PARTITION {child} {bound}"
    else:
        yield from (f"ALTER TABLE {child} INHERIT {_parent(each)}" for each in new
                    if each not in old)  # fmt: skip


def _parent(name: str) -> str:
    return ".".join(map(quoted, parts(name)))


def _clustered(after: SchemaObject, changes: set[str], start: str) -> Iterator[str]:
    if "clustered_on" in changes:
        if after.properties.get("clustered_on"):
            yield from settings(_only(after, "clustered_on"))
        else:
            yield f"{start} SET WITHOUT CLUSTER"


def _own(before: SchemaObject, after: SchemaObject) -> Iterator[str]:
    """Settings of a child's or view's columns; one that is no longer given goes back."""
    old, new = (_tuple(each.properties.get("own_settings")) for each in (before, after))
    back = tuple((which, name, None) for which, name, _ in old
                 if (which, name) not in {each[:2] for each in new})  # fmt: skip
    wanted = tuple(each for each in new if each not in old)
    properties = {"own_settings": (*back, *wanted)}
    yield from own_settings(SchemaObject(*after.identity, properties))


def _options(before: SchemaObject, after: SchemaObject, start: str) -> Iterator[str]:
    old, new = (_tuple(each.properties.get("options")) for each in (before, after))
    gone = {each.partition("=")[0] for each in old} - {each.partition("=")[0] for each in new}
    if gone:
        yield f"{start} RESET ({', '.join(sorted(gone))})"
    if fresh := tuple(each for each in new if each not in old):
        yield f"{start} SET ({options(fresh)})"


def _wrapper_options(before: SchemaObject, after: SchemaObject, name: str) -> str:
    old, new = (
        dict(str(text).partition("=")[::2] for text in _tuple(each.properties.get(name)))
        for each in (before, after)
    )
    if "***" in {*old.values(), *new.values()} and old.keys() != new.keys():
        raise NotAlterable("the value of a secret option is not in the catalog")
    words = [f"DROP {quoted(key)}" for key in old.keys() - new.keys()]
    words += [f"SET {quoted(key)} {literal(value)}" for key, value in new.items()
              if key in old and old[key] != value]  # fmt: skip
    words += [f"ADD {quoted(key)} {literal(new[key])}" for key in new.keys() - old.keys()]
    return f"OPTIONS ({', '.join(words)})"


def _view(before: SchemaObject, after: SchemaObject, changes: set[str]) -> list[Statement] | None:
    if changes - {"options", "own_settings", "clustered_on", "populated", "tablespace"}:
        return None
    start = altered(after)
    sql = [*_options(before, after, start)] if "options" in changes else []
    sql += _clustered(after, changes, start)
    if "tablespace" in changes:
        space = after.properties.get("tablespace") or "pg_default"
        sql.append(f"{start} SET TABLESPACE {quoted(str(space))}")
    sql += _own(before, after)
    if "populated" in changes:
        sql.append(refresh(after) + ("" if after.properties["populated"] else " WITH NO DATA"))
    return [Statement(text, (after.identity,)) for text in sql]


def _routine(
    before: SchemaObject, after: SchemaObject, changes: set[str]
) -> list[Statement] | None:
    """In place, as long as the arguments and the result stay: so nothing that calls it notices."""
    if changes != {"definition"} or _head(before) != _head(after):
        return None
    return [Statement(text, (after.identity,)) for text in routine(after)]


def _head(item: SchemaObject) -> list[str]:
    lines = str(item.properties["definition"]).split("\n")
    return lines[:1] if item.kind == "procedure" else lines[:2]


def _firing(before: SchemaObject, after: SchemaObject, changes: set[str]) -> list[Statement] | None:  # noqa: ARG001
    return [Statement(enabled(after), (after.identity,))] if changes == {"enabled"} else None


def _index(before: SchemaObject, after: SchemaObject, changes: set[str]) -> list[Statement] | None:
    if changes - {"options", "tablespace", "statistics"}:
        return None
    start = altered(after)
    sql = [*_options(before, after, start)] if "options" in changes else []
    if "tablespace" in changes:
        space = after.properties.get("tablespace") or "pg_default"
        sql.append(f"{start} SET TABLESPACE {quoted(str(space))}")
    if "statistics" in changes:
        targets = _tuple(after.properties.get("statistics"))
        places = max(len(targets), len(_tuple(before.properties.get("statistics"))))
        for place in range(places):
            target = targets[place] if place < len(targets) else None
            shown = -1 if target is None else target
            sql.append(f"{start} ALTER COLUMN {place + 1} SET STATISTICS {shown}")
    return [Statement(text, (after.identity,)) for text in sql]


def _constraint(
    before: SchemaObject,
    after: SchemaObject,
    changes: set[str],
) -> list[Statement] | None:
    start = f"ALTER TABLE {table_of(after)}"
    name = quoted(after.name)
    found = after.properties
    if changes == {"validated"} and found.get("validated"):
        return [
            Statement(f"{start} VALIDATE CONSTRAINT {name}", (after.identity,),
                      why="fails where a row breaks it")
        ]  # fmt: skip
    if changes == {"options"} and after.kind != "exclusion":
        index = f"ALTER INDEX {qualified(after.schema_name, after.name)}"
        return [Statement(sql, (after.identity,)) for sql in _options(before, after, index)]
    if after.kind == "foreign key" and changes <= {"deferrable", "initially_deferred"}:
        words = "DEFERRABLE" if found.get("deferrable") else "NOT DEFERRABLE"
        words += " INITIALLY DEFERRED" if found.get("initially_deferred") else ""
        return [Statement(f"{start} ALTER CONSTRAINT {name} {words}", (after.identity,))]
    if changes == {"triggers_disabled"}:
        verb = "DISABLE" if found.get("triggers_disabled") else "ENABLE"
        return [Statement(f"{start} {verb} TRIGGER ALL", (after.identity,))]
    return None


def _sequence(
    before: SchemaObject,  # noqa: ARG001
    after: SchemaObject,
    changes: set[str],
) -> list[Statement]:
    start = f"ALTER SEQUENCE {qualified_object(after)}"
    found = []
    if changes - {"owned_by", "persistence"}:
        why = "fails when the sequence stands beyond its new bounds"
        sql = f"{start} {' '.join(sequence_options(after))}"
        found.append(Statement(sql, (after.identity,), why=why))
    if "persistence" in changes:
        un = "UN" if after.properties.get("persistence") == "unlogged" else ""
        found.append(Statement(f"{start} SET {un}LOGGED", (after.identity,)))
    if "owned_by" in changes:
        found.append(Statement(owned_by(after), (after.identity,)))
    return found


def _extension(before: SchemaObject, after: SchemaObject, changes: set[str]) -> list[Statement]:
    found, sql = after.properties, []
    if "version" in changes:
        sql.append(f"{altered(after)} UPDATE TO {literal(str(found['version']))}")
    if "in_schema" in changes:
        sql.append(f"{altered(after)} SET SCHEMA {quoted(str(found['in_schema']))}")
    why = f"needs an update path from {before.properties.get('version')} on the server"
    return [Statement(text, (after.identity,), why=why if "UPDATE" in text else None)
            for text in sql]  # fmt: skip


def _server(before: SchemaObject, after: SchemaObject, changes: set[str]) -> list[Statement] | None:
    if changes - {"options", "version"}:
        return None
    words = [altered(after)]
    if "version" in changes:
        words.append(f"VERSION {literal(str(after.properties['version'] or ''))}")
    if "options" in changes:
        words.append(_wrapper_options(before, after, "options"))
    return [Statement(" ".join(words), (after.identity,))]


def _statistics(
    before: SchemaObject,  # noqa: ARG001
    after: SchemaObject,
    changes: set[str],
) -> list[Statement] | None:
    if changes != {"target"}:
        return None
    target = after.properties.get("target")
    shown = -1 if target is None else target
    return [Statement(f"{altered(after)} SET STATISTICS {shown}", (after.identity,))]


_WAYS: Mapping[str, _Way] = {
    "table": _table,
    "view": _view,
    "materialized view": _view,
    **dict.fromkeys(ROUTINES - {"aggregate"}, _routine),
    **dict.fromkeys(("trigger", "rule", "event trigger"), _firing),
    "index": _index,
    "sequence": _sequence,
    "extension": _extension,
    "foreign server": _server,
    "foreign data wrapper": _server,
    "statistics": _statistics,
}


def _tuple(value: object) -> tuple:  # type: ignore[type-arg]
    return value if isinstance(value, tuple) else ()
