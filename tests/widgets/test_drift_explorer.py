"""Drift is shown verdict first, and can be grouped and filtered."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from schema.drift import CAUSES
from schema.project import Project
from schema.widgets import DriftExplorer
from schema.widgets.drift_view import ANY

Words = Callable[[str], str]


@pytest.fixture(scope="module")
def explorer(root: Path, demo_url: str) -> Iterator[DriftExplorer]:
    with Project.open(root, url=demo_url) as project:
        made = DriftExplorer(project)
        assert made.wait(120)
        yield made


def test_the_verdict_comes_first(explorer: DriftExplorer, words: Words) -> None:
    assert explorer.children[0] is explorer.verdict
    assert "8 changes outside migrations, 5 pending revisions" in words(explorer.verdict.value)
    assert "8 of 15 differences shown" in words(explorer.status.value)
    assert explorer.bar.layout.display == "none"


def test_words_filter(explorer: DriftExplorer, words: Words) -> None:
    explorer.words.value = "trigger guest_requests"
    assert "1 of 15 differences shown" in words(explorer.status.value)
    assert "pool_outages" not in words(explorer.differences.value)
    explorer.words.value = "nothing like that"
    assert "Nothing to show." in words(explorer.differences.value)
    explorer.words.value = ""


def test_what_is_pending_is_shown_when_asked_for(explorer: DriftExplorer, words: Words) -> None:
    toggle = explorer.toggles["pending"]
    assert toggle.description == "pending (7)"
    assert "Pending migration" not in words(explorer.differences.value)
    toggle.value = True
    assert "Pending migration, not drift (7)" in words(explorer.differences.value)
    assert "15 of 15 differences shown" in words(explorer.status.value)
    toggle.value = False


def test_what_there_is_none_of_cannot_be_asked_for(explorer: DriftExplorer) -> None:
    assert explorer.toggles["cosmetic"].disabled
    assert not explorer.toggles["pending"].disabled


def test_kind_and_cause_filter_and_tell_how_many_there_are(
    explorer: DriftExplorer, words: Words
) -> None:
    options = dict(explorer.kind.options)
    assert options["trigger (1)"] == "trigger"
    explorer.kind.value = "trigger"
    assert "1 of 15 differences shown" in words(explorer.status.value)
    explorer.kind.value = ANY
    explorer.cause.value = CAUSES["pending"]
    assert "7 of 15 differences shown" in words(explorer.status.value), "no toggle is needed too"
    explorer.cause.value = ANY


@pytest.mark.parametrize("by", ["table", "kind", "change", "cause"])
def test_grouped_by_anything_all_are_there(explorer: DriftExplorer, words: Words, by: str) -> None:
    explorer.grouping.value = by
    shown = words(explorer.differences.value)
    assert "fingerprint" in shown
    assert (
        "Changed outside migrations" if by == "cause" else "changed outside migrations"
    ) in shown
    explorer.grouping.value = "cause and table"


def test_one_difference_is_shown_in_full(explorer: DriftExplorer, words: Words) -> None:
    label = "column guest_requests.address changed"
    explorer.chosen.value = dict(explorer.chosen.options)[label]
    shown = words(explorer.definition.value)
    assert "type VARCHAR( 250 ) VARCHAR( 500 )" in shown
    assert "nullable yes yes" in shown, "what is alike is there too"
    explorer.chosen.value = None
    assert explorer.definition.value == ""


def test_an_unstamped_database_is_said_and_refresh_tries_again(
    root: Path, tmp_path: Path, demo_url: str, words: Words
) -> None:
    path = tmp_path / "unstamped.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE users (username VARCHAR(250))")
    with Project.open(root, url=f"sqlite:///{path}") as project:
        explorer = DriftExplorer(project)
        assert explorer.wait(120)
        assert "bears no stamp of Alembic" in words(explorer.error.value)
        assert explorer.verdict.value == ""
        explorer.url = Project.open(root, url=demo_url).database_url()
        explorer.refresh.click()
        assert explorer.wait(120)
        assert explorer.error.value == ""
        assert "8 changes" in words(explorer.verdict.value)


@pytest.mark.usefixtures("endless")
def test_stop_ends_a_comparison_that_would_never_end(project: Project, words: Words) -> None:
    explorer = DriftExplorer(project)
    assert explorer.stop.layout.display is None
    deadline = time.monotonic() + 60
    while "wait <b>for</b> ever" not in words(explorer.status.value):
        assert time.monotonic() < deadline, words(explorer.status.value)
        time.sleep(0.1)
    explorer.stop.click()
    assert explorer.wait(10)
    assert "Stopped. Nothing was changed." in words(explorer.status.value)
    assert explorer.error.value == ""
    assert explorer.stop.layout.display == "none"
    assert not explorer.refresh.disabled
    assert explorer.drift is None
