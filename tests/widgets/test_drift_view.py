"""Which differences are shown, in what order, on which page; a thousand stay light and quick."""

from __future__ import annotations

import time
from typing import Any

import pytest
import sqlalchemy as sa

from schema.compare import Difference, Differences
from schema.drift import CAUSES, Drift
from schema.render import panel, section_html
from schema.widgets.drift_view import (
    GROUPINGS,
    PAGE,
    causes,
    counts,
    entries,
    kinds,
    matching,
    pages,
    parts,
)

HOSTILE = "<script>alert(1)</script>\"'&🛒<img src=x onerror=y>\u202e\n%s"


def drift(*found: Difference, **more: Any) -> Drift:
    none = Differences()
    more = {"models": none, "pending": none} | more
    return Drift(sa.make_url("sqlite:///x"), ("a1",), ("b1",), Differences(found), **more)


def column(table: str, name: str, cause: str | None = "outside-migrations") -> Difference:
    return Difference("column", None, table, name, "changed", {"type": ("A", "B")}, cause)


def many(count: int, value: str = "VARCHAR(250)") -> Drift:
    slugs = list(CAUSES)[:3]
    return drift(
        *(
            Difference(
                "column", "public", f"table_{number % 97}", f"column_{number}", "changed",
                {"type": (value, value + "x"), "default": (None, "'USER'::character varying")},
                slugs[number % 3], explanation="as revision 57f5d41c7200 made it",
                alembic_check=bool(number % 2),
            )
            for number in range(count)
        )
    )  # fmt: skip


def test_groups_by_cause_stand_in_the_order_of_importance() -> None:
    found = drift(
        column("a", "x", "wrong-stamp"),
        column("a", "y", None),
        column("b", "z"),
        pending=Differences([column("c", "p", "pending")]),
        accepted=Differences([column("c", "q")]),
    )
    shown = matching(entries(found), aside=("pending", "accepted"))
    titles = [part.title for part in parts(pages(shown, "cause")[0], "cause")]
    assert titles[:2] == [CAUSES["outside-migrations"], CAUSES["wrong-stamp"]]
    assert titles[2].startswith("unexplained")
    assert titles[3] == CAUSES["pending"]
    assert titles[4].startswith("accepted")


def test_what_is_no_drift_is_left_out_unless_asked_for() -> None:
    found = drift(
        column("a", "x"),
        cosmetic=Differences([column("a", "c", None)]),
        unmanaged=Differences([Difference("privilege", None, None, "p", "added")]),
    )
    listed = entries(found)
    assert [entry.difference.name for entry in matching(listed)] == ["x"]
    assert [e.difference.name for e in matching(listed, aside=("unmanaged",))] == ["x", "p"]
    assert kinds(listed) == [("all", ""), ("column (2)", "column"), ("privilege (1)", "privilege")]
    assert causes(listed)[1] == (
        f"{CAUSES['outside-migrations']} (1)",
        CAUSES["outside-migrations"],
    )


def test_the_differences_of_one_table_stand_next_to_each_other() -> None:
    found = drift(column("b", "1"), column("a", "2"), column("b", "3"))
    page = pages(matching(entries(found)), "cause and table")[0]
    assert [entry.difference.name for entry in page] == ["2", "1", "3"]


def test_words_are_looked_for_in_what_is_known_too() -> None:
    told = Difference("column", None, "t", "c", "added", explanation="Made by Ada in 1f2e3d")
    listed = entries(drift(told, column("t", "other")))
    assert [e.difference.name for e in matching(listed, words="ADA made")] == ["c"]


@pytest.mark.parametrize("by", GROUPINGS)
def test_every_difference_is_on_exactly_one_page(by: str) -> None:
    shown = matching(entries(many(230)))
    turned = pages(shown, by)
    assert [len(page) for page in turned] == [PAGE, PAGE, PAGE, PAGE, 30]
    names = [item.name for page in turned for part in parts(page, by) for item in part.differences]
    assert sorted(names) == sorted(f"column_{number}" for number in range(230))
    assert sum(counts(shown, by).values()) == 230


VALUES = {
    "short": "VARCHAR(250)",
    "long view": "\n".join(f"SELECT {number}, {HOSTILE}" for number in range(500)),
    "one word again and again": "a " * 20_000,
    "nothing but marks": "<" * 9999,
}


@pytest.mark.parametrize("value", VALUES)
def test_a_thousand_differences_are_light_and_quick(value: str) -> None:
    found = many(1000, VALUES[value])
    started = time.perf_counter()
    listed = entries(found)
    first = time.perf_counter()
    page = pages(matching(listed), "cause and table")[0]
    html = panel(
        *(section_html(p, 1000, by_table=True, causes=False) for p in parts(page, "cause"))
    )
    shown = time.perf_counter()
    assert len(html.encode()) < 300_000
    assert "<script" not in html
    assert first - started < 3
    assert shown - first < 3
    started = time.perf_counter()
    left = matching(listed, words="column_77 outside")
    assert time.perf_counter() - started < 0.3
    assert left
