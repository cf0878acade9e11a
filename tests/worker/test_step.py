"""One revision up or down: what is run, what is told, what a failure leaves."""

from __future__ import annotations

import sqlite3

import pytest
import sqlalchemy as sa

from schema.errors import ProjectCodeError, RevisionError


def schema_of(url: sa.URL) -> dict[str, list[str]]:
    engine = sa.create_engine(url)
    inspector = sa.inspect(engine)
    found = {t: [c["name"] for c in inspector.get_columns(t)] for t in inspector.get_table_names()}
    engine.dispose()
    found.pop("_schema_scratch", None)
    return found


@pytest.mark.parametrize("name", ["generic", "asynchronous", "legacy"])
def test_one_revision_is_run_and_stamped(name, open_project, scratch):
    with open_project(name).start_worker() as worker:
        first = worker.step(scratch, "up", "a1")
        assert first["heads"] == ["a1"]
        assert schema_of(scratch.url)["person"] == ["id", "name"]
        assert worker.step(scratch, "up", "b2")["heads"] == ["b2"]
        assert schema_of(scratch.url)["person"] == ["id", "name", "email"]
        assert worker.step(scratch, "down", "b2")["heads"] == ["a1"]
        assert worker.step(scratch, "down", "a1")["heads"] == []
        assert "person" not in schema_of(scratch.url)


@pytest.mark.postgresql
@pytest.mark.parametrize("name", ["generic", "asynchronous"])
def test_one_revision_is_run_on_postgresql(name, open_project, postgresql_scratch):
    with open_project(name).start_worker() as worker:
        assert worker.step(postgresql_scratch, "up", "a1")["heads"] == ["a1"]
        assert worker.step(postgresql_scratch, "up", "b2")["heads"] == ["b2"]
        assert schema_of(postgresql_scratch.url)["person"] == ["id", "name", "email"]
        assert worker.step(postgresql_scratch, "down", "b2")["heads"] == ["a1"]


def test_options_of_env_py_are_kept(open_project, scratch):
    with open_project("generic").start_worker() as worker:
        worker.step(scratch, "up", "a1")
    assert set(schema_of(scratch.url)) == {"generic_version", "person"}


#: As in projects that are migrated from Python: what is handed over is taken for an engine.
TAKES_AN_ENGINE = """
from alembic import context
from sqlalchemy import create_engine

given = context.config.attributes.get("connection") or create_engine("sqlite:///live.db")
with given.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""


def test_an_env_py_may_take_the_given_connection_for_an_engine(written, scratch):
    written.env(TAKES_AN_ENGINE)
    name = written.revision("op.create_table('person', sa.Column('id', sa.Integer))")
    with written.project.start_worker() as worker:
        assert worker.step(scratch, "up", name)["heads"] == [name]
    assert schema_of(scratch.url)["person"] == ["id"]
    assert not (written.folder / "live.db").exists()


def test_alembics_own_log_is_passed_on(open_project, scratch):
    project = open_project("generic")
    env = project.script_location / "env.py"
    env.write_text("import logging\nlogging.basicConfig(level='INFO')\n" + env.read_text())
    with project.start_worker() as worker:
        worker.step(scratch, "up", "a1")
        lines = [line for line in worker.output.splitlines() if "alembic.runtime" in line]
    assert lines[-1] == "INFO:alembic.runtime.migration:Running upgrade  -> a1, people"


def test_an_env_py_for_several_databases_is_said(open_project, scratch):
    project = open_project("generic")
    env = project.script_location / "env.py"
    env.write_text(
        env.read_text().replace("with connectable", "for _ in 1, 2:\n  with connectable")
    )
    text = env.read_text()
    head, _, tail = text.partition("  with connectable")
    env.write_text(head + "  with connectable" + tail.replace("\n    ", "\n      "))
    with project.start_worker() as worker, pytest.raises(ProjectCodeError, match="at a time"):
        worker.step(scratch, "up", "a1")


def test_statements_are_those_of_the_revision(open_project, scratch):
    events = []
    with open_project("generic").start_worker() as worker:
        result = worker.step(scratch, "up", "a1", events.append)
    (statement,) = result["statements"]
    assert statement["sql"].startswith("CREATE TABLE person")
    assert 0 < statement["seconds"] <= result["seconds"]
    assert statement["executions"] == 1
    assert [event["event"] for event in events] == ["began", "statement", "observed"]
    assert events[1] == {"event": "statement", **statement}


def test_repeated_statements_are_folded(open_project, scratch, monkeypatch):
    monkeypatch.setenv("RAW_DRIVER", "many")
    events = []
    with open_project("raw_driver").start_worker() as worker:
        worker.step(scratch, "up", "a1")
        result = worker.step(scratch, "up", "b2", events.append)
    (statement,) = result["statements"]
    assert (statement["executions"], statement["rows"]) == (500, 500)
    assert {"event": "log", "text": "inserted 500 rows"} in events


def test_statements_that_differ_in_their_values_only_are_folded(written, scratch):
    up = """
    op.execute("CREATE TABLE t1 (id INTEGER, name VARCHAR(10))")
    op.execute("CREATE TABLE t2 (id INTEGER, name VARCHAR(20))")
    for number in range(30):
        op.execute(f"INSERT INTO t1 VALUES ({number}, 'it''s {number}')")
    op.execute("INSERT INTO t2 VALUES (1, 'x')")
    """
    written.revision(up)
    with written.project.start_worker() as worker:
        found = worker.step(scratch, "up", "r1", observe="everything")["statements"]
    assert [(each["sql"], each["executions"], each["rows"]) for each in found[2:]] == [
        ("INSERT INTO t1 VALUES (0, 'it''s 0')", 30, 30),
        ("INSERT INTO t2 VALUES (1, 'x')", 1, 1),
    ]
    assert len(found) == 4


def test_a_failing_revision_leaves_the_scratch_database_as_it_was(
    open_project, scratch, monkeypatch
):
    monkeypatch.setenv("RAW_DRIVER", "fails")
    with open_project("raw_driver").start_worker() as worker:
        worker.step(scratch, "up", "a1")
        with pytest.raises(ProjectCodeError, match="Revision b2 failed") as caught:
            worker.step(scratch, "up", "b2")
    assert "no such table: nowhere" in str(caught.value)
    assert caught.value.details["sql"] == "INSERT INTO nowhere VALUES (1)"
    assert "b2_email.py" in caught.value.details["traceback"]
    assert "site-packages" not in caught.value.details["traceback"]
    assert "half" not in schema_of(scratch.url)


def test_a_revision_that_exits_is_a_failed_revision(open_project, scratch, monkeypatch):
    monkeypatch.setenv("RAW_DRIVER", "exits")
    with open_project("raw_driver").start_worker() as worker:
        worker.step(scratch, "up", "a1")
        with pytest.raises(ProjectCodeError, match=r"sys\.exit\(3\)"):
            worker.step(scratch, "up", "b2")


def test_a_revision_out_of_turn_is_refused(open_project, scratch):
    with open_project("generic").start_worker() as worker:
        with pytest.raises(RevisionError, match="b2 cannot be applied before a1"):
            worker.step(scratch, "up", "b2")
        worker.step(scratch, "up", "a1")
        with pytest.raises(RevisionError, match="a1 is applied already"):
            worker.step(scratch, "up", "a1")
        worker.step(scratch, "up", "b2")
        with pytest.raises(RevisionError, match="a1 cannot be undone before b2"):
            worker.step(scratch, "down", "a1")
        with pytest.raises(RevisionError, match="nowhere"):
            worker.step(scratch, "up", "nowhere")


def test_a_stamp_that_no_file_bears_is_said(open_project, scratch):
    with open_project("legacy").start_worker() as worker:
        worker.step(scratch, "up", "a1")
        connection = sqlite3.connect(scratch.url.database)
        connection.execute("UPDATE alembic_version SET version_num = 'zz'")
        connection.commit()
        connection.close()
        with pytest.raises(RevisionError, match="zz"):
            worker.step(scratch, "up", "b2")


@pytest.mark.parametrize(
    ("how", "message"),
    [("never runs", r"without calling context\.run_migrations"), ("rolls back", "did not commit")],
)
def test_an_env_py_that_does_not_apply_is_said(how, message, open_project, scratch, monkeypatch):
    monkeypatch.setenv("BROKEN", how)
    with (
        open_project("broken").start_worker() as worker,
        pytest.raises(ProjectCodeError, match=message),
    ):
        worker.step(scratch, "up", "a1")


def test_merges_branches_and_dependencies_walk_up_and_down(open_project, scratch):
    project = open_project("generic")
    template = 'revision = "{}"\ndown_revision = {}\n{}\nupgrade = downgrade = lambda: None\n'
    graph = [("c3", '"a1"', ""), ("d4", '("b2", "c3")', ""), ("e5", "None", 'depends_on = "a1"')]
    for name, parent, more in graph:
        (project.version_locations[0] / f"{name}.py").write_text(
            template.format(name, parent, more)
        )
    stamps = []
    with project.start_worker() as worker:
        for name in ("a1", "b2", "c3", "e5", "d4"):
            stamps.append(worker.step(scratch, "up", name)["heads"])
        assert stamps == [["a1"], ["b2"], ["b2", "c3"], ["b2", "c3", "e5"], ["d4", "e5"]]
        for name in ("d4", "c3", "b2", "e5", "a1"):
            stamps.append(worker.step(scratch, "down", name)["heads"])
        assert stamps[5:] == [["b2", "c3", "e5"], ["b2", "e5"], ["e5"], ["a1"], []]


ENUM = """
op.create_table({table!r}, sa.Column("id", sa.Integer),
                sa.Column("mood", sa.Enum("good", "bad", name="mood")))
"""


@pytest.mark.postgresql
def test_a_type_is_made_once_in_a_run_that_is_told_to_go_on(written, postgresql_scratch):
    """As by ``alembic upgrade head``; and twice, which fails, by an upgrade for each."""
    first, second, third = (written.revision(ENUM.format(table=name)) for name in "abc")
    with written.project.start_worker() as worker:
        worker.step(postgresql_scratch, "up", first)
        worker.step(postgresql_scratch, "up", second)
    with written.project.start_worker() as worker:
        with pytest.raises(ProjectCodeError, match='type "mood" already exists'):
            worker.step(postgresql_scratch, "up", third)
        worker.step(postgresql_scratch, "up", third, continues=True)
    assert {"a", "b", "c"} <= set(schema_of(postgresql_scratch.url))
