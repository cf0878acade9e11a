"""Rules about columns that must not be NULL."""

from __future__ import annotations

from collections.abc import Iterator

from schema.rehearsal.hazards.action import Action
from schema.rehearsal.hazards.rule import ANY, LITE, MY, PG, Finding, rule
from schema.rehearsal.hazards.scene import Scene

__all__ = ["is_proved"]

_ALTER = "https://www.postgresql.org/docs/current/sql-altertable.html"


@rule(
    "not-null-without-default",
    ANY,
    "high",
    effect="failure",
    safer="""
    op.add_column({table}, sa.Column({column}, type_, nullable=True))
    # fill the old rows, then:
    op.alter_column({table}, {column}, nullable=False)
    """,
    source="https://www.postgresql.org/docs/current/ddl-alter.html#DDL-ALTER-ADDING-A-COLUMN",
)
def _required(scene: Scene) -> Iterator[Finding]:
    """A new column is NOT NULL and has no default.

    The revision fails where the table has rows; MySQL and MariaDB fill in zero or nothing instead.
    Programs that do not know the column can insert no more.
    """
    for action in scene.on_old("add column"):
        known = {"default", "generated stored", "generated virtual", "identity", "serial"}
        if "not null" in action.flags and not action.flags & known:
            end = "is filled with zero values" if scene.is_mysql else "fails where there are rows"
            yield Finding(
                f"column {action.object}.{action.name} is NOT NULL without a default, which {end}",
                action,
            )


@rule(
    "not-null-scan",
    PG,
    "high",
    effect="lock",
    safer="""
    op.create_check_constraint(
        "{bare}_not_null", {table}, "{plain} IS NOT NULL", postgresql_not_valid=True
    )
    # in a later revision:
    op.execute("ALTER TABLE ... VALIDATE CONSTRAINT {bare}_not_null")
    op.alter_column({table}, {column}, nullable=False)  # reads nothing, as the check proves it
    op.drop_constraint("{bare}_not_null", {table})
    """,
    source=f"{_ALTER}#SQL-ALTERTABLE-DESC-SET-DROP-NOT-NULL",
)
def _not_null(scene: Scene) -> Iterator[Finding]:
    """SET NOT NULL reads the whole table under an exclusive lock.

    A valid CHECK (c IS NOT NULL) spares the reading (PostgreSQL 12 on).
    """
    for action in scene.on_old("set not null"):
        if not is_proved(scene, action):
            yield Finding(
                f"all rows of {action.object} are read under an exclusive lock to make "
                f"{action.name} NOT NULL",
                action,
            )


def is_proved(scene: Scene, action: Action) -> bool:
    """Whether a valid check says already that no value is NULL."""
    column = scene.column(action.object, action.name)
    if column is not None and column.properties.get("nullable") is False:
        return True
    validated = {other.name for other in scene.of("validate") if other.object == action.object}
    checks = [
        (item.name, item.properties.get("expression"), item.properties.get("validated"))
        for item in scene.hanging_on(action.object, "check")
    ] + [
        (other.name, other.default, "not valid" not in other.flags)
        for other in scene.of("add check")
        if other.object == action.object and other.statement < action.statement
    ]
    wanted = f"{(action.name or '').lower()} is not null"
    return any(
        (is_valid is not False or name in validated)
        and str(text or "").lower().replace('"', "").strip("() ") == wanted
        for name, text, is_valid in checks
    )


@rule(
    "not-null-may-fail",
    (*PG, *MY, *LITE),
    "medium",
    effect="failure",
    safer="""
    op.execute(sa.update(table).where(table.c.column.is_(None)).values(column=...))
    op.alter_column({table}, {column}, nullable=False)
    """,
    source="https://www.sqlite.org/lang_altertable.html#otheralter",
)
def _may_fail(scene: Scene) -> Iterator[Finding]:
    """A nullable column becomes NOT NULL, which fails where a row has NULL."""
    filled = {action.object for action in scene.of("update", "delete")}
    for action in scene.on_old("set not null", "modify column"):
        column = scene.column(action.object, action.name)
        was_nullable = column is None or column.properties.get("nullable") is not False
        turns = action.kind == "set not null" or ("not null" in action.flags and column is not None)
        is_open = was_nullable and not is_proved(scene, action)
        if turns and is_open and action.object not in filled:
            yield Finding(
                f"column {action.object}.{action.name} becomes NOT NULL, and a single NULL in "
                "it fails the revision",
                action,
            )


@rule(
    "not-null-dropped",
    PG,
    "low",
    effect="change",
    safer="# make sure first that every program that reads the column can take a NULL",
    source="https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-NOT-NULL",
)
def _not_null_dropped(scene: Scene) -> Iterator[Finding]:
    """A column may be NULL from now on, which programs that read it may not expect."""
    for action in scene.on_old("drop not null"):
        yield Finding(f"column {action.object}.{action.name} may be NULL from now on", action)
