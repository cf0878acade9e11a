"""What a failure leaves, by who keeps the transactions: the project's own engine and env.py."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from schema.errors import ProjectCodeError

#: SQLAlchemy's recipe for real transactions: https://docs.sqlalchemy.org/dialects/sqlite.html.
REAL = """
from sqlalchemy import event

@event.listens_for(engine, "connect")
def no_implicit_transactions(connection, record):
    connection.isolation_level = None

@event.listens_for(engine, "begin")
def begin(connection):
    connection.exec_driver_sql("BEGIN")
"""

ENV = """
from alembic import context
from sqlalchemy import create_engine

engine = create_engine("sqlite:///live.db")
{listeners}
with engine.connect() as connection:
    context.configure(connection=connection{options})
    with context.begin_transaction():
        context.run_migrations()
"""

#: A caller who holds the transaction, and takes all back in the end.
ROLLS_BACK = """
from alembic import context
from sqlalchemy import create_engine

engine = create_engine("sqlite:///live.db")
{listeners}
with engine.connect() as connection:
    transaction = connection.begin()
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
    transaction.rollback()
"""

FIRST = 'op.create_table("a", sa.Column("id", sa.Integer, primary_key=True))'
FAILS = """
op.create_table("b", sa.Column("id", sa.Integer, primary_key=True))
op.execute("INSERT INTO nowhere VALUES (1)")
"""


def env(template, listeners="", **options):
    told = "".join(f", {name}={value!r}" for name, value in options.items())
    return template.format(listeners=listeners, options=told)


def left_by(written, scratch, *revisions, text, transactions="project"):
    """The stamp and the tables after one run of these revisions, and its error."""
    written.env(text)
    names = [written.revision(up) for up in revisions]
    error = None
    with written.project.start_worker() as worker:
        try:
            worker.step(scratch, "up", names, transactions=transactions)
        except ProjectCodeError as failure:
            error = str(failure)
    return (*state(scratch.url), error)


def state(url):
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        tables = set(sa.inspect(connection).get_table_names()) - {"_schema_scratch"}
        stamp = None
        if "alembic_version" in tables:
            stamp = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    engine.dispose()
    return stamp, tables - {"alembic_version"}


# -- SQLite -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "stamp", "tables"),
    [
        (env(ENV), "r1", {"a", "b"}),
        (env(ENV, transactional_ddl=True), None, {"a"}),
        (env(ENV, REAL), "r1", {"a"}),
        (env(ENV, REAL, transactional_ddl=True), None, set()),
    ],
    ids=["sqlite3's own", "sqlite3's own, believed real", "real", "one real transaction"],
)
def test_a_failure_on_sqlite_leaves_what_the_projects_transactions_leave(
    text, stamp, tables, written, scratch
):
    assert left_by(written, scratch, FIRST, FAILS, text=text)[:2] == (stamp, tables)


def test_a_stamp_that_was_taken_back_makes_the_next_attempt_fail(written, scratch):
    text = env(ENV, transactional_ddl=True)
    left_by(written, scratch, FIRST, FAILS, text=text)
    with (
        written.project.start_worker() as worker,
        pytest.raises(ProjectCodeError, match="table a already exists"),
    ):
        worker.step(scratch, "up", "r1", transactions="project")


@pytest.mark.parametrize(
    ("listeners", "tables"), [("", {"a"}), (REAL, set())], ids=["sqlite3's own", "real"]
)
def test_a_callers_rollback_on_sqlite(listeners, tables, written, scratch):
    text = env(ROLLS_BACK, listeners)
    stamp, left, error = left_by(written, scratch, FIRST, text=text)
    assert (stamp, left) == (None, tables)
    assert "did not commit" in error


BATCH = """
with op.batch_alter_table("person") as batch:
    batch.alter_column("name", nullable=False)
"""
PERSON = """
op.create_table("person", sa.Column("id", sa.Integer, primary_key=True),
                sa.Column("name", sa.String(50)))
op.execute("INSERT INTO person (id) VALUES (1)")
"""


@pytest.mark.parametrize(
    ("listeners", "leftover"), [("", True), (REAL, False)], ids=["sqlite3's own", "real"]
)
def test_a_failed_batch_leaves_its_copy_without_real_transactions(
    listeners, leftover, written, scratch
):
    text = env(ENV, listeners)
    _, tables, error = left_by(written, scratch, PERSON, BATCH, text=text)
    assert "NOT NULL" in error
    assert ("_alembic_tmp_person" in tables) is leftover
    if leftover:
        with (
            written.project.start_worker() as worker,
            pytest.raises(ProjectCodeError, match="_alembic_tmp_person already exists"),
        ):
            worker.step(scratch, "up", "r2", transactions="project")


def test_a_rehearsals_own_transactions_take_a_failed_step_back_whole(written, scratch):
    left = left_by(written, scratch, PERSON, BATCH, text=env(ENV), transactions="real")
    assert left[:2] == (None, set())


def test_the_projects_engine_is_led_to_the_scratch_file(written, scratch):
    live = written.folder / "live.db"
    text = env(ENV, REAL)
    assert left_by(written, scratch, FIRST, text=text) == ("r1", {"a"}, None)
    assert not live.exists()


def test_what_the_engine_is_told_holds_for_the_scratch_file(written, scratch):
    text = env(ENV).replace('live.db")', 'live.db", connect_args={"timeout": 3.5})')
    up = 'assert op.get_bind().exec_driver_sql("PRAGMA busy_timeout").scalar() == 3500'
    assert left_by(written, scratch, up, text=text)[2] is None


def test_attach_is_refused_in_the_projects_transactions_too(written, scratch):
    up = "op.execute(\"ATTACH DATABASE 'live.db' AS live\")"
    assert "not authorized" in left_by(written, scratch, up, text=env(ENV))[2]


def test_a_do_connect_listener_of_the_projects_is_not_asked(written, scratch):
    listener = """
from sqlalchemy import event

@event.listens_for(engine, "do_connect")
def another(dialect, record, arguments, keywords):
    import sqlite3
    return sqlite3.connect("live.db")
"""
    assert left_by(written, scratch, FIRST, text=env(ENV, listener)) == ("r1", {"a"}, None)
    assert not (written.folder / "live.db").exists()


# -- PostgreSQL -------------------------------------------------------------------------------

AUTOCOMMIT = """
op.create_table("before", sa.Column("id", sa.Integer, primary_key=True))
with op.get_context().autocommit_block():
    op.create_index("ix", "a", ["id"], postgresql_concurrently=True)
op.create_table("behind", sa.Column("id", sa.Integer, primary_key=True))
"""


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("text", "revisions", "stamp", "tables"),
    [
        (env(ENV), (FIRST, FAILS), None, set()),
        (env(ENV, transaction_per_migration=True), (FIRST, FAILS), "r1", {"a"}),
        (env(ENV), (FIRST, AUTOCOMMIT, FAILS), "r1", {"a", "before"}),
        (
            env(ENV, transaction_per_migration=True),
            (FIRST, AUTOCOMMIT, FAILS),
            "r2",
            {"a", "before", "behind"},
        ),
    ],
    ids=["one transaction", "one each", "autocommit", "autocommit, one each"],
)
def test_a_failure_on_postgresql_leaves_what_was_committed(
    text, revisions, stamp, tables, written, postgresql_scratch
):
    left = left_by(written, postgresql_scratch, *revisions, text=text)
    assert left[:2] == (stamp, tables)
    assert "nowhere" in left[2]


@pytest.mark.postgresql
def test_a_callers_rollback_on_postgresql_leaves_nothing(written, postgresql_scratch):
    left = left_by(written, postgresql_scratch, FIRST, text=env(ROLLS_BACK))
    assert left[:2] == (None, set())


@pytest.mark.postgresql
def test_an_autocommit_block_in_a_callers_transaction_is_refused_by_alembic(
    written, postgresql_scratch
):
    text = env(ROLLS_BACK)
    stamp, tables, error = left_by(written, postgresql_scratch, FIRST, AUTOCOMMIT, text=text)
    assert (stamp, tables) == (None, set())
    assert "AssertionError" in error


@pytest.mark.postgresql
def test_an_index_cannot_be_built_concurrently_in_a_transaction(written, postgresql_scratch):
    up = 'op.create_index("ix", "a", ["id"], postgresql_concurrently=True)'
    stamp, tables, error = left_by(written, postgresql_scratch, FIRST, up, text=env(ENV))
    assert (stamp, tables) == (None, set())
    assert "ActiveSqlTransaction" in error
