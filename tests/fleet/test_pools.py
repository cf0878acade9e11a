"""The executors of a fleet survive what they run."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from schema.fleet.pools import DiedError, Processes, Threads


@pytest.fixture
def processes() -> Iterator[Processes]:
    pool = Processes(1)
    yield pool
    pool.shutdown()


def test_a_process_that_dies_takes_nothing_with_it(processes: Processes) -> None:
    first = processes.submit(os._exit, 3)
    second = processes.submit(os.getpid)
    with pytest.raises(DiedError, match="ended"):
        first.result(60)
    assert second.result(60) != os.getpid()


def test_a_call_in_a_process_that_is_given_up_is_killed(processes: Processes) -> None:
    pid = processes.submit(os.getpid).result(60)
    hung = processes.submit(time.sleep, 600)
    next_ = processes.submit(os.getpid)
    while not hung.running():
        time.sleep(0.01)
    processes.abandon(hung, TimeoutError("too long"))
    with pytest.raises(TimeoutError):
        hung.result(5)
    assert next_.result(60) != pid
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_what_a_call_prints_or_raises_disturbs_no_answer(processes: Processes) -> None:
    assert processes.submit(print, "x" * 100_000).result(60) is None
    with pytest.raises(RuntimeError, match="ValueError"):
        processes.submit(int, "x").result(60)
    assert processes.submit(len, b"abc").result(60) == 3


def test_a_thread_that_hangs_leaves_its_place_to_another() -> None:
    pool = Threads(1)
    hung = pool.submit(time.sleep, 8)
    while not hung.running():
        time.sleep(0.01)
    pool.abandon(hung, TimeoutError("too long"))
    assert pool.submit(len, "ab").result(5) == 2
    with pytest.raises(TimeoutError):
        hung.result(0)
    pool.shutdown()


def test_a_call_that_takes_all_memory_fails_alone(processes: Processes) -> None:
    with pytest.raises(RuntimeError, match="MemoryError"):
        processes.submit(bytearray, 50_000_000_000).result(60)
    assert processes.submit(len, b"abc").result(60) == 3


def test_modules_of_the_folder_that_one_is_in_are_none_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("schema.py", "queue.py"):
        (tmp_path / name).write_text("raise SystemExit(7)\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    with Processes(1) as pool:
        assert pool.submit(abs, -3).result(timeout=60) == 3
