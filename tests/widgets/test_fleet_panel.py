"""A fleet is shown groups first; differences are a click away; Stop keeps what there is."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from schema.project import Project
from schema.widgets import FleetPanel

Words = Callable[[str], str]


@pytest.fixture(scope="module")
def databases(demo_url: str, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Sixty equal ones, one that was changed, and one that is none."""
    folder = tmp_path_factory.mktemp("fleet")
    made = [folder / f"m{number:02}.sqlite" for number in range(61)]
    for path in made:
        shutil.copy(demo_url.removeprefix("sqlite:///"), path)
    with closing(sqlite3.connect(made[-1])) as connection:
        connection.execute('CREATE TABLE "<i>odd</i>" (a INT)')
    return [*made, folder / "gone.sqlite"]


@pytest.fixture(scope="module")
def fleet_panel(root: Path, databases: list[Path]) -> Iterator[FleetPanel]:
    with Project.open(root) as project:
        made = FleetPanel(project, databases, executor="threads")
        assert made.wait(120)
        yield made


def test_the_verdict_comes_first_and_groups_before_members(
    fleet_panel: FleetPanel, words: Words
) -> None:
    assert fleet_panel.children[0] is fleet_panel.verdict
    assert "60 agree (drifted and behind), 1 differ" in words(fleet_panel.verdict.value)
    assert "62 databases checked." in words(fleet_panel.status.value)
    assert len(fleet_panel.list.children) == 2
    assert fleet_panel.bar.layout.display == "none"


def test_a_click_on_a_group_shows_how_it_differs(fleet_panel: FleetPanel, words: Words) -> None:
    fleet_panel.list.children[1].click()
    shown = words(fleet_panel.group.value)
    assert "m60.sqlite" in shown
    assert "<i>odd</i>" in shown
    assert "&lt;i&gt;odd" in fleet_panel.group.value
    assert "sshkeys.fingerprint" in shown or "fingerprint" in shown
    fleet_panel.against.value = "the largest group"
    assert "fingerprint" not in words(fleet_panel.group.value)
    assert "<i>odd</i>" in words(fleet_panel.group.value)
    fleet_panel.against.value = "the migrations"


def test_members_are_filtered_and_come_in_pages(fleet_panel: FleetPanel, words: Words) -> None:
    assert "50 of 62 databases" in words(fleet_panel.members.value)
    shown = words(fleet_panel.members.value)
    assert shown.index("gone.sqlite") < shown.index("m00.sqlite")
    fleet_panel.which.value = "unreachable"
    assert "1 of 1 database" in words(fleet_panel.members.value)
    assert "There is no SQLite file" in words(fleet_panel.members.value)
    fleet_panel.which.value = ""
    fleet_panel.words.value = "m07 sqlite"
    assert "1 of 1 database" in words(fleet_panel.members.value)
    fleet_panel.words.value = ""
    fleet_panel.member_pager.turn(1)
    assert "12 of 62 databases" in words(fleet_panel.members.value)


def test_a_check_leaves_filter_and_page_where_they_are(
    fleet_panel: FleetPanel, words: Words
) -> None:
    """While it runs, and afterwards; nobody has looked at any database when it begins."""
    fleet_panel.words.value, fleet_panel.which.value = "sqlite", "drifted-and-behind"
    fleet_panel.member_pager.turn(1)
    assert "11 of 61 databases" in words(fleet_panel.members.value)
    seen: list[str] = []
    fleet_panel.members.observe(lambda change: seen.append(words(change.new)), "value")
    fleet_panel.check()
    assert fleet_panel.wait(120)
    assert fleet_panel.which.value == "drifted-and-behind"
    assert fleet_panel.words.value == "sqlite"
    assert seen[0] == "Nothing to show."
    assert not any("gone.sqlite" in each for each in seen)
    assert fleet_panel.member_pager.said.value == "Page 2 of 2"
    assert "11 of 61 databases" in words(fleet_panel.members.value)
    fleet_panel.words.value = ""
    assert fleet_panel.member_pager.said.value == "Page 1 of 2"
    fleet_panel.member_pager.turn(1)
    fleet_panel.which.value = ""
    assert fleet_panel.member_pager.said.value == "Page 1 of 2"
    assert "50 of 62 databases" in words(fleet_panel.members.value)


def test_a_page_without_a_filter_is_never_left(fleet_panel: FleetPanel) -> None:
    fleet_panel.member_pager.turn(1)
    said: list[str] = []
    fleet_panel.member_pager.said.observe(lambda change: said.append(change.new), "value")
    fleet_panel.check()
    assert fleet_panel.wait(120)
    assert said == []
    assert fleet_panel.member_pager.said.value == "Page 2 of 2"


def test_stop_keeps_what_was_found(root: Path, databases: list[Path], words: Words) -> None:
    with Project.open(root) as project:
        panel = FleetPanel(project, databases, executor="threads", jobs=1)
        panel.stop_now()
        assert panel.wait(60)
        assert panel.fleet is not None
        assert panel.fleet.counts.get("not-checked", 0) > 0
        assert "Stopped" in words(panel.status.value)
        assert panel.error.value == ""
        panel.check()
        assert panel.wait(60)
        assert "not-checked" not in panel.fleet.counts
