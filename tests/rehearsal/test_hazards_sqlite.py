"""Hazards on SQLite, where one writer keeps all others away, and of steps put together by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from schema.catalog import Catalog, read_catalog
from schema.compare import Difference, Differences
from schema.database import open_read_only
from schema.history import read_history
from schema.rehearsal import Lock, Rehearsal, Rewrite, Statement, Step, Wait
from schema.rehearsal.hazards import (
    Hazard,
    find_hazards,
    foresee,
    hazards_ahead,
    hazards_frame,
    hazards_of_step,
)
from schema.rehearsal.hazards.batching import batched_tables
from schema.rehearsal.ledger import DataLoss, DataVerdict

BATCH = """
with op.batch_alter_table("customer") as batch:
    batch.alter_column("name", existing_type=sa.Text(), nullable=False)
"""
NUMBERED = """
with op.batch_alter_table("numbered") as batch:
    batch.alter_column("n", existing_type=sa.Integer(), nullable=False)
"""

SETUP = (
    "ALTER TABLE customer ADD COLUMN name TEXT COLLATE NOCASE DEFAULT 'n'",
    "INSERT INTO customer (id) WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n "
    "WHERE i < 1500) SELECT i FROM n",
    "CREATE TRIGGER stamp AFTER UPDATE ON customer BEGIN SELECT 1; END",
    "CREATE INDEX lowered ON customer (lower(name))",
    "CREATE INDEX backwards ON customer (id DESC)",
    "CREATE TABLE orders (id INTEGER PRIMARY KEY, who INTEGER REFERENCES customer (id) "
    "ON DELETE CASCADE)",
    "INSERT INTO orders VALUES (1, 1)",
    "CREATE TABLE numbered (id INTEGER PRIMARY KEY AUTOINCREMENT, n INTEGER, CHECK (n > 0))",
)


@pytest.fixture
def customers(sqlite_shop: Any) -> Any:
    """The shop with many customers, and all that a batch recreate would lose."""
    engine = sa.create_engine(sqlite_shop.url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        for sql in SETUP:
            connection.exec_driver_sql(sql)
    engine.dispose()
    sqlite_shop.write("bbb222", "aaa111", "name all", BATCH)
    return sqlite_shop


def catalog_of(url: str) -> Catalog:
    with open_read_only(sa.make_url(url)) as connection:
        return read_catalog(connection)


def by_rule(found: tuple[Hazard, ...]) -> dict[str, Hazard]:
    return {hazard.rule: hazard for hazard in found}


def test_what_a_batch_recreate_will_lose_is_foreseen(customers: Any) -> None:
    with Rehearsal.start(customers.project) as rehearsal:
        revision = rehearsal.history.get("bbb222")
        rehearsal.close(drop=True)
    found = hazards_ahead(
        customers.project,
        revision,
        [],
        dialect="sqlite",
        catalog=catalog_of(customers.url),
        rows={"customer": 1500, "orders": 1},
    )
    lost = [hazard.message for hazard in found if hazard.rule == "batch-recreate-lost"]
    assert sorted(message.partition("drops ")[2] for message in lost) == [
        "expression index lowered.",
        "the collation of name.",
        "the order (DESC) of index backwards.",
        "the rows of orders, if foreign_keys is on (ON DELETE CASCADE).",
        "trigger stamp.",
    ]
    assert not any(hazard.observed for hazard in found)
    assert "batch-copies-table" in by_rule(found)


def test_a_batch_recreate_is_seen_with_its_time(customers: Any) -> None:
    with Rehearsal.start(customers.project) as rehearsal:
        before = rehearsal.state()
        step = rehearsal.up()
        revision = rehearsal.history.get("bbb222")
        found = hazards_of_step(customers.project, revision, step, before=before.catalog)
        rehearsal.close(drop=True)
    hazard = by_rule(found)["batch-copies-table"]
    assert hazard.observed
    assert hazard.object == "customer"
    assert "it took" in hazard.message
    assert "CREATE TABLE _alembic_tmp_customer" in step.statements[hazard.statement or 0].sql


def test_each_silent_loss_of_a_recreate_is_seen(customers: Any) -> None:
    customers.write("bbb222", "aaa111", "again", BATCH + NUMBERED)
    with Rehearsal.start(customers.project) as rehearsal:
        before = rehearsal.state()
        step = rehearsal.up()
        rehearsal.close(drop=True)
    found = [
        hazard
        for hazard in find_hazards(step, before=before.catalog)
        if hazard.rule == "batch-recreate-lost"
    ]
    assert sorted(hazard.message.partition(":")[0] for hazard in found) == [
        "AUTOINCREMENT of numbered lost",
        "COLLATE NOCASE of column name lost",
        "Check (n > 0) without a name lost",
        "DESC of index backwards lost",
        "Expression index lowered lost",
        "Trigger stamp lost",
    ]
    assert {hazard.severity for hazard in found} == {"high"}
    assert all(hazard.observed for hazard in found)
    statement = next(each.statement for each in found if each.object == "numbered")
    assert "_alembic_tmp_numbered" in step.statements[statement or 0].sql


def test_what_a_revision_makes_again_is_not_lost(customers: Any) -> None:
    again = "op.execute('CREATE TRIGGER stamp AFTER UPDATE ON customer BEGIN SELECT 1; END')"
    customers.write("bbb222", "aaa111", "again", BATCH + again)
    with Rehearsal.start(customers.project) as rehearsal:
        before = rehearsal.state()
        step = rehearsal.up()
        rehearsal.close(drop=True)
    found = find_hazards(step, before=before.catalog)
    assert not [hazard for hazard in found if "rigger" in hazard.message]


def test_a_revision_that_two_follow_leaves_their_order_open(sqlite_shop: Any) -> None:
    sqlite_shop.write("ccc333", "aaa111", "beside", "pass")
    history = read_history(sqlite_shop.project)

    def rules_of(name: str) -> set[str]:
        found = hazards_ahead(sqlite_shop.project, history.get(name), [], dialect="sqlite")
        return {hazard.rule for hazard in found}

    assert "branched-history" in rules_of("aaa111")
    assert "branched-history" not in rules_of("bbb222")


def test_a_loop_that_commits_its_batches_is_no_big_update() -> None:
    sql = "UPDATE a SET b = 1 WHERE id BETWEEN :x AND :y"
    before = Catalog("sqlite", "3.45", [])
    for executions, is_told in ((1, True), (100, False)):
        step = step_with(statements=(Statement(sql, 1.0, 90_000, executions),))
        assert ("big-update" in by_rule(find_hazards(step, before=before))) == is_told


def test_hazards_as_a_table() -> None:
    frame = hazards_frame(foresee(["DROP TABLE a", "TRUNCATE b"], dialect="postgresql"))
    assert list(frame["rule"]) == ["drop-table", "truncate", "lock-timeout-missing"]
    assert list(frame["statement"]) == [0, 1, 0]
    assert hazards_frame([]).empty


def test_a_small_table_may_be_copied(sqlite_rehearsal: Rehearsal, sqlite_shop: Any) -> None:
    sqlite_shop.write("bbb222", "aaa111", "again", BATCH.replace('"name"', '"id"'))
    before = sqlite_rehearsal.state()
    step = sqlite_rehearsal.up()
    assert "batch-copies-table" not in by_rule(find_hazards(step, before=before.catalog))


@pytest.mark.parametrize(
    ("body", "tables"),
    [
        ('with op.batch_alter_table("a") as batch:\n        batch.drop_column("b")', ("a",)),
        ('with op.batch_alter_table("a") as batch:\n        batch.add_column(sa.Column("b"))', ()),
        ('with op.batch_alter_table("a", recreate="always"):\n        pass', ("a",)),
        ('with op.batch_alter_table("a", recreate="never") as b:\n        b.drop_column("c")', ()),
        ("with op.batch_alter_table(name) as b:\n        b.drop_column('c')", ()),
        ("with open('x') as b:\n        b.drop_column('c')", ()),
    ],
)
def test_a_file_tells_which_tables_it_recreates(body: str, tables: tuple[str, ...]) -> None:
    text = f"def upgrade():\n    {body}\n\ndef downgrade():\n    pass\n"
    assert batched_tables(text, "up") == tables
    assert batched_tables(text, "down") == ()
    assert batched_tables("def upgrade(:", "up") == ()


# -- steps put together by hand ---------------------------------------------------------------

EMPTY = Catalog("postgresql", "18.1", [])


def step_with(**parts: Any) -> Step:
    found = Step("r1", "m", "up", 1.0, (), Differences(), {"a": 5_000}, {"a": 5_000})
    return replace(found, **parts)


def test_a_writer_that_keeps_others_away_for_long_is_told() -> None:
    locks = (Lock("database", "database", "RESERVED", 0, 1.4),)
    statements = (Statement("UPDATE a SET b = 1 WHERE c", 1.3, 900),)
    step = step_with(locks=locks, statements=statements)
    hazard = by_rule(find_hazards(step, before=Catalog("sqlite", "3.45", [])))["database-locked"]
    assert (hazard.severity, hazard.observed, hazard.statement) == ("medium", True, 0)
    assert "RESERVED was held on database for 1.40 s, which blocks writes." in hazard.message
    short = step_with(locks=(replace(locks[0], seconds=0.2),), statements=statements)
    assert not by_rule(find_hazards(short, before=Catalog("sqlite", "3.45", [])))


@pytest.mark.parametrize(("seconds", "severity"), [(0.02, "low"), (0.4, "medium"), (3.0, "high")])
def test_seconds_that_were_seen_count_more_than_rows(seconds: float, severity: str) -> None:
    sql = "CREATE INDEX i ON a (b)"
    step = step_with(
        rows_before={"a": 900 if severity == "high" else 90_000_000},
        statements=(Statement(sql, seconds, None),),
        locks=(Lock("a", "table", "ShareLock", 0, seconds),),
    )
    found = by_rule(find_hazards(step, before=EMPTY))
    assert found["index-not-concurrent"].severity == severity
    assert "long-lock" not in found, "the rule explains it"


def test_what_could_have_failed_and_did_not_is_mild() -> None:
    sql = "ALTER TABLE a ADD CONSTRAINT u UNIQUE (b)"
    statements = (Statement(sql, 0.1, None),)
    went_well = step_with(statements=statements)
    failed = step_with(statements=statements, error="duplicate")
    rule = "unique-may-fail"
    assert by_rule(find_hazards(went_well, before=EMPTY))[rule].severity == "low"
    hazard = by_rule(find_hazards(failed, before=EMPTY))[rule]
    assert (hazard.severity, hazard.observed) == ("medium", True)


def test_what_the_step_made_itself_keeps_nobody_away() -> None:
    locks = (Lock("new", "table", "AccessExclusiveLock", 0, 9.0, is_new=True),)
    assert not by_rule(find_hazards(step_with(locks=locks), before=EMPTY))


def test_a_wait_names_its_holder() -> None:
    step = step_with(waits=(Wait(2.5, "AccessExclusiveLock", "a", "process 7 (joe)"),))
    hazard = by_rule(find_hazards(step, before=EMPTY))["waited-for-lock"]
    assert hazard.message == (
        "The step waited 2.50 s for AccessExclusiveLock on a, held by process 7 (joe)."
    )


def test_what_fills_the_disk_is_told() -> None:
    large = Rewrite("a", "table", "rewritten", 0, 3 << 30, 3 << 30)
    found = by_rule(find_hazards(step_with(rewrites=(large,)), before=EMPTY))
    assert "3.0 GB of table a were written anew" in found["disk-headroom"].message
    found = by_rule(find_hazards(step_with(wal_bytes=2 << 30), before=EMPTY))
    assert "2.0 GB of WAL" in found["disk-headroom"].message
    assert not find_hazards(step_with(wal_bytes=1 << 20), before=EMPTY)


def test_rows_that_are_gone_are_lost_and_a_renamed_table_is_not() -> None:
    step = step_with(rows_before={"a": 3, "b": 2, "c": 1}, rows_after={"a": 1, "d": 2})
    renamed = Difference("table", "public", None, "d", "renamed", renamed_from="b")
    found = find_hazards(replace(step, differences=Differences([renamed])), before=EMPTY)
    lost = [(each.object, each.message) for each in found if each.rule == "data-lost"]
    assert lost == [
        ("a", "2 of 3 rows of a are gone."),
        ("c", "1 of 1 row of c are gone."),
    ]


def judged(step: Step, verdict: DataVerdict) -> Step:
    object.__setattr__(step, "data", verdict)
    return step


def test_the_ledger_says_what_is_lost_and_where() -> None:
    sql = "ALTER TABLE a ALTER COLUMN b TYPE VARCHAR(3)"
    loss = DataLoss("truncated", "a", "b", 7, "7 values of a.b were cut")
    step = step_with(
        statements=(Statement("SELECT 1", 0.1, 1), Statement(sql, 0.1, None)), rows_after={"a": 9}
    )
    found = find_hazards(judged(step, DataVerdict.of([], [loss])), before=EMPTY)
    lost = [each for each in found if each.rule == "data-lost"]
    assert [(each.object, each.message, each.statement, each.severity) for each in lost] == [
        ("a.b", "7 values of a.b were cut.", 1, "high")
    ]
    down = find_hazards(
        judged(replace(step, direction="down"), DataVerdict.of([], [loss])), before=EMPTY
    )
    assert next(each for each in down if each.rule == "data-lost").severity == "medium"


def test_a_column_that_went_with_no_value_is_a_mild_hazard() -> None:
    step = step_with(statements=(Statement("ALTER TABLE a DROP COLUMN b", 0.1, None),))
    unread = by_rule(find_hazards(step, before=EMPTY))["drop-column"]
    kept = by_rule(find_hazards(judged(step, DataVerdict.of([], [])), before=EMPTY))["drop-column"]
    assert (unread.severity, kept.severity) == ("high", "low")


def test_many_statements_are_looked_through_in_no_time() -> None:
    import time

    statements = [f"INSERT INTO a (b) VALUES ({number})" for number in range(2000)]
    started = time.perf_counter()
    foresee(statements, dialect="postgresql", rows={"a": 10})
    assert time.perf_counter() - started < 3
