"""A widget's work runs in the background, one piece at a time, and its errors are not lost."""

from __future__ import annotations

import threading
import time

from schema.widgets.job import Job


def test_work_runs_in_a_daemon_thread_and_start_returns_at_once() -> None:
    may_end = threading.Event()
    threads: list[threading.Thread] = []

    def work() -> None:
        threads.append(threading.current_thread())
        may_end.wait(10)

    job = Job(lambda error: None, lambda: None)
    assert job.start(work)
    assert job.is_running
    assert not job.wait(0.05)
    may_end.set()
    assert job.wait(10)
    assert threads[0] is not threading.current_thread()
    assert threads[0].daemon


def test_a_second_piece_is_refused_while_one_runs() -> None:
    may_end = threading.Event()
    job = Job(lambda error: None, lambda: None)
    job.start(lambda: may_end.wait(10) and None)
    assert not job.start(lambda: None)
    may_end.set()
    job.wait(10)
    assert job.start(lambda: None)
    assert job.wait(10)


def test_an_error_is_handed_over_and_the_job_is_free_again() -> None:
    errors: list[BaseException] = []
    free: list[bool] = []
    job = Job(errors.append, lambda: free.append(not job.is_running))

    def work() -> None:
        raise SystemExit(3)

    job.start(work)
    assert job.wait(10)
    assert isinstance(errors[0], SystemExit)
    assert free == [True]


def test_waiting_for_nothing_returns_at_once() -> None:
    started = time.monotonic()
    assert Job(lambda error: None, lambda: None).wait(60)
    assert time.monotonic() - started < 5
