"""A step on a page: what matters in its heading, locks as a picture, long lists folded."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from schema.rehearsal import Lock, Statement, Step
from schema.render import rehearsal_page, step_body_html, step_html, steps_html
from schema.render.rehearsal_locks import MOST_DRAWN, locks_picture
from schema.render.rehearsal_statements import MOST

Watched = Callable[..., Step]


def rehearsal(*steps: Step) -> Any:
    scratch = SimpleNamespace(name="scratch_prod_1")
    source = sa.make_url("postgresql+psycopg://me:sesame@host/prod")
    return SimpleNamespace(
        scratch=scratch,
        source=source,
        steps=list(steps),
        trip=None,
        faults=[],
        orders=None,
        forecast=None,
    )


def bars(picture: str) -> list[tuple[str, float, float]]:
    """The bars of a picture: what they block, from where to where, in percent."""
    found = re.findall(r'<rect class="(\w+)" x="([\d.]+)%" y="[\d.]+" width="([\d.]+)%"', picture)
    return [(look, float(x), float(x) + float(w)) for look, x, w in found if look != "ran"]


def test_the_heading_says_what_matters(watched: Watched, read: Callable[..., Any]) -> None:
    said = read(step_html(watched(), is_open=False)).said
    assert "↑ aaaa1 Widen the key · 2.00 s · 5 statements" in said
    assert "reads blocked for 1.50 s, writes blocked for 1.90 s" in said


def test_a_lock_is_drawn_from_the_statement_that_took_it_to_its_end(watched: Watched) -> None:
    drawn = bars(locks_picture(watched()))
    assert drawn == [("writes", 5, 100), ("all", 25, 100), ("ddl", 87.5, 100)]


def test_the_picture_tells_the_same_in_words(watched: Watched, read: Callable[..., Any]) -> None:
    page = read(locks_picture(watched()))
    label = dict(page.attributes)["aria-label"] or ""
    assert ("role", "img") in page.attributes
    assert "reads of users blocked for 1.50 s, writes of users blocked for 1.90 s" in label
    assert "AccessExclusiveLock, held 1.50 s" in page.said


def test_what_blocks_nobody_is_in_the_table_alone(watched: Watched) -> None:
    html = step_body_html(watched())
    assert "5 locks, 2 of which block nobody" in html
    assert "nobody: it is new" in html
    assert "keys" not in locks_picture(watched())
    assert locks_picture(watched(locks=())) == ""


def test_of_many_relations_the_most_blocked_are_drawn(watched: Watched) -> None:
    mild = [Lock(f"t{n}", "table", "ShareLock", None, 1.0) for n in range(MOST_DRAWN)]
    hard = Lock("worst", "table", "AccessExclusiveLock", None, 0.1)
    picture = locks_picture(watched(locks=(*mild, hard)))
    assert picture.index("worst") < picture.index("t0")
    assert "… and 1 relation more, in the table" in picture


def test_the_slowest_statement_is_marked(watched: Watched, read: Callable[..., Any]) -> None:
    said = " ".join(read(step_body_html(watched())).said.split())
    assert said.count("slowest") == 1
    assert "slowest ALTER TABLE users" in said
    assert "71 %" in said
    assert "with {'a': 1}" in said
    assert "5 statements, 1.70 s in the database, 20 ms in Python, 12.0 MB of WAL" in said


def test_many_statements_are_folded_and_limited(watched: Watched) -> None:
    many = tuple(Statement(f"SELECT {n}", n / 1000, 1) for n in range(5000))
    html = step_body_html(watched(statements=many, locks=()))
    assert "The 10 slowest" in html
    assert html.index("SELECT 4999") < html.index("All 5,000 in their order")
    assert html.count("<code>") == 10 + MOST
    assert "… and 4,700 rows more" in html
    assert len(html) < 100_000


def test_what_was_rewritten_and_what_grew_is_told_in_bytes(
    watched: Watched, read: Callable[..., Any]
) -> None:
    said = read(step_body_html(watched())).said
    assert "8.00 MB" in said
    assert "9.50 MB" in said
    assert "2 changes of size, +999 kB together" in said
    assert "−1.00 kB" in said


def test_waits_and_notices_are_told(watched: Watched, read: Callable[..., Any]) -> None:
    said = read(step_body_html(watched())).said
    assert "300 ms for AccessExclusiveLock on users: psql of users" in said
    assert "NOTICE skipping users" in said


def test_nothing_that_was_read_is_markup(
    watched: Watched, hostile: str, read: Callable[..., Any]
) -> None:
    step = watched(hostile, hostile, notes=(hostile,), error=hostile, details={"sql": hostile})
    page = read(rehearsal_page(rehearsal(step)))
    assert not {"script", "img", "a"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert "\u202e" not in page.said


def test_totals_stand_over_the_steps(watched: Watched, read: Callable[..., Any]) -> None:
    said = read(steps_html([watched(), watched()])).said
    assert "Reads blocked for 1.50 s (users, AccessExclusiveLock)" in said
    assert "Written anew 19.0 MB" in said


def test_the_file_stands_alone_and_hides_the_password(watched: Watched) -> None:
    html = rehearsal_page(rehearsal(watched()))
    assert html.startswith("<!DOCTYPE html>")
    assert "Rehearsal of postgresql+psycopg://me:***@host/prod" in html
    assert "sesame" not in html
    assert not re.search(r"(src|href)=", html)


@pytest.mark.parametrize("error", [None, "it broke"])
def test_only_a_failed_step_is_unfolded(watched: Watched, error: str | None) -> None:
    assert ('class="swb-step" open' in steps_html([watched(error=error)])) == bool(error)
