"""ALTER TABLE, read clause by clause into actions."""

from __future__ import annotations

from collections.abc import Iterator

from schema.rehearsal.hazards.action import Action, Cursor
from schema.rehearsal.hazards.columns import column, constraint, is_constraint, spelled
from schema.rehearsal.hazards.lexicon import parts

__all__ = ["alter_table"]

#: Clauses told by their first words alone: the words, the action's kind, and what is flagged.
_PLAIN = (
    ("SET LOGGED", "set logged", "logged"),
    ("SET UNLOGGED", "set logged", "unlogged"),
    ("SET ACCESS METHOD", "set access method", ""),
    ("SET TABLESPACE", "set tablespace", ""),
    ("REPLICA IDENTITY", "replica identity", ""),
    ("ENABLE ROW LEVEL SECURITY", "rights", ""),
    ("DISABLE ROW LEVEL SECURITY", "rights", ""),
    ("FORCE ROW LEVEL SECURITY", "rights", ""),
    ("NO FORCE ROW LEVEL SECURITY", "rights", ""),
    ("OWNER TO", "rights", ""),
    ("ATTACH PARTITION", "attach partition", ""),
    ("ENABLE TRIGGER", "known", ""),
    ("ENABLE ALWAYS", "known", ""),
    ("ENABLE REPLICA", "known", ""),
    ("ENABLE RULE", "known", ""),
    ("DISABLE RULE", "known", ""),
    ("OPTIONS", "known", ""),
    ("OF", "known", ""),
    ("NOT OF", "known", ""),
    ("DISABLE TRIGGER", "triggers disabled", ""),
    ("CLUSTER ON", "known", ""),
    ("SET WITHOUT CLUSTER", "known", ""),
    ("SET (", "known", ""),
    ("RESET (", "known", ""),
    ("INHERIT", "known", ""),
    ("NO INHERIT", "known", ""),
    ("COMMENT", "known", ""),
    ("AUTO_INCREMENT", "known", ""),
    ("ALTER CONSTRAINT", "known", ""),
    ("CONVERT TO", "table copy", "charset"),
    ("DEFAULT", "known", ""),
    ("ENGINE", "table copy", "engine"),
    ("FORCE", "table copy", ""),
    ("ROW_FORMAT", "table copy", ""),
    ("ADD FULLTEXT", "create index", ""),
    ("ADD SPATIAL", "create index", ""),
    ("DISABLE KEYS", "known", ""),
    ("ENABLE KEYS", "known", ""),
)

_MYSQL = {"mysql", "mariadb"}


def alter_table(cursor: Cursor) -> Iterator[Action]:
    """The actions of a statement, past its ALTER TABLE."""
    cursor.take("IF", "EXISTS")
    cursor.take("ONLY")
    table = cursor.label()
    cursor.take("*")
    for part in parts(cursor.rest, ","):
        yield _clause(Cursor(part, cursor.dialect), table)


def _clause(cursor: Cursor, table: str) -> Action:
    for words, kind, flag in _PLAIN:
        if cursor.take(*words.split()):
            return Action(kind, table, flags=frozenset({flag} - {""}))
    if cursor.take("ADD"):
        return _add(cursor, table)
    if cursor.take("DROP"):
        return _drop(cursor, table)
    if cursor.take("ALTER"):
        return _alter(cursor, table)
    if cursor.take("RENAME"):
        return _rename(cursor, table)
    if cursor.take("VALIDATE", "CONSTRAINT"):
        return Action("validate", table, cursor.name())
    if cursor.take("SET", "SCHEMA"):
        return Action("rename table", table, target=f"{cursor.name()}.{table.rpartition('.')[2]}")
    if cursor.take("DETACH", "PARTITION"):
        part = cursor.label()
        flags = {"concurrently"} if cursor.take("CONCURRENTLY") else set()
        return Action("detach partition", table, part, flags=frozenset(flags))
    return _mysql(cursor, table)


def _add(cursor: Cursor, table: str) -> Action:
    if is_constraint(cursor):
        return constraint(cursor, table)
    if cursor.dialect in _MYSQL and cursor.take_any("INDEX", "KEY"):
        return Action("create index", table, None if cursor.at("(") else cursor.name())
    cursor.take("COLUMN")
    flags = ["if not exists"] if cursor.take("IF", "NOT", "EXISTS") else []
    return column(cursor, "add column", table, flags)


def _drop(cursor: Cursor, table: str) -> Action:
    if cursor.dialect in _MYSQL:
        if cursor.take("FOREIGN", "KEY"):
            return Action("drop constraint", table, cursor.name(), flags=frozenset({"foreign key"}))
        if cursor.take("PRIMARY", "KEY"):
            return Action("drop constraint", table, "PRIMARY", flags=frozenset({"primary key"}))
        if cursor.take_any("INDEX", "KEY"):
            return Action("drop index", table, cursor.name())
        if cursor.take("CHECK"):
            return Action("drop constraint", table, cursor.name())
    kind = "drop constraint" if cursor.take("CONSTRAINT") else "drop column"
    cursor.take("COLUMN")
    flags = {"if exists"} if cursor.take("IF", "EXISTS") else set[str]()
    name = cursor.name()
    flags |= {"cascade"} if cursor.take("CASCADE") else set()
    return Action(kind, table, name, flags=frozenset(flags))


def _alter(cursor: Cursor, table: str) -> Action:
    cursor.take("COLUMN")
    name = cursor.name()
    told = cursor.take_any(
        "SET NOT NULL", "DROP NOT NULL", "SET DEFAULT", "DROP DEFAULT", "SET STATISTICS",
        "SET STORAGE", "SET COMPRESSION", "DROP IDENTITY", "SET GENERATED", "RESTART",
        "SET EXPRESSION AS", "DROP EXPRESSION", "SET INCREMENT", "SET START", "SET MINVALUE",
        "SET MAXVALUE", "SET NO", "SET CACHE", "SET CYCLE", "SET LOGGED", "OPTIONS", "SET (",
        "RESET (",
    )  # fmt: skip
    if told in {"SET NOT NULL", "DROP NOT NULL", "DROP DEFAULT"}:
        return Action(told.lower(), table, name)
    if told == "SET DEFAULT":
        return Action("set default", table, name, default=spelled(cursor.rest))
    if told == "SET EXPRESSION AS":
        return Action("set expression", table, name)
    if told is not None:
        return Action("known", table, name)
    if cursor.take("ADD", "GENERATED"):
        return Action("add identity", table, name)
    if cursor.take_any("TYPE", "SET DATA TYPE") is None:
        return Action("unread", table, name)
    type_tokens = cursor.until("USING", "COLLATE")
    flags = set()
    if cursor.take("COLLATE"):
        flags.add("collate")
        cursor.label()
    using = spelled(cursor.rest[1:]) if cursor.at("USING") else None
    return Action(
        "column type",
        table,
        name,
        type=spelled(type_tokens),
        default=using,
        flags=frozenset(flags | ({"using"} if using else set())),
    )


def _rename(cursor: Cursor, table: str) -> Action:
    if cursor.take_any("CONSTRAINT", "INDEX", "KEY"):
        return Action("known", table)
    if cursor.take_any("TO", "AS"):
        schema_name, dot, _ = table.rpartition(".")
        return Action("rename table", table, target=schema_name + dot + cursor.label())
    cursor.take("COLUMN")
    name = cursor.name()
    if not cursor.take("TO"):
        return Action("unread", table, name)
    return Action("rename column", table, name, target=cursor.name())


def _mysql(cursor: Cursor, table: str) -> Action:
    if cursor.take("CHANGE"):
        cursor.take("COLUMN")
        old = cursor.name()
        told = column(cursor, "modify column", table)
        return Action(
            told.kind,
            table,
            old,
            type=told.type,
            default=told.default,
            target=told.name,
            values=told.values,
            flags=told.flags,
        )
    if cursor.take("MODIFY"):
        cursor.take("COLUMN")
        return column(cursor, "modify column", table)
    for words, kind in (("ALGORITHM", "algorithm"), ("LOCK", "lock option")):
        if cursor.take(words):
            cursor.take("=")
            return Action(kind, table, cursor.skip().word)
    return Action("unread", table)
