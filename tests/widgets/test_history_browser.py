"""The history can be filtered by words, and each revision read in full."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from schema.project import Project
from schema.widgets import HistoryBrowser

Words = Callable[[str], str]


def browser(project: Project) -> HistoryBrowser:
    made = HistoryBrowser(project)
    assert made.wait(60)
    return made


def test_it_tells_where_the_database_stands(project: Project, words: Words) -> None:
    shown = browser(project)
    assert "at e454a81bd5a2; 5 revisions pending" in words(shown.status.value)
    assert "<svg" in shown.graph.value
    assert shown.chosen.value == "7adee582ada3"


def test_words_filter_in_any_order_and_case(project: Project, words: Words) -> None:
    shown = browser(project)
    shown.words.value = "TOKENS user"
    assert [value for _, value in shown.chosen.options] == ["8c470c3f4331", "85e51f3435b4"]
    assert "guest_tags" not in words(shown.graph.value)
    assert "2 of 14 revisions match" in words(shown.status.value)
    shown.words.value = "no such word"
    assert shown.chosen.options == ()
    assert shown.details.value == ""
    shown.words.value = ""
    assert "<svg" in shown.graph.value
    assert "14 revisions" in words(shown.status.value)


def test_a_revision_is_shown_in_full_and_escaped(
    project: Project, project_folder: Path, words: Words
) -> None:
    path = next((project_folder / "alembic" / "versions").glob("7adee582ada3*"))
    path.write_text(path.read_text() + "\n# <script>alert(1)</script>\n")
    shown = browser(project)
    assert "<script>" not in shown.details.value
    assert "# <script>alert(1)</script>" in words(shown.details.value)
    assert "Follows: a31dd2a66069" in words(shown.details.value)
    assert "○ pending" in words(shown.details.value)
    shown.chosen.value = "57f5d41c7200"
    assert "nothing: it is the first" in words(shown.details.value)


def test_without_a_database_the_history_is_still_there(
    project_folder: Path, tmp_path: Path, words: Words
) -> None:
    with Project.open(project_folder, url=f"sqlite:///{tmp_path}/none.db") as project:
        shown = browser(project)
        assert "Where the database stands is not known: There is no SQLite file" in words(
            shown.status.value
        )
        assert "<svg" in shown.graph.value


def test_refresh_reads_the_files_again(
    project: Project, project_folder: Path, words: Words
) -> None:
    shown = browser(project)
    next((project_folder / "alembic" / "versions").glob("7adee582ada3*")).unlink()
    shown.refresh.click()
    assert shown.wait(60)
    assert "13 revisions" in words(shown.status.value)
    assert shown.chosen.value == "a31dd2a66069"
