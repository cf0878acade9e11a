"""A rehearsal with probes: others' stalls are a part of each step, and the walk goes on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from schema.rehearsal import Options, Rehearsal


@pytest.mark.postgresql
def test_a_step_tells_what_others_felt_of_it(postgresql_shop: Any) -> None:
    options = Options(stall_probes=True, hold=0.5, lock_timeout=0.2)
    with Rehearsal.start(postgresql_shop.project, options=options) as rehearsal:
        first, second = rehearsal.run_to("head")
        assert rehearsal.current == ("ccc333",)
        assert rehearsal.state().rows == {"customer": 0}
        rehearsal.close(drop=True)
    assert first.stalls is not None
    runs = {run.scenario: run for run in first.stalls.runs}
    assert "lock timeout" in (runs["long reader, lock_timeout"].error or "")
    assert runs["long reader"].error is None
    assert {item.table for item in runs["long reader"].stalls} == {"customer"}
    assert json.loads(json.dumps(first.to_dict()))["stalls"]["longest"]["seconds"] > 0.1
    assert second.stalls is not None
    assert second.changed_rows == {"customer": (3, 0)}
    assert postgresql_shop.rows() == 3


def test_on_sqlite_the_whole_file_is_probed(sqlite_shop: Any) -> None:
    options = Options(stall_probes=True, hold=0.3)
    with Rehearsal.start(sqlite_shop.project, options=options) as rehearsal:
        step = rehearsal.up()
        assert rehearsal.current == ("bbb222",)
        rehearsal.close(drop=True)
    assert step.stalls is not None
    assert {run.scenario for run in step.stalls.runs} == {"load", "long reader"}
