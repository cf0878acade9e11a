"""A step that fails at each of its statements: what it leaves, and what repairs that."""

from __future__ import annotations

import json
from typing import Any

import pytest

from schema.rehearsal import Faults, Rehearsal, Statement
from schema.rehearsal.faults import fault_points

MAIL = "op.add_column('customer', sa.Column('mail', sa.String(80)))"
BATCH = """
with op.batch_alter_table('customer', recreate='always') as batch:
    batch.add_column(sa.Column('mail', sa.String(80)))
"""

#: An env.py whose transactions are the driver's own, as most on SQLite are.
AUTOCOMMITTED = """
with op.get_context().autocommit_block():
    op.execute("CREATE TABLE one (id INTEGER)")
    op.execute("CREATE TABLE two (id INTEGER)")
"""


def failed(shop: Any, up: str, kind: Any = "error") -> Faults:
    """The shop's second revision, written anew, made to fail everywhere."""
    shop.write("bbb222", "aaa111", "change", up)
    with Rehearsal.start(shop.project) as rehearsal:
        (found,) = rehearsal.fail_everywhere("bbb222", kinds=[kind])
        assert rehearsal.current == ("bbb222",), "it ends applied"
        rehearsal.close(drop=True)
    assert shop.rows() == 3
    return found


def test_points_are_before_between_and_after_all_statements() -> None:
    a, b = Statement("A", 0.1, None, 2), Statement("B", 0.1, None, 9)
    assert [(where, each and each.sql) for where, each in fault_points([a, b], "sqlite")] == [
        (0, None), (1, "A"), (2, "A"), (3, "B"), (7, "B"), (11, "B"), ("revision", "B"),
        ("stamp", "B"),
    ]  # fmt: skip
    assert [where for where, _ in fault_points([], "sqlite")] == [0, "revision", "stamp"]


def test_a_query_on_sqlite_leaves_nothing_and_is_no_point() -> None:
    told = [
        Statement(sql, 0.1, None)
        for sql in ('PRAGMA main.table_xinfo("a")', "SELECT 1", "PRAGMA foreign_keys=OFF", "DROP")
    ]
    assert [where for where, _ in fault_points(told, "sqlite")] == [0, 3, 4, "revision", "stamp"]
    # On PostgreSQL a SELECT may call a function that writes.
    assert [where for where, _ in fault_points(told[1:2], "postgresql")][1] == 1


@pytest.mark.postgresql
def test_on_postgresql_a_failed_step_leaves_nothing(postgresql_shop: Any) -> None:
    found = failed(postgresql_shop, MAIL)
    assert [item.after for item in found.failures] == [0, 1, "revision", "stamp"]
    assert all(item.is_clean and item.runs_again for item in found.failures)
    assert found.is_safe
    assert "simply be run again" in found.verdict


@pytest.mark.postgresql
@pytest.mark.parametrize("kind", ["connection", "process"])
def test_a_lost_connection_or_process_leaves_nothing_either(
    postgresql_shop: Any, kind: str
) -> None:
    found = failed(postgresql_shop, MAIL, kind)
    assert found.is_safe
    assert {item.kind for item in found.failures} == {kind}


def test_what_was_committed_on_the_way_is_left_and_repaired(shop: Any) -> None:
    found = failed(shop, AUTOCOMMITTED)
    by_place = {item.after: item for item in found.failures}
    assert by_place[0].is_clean
    assert by_place[0].runs_again
    half = by_place[1]
    assert [(each.kind, each.name, each.change) for each in half.left] == [
        ("table", "one", "added")
    ]
    assert not half.runs_again
    assert "exists" in (half.again_error or "")
    assert half.repair is not None
    assert any("DROP TABLE" in sql for sql in half.repair)
    assert "repair" in half.advice
    assert not found.is_safe


@pytest.mark.parametrize("kind", ["error", "process"])
def test_a_batch_recreate_in_the_drivers_transactions_leaves_its_copy(
    sqlite_shop: Any, kind: str
) -> None:
    found = failed(sqlite_shop, BATCH, kind)
    left = [item for item in found.failures if item.leftovers]
    assert left, "sqlite3 commits DDL by itself"
    for item in left:
        assert item.leftovers == ("_alembic_tmp_customer",)
        if not item.runs_again:
            assert "_alembic_tmp_customer" in (item.again_error or "")
            assert item.repair is not None, item
    dropped = [item for item in left if any(each.change == "removed" for each in item.left)]
    for item in dropped:
        assert item.repair is not None
        assert any("RENAME TO" in sql for sql in item.repair)


def test_as_a_table_and_as_json(sqlite_shop: Any) -> None:
    found = failed(sqlite_shop, MAIL)
    assert list(found.frame().columns) == [
        "revision", "direction", "kind", "after", "statement", "stamp", "left", "data_lost",
        "runs_again", "repair", "stamp_lies", "goes_back",
    ]  # fmt: skip
    told = json.loads(json.dumps(found.to_dict()))
    assert told["failures"][-1]["after"] == "stamp"
    assert told["safe"] is found.is_safe


def test_a_step_that_fails_by_itself_is_told(sqlite_shop: Any) -> None:
    sqlite_shop.write("bbb222", "aaa111", "change", "op.execute('SELECT no_such')")
    with Rehearsal.start(sqlite_shop.project) as rehearsal:
        (found,) = rehearsal.fail_everywhere("bbb222")
        rehearsal.close(drop=True)
        assert rehearsal.is_alarming
    assert found.step.failed
    assert found.failures == ()
    assert not found.is_safe
    assert found.verdict.startswith("fails by itself: Revision bbb222 failed")


def test_an_error_that_the_revision_catches_is_no_failure(sqlite_shop: Any) -> None:
    caught = """
    try:
        op.execute("UPDATE customer SET id = id")
    except sa.exc.OperationalError:
        pass
    """
    found = failed(sqlite_shop, caught)
    by_place = {item.after: item for item in found.failures}
    assert "caught the error" in by_place[1].advice
    assert by_place[1].stamp == ("bbb222",)
    assert "caught" not in by_place["stamp"].advice
