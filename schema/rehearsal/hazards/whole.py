"""Rules about a revision as a whole: its transaction, its timeouts, its way back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from schema.rehearsal.hazards.action import Action
from schema.rehearsal.hazards.hazard import Severity
from schema.rehearsal.hazards.nulls import is_proved
from schema.rehearsal.hazards.retyping import needs_rewrite
from schema.rehearsal.hazards.rule import ANY, MY, PG, Finding, rule
from schema.rehearsal.hazards.scene import Scene
from schema.rehearsal.steps import Statement

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
        seen = _rows_at_once(scene.step.statements[action.statement]) if scene.step else None
        touched = rows if seen is None else seen
        if touched is not None and touched >= 10_000:
            told = f"{touched:,} rows" if seen is not None else f"up to {touched:,} rows"
            yield Finding(
                f"one {action.kind.upper()} of {action.object} changes {told} in one transaction",
                action,
            )


def _rows_at_once(statement: Statement) -> int | None:
    """The rows of one execution: a loop that commits each batch changes few at a time."""
    return None if statement.rows is None else statement.rows // max(statement.executions, 1)


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
