"""A drift on a page: all that is known of it, nothing that runs, and never too much."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from schema.catalog import SchemaObject
from schema.compare import Difference, Differences
from schema.drift import Drift
from schema.render import definition_html, drift_html, drift_page
from schema.render.differences import MOST_MARKUP, difference_table


def drift(*found: Difference, **more: Any) -> Drift:
    none = Differences()
    more = {"models": none, "pending": none} | more
    return Drift(
        sa.make_url("postgresql://me:sesame@host/prod"), ("a1",), ("b1",), Differences(found),
        **more,
    )  # fmt: skip


def known(name: str = "role") -> Difference:
    return Difference(
        "column", "public", "users", name, "renamed", {"name": ("old" + name, name)},
        "outside-migrations", "old" + name, (f"same shape as {name}",), 0.9,
        explanation=f"made by {name} in 1f2e3d", alembic_check=False,
    )  # fmt: skip


def everything(name: str) -> Drift:
    one = Differences([known(name)])
    pair = Differences(
        [Difference("view", name, None, name, "changed", {name: (name, name + "x")})]
    )
    return drift(
        known(name), models=pair, pending=pair, cosmetic=pair, accepted=one, unmanaged=pair,
        notes=(name,), accepted_problems=(name,), nearest=((name,), 3),
    )  # fmt: skip


def test_provenance_evidence_and_blindness_stand_under_a_difference(read: Any) -> None:
    page = read(drift_html(drift(known())))
    assert "made by role in 1f2e3d" in page.said
    assert "Taken for the same object under a new name (90% sure): same shape as role" in page.said
    assert "◌ alembic check would not report this" in page.said
    assert "◌ alembic check would not report 1 of these 1: 1 × column renamed." in page.said


def test_nothing_is_said_of_alembic_check_when_it_was_not_asked(read: Any) -> None:
    item = Difference("column", None, "t", "c", "added")
    assert "alembic check" not in read(drift_html(drift(item))).said.lower()


def test_accepted_drift_stays_in_sight_with_its_reason(read: Any) -> None:
    agreed = Difference("column", None, "t", "c", "added", accepted="until May")
    page = read(drift_html(drift(accepted=Differences([agreed]), accepted_problems=("ran out",))))
    assert "Accepted by the project" in page.said
    assert "Accepted: until May" in page.said
    assert "ran out" in page.said


@pytest.mark.parametrize("show", [drift_html, drift_page], ids=["cell", "file"])
def test_hostile_names_are_text_wherever_they_stand(hostile: str, show: Any, read: Any) -> None:
    markup = show(everything(hostile))
    page = read(markup)
    assert not {"script", "img", "a", "iframe"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert not any(mark in markup for mark in "\x1b\x07\x08\u202e\u2066")
    assert "sesame" not in markup


def test_a_cell_of_a_thousand_differences_stays_light_and_says_where_the_rest_is(read: Any) -> None:
    found = [known(f"column_{number}") for number in range(1000)]
    markup = drift_html(drift(*found))
    assert len(markup.encode()) < 300_000
    assert "and 900 differences more" in markup
    assert "schema drift --html FILE" in read(markup).said


def test_a_file_holds_all_of_them_in_full() -> None:
    long = "x" * 5000
    found = [known(f"column_{number}") for number in range(1000)]
    found.append(Difference("view", None, None, "v", "changed", {"definition": (long, "y" * 99)}))
    page = drift_page(drift(*found))
    assert page.count("made by column_") == 1000
    assert long in page
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page
    assert "default-src &#39;none&#39;" in page


def test_one_difference_never_takes_more_than_its_share() -> None:
    huge = {f"property_{n}": ("<" * 4000, "&" * 4000) for n in range(12)}
    item = Difference("table", None, None, "t" * 63, "changed", huge, explanation="<" * 4000)
    assert len(difference_table([item])) < MOST_MARKUP + 1000


def test_a_definition_in_full_shows_what_is_alike_too(read: Any) -> None:
    left = SchemaObject("column", None, "t", "c", {"type": "A", "nullable": True, "comment": "<b>"})
    right = SchemaObject(
        "column", None, "t", "c", {"type": "B", "nullable": True, "comment": "<b>"}
    )
    item = Difference("column", None, "t", "c", "changed", {"type": ("A", "B")}, explanation="Ada")
    page = read(definition_html(item, left, right, "Head", "Models"))
    assert page.tags.count("b") == 1, "the comment is text"
    assert {"del", "ins"} <= set(page.tags)
    for word in ("Head", "Models", "nullable", "comment", "<b>", "Ada"):
        assert word in page.said
