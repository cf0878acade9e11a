"""A drift as text and as Markdown: by cause, folded where it is none, short enough to paste."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa
from markdown_it import MarkdownIt

from schema import report
from schema.compare import Difference, Differences
from schema.ddl import Statement
from schema.drift import Drift
from schema.render import drift_html
from schema.repair import Proof, Repair

HOSTILE = {
    "html": "<script>alert(1)</script><img src=x onerror=y></details>",
    "markdown": "`` `a` **b** _c_ [d](javascript:x) ![e](f) ~~g~~ \\",
    "table": "a | b \\| c ||",
    "lines": "one\ntwo\r\n\n# three\n- four\n```",
    "calls": "@octocat/team #12 GH-7 octo/repo#9 user@host",
    "terminal": "\x1b[31mred\x07 \u202ertl",
}


def drift(*found: Difference, **more: Any) -> Drift:
    none = Differences()
    more = {"models": none, "pending": none} | more
    return Drift(
        sa.make_url("postgresql://me:sesame@host/prod"), ("a1",), ("b1",), Differences(found),
        **more,
    )  # fmt: skip


def item(name: str, **more: Any) -> Difference:
    more = {"cause": "outside-migrations"} | more
    return Difference("column", None, "users", name, "changed", {"type": ("A", name)}, **more)


def everything(name: str) -> Drift:
    one = Differences([item(name, accepted=name, explanation=name, evidence=(name,))])
    return drift(
        item(name, explanation=name), models=one, pending=one, cosmetic=one, accepted=one,
        unmanaged=one, notes=(name,), accepted_problems=(name,), nearest=((name,), 2),
    )  # fmt: skip


def rendered(markdown: str) -> str:
    """The Markdown as a page; tables as GitHub has them."""
    return MarkdownIt("commonmark").enable("table").render(markdown)


def test_each_cause_has_its_table_and_what_is_no_drift_is_folded() -> None:
    found = drift(
        item("a", alembic_check=False),
        item("b", cause="wrong-stamp"),
        accepted=Differences([item("c", accepted="until May")]),
        pending=Differences([item("d", cause="pending")]),
    )
    said = report.markdown(found)
    assert said.index("Changed outside migrations (1)") < said.index("Wrong stamp")
    folds = re.findall(r"<details><summary>(.*?)</summary>", said)
    assert folds == [
        "Pending migration, not drift (1)",
        "Accepted by the project, no drift any more (1)",
    ]
    assert "◌ alembic check would not report this" in said
    assert "accepted: until May" in said


def test_cosmetic_differences_are_counted_and_told_when_asked_for() -> None:
    found = drift(cosmetic=Differences([item("quiet")]))
    assert "1 cosmetic difference (--cosmetic shows them)" in report.text(found, width=120)
    assert "quiet" not in report.text(found, width=120)
    assert "quiet" in report.text(found, width=120, cosmetic=True)
    assert "quiet" in report.markdown(found, cosmetic=True)


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_that_was_read_means_anything_in_markdown(name: str) -> None:
    said = report.markdown(everything(HOSTILE[name]), cosmetic=True)
    page = rendered(said)
    inner = page.replace("<details><summary>", "").replace("</summary>", "")
    tags = set(re.findall(r"<\s*/?(\w+)", inner))
    assert tags <= {"p", "strong", "table", "thead", "tbody", "tr", "th", "td", "code", "details",
                    "br", "pre"}  # fmt: skip
    assert page.count("<details>") == page.count("</details>")
    assert page.count("<table>") == said.count("| --- |\n")
    assert not any(mark in said for mark in "\x1b\x07\u202e")
    assert "sesame" not in said


def test_dollar_signs_make_no_formula() -> None:
    """GitHub reads what stands between two of them as TeX, but not within code."""
    page = rendered(report.markdown(everything("$\\frac{1}{2}$ and $x$")))
    outside = re.sub(r"<(code|pre)\b.*?</\1>", "", page, flags=re.S)
    assert "<span>$</span>x<span>$</span>" in outside
    assert "$" not in outside.replace("<span>$</span>", "")


def test_a_folded_title_is_the_name_itself() -> None:
    """An entity in it is whole: parted after its "#", it would be seen as it is written."""
    body = Difference(
        "function", None, None, "skip_it()", "added", {"definition": (None, "a\nb")},
        "outside-migrations",
    )  # fmt: skip
    [title] = re.findall(r"<summary>(function .*?)</summary>", report.markdown(drift(body)))
    assert unescape(title) == "function skip_it()"


def test_nobody_is_called_and_no_issue_linked() -> None:
    page = rendered(report.markdown(everything(HOSTILE["calls"])))
    outside = re.sub(r"<(code|pre)\b.*?</\1>", "", page, flags=re.S)
    assert "octocat" in outside
    assert not re.search(r"[@#]\w|GH-\d", outside)


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("width", [50, 120])
def test_nothing_that_was_read_acts_on_a_terminal(name: str, width: int) -> None:
    said = report.text(everything(HOSTILE[name]), width=width, cosmetic=True)
    assert not any(mark in said for mark in "\x1b\x07\u202e")


def test_names_are_not_broken_where_there_is_room_beside_them() -> None:
    long, why = "x" * 63, " ".join(f"word{number}" for number in range(100))
    found = drift(item(long, explanation=why), item("👩" * 20))
    for width in (140, 150, 151, 200):
        said = report.text(found, width=width)
        assert f"users.{long}" in said
        assert "users." + "👩" * 20 in said
        assert set(why.split()) <= set(said.split()), "nothing falls off the edge"
    assert max(len(line) for line in report.text(found, width=60).splitlines()) <= 60


def test_what_a_new_object_is_anyway_is_left_out_and_nothing_else() -> None:
    trigger = {"definition": (None, "CREATE TRIGGER t"), "enabled": (None, "yes")}
    body = {"definition": (None, "BEGIN\nEND"), "comment": (None, None)}
    switched = {"enabled": ("yes", "no")}
    found = [
        Difference("trigger", None, "users", "t", "added", trigger),
        Difference("trigger", None, "users", "u", "added", trigger | {"enabled": (None, "no")}),
        Difference("trigger", None, "users", "v", "changed", switched),
        Difference("function", None, None, "f()", "added", body),
    ]
    said = report.text(drift(*found), width=150)
    assert re.search(r"trigger users.t +CREATE TRIGGER t\n", said)
    assert re.search(r"trigger users.u +CREATE TRIGGER t; no\n", said)
    assert "enabled yes → no" in said
    assert said.endswith("function f()\n# definition\n+BEGIN\n+END\n")
    column = {"type": (None, "INTEGER"), "nullable": (None, False)}
    shown = drift_html(drift(Difference("column", None, "users", "c", "added", column)))
    assert "nullable:</span> no" in shown
    assert "yes" not in drift_html(drift(found[0])).rsplit("</style>", 1)[1]


def test_a_long_definition_is_folded_as_a_diff() -> None:
    before = "\n".join(f"SELECT {n}" for n in range(50))
    view = Difference(
        "view", None, None, "v", "changed", {"definition": (before, before.replace("25", "2500"))},
        "outside-migrations",
    )  # fmt: skip
    said = report.markdown(drift(view))
    assert "<details><summary>view v</summary>\n\n```diff\n# definition" in said
    assert "-SELECT 25\n+SELECT 2500" in said
    assert max(len(line) for line in said.splitlines() if line.startswith("|")) < 600


@pytest.mark.parametrize("value", ["VARCHAR(250)", "x y " * 500], ids=["short", "long"])
def test_a_thousand_differences_fit_into_a_comment(value: str) -> None:
    found = [item(f"column_{n}", explanation=f"as revision {n}") for n in range(1000)]
    found += [
        Difference("view", None, None, f"v{n}", "changed", {"d": (value, "z")}) for n in range(99)
    ]
    said = report.markdown(drift(*found))
    assert len(said) < 65_536
    assert re.search(r"… and [\d,]+ more", said)


def test_a_repair_is_told_with_its_whole_file() -> None:
    lost = Statement("DROP TABLE `a|b`", is_destructive=True, why="its rows")
    proof = Proof(True, Differences(), "proved: nothing left")
    left_out = ((item("c"), "no such statement"),)
    repair = Repair("live", "sqlite", (lost,), "-- all\nDROP TABLE `a|b`;\n", proof, left_out)
    said = report.markdown(repair)
    assert said.startswith("**✓ Proved: nothing left; 1 statement, 1 destructive, 1 difference not")
    assert "```sql\n-- all\nDROP TABLE `a|b`;\n```" in said
    assert "no such statement" in said
    assert "Can lose data (1)" in report.text(repair, width=100)
    assert "DROP TABLE" in report.text(repair, width=100)
    assert report.text(proof, width=80) == "✓ Proved: nothing left\n"
