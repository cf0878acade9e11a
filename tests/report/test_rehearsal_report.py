"""A rehearsal in a terminal and in a pull request: what deserves attention, and the rest folded."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from markdown_it import MarkdownIt

from schema import report
from schema.rehearsal import DataVerdict, Statement, Step

Watched = Callable[..., Step]


def test_a_terminal_shows_the_table_the_totals_and_what_deserves_attention(
    watched: Watched,
) -> None:
    quiet = watched(message="Quiet", waits=())
    said = report.text([quiet, watched()], width=160)
    assert "2 steps in 4.00 s; reads blocked for 1.50 s (users, AccessExclusiveLock)" in said
    assert "written anew 19.0 MB; WAL 24.0 MB" in said
    assert "\n↑ aaaa1 Widen the key\n" in said
    assert "\n↑ aaaa1 Quiet\n" not in said
    assert "waited 300 ms for AccessExclusiveLock: psql of users" in said
    assert "CREATE INDEX" not in said, "all statements are in the page, in JSON, and in one step"


def test_a_step_is_told_in_lines_while_it_goes_on(watched: Watched) -> None:
    lines = report.told(watched(error="it broke", notes=("odd",))).splitlines()
    assert lines[0] == "↑ aaaa1  Widen the key  (2.00 s, 5 statements)"
    assert "    ~ column users.id: type INT → BIGINT" in lines
    assert "    rows of users: 10 → 8" in lines
    assert (
        "    locks: reads of users blocked for 1.50 s, writes of users blocked for 1.90 s" in lines
    )
    assert lines[-2:] == ["    note: odd", "    ✗ failed: it broke"]


def test_what_the_ledger_could_not_tell_is_told_in_lines(watched: Watched) -> None:
    data = DataVerdict.of([], [], ["users has no key"])
    assert report.told(watched(data=data)).splitlines()[-1] == "    note: users has no key"


def test_nothing_that_was_read_acts_on_a_terminal(watched: Watched) -> None:
    step = watched("\x1b[31mred\u202e", "\x1b[2J", error="\x07")
    for said in (report.told(step), report.text([step], width=100), report.markdown([step])):
        assert not {"\x1b", "\u202e", "\x07"} & set(said)


def test_markdown_folds_each_step(watched: Watched) -> None:
    said = report.markdown([watched(), watched(error="it broke")])
    assert said.count("<details>") == 2
    assert "**✗ aaaa1: it broke**" in said
    html = MarkdownIt("commonmark").enable("table").render(said)
    assert "<td><code>users</code></td>" in html
    assert "AccessExclusiveLock" in html


@pytest.mark.parametrize(("steps", "folds"), [(1, 1), (20, 20), (50, 0), (2000, 0)])
def test_markdown_fits_into_a_comment(watched: Watched, steps: int, folds: int) -> None:
    long = "x" * 900
    many = tuple(Statement(f"SELECT '{long}', {n}", 0.1, 1) for n in range(2000))
    step = watched(statements=many, error="it broke", details={"sql": long * 9})
    said = report.markdown([step] * steps)
    assert len(said) <= 65_536
    assert said.count("<details>") == said.count("</details>") == folds
