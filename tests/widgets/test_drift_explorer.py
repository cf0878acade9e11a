"""Drift is shown verdict first, and can be grouped and filtered."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from schema.compare import Difference
from schema.drift import CAUSES
from schema.project import Project
from schema.widgets import DriftExplorer
from schema.widgets.drift_explorer import grouped

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
    assert "8 of 8 differences shown" in words(explorer.status.value)
    assert explorer.bar.layout.display == "none"


def test_words_filter(explorer: DriftExplorer, words: Words) -> None:
    explorer.words.value = "trigger guest_requests"
    assert "1 of 8 differences shown" in words(explorer.status.value)
    assert "pool_outages" not in words(explorer.differences.value)
    explorer.words.value = "nothing like that"
    assert "Nothing to show." in words(explorer.differences.value)
    explorer.words.value = ""


def test_what_is_pending_is_shown_when_asked_for(explorer: DriftExplorer, words: Words) -> None:
    assert "pending migration" not in words(explorer.differences.value)
    explorer.pending.value = True
    assert "pending migration, not drift" in words(explorer.differences.value)
    explorer.pending.value = False


def test_groups_by_cause_stand_in_the_order_of_importance() -> None:
    found = [
        Difference("table", None, None, "b", "added", cause="pending"),
        Difference("column", None, "a", "x", "changed", {"type": ("A", "B")}, cause="wrong-stamp"),
        Difference("table", None, None, "a", "added", cause="outside-migrations"),
    ]
    causes = ("outside-migrations", "wrong-stamp", "pending")
    assert list(grouped(found, "cause", "")) == [CAUSES[cause] for cause in causes]
    assert {name: len(rows) for name, rows in grouped(found, "table", "").items()} == {
        "a": 2,
        "b": 1,
    }
    assert list(grouped(found, "kind", "")) == ["column", "table"]


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
