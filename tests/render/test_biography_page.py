"""Biographies and chronicles on a page: escaped, told by shape, and never too much."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

from schema.biography import Biography, Chronicle, Dropped, Entry, Gone, Lifetime, Mark, Operation
from schema.biography import Row as Line
from schema.compare import Difference
from schema.history import Added, Revision
from schema.oddities import Oddities, Oddity
from schema.render import (
    biography_html,
    chronicle_html,
    chronicle_page,
    dropped_html,
    oddities_html,
)
from schema.render.chronicle import MOST_ROWS, chronicle_picture
from schema.report import markdown, text

CHANGES = ("changed", "removed")
HOSTILE = "<script>alert('x')</script>"


def revision(number: int, message: str = "a change") -> Revision:
    date = datetime(2020 + number // 12, number % 12 + 1, 3)
    return Revision(
        f"{number:04}", (), message, date, "Ada", Path(f"{number}.py"), (), (),
        is_head=False, is_base=False, is_branch_point=False, is_merge_point=False,
    )  # fmt: skip


def biography(name: str, **more: str) -> Biography:
    item = Difference("column", None, name, name, "added", {"type": (None, name)})
    gone = Difference("column", None, name, name, "removed", {"type": (name, None)})
    made = Operation(Path(f"{name}.py"), 7, f"op.{name}", here=more.get("here", ""))
    commit = Added("abc1234", None, name)
    first = Entry(revision(1, name), "added", item, made, commit)
    entries = (
        first,
        Entry(revision(2), "removed", gone),
        Entry(revision(3), "added", item, life=2),
    )
    lives = (
        Lifetime("column", (name, f"{name}.{name}"), revision(1), revision(2)),
        Lifetime("column", (name,), None, None),
    )
    return Biography(name, "sqlite", lives, entries, (f"about {name}",))


def chronicle(tables: int, revisions: int, name: str = "t") -> Chronicle:
    rows = tuple(
        Line(
            "table", (f"{name}{n}",), 0, revisions - 1 if n % 2 else None,
            (Mark(0, "added", (name,)), Mark(revisions - 1, CHANGES[n % 2], (name,))),
            (Line("column", (f"{name}{n}.c",), 0, None, (Mark(0, "renamed", (name,)),)),),
        )
        for n in range(tables)
    )  # fmt: skip
    return Chronicle("sqlite", tuple(revision(n, name) for n in range(revisions)), rows, (0,))


def test_nothing_that_was_read_becomes_markup() -> None:
    one = biography(HOSTILE, here=HOSTILE)
    gone = Dropped("sqlite", (Gone(one.lives[0], one.entries[0], one.entries[1], (HOSTILE,)),))
    pages = biography_html(one), dropped_html(gone), chronicle_page(chronicle(3, 4, HOSTILE))
    for page in pages:
        assert "<script" not in page
        assert "&lt;script&gt;" in page


def test_a_biography_tells_its_lives_its_lines_and_what_was_not_found() -> None:
    page = biography_html(biography("users"))
    for said in ("Life 1 of 2", "users.py, line 7", "op.users", "commit abc1234", "About users.",
                 "could not be found", "There before the first revision"):  # fmt: skip
        assert said in page


def test_a_loop_is_told_once_with_what_it_comes_to() -> None:
    found = biography("users", here="op.add('a')")
    entry = found.entries[0]
    other = Operation(Path("users.py"), 7, "op.users", here="op.add('b')")
    twice = Entry(entry.revision, "added", entry.difference, other, entry.commit)
    page = biography_html(Biography("x", "sqlite", found.lives[:1], (entry, twice)))
    assert page.count("users.py, line 7") == 1
    assert "# here: op.add(&#39;a&#39;)\n# here: op.add(&#39;b&#39;)" in page


def test_each_change_has_a_shape_and_a_sentence_of_its_own() -> None:
    picture = str(chronicle_picture(chronicle(2, 4)))
    assert picture.count('class="mark added"') > 1
    for name in ("mark changed", "mark renamed", "removed"):
        assert f'class="{name}"' in picture
    assert re.search(r'aria-label="table t1, made by 0000 2020-01-03, dropped by 0003', picture)
    assert picture.count("<details>") == 2
    assert "✗" in picture


def test_many_tables_and_revisions_stay_readable_and_small() -> None:
    page = chronicle_html(chronicle(200, 500))
    assert page.count('aria-label="table ') == MOST_ROWS
    assert "160 tables with fewer changes are not drawn." in page
    assert "Each place stands for 10 revisions, one after another." in page
    assert len(page) < 500_000


def test_nothing_at_all_is_a_sentence() -> None:
    assert "no revisions yet" in chronicle_html(Chronicle("sqlite", (), ()))
    assert "was dropped again" in dropped_html(Dropped("sqlite", ()))


def test_the_same_in_a_terminal_and_in_markdown() -> None:
    found = biography("users")
    for written in (text(found, width=100), markdown(found)):
        assert "line 7: op.users" in written
        assert "Life 2: there before the first revision, there now" in written
        assert "(not found in its file)" in written
    assert "t1" in text(chronicle(3, 4), width=100)
    assert "Nothing that a revision made" in text(Dropped("sqlite", ()), width=100)


def odd(name: str) -> Oddities:
    one = Oddity(revision(1, name), "not-undone", f"its {name}", (f"saw {name}",), f"at {name}")
    two = Oddity(revision(1, name), "no-message", "it has none", declared=f"as {name}")
    return Oddities((one, two), 5, ("sqlite",), (f"not {name}",))


def test_odd_revisions_are_told_and_escaped() -> None:
    page = oddities_html(odd(HOSTILE))
    assert "<script" not in page
    assert "✗ 2 oddities in 1 of 5 revisions, 1 declared" in page
    for said in (
        "Its &lt;script",
        "saw &lt;",
        "Look at: at &lt;",
        "Declared:</b> as &lt;",
        "Not &lt;",
    ):
        assert said in page
    written = text(odd("users"), width=100)
    assert written.startswith("✗ 2 oddities in 1 of 5 revisions, 1 declared\n")
    assert "      look at: at users\n" in written
    assert "✓ Nothing odd about 5 revisions" in text(Oddities((), 5, ("sqlite",)), width=100)
