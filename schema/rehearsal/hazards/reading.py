"""Statements read into actions: what rules look at.

A maintained SQL parser was tried first. Of 105 statements of PostgreSQL that the rules ask about,
sqlglot 30.30 gives 35 back unread (``VALIDATE CONSTRAINT``, ``DETACH PARTITION``, ``ALTER TYPE``,
``UNIQUE USING INDEX``, ``REINDEX``, ``VACUUM FULL`` ...), raises for one, and misreads some in
silence: ``RENAME a TO b`` becomes a table's rename, ``SERIAL`` an identity. PostgreSQL's own parser
exists for Python under the GPL, and for PostgreSQL alone. The rules need verbs, names and flags,
hardly an expression, for three kinds of database: a cursor over tokens is the simplest right thing.

Held once against PostgreSQL's own parser, it took 961 of 966 texts alike for their tables, indexes
and columns; the other five are ``CREATE TABLE AS`` and batch copies, which it takes otherwise on
purpose. What it cannot follow is an action of the kind ``"unread"``, which a rule tells: never safe
in silence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from schema.rehearsal.hazards.action import Action, Cursor, UnreadError
from schema.rehearsal.hazards.columns import spelled
from schema.rehearsal.hazards.defining import alter, create, drop
from schema.rehearsal.hazards.lexicon import Token, parts, tokens

__all__ = ["read_statements"]

_BATCH_COPY = "_alembic_tmp_"

#: What changes no schema of a running service, or nothing that others could wait for.
_HARMLESS = frozenset(
    "ANALYZE CHECKPOINT COMMENT DISCARD LISTEN NOTIFY PRAGMA SHOW VALUES USE RELEASE DEALLOCATE "
    "CLOSE DECLARE FETCH".split()
)


def read_statements(statements: Sequence[str], dialect: str) -> tuple[Action, ...]:
    """The actions of all statements, in order; SQLite's batch copies are one action each."""
    found: list[Action] = []
    for number, text in enumerate(statements):
        for part in _split(tokens(text, dialect)):
            found += [action.at(number) for action in _read(part, dialect)]
    return tuple(_with_batches(found))


def _split(found: Sequence[Token]) -> Iterator[tuple[Token, ...]]:
    """The statements of one text: a routine's or a trigger's body may hold semicolons too."""
    words = {token.word for token in found[:8]}
    if "CREATE" in words and words & {"TRIGGER", "FUNCTION", "PROCEDURE", "EVENT"}:
        whole = tuple(found)
        yield whole[:-1] if whole[-1].text == ";" else whole
        return
    yield from parts(found, ";")


def _read(found: tuple[Token, ...], dialect: str) -> list[Action]:
    try:
        return list(_statement(Cursor(found, dialect)))
    except UnreadError:
        return [Action("unread", None, spelled(found[:8]))]


def _statement(cursor: Cursor) -> Iterator[Action]:
    verb = cursor.skip().word
    if verb == "ALTER":
        yield from alter(cursor)
    elif verb == "CREATE":
        yield from create(cursor)
    elif verb == "DROP":
        yield from drop(cursor)
    elif reader := _READERS.get(verb):
        yield from reader(cursor)
    elif verb in _HARMLESS:
        yield Action("known", name=verb.lower())
    else:
        raise UnreadError(verb)


# -- all else -------------------------------------------------------------------------------------


def _truncate(cursor: Cursor) -> Iterator[Action]:
    cursor.take("TABLE")
    cursor.take("ONLY")
    cascade = {"cascade"} if any(token.word == "CASCADE" for token in cursor.rest) else set()
    for part in parts(cursor.rest, ","):
        yield Action("truncate", Cursor(part, cursor.dialect).label(), flags=frozenset(cascade))


def _reindex(cursor: Cursor) -> Iterator[Action]:
    flags = set()
    if cursor.at("("):
        flags |= {token.text.lower() for token in cursor.parenthesised()}
    kind = cursor.take_any("TABLE", "INDEX", "SCHEMA", "DATABASE", "SYSTEM")
    flags |= {"concurrently"} if cursor.take("CONCURRENTLY") else set()
    label = cursor.label() if cursor.rest else None
    is_index = kind == "INDEX"
    yield Action(
        "reindex", None if is_index else label, label if is_index else None, flags=frozenset(flags)
    )


def _vacuum(cursor: Cursor) -> Iterator[Action]:
    is_full = any(token.word == "FULL" for token in cursor.rest)
    last = cursor.rest[-1] if cursor.rest else None
    named = last is not None and last.kind in {"word", "quoted"} and last.word != "FULL"
    label = Cursor(cursor.rest[-1:], cursor.dialect).name() if named else None
    whole = is_full or cursor.dialect == "sqlite"
    yield Action("vacuum full" if whole else "known", label)


def _cluster(cursor: Cursor) -> Iterator[Action]:
    yield Action("cluster", cursor.label() if cursor.rest else None)


def _refresh(cursor: Cursor) -> Iterator[Action]:
    cursor.take("MATERIALIZED", "VIEW")
    flags = {"concurrently"} if cursor.take("CONCURRENTLY") else set()
    yield Action("refresh", cursor.label(), flags=frozenset(flags))


def _lock(cursor: Cursor) -> Iterator[Action]:
    cursor.take_any("TABLES", "TABLE")
    cursor.take("ONLY")
    yield Action("lock table", cursor.label())


def _set(cursor: Cursor) -> Iterator[Action]:
    cursor.take_any("LOCAL", "SESSION", "GLOBAL")
    if not cursor.rest or cursor.rest[0].kind not in {"word", "quoted"}:
        yield Action("known", name="set")
        return
    yield Action("set", None, cursor.label())


def _insert(cursor: Cursor) -> Iterator[Action]:
    while cursor.rest and not cursor.take("INTO"):
        cursor.skip()
    table = cursor.label()
    source = None
    if any(token.word == "SELECT" for token in cursor.rest):
        cursor.until("FROM")
        if cursor.take("FROM") and cursor.rest and cursor.rest[0].kind in {"word", "quoted"}:
            source = cursor.label()
    strings = tuple(token.value for token in cursor.found if token.kind == "string")
    yield Action("insert", table, target=source, values=strings)


def _update(cursor: Cursor) -> Iterator[Action]:
    cursor.take("ONLY")
    table = cursor.label()
    cursor.until("SET")
    cursor.take("SET")
    assigned = cursor.until("WHERE", "FROM", "RETURNING")
    columns = tuple(
        Cursor(part, cursor.dialect).name()
        for part in parts(assigned, ",")
        if part[0].kind in {"word", "quoted"} and len(part) > 1 and part[1].text == "="
    )
    flags = {"where"} if any(token.word == "WHERE" for token in cursor.rest) else set()
    strings = tuple(token.value for token in cursor.found if token.kind == "string")
    yield Action("update", table, columns=columns, values=strings, flags=frozenset(flags))


def _delete(cursor: Cursor) -> Iterator[Action]:
    cursor.take("FROM")
    cursor.take("ONLY")
    table = cursor.label()
    flags = {"where"} if any(token.word == "WHERE" for token in cursor.rest) else set()
    yield Action("delete", table, flags=frozenset(flags))


def _rename_tables(cursor: Cursor) -> Iterator[Action]:
    cursor.take_any("TABLES", "TABLE")
    for part in parts(cursor.rest, ","):
        each = Cursor(part, cursor.dialect)
        old = each.label()
        each.take("TO")
        yield Action("rename table", old, target=each.label())


_WRITING = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE"})


def _select(cursor: Cursor) -> Iterator[Action]:
    """A query; one that writes is not understood, one that makes a setting is told as that."""
    if any(token.word in _WRITING for token in cursor.rest):
        raise UnreadError("a query that writes")
    if any(token.word == "SET_CONFIG" for token in cursor.rest):
        yield from (Action("set", None, t.value) for t in cursor.rest[:8] if t.kind == "string")
    else:
        yield Action("known", name="select")


def _with(cursor: Cursor) -> Iterator[Action]:
    """What follows the named queries, if none of those writes itself."""
    cursor.take("RECURSIVE")
    while True:
        cursor.name()
        if cursor.at("("):
            cursor.parenthesised()
        cursor.take("AS")
        cursor.take_any("NOT MATERIALIZED", "MATERIALIZED")
        if any(token.word in _WRITING for token in cursor.parenthesised()):
            raise UnreadError("a query that writes")
        if not cursor.take(","):
            break
    yield from _statement(cursor)


def _plain(kind: str, name: str | None = None) -> Callable[[Cursor], Iterator[Action]]:
    """A reader of what is told by its verb alone."""

    def read(_: Cursor) -> Iterator[Action]:
        yield Action(kind, None, name)

    return read


def _end(cursor: Cursor) -> Iterator[Action]:
    kind = "savepoint" if any(token.word in {"TO", "SAVEPOINT"} for token in cursor.rest) else "end"
    yield Action(kind)


def _rights(cursor: Cursor) -> Iterator[Action]:
    yield Action("rights", None, name=cursor.found[0].text.lower())


_READERS = {
    "TRUNCATE": _truncate,
    "REINDEX": _reindex,
    "VACUUM": _vacuum,
    "CLUSTER": _cluster,
    "REFRESH": _refresh,
    "LOCK": _lock,
    "SET": _set,
    "RESET": _plain("known", "reset"),
    "INSERT": _insert,
    "REPLACE": _insert,
    "UPDATE": _update,
    "DELETE": _delete,
    "RENAME": _rename_tables,
    "BEGIN": _plain("begin"),
    "START": _plain("begin"),
    "COMMIT": _end,
    "END": _end,
    "ROLLBACK": _end,
    "SAVEPOINT": _plain("savepoint"),
    "SELECT": _select,
    "WITH": _with,
    "GRANT": _rights,
    "REVOKE": _rights,
    "REASSIGN": _rights,
    "DO": _plain("unread", "do"),  # its own language would have to be read
}


# -- batch copies ---------------------------------------------------------------------------------


def _with_batches(found: Sequence[Action]) -> Iterator[Action]:
    """A table that Alembic's batch mode copies and swaps is told as that, once.

    Source: https://alembic.sqlalchemy.org/en/latest/batch.html
    """
    copies = Counter(
        action.object.rpartition(_BATCH_COPY)[2]
        for action in found
        if action.kind == "create table" and action.object and _BATCH_COPY in action.object
    )
    for action in found:
        label = action.object or ""
        if _BATCH_COPY in label:
            name = label.rpartition(_BATCH_COPY)[2]
            if action.kind == "create table":
                yield Action("batch recreate", name, statement=action.statement)
        elif action.kind == "drop table" and copies[label]:
            copies[label] -= 1
        else:
            yield action
