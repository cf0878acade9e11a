"""Rules about constraints, and what else keeps readers and writers waiting."""

from __future__ import annotations

from collections.abc import Iterator

from schema.rehearsal.hazards.rule import ANY, MY, PG, Finding, rule
from schema.rehearsal.hazards.scene import Scene

_ALTER = "https://www.postgresql.org/docs/current/sql-altertable.html"
_INDEX = "https://www.postgresql.org/docs/current/sql-createindex.html"
_MYSQL = "https://dev.mysql.com/doc/refman/8.4/en/innodb-online-ddl-operations.html"

_CONCURRENT = """
with op.get_context().autocommit_block():
    op.create_index({name}, {table}, {columns}, postgresql_concurrently=True)
"""


# -- constraints ----------------------------------------------------------------------------------


@rule(
    "foreign-key-not-valid-missing",
    PG,
    "high",
    effect="lock",
    safer="""
    op.create_foreign_key(
        {name}, {table}, {target}, {columns}, [...], postgresql_not_valid=True
    )
    # in a later revision:
    op.execute("ALTER TABLE ... VALIDATE CONSTRAINT ...")
    """,
    source=f"{_ALTER}#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT",
)
def _foreign_key(scene: Scene) -> Iterator[Finding]:
    """A foreign key reads the whole table while writers of both tables wait.

    With NOT VALID it holds for new rows at once; VALIDATE checks the old ones without keeping
    anybody from writing.
    """
    for action in scene.on_old("add foreign key", "add column"):
        is_key = action.kind == "add foreign key" and "not valid" not in action.flags
        fills = "references" in action.flags and "default" in action.flags
        if is_key or fills:
            yield Finding(
                f"a foreign key of {action.object} to {action.target} is checked while "
                "writers of both tables wait",
                action,
            )


@rule(
    "check-not-valid-missing",
    PG,
    "high",
    effect="lock",
    safer="""
    op.create_check_constraint({name}, {table}, "...", postgresql_not_valid=True)
    # in a later revision:
    op.execute("ALTER TABLE ... VALIDATE CONSTRAINT ...")
    """,
    source=f"{_ALTER}#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT",
)
def _check(scene: Scene) -> Iterator[Finding]:
    """A CHECK reads the whole table under an exclusive lock.

    With NOT VALID it holds for new rows at once; VALIDATE checks the old ones without keeping
    anybody from reading or writing.
    """
    for action in scene.on_old("add check", "add not null"):
        if not action.flags & {"not valid", "not enforced"}:
            yield Finding(
                f"a check of {action.object} is tried on all its rows under an exclusive lock",
                action,
            )


@rule(
    "constraint-copies-table",
    MY,
    "medium",
    effect="rewrite",
    safer="""
    # with a copy of the table that is swapped in, such as pt-online-schema-change or gh-ost make;
    # or, where no row can be wrong, with SET foreign_key_checks = 0 around a foreign key
    """,
    source=_MYSQL,
)
def _constraint_copies_table(scene: Scene) -> Iterator[Finding]:
    """A CHECK or a foreign key copies the table, and writers wait."""
    for action in scene.on_old("add check", "add foreign key"):
        yield Finding(
            f"table {action.object} is copied for a new constraint while writers wait", action
        )


@rule(
    "validate-in-same-transaction",
    PG,
    "high",
    effect="lock",
    safer="""
    # a revision of its own, committed apart (transaction_per_migration=True in env.py):
    op.execute("ALTER TABLE ... VALIDATE CONSTRAINT ...")
    """,
    source=_ALTER,
)
def _validate(scene: Scene) -> Iterator[Finding]:
    """VALIDATE in the transaction that added the constraint keeps its strong lock meanwhile.

    NOT VALID has gained nothing then.
    """
    added = {
        action.object
        for action in scene.on_old("add foreign key", "add check", "add not null")
        if "not valid" in action.flags
    }
    for action in scene.of("validate"):
        if action.object in added:
            yield Finding(
                f"table {action.object} is read for {action.name} while the lock of ADD "
                "CONSTRAINT is still held",
                action,
            )


@rule(
    "unique-constraint-lock",
    PG,
    "high",
    effect="lock",
    safer="""
    with op.get_context().autocommit_block():
        op.create_index({name}, {table}, {columns}, unique=True, postgresql_concurrently=True)
    op.execute("ALTER TABLE ... ADD CONSTRAINT ... UNIQUE USING INDEX ...")
    """,
    source=_ALTER,
)
def _unique(scene: Scene) -> Iterator[Finding]:
    """A unique constraint builds its index under an exclusive lock.

    An index that was built concurrently can be made a constraint in a moment.
    """
    for action in scene.on_old("add unique", "add column"):
        is_built = action.kind == "add unique" and "using index" not in action.flags
        if is_built or "unique" in action.flags:
            yield Finding(
                f"the index of a unique constraint of {action.object} is built under an "
                "exclusive lock",
                action,
            )


@rule(
    "primary-key-lock",
    PG,
    "high",
    effect="lock",
    safer="""
    with op.get_context().autocommit_block():
        op.create_index({name}, {table}, {columns}, unique=True, postgresql_concurrently=True)
    op.execute("ALTER TABLE ... ADD CONSTRAINT ... PRIMARY KEY USING INDEX ...")
    """,
    source=_ALTER,
)
def _primary_key(scene: Scene) -> Iterator[Finding]:
    """A primary key builds its index under an exclusive lock."""
    for action in scene.on_old("add primary key", "add column"):
        is_built = action.kind == "add primary key" and "using index" not in action.flags
        if is_built or "primary key" in action.flags:
            yield Finding(
                f"the primary key of {action.object} is built under an exclusive lock", action
            )


@rule(
    "primary-key-nullable",
    PG,
    "medium",
    effect="lock",
    safer="""
    op.create_check_constraint("not_null", {table}, "c IS NOT NULL", postgresql_not_valid=True)
    # later: VALIDATE CONSTRAINT, op.alter_column(..., nullable=False), then the primary key
    """,
    source=_ALTER,
)
def _primary_key_nullable(scene: Scene) -> Iterator[Finding]:
    """A primary key of a nullable column sets it NOT NULL, which reads the table once more."""
    for action in scene.on_old("add primary key"):
        for name in action.columns:
            column = scene.column(action.object, name)
            if column is not None and column.properties.get("nullable"):
                yield Finding(
                    f"column {action.object}.{name} is nullable, and all rows are read to make "
                    "sure that none is NULL",
                    action,
                )


@rule(
    "exclusion-constraint",
    PG,
    "high",
    effect="lock",
    safer="""
    # there is no way without the lock; do it while the table is small, with a timeout:
    op.execute("SET LOCAL lock_timeout = '3s'")
    """,
    source=f"{_ALTER}#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT",
)
def _exclusion(scene: Scene) -> Iterator[Finding]:
    """An EXCLUDE constraint builds its index under an exclusive lock, and there is no other way."""
    for action in scene.on_old("add exclusion"):
        yield Finding(
            f"the index of an exclusion constraint of {action.object} is built under an "
            "exclusive lock",
            action,
        )


@rule(
    "domain-constraint",
    PG,
    "medium",
    effect="lock",
    safer="""
    op.execute("ALTER DOMAIN ... ADD CONSTRAINT ... CHECK (...) NOT VALID")
    # in a later revision:
    op.execute("ALTER DOMAIN ... VALIDATE CONSTRAINT ...")
    """,
    source="https://www.postgresql.org/docs/current/sql-alterdomain.html",
)
def _domain(scene: Scene) -> Iterator[Finding]:
    """A constraint added to a domain reads every table that uses it, while their writers wait.

    A domain that is created with one can be changed later only by that way.
    """
    for action in scene.of("alter domain"):
        yield Finding(
            f"every table with a column of {action.object} is read for its new constraint", action
        )
    for action in scene.of("create domain"):
        if "check" in action.flags:
            yield Finding(
                f"domain {action.object} has a constraint, and changing it later will "
                "read every table that uses it",
                action,
                severity="low",
            )


@rule(
    "trigger-lock",
    PG,
    "medium",
    effect="lock",
    safer="""
    op.execute("SET LOCAL lock_timeout = '3s'")  # and the trigger as the revision's last statement
    """,
    source="https://www.postgresql.org/docs/current/explicit-locking.html",
)
def _trigger(scene: Scene) -> Iterator[Finding]:
    """CREATE TRIGGER keeps writers waiting until the transaction ends; each write runs it then."""
    for action in scene.on_old("create trigger"):
        yield Finding(
            f"trigger {action.name} on {action.object} is made while writers wait", action
        )


@rule(
    "explicit-lock",
    ANY,
    "medium",
    effect="lock",
    safer="# leave it out where the statements' own locks do; else set a lock_timeout first",
    source="https://www.postgresql.org/docs/current/sql-lock.html",
)
def _explicit_lock(scene: Scene) -> Iterator[Finding]:
    """LOCK TABLE keeps others away for the rest of the transaction."""
    for action in scene.on_old("lock table"):
        yield Finding(f"table {action.object} is locked until the transaction ends", action)


@rule(
    "refresh-not-concurrent",
    PG,
    "medium",
    effect="lock",
    safer="""
    # the view needs a unique index for it
    op.execute("REFRESH MATERIALIZED VIEW CONCURRENTLY ...")
    """,
    source="https://www.postgresql.org/docs/current/sql-refreshmaterializedview.html",
)
def _refresh(scene: Scene) -> Iterator[Finding]:
    """REFRESH MATERIALIZED VIEW keeps its readers waiting while it is filled."""
    for action in scene.of("refresh"):
        if "concurrently" not in action.flags:
            yield Finding(f"readers of {action.object} wait while it is filled", action)
