"""What others feel of a step on MariaDB, and which locks it is seen to hold."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from schema import scratch
from schema.database import parse_url
from schema.errors import DatabaseError
from schema.rehearsal import Options, Rehearsal
from schema.rehearsal.stalls.mariadb import MariadbProbes
from schema.rehearsal.stalls.mariadb_targets import find_mariadb_targets
from schema.rehearsal.stalls.step import touched_tables
from schema.rehearsal.watching import watch_waits

pytestmark = pytest.mark.mariadb


@pytest.fixture
def shown_locks(mariadb_server: str) -> Iterator[None]:
    """The server shows its metadata locks, as long as this lasts."""
    engine = sa.create_engine(mariadb_server, poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql("INSTALL SONAME 'metadata_lock_info'")
        yield
        connection.exec_driver_sql("UNINSTALL SONAME 'metadata_lock_info'")
    engine.dispose()


def run(url: str, *statements: str) -> None:
    engine = sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def fill(url: str, rows: int) -> None:
    run(
        url,
        "ALTER TABLE customer ADD (name varchar(60), note varchar(200))",
        "INSERT INTO customer SELECT seq + 3, concat('n', seq), repeat('x', 150) "
        f"FROM seq_1_to_{rows}",
    )


@contextmanager
def probed(shop: Any, hold: float = 0.5) -> Iterator[Rehearsal]:
    options = Options(stall_probes=True, hold=hold, lock_timeout=0.4, ledger="rows")
    with Rehearsal.start(shop.project, options=options) as found:
        yield found
        found.close(drop=True)


@pytest.mark.parametrize("shows", [True, False])
def test_everybody_queues_behind_a_migration_that_waits_for_a_reader(
    mariadb_shop: Any, request: pytest.FixtureRequest, shows: bool
) -> None:
    if shows:
        request.getfixturevalue("shown_locks")
    with probed(mariadb_shop, hold=1.5) as rehearsal:
        step = rehearsal.up()
        assert step.stalls is not None
        load, behind, timeout = step.stalls.runs
        assert (load.scenario, load.error) == ("load", None)
        for who in ("reader", "writer"):
            wait = behind.longest(who)  # type: ignore[arg-type]
            assert wait is not None
            assert wait.waiting_for == "migration ← long reader"
            assert 1.2 < wait.seconds < 3
        assert behind.error is None
        waited = behind.longest("migration")
        assert waited is not None
        assert (waited.waiting_for, waited.table) == ("long reader", "customer" if shows else "")
        assert "Lock wait timeout exceeded" in (timeout.error or "")
        assert timeout.lock_timeout == 1, "lock_wait_timeout has whole seconds"
        assert bool(behind.held) == shows
        assert rehearsal.current == ("bbb222",)
        assert scratch.find(server=rehearsal.scratch.url, kept=False) == [rehearsal.scratch]
    assert mariadb_shop.rows() == 3
    assert "behind the migration, which waited for the long reader" in step.stalls.verdict


@pytest.mark.usefixtures("shown_locks")
def test_writers_wait_for_a_table_that_is_copied_and_readers_do_not(mariadb_shop: Any) -> None:
    fill(mariadb_shop.url, 60_000)
    copies = "op.execute('ALTER TABLE customer MODIFY note varchar(210) CHARACTER SET latin1')"
    mariadb_shop.write("bbb222", "aaa111", "copy", copies)
    with probed(mariadb_shop) as rehearsal:
        step = rehearsal.up()
    assert step.stalls is not None
    assert (step.statements[0].algorithm, step.statements[0].lock) == ("COPY", "SHARED")
    load = step.stalls.runs[0]
    writer = load.longest("writer")
    assert writer is not None
    assert writer.waiting_for == "migration"
    assert writer.seconds > 0.5 * load.seconds
    reader = load.longest("reader")
    assert reader is None or reader.seconds < 0.5 * writer.seconds
    found = {(each.relation, each.mode): each for each in step.locks}
    assert {name for name, _ in found} == {"customer"}, "not the stamp's"
    lock = found["customer", "MDL_SHARED_NO_WRITE"]
    assert lock.blocks == ("writes", "ddl")
    assert lock.statement == 0
    assert lock.seconds == pytest.approx(step.statements[0].seconds, rel=0.5)
    assert {each.mode for each in load.held} >= {"MDL_SHARED_NO_WRITE"}


@pytest.mark.usefixtures("shown_locks")
def test_rows_that_a_step_changes_keep_their_writers_waiting(mariadb_shop: Any) -> None:
    fill(mariadb_shop.url, 2_000)
    mariadb_shop.write(
        "bbb222", "aaa111", "slow",
        "op.execute(\"UPDATE customer SET name = 'x'\")\nop.execute('DO SLEEP(0.6)')",
    )  # fmt: skip
    with probed(mariadb_shop) as rehearsal:
        step = rehearsal.up()
    assert step.stalls is not None
    load = step.stalls.runs[0]
    writer = load.longest("writer")
    assert writer is not None
    assert writer.waiting_for == "migration"
    assert writer.seconds > 0.4
    assert load.longest("reader") is None
    [lock] = [each for each in step.locks if each.mode == "MDL_SHARED_WRITE"]
    assert lock.blocks == ("ddl",)
    assert lock.seconds > 0.5, "until the end of the transaction"


def test_what_the_old_code_meets_is_told(mariadb_shop: Any) -> None:
    run(mariadb_shop.url, "ALTER TABLE customer ADD age int")
    mariadb_shop.write("bbb222", "aaa111", "drop", "op.drop_column('customer', 'age')")
    with probed(mariadb_shop, hold=0.1) as rehearsal:
        step = rehearsal.up()
    assert step.stalls is not None
    assert "Unknown column" in step.stalls.verdict
    assert "scratch_" not in step.stalls.verdict
    assert touched_tables(step) == ("customer",)


def test_tables_that_are_only_named_are_probed_too(mariadb_shop: Any) -> None:
    mariadb_shop.write("bbb222", "aaa111", "force", "op.execute('ALTER TABLE customer FORCE')")
    with Rehearsal.start(mariadb_shop.project) as rehearsal:
        assert touched_tables(rehearsal.up()) == ("customer",)
        rehearsal.close(drop=True)


@pytest.mark.parametrize("shows", [True, False])
def test_a_wait_of_the_step_is_told_while_it_lasts(
    mariadb_url: str, request: pytest.FixtureRequest, shows: bool
) -> None:
    if shows:
        request.getfixturevalue("shown_locks")
    run(mariadb_url, "CREATE TABLE t (a int)")
    engine = sa.create_engine(mariadb_url, poolclass=sa.NullPool)
    told: list[Any] = []
    with engine.connect() as holder, engine.connect() as waiter:
        holder.exec_driver_sql("SELECT * FROM t")
        pid = waiter.exec_driver_sql("SELECT CONNECTION_ID()").scalar_one()
        with watch_waits(parse_url(mariadb_url), lambda: [pid], told.append) as waits:
            thread = threading.Thread(
                target=waiter.exec_driver_sql, args=("ALTER TABLE t ADD b int",)
            )
            thread.start()
            deadline = time.monotonic() + 10
            while not told:
                assert time.monotonic() < deadline
                time.sleep(0.02)
            holder.rollback()
            thread.join(10)
    engine.dispose()
    assert [event["event"] for event in told] == ["waiting", "waited"]
    [wait] = waits
    assert wait.mode == "Waiting for table metadata lock"
    assert wait.relation == ("t" if shows else None)
    assert ("process" in wait.holder) == shows


def test_rows_are_picked_where_names_have_percent_signs(mariadb_url: str) -> None:
    run(
        mariadb_url,
        "CREATE TABLE `50%%off` (`id%%s` int PRIMARY KEY)",
        "INSERT INTO `50%%off` VALUES (1), (7)",
    )
    engine = sa.create_engine(mariadb_url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        [target] = find_mariadb_targets(connection.connection.driver_connection, ["50%off"])
    engine.dispose()
    assert target.conditions == (" WHERE `id%s` = 1", " WHERE `id%s` = 7")


def test_a_limit_on_connections_is_told(mariadb_url: str, mariadb_server: str) -> None:
    user = f"u{sa.make_url(mariadb_url).database}"[:20]
    run(
        mariadb_url,
        "CREATE TABLE t (id int PRIMARY KEY)",
        f"CREATE USER {user}@localhost IDENTIFIED BY 's3cret' WITH MAX_USER_CONNECTIONS 2",
        f"GRANT ALL ON {sa.make_url(mariadb_url).database}.* TO {user}@localhost",
    )
    url = sa.make_url(mariadb_url).set(username=user, password="s3cret")
    try:
        with pytest.raises(DatabaseError, match="max_user_connections") as told:
            MariadbProbes(parse_url(url), ["t"], 0.1).__enter__()
    finally:
        run(mariadb_server, f"DROP USER {user}@localhost")
    assert "s3cret" not in str(told.value)


def test_a_refusal_to_the_driver_itself_is_told(mariadb_url: str) -> None:
    probes = MariadbProbes(parse_url(mariadb_url).set(database="not_there"), ["t"], None)
    with pytest.raises(DatabaseError, match="Unknown database"):
        probes.__enter__()
