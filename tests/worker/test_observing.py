"""What is observed of a step: parameters, locks, rewrites, notices; nothing is disturbed."""

from __future__ import annotations

import pytest

TABLES = """
op.create_table("big", sa.Column("id", sa.Integer, primary_key=True),
                sa.Column("name", sa.Text), sa.Column("n", sa.Integer))
op.create_table("small", sa.Column("id", sa.Integer, primary_key=True))
op.execute("INSERT INTO big (id, name, n) VALUES (1, 'a', 1), (2, 'b', 2)")
"""


def observe(written, scratch, up, **options):
    """A step that runs ``up`` on the two tables, observed, and its events."""
    written.revision(TABLES)
    name = written.revision(up)
    events = []
    with written.project.start_worker() as worker:
        worker.step(scratch, "up", "r1")
        result = worker.step(scratch, "up", name, events.append, observe="everything", **options)
    return result, events


def locks_of(result, relation):
    return {
        lock["mode"]: lock["statement"] for lock in result["locks"] if lock["relation"] == relation
    }


def test_parameters_are_those_of_the_first_execution(written, scratch):
    up = """
    insert = sa.text("INSERT INTO small (id) VALUES (:id)")
    for number in range(3):
        op.get_bind().execute(insert, {"id": number})
    op.get_bind().execute(sa.text("UPDATE big SET n = :n"), [{"n": 1}, {"n": 2}])
    """
    result, _ = observe(written, scratch, up)
    first, second = result["statements"]
    assert (first["parameters"], first["executions"]) == ("(0,)", 3)
    assert (second["parameters"], second["executions"]) == ("(1,) and 1 more sets", 2)
    assert 0 <= first["started"] < second["started"] < result["seconds"] + 1
    assert result["executions"] == 4


def test_parameters_are_hidden_on_request(written, scratch):
    up = 'op.get_bind().execute(sa.text("UPDATE big SET name = :name"), {"name": "secret"})'
    result, events = observe(written, scratch, up, hide_parameters=True)
    assert result["statements"][0]["parameters"] is None
    assert "secret" not in str(events)


def test_hidden_parameters_are_not_in_an_error(written, scratch):
    from schema.errors import ProjectCodeError

    up = """
    values = {"name": "sec" + "ret"}
    op.get_bind().execute(sa.text("UPDATE nowhere SET name = :name"), values)
    """
    with pytest.raises(ProjectCodeError) as caught:
        observe(written, scratch, up, hide_parameters=True)
    assert "secret" not in str(caught.value) + str(caught.value.details)


def test_long_parameters_are_cut(written, scratch):
    up = 'op.get_bind().execute(sa.text("UPDATE big SET name = :name"), {"name": "x" * 5_000_000})'
    result, _ = observe(written, scratch, up)
    assert len(result["statements"][0]["parameters"]) < 510


def test_pythons_warnings_are_notices_and_stay_in_the_log(written, scratch):
    result, events = observe(written, scratch, 'import warnings; warnings.warn("take care")')
    assert {"severity": "UserWarning", "message": "take care"} in result["notices"]
    assert any("take care" in event.get("text", "") for event in events)


def test_what_was_observed_is_told_of_a_failed_step_too(written, scratch):
    from schema.errors import ProjectCodeError

    written.revision(TABLES)
    written.revision('op.execute("UPDATE big SET n = 3")\nop.execute("UPDATE nowhere SET n = 3")')
    events = []
    with written.project.start_worker() as worker:
        worker.step(scratch, "up", "r1")
        with pytest.raises(ProjectCodeError):
            worker.step(scratch, "up", "r2", events.append, observe="everything")
    (observed,) = (event for event in events if event["event"] == "observed")
    assert [(lock["mode"], lock["statement"]) for lock in observed["locks"]] == [("RESERVED", 0)]


# -- SQLite's locks ---------------------------------------------------------------------------


def test_writers_wait_from_the_first_change_and_readers_at_the_end(written, scratch):
    up = 'op.get_bind().execute(sa.text("SELECT 1"))\nop.execute("UPDATE big SET n = 3")'
    result, _ = observe(written, scratch, up)
    assert locks_of(result, "database") == {"RESERVED": 1, "EXCLUSIVE": None}
    assert {lock["kind"] for lock in result["locks"]} == {"database"}


def test_readers_do_not_wait_beside_a_write_ahead_log(written, scratch):
    import sqlite3

    connection = sqlite3.connect(scratch.url.database)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
    result, _ = observe(written, scratch, 'op.execute("UPDATE big SET n = 3")')
    assert locks_of(result, "database") == {"RESERVED": 0}


def test_readers_wait_as_soon_as_a_change_outgrows_the_page_cache(written, scratch):
    up = """
    op.execute("PRAGMA cache_size = 10")
    op.execute("WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
               "INSERT INTO big (id, name) SELECT i, hex(randomblob(50)) FROM n")
    op.execute("UPDATE small SET id = id")
    """
    result, _ = observe(written, scratch, up)
    assert locks_of(result, "database") == {"RESERVED": 1, "EXCLUSIVE": 1}


def test_a_step_that_only_reads_locks_nothing(written, scratch):
    result, _ = observe(written, scratch, 'op.get_bind().execute(sa.text("SELECT 1 FROM big"))')
    # The stamp is a change as well, but not one of the revision's statements.
    assert locks_of(result, "database") == {"RESERVED": None, "EXCLUSIVE": None}


# -- PostgreSQL's locks -----------------------------------------------------------------------


@pytest.mark.postgresql
def test_each_lock_names_the_statement_that_took_it(written, postgresql_scratch):
    up = """
    op.get_bind().execute(sa.text("SELECT * FROM small"))
    op.create_index("ix_name", "big", ["name"])
    op.add_column("big", sa.Column("extra", sa.Text))
    op.create_table("fresh", sa.Column("id", sa.Integer, primary_key=True))
    """
    result, events = observe(written, postgresql_scratch, up)
    assert locks_of(result, "small") == {"AccessShareLock": 0}
    assert locks_of(result, "big") == {"ShareLock": 1, "AccessExclusiveLock": 2}
    assert {lock["is_new"] for lock in result["locks"] if lock["relation"] == "big"} == {False}
    made = {lock["statement"] for lock in result["locks"] if lock["is_new"]}
    assert made == {1, 3}
    held = {lock["mode"]: lock["seconds"] for lock in result["locks"] if lock["relation"] == "big"}
    assert held["ShareLock"] > held["AccessExclusiveLock"] > 0
    assert result["notes"] == []
    assert {"event": "session", "pid": result["pid"]} in events


@pytest.mark.postgresql
def test_a_repeated_statement_is_looked_after_once(written, postgresql_scratch):
    up = """
    for number in range(400):
        op.execute(f"INSERT INTO small (id) VALUES ({number})")
    """
    result, _ = observe(written, postgresql_scratch, up)
    assert locks_of(result, "small") == {"RowExclusiveLock": 0}
    assert result["statements"][0]["wal_bytes"] is not None
    assert result["overhead_seconds"] < 0.2 * result["seconds"] + 0.1


@pytest.mark.postgresql
def test_only_the_statement_that_rewrote_is_said_to(written, postgresql_scratch):
    up = """
    op.alter_column("big", "name", nullable=False)
    op.alter_column("big", "n", type_=sa.BigInteger)
    op.alter_column("big", "name", type_=sa.String(500))
    op.execute("TRUNCATE small")
    """
    result, _ = observe(written, postgresql_scratch, up)
    oids = {lock["oid"]: lock["relation"] for lock in result["locks"]}
    found = {(oids[each["oid"]], each["statement"], each["how"]) for each in result["rewrites"]}
    assert {("big", 1, "rewritten"), ("big", 2, "rewritten"), ("small", 3, "emptied")} <= found
    assert {statement for _, statement, _ in found} == {1, 2, 3}
    assert result["wal_bytes"] >= sum(each["wal_bytes"] for each in result["statements"]) > 0


@pytest.mark.postgresql
def test_the_migrations_own_transaction_is_not_touched(written, postgresql_scratch):
    written.env(
        (written.folder / "migrations" / "env.py")
        .read_text()
        .replace(
            "context.run_migrations()",
            'connection.exec_driver_sql("SET LOCAL lock_timeout = 500")\n'
            "        context.run_migrations()",
        )
    )
    up = """
    bind = op.get_bind()
    assert bind.exec_driver_sql("SHOW lock_timeout").scalar() == "500ms"
    op.execute("CREATE FUNCTION slowly(n int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS "
               "'BEGIN PERFORM pg_sleep(0.2); RETURN n; END'")
    with op.get_context().autocommit_block():  # slowly: there, locks are seen by looking often
        op.create_index("ix_n", "big", [sa.text("slowly(n)")], postgresql_concurrently=True)
        op.drop_index("ix_n", "big", postgresql_concurrently=True)
    op.execute("COMMIT")
    op.execute("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
    op.execute("UPDATE big SET n = 5")
    with bind.begin_nested() as savepoint:
        op.execute("LOCK TABLE small IN ACCESS EXCLUSIVE MODE")
        savepoint.rollback()
    query = sa.text("SELECT id FROM big ORDER BY id").execution_options(yield_per=1)
    for row in bind.execute(query):
        op.execute(f"UPDATE big SET n = 1 WHERE id = {row[0]}")
    """
    result, _ = observe(written, postgresql_scratch, up)
    assert result["notes"] == []
    assert "ShareUpdateExclusiveLock" in locks_of(result, "big")
    assert "AccessExclusiveLock" in locks_of(result, "small")


@pytest.mark.postgresql
def test_a_server_s_notices_are_kept(written, postgresql_scratch):
    up = """op.execute("DO $$BEGIN RAISE WARNING 'mind the gap'; END$$")"""
    result, _ = observe(written, postgresql_scratch, up)
    assert result["notices"] == [{"severity": "WARNING", "message": "mind the gap"}]


@pytest.mark.postgresql
def test_settings_of_the_session_hold_from_the_start(written, postgresql_scratch):
    up = 'assert op.get_bind().exec_driver_sql("SHOW lock_timeout").scalar() == "7s"'
    observe(written, postgresql_scratch, up, session={"lock_timeout": "7s"})
