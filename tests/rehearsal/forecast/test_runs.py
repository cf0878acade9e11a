"""Steps at several sizes become a forecast: by the tables they touch, and told for production."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from schema.errors import WorkbenchError
from schema.rehearsal import Lock, Rewrite, Step
from schema.rehearsal.forecast import Forecast, Run, forecast_of
from schema.rehearsal.forecast.tables import touched

Rows = dict[str, int]


def test_a_cost_follows_the_rows_of_the_tables_that_the_step_touches(index: list[Run]) -> None:
    first, second = forecast_of(index)
    assert dict(first.tables) == {"events": 1_000_000}
    assert [point.rows for point in first.points] == [10_000, 30_000, 100_000, 1_000_000]
    assert first.fit is not None
    assert first.fit.law == "linear"
    assert set(second.tables) == {"events", "users", "notes"}, "it names none: all of them"
    assert second.fit is not None
    assert second.fit.law == "constant"


def test_tables_are_told_from_locks_rewrites_and_statements(step: Callable[..., Step]) -> None:
    rows = {"a": 1, "audit.b": 1, "c": 1, "odd name": 1, "e": 1}
    locks = (
        Lock("a", "table", "ShareLock", 0, 1.0),
        Lock("c", "table", "ShareLock", 0, 1.0, is_new=True),
    )
    plain = step("x", 1.0, [("UPDATE B SET z = 'c'", 1), ("DROP TABLE [odd name]", 0)], rows)
    assert touched(plain) == {"audit.b", "odd name"}
    assert touched(replace(plain, locks=locks, statements=())) == {"a"}
    rewrite = Rewrite("e", "table", "rewritten")
    assert touched(replace(plain, rewrites=(rewrite,), statements=())) == {"e"}


def test_what_to_expect_is_told_for_a_factor_a_total_and_a_table(index: list[Run]) -> None:
    forecast = forecast_of(index)
    for asked in ("10x", 10_510_000, {"events": 10_000_000}, "events=10M"):
        expected = forecast.expect(asked)
        first = expected.steps[0]
        assert first.rows == 10_000_000
        assert first.seconds == pytest.approx(30.01, rel=0.01)
        assert first.low is not None
        assert first.high is not None
        assert first.low < 30 < first.high
    assert forecast.expect().steps[0].rows == 1_000_000
    assert forecast.asking("2x").expect().steps[0].rows == 2_000_000
    with pytest.raises(WorkbenchError, match="no table 'event'"):
        forecast.asking({"event": 1})


def test_all_steps_together_are_summed(index: list[Run]) -> None:
    expected = forecast_of(index).expect("3x")
    assert expected.seconds == pytest.approx(sum(step.seconds or 0 for step in expected))
    assert expected.low < expected.seconds < expected.high
    assert expected.unknown == ()


def test_far_beyond_what_was_measured_is_said(index: list[Run]) -> None:
    forecast = forecast_of(index)
    assert forecast.expect("9x").steps[0].note is None
    note = forecast.expect("50x").steps[0].note or ""
    assert "50 times the most rows that were measured" in note
    assert forecast.expect("50x").steps[1].note is None, "what costs nothing is not worth a word"


def test_how_long_a_table_is_blocked_is_forecast_too(index: list[Run]) -> None:
    (blocked,) = forecast_of(index).expect("10x").steps[0].blocked
    assert (blocked.relation, blocked.blocks) == ("events", ("writes", "ddl"))
    assert blocked.seconds == pytest.approx(30.01, rel=0.01)


def test_the_longest_lock_counts_and_one_against_readers_is_told_apart(
    step: Callable[..., Step], runs: Callable[..., list[Run]]
) -> None:
    def make(rows: Rows) -> list[Step]:
        seconds = rows["events"] * 1e-6
        locks = (
            Lock("events", "table", "ShareLock", 0, seconds),
            Lock("events", "table", "AccessExclusiveLock", 1, seconds / 10),
            Lock("users", "table", "ShareLock", 0, seconds / 2),
            Lock("users", "table", "AccessExclusiveLock", 0, seconds),
            Lock("notes", "table", "RowExclusiveLock", 0, seconds),
        )
        return [step("aaa111", seconds, [], rows, locks=locks)]

    barriers = forecast_of(runs(make)).steps[0].barriers
    told = {(each.relation, each.blocks[0]): each.points[-1].seconds for each in barriers}
    assert told == {("events", "writes"): 1.0, ("events", "reads"): 0.1, ("users", "reads"): 1.0}


def test_tables_that_grow_apart_are_told_from_the_statements(
    step: Callable[..., Step], runs: Callable[..., list[Run]]
) -> None:
    def make(rows: Rows) -> list[Step]:
        users, notes = rows["users"] * 1e-3, rows["notes"] * 1e-4
        told = [("UPDATE users SET a = 1", users), ("DELETE FROM notes", notes)]
        return [step("aaa111", users + notes + 0.001, told, rows)]

    forecast = forecast_of(runs(make))
    assert len(forecast.steps[0].parts) == 2
    grown = forecast.expect({"notes": 500_000}).steps[0]
    assert grown.seconds == pytest.approx(1 + 50, rel=0.05)
    assert grown.note is None
    bare = replace(forecast, steps=(replace(forecast.steps[0], parts=()),))
    assert bare.expect({"notes": 500_000}).steps[0].note is None, "users are few beside notes"
    apart = bare.expect({"users": 500_000}).steps[0]
    assert "grow by different factors" in (apart.note or "")


def test_a_table_that_a_step_made_grows_with_the_others(
    step: Callable[..., Step], runs: Callable[..., list[Run]]
) -> None:
    def make(rows: Rows) -> list[Step]:
        second = {**rows, "copies": rows["events"]}
        copying = step("aaa111", 1.0, [("SELECT 1", 1.0)], rows)
        return [copying, step("bbb222", 1.0, [("CREATE INDEX i ON copies (a)", 1.0)], second)]

    assert forecast_of(runs(make)).expect("10x").steps[1].rows == 10_000_000


def test_a_failed_step_ends_its_size_with_a_note(index: list[Run]) -> None:
    broken = replace(index[1].steps[0], error="No space left")
    index[1] = Run(0.03, (broken,))
    forecast = forecast_of(index)
    assert forecast.notes == ("At 3 %, aaa111 failed: No space left",)
    assert [len(each.points) for each in forecast] == [3, 3]


def test_a_step_that_never_succeeded_is_not_known(index: list[Run]) -> None:
    failed = [Run(run.fraction, (replace(run.steps[0], error="No"),)) for run in index]
    forecast = forecast_of(failed)
    expected = forecast.expect("10x")
    assert expected.unknown == expected.steps
    assert expected.steps[0].seconds is None
    assert expected.steps[0].note == "it succeeded at no size"
    assert expected.seconds == 0
    assert "None" not in repr(forecast)


def test_rows_of_samples_are_scaled_to_what_is_there(index: list[Run]) -> None:
    forecast = forecast_of(index[:3])
    assert forecast.rows["events"] == 1_000_000
    assert forecast.bytes == 400_000_000
    assert forecast.expect().steps[0].rows == 1_000_000
    assert forecast.steps[0].rows == 1_000_000
    assert max(point.rows for point in forecast.steps[0].points) == 100_000


def test_what_samples_hold_whole_is_not_scaled(
    step: Callable[..., Step], runs: Callable[..., list[Run]]
) -> None:
    def make(rows: Rows) -> list[Step]:
        return [step("aaa111", 1.0, [], {**rows, "users": 1000})]

    forecast = forecast_of(runs(make)[:3])
    assert dict(forecast.rows) == {"events": 1_000_000, "users": 1000, "notes": 50_000}
    assert forecast.steps[0].tables == forecast.rows


def test_data_that_will_outgrow_memory_is_told(index: list[Run]) -> None:
    def notes(asked: str, **known: Any) -> str:
        return " ".join(replace(forecast_of(index), **known).expect(asked).notes)

    assert "20.0 GB, more than this machine's memory of 8.00 GB" in notes("50x", memory=8 * 10**9)
    assert "shared_buffers) of 1.00 GB" in notes("5x", memory=8 * 10**9, buffers=10**9)
    assert notes("10x", memory=8 * 10**9) == ""
    assert notes("50x", memory=10**8) == "", "what was measured did not fit either"
    assert notes("50x") == ""


def test_it_is_a_table_and_json(index: list[Run]) -> None:
    forecast = forecast_of(index).asking("10x")
    assert list(forecast.frame().columns) == [
        "revision", "direction", "message", "tables", "rows", "seconds", "law", "formula",
        "scatter", "poor",
    ]  # fmt: skip
    assert list(forecast.expect().frame().columns) == [
        "revision", "direction", "message", "rows", "seconds", "low", "high", "note",
    ]  # fmt: skip
    assert list(forecast.expect().blocked_frame()["relation"]) == ["events"]
    assert len(forecast.points_frame()) == 8
    told = json.loads(json.dumps(forecast.to_dict()))
    assert told["expected"]["steps"][0]["rows"] == 10_000_000
    assert told["steps"][0]["fit"]["law"] == "linear"
    assert told["steps"][0]["blocked"][0]["relation"] == "events"


def test_nothing_measured_is_an_empty_forecast() -> None:
    forecast = forecast_of([])
    assert isinstance(forecast, Forecast)
    assert len(forecast) == 0
    assert forecast.expect("10x").seconds == 0
    assert forecast.frame().empty
