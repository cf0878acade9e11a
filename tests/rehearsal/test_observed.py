"""What a lock keeps others from, by the servers' own rules."""

from __future__ import annotations

import pytest

from schema.rehearsal import Lock, Size


@pytest.mark.parametrize(
    ("mode", "blocked"),
    [
        ("AccessShareLock", ()),
        ("RowExclusiveLock", ()),
        ("ShareUpdateExclusiveLock", ("ddl",)),
        ("ShareLock", ("writes", "ddl")),
        ("ShareRowExclusiveLock", ("writes", "ddl")),
        ("AccessExclusiveLock", ("reads", "writes", "ddl")),
        ("RESERVED", ("writes", "ddl")),
        ("EXCLUSIVE", ("reads", "writes", "ddl")),
    ],
)
def test_a_mode_blocks_what_conflicts_with_it(mode: str, blocked: tuple[str, ...]) -> None:
    assert Lock("a", "table", mode, 0, 0.1).blocks == blocked
    assert Lock("a", "table", mode, 0, 0.1).to_dict()["blocks"] == list(blocked)


def test_what_the_step_made_itself_blocks_nobody() -> None:
    assert Lock("a", "table", "AccessExclusiveLock", 0, 0.1, is_new=True).blocks == ()


def test_the_strongest_lock_is_told_apart() -> None:
    modes = ["RowExclusiveLock", "AccessExclusiveLock", "ShareLock"]
    locks = [Lock("a", "table", mode, 0, 0.1) for mode in modes]
    assert max(locks, key=lambda lock: lock.strength).mode == "AccessExclusiveLock"


def test_a_size_tells_what_was_gained() -> None:
    assert Size("a", "table", 10, 4).change == -6
    assert Size("a", "table", None, 4).change == 4
