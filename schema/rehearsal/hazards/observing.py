"""Hazards that a rehearsal saw and that no single statement's text explains."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from schema.rehearsal.hazards.hazard import Hazard, Severity
from schema.rehearsal.hazards.judging import LONG, MANY, SHORT, size_text
from schema.rehearsal.hazards.rule import ANY, LITE, MY, PG, Rule, rules, seen_only
from schema.rehearsal.hazards.scene import Scene
from schema.rehearsal.ledger import DataLoss
from schema.rehearsal.silent import silent_losses
from schema.rehearsal.steps import Step
from schema.wording import counted, duration

__all__ = ["observed"]

_GIGABYTE = 1 << 30
_LOCKING = "https://www.postgresql.org/docs/current/explicit-locking.html"


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
    "alter-blocks-writes",
    MY,
    "high",
    """The server knows no way of altering the table in which others go on writing to it.

    A rehearsal tries INSTANT, NOCOPY, INPLACE and COPY, each with the weakest lock first.""",
    "# a new column or table beside the old one, filled in batches, or pt-online-schema-change",
    "https://mariadb.com/kb/en/innodb-online-ddl-overview/",
)
seen_only(
    "long-lock",
    (*PG, *MY),
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
    yield from _silent(scene, scene.step)
    yield from _rewrites(scene, scene.step, known)
    yield from _blocking_alters(scene, scene.step, known)
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
    severity: Severity = "high" if step.direction == "up" else "medium"
    verdict = getattr(step, "data", None)
    if verdict is not None:
        for loss in verdict.lost:
            statement = _taking(scene, loss.table, loss.column)
            yield _told("data-lost", _sentence(loss.message), _place(loss), statement, severity)
        return
    renamed = {item.renamed_from for item in step.differences if item.kind == "table"}
    for table, (before, after) in step.changed_rows.items():
        if before and (after or 0) < before and table.rpartition(".")[2] not in renamed:
            gone = f"{before - (after or 0):,} of {counted(before, 'row')} of {table} are gone"
            statement = _taking(scene, table, None)
            yield _told("data-lost", _sentence(gone), table, statement, severity)


def _place(loss: DataLoss) -> str:
    return loss.table if loss.column is None else f"{loss.table}.{loss.column}"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


#: What can take data away from a table: the likelier, the earlier.
_TAKING = ("drop table", "truncate", "drop column", "column type", "modify column", "delete",
           "batch recreate", "update")  # fmt: skip


def _taking(scene: Scene, table: str, column: str | None) -> int | None:
    """The statement that took something away from a table, where its text says so."""
    for kind in _TAKING:
        for action in scene.of(kind):
            if action.object == table and (column is None or action.name in {None, column}):
                return action.statement
    return None


def _silent(scene: Scene, step: Step) -> Iterator[Hazard]:
    """What a batch recreate dropped although nobody asked for that."""
    made = {action.object: action.statement for action in scene.of("batch recreate")}
    for loss in silent_losses(step.differences, step.statements, scene.dialect):
        statement = made.get(loss.table)
        yield _told("batch-recreate-lost", _sentence(loss.message), loss.table, statement)


def _rewrites(scene: Scene, step: Step, known: list[Hazard]) -> Iterator[Hazard]:
    explained = {
        hazard.object
        for hazard in known
        if hazard.observed and rules()[hazard.rule].effect == "rewrite"
    }
    for item in step.rewrites:
        if item.kind != "table" or item.how != "rewritten" or item.relation in explained:
            continue
        held = [lock.seconds for lock in step.locks if lock.relation == item.relation]
        told = [f"Table {item.relation} was written anew"]
        told += [f"others waited for {duration(max(held))} at most"] if held else []
        told += [counted(rows, "row")] if (rows := scene.rows_of(item.relation)) else []
        told += [size_text(item.bytes_after)] if item.bytes_after is not None else []
        severity: Severity = "high" if not held or max(held) >= LONG else "medium"
        yield _told(
            "table-rewritten",
            f"{', '.join(told)}.",
            item.relation,
            item.statement,
            "low" if held and max(held) < SHORT else severity,
        )


def _blocking_alters(scene: Scene, step: Step, known: list[Hazard]) -> Iterator[Hazard]:
    """Each ALTER of MariaDB's that makes others wait, and that no rule of its text tells."""
    explained = {
        hazard.statement
        for hazard in known
        if hazard.observed and rules()[hazard.rule].effect in {"lock", "rewrite"}
    }
    for index, each in enumerate(step.statements):
        if each.cost is None or each.lock == "NONE" or index in explained:
            continue
        action = next((item for item in scene.actions if item.statement == index), None)
        table = None if action is None else scene.table_of(action)
        if action is not None and scene.is_new(action):
            continue
        rows = scene.rows_of(table)
        told = [f"{table or 'A table'} is altered by {each.cost}"]
        told += [each.refused.rstrip(".")] if each.refused else []
        told += [f"it took {duration(each.seconds)}"]
        told += [counted(rows, "row")] if rows else []
        severity: Severity = "high" if each.seconds >= LONG or (rows or 0) >= MANY else "medium"
        if each.seconds < SHORT and (rows or 0) < MANY:
            severity = "low"
        yield _told("alter-blocks-writes", f"{'; '.join(told)}.", table, index, severity)


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
        held = f"for {duration(lock.seconds)}, which blocks {' and '.join(others)}"
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
