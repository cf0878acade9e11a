"""A step that is stopped: cancelled in the database, rolled back, and told so."""

from __future__ import annotations

import sqlite3
import threading
import time

import pytest
import sqlalchemy as sa

from schema.errors import WorkerError

SLOW = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
    "INSERT INTO made SELECT i FROM n",
    "postgresql": "INSERT INTO made SELECT count(*) FROM pg_sleep(60)",
}


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def place(request):
    """A scratch database of each kind in turn."""
    name = "scratch" if request.param == "sqlite" else "postgresql_scratch"
    return request.getfixturevalue(name)


def run_and_cancel(worker, scratch, revision, after=0.5):
    """Begin a step, cancel it a moment later; the error, and the seconds that the end took."""
    errors, begun = [], threading.Event()

    def run() -> None:
        try:
            worker.step(scratch, "up", revision, lambda event: begun.set())
        except WorkerError as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    assert begun.wait(10)
    time.sleep(after)
    asked = time.monotonic()
    worker.cancel()
    thread.join(10)
    assert not thread.is_alive()
    return errors[0], time.monotonic() - asked


def test_the_running_statement_is_cancelled_and_rolled_back(written, place):
    written.revision(
        'print("begun", flush=True)\nop.execute("CREATE TABLE made (id INTEGER)")\n'
        f'op.execute("{SLOW[place.kind]}")'
    )
    with written.project.start_worker() as worker:
        error, seconds = run_and_cancel(worker, place, "r1")
    assert str(error) == "The step was stopped."
    assert seconds < 3
    engine = sa.create_engine(place.url, poolclass=sa.NullPool)
    assert not sa.inspect(engine).has_table("made")
    engine.dispose()


def test_code_that_goes_on_after_errors_runs_no_other_statement(written, place):
    up = f"""
    print("begun", flush=True)
    op.execute("CREATE TABLE made (id INTEGER)")
    for _ in range(100):
        try:
            op.execute("{SLOW[place.kind]}")
        except Exception as error:
            print("went on")
    """
    written.revision(up)
    with written.project.start_worker() as worker:
        error, seconds = run_and_cancel(worker, place, "r1")
        assert worker.output.count("went on") == 1
    assert str(error) == "The step was stopped."
    assert seconds < 3


def test_a_cancel_before_the_step_began_is_not_lost(written, scratch):
    written.revision('op.execute("CREATE TABLE made (id INTEGER)")')
    with written.project.start_worker() as worker:
        worker.kill()
        errors = []

        def run() -> None:
            try:
                worker.step(scratch, "up", "r1")
            except WorkerError as error:
                errors.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        while worker.pid is None:  # it has just started, and was not asked yet
            time.sleep(0.001)
        worker.cancel()
        thread.join(20)
        assert [str(error) for error in errors] == ["The step was stopped."]
        assert worker.step(scratch, "up", "r1")["heads"] == ["r1"]


def test_a_cancel_between_two_steps_touches_neither(written, scratch):
    for _ in range(2):
        written.revision("pass")
    with written.project.start_worker() as worker:
        worker.step(scratch, "up", "r1")
        worker.cancel()
        assert worker.step(scratch, "up", "r2")["heads"] == ["r2"]


def test_a_commit_after_a_cancel_is_refused(written, scratch):
    written.revision(
        'op.execute("CREATE TABLE made (id INTEGER)")\nimport time\n'
        'print("begun", flush=True)\ntime.sleep(1)'
    )
    with written.project.start_worker() as worker:
        error, _ = run_and_cancel(worker, scratch, "r1", after=0.1)
    assert str(error) == "The step was stopped."
    connection = sqlite3.connect(scratch.url.database)
    assert "made" not in str(connection.execute("SELECT name FROM sqlite_master").fetchall())
    connection.close()
