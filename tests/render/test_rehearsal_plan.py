"""A plan on a page: what would be run, with its SQL, and what speaks against it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from schema.rehearsal.preview import Planned, Preview
from schema.render import preview_html


def test_each_revision_unfolds_to_its_sql(read: Callable[..., Any]) -> None:
    plan = Preview(
        [
            Planned("aaaa1", "Add it", "up", ("CREATE TABLE t (i INT)", "SELECT 1"), None, None),
            Planned("bbbb1", "Batch", "up", (), "it looks at the table", "downgrade() raises"),
        ],
        "sqlite",
    )
    said = read(preview_html(plan)).said
    assert "Plan: 2 revisions" in said
    assert "1. ↑ aaaa1 Add it 2 statements" in said
    assert "CREATE TABLE t (i INT);\nSELECT 1;" in said
    assert "Its SQL is not all known: it looks at the table" in said
    assert "The way back: downgrade() raises" in said
    assert said.count("way back in doubt") == 1


def test_nothing_that_was_read_is_markup(hostile: str, read: Callable[..., Any]) -> None:
    plan = Preview([Planned(hostile, hostile, "up", (hostile,), hostile, hostile)], "sqlite")
    page = read(preview_html(plan))
    assert not {"script", "img", "a"} & set(page.tags)
    assert "\u202e" not in page.said


def test_an_empty_plan_says_so(read: Callable[..., Any]) -> None:
    assert "it is there already" in read(preview_html(Preview([], "sqlite"))).said
