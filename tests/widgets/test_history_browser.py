"""The history can be filtered, and each revision reached and read in full."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from schema.project import Project
from schema.revisions import NOBODY
from schema.widgets import HistoryBrowser
from schema.widgets.revision_list import ROWS

if TYPE_CHECKING:
    from tests.conftest import Shop

Words = Callable[[str], str]


def browser(project: Project, *, replay: bool = False) -> HistoryBrowser:
    made = HistoryBrowser(project, replay=replay)
    assert made.wait(60)
    assert made.error.value == ""
    return made


def names(shown: HistoryBrowser) -> list[str]:
    """The revisions whose buttons are in sight."""
    seen = [button for button in shown.list.buttons if button.layout.display is None]
    return [button.description.removeprefix("▸ ").split()[0] for button in seen]


def open_tab_now(shown: HistoryBrowser, name: str) -> str:
    """The same while something is being read."""
    shown.view.tabs.selected_index = list(shown.view.parts).index(name)
    value: str = shown.view.parts[name].body.value
    return value


def open_tab(shown: HistoryBrowser, name: str) -> str:
    open_tab_now(shown, name)
    assert shown.wait(60)
    return open_tab_now(shown, name)


def chosen(shown: HistoryBrowser) -> str:
    assert shown.view.page is not None
    assert shown.list.chosen == shown.view.page.revision.id
    return shown.list.chosen


def test_it_tells_where_the_database_stands(project: Project, words: Words) -> None:
    shown = browser(project)
    assert "at e454a81bd5a2; 5 revisions pending" in words(shown.status.value)
    assert "<svg" in shown.list.lanes.value
    assert "◆ current" in words(shown.list.facts.value)
    assert chosen(shown) == "7adee582ada3"


def test_filters_can_be_combined_and_taken_away(project: Project, words: Words) -> None:
    shown = browser(project)
    shown.words.value = "TOKENS user"
    assert names(shown) == ["8c470c3f4331", "85e51f3435b4"]
    assert "2 of 14 revisions match" in words(shown.status.value)
    assert shown.list.lanes.value.count("<circle") == 2
    shown.until.value = date(2020, 9, 20)
    assert names(shown) == ["85e51f3435b4"]
    assert chosen(shown) == "85e51f3435b4"
    shown.author.value = NOBODY
    shown.words.value = "no such word"
    assert names(shown) == []
    assert "Clear filters shows them all again" in words(shown.status.value)
    assert shown.view.page is None
    assert shown.view.layout.display == "none"
    shown.clear.click()
    assert len(names(shown)) == 14
    assert shown.until.value is None
    assert "14 revisions" in words(shown.status.value)


def test_a_button_chooses_its_revision_and_neighbours_lead_on(
    project: Project, words: Words
) -> None:
    shown = browser(project)
    shown.list.buttons[1].click()
    assert chosen(shown) == "a31dd2a66069"
    assert shown.list.buttons[1].description.startswith("▸ ")
    assert not shown.list.buttons[0].description.startswith("▸ ")
    later, earlier = [b for b in shown.view.neighbours.children if b.layout.display is None]
    assert later.description == "Followed by 7adee582ada3 Adds guest_tags table"
    assert earlier.description.startswith("Follows 51c5e4b2a7ac")
    earlier.click()
    assert chosen(shown) == "51c5e4b2a7ac"


def test_days_the_wrong_way_round_are_said_to_be_so(project: Project, words: Words) -> None:
    shown = browser(project)
    shown.since.value, shown.until.value = date(2020, 9, 21), date(2020, 9, 20)
    assert names(shown) == []
    assert "From is a later day than To." in words(shown.status.value)


def test_a_neighbour_that_the_filters_hide_is_shown_all_the_same(project: Project) -> None:
    shown = browser(project)
    shown.words.value = "a31dd2a66069"
    shown.view.neighbours.children[0].click()
    assert chosen(shown) == "7adee582ada3"
    assert shown.words.value == ""


def test_a_tab_is_made_when_it_is_opened(project: Project, words: Words) -> None:
    shown = browser(project)
    shown.choose("487f52cc5aef")
    assert shown.view.parts["sql"].body.value == ""
    assert "UPDATE guest_requests SET user_data='{}'" in words(open_tab(shown, "sql"))
    assert "asks the database" in words(open_tab(shown, "sql"))
    assert "update guest_requests 23" in words(open_tab(shown, "data"))
    shown.choose("57f5d41c7200")
    assert "changes no rows by itself" in words(open_tab(shown, "data"))
    assert "CREATE TABLE guest_requests" in words(open_tab(shown, "sql"))


def test_what_a_revision_did_to_the_schema_is_shown_and_found_by_table(
    project: Project, words: Words
) -> None:
    shown = browser(project, replay=True)
    assert "was seen on a scratch SQLite" in words(shown.doing.value)
    assert not shown.table.disabled
    shown.table.value = "guest_requests"
    assert names(shown)[:3] == ["8f7a33b3e529", "e454a81bd5a2", "487f52cc5aef"]
    shown.choose("487f52cc5aef")
    schema = words(open_tab(shown, "schema"))
    assert "after all revisions before it: 1 changed" in schema
    assert "nullable yes no" in schema
    assert "1 changed (guest_requests)" in words(open_tab(shown, "about"))
    picture = open_tab(shown, "picture")
    assert "What 487f52cc5aef changed" in words(picture)
    assert picture.count("<svg") == 1
    shown.choose("e454a81bd5a2")
    assert "What e454a81bd5a2 changed" in words(open_tab(shown, "picture"))
    shown.words.value = "metrics"
    assert names(shown) == []


def test_the_lives_of_what_a_revision_touched_are_a_choice_away(
    project: Project, words: Words
) -> None:
    shown = browser(project, replay=True)
    shown.choose("487f52cc5aef")
    assert "guest_requests" in words(open_tab(shown, "lives"))
    lives = shown.view.lives
    assert [label for label, _ in lives.chosen.options] == [
        "guest_requests",
        "column guest_requests.user_data",
    ]
    lives.chosen.value = lives.chosen.options[1][1]
    assert shown.wait(60)
    told = words(lives.biography.value)
    assert "a3c173dfd6f5" in told  # which added the column
    assert "487f52cc5aef" in told
    assert "57f5d41c7200" not in told
    shown.choose("48609a3f5d7a")
    assert "table metrics Made by 57f5d41c7200" in words(open_tab(shown, "lives"))


def test_a_history_with_a_hole_is_shown_as_far_as_it_goes(
    project: Project, project_folder: Path, words: Words
) -> None:
    next((project_folder / "alembic" / "versions").glob("8c470c3f4331*")).unlink()
    shown = browser(project, replay=True)
    assert len(names(shown)) == 13
    assert "which no file bears" in words(shown.notes.value)
    assert "is not known" in words(shown.doing.value)
    assert shown.table.disabled
    shown.choose("48609a3f5d7a")
    for name in ("schema", "picture", "lives"):
        assert "What each revision did to the schema is not known" in words(open_tab(shown, name))
    assert "(no file bears it)" in shown.view.neighbours.children[1].description
    assert shown.view.neighbours.children[1].disabled
    assert "down_revision" in words(open_tab(shown, "source"))


def test_a_revision_that_cannot_be_replayed_is_marked(shop: Shop, words: Words) -> None:
    shop.revision("ddd444", "ccc333", "op.execute('no such statement <b>')")
    shop.revision("eee555", "ddd444", "op.create_table('t', sa.Column('id', sa.Integer))")
    shown = browser(shop.project, replay=True)
    assert "1 revision failed there" in words(shown.doing.value)
    assert "Run without ddd444" in words(open_tab(shown, "schema"))
    shown.choose("ddd444")
    schema = open_tab(shown, "schema")
    assert "could not be run there" in words(schema)
    assert "could not be run there" in words(open_tab(shown, "picture"))
    assert "It touched nothing of the schema: failed." in words(open_tab(shown, "lives"))
    assert "<b>&#39;" not in schema
    assert "statement <b>" not in schema


def test_odd_revisions_are_marked_once_somebody_asks(shop: Shop, words: Words) -> None:
    shop.revision("ddd444", "ccc333", "op.create_table('t', sa.Column('id', sa.Integer))")
    shown = browser(shop.project, replay=True)
    assert not shown.look.disabled
    assert "⚠" not in words(shown.list.facts.value)
    shown.find_oddities(both=False)
    assert shown.wait(60)
    assert "1 oddity in 1 of 4 revisions" in words(shown.doing.value)
    assert words(shown.list.facts.value).count("⚠ odd") == 1
    assert "odd" in shown.list.buttons[0].tooltip
    assert "not-undone" in words(open_tab(shown, "about"))
    shown.choose("ccc333")
    assert "not-undone" not in words(open_tab(shown, "about"))
    shown.refresh.click()
    assert shown.wait(60)
    assert "⚠" not in words(shown.list.facts.value)


@pytest.mark.usefixtures("endless")
def test_a_replay_that_never_ends_is_stopped_and_the_rest_is_there(
    project: Project, words: Words
) -> None:
    shown = HistoryBrowser(project)
    deadline = time.monotonic() + 60
    while "endless" not in words(shown.doing.value) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert shown.stop.layout.display is None
    shown.choose("487f52cc5aef")
    assert "guest_requests" in words(open_tab_now(shown, "data"))
    shown.stop.click()
    assert shown.wait(60)
    assert "Stopped" in words(shown.status.value)
    assert "press Refresh" in words(open_tab(shown, "schema"))


def test_a_revision_is_shown_in_full_and_escaped(
    project: Project, project_folder: Path, words: Words
) -> None:
    path = next((project_folder / "alembic" / "versions").glob("7adee582ada3*"))
    path.write_text(path.read_text() + "\n# <script>alert(1)</script>\n")
    shown = browser(project)
    assert "○ pending" in words(open_tab(shown, "about"))
    source = open_tab(shown, "source")
    assert "<script>" not in source
    assert "# <script>alert(1)</script>" in words(source)


def test_without_a_database_the_history_is_still_there(
    project_folder: Path, tmp_path: Path, words: Words
) -> None:
    with Project.open(project_folder, url=f"sqlite:///{tmp_path}/none.db") as project:
        shown = browser(project)
        assert "Where the database stands is not known: There is no SQLite file" in words(
            shown.status.value
        )
        assert len(names(shown)) == 14
        assert "Standing" not in words(shown.list.facts.value)


def test_refresh_reads_the_files_again(
    project: Project, project_folder: Path, words: Words
) -> None:
    shown = browser(project)
    folder = project_folder / "alembic" / "versions"
    next(folder.glob("7adee582ada3*")).unlink()
    path = next(folder.glob("a31dd2a66069*"))
    path.write_text(path.read_text().replace("Adds policy rulings", "Counts rulings"))
    (folder / "broken.py").write_text("def upgrade(:\n")
    shown.refresh.click()
    assert shown.wait(60)
    assert "13 revisions" in words(shown.status.value)
    assert chosen(shown) == "a31dd2a66069"
    assert "Counts rulings" in words(shown.view.parts["about"].body.value)
    assert "broken.py" in words(shown.notes.value)


def test_five_hundred_revisions_are_paged_and_quick(shop: Shop) -> None:
    for number in range(500):
        parent = f"r{number - 1:03}" if number else "ccc333"
        shop.revision(f"r{number:03}", parent)
    shown = browser(shop.project)
    assert len(names(shown)) == ROWS
    assert shown.list.pager.said.value == "Page 1 of 26"
    shown.list.pager.forward.click()
    assert names(shown)[0] == "r479"
    shown.choose("r010")
    assert shown.list.pager.said.value == "Page 25 of 26"
    started = time.perf_counter()
    shown.list.buttons[3].click()
    shown.words.value = "r1"
    assert time.perf_counter() - started < 0.6  # two answers, on a busy machine
