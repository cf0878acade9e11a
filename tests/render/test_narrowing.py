"""Lanes of a history without some of its revisions still tell what follows what."""

from __future__ import annotations

from schema.history import History
from schema.history.files import RevisionFile
from schema.render import lane_strip_html, row_facts_html
from schema.render.layout import lay_out
from schema.render.narrowing import narrowed


def file(name: str, *parents: str, depends_on: tuple[str, ...] = ()) -> RevisionFile:
    return RevisionFile(name, parents, message=f"make {name}", depends_on=depends_on)


def parents(history: History, *left: str) -> dict[str, tuple[str, ...]]:
    return {item.id: item.parents for item in narrowed(history, left).revisions}


LINE = History([file("a"), file("b", "a"), file("c", "b"), file("d", "c")])
#: b and c branch off a and merge in m; x follows.
DIAMOND = History([file("a"), file("b", "a"), file("c", "a"), file("m", "b", "c"), file("x", "m")])


def test_nothing_is_changed_where_nothing_is_left_out() -> None:
    found = narrowed(LINE, {"a", "b", "c", "d"})
    assert found.revisions == tuple(LINE)
    assert not found.gaps


def test_a_revision_follows_its_nearest_ancestor_that_is_left() -> None:
    assert parents(LINE, "a", "d") == {"d": ("a",), "a": ()}
    assert narrowed(LINE, {"a", "c", "d"}).gaps == {("c", "a")}


def test_both_sides_of_a_merge_that_is_left_out_are_followed() -> None:
    assert set(parents(DIAMOND, "x", "b", "c")["x"]) == {"b", "c"}


def test_what_another_parent_leads_to_anyway_is_not_followed_twice() -> None:
    assert parents(DIAMOND, "x", "b", "a") == {"x": ("b",), "b": ("a",), "a": ()}


def test_a_parent_of_its_own_stays() -> None:
    history = History([file("a"), file("b", "a"), file("m", "b", "a"), file("x", "m")])
    assert set(parents(history, "m", "b", "a")["m"]) == {"a", "b"}


def test_a_dependency_is_followed_through_what_is_left_out() -> None:
    history = History([file("a"), file("b", "a"), file("o", depends_on=("b",))])
    found = narrowed(history, {"a", "o"})
    assert next(item for item in found.revisions if item.id == "o").depends_on == ("a",)
    assert found.gaps == {("o", "a")}


def test_a_gap_is_drawn_as_one_and_only_the_rows_of_the_page_are() -> None:
    left = narrowed(LINE, {"a", "c", "d"})
    layout = lay_out(left.revisions, left.gaps)
    assert [edge.is_gap for edge in layout.edges] == [False, True]
    drawn = lane_strip_html(layout, left.revisions, 0, 3, standing={}, chosen="c")
    assert drawn.count("edge gap") == 1
    assert drawn.count("<circle") == 3
    assert drawn.count('class="here"') == 1
    second = lane_strip_html(layout, left.revisions, 1, 2, standing={})
    assert second.count("<circle") == 1
    assert "1 revision;" in second


def test_facts_are_escaped_and_name_their_row() -> None:
    history = History([RevisionFile("a", message="<b>", labels=("<script>",))])
    shown = row_facts_html(history, standing={"a": "current"}, chosen="a")
    assert "<script>" not in shown
    assert '<th scope="row" class="swb-heard">a</th>' in shown
    assert "◆ current" in shown
