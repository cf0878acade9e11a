"""A step of a rehearsal is run again with readers and writers about; its copy ends as it was."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from schema import scratch
from schema.database import open_read_only
from schema.rehearsal import Options, Rehearsal
from schema.rehearsal.stalls.step import touched_tables


@pytest.fixture
def probed(shop: Any) -> Iterator[Rehearsal]:
    """A rehearsal of the shop with probes, on a copy that is dropped in the end."""
    options = Options(stall_probes=True, hold=0.3, lock_timeout=0.2)
    with Rehearsal.start(shop.project, options=options) as found:
        yield found
        found.close(drop=True)


def test_a_step_is_run_again_under_each_scenario(probed: Rehearsal, shop: Any) -> None:
    events: list[Any] = []
    probed.on_event = events.append
    step = probed.up()
    assert step.stalls is not None
    load, behind, *others = step.stalls.runs
    assert (load.scenario, load.error, load.waited) == ("load", None, ())
    assert "mail" in load.segments[0].sql
    assert 0 <= load.segments[0].start < load.seconds
    assert behind.error is None
    assert {each.who for each in behind.waited} == {"reader", "writer"}
    assert all(0.2 < each.seconds < 1 for each in behind.waited)
    assert all(-0.2 < each.start < 0.3 for each in behind.waited), "the clocks agree"
    if probed.scratch.kind == "postgresql":
        assert "lock timeout" in (others[0].error or "")
    told = [each["scenario"] for each in events if each["event"] == "probes"]
    assert told[-2:] == ["load", "long reader"]
    assert probed.current == ("bbb222",)
    assert scratch.find(server=probed.scratch.url, kept=False) == [probed.scratch], (
        "no checkpoint is left"
    )
    assert shop.rows() == 3


def test_the_copy_is_left_as_the_step_left_it(sqlite_shop: Any) -> None:
    """Also where each run of it does something else."""
    sqlite_shop.write(
        "bbb222",
        "aaa111",
        "number at random",
        "import random\nnumber = random.randrange(10, 10**9)\n"
        "op.execute(f'INSERT INTO customer VALUES ({number})')",
    )
    options = Options(stall_probes=True, hold=0.1)
    with Rehearsal.start(sqlite_shop.project, options=options) as rehearsal:
        step = rehearsal.up()
        assert step.stalls is not None
        assert len(step.stalls.runs) == 2
        with open_read_only(rehearsal.scratch.url) as connection:
            newest = connection.exec_driver_sql("SELECT max(id) FROM customer").scalar_one()
        rehearsal.close(drop=True)
    assert [each.sql for each in step.statements] == [f"INSERT INTO customer VALUES ({newest})"]


def test_a_stop_while_probes_are_at_work_leaves_the_step_applied(sqlite_shop: Any) -> None:
    slow = "import time\nop.add_column('customer', sa.Column('mail', sa.Text))\ntime.sleep(0.6)"
    sqlite_shop.write("bbb222", "aaa111", "take a while", slow)
    options = Options(stall_probes=True, hold=0.1)
    with Rehearsal.start(sqlite_shop.project, options=options) as rehearsal:

        def stop_when_probed(event: Any) -> None:
            if event["event"] == "probes":
                threading.Timer(0.3, rehearsal.stop).start()

        rehearsal.on_event = stop_when_probed
        step = rehearsal.up()
        assert step.error is None
        assert rehearsal.current == ("bbb222",)
        assert rehearsal.state().rows == step.rows_after
        rehearsal.on_event = None
        assert rehearsal.up().revision == "ccc333"
        rehearsal.close(drop=True)
    assert not [each for each in threading.enumerate() if each.name.startswith("schema-reader")]


def test_without_tables_there_is_nobody_to_wait(sqlite_shop: Any) -> None:
    sqlite_shop.write("bbb222", "aaa111", "nothing", "pass")
    with Rehearsal.start(sqlite_shop.project, options=Options(stall_probes=True)) as rehearsal:
        assert rehearsal.up().stalls is None
        rehearsal.close(drop=True)


def test_tables_are_those_that_were_there(sqlite_rehearsal: Rehearsal, sqlite_shop: Any) -> None:
    sqlite_shop.write(
        "bbb222", "aaa111", "others", "op.create_table('new', sa.Column('id', sa.Integer))"
    )
    assert touched_tables(sqlite_rehearsal.up()) == ()
    assert touched_tables(sqlite_rehearsal.up()) == ("customer",)
