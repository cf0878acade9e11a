"""Rules about a revision as a whole: its transaction, its timeouts, its way back."""

from __future__ import annotations

import io
import tokenize
from collections import Counter
from collections.abc import Iterator

from schema.rehearsal.hazards.action import Action
from schema.rehearsal.hazards.hazard import Severity
from schema.rehearsal.hazards.retyping import needs_rewrite
from schema.rehearsal.hazards.rewriting import is_proved
from schema.rehearsal.hazards.rule import ANY, MY, PG, Finding, rule
from schema.rehearsal.hazards.scene import Scene

_LOCKING = "https://www.postgresql.org/docs/current/explicit-locking.html"
_TIMEOUT = "https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-LOCK-TIMEOUT"

#: What takes ACCESS EXCLUSIVE on a table that is there; less what ALTER TABLE does more mildly.
_EXCLUSIVE = (
    "add column", "drop column", "rename column", "column type", "set not null", "drop not null",
    "set default", "drop default", "add identity", "set expression", "add check", "add not null",
    "add unique", "add primary key", "add exclusion", "drop constraint", "rename table",
    "drop table", "truncate", "set logged", "set access method", "set tablespace", "cluster",
    "vacuum full", "detach partition",
)  # fmt: skip
_BLOCKING = (
    *_EXCLUSIVE, "create index", "drop index", "reindex", "add foreign key", "create trigger",
    "drop trigger", "lock table", "attach partition", "rights",
)  # fmt: skip


def _locks(scene: Scene, *kinds: str) -> Iterator[Action]:
    """Actions that lock a table which others use."""
    for action in scene.on_old(*kinds):
        if "concurrently" not in action.flags and scene.table_of(action) is not None:
            yield action


@rule(
    "lock-timeout-missing",
    PG,
    "medium",
    safer="""
    op.execute("SET LOCAL lock_timeout = '3s'")  # first in upgrade(); and try again when it strikes
    """,
    source=_TIMEOUT,
)
def _lock_timeout(scene: Scene) -> Iterator[Finding]:
    """A lock is asked for without a lock_timeout.

    While it waits behind one long query, everybody who comes later waits behind it.
    """
    yield from _without(
        scene, "lock_timeout", "a revision that waits for its lock holds up all who come after it"
    )


@rule(
    "statement-timeout-missing",
    PG,
    "low",
    is_opt_in=True,
    safer="op.execute(\"SET LOCAL statement_timeout = '5min'\")",
    source="https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-STATEMENT-TIMEOUT",
)
def _statement_timeout(scene: Scene) -> Iterator[Finding]:
    """A statement that locks a table may run for ever without a statement_timeout."""
    yield from _without(scene, "statement_timeout", "no statement_timeout ends what takes too long")


def _without(scene: Scene, setting: str, what: str) -> Iterator[Finding]:
    """One finding, at the first lock, when the setting is not made before."""
    first = next(_locks(scene, *_BLOCKING), None)
    made = [action.statement for action in scene.of("set") if action.name == setting]
    is_made = setting in scene.session or any(place <= first.statement for place in made if first)
    if first is not None and not is_made:
        table = scene.table_of(first)
        # A small table may be the one that everybody reads; an empty one hardly.
        mild: Severity | None = "low" if scene.rows_of(table) == 0 else None
        yield Finding(
            f"no {setting} is set, and {what}", first, object=table, severity=mild, sized=False
        )


@rule(
    "work-under-exclusive-lock",
    PG,
    "high",
    effect="lock",
    safer="""
    # a revision of its own for what reads or writes many rows, run before or after this one
    # (transaction_per_migration=True in env.py, or with op.get_context().autocommit_block():)
    """,
    source=_LOCKING,
)
def _work_under_lock(scene: Scene) -> Iterator[Finding]:
    """Rows are read or written after an exclusive lock was taken on another or the same table.

    The lock is held until the transaction ends, and nobody reads the table meanwhile.
    """
    slow = ("update", "insert", "delete", "create index", "add foreign key", "validate", "refresh")
    for taken in _locks(scene, *_EXCLUSIVE):
        later = [
            action
            for action in scene.on_old(*slow)
            if action.statement > taken.statement and "concurrently" not in action.flags
            and scene.table_of(action) is not None
            and scene.rows_of(scene.table_of(action) if action.kind != "insert"
                              else action.target or action.object) != 0
        ]  # fmt: skip
        if later:
            yield Finding(
                f"table {taken.object} stays locked against everybody while "
                f"{scene.table_of(later[0])} is worked on ({later[0].kind})",
                taken,
            )
            return


@rule(
    "alters-to-merge",
    (*PG, *MY),
    "low",
    safer="""
    # one ALTER TABLE takes the lock once, and reads or writes the table once:
    op.execute("ALTER TABLE ... ADD COLUMN ..., ALTER COLUMN ... SET NOT NULL")
    """,
    source="https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES",
)
def _to_merge(scene: Scene) -> Iterator[Finding]:
    """Several ALTERs read or write one table anew, each for itself; one with several clauses does
    it once."""
    costly = ("column type", "set not null", "add check", "modify column", "table copy",
              "set logged")  # fmt: skip
    seen = {
        (action.object, action.statement)
        for action in scene.on_old(*costly)
        if _is_costly(scene, action)
    }
    for table, count in Counter(table for table, _ in seen).items():
        if count > 1:
            last = max(statement for label, statement in seen if label == table)
            found = next(a for a in scene.actions if a.statement == last)
            yield Finding(
                f"{count} statements go through {table}, each by itself", found, object=table
            )


def _is_costly(scene: Scene, action: Action) -> bool:
    """Whether it really reads or writes the whole table."""
    if action.kind == "set not null":
        return not is_proved(scene, action)
    if action.kind != "column type":
        return True
    old = scene.type_of(action.object, action.name)
    return needs_rewrite(old, action.type or "", action.default, action.name or "")


# -- transactions ---------------------------------------------------------------------------------


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


# -- the way back ---------------------------------------------------------------------------------


@rule(
    "irreversible-downgrade",
    ANY,
    "medium",
    safer="""
    def downgrade():
        # undo upgrade() step by step, from its last; say in the docstring what can't return
        op.drop_table({table})
    """,
    source="https://alembic.sqlalchemy.org/en/latest/tutorial.html#downgrading",
)
def _irreversible(scene: Scene) -> Iterator[Finding]:
    """The downgrade raises, does nothing, or is missing: nobody can go back after a bad deploy."""
    if scene.direction == "up" and scene.way_back:
        yield Finding(
            f"it {scene.way_back.removeprefix('it ')}"
            if scene.way_back.startswith("cannot")
            else scene.way_back
        )


@rule(
    "big-update",
    ANY,
    "high",
    effect="text",
    safer="""
    # in batches, each committed, so that no row is locked for long:
    with op.get_context().autocommit_block():
        while op.get_bind().execute(batch).rowcount:
            pass
    """,
    source="https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-ROWS",
)
def _big_update(scene: Scene) -> Iterator[Finding]:
    """One UPDATE or DELETE changes many rows: it locks each until the end, and leaves as many dead
    ones behind."""
    for action in scene.on_old("update", "delete"):
        rows = scene.rows_of(action.object)
        seen = scene.step.statements[action.statement].rows if scene.step else None
        touched = rows if seen is None else seen
        if touched is not None and touched >= 10_000:
            told = f"{touched:,} rows" if seen is not None else f"up to {touched:,} rows"
            yield Finding(
                f"one {action.kind.upper()} of {action.object} changes {told} in one transaction",
                action,
            )


@rule(
    "unread-statement",
    ANY,
    "low",
    safer="# use Alembic's own operations where there are any; else read it yourself",
    source="https://alembic.sqlalchemy.org/en/latest/ops.html",
)
def _unread(scene: Scene) -> Iterator[Finding]:
    """A statement could not be read, so no rule has looked at it."""
    for action in scene.of("unread"):
        said = (
            f"a statement ({action.name})"
            if action.object is None
            else (f"a clause of ALTER TABLE {action.object}")
        )
        yield Finding(f"{said} could not be read by any rule", action)
