"""What readers and writers feel of a step: who waits, for how long, behind whom."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from schema.database import parse_url
from schema.rehearsal.stalls import (
    Attempt,
    Probes,
    Scenario,
    Segment,
    Stall,
    StallRun,
    Stalls,
    measure_stalls,
)

#: Long enough to be told from a busy machine.
LONG = 0.4


class Bench:
    """A database with one filled table, and steps of plain SQL that are run on it."""

    def __init__(self, url: str) -> None:
        self.url = parse_url(url)
        with self.connect() as connection:
            connection.exec_driver_sql("CREATE TABLE invoice (id INTEGER PRIMARY KEY, total INT)")
            connection.exec_driver_sql(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) "
                "INSERT INTO invoice SELECT i, i FROM n"
            )
            connection.commit()

    @contextmanager
    def connect(self) -> Iterator[sa.Connection]:
        engine = sa.create_engine(self.url, poolclass=sa.NullPool)
        with engine.connect() as connection:
            yield connection
        engine.dispose()

    def runs(self, *statements: str, after: float = 0.0) -> Callable[..., Attempt]:
        """A step of these statements, in one transaction that stays open for a while."""

        def run(settings: Mapping[str, str], probes: Probes) -> Attempt:
            error = None
            with probes, self.connect() as connection:
                began = time.monotonic()
                try:
                    for name, value in settings.items():
                        connection.exec_driver_sql(f"SET {name} = '{value}'")
                    for statement in statements:
                        connection.exec_driver_sql(statement)
                    time.sleep(after)
                    connection.commit()
                except sa.exc.DBAPIError as failure:
                    error = str(failure.orig)
                seconds = time.monotonic() - began
            return Attempt(seconds, error, began, (Segment(statements[0], 0.0, seconds),))

        return run

    def measure(
        self,
        run: Callable[..., Attempt],
        scenario: Scenario,
        tables: Sequence[str] = ("invoice",),
        **options: float,
    ) -> StallRun:
        found = measure_stalls(self.url, run, tables, scenarios=[scenario], **options)
        return found.runs[0]

    def comes_to_sessions(self, count: int) -> bool:
        """Whether so many others are left, once the server has seen which have ended."""
        until = time.monotonic() + 2
        while self._sessions() != count and time.monotonic() < until:
            time.sleep(0.02)
        return self._sessions() == count

    def _sessions(self) -> int:
        with self.connect() as connection:
            query = (
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
            return int(connection.exec_driver_sql(query).scalar_one())


@pytest.fixture
def bench(postgresql_url: str) -> Bench:
    return Bench(postgresql_url)


@pytest.fixture
def file(sqlite_url: str) -> Bench:
    return Bench(sqlite_url)


def longest(run: StallRun) -> tuple[float, float]:
    """The longest that a reader and a writer waited, in seconds."""
    found = [run.longest("reader"), run.longest("writer")]
    reader, writer = (0.0 if each is None else each.seconds for each in found)
    return reader, writer


# -- PostgreSQL -------------------------------------------------------------------------------


@pytest.mark.postgresql
def test_an_index_keeps_writers_waiting_and_no_readers(bench: Bench) -> None:
    run = bench.measure(bench.runs("CREATE INDEX i ON invoice (total)", after=LONG), "load")
    reader, writer = longest(run)
    assert reader < LONG / 2
    assert LONG * 0.9 < writer < LONG + 0.4
    stall = run.longest("writer")
    assert stall is not None
    assert (stall.table, stall.waiting_for) == ("invoice", "migration")
    assert -0.1 < stall.start < 0.2
    assert [(each.mode, each.blocks) for each in run.held][-1] == (
        "ShareLock",
        ("writes", "ddl"),
    )
    assert all(probe.count > 2 and not probe.failures for probe in run.probes)


@pytest.mark.postgresql
def test_an_index_made_concurrently_keeps_nobody_waiting(bench: Bench) -> None:
    def run(settings: Mapping[str, str], probes: Probes) -> Attempt:
        with probes, bench.connect() as connection:
            began = time.monotonic()
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.exec_driver_sql("CREATE INDEX CONCURRENTLY i ON invoice (total)")
            time.sleep(0.2)
            return Attempt(time.monotonic() - began, None, began)

    assert bench.measure(run, "load").waited == ()
    with bench.connect() as connection:
        connection.exec_driver_sql("DROP INDEX i")
        connection.commit()
    behind = bench.measure(run, "long reader", hold=LONG)
    assert behind.waited == ()
    waits = behind.longest("migration")
    assert waits is not None, "it waits for the reader's snapshot, all by itself"
    assert waits.waiting_for == "long reader"


@pytest.mark.postgresql
def test_all_queue_up_behind_a_migration_that_waits_for_a_long_reader(bench: Bench) -> None:
    run = bench.measure(
        bench.runs("ALTER TABLE invoice ADD COLUMN note text"), "long reader", hold=LONG
    )
    assert run.error is None
    for who in ("reader", "writer"):
        stall = run.longest(who)
        assert stall is not None
        assert LONG * 0.8 < stall.seconds < LONG + 0.4
        assert stall.waiting_for == "migration ← long reader"
    waits = run.longest("migration")
    assert waits is not None
    assert (waits.table, waits.waiting_for) == ("invoice", "long reader")
    assert run.long_reader is not None
    assert run.long_reader.start < 0 < run.long_reader.seconds


@pytest.mark.postgresql
def test_a_lock_timeout_bounds_the_wait_and_fails_the_step(bench: Bench) -> None:
    run = bench.measure(
        bench.runs("ALTER TABLE invoice ADD COLUMN note text"),
        "long reader, lock_timeout",
        hold=2.0,
        lock_timeout=0.3,
    )
    assert "lock timeout" in (run.error or "")
    assert run.lock_timeout == 0.3
    reader, writer = longest(run)
    assert 0.2 < reader < 0.8
    assert 0.2 < writer < 0.8


@pytest.mark.postgresql
def test_a_backfill_keeps_writers_of_its_rows_waiting_and_no_readers(bench: Bench) -> None:
    run = bench.measure(bench.runs("UPDATE invoice SET total = 0", after=LONG), "load")
    reader, writer = longest(run)
    assert reader < LONG / 2
    assert writer > LONG * 0.8
    assert run.held[-1].mode == "RowExclusiveLock"


@pytest.mark.postgresql
@pytest.mark.parametrize("kills", [False, True])
def test_nothing_of_the_probes_is_left(bench: Bench, kills: bool) -> None:
    """Not after a step that failed, nor after one that was killed while others waited for it."""
    with bench.connect() as watching:
        query = "SELECT count(*), sum(total), min(xmin::text), max(ctid) FROM invoice"
        before = watching.exec_driver_sql(query).one()

    def run(settings: Mapping[str, str], probes: Probes) -> Attempt:
        with bench.connect() as connection:
            with probes:
                began = time.monotonic()
                connection.exec_driver_sql("LOCK TABLE invoice IN ACCESS EXCLUSIVE MODE")
                time.sleep(0.2)
                if not kills:
                    connection.rollback()
            # Killed, its session may go on holding its locks: the probes are gone nevertheless.
            assert bench.comes_to_sessions(1)
            return Attempt(0.2, "stopped", began)

    found = bench.measure(run, "long reader", hold=0.1)
    assert found.error == "stopped"
    assert min(longest(found)) > (0.8 if kills else 0.1)
    assert bench.comes_to_sessions(0)
    with bench.connect() as watching:
        assert watching.exec_driver_sql(query).one() == before
    assert not [each for each in threading.enumerate() if each.name.startswith("schema-")]


@pytest.mark.postgresql
def test_what_the_old_code_would_meet_is_no_stall(bench: Bench) -> None:
    dropped = bench.measure(bench.runs("ALTER TABLE invoice DROP COLUMN total", after=0.1), "load")
    reader, writer = dropped.probes
    assert "column" in reader.failures[0][0]
    assert '"total"' in reader.failures[0][0] or "total" in reader.failures[0][0]
    assert writer.failures == ()

    def gone(settings: Mapping[str, str], probes: Probes) -> Attempt:
        with probes, bench.connect() as connection:
            began = time.monotonic()
            connection.exec_driver_sql("DROP TABLE invoice")
            connection.commit()
            time.sleep(0.2)
            return Attempt(0.2, None, began)

    run = bench.measure(gone, "load")
    assert all("does not exist" in probe.failures[0][0] for probe in run.probes)
    assert run.waited == ()


@pytest.mark.postgresql
def test_hostile_names_and_tables_without_key_or_rows_are_probed(bench: Bench) -> None:
    with bench.connect() as connection:
        for statement in (
            'CREATE SCHEMA "a.b%s"',
            'CREATE TABLE "a.b%s"."x""y%%" ("k""1" text, "n%s" int, PRIMARY KEY ("k""1", "n%s"))',
            """INSERT INTO "a.b%s"."x""y%%" VALUES ('it''s \\ %s', 1)""",
            "CREATE TABLE keyless (a int)",
            "INSERT INTO keyless VALUES (1)",
            "CREATE TABLE empty (id int PRIMARY KEY)",
            "CREATE TABLE nothing ()",
            "CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY RANGE (id)",
            "CREATE TABLE part PARTITION OF parts DEFAULT",
            "INSERT INTO parts VALUES (1)",
            "CREATE VIEW seen AS SELECT * FROM invoice",
        ):
            connection.execution_options(no_parameters=True).exec_driver_sql(statement)
        connection.commit()
    labels = ['a.b%s.x"y%%', "keyless", "empty", "nothing", "parts", "seen", "not there"]
    run = bench.measure(bench.runs("SELECT pg_sleep(0.2)"), "long reader", labels, hold=0.1)
    assert [(each.who, each.table) for each in run.probes] == [
        (who, label)
        for label in labels[:-1]
        for who in ("reader", "writer")
        if (who, label) != ("writer", "seen")
    ]
    assert [probe.failures for probe in run.probes] == [()] * 11
    assert all(probe.count for probe in run.probes)


@pytest.mark.postgresql
def test_tables_beyond_the_limit_are_named(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("schema.rehearsal.stalls.measure.MOST_TABLES", 1)
    tables = ["invoice", "other", "more"]
    found = measure_stalls(bench.url, bench.runs("SELECT 1"), tables, scenarios=["load"])
    assert found.left_out == ("other", "more")
    assert found.runs[0].tables == ("invoice",)


@pytest.mark.postgresql
def test_a_long_reader_does_not_stay_for_ever_when_nobody_watches(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("schema.rehearsal.stalls.monitor._SESSIONS", "SELECT no_such_thing")
    run = bench.measure(bench.runs("ALTER TABLE invoice ADD note text"), "long reader", hold=0.3)
    assert run.error is None
    assert run.seconds < 1
    assert {each.waiting_for for each in run.stalls} == {None}, "what was not seen is not told"
    assert "no_such_thing" in run.notes[0]
    assert "nobody was seen to wait, though some answer took" in Stalls((run,)).verdict


# -- SQLite -----------------------------------------------------------------------------------


def test_a_transaction_keeps_writers_of_a_file_waiting_and_no_readers(file: Bench) -> None:
    run = file.measure(
        file.runs("BEGIN IMMEDIATE", "CREATE INDEX i ON invoice (total)", after=LONG), "load"
    )
    assert run.error is None
    reader, writer = longest(run)
    assert reader < LONG / 2
    assert writer > LONG * 0.8
    assert {each.waiting_for for each in run.stalls} == {"migration"}


def test_all_wait_for_a_file_whose_commit_waits_for_a_long_reader(file: Bench) -> None:
    run = file.measure(file.runs("UPDATE invoice SET total = 0"), "long reader", hold=LONG)
    assert run.error is None
    for who in ("reader", "writer"):
        stall = run.longest(who)
        assert stall is not None
        assert stall.seconds > LONG * 0.8
        assert stall.waiting_for == "migration ← long reader"
    waits = run.longest("migration")
    assert waits is not None
    assert waits.waiting_for == "long reader"


def test_with_a_write_ahead_log_readers_never_wait(file: Bench) -> None:
    with file.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode = wal")
    run = file.measure(
        file.runs("UPDATE invoice SET total = 0", after=LONG), "long reader", hold=LONG
    )
    assert run.error is None
    reader, writer = longest(run)
    assert reader < LONG / 2
    assert writer > LONG * 0.8
    assert run.longest("migration") is None


def test_what_the_old_code_would_meet_in_a_file(file: Bench) -> None:
    run = file.measure(file.runs("ALTER TABLE invoice RENAME COLUMN total TO sum"), "load")
    reader, writer = run.probes
    assert [said for said, _ in reader.failures] == ["no such column: invoice.total"]
    assert writer.failures == ()


def test_sqlite_has_no_scenario_with_a_lock_timeout(file: Bench) -> None:
    found = measure_stalls(file.url, file.runs("SELECT 1"), ["invoice"], hold=0.1)
    assert [run.scenario for run in found.runs] == ["load", "long reader"]


# -- values -----------------------------------------------------------------------------------


def made(scenario: Scenario, *stalls: Stall, error: str | None = None) -> StallRun:
    hold = None if scenario == "load" else 2.0
    limit = 1.0 if "lock_timeout" in scenario else None
    return StallRun(scenario, limit, 3.0, error, ("invoice",), stalls, hold=hold)


def test_a_verdict_is_a_sentence_a_run() -> None:
    queue = "migration ← long reader"
    found = Stalls(
        (
            made("load", Stall("writer", "invoice", 0, 3.2, "migration")),
            made(
                "long reader",
                Stall("reader", "invoice", 0, 2.1, queue),
                Stall("writer", "invoice", 0, 2.0, queue),
            ),
            made("long reader, lock_timeout", error="canceling statement due to lock timeout"),
        )
    )
    assert found.verdict == (
        "Under load, writers of invoice waited up to 3.20 s behind the migration, readers did not "
        "wait. With a reader holding invoice for 2 s, readers and writers of invoice waited up "
        "to 2.10 s behind the migration, which waited for the long reader. With a reader holding "
        "invoice for 2 s and a lock_timeout of 1 s, the step failed, and nobody waited."
    )
    assert found.longest == Stall("writer", "invoice", 0, 3.2, "migration")
    assert Stalls((made("load"),)).longest is None
    assert "nobody had to wait" in Stalls(()).verdict


def test_stalls_are_a_frame_and_json() -> None:
    found = Stalls((made("load", Stall("writer", "invoice", 0.25, 3.2, "migration")),), ("other",))
    assert found.frame().to_dict("records") == [
        {
            "scenario": "load",
            "who": "writer",
            "table": "invoice",
            "start": 0.25,
            "seconds": 3.2,
            "waiting_for": "migration",
        }
    ]
    told = json.loads(json.dumps(found.to_dict()))
    assert told["longest"]["seconds"] == 3.2
    assert told["left_out"] == ["other"]
    assert told["runs"][0]["scenario"] == "load"
    assert list(found.probes_frame().columns) == [
        "scenario", "who", "table", "count", "median", "longest", "failures",
    ]  # fmt: skip


def test_who_waited_much_less_is_told_apart() -> None:
    run = made(
        "long reader",
        Stall("writer", "invoice", 0.0, 17.9, "migration"),
        Stall("reader", "invoice", 1.0, 0.9, "migration ← long reader"),
    )
    assert Stalls((run,)).verdict.endswith(
        "writers of invoice waited up to 17.90 s behind the migration, "
        "readers up to 900 ms behind the migration, which waited for the long reader."
    )
