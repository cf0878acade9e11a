"""CREATE, DROP and ALTER of whatever a database holds, read into actions."""

from __future__ import annotations

from collections.abc import Iterator

from schema.rehearsal.hazards.action import Action, Cursor, UnreadError
from schema.rehearsal.hazards.alter_table import alter_table
from schema.rehearsal.hazards.columns import definitions, names_in
from schema.rehearsal.hazards.lexicon import parts

__all__ = ["alter", "create", "drop"]

#: What is made or altered while nobody who reads or writes tables waits.
_MADE_QUIETLY = frozenset(
    "AGGREGATE CAST COLLATION DATABASE EVENT EXTENSION FOREIGN OPERATOR PUBLICATION RULE SCHEMA "
    "SEQUENCE SERVER STATISTICS SUBSCRIPTION TEXT TYPE VIEW".split()
)
_ALTERED_QUIETLY = (
    "AGGREGATE", "COLLATION", "DATABASE", "EVENT", "FOREIGN DATA WRAPPER", "FUNCTION", "INDEX",
    "MATERIALIZED VIEW", "PROCEDURE", "PUBLICATION", "ROUTINE", "SERVER", "STATISTICS",
    "SUBSCRIPTION", "SYSTEM", "TEXT SEARCH", "TRIGGER", "VIEW",
)  # fmt: skip


# -- CREATE ---------------------------------------------------------------------------------------


def create(cursor: Cursor) -> Iterator[Action]:
    flags = set()
    while flag := cursor.take_any(
        "OR REPLACE", "UNIQUE", "TEMPORARY", "TEMP", "UNLOGGED", "GLOBAL", "LOCAL", "CONSTRAINT",
        "FULLTEXT", "SPATIAL", "MATERIALIZED", "RECURSIVE", "VIRTUAL",
    ):  # fmt: skip
        flags.add(flag.lower())
    if cursor.dialect in {"mysql", "mariadb"}:
        cursor.until(
            "TABLE",
            "INDEX",
            "VIEW",
            "TRIGGER",
            "FUNCTION",
            "PROCEDURE",
            "EVENT",
            "DATABASE",
            "SCHEMA",
            "USER",
            "SEQUENCE",
            "ROLE",
        )
    kind = cursor.skip().word
    if kind == "TABLE" or (kind == "FOREIGN" and cursor.take("TABLE")):
        yield from _create_table(cursor, flags)
    elif kind == "INDEX":
        yield _create_index(cursor, flags)
    elif kind == "TRIGGER":
        cursor.take("IF", "NOT", "EXISTS")
        name = cursor.name()
        cursor.until("ON")
        cursor.take("ON")
        yield Action("create trigger", cursor.label(), name)
    elif kind in {"FUNCTION", "PROCEDURE"}:
        yield Action("create routine", cursor.label(), values=(_body(cursor),))
    elif kind in {"POLICY", "ROLE", "USER"}:
        yield Action("rights", None, name=f"create {kind.lower()}")
    elif kind == "DOMAIN":
        name = cursor.label()
        checks = any(token.word in {"CHECK", "NOT"} for token in cursor.rest)
        yield Action("create domain", name, flags=frozenset({"check"} if checks else ()))
    elif kind in _MADE_QUIETLY:
        yield Action("known", name=f"create {kind.lower()}")
    else:
        raise UnreadError(kind)


def _body(cursor: Cursor) -> str:
    """A routine's body, as text."""
    body = next((token.text for token in cursor.rest if token.kind == "body"), None)
    return body if body is not None else " ".join(token.text for token in cursor.rest)


def _create_table(cursor: Cursor, flags: set[str]) -> Iterator[Action]:
    if cursor.take("IF", "NOT", "EXISTS"):
        flags.add("if not exists")
    table = cursor.label()
    yield Action("create table", table, flags=frozenset(flags))
    if cursor.at("("):
        yield from definitions(cursor.parenthesised(), table, cursor.dialect)


def _create_index(cursor: Cursor, flags: set[str]) -> Action:
    for flag in ("CONCURRENTLY", "IF NOT EXISTS"):
        if cursor.take(*flag.split()):
            flags.add(flag.lower())
    name = None if cursor.at("ON") else cursor.label()
    if not cursor.take("ON"):
        raise UnreadError("CREATE INDEX without ON")
    cursor.take("ONLY")
    table = cursor.label()
    if cursor.take("USING"):
        cursor.name()
    columns = names_in(cursor.parenthesised(), cursor.dialect)
    flags |= {"where"} if any(token.word == "WHERE" for token in cursor.rest) else set()
    return Action("create index", table, name, columns=columns, flags=frozenset(flags))


# -- DROP -----------------------------------------------------------------------------------------

_KINDS = ("MATERIALIZED VIEW", "FOREIGN TABLE", "TABLE", "INDEX", "SCHEMA", "DATABASE", "SEQUENCE",
          "TYPE", "DOMAIN", "VIEW", "FUNCTION", "PROCEDURE", "ROUTINE", "EXTENSION", "TRIGGER",
          "POLICY", "ROLE", "USER", "OWNED BY", "AGGREGATE", "RULE", "COLLATION", "CAST",
          "OPERATOR", "STATISTICS", "PUBLICATION", "SUBSCRIPTION", "EVENT TRIGGER",
          "EVENT")  # fmt: skip


def drop(cursor: Cursor) -> Iterator[Action]:
    cursor.take("TEMPORARY")
    kind = cursor.take_any(*_KINDS)
    if kind is None:
        raise UnreadError("DROP of something else")
    flags = {"concurrently"} if cursor.take("CONCURRENTLY") else set[str]()
    flags |= {"if exists"} if cursor.take("IF", "EXISTS") else set()
    if kind in {"POLICY", "ROLE", "USER", "OWNED BY"}:
        yield Action("rights", None, name=f"drop {kind.lower()}")
        return
    words = [token.word for token in cursor.rest]
    flags |= {"cascade"} if "CASCADE" in words else set()
    if kind == "INDEX" and "ON" in words:
        name = cursor.label()
        cursor.take("ON")
        yield Action("drop index", cursor.label(), name, flags=frozenset(flags))
        return
    told = f"drop {kind.lower()}"
    for part in parts(cursor.rest, ","):
        label = Cursor(part, cursor.dialect).label()
        if kind == "INDEX":
            yield Action(told, None, label, flags=frozenset(flags))
        else:
            yield Action(told, label, flags=frozenset(flags))


# -- ALTER ----------------------------------------------------------------------------------------


def alter(cursor: Cursor) -> Iterator[Action]:
    cursor.take_any("ONLINE", "IGNORE")
    if cursor.take("FOREIGN", "TABLE") or cursor.take("TABLE"):
        yield from alter_table(cursor)
    elif cursor.take("TYPE"):
        yield _alter_type(cursor)
    elif cursor.take("DOMAIN"):
        name = cursor.label()
        added = cursor.take("ADD") or cursor.take("SET", "NOT", "NULL")
        is_late = added and any(token.word == "VALID" for token in cursor.rest)
        yield Action("alter domain" if added and not is_late else "known", name)
    elif cursor.take("SCHEMA"):
        name = cursor.name()
        kind = "rename schema" if cursor.take("RENAME", "TO") else "rights"
        yield Action(kind, name, target=cursor.name() if kind == "rename schema" else None)
    elif cursor.take("EXTENSION"):
        name = cursor.name()
        yield Action("update extension" if cursor.take("UPDATE") else "known", name)
    elif cursor.take_any("POLICY", "DEFAULT PRIVILEGES", "ROLE", "USER", "GROUP"):
        yield Action("rights", None, name="alter")
    elif cursor.take("SEQUENCE"):
        cursor.take("IF", "EXISTS")
        name = cursor.label()
        unowned = cursor.take("OWNED", "BY", "NONE")
        yield Action("unown sequence" if unowned else "known", name)
    elif cursor.take_any(*_ALTERED_QUIETLY):
        yield Action("known", name="alter")
    else:
        raise UnreadError("ALTER of something else")


def _alter_type(cursor: Cursor) -> Action:
    name = cursor.label()
    if cursor.take("ADD", "VALUE"):
        flags = {"if not exists"} if cursor.take("IF", "NOT", "EXISTS") else set[str]()
        value = cursor.skip().value
        flags |= {"placed"} if cursor.take_any("BEFORE", "AFTER") else set()
        return Action("add enum value", name, value, flags=frozenset(flags))
    if cursor.take("RENAME", "VALUE"):
        old = cursor.skip().value
        cursor.take("TO")
        return Action("rename enum value", name, old, target=cursor.skip().value)
    return Action("known", name)
