"""What steps come to together; and what was not measured is None, never zero."""

from __future__ import annotations

from collections.abc import Callable

from schema.rehearsal import Lock, Rewrite, Step
from schema.rehearsal.totals import longest_lock, rewritten_bytes, totals

Watched = Callable[..., Step]


def test_time_statements_and_bytes_are_summed(watched: Watched) -> None:
    found = totals([watched(), watched(), watched(error="it broke")])
    assert (found.steps, found.seconds, found.statements) == (3, 6.0, 15)
    assert (found.rewritten_bytes, found.wal_bytes) == (28_500_000, 36_000_000)
    assert found.failed == ("aaaa1",)


def test_the_longest_lock_is_told_for_readers_and_for_writers(watched: Watched) -> None:
    slower = Lock("keys", "table", "AccessExclusiveLock", 0, 1.7)
    found = totals([watched(), watched(locks=(slower,))])
    assert found.reads == slower
    assert found.writes is not None
    assert (found.writes.mode, found.writes.seconds) == ("ShareLock", 1.9)
    assert found.to_dict()["writes_blocked"]["relation"] == "users"


def test_of_a_table_locked_with_its_indexes_the_table_is_named() -> None:
    index = Lock("users_pkey", "index", "AccessExclusiveLock", 0, 1.001)
    table = Lock("users", "table", "AccessExclusiveLock", 0, 1.0)
    assert longest_lock([index, table], "reads") == table
    assert longest_lock([index], "reads") == index, "REINDEX locks the table only against writes"
    other = Lock("keys", "table", "AccessExclusiveLock", 1, 1.0)
    assert longest_lock([index, other], "reads") == index


def test_what_the_step_made_itself_blocks_nobody(watched: Watched) -> None:
    new = Lock("ix", "index", "AccessExclusiveLock", 0, 9.0, is_new=True)
    assert longest_lock([new], "reads") is None


def test_what_was_not_measured_is_none(watched: Watched) -> None:
    found = totals([watched(locks=(), wal_bytes=None, rewrites=(Rewrite("t", "table", "built"),))])
    assert (found.locks_seen, found.reads, found.writes) == (False, None, None)
    assert found.wal_bytes is None
    assert found.rewritten_bytes is None
    assert rewritten_bytes(watched(rewrites=())) == 0
