"""The same steps on parts of the rows and on all: the source stays, no copy is left behind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from schema import scratch
from schema.errors import ScratchError, WorkbenchError
from schema.rehearsal.forecast import make_forecast

CUSTOMERS = 3000


def fill(shop: Any) -> Any:
    engine = sa.create_engine(shop.url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        new = [{"id": number} for number in range(4, CUSTOMERS + 1)]
        connection.execute(sa.text("INSERT INTO customer VALUES (:id)"), new)
    engine.dispose()
    return shop


@pytest.fixture
def filled(sqlite_shop: Any) -> Iterator[Any]:
    """The shop with some thousand customers; what is left of copies in the end is an error."""
    yield fill(sqlite_shop)
    assert scratch.find(kept=False) == []


def test_each_step_is_measured_at_each_size(shop: Any) -> None:
    fill(shop)
    told: list[float] = []
    forecast = make_forecast(
        shop.project, fractions=(0.1, 1.0), repeat=2, progress=lambda p, _: told.append(p)
    )
    assert [step.revision for step in forecast] == ["bbb222", "ccc333"]
    assert dict(forecast.rows) == {"customer": CUSTOMERS}
    assert forecast.fractions == (0.1, 0.1, 1.0)
    for step in forecast:
        rows = [point.rows for point in step.points]
        assert [round(each / CUSTOMERS, 1) for each in rows] == [0.1, 0.1, 1.0]
        assert all(point.seconds > 0 for point in step.points)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert forecast.expect("100x").steps[1].rows == CUSTOMERS * 100
    assert forecast.bytes
    assert (forecast.buffers is None) == shop.url.startswith("sqlite")
    assert shop.rows() == CUSTOMERS
    assert [each for each in scratch.find(server=shop.url) if each.source] == []


def test_a_step_that_fails_ends_its_size_only(filled: Any) -> None:
    filled.write("ccc333", "bbb222", "break", f"""
    if op.get_bind().scalar(sa.text("SELECT count(*) FROM customer")) == {CUSTOMERS}:
        raise ValueError("too many")
    """)  # fmt: skip
    forecast = make_forecast(filled.project, fractions=(0.1, 1.0))
    assert [len(step.points) for step in forecast] == [2, 1]
    assert any("At 100 %, ccc333 failed" in note for note in forecast.notes)


def test_a_stop_keeps_what_was_measured_until_then(filled: Any) -> None:
    stopped: list[bool] = []

    def cancelled() -> bool:
        return bool(stopped)

    def progress(part: float, doing: str) -> None:
        if part >= 0.5:
            stopped.append(True)

    forecast = make_forecast(
        filled.project, fractions=(0.1, 1.0), progress=progress, cancelled=cancelled
    )
    assert forecast.fractions == (0.1,)
    assert forecast.notes == ("It was stopped after 1 of 2 measurements.",)
    assert "one size only" in (forecast.steps[1].poor or "")
    with pytest.raises(WorkbenchError, match="before anything was measured"):
        make_forecast(filled.project, cancelled=lambda: True)


def test_a_stop_while_a_copy_is_made_keeps_what_was_measured_too(filled: Any) -> None:
    stopped: list[bool] = []

    def copy(source: sa.URL, fraction: float, seed: int) -> scratch.ScratchDatabase:
        if fraction == 1:
            stopped.append(True)
            return scratch.copy(source, cancelled=lambda: True)
        return scratch.copy(source)

    options = {"fractions": (0.1, 1.0), "copy": copy}
    forecast = make_forecast(filled.project, cancelled=lambda: bool(stopped), **options)
    assert forecast.fractions == (0.1,)
    stopped.clear()
    with pytest.raises(ScratchError):
        make_forecast(filled.project, **options)


def test_a_stop_ends_a_step_that_is_running(filled: Any) -> None:
    filled.write("bbb222", "aaa111", "endless", "import time\ntime.sleep(300)")
    asked = iter([False] * 4)
    with pytest.raises(WorkbenchError, match="before anything was measured"):
        make_forecast(filled.project, fractions=(1.0,), cancelled=lambda: next(asked, True))


def test_copies_can_be_made_in_another_way(filled: Any) -> None:
    made: list[tuple[float, int]] = []

    def copy(source: sa.URL, fraction: float, seed: int) -> scratch.ScratchDatabase:
        made.append((fraction, seed))
        return scratch.copy(source)

    make_forecast(filled.project, to="bbb222", fractions=(0.5, 0.1), repeat=2, seed=7, copy=copy)
    assert made == [(0.1, 7), (0.1, 8), (0.5, 7)]


@pytest.mark.parametrize(
    ("options", "reason"),
    [({"fractions": ()}, "above 0"), ({"fractions": (0, 1)}, "above 0"),
     ({"fractions": (2,)}, "up to 1"), ({"repeat": 0}, "at least once")],
)  # fmt: skip
def test_what_cannot_be_measured_is_told_first(
    sqlite_shop: Any, options: dict[str, Any], reason: str
) -> None:
    with pytest.raises(WorkbenchError, match=reason):
        make_forecast(sqlite_shop.project, **options)
