"""What steps come to when they are taken together: time, the longest locks, bytes, data lost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from schema.rehearsal.observed import Blocked, Lock
from schema.rehearsal.steps import Step

__all__ = ["Totals", "longest_lock", "rewritten_bytes", "totals"]


@dataclass(frozen=True, slots=True)
class Totals:
    """Figures over all steps. What was measured of no step is None, and never zero.

    ``reads`` and ``writes`` are the locks that kept readers and writers away for longest; None when
    no lock did, or none was observed: ``locks_seen`` tells which. ``rewritten_bytes`` is the size
    of what was written anew, ``wal_bytes`` what went to PostgreSQL's log. ``lost`` names the
    revisions that lost data, in order, ``failed`` those that failed.
    """

    steps: int
    seconds: float
    statements: int
    locks_seen: bool
    reads: Lock | None
    writes: Lock | None
    rewritten_bytes: int | None
    wal_bytes: int | None
    lost: tuple[str, ...]
    failed: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return {
            "steps": self.steps,
            "seconds": round(self.seconds, 6),
            "statements": self.statements,
            "reads_blocked": None if self.reads is None else self.reads.to_dict(),
            "writes_blocked": None if self.writes is None else self.writes.to_dict(),
            "rewritten_bytes": self.rewritten_bytes,
            "wal_bytes": self.wal_bytes,
            "lost": list(self.lost),
            "failed": list(self.failed),
        }


def totals(steps: Sequence[Step]) -> Totals:
    """The figures of these steps together."""
    locks = [lock for step in steps for lock in step.locks]
    return Totals(
        steps=len(steps),
        seconds=sum(step.seconds for step in steps),
        statements=sum(item.executions for step in steps for item in step.statements),
        locks_seen=any(not each.is_sampled for each in locks),
        reads=longest_lock(locks, "reads"),
        writes=longest_lock(locks, "writes"),
        rewritten_bytes=_sum(rewritten_bytes(step) for step in steps),
        wal_bytes=_sum(step.wal_bytes for step in steps),
        lost=tuple(step.revision for step in steps if step.loses_data),
        failed=tuple(step.revision for step in steps if step.failed),
    )


def longest_lock(locks: Iterable[Lock], blocked: Blocked) -> Lock | None:
    """The lock that kept others from this for longest; None when no lock did.

    Of a table and its indexes, locked by one statement, the table is named: by that people know it.
    """
    blocking = [lock for lock in locks if blocked in lock.blocks]
    longest = max(blocking, key=lambda lock: lock.seconds, default=None)
    if longest is None or longest.kind != "index":
        return longest
    tables = [
        each
        for each in blocking
        if each.kind == "table"
        and each.statement == longest.statement
        and each.seconds >= 0.9 * longest.seconds
    ]
    return max(tables, key=lambda lock: lock.seconds, default=longest)


def rewritten_bytes(step: Step) -> int | None:
    """The bytes of what a step wrote anew, as they are afterwards; before, where only that is
    known. None when something was rewritten whose size nobody knows."""
    known = [
        item.bytes_before if item.bytes_after is None else item.bytes_after
        for item in step.rewrites
    ]
    return 0 if not known else _sum(known)


def _sum(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
