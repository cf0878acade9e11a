"""What only one of two texts has is marked; nothing is lost, and it does not take long."""

from __future__ import annotations

import re
import time
from html import unescape

import pytest

from schema.render.marking import cut, marked

PAIRS = {
    "words": ("VARCHAR(250)", "VARCHAR(500)"),
    "nothing alike": ("one", "two"),
    "one side": ("", "NOT NULL"),
    "lines": (
        "\n".join(f"line {n}" for n in range(2000)),
        "\n".join(f"line {n}" for n in range(2000) if n != 1000),
    ),
    "one word again and again": ("a " * 9000, "a " * 8999 + "b"),
    "all lines differ": ("\n".join(map(str, range(3000))), "\n".join(map(str, range(9000, 12000)))),
    "emoji and marks": ("<b>👩‍👧</b> & x", "<b>👩‍👧</b> & y"),
}


def plain(markup: str) -> str:
    return unescape(re.sub("</?(del|ins)>", "", markup))


@pytest.mark.parametrize("name", PAIRS)
def test_with_all_the_room_both_texts_are_there_whole(name: str) -> None:
    started = time.perf_counter()
    left, right = marked(*PAIRS[name])
    assert time.perf_counter() - started < 1
    assert (plain(left), plain(right)) == PAIRS[name]


@pytest.mark.parametrize("name", PAIRS)
def test_with_little_room_it_is_short_and_says_what_it_left_out(name: str) -> None:
    for side in marked(*PAIRS[name], room=200):
        assert len(side) < 2000
        if len(plain(side)) > 600:
            assert "more" in side or "the same" in side


def test_one_changed_line_of_many_is_marked_within_what_is_around_it() -> None:
    before = "\n".join(f"SELECT {n}" for n in range(900))
    left, right = marked(before, before.replace("SELECT 450", "SELECT 4500"), room=400)
    assert "<del>450</del>" in left
    assert "<ins>4500</ins>" in right
    assert "SELECT 449" in plain(left)
    assert "lines the same" in left
    assert left.splitlines()[0] == "SELECT 0", "lines are left out as a whole"


def test_the_lines_that_are_left_out_are_counted() -> None:
    before = "\n".join(f"line {n:04}" for n in range(300)) + "\n"
    left, _ = marked(before + "a", before + "b", room=400)
    shown = [line for line in left.splitlines() if line.startswith("line")]
    counted = re.search(r"… (\d+) lines the same", left)
    assert counted is not None
    assert len(shown) + int(counted[1]) == 300


def test_what_is_cut_is_counted() -> None:
    assert "… and 900 characters more" in cut("x" * 1000, 100)
    assert cut("x" * 110, 100) == "x" * 110, "nothing is cut for the sake of a few"
