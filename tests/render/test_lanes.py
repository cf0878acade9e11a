"""The lanes of a history: where each revision stands, and the SVG that shows it."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from schema.history import History, RevisionFile
from schema.render.lanes import cut, lane_graph, text_width
from schema.render.layout import lay_out
from schema.render.mermaid import mermaid

HOSTILE = "<script>alert('x')</script> \"& 🛒 \x1b[31m\u202e"


def file(identifier: str, *parents: str, **more: Any) -> RevisionFile:
    return RevisionFile(identifier, parents, path=Path(f"{identifier}.py"), **more)


def history(*files: RevisionFile) -> History:
    return History(files)


@pytest.fixture
def tangled() -> History:
    return history(
        file("aaaa1", message="First", date=datetime(2024, 2, 3, tzinfo=UTC)),
        file("bbbb1", "aaaa1", labels=("side",)),
        file("bbbb2", "aaaa1"),
        file("cccc1", "bbbb1", "bbbb2", message=HOSTILE),
        file("dddd1"),
        file("dddd2", "dddd1", depends_on=("side",)),
        file("eeee1", "gone1"),
    )


def texts(svg: str) -> list[str]:
    root = ET.fromstring(svg)
    return [node.text or "" for node in root.iter("{http://www.w3.org/2000/svg}text")]


def test_a_straight_history_has_one_lane() -> None:
    layout = lay_out(history(file("aaaa1"), file("bbbb1", "aaaa1"), file("cccc1", "bbbb1")))
    assert layout.lanes == (0, 0, 0)
    assert [(edge.child, edge.lane, edge.parent) for edge in layout.edges] == [
        ((0, 0), 0, (1, 0)),
        ((1, 0), 0, (2, 0)),
    ]


def test_no_line_runs_through_a_revision_that_it_does_not_end_at(tangled: History) -> None:
    layout = lay_out(tangled)
    for edge in layout.edges:
        if edge.parent is not None:
            between = range(edge.child[0] + 1, edge.parent[0])
            assert all(layout.lanes[row] != edge.lane for row in between)
    assert layout.width <= 4


def test_what_is_depended_on_is_a_dashed_line_and_a_missing_parent_ends_nowhere(
    tangled: History,
) -> None:
    rows = {item.id: row for row, item in enumerate(tangled)}
    edges = lay_out(tangled).edges
    dashed = [(edge.child[0], edge.parent and edge.parent[0]) for edge in edges if edge.is_dashed]
    assert dashed == [(rows["dddd2"], rows["bbbb1"])]
    assert [edge.child[0] for edge in edges if edge.parent is None] == [rows["eeee1"]]


def test_a_circle_is_drawn_without_lines_that_lead_upwards() -> None:
    layout = lay_out(history(file("aaaa1", "bbbb1"), file("bbbb1", "aaaa1")))
    assert all(edge.parent is None or edge.parent[0] > edge.child[0] for edge in layout.edges)


def test_every_revision_is_a_row_with_its_marks_in_words(tangled: History) -> None:
    found = texts(lane_graph(tangled, ("bbbb1",)))
    for revision in tangled:
        assert revision.id in found
    for word in ("head", "base", "merge point", "branch point", "side", "2024-02-03"):
        assert word in found
    assert {"◆ current", "✓ applied", "○ pending"} <= set(found)
    assert "Standing" not in texts(lane_graph(tangled))
    assert "Author" not in found


def test_the_svg_is_an_image_with_a_title_no_links_and_jupyters_colours(tangled: History) -> None:
    svg = lane_graph(tangled, ("bbbb1",))
    root = ET.fromstring(svg)
    assert root.get("role") == "img"
    assert root.get("aria-label")
    assert root[0].tag.endswith("title")
    assert "max-width:none" in (root.get("style") or "")
    assert not re.search(r"<a\b|href|<script", svg)
    colours = re.findall(r"(?:fill|stroke):\s*([^;\"]+)", svg)
    assert all(c.strip().startswith(("var(--", "none", "transparent")) for c in colours)


def test_hostile_messages_are_text_and_in_the_title_whole(tangled: History) -> None:
    svg = lane_graph(tangled)
    assert "\x1b" not in svg
    assert "\u202e" not in svg
    titles = [
        node.text or "" for node in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}title")
    ]
    assert any("<script>alert('x')</script> \"& 🛒" in title for title in titles)


def test_long_messages_are_cut_and_whole_in_the_tip() -> None:
    long = "word " * 60
    svg = lane_graph(history(file("aaaa1", message=long.strip())))
    assert any(found.endswith("…") for found in texts(svg))
    assert long.strip() in svg


def test_cutting_keeps_to_the_width() -> None:
    assert cut("short", 100) == "short"
    assert cut("two\nlines", 100) == "two lines"
    assert text_width(cut("W" * 100, 100)) <= 100
    assert cut("x" * 9, 0) == "…"


def test_two_hundred_revisions_stay_small() -> None:
    files = [file("r000")]
    files += [file(f"r{n:03}", f"r{n - 1:03}", message="A message") for n in range(1, 200)]
    svg = lane_graph(history(*files))
    assert len(svg) < 120_000
    assert len(ET.fromstring(svg)) > 200


def test_no_revisions_make_no_rows() -> None:
    assert texts(lane_graph(history())) == ["Revision", "Message", "Date"]


def test_mermaid_escapes_what_is_syntax_and_names_nodes_itself(tangled: History) -> None:
    source = mermaid(tangled, ("bbbb1",))
    assert source.startswith("flowchart TD\n")
    assert "<script" not in source
    assert "\x1b" not in source
    assert 'r0["aaaa1 First<br/>✓ applied"]' in source
    assert source.count("-->") == 5
    assert source.count("-.->") == 1
    body = [line for line in source.splitlines() if "[" in line]
    assert all(re.fullmatch(r' {4}r\d+\["[^"<>`]*(<br/>[^"<>`]*)?"\]', line) for line in body)
