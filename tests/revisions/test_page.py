"""A revision's page: what Git knows of its file, its SQL, and how it is found among others."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from schema import Project
from schema.archaeology import Archaeology
from schema.history import read_history
from schema.revisions import NOBODY, RevisionPage, Wanted, authors, read_page, read_sql

if TYPE_CHECKING:
    from tests.conftest import Shop


def page(shop: Shop, name: str, current: tuple[str, ...] | None = None) -> RevisionPage:
    history = read_history(shop.project)
    archaeology = Archaeology(shop.project)
    return read_page(history, history.get(name), archaeology=archaeology, current=current)


def test_it_knows_what_is_around_and_where_a_database_stands(shop: Shop) -> None:
    found = page(shop, "bbb222", ("aaa111",))
    assert found.revision.parents == ("aaa111",)
    assert found.children == ("ccc333",)
    assert found.messages == {"aaa111": "change aaa111", "ccc333": "change ccc333"}
    assert found.standing == "pending"
    assert page(shop, "bbb222").standing is None
    assert "def upgrade" in found.source


# -- what became of its file ------------------------------------------------------------------


def test_without_git_it_says_so(shop: Shop) -> None:
    found = page(shop, "aaa111").file
    assert found.added is None
    assert "is in no Git repository" in found.note


def test_a_file_as_it_was_added_is_not_edited(shop: Shop) -> None:
    commit = shop.commit("Begin")
    found = page(shop, "aaa111").file
    assert found.added is not None
    assert found.added.short == commit
    assert (found.edited, found.is_committed, found.is_edited) == ((), True, False)


def test_an_edited_file_tells_who_edited_it_and_what(shop: Shop) -> None:
    shop.commit("Begin")
    path = shop.revision("bbb222", "aaa111", "op.execute('SELECT 1')")
    second = shop.commit("Mend it", author="Grace Hopper")
    found = page(shop, "bbb222").file
    assert [each.short for each in found.edited] == [second]
    assert any(line.startswith("+    op.execute") for line in found.diff)
    assert found.is_committed
    path.write_text(path.read_text() + "# not yet\n")
    found = page(shop, "bbb222").file
    assert not found.is_committed
    assert "+# not yet" in found.diff


def test_a_file_that_came_by_a_squashed_branch_was_added_by_the_commit_that_is_here(
    shop: Shop,
) -> None:
    shop.commit("Begin")
    shop.git("checkout", "-q", "-b", "feature")
    shop.revision("ddd444", "ccc333")
    shop.commit("Try it", author="Grace Hopper", date="2024-03-01")
    shop.git("checkout", "-q", "main")
    shop.git("checkout", "feature", "--", ".")
    squashed = shop.commit("Add it", date="2024-03-05")
    found = page(shop, "ddd444").file
    assert found.added is not None
    assert found.added.short == squashed
    assert found.edited == ()


# -- SQL --------------------------------------------------------------------------------------


def test_sql_is_told_for_each_kind_of_database_and_both_ways(shop: Shop) -> None:
    told = {(item.dialect, item.direction): item for item in read_sql(shop.project, "bbb222")}
    assert list(told) == [
        (dialect, way) for dialect in ("sqlite", "postgresql", "mariadb") for way in ("up", "down")
    ]
    assert "ADD COLUMN mail VARCHAR(80)" in told["mariadb", "up"].statements[0]
    assert all(item.why is None for item in told.values())


def test_sql_that_asks_the_database_ends_with_the_reason(shop: Shop) -> None:
    shop.revision(
        "ddd444",
        "ccc333",
        "op.execute('DELETE FROM invoice')\nop.get_bind().execute(sa.text('SELECT 1')).scalar()",
    )
    found = read_sql(shop.project, "ddd444", ["postgresql"])[0]
    assert found.statements[0] == "DELETE FROM invoice"
    assert found.why
    assert not found.is_failed


def test_a_revision_that_cannot_be_imported_says_why(shop: Shop) -> None:
    path = shop.revision("ddd444", "ccc333")
    path.write_text(path.read_text() + "raise RuntimeError('no way')\n")
    found = read_sql(shop.project, "ddd444", ["sqlite"])
    assert [item.statements for item in found] == [(), ()]
    assert all("no way" in (item.why or "") for item in found)
    assert all(item.is_failed for item in found)


# -- as values --------------------------------------------------------------------------------


def test_its_frame_and_json_hold_what_its_text_does(shop: Shop) -> None:
    shop.revision("ddd444", "ccc333", "op.execute('DELETE FROM invoice')")
    found = page(shop, "ddd444")
    frame = found.frame()
    assert list(frame.columns[:3]) == ["direction", "change", "kind"]
    assert frame.loc[0, ["direction", "change", "table", "told_by"]].tolist() == [
        "up", "delete", "invoice", "text",
    ]  # fmt: skip
    assert found.to_dict()["data"][0]["source"] == "op.execute('DELETE FROM invoice')"
    assert "<script>" not in found._repr_mimebundle_()["text/html"]


def test_a_project_tells_all_of_a_revision(shop: Shop) -> None:
    with Project.open(shop.root) as project:
        found = project.revision("bbb")
    assert found.step is not None
    assert (found.dialect, found.trouble) == ("sqlite", "")
    rows = found.frame()
    assert rows.loc[0, ["change", "kind", "table", "name", "told_by"]].tolist() == [
        "added", "column", "customer", "mail", "replay",
    ]  # fmt: skip
    assert found.to_dict()["schema"]["tables"] == ["customer"]
    assert found.picture is not None
    assert [table.name for table in found.picture.tables] == ["customer"]
    assert len(found.sql) == 6
    shown = found._repr_mimebundle_()["text/html"]
    assert "ADD COLUMN mail" in shown
    assert "Followed by" in shown


def test_all_revisions_are_told_with_where_the_database_stands(shop: Shop) -> None:
    with Project.open(shop.root, url=shop.live("bbb222")) as project:
        found = project.revisions()
    assert found["standing"].tolist() == ["pending", "current", "applied"]
    with Project.open(shop.root, url=f"sqlite:///{shop.root}/none.db") as project:
        found = project.revisions()
    assert found["standing"].tolist() == ["unknown"] * 3
    assert "There is no SQLite file" in found.attrs["note"]


def test_a_revision_of_a_broken_history_is_told_without_its_changes(shop: Shop) -> None:
    shop.revision("ddd444", "missing")
    with Project.open(shop.root) as project:
        found = project.revision("bbb")
    assert found.step is None
    assert "which no file bears" in found.trouble
    assert found.frame().empty
    assert found.to_dict()["schema"] is None


# -- finding ----------------------------------------------------------------------------------


@pytest.fixture
def dated(shop: Shop) -> Shop:
    for name, day, author in (
        ("aaa111", "2024-01-10", "Ada Lovelace"),
        ("bbb222", "2024-02-10", "Grace Hopper"),
        ("ccc333", "", ""),
    ):
        path = next(shop.versions.glob(f"{name}*"))
        text = path.read_text()
        if day:
            path.write_text(text.replace("Revision ID", f"Create Date: {day}\nRevision ID", 1))
            shop.git("init", "-q", "-b", "main")
            shop.git("add", path.name if path.parent == shop.root else str(path))
            shop.git("commit", "-q", "-m", f"Add {name}", author=author)
    return shop


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(), ["ccc333", "bbb222", "aaa111"]),
        (Wanted("CHANGE bbb"), ["bbb222"]),
        (Wanted(author="Ada Lovelace"), ["aaa111"]),
        (Wanted(author=NOBODY), ["ccc333"]),
        (Wanted(since=date(2024, 1, 11)), ["bbb222"]),
        (Wanted(until=date(2024, 1, 10)), ["aaa111"]),
        (Wanted(since=date(2024, 1, 10), until=date(2024, 2, 10)), ["bbb222", "aaa111"]),
        (Wanted("change", "Grace Hopper", date(2024, 3, 1)), []),
        (Wanted(table="customer", touched={"aaa111": ["customer"]}), ["aaa111"]),
    ],
)
def test_filters_can_be_combined(dated: Shop, wanted: Wanted, found: list[str]) -> None:
    history = read_history(dated.project)
    assert [item.id for item in wanted.find(history)] == found


def test_authors_are_counted_and_who_is_not_known_stands_last(dated: Shop) -> None:
    history = read_history(dated.project)
    assert authors(history) == [("Ada Lovelace", 1), ("Grace Hopper", 1), (NOBODY, 1)]
