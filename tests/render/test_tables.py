"""Tables and panels: every cell escaped, the changed part marked, the verdict first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
import sqlalchemy as sa

from schema.catalog import Catalog, SchemaObject
from schema.compare import Difference, Differences
from schema.drift import Drift
from schema.history import History, RevisionFile
from schema.rehearsal import Statement, Step
from schema.render import (
    Column,
    catalog_html,
    difference_table,
    differences_html,
    drift_html,
    frame_html,
    history_html,
    history_table,
    rehearsal_html,
    step_html,
    steps_html,
    table,
)
from schema.render.differences import marked

HOSTILE = "<script>alert(1)</script>\"'&🛒<img src=x onerror=y>"
VOID = {"meta", "br", "img", "col"}


class Reader(HTMLParser):
    """Checks that tags are balanced, and gathers tags and text outside of <style>."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.said = ""
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)
        if tag not in VOID and not tag.startswith(("rect", "line", "circle", "path")):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.said += data + " "


def change(name: str, how: str = "changed", **more: tuple[object, object]) -> Difference:
    properties = more or {"type": ("VARCHAR(250)", "VARCHAR(500)")}
    return Difference("column", None, "users", name, how, properties, "outside-migrations")  # type: ignore[arg-type]


def drift(*found: Difference, notes: tuple[str, ...] = ()) -> Drift:
    url = sa.make_url("postgresql+psycopg://me:sesame@host/prod")
    none = Differences()
    return Drift(url, ("aaaa1",), ("bbbb1",), Differences(found), none, none, notes=notes)


def step(
    error: str | None = None,
    before: Mapping[str, int] | None = None,
    after: Mapping[str, int] | None = None,
    details: Mapping[str, str] | None = None,
) -> Step:
    statements = (Statement(f"SELECT '{HOSTILE}'", 0.25, 3, 2),)
    return Step(
        "aaaa1", HOSTILE, "up", 1.5, statements, Differences([change(HOSTILE)]),
        before or {}, after or {}, error=error, details=details or {},
    )  # fmt: skip


def catalog() -> Catalog:
    return Catalog(
        "sqlite",
        "3",
        [
            SchemaObject("table", None, None, HOSTILE, {}),
            SchemaObject("column", None, HOSTILE, HOSTILE, {"type": HOSTILE, "nullable": True}),
            SchemaObject("view", None, None, "v", {"definition": HOSTILE}),
        ],
        not_compared=[HOSTILE],
    )


def hostile_history() -> History:
    named = RevisionFile(
        HOSTILE, message=HOSTILE, labels=(HOSTILE,), date=datetime(2024, 1, 1, tzinfo=UTC)
    )
    path = Path(f"{HOSTILE}.py")
    return History([named], authors={named.path.resolve(): HOSTILE, path: ""}, problems=[HOSTILE])


def hostile_differences(how: str) -> Differences:
    pair = (None, HOSTILE) if how == "added" else (HOSTILE, None)
    return Differences([change(HOSTILE, how, x=pair)])


PAGES = {
    "differences": lambda: differences_html(hostile_differences("added")),
    "drift": lambda: drift_html(drift(*hostile_differences("removed"), notes=(HOSTILE,))),
    "step": lambda: step_html(step(HOSTILE, {HOSTILE: 3}, {HOSTILE: 1}, {"sql": HOSTILE})),
    "details": lambda: step_html(step("it broke", details={HOSTILE: HOSTILE})),
    "steps": lambda: steps_html([step(before={HOSTILE: 1})]),
    "catalog": lambda: catalog_html(catalog()),
    "history": lambda: history_html(hostile_history(), (HOSTILE, "x" + HOSTILE)),
    "history table": lambda: history_table(hostile_history(), (HOSTILE,)),
    "frame": lambda: frame_html(pd.DataFrame({HOSTILE: [HOSTILE]})),
}


@pytest.mark.parametrize("name", PAGES)
def test_hostile_names_are_text_on_every_page(name: str) -> None:
    html = PAGES[name]()
    read = Reader(html)
    assert not {"script", "img", "a"} & set(read.tags)
    assert HOSTILE in read.said
    assert type(html) is str


def test_a_page_sets_text_and_background_both_by_jupyters_colours() -> None:
    html = differences_html(Differences())
    assert "color: var(--jp-ui-font-color1, " in html
    assert "background: var(--jp-layout-color0, " in html


def test_a_frame_shows_missing_values_as_empty_cells() -> None:
    frame = pd.DataFrame({"n": pd.array([1, None], dtype="Int64"), "t": [None, pd.NaT]})
    html = frame_html(frame)
    assert '<td class="swb-number">1</td><td></td>' in html
    assert not any(word in Reader(html).said for word in ("NaT", "None", "nan", "<NA>"))


def test_rows_beyond_the_limit_are_counted_not_shown() -> None:
    html = table([Column("n", "number")], [[n] for n in range(12)], max_rows=10)
    assert "and 2 rows more" in html
    assert ">11<" not in html


def test_only_the_words_that_changed_are_marked() -> None:
    left, right = marked("VARCHAR(250)", "VARCHAR(500)")
    assert left == "VARCHAR(<del>250</del>)"
    assert right == "VARCHAR(<ins>500</ins>)"
    assert marked("<a>", "<a> b") == ("&lt;a&gt;", "&lt;a&gt;<ins> b</ins>")
    assert marked("one", "two") == ("<del>one</del>", "<ins>two</ins>")


def test_each_property_is_a_row_and_the_object_is_said_once() -> None:
    item = change("role", type=("A", "B"), nullable=(False, True))
    read = Reader(difference_table([item], causes={"outside-migrations": "by hand"}))
    assert read.said.count("users.role") == 1
    assert read.said.count("by hand") == 1
    assert read.tags.count("tr") == 4, "a heading, two properties, and why"
    assert "no" in read.said.split()
    assert "yes" in read.said.split()


def test_a_renamed_object_shows_both_names() -> None:
    item = Difference("index", None, "users", "ix_new", "renamed", renamed_from="ix_old")
    assert "ix_old" in Reader(differences_html(Differences([item]))).said


def test_the_verdict_of_a_drift_comes_first_and_the_password_never() -> None:
    html = drift_html(drift(change("role")))
    assert Reader(html).said.split()[0] == "✗"
    assert "sesame" not in html
    assert "Changed outside migrations" in html


def test_no_drift_is_only_green_when_everything_was_compared() -> None:
    assert "swb-good" in drift_html(drift()).rsplit("</style>", 1)[1]
    failed = drift(notes=("The models could not be compared.",))
    partial = drift_html(replace(failed, is_complete=False)).rsplit("</style>", 1)[1]
    assert "swb-good" not in partial
    assert "swb-warn" in partial


def test_a_step_shows_row_losses_and_its_statements_folded() -> None:
    html = step_html(step(before={"a": 2000, "b": 1, "c": 5}, after={"a": 0, "b": 1, "d": 0}))
    read = Reader(html)
    assert "−2,000" in read.said
    assert "gone" in read.said
    assert "new" in read.said
    assert "Rows, in 3 of 4 tables" in read.said
    assert "2 statements, 250 ms in the database" in read.said


def test_a_failed_step_is_open_and_says_why() -> None:
    html = steps_html([step(), step("it broke", details={"sql": "DROP x"})])
    assert html.count('class="swb-step" open') == 1
    assert "it broke" in html
    assert "<pre>DROP x</pre>" in html


def test_values_show_themselves_with_text_and_html() -> None:
    for value in (drift(), Differences(), step(), hostile_history()):
        bundle = value._repr_mimebundle_()
        assert bundle["text/plain"] == repr(value)
        assert 'class="swb ' in bundle["text/html"]


def test_a_rehearsal_names_its_copy_and_asks_no_database() -> None:
    scratch = SimpleNamespace(name="scratch_prod_1")
    source = sa.make_url("postgresql+psycopg://me:sesame@host/prod")
    rehearsal = SimpleNamespace(
        scratch=scratch, source=source, steps=[], trip=None, faults=[], orders=None, forecast=None
    )
    html = rehearsal_html(rehearsal)  # type: ignore[arg-type]
    assert "scratch_prod_1" in html
    assert "No step has been run yet" in html
    assert "sesame" not in html
