"""The few words beside a step: what went wrong first, and whom its locks kept waiting."""

from __future__ import annotations

from collections.abc import Callable

from schema.rehearsal import Lock, Step
from schema.remarks import blocked_words, lock_words, remarks

Watched = Callable[..., Step]


def test_the_weightiest_remark_is_first(watched: Watched) -> None:
    found = remarks(watched(error="it broke"))
    assert [item.words for item in found] == [
        "✗ failed",
        "waited 300 ms for locks",
        "reads blocked for 1.50 s, writes blocked for 1.90 s",
    ]
    assert [item.weight for item in found] == ["bad", "warn", "plain"]


def test_one_lock_that_blocks_both_is_told_once() -> None:
    locks = [Lock("users", "table", "AccessExclusiveLock", 0, 2.5)]
    assert blocked_words(locks) == "reads and writes of users blocked for 2.50 s"


def test_more_relations_are_counted_and_indexes_are_not() -> None:
    locks = [
        Lock(name, kind, "AccessExclusiveLock", 0, 1.0)
        for name, kind in (("a", "table"), ("b", "table"), ("c", "table"), ("ix", "index"))
    ]
    assert blocked_words(locks) == "reads and writes of a and 2 more blocked for 1.00 s"


def test_ddl_is_told_only_where_nothing_more_is_blocked(watched: Watched) -> None:
    mild = Lock("pools", "table", "ShareUpdateExclusiveLock", 0, 0.5)
    assert blocked_words([mild]) == "DDL of pools blocked for 500 ms"
    assert "DDL" not in blocked_words(watched().locks)
    assert blocked_words([Lock("users", "table", "RowExclusiveLock", 0, 0.5)]) == ""


def test_no_lock_seen_is_not_told_as_no_time() -> None:
    assert lock_words(None, is_seen=True) == "no time"
    assert lock_words(None, is_seen=False) == "–"
    assert lock_words(Lock("a", "table", "ShareLock", 0, 0.5), True) == "500 ms (a, ShareLock)"
