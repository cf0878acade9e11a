"""A drift's parts in the order of reading, and what of it alembic check would pass over."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from schema import report
from schema.catalog import Catalog
from schema.compare import Difference, Differences
from schema.drift import Drift
from schema.render import drift_html
from schema.sections import ASIDE, Outcome, blind_words, outcome, sections, table_of


def drift(*found: Difference, **more: Any) -> Drift:
    none = Differences()
    more = {"models": none, "pending": none} | more
    return Drift(sa.make_url("sqlite:///x"), ("a1",), ("b1",), Differences(found), **more)


def column(name: str, cause: str | None = None, **more: Any) -> Difference:
    return Difference("column", None, "users", name, "changed", {"type": ("A", "B")}, cause, **more)


def test_drift_stands_before_what_is_none_and_each_says_what_it_compares() -> None:
    one = Differences([column("x", "pending")])
    found = drift(
        column("b", "wrong-stamp"),
        column("a", "outside-migrations"),
        models=Differences([column("m", "models-ahead")]),
        pending=one, cosmetic=one, accepted=one, unmanaged=one,
    )  # fmt: skip
    listed = sections(found)
    slugs = ["outside-migrations", "wrong-stamp", "models-ahead", *ASIDE]
    assert [section.slug for section in listed] == slugs
    assert [section.is_drift for section in listed] == [True] * 3 + [False] * 4
    sides = {section.slug: (section.left, section.right) for section in listed}
    assert sides["wrong-stamp"] == ("Migrations at its stamp", "Live")
    assert sides["models-ahead"] == ("Migrations at head", "Models")
    assert sides["pending"] == ("Migrations at its stamp", "Migrations at head")


def looks(found: Drift) -> str:
    """The class of the verdict on a page."""
    return drift_html(found).rsplit('class="swb-verdict swb-', 1)[1].partition('"')[0]


def test_a_note_on_how_it_was_compared_leaves_a_clean_verdict_green() -> None:
    found = drift(notes=("Git was not searched: there is none",))
    assert outcome(found) is Outcome.NONE
    assert looks(found) == "good"
    assert report.text(found).startswith("✓ No drift\n")
    for said in (drift_html(found), report.text(found)):
        assert "Git was not searched" in said
    assert "⚠" not in drift_html(found)


@pytest.mark.parametrize(
    "left_out",
    [
        {"is_complete": False, "notes": ("The models could not be compared",)},
        {"live": Catalog("postgresql", "18.0", [], not_compared=["2 operators"])},
    ],
    ids=["failed", "unseen"],
)
def test_what_could_not_be_compared_is_never_shown_as_equal(left_out: dict[str, Any]) -> None:
    found = drift(**left_out)
    assert outcome(found) is Outcome.PARTLY
    assert looks(found) == "warn"
    assert report.text(found).startswith("! No drift found, but not all compared\n")
    drifted = drift(column("a"), **left_out)
    assert outcome(drifted) is Outcome.DRIFT
    assert looks(drifted) == "bad"


def test_what_has_no_cause_or_an_unknown_one_is_not_lost() -> None:
    titles = [section.title for section in sections(drift(column("a"), column("b", "new-cause")))]
    assert titles == ["unexplained: no cause was found", "new-cause"]


def test_there_is_no_section_without_a_difference() -> None:
    assert sections(drift()) == ()


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (Difference("column", "public", "users", "a", "added"), "public.users"),
        (Difference("table", "public", None, "users", "added"), "public.users"),
        (Difference("function", "public", None, "f()", "added"), ""),
    ],
)
def test_the_table_that_a_difference_is_about(item: Difference, said: str) -> None:
    assert table_of(item) == said


def test_blind_spots_are_counted_by_what_was_missed() -> None:
    found = drift(
        column("a", alembic_check=False),
        column("b", alembic_check=False),
        Difference("trigger", None, "users", "t", "added", alembic_check=False),
        column("c", alembic_check=True),
    )
    said = "alembic check would not report 3 of these 4: 2 × type of column, 1 × trigger added"
    assert blind_words(found) == said
    assert blind_words(drift(column("a"))) == "", "it was not asked"
    assert blind_words(drift(column("a", alembic_check=True))) == ""
