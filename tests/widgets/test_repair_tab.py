"""Differences are ticked, a repair is proposed and proved, and its file is saved: never run."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import make_url

from schema.project import Project
from schema.widgets import DriftExplorer
from schema.widgets.repair_tab import RepairTab
from schema.widgets.ticks import BOXES, TickList

Words = Callable[[str], str]


@pytest.fixture
def tab(project: Project) -> RepairTab:
    explorer = DriftExplorer(project)
    assert explorer.wait(120)
    return explorer.repair


def labels(ticks: TickList) -> dict[str, bool]:
    """What can be seen of a list, and whether it is ticked."""
    seen = [box for box in ticks.boxes if box.layout.display != "none"]
    return {box.description: box.value for box in seen}


def propose(tab: RepairTab, direction: str) -> None:
    tab.direction.value = direction
    tab.propose.click()
    assert tab.wait(120)


def test_all_drift_is_ticked_at_first_and_nothing_else(tab: RepairTab, words: Words) -> None:
    seen = labels(tab.ticks)
    assert len(seen) == 8
    assert all(seen.values())
    assert "column users.role: default 'USER' → 'ADMIN'" in seen
    assert "8 of 8 differences ticked" in words(tab.status.value)
    assert tab.saving.layout.display == "none"


def test_it_says_that_nothing_is_run_on_the_live_database(tab: RepairTab, words: Words) -> None:
    assert "Nothing is ever run on the live database" in words(tab.children[0].value)


def test_ticks_are_set_one_by_one_all_at_once_and_by_group(tab: RepairTab, words: Words) -> None:
    tab.ticks.boxes[0].value = False
    assert len(tab.selection) == 7
    tab.ticks.none.click()
    assert tab.selection == []
    assert tab.propose.disabled
    tab.ticks.all.click()
    assert len(tab.selection) == 8
    kinds = dict(tab.group.options)
    tab.group.value = kinds["kind: trigger (1)"]
    assert [item.kind for item in tab.selection] == ["trigger"]
    assert "1 of 8 differences ticked" in words(tab.status.value)


def test_a_filter_narrows_what_is_ticked_at_once(project: Project) -> None:
    explorer = DriftExplorer(project)
    assert explorer.wait(120)
    explorer.words.value = "guest_requests column"
    assert len(labels(explorer.repair.ticks)) == 2
    explorer.repair.ticks.none.click()
    assert len(explorer.repair.selection) == 6, "what the filter hides stays ticked"


def test_a_thousand_items_need_no_more_boxes_than_a_page_has() -> None:
    told: list[int] = []
    ticks = TickList(lambda: told.append(len(ticks.ticked)))
    ticks.offer([(number, f"item {number}") for number in range(1000)])
    assert len(labels(ticks)) == BOXES
    ticks.pager.forward.click()
    ticks.boxes[0].value = True
    assert ticks.ticked == {BOXES}
    ticks.pager.back.click()
    assert not any(labels(ticks).values())
    ticks.all.click()
    assert len(ticks.ticked) == 1000
    ticks.pager.turn(9999)
    assert ticks.pager.said.value == "Page 84 of 84"
    assert list(labels(ticks)) == ["item 996", "item 997", "item 998", "item 999"]
    assert told == [1, 1000]


def test_a_label_holds_nothing_that_turns_the_order_of_letters() -> None:
    ticks = TickList(lambda: None)
    ticks.offer([(1, "a\u202eb\x1b[31m<b>" + "x" * 999)])
    label = next(iter(labels(ticks)))
    assert label.startswith("a\ufffdb\ufffd[31m<b>")
    assert len(label) == 200
    assert not ticks.boxes[0].description_allow_html


@pytest.mark.parametrize("direction", ["live", "adopt"])
def test_a_repair_is_proved_shown_and_saved_but_never_run(
    tab: RepairTab, words: Words, tmp_path: Path, direction: str
) -> None:
    live = Path(make_url(tab.project.database_url()).database or "")
    before = hashlib.sha256(live.read_bytes()).hexdigest()
    propose(tab, direction)
    assert tab.error.value == ""
    assert tab.repair is not None
    assert tab.repair.is_proved
    shown = words(tab.result.value)
    assert "✓ Proved: nothing left" in shown
    assert tab.repair.filename in tab.path.value
    assert "is proved. Nothing was run on the live database" in words(tab.status.value)
    assert words(tab.repair.text.replace("<", "&lt;")) in shown
    tab.path.value = str(tmp_path)
    tab.save.click()
    written = tmp_path / tab.repair.filename
    assert written.read_text() == tab.repair.text
    assert f"Written: {written}. It was not run." in words(tab.saved.value)
    assert hashlib.sha256(live.read_bytes()).hexdigest() == before
    tab.save.click()
    assert "exists, and was left as it is" in words(tab.saved.value)
    assert 'role="alert"' in tab.saved.value
    tab.path.value = " "
    tab.save.click()
    assert "Say where" in words(tab.saved.value)


def test_what_loses_data_is_marked(tab: RepairTab, words: Words) -> None:
    propose(tab, "live")
    assert "can lose data" in words(tab.result.value)


def test_a_comparison_made_again_takes_the_old_repair_away(tab: RepairTab) -> None:
    propose(tab, "live")
    tab.offer(None, ())
    assert tab.repair is None
    assert tab.result.value == ""
    assert tab.saving.layout.display == "none"
    assert tab.propose.disabled


def test_a_repair_that_fails_says_so_under_the_tab(tab: RepairTab, words: Words) -> None:
    tab.ticks.none.click()
    tab.propose.click()
    assert "Nothing is ticked" in words(tab.error.value)


def test_a_folder_that_is_not_there_is_said_with_what_to_do(
    tab: RepairTab, words: Words, tmp_path: Path
) -> None:
    propose(tab, "live")
    tab.path.value = str(tmp_path / "not" / "there.sql")
    tab.save.click()
    said = words(tab.saved.value)
    assert f"There is no folder {tmp_path / 'not'}. Make it, or choose another." in said
    assert tab.path.value.endswith("there.sql"), "what was typed is still there"


def test_a_relative_path_is_told_in_full(
    tab: RepairTab, words: Words, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    propose(tab, "live")
    tab.path.value = "taken.sql"
    tab.save.click()
    assert f"Written: {tmp_path / 'taken.sql'}." in words(tab.saved.value)


def test_stop_ends_a_proof(tab: RepairTab, words: Words) -> None:
    """Stop is pressed as soon as the proof begins; the next press of Propose is not affected."""

    def press(change: dict[str, str]) -> None:
        if "Proving them" in change["new"]:
            tab.stop.click()

    tab.status.observe(press, names="value")
    propose(tab, "live")
    assert "Stopped. Nothing was changed." in words(tab.status.value)
    assert tab.repair is None
    assert tab.error.value == ""
    tab.status.unobserve(press, names="value")
    propose(tab, "live")
    assert tab.repair is not None
