"""Rules about the transaction that a revision runs in: who begins, ends and leaves it."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterator

from schema.rehearsal.hazards.action import Action
from schema.rehearsal.hazards.rule import ANY, PG, Finding, rule
from schema.rehearsal.hazards.scene import Scene


@rule(
    "concurrently-in-transaction",
    PG,
    "high",
    effect="failure",
    safer="""
    with op.get_context().autocommit_block():
        op.create_index({name}, {table}, {columns}, postgresql_concurrently=True)
    """,
    source="https://alembic.sqlalchemy.org/en/latest/api/runtime.html"
    "#alembic.runtime.migration.MigrationContext.autocommit_block",
)
def _concurrently(scene: Scene) -> Iterator[Finding]:
    """CONCURRENTLY is refused inside a transaction, and Alembic's revisions run in one."""
    blocks = {"autocommit_block", "isolation_level", "AUTOCOMMIT"}
    if scene.source is None or blocks & set(_names(scene.source)) or "AUTOCOMMIT" in scene.source:
        return
    open_at = _transaction_states(scene)
    for action in scene.actions:
        if "concurrently" in action.flags and action.kind != "refresh" and open_at[id(action)]:
            yield Finding(
                "CONCURRENTLY is used inside a transaction, which the server refuses", action
            )


def _names(source: str) -> Iterator[str]:
    """The names in a file's code; those in strings and comments do not count."""
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type == tokenize.NAME:
                yield token.string
    except (tokenize.TokenError, SyntaxError):
        return


def _transaction_states(scene: Scene) -> dict[int, bool]:
    """For each action, whether a transaction is open; one is when a revision begins."""
    is_open, found = True, {}
    for action in scene.actions:
        found[id(action)] = is_open
        is_open = {"begin": True, "end": False}.get(action.kind, is_open)
    return found


@rule(
    "nested-transaction",
    ANY,
    "medium",
    safer="# leave it out: env.py has begun a transaction; op.get_bind().begin_nested() nests one",
    source="https://www.postgresql.org/docs/current/sql-begin.html",
)
def _nested(scene: Scene) -> Iterator[Finding]:
    """BEGIN inside a transaction does nothing but warn; MySQL and MariaDB commit what was done."""
    states = _transaction_states(scene)
    for action in scene.of("begin"):
        if states[id(action)]:
            yield Finding("a transaction is begun inside Alembic's own", action)


@rule(
    "begin-without-commit",
    ANY,
    "high",
    safer="# leave transactions to env.py: context.begin_transaction()",
    source="https://alembic.sqlalchemy.org/en/latest/api/runtime.html",
)
def _uncommitted(scene: Scene) -> Iterator[Finding]:
    """BEGIN has no COMMIT, or COMMIT ends Alembic's transaction early.

    What comes after a COMMIT is not undone when the revision fails, and the stamp may lie.
    """
    begun = list(scene.of("begin"))
    ended = list(scene.of("end"))
    if len(begun) > len(ended):
        yield Finding("a BEGIN is not followed by a COMMIT", begun[-1])
    elif len(ended) > len(begun):
        yield Finding("a COMMIT or ROLLBACK ends the transaction that Alembic began", ended[0])


@rule(
    "not-rerunnable",
    ANY,
    "medium",
    safer="""
    # what commits half-way needs IF NOT EXISTS, or a revision of its own:
    op.create_index(
        {name}, {table}, {columns}, if_not_exists=True, postgresql_concurrently=True
    )
    """,
    source="https://alembic.sqlalchemy.org/en/latest/api/runtime.html"
    "#alembic.runtime.migration.MigrationContext.autocommit_block",
)
def _not_rerunnable(scene: Scene) -> Iterator[Finding]:
    """The revision commits half-way, and running it again after a fault fails at what is there.

    So does an autocommit_block on PostgreSQL, and each DDL statement on MySQL and MariaDB.
    """
    made = ("create table", "create index", "add column", "drop table", "drop column", "drop index",
            "add foreign key", "add check", "add unique", "rename table", "rename column",
            "drop constraint")  # fmt: skip
    fragile = [action for action in scene.of(*made) if not action.flags & {"if exists",
               "if not exists"}]  # fmt: skip
    places = sorted({action.statement for action in fragile})
    if scene.is_mysql and len(places) > 1:
        yield Finding(
            f"{len(places)} statements commit one by one, and the first ones fail when "
            "it runs again",
            next(a for a in fragile if a.statement == places[0]),
        )
        return
    apart = [action for action in scene.actions if _is_apart(action)]
    others = [action for action in fragile if apart and action.statement != apart[0].statement]
    is_alone = len({action.statement for action in scene.actions if action.kind != "known"}) == 1
    is_safe = not others and apart and apart[0].flags & {"if exists", "if not exists"}
    if apart and not is_alone and not is_safe:
        yield Finding(
            "it commits half-way, and what was done before fails when it runs again",
            (others or apart)[0],
        )


def _is_apart(action: Action) -> bool:
    """Whether a statement can only run outside of a transaction."""
    return ("concurrently" in action.flags and action.kind != "refresh") or (
        action.kind == "vacuum full"
    )


@rule(
    "enum-value-same-transaction",
    PG,
    "high",
    effect="failure",
    safer="""
    with op.get_context().autocommit_block():
        op.execute("ALTER TYPE ... ADD VALUE IF NOT EXISTS ...")
    # use the label in a later revision, or after the block
    """,
    source="https://www.postgresql.org/docs/current/sql-altertype.html",
)
def _enum_value_used(scene: Scene) -> Iterator[Finding]:
    """A label that was added to an enum is used before that was committed: the server refuses."""
    if scene.source is not None and "autocommit_block" in set(_names(scene.source)):
        return
    for added in scene.of("add enum value"):
        for action in scene.actions:
            used = added.name in action.values or f"'{added.name}'" in (action.default or "")
            if action.statement > added.statement and used:
                yield Finding(
                    f"label {added.name} of {added.object} is used in the transaction that adds it",
                    action,
                )
                return
