"""The list of steps: each page is made when it is opened, and a few rows serve for any number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from schema.rehearsal import Step
from schema.widgets.step_list import ROWS, StepList

Watched = Callable[..., Step]


def steps(watched: Watched, count: int) -> list[Step]:
    return [replace(watched(), revision=f"r{n:04}") for n in range(count)]


def names(found: StepList) -> list[str]:
    rows = [row for row in found.rows if row.layout.display != "none"]
    return [row.button.description.split()[1] for row in rows]


def opened(found: StepList) -> list[str]:
    return [row.button.description.split()[1] for row in found.rows if row.body.value]


def test_the_newest_is_first_and_alone_is_open(watched: Watched) -> None:
    found, all_of_them = StepList(), steps(watched, 3)
    for count in (1, 2, 3):
        found.show(all_of_them[:count])
    assert names(found) == ["r0002", "r0001", "r0000"]
    assert opened(found) == ["r0002"]


def test_a_failed_step_stays_open(watched: Watched) -> None:
    found = StepList()
    failed = watched(error="it broke")
    found.show([failed])
    found.show([failed, *steps(watched, 1)])
    assert [bool(row.body.value) for row in found.rows] == [True, True]


def test_a_click_opens_and_closes(watched: Watched) -> None:
    found = StepList()
    found.show(steps(watched, 3))
    oldest = found.rows[2]
    assert (oldest.button.tooltip, oldest.body.value) == ("Open ↑ r0000", "")
    oldest.button.click()
    assert "Locks" in oldest.body.value
    assert (oldest.button.tooltip, oldest.button.icon) == ("Close ↑ r0000", "caret-down")
    oldest.button.click()
    assert oldest.body.value == ""


def test_more_than_a_page_is_paged(watched: Watched) -> None:
    found = StepList()
    found.show(steps(watched, 2 * ROWS + 1))
    assert found.pager.said.value == "Page 1 of 3"
    found.pager.turn(2)
    assert names(found) == ["r0000"]
    found.rows[0].button.click()
    assert opened(found) == ["r0000"]
    assert len(found.rows) == ROWS
    found.show([])
    assert names(found) == []


def test_a_step_that_stays_is_not_sent_again(watched: Watched) -> None:
    found, all_of_them = StepList(), steps(watched, 2)
    found.show(all_of_them)
    sent: list[object] = []
    for row in found.rows:
        for part in (row.button, row.remarks, row.body):
            part.observe(sent.append)
    found.show(all_of_them)
    assert sent == []


def test_of_fifty_steps_only_the_open_one_is_there_in_full(watched: Watched) -> None:
    found, all_of_them = StepList(), steps(watched, 50)
    for count in range(1, 51):
        found.show(all_of_them[:count])
    one = len(found.rows[0].body.value)
    sent = sum(len(row.remarks.value) + len(row.body.value) for row in found.rows)
    assert one < sent < one + ROWS * 600
