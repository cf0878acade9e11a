"""PostgreSQL's objects altered in place, where there is an ALTER for all that changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from schema.catalog.objects import SchemaObject
from schema.ddl.postgresql_alter_table import table, view
from schema.ddl.postgresql_change import Change, NotAlterable
from schema.ddl.postgresql_code import enabled, routine
from schema.ddl.postgresql_constraints import table_of
from schema.ddl.postgresql_options import changed_options, changed_storage
from schema.ddl.postgresql_pieces import owned_by
from schema.ddl.postgresql_rights import regranted
from schema.ddl.postgresql_text import literal, qualified, qualified_object, quoted
from schema.ddl.postgresql_types import sequence_options
from schema.ddl.postgresql_words import CONSTRAINTS, ROUTINES, altered, comment_on
from schema.ddl.statement import Statement

__all__ = ["alter"]


def alter(change: Change) -> list[Statement] | None:
    """The statements that lead from one form to the other; None when it has to be made again.

    Raises NotAlterable when that is no way either, as its rows would be lost.
    """
    after = change.after
    common = [Statement(sql, (after.identity,)) for sql in _common(change)]
    if not change.definition:
        return common
    if after.kind in {"privilege", "default privilege"}:
        return [Statement(sql, (after.identity,)) for sql in regranted(change.before, after)]
    way = _WAYS.get(after.kind)
    statements = way(change) if way is not None else None
    return None if statements is None else [*statements, *common]


def _common(change: Change) -> Iterator[str]:
    """What every kind has: an owner and a comment."""
    if "owner" in change.names:
        owner = change.after.properties.get("owner")
        role = quoted(str(owner)) if owner else "CURRENT_USER"
        yield f"{altered(change.after)} OWNER TO {role}"
    if "comment" in change.names:
        yield comment_on(change.after)


def _routine(change: Change) -> list[Statement] | None:
    """In place, as long as the arguments and the result stay: so nothing that calls it notices."""
    before, after, changes = change.before, change.after, change.definition
    if changes != {"definition"} or _head(before) != _head(after):
        return None
    return [Statement(text, (after.identity,)) for text in routine(after)]


def _head(item: SchemaObject) -> list[str]:
    lines = str(item.properties["definition"]).split("\n")
    return lines[:1] if item.kind == "procedure" else lines[:2]


def _firing(change: Change) -> list[Statement] | None:
    after, changes = change.after, change.definition
    return [Statement(enabled(after), (after.identity,))] if changes == {"enabled"} else None


def _index(change: Change) -> list[Statement] | None:
    before, after, changes = change.before, change.after, change.definition
    if "valid" in changes and after.properties.get("valid") is False:
        raise NotAlterable("an index that is not valid cannot be made on purpose")
    if changes - {"options", "tablespace", "statistics"}:
        return None
    start = altered(after)
    sql = [*changed_storage(before, after, start)] if "options" in changes else []
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


def _constraint(change: Change) -> list[Statement] | None:
    before, after, changes = change.before, change.after, change.definition
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
        return [Statement(sql, (after.identity,)) for sql in changed_storage(before, after, index)]
    if after.kind == "foreign key" and changes <= {"deferrable", "initially_deferred"}:
        words = "DEFERRABLE" if found.get("deferrable") else "NOT DEFERRABLE"
        words += " INITIALLY DEFERRED" if found.get("initially_deferred") else ""
        return [Statement(f"{start} ALTER CONSTRAINT {name} {words}", (after.identity,))]
    if changes == {"triggers_disabled"}:
        return [Statement(sql, (after.identity,)) for sql in _fired(change, start)]
    return None


def _fired(change: Change, start: str) -> Iterator[str]:
    """Switch a foreign key's own triggers, which have no name to tell, and no other ones."""
    if not change.after.properties.get("triggers_disabled"):
        yield f"{start} ENABLE TRIGGER ALL"
    else:
        yield f"{start} DISABLE TRIGGER ALL"
        yield f"{start} ENABLE TRIGGER USER"
    place = (change.after.schema_name, change.after.table)
    for item in change.goal.of_kind("trigger"):
        is_here = (item.schema_name, item.table) == place
        if is_here and item.properties.get("enabled") != "yes":
            yield enabled(item)


def _sequence(change: Change) -> list[Statement]:
    after, changes = change.after, change.definition
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


def _extension(change: Change) -> list[Statement]:
    before, after, changes = change.before, change.after, change.definition
    found, sql = after.properties, []
    if "version" in changes:
        sql.append(f"{altered(after)} UPDATE TO {literal(str(found['version']))}")
    if "in_schema" in changes:
        sql.append(f"{altered(after)} SET SCHEMA {quoted(str(found['in_schema']))}")
    why = f"needs an update path from {before.properties.get('version')} on the server"
    return [Statement(text, (after.identity,), why=why if "UPDATE" in text else None)
            for text in sql]  # fmt: skip


def _server(change: Change) -> list[Statement] | None:
    before, after, changes = change.before, change.after, change.definition
    if changes - {"options", "version"}:
        return None
    words = [altered(after)]
    if "version" in changes:
        if not after.properties.get("version"):
            raise NotAlterable("PostgreSQL cannot take a server's version away")
        words.append(f"VERSION {literal(str(after.properties['version']))}")
    if "options" in changes:
        words.append(changed_options(before, after, "options"))
    return [Statement(" ".join(words), (after.identity,))]


def _statistics(change: Change) -> list[Statement] | None:
    after, changes = change.after, change.definition
    if changes != {"target"}:
        return None
    target = after.properties.get("target")
    shown = -1 if target is None else target
    return [Statement(f"{altered(after)} SET STATISTICS {shown}", (after.identity,))]


_WAYS: Mapping[str, Callable[[Change], list[Statement] | None]] = {
    "table": table,
    "view": view,
    "materialized view": view,
    **dict.fromkeys(CONSTRAINTS, _constraint),
    **dict.fromkeys(ROUTINES - {"aggregate"}, _routine),
    **dict.fromkeys(("trigger", "rule", "event trigger"), _firing),
    "index": _index,
    "sequence": _sequence,
    "extension": _extension,
    "foreign server": _server,
    "foreign data wrapper": _server,
    "statistics": _statistics,
}


def _tuple(value: object) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else ()
