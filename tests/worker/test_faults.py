"""A step that is hit on purpose after each of its statements, and what it leaves."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
import sqlalchemy as sa

from schema.errors import ProjectCodeError, WorkerError
from schema.rehearsal.recovery import recover
from schema.worker.parent import Fault

#: Three executions, the second with many sets of parameters.
THREE = """
op.execute("CREATE TABLE a (id INTEGER)")
op.get_bind().execute(sa.text("INSERT INTO a VALUES (:id)"), [{"id": n} for n in range(5)])
op.execute("CREATE TABLE b (id INTEGER)")
"""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def place(request):
    """A scratch database of each kind in turn."""
    name = "scratch" if request.param == "sqlite" else "postgresql_scratch"
    return request.getfixturevalue(name)


def hit(written, scratch, fault, **options):
    """The error of a step that is hit, its events, and the tables and stamp afterwards."""
    events = []
    with (
        written.project.start_worker() as worker,
        pytest.raises((ProjectCodeError, WorkerError)) as caught,
    ):
        worker.step(scratch, "up", "r1", events.append, fault=fault, **options)
    recover(scratch)
    return caught.value, events, *left(scratch.url)


def left(url):
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        tables = set(sa.inspect(connection).get_table_names())
        stamps = []
        if "alembic_version" in tables:
            query = "SELECT version_num FROM alembic_version"
            stamps = list(connection.exec_driver_sql(query).scalars())
    engine.dispose()
    return tables - {"alembic_version", "_schema_scratch"}, stamps


def statements(events):
    return [event["sql"].split()[0] for event in events if event["event"] == "statement"]


@pytest.mark.parametrize("after", [0, 1, 2, 3, "revision", "stamp"])
def test_an_error_at_any_place_fails_the_step_and_leaves_nothing(after, written, place):
    written.revision(THREE)
    error, events, tables, stamps = hit(written, place, Fault(after))
    assert isinstance(error, ProjectCodeError)
    assert "fault injected by the workbench" in str(error)
    assert error.details["fault"].startswith(("after", "before"))
    ran = ["CREATE", "INSERT", "CREATE"]
    assert statements(events) == (ran[:after] if isinstance(after, int) else ran)
    assert {"event": "fault", "after": after, "kind": "error"} in events
    assert (tables, stamps) == (set(), [])


@pytest.mark.parametrize("kind", ["connection", "process"])
@pytest.mark.parametrize("after", [0, 2, "stamp"])
def test_a_lost_connection_or_process_leaves_nothing_uncommitted(kind, after, written, place):
    written.revision(THREE)
    error, events, tables, stamps = hit(written, place, Fault(after, kind))
    assert {"event": "fault", "after": after, "kind": kind} in events
    dies = kind == "process" or place.kind == "sqlite"
    assert ("was killed by signal 9" in str(error)) is dies
    # A session that was ended is noticed by the next statement, which is told of as it fails.
    ran = 3 if after == "stamp" else after if dies else after + 1
    assert len(statements(events)) == ran
    assert (tables, stamps) == (set(), [])


def test_the_number_of_executions_is_told_and_a_greater_one_never_comes(written, place):
    written.revision(THREE)
    with written.project.start_worker() as worker:
        result = worker.step(place, "up", "r1", fault=Fault(4, "process"))
    assert (result["executions"], result["heads"]) == (3, ["r1"])


def test_a_loops_executions_are_counted_one_by_one(written, place):
    written.revision(
        'op.execute("CREATE TABLE a (id INTEGER)")\n'
        'for _ in range(10):\n    op.execute("INSERT INTO a VALUES (1)")'
    )
    _, events, _, _ = hit(written, place, Fault(7))
    last = [event for event in events if event["event"] == "statement"][-1]
    assert last["executions"] == 6


@pytest.mark.parametrize(
    ("after", "tables", "stamps"), [(1, {"a"}, []), (3, {"a", "b"}, []), ("stamp", {"a", "b"}, [])]
)
def test_a_killed_process_leaves_what_sqlite3_had_committed(
    after, tables, stamps, written, scratch
):
    """Its own transactions begin with the first INSERT only, and DDL before that is there at once.

    The INSERT began one, so that the second table and the stamp are a part of it.
    """
    up = """
    op.execute("CREATE TABLE a (id INTEGER)")
    op.execute("CREATE TABLE b (id INTEGER)")
    op.execute("INSERT INTO a VALUES (1)")
    """
    written.revision(up)
    _, _, found, stamped = hit(written, scratch, Fault(after, "process"), transactions="project")
    assert (found, stamped) == (tables, stamps)
    with closing(sqlite3.connect(scratch.url.database)) as connection:
        assert connection.execute("SELECT count(*) FROM a").fetchone() == (0,)


@pytest.mark.postgresql
def test_what_an_autocommit_block_made_stays(written, postgresql_scratch):
    up = """
    op.execute("CREATE TABLE a (id INTEGER)")
    with op.get_context().autocommit_block():
        op.execute("CREATE TABLE b (id INTEGER)")
    op.execute("CREATE TABLE c (id INTEGER)")
    """
    written.revision(up)
    for after, tables in ((1, set()), (2, {"a", "b"})):
        assert hit(written, postgresql_scratch, Fault(after, "connection"))[2] == tables
        with sa.create_engine(postgresql_scratch.url, poolclass=sa.NullPool).begin() as connection:
            connection.exec_driver_sql("DROP TABLE IF EXISTS a, b, c")


@pytest.mark.postgresql
def test_after_an_error_postgresql_takes_no_more_statements(written, postgresql_scratch):
    up = """
    try:
        op.execute("CREATE TABLE a (id INTEGER)")
    except Exception as error:
        print(type(error.orig).__name__)
    op.execute("CREATE TABLE b (id INTEGER)")
    """
    written.revision(up)
    error, events, _, _ = hit(written, postgresql_scratch, Fault(1))
    assert "InFailedSqlTransaction" in str(error)
    assert {"event": "log", "text": "IoError"} in events


def test_what_was_seen_before_the_fault_is_told(written, place):
    written.revision(THREE)
    _, events, _, _ = hit(written, place, Fault(2), observe="everything")
    (observed,) = (event for event in events if event["event"] == "observed")
    assert observed["executions"] == 2
    assert observed["locks"]
