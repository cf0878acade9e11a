"""A step of a rehearsal is run again with readers and writers about; its copy ends as it was."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from schema import scratch
from schema.rehearsal import Options, Rehearsal
from schema.rehearsal.stalls import Stalls
from schema.rehearsal.stalls.step import probe_step, touched_tables


@pytest.fixture
def probed(shop: Any) -> Iterator[tuple[Rehearsal, Stalls, list[Any]]]:
    """The shop's second step, its stalls, and what was told meanwhile."""
    options = Options(hold=0.3, lock_timeout=0.2)
    rehearsal = Rehearsal.start(shop.project, options=options)
    events: list[Any] = []
    rehearsal.on_event = events.append
    with scratch.checkpoint(rehearsal.scratch) as before:
        step = rehearsal.up()
        tables = touched_tables(step)
        assert tables == ("customer",)
        found = probe_step(rehearsal._walk, "up", step.revision, tables, before)
    yield rehearsal, found, [each for each in events if each["event"] == "probes"]
    rehearsal.close(drop=True)


def test_a_step_is_run_again_under_each_scenario(
    probed: tuple[Rehearsal, Stalls, list[Any]], shop: Any
) -> None:
    rehearsal, found, told = probed
    load, behind, *others = found.runs
    assert (load.scenario, load.error, load.waited) == ("load", None, ())
    assert "mail" in load.segments[0].sql
    assert 0 <= load.segments[0].start < load.seconds
    assert behind.error is None
    assert {each.who for each in behind.waited} == {"reader", "writer"}
    assert all(0.2 < each.seconds < 1 for each in behind.waited)
    assert all(-0.2 < each.start < 0.3 for each in behind.waited), "the clocks agree"
    if rehearsal.scratch.kind == "postgresql":
        assert "lock timeout" in (others[0].error or "")
    assert [each["scenario"] for each in told][-2:] == ["load", "long reader"]
    assert rehearsal.current == ("bbb222",)
    assert rehearsal.up().revision == "ccc333"
    assert shop.rows() == 3


def test_tables_are_those_that_were_there(sqlite_rehearsal: Rehearsal, sqlite_shop: Any) -> None:
    sqlite_shop.write(
        "bbb222", "aaa111", "others", "op.create_table('new', sa.Column('id', sa.Integer))"
    )
    assert touched_tables(sqlite_rehearsal.up()) == ()
    assert touched_tables(sqlite_rehearsal.up()) == ("customer",)
