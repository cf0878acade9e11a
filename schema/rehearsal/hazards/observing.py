"""Hazards that a rehearsal saw and that no single statement's text explains."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from schema.rehearsal.hazards.hazard import Hazard, Severity
from schema.rehearsal.hazards.judging import LONG, size_text
from schema.rehearsal.hazards.rule import ANY, LITE, MY, PG, Finding, Rule, rule, rules
from schema.rehearsal.hazards.scene import Scene
from schema.rehearsal.steps import Step
from schema.wording import duration

__all__ = ["observed", "seen_only"]

_GIGABYTE = 1 << 30
_LOCKING = "https://www.postgresql.org/docs/current/explicit-locking.html"


def seen_only(identifier: str, databases: tuple[str, ...], severity: Severity, reason: str,
               safer: str, source: str) -> None:  # fmt: skip
    """Register a rule that only a rehearsal can find."""

    def find(_: Scene) -> Iterator[Finding]:
        return iter(())

    find.__doc__ = reason
    rule(identifier, databases, severity, safer=safer, source=source)(find)


seen_only(
    "data-lost",
    ANY,
    "high",
    """Values that were there before the step are not there after it.

    Ignore it with a reason where the loss is meant: then it counts as declared.""",
    """
    # keep what goes, and drop that in a later revision:
    op.execute("CREATE TABLE kept AS SELECT ...")
    """,
    "https://alembic.sqlalchemy.org/en/latest/ops.html",
)
seen_only(
    "table-rewritten",
    PG,
    "high",
    """The server wrote a table anew under an exclusive lock, and no other rule explains why.""",
    "# a new column or table beside the old one, filled in batches, and swapped under a short lock",
    "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES",
)
seen_only(
    "long-lock",
    PG,
    "high",
    """A lock on a table that others use was held for a second or more.""",
    "# a revision of its own for what takes long; and SET LOCAL lock_timeout first",
    _LOCKING,
)
seen_only(
    "waited-for-lock",
    (*PG, *MY),
    "medium",
    """The step itself waited for a lock, on a copy that hardly anybody else uses.""",
    "op.execute(\"SET LOCAL lock_timeout = '3s'\")",
    _LOCKING,
)
seen_only(
    "database-locked",
    LITE,
    "high",
    """SQLite keeps all other writers away while a transaction writes, and in the end readers too.

    Others get "database is locked" once their timeout is over, 5 seconds by default in Python.""",
    "# split the revision, so that each transaction is short; or set PRAGMA journal_mode=WAL",
    "https://www.sqlite.org/lockingv3.html",
)
seen_only(
    "batch-recreate-lost",
    LITE,
    "high",
    """A batch recreate dropped in silence what Alembic does not reflect: a trigger, an expression
    index, AUTOINCREMENT, a collation, a CHECK without a name, or rows of a table that refers to
    it with ON DELETE CASCADE.""",
    """
    # name what must survive, and make again what Alembic can't know:
    with op.batch_alter_table({table}, table_args=(...), copy_from=...) as batch:
        ...
    op.execute("CREATE TRIGGER ...")
    # where others refer to it: PRAGMA foreign_keys=OFF before the transaction begins, in env.py
    """,
    "https://alembic.sqlalchemy.org/en/latest/batch.html",
)
seen_only(
    "disk-headroom",
    ANY,
    "medium",
    """What is written anew stands on disk twice until the transaction ends, and its WAL goes to
    every replica.""",
    "# make sure of free space of twice its size, here and on replicas; or do it in batches",
    "https://www.postgresql.org/docs/current/diskusage.html",
)


def observed(scene: Scene, explained: Iterable[Hazard]) -> Iterator[Hazard]:
    """What the step showed beyond the hazards that were found already."""
    if scene.step is None:
        return
    known = list(explained)
    yield from _data(scene, scene.step)
    yield from _rewrites(scene, scene.step, known)
    yield from _long_locks(scene, scene.step, known)
    yield from _waits(scene.step)
    yield from _disk(scene.step)


def _told(
    identifier: str, message: str, table: str | None = None, statement: int | None = None,
    severity: Severity | None = None,
) -> Hazard:  # fmt: skip
    found: Rule = rules()[identifier]
    advice = found.safer.replace("{table}", repr(table or "..."))
    return Hazard(identifier, severity or found.severity, True, table, message, advice, statement)


def _data(scene: Scene, step: Step) -> Iterator[Hazard]:
    """By the ledger's verdict where one was taken, else by rows alone."""
    verdict = getattr(step, "data", None)
    if verdict is not None:
        for lost in verdict.lost:
            table = getattr(lost, "table", None)
            yield _told("data-lost", f"{_sentence(lost)}.", table, _statement_of(scene, table))
        return
    for table, (before, after) in step.changed_rows.items():
        if before and (after or 0) < before:
            gone = f"{before - (after or 0):,} of {before:,} rows of {table} are gone"
            yield _told("data-lost", f"{gone} after the step.", table, _statement_of(scene, table))


def _sentence(lost: object) -> str:
    describe = getattr(lost, "describe", None)
    text = str(describe() if callable(describe) else lost).rstrip(".")
    return f"{text[:1].upper()}{text[1:]}"


def _statement_of(scene: Scene, table: str | None) -> int | None:
    """The statement that is known to take something away from a table."""
    losing = ("drop table", "drop column", "truncate", "delete", "column type", "modify column",
              "batch recreate", "update")  # fmt: skip
    found = [action.statement for action in scene.of(*losing) if action.object == table]
    return found[0] if found else None


def _rewrites(scene: Scene, step: Step, known: list[Hazard]) -> Iterator[Hazard]:
    explained = {(hazard.object, hazard.observed) for hazard in known
                 if rules()[hazard.rule].effect == "rewrite"}  # fmt: skip
    for item in step.rewrites:
        was_there = item.kind == "table" and item.how == "rewritten"
        if was_there and (item.relation, True) not in explained:
            rows = scene.rows_of(item.relation)
            size = "" if item.bytes_after is None else f", {size_text(item.bytes_after)}"
            of = "" if rows is None else f", {rows:,} rows"
            is_small = rows is not None and rows < 1000
            yield _told(
                "table-rewritten",
                f"Table {item.relation} was written anew{of}{size}.",
                item.relation,
                item.statement,
                "low" if is_small else None,
            )


def _long_locks(scene: Scene, step: Step, known: list[Hazard]) -> Iterator[Hazard]:
    explained = {hazard.object for hazard in known if hazard.observed
                 and rules()[hazard.rule].effect in {"lock", "rewrite"}}  # fmt: skip
    told: set[str] = set()
    for lock in sorted(step.locks, key=lambda lock: -lock.seconds):
        others = [each for each in lock.blocks if each != "ddl"]
        if not others or lock.seconds < LONG or lock.relation in told | explained:
            continue
        if lock.kind == "index":
            continue
        told.add(lock.relation)
        held = f"for {duration(lock.seconds)}, which blocked {' and '.join(others)}"
        name = "database-locked" if scene.dialect == "sqlite" else "long-lock"
        message = f"{lock.mode} was held on {lock.relation} {held}."
        severity: Severity = "high" if lock.seconds >= 5 * LONG or "reads" in others else "medium"
        yield _told(name, message, lock.relation, lock.statement, severity)


def _waits(step: Step) -> Iterator[Hazard]:
    for wait in step.waits:
        on = f" on {wait.relation}" if wait.relation else ""
        message = (
            f"The step waited {duration(wait.seconds)} for {wait.mode}{on}, held by {wait.holder}."
        )
        yield _told("waited-for-lock", message, wait.relation)


def _disk(step: Step) -> Iterator[Hazard]:
    for item in step.rewrites:
        if (item.bytes_after or 0) >= _GIGABYTE:
            size = size_text(item.bytes_after or 0)
            yield _told(
                "disk-headroom",
                f"{size} of {item.kind} {item.relation} were written anew, "
                "and stood on disk twice meanwhile.",
                item.relation,
                item.statement,
            )
    if (step.wal_bytes or 0) >= _GIGABYTE:
        yield _told(
            "disk-headroom",
            f"{size_text(step.wal_bytes or 0)} of WAL were written, which "
            "every replica has to take in.",
        )
