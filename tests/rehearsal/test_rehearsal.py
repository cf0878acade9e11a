"""Revisions run on a copy, one a step; what each did is seen, and the original stays as it is."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from schema import scratch
from schema.errors import NotScratchError, RevisionError, ScratchError, WorkbenchError
from schema.rehearsal import Options, Rehearsal

# What takes so long that only a kill ends it, on either kind of database.
ENDLESS = """
op.execute("INSERT INTO customer VALUES (99)")
if op.get_bind().dialect.name == "postgresql":
    op.execute("SELECT pg_sleep(300)")
op.execute(
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000000000) "
    "SELECT max(i) FROM n"
)
"""


def test_a_step_tells_what_it_did(rehearsal: Rehearsal) -> None:
    step = rehearsal.up()
    assert (step.revision, step.direction, step.error) == ("bbb222", "up", None)
    assert step.seconds > 0
    assert any("mail" in statement.sql for statement in step.statements)
    assert [(each.kind, each.name, each.change) for each in step.differences] == [
        ("column", "mail", "added")
    ]
    assert step.rows == {"customer": (3, 3)}
    assert (step.stamp_before, step.stamp_after) == (("aaa111",), ("bbb222",))


def test_lost_rows_are_counted(rehearsal: Rehearsal, shop: Any) -> None:
    steps = rehearsal.run_to("head")
    assert [step.revision for step in steps] == ["bbb222", "ccc333"]
    assert steps[1].changed_rows == {"customer": (3, 0)}
    assert shop.rows() == 3


def test_up_and_down_return_to_the_same_catalog(rehearsal: Rehearsal) -> None:
    before = rehearsal.state()
    rehearsal.up()
    step = rehearsal.down()
    assert (step.direction, step.revision) == ("down", "bbb222")
    assert rehearsal.state().catalog == before.catalog
    assert rehearsal.current == ("aaa111",)


def test_a_target_may_lie_above_below_or_here(sqlite_rehearsal: Rehearsal) -> None:
    def planned(target: str) -> list[tuple[str, str]]:
        return [(direction, revision.id) for direction, revision in sqlite_rehearsal.plan(target)]

    assert planned("head") == [("up", "bbb222"), ("up", "ccc333")]
    assert planned("+1") == planned("bbb") == [("up", "bbb222")]
    assert planned("aaa111") == []
    assert planned("base") == planned("-1") == [("down", "aaa111")]
    with pytest.raises(RevisionError, match="no revision 'zzz'"):
        sqlite_rehearsal.plan("zzz")


def test_at_either_end_there_is_no_step(sqlite_rehearsal: Rehearsal) -> None:
    sqlite_rehearsal.run_to("head")
    assert sqlite_rehearsal.run_to("head") == []
    with pytest.raises(RevisionError, match="at head"):
        sqlite_rehearsal.up()
    sqlite_rehearsal.run_to("base")
    assert sqlite_rehearsal.current == ()
    with pytest.raises(RevisionError, match="at base"):
        sqlite_rehearsal.down()


def test_reset_brings_the_contents_back(rehearsal: Rehearsal) -> None:
    name = rehearsal.scratch.name
    rehearsal.run_to("head")
    rehearsal.reset()
    assert rehearsal.scratch.name == name
    assert rehearsal.current == ("aaa111",)
    assert rehearsal.steps == []
    assert rehearsal.up().rows == {"customer": (3, 3)}


def test_a_kept_pristine_state_needs_no_source_to_reset(shop: Any) -> None:
    with Rehearsal.start(shop.project, resettable=True) as rehearsal:
        assert rehearsal.pristine is not None
        rehearsal.run_to("head")
        for _ in range(2):
            rehearsal.reset()
            assert rehearsal.current == ("aaa111",)
            assert rehearsal.state().rows == {"customer": 3}
            assert not rehearsal.up().failed
        kept = rehearsal.pristine
        rehearsal.close(drop=True)
    assert kept.name not in {each.name for each in scratch.find(server=shop.url)}


def test_a_failed_step_shows_the_state_that_it_left(rehearsal: Rehearsal, shop: Any) -> None:
    broken = "op.execute('DELETE FROM customer WHERE id = 1')\nop.execute('SELECT no_such')"
    shop.write("bbb222", "aaa111", "break", broken)
    steps = rehearsal.run_to("head")
    assert len(steps) == 1, "a run ends with the step that failed"
    assert "bbb222" in (steps[0].error or "")
    assert "no_such" in steps[0].details["sql"]
    assert "bbb222.py" in steps[0].details["traceback"]
    assert steps[0].stamp_after == ("aaa111",)
    assert not steps[0].differences
    assert steps[0].rows == {"customer": (3, 3)}
    assert any("DELETE" in statement.sql for statement in steps[0].statements)


def test_an_edited_revision_is_run_as_it_is_now(
    sqlite_rehearsal: Rehearsal, sqlite_shop: Any
) -> None:
    sqlite_shop.write("bbb222", "aaa111", "break", "raise ValueError('not yet')")
    assert sqlite_rehearsal.up().failed
    sqlite_shop.write("bbb222", "aaa111", "mend", "op.execute('DELETE FROM customer WHERE id = 1')")
    assert sqlite_rehearsal.up().changed_rows == {"customer": (3, 2)}


def test_what_a_committed_part_left_is_seen(rehearsal: Rehearsal, shop: Any) -> None:
    half = """
    with op.get_context().autocommit_block():
        op.execute("CREATE TABLE _alembic_tmp_customer (id INTEGER)")
    raise ValueError("half-way")
    """
    shop.write("bbb222", "aaa111", "break", half)
    step = rehearsal.up()
    assert step.failed
    assert step.leftovers == ("_alembic_tmp_customer",)
    assert step.rows["_alembic_tmp_customer"] == (None, 0)


def stop_once_it_runs(rehearsal: Rehearsal) -> None:
    """Stop from another thread, a moment after the first statement was seen."""
    seen = threading.Event()
    rehearsal.on_event = lambda event: seen.set() if event["event"] == "start" else None

    def stop() -> None:
        seen.wait(30)
        time.sleep(1.5)
        rehearsal.stop()

    threading.Thread(target=stop, daemon=True).start()


def test_a_stopped_step_leaves_the_copy_usable(rehearsal: Rehearsal, shop: Any) -> None:
    shop.write("bbb222", "aaa111", "endless", ENDLESS)
    stop_once_it_runs(rehearsal)
    started = time.monotonic()
    (step,) = rehearsal.run_to("head")
    assert time.monotonic() - started < 30
    assert step.error == "Stopped before it was done."
    assert step.stamp_after == ("aaa111",)
    assert step.rows == {"customer": (3, 3)}
    shop.write("bbb222", "aaa111", "short", "pass")
    assert not rehearsal.up().failed
    assert shop.rows() == 3


def test_a_stop_between_two_steps_ends_the_run(sqlite_rehearsal: Rehearsal) -> None:
    steps = sqlite_rehearsal.run_to("head", on_step=lambda step: sqlite_rehearsal.stop())
    assert [(step.revision, step.error) for step in steps] == [("bbb222", None)]
    assert sqlite_rehearsal.up().revision == "ccc333"


def test_a_stop_while_a_step_is_about_to_begin_is_not_lost(sqlite_shop: Any) -> None:
    sqlite_shop.write("bbb222", "aaa111", "endless", ENDLESS)
    with Rehearsal.start(sqlite_shop.project) as rehearsal:
        # "start" is told before the worker is asked: its process is not even there yet.
        rehearsal.on_event = lambda event: rehearsal.stop() if event["event"] == "start" else None
        assert rehearsal.up().error == "Stopped before it was done."
        rehearsal.close(drop=True)


@pytest.mark.postgresql
def test_a_stopped_statement_is_ended_on_the_server(postgresql_shop: Any) -> None:
    postgresql_shop.write("bbb222", "aaa111", "endless", ENDLESS)
    with Rehearsal.start(postgresql_shop.project) as rehearsal:
        stop_once_it_runs(rehearsal)
        rehearsal.up()
        engine = sa.create_engine(rehearsal.scratch.url, poolclass=sa.NullPool)
        query = (
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(300)' AND datname = "
        )
        with engine.connect() as connection:
            left = connection.scalar(sa.text(query + "current_database()"))
        engine.dispose()
        rehearsal.close(drop=True)
    assert left == 0


def test_one_operation_runs_at_a_time(sqlite_rehearsal: Rehearsal) -> None:
    refused: list[str] = []

    def meanwhile(event: dict[str, Any]) -> None:
        if event["event"] == "start":
            with pytest.raises(WorkbenchError, match="busy") as caught:
                sqlite_rehearsal.down()
            refused.append(str(caught.value))

    sqlite_rehearsal.on_event = meanwhile
    assert not sqlite_rehearsal.up().failed
    assert len(refused) == 1


def test_events_number_the_steps(sqlite_rehearsal: Rehearsal) -> None:
    events: list[dict[str, Any]] = []
    seen: list[str] = []
    sqlite_rehearsal.on_event = events.append
    sqlite_rehearsal.run_to("head", on_step=lambda step: seen.append(step.revision))
    starts = [event for event in events if event["event"] == "start"]
    assert [(event["number"], event["of"]) for event in starts] == [(1, 2), (2, 2)]
    assert seen == ["bbb222", "ccc333"]
    assert any(event["event"] == "statement" for event in events)


def test_the_original_is_the_same_byte_for_byte(sqlite_shop: Any) -> None:
    path = Path(sa.make_url(sqlite_shop.url).database or "")

    def digest() -> list[tuple[str, str]]:
        found = sorted(path.parent.glob(f"{path.name}*"))
        return [(each.name, hashlib.sha256(each.read_bytes()).hexdigest()) for each in found]

    before = digest()
    with Rehearsal.start(sqlite_shop.project) as rehearsal:
        rehearsal.run_to("head")
        sqlite_shop.write("ccc333", "bbb222", "break", "raise SystemExit(3)", "raise OSError")
        rehearsal.down()
        rehearsal.reset()
        rehearsal.close(drop=True)
    assert digest() == before


STARTING = """
import os, subprocess, sys
subprocess.run([sys.executable, "-c", "pass", "--password=sesame"], check=True)
assert os.system("true sesame") == 0
"""


def test_another_program_that_a_revision_starts_is_told(
    sqlite_rehearsal: Rehearsal, sqlite_shop: Any
) -> None:
    sqlite_shop.write("bbb222", "aaa111", "start", STARTING)
    first, second = sqlite_rehearsal.run_to("head")
    (note,) = first.notes
    assert "started another program (python" in note
    assert "true)" in note
    assert "sesame" not in note
    assert second.notes == ()


THREADS = """
import sqlite3, threading
outcomes = []

def write():
    try:
        sqlite3.connect(LIVE).execute("DELETE FROM customer")
        outcomes.append("written")
    except Exception as error:
        outcomes.append(type(error).__name__)

thread = threading.Thread(target=write)
thread.start()
thread.join()
assert outcomes == ["ForeignConnectionError"], outcomes
threading.Thread(target=threading.Event().wait, daemon=True).start()
"""


def test_a_thread_of_env_py_does_not_reach_the_original(sqlite_shop: Any) -> None:
    env = sqlite_shop.folder / "migrations" / "env.py"
    live = sa.make_url(sqlite_shop.url).database
    env.write_text(f"LIVE = {live!r}\n{THREADS}\n{env.read_text()}")
    with Rehearsal.start(sqlite_shop.project) as rehearsal:
        assert rehearsal.up().error is None
        rehearsal.close(drop=True)
    assert sqlite_shop.rows() == 3


def test_a_live_database_is_refused(shop: Any) -> None:
    with pytest.raises(NotScratchError):
        Rehearsal.on(shop.project, shop.url)
    assert shop.rows() == 3


def test_an_existing_copy_is_taken_up_again(rehearsal: Rehearsal, shop: Any) -> None:
    rehearsal.up()
    again = Rehearsal.on(shop.project, rehearsal.scratch)
    assert again.current == ("bbb222",)
    again.reset()
    assert again.current == ("aaa111",)
    again.close()
    rehearsal.scratch = again.scratch


def test_a_copy_of_something_else_is_not_filled_from_the_live_database(sqlite_shop: Any) -> None:
    with scratch.create("sqlite", label="other") as database:
        rehearsal = Rehearsal.on(sqlite_shop.project, database)
        with pytest.raises(ScratchError, match="Name its source"):
            rehearsal.reset()
        rehearsal.close()


def test_an_unknown_stamp_is_told(sqlite_rehearsal: Rehearsal, sqlite_shop: Any) -> None:
    (sqlite_shop.folder / "migrations" / "versions" / "aaa111.py").unlink()
    sqlite_shop.write("bbb222", None, "now the first", "pass")
    with pytest.raises(RevisionError, match="'aaa111', which no revision file bears"):
        sqlite_rehearsal.up()


def test_all_steps_as_a_table_and_as_json(sqlite_rehearsal: Rehearsal) -> None:
    assert list(sqlite_rehearsal.frame().columns) == [
        "revision", "message", "direction", "seconds", "statements", "differences",
        "rows_before", "rows_after", "error",
    ]  # fmt: skip
    sqlite_rehearsal.run_to("head")
    frame = sqlite_rehearsal.frame()
    assert list(frame["rows_after"]) == [3, 0]
    told = json.loads(json.dumps(sqlite_rehearsal.to_dict()))
    assert [step["revision"] for step in told["steps"]] == ["bbb222", "ccc333"]
    assert told["scratch"] == sqlite_rehearsal.scratch.name


def test_a_dropped_column_is_a_loss_also_where_only_rows_are_counted(shop: Any) -> None:
    shop.write("bbb222", "aaa111", "change", """
    op.create_table('person', sa.Column('id', sa.Integer), sa.Column('name', sa.Text))
    op.execute("INSERT INTO person VALUES (1, 'Ada')")
    """)  # fmt: skip
    shop.write("ccc333", "bbb222", "more", "op.drop_column('person', 'name')")
    with Rehearsal.start(shop.project, options=Options(ledger="rows")) as rehearsal:
        *_, step = rehearsal.run_to("ccc333")
        rehearsal.close(drop=True)
    assert step.data is not None
    assert [(loss.table, loss.column, loss.count) for loss in step.data.lost] == [
        ("person", "name", None)
    ]
    assert rehearsal.is_alarming
    assert {item.rule: item.severity for item in step.hazards}["drop-column"] == "high"
