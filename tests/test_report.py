"""Reports: the same facts in a terminal, in Markdown and as JSON."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from schema import report
from schema.compare import Difference, Differences
from schema.drift import Drift
from schema.history import History, RevisionFile
from schema.rehearsal import Statement, Step
from schema.wording import counted, delta, duration, shown

HOSTILE = "[red]a|b`*_x_*<b>\x1b[31m\u202e"


def history() -> History:
    first = RevisionFile("aaaa1", message="First", date=datetime(2024, 2, 3, tzinfo=UTC))
    return History([first, RevisionFile("bbbb1", ("aaaa1",), message=HOSTILE, path=Path("b.py"))])


def differences() -> Differences:
    typed = {"type": ("VARCHAR(250)", "VARCHAR(500)")}
    return Differences(
        [
            Difference("column", None, "users", "role", "changed", typed, "outside-migrations"),
            Difference("index", None, "users", "ix_new", "renamed", renamed_from="ix_old"),
            Difference("table", None, None, HOSTILE, "added", {"columns": (None, ("a", "b"))}),
        ]
    )


def drift() -> Drift:
    url = sa.make_url("postgresql+psycopg://me:sesame@host/prod")
    pending = tuple(reversed(history()))
    none = Differences()
    return Drift(
        url, ("aaaa1",), ("bbbb1",), differences(), none, none, pending_revisions=pending,
        nearest=(("bbbb1",), 2), notes=("1 rule was not compared",),
    )  # fmt: skip


def step(error: str | None = None) -> Step:
    return Step(
        "aaaa1", "A message", "up", 1.5, (Statement("SELECT 1", 0.25, 3, 2),), differences(),
        {"users": 2000}, {"users": 0}, error=error, details={"sql": "DROP ```x"} if error else {},
    )  # fmt: skip


VALUES = {"history": history, "differences": differences, "drift": drift, "step": step}


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("width", [60, 100])
def test_text_keeps_to_the_width_and_holds_nothing_that_acts_on_a_terminal(
    name: str, width: int
) -> None:
    said = report.text(VALUES[name](), width=width)
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert max(map(len, said.splitlines())) <= width


def test_colour_is_there_only_when_asked_for() -> None:
    assert "\x1b[" in report.text(differences(), width=100, colour=True)
    assert "\x1b[31m" not in report.text(history(), width=100, colour=True)


def test_history_tells_where_the_database_stands() -> None:
    said = report.text(history(), current=("aaaa1",), width=120)
    lines = {line.split()[0]: line for line in said.splitlines() if line[:4] in {"aaaa", "bbbb"}}
    assert lines["aaaa1"].endswith("◆ current")
    assert lines["bbbb1"].endswith("○ pending")
    assert "[red]a|b" in said
    assert "Standing" not in report.text(history(), width=120)


def test_problems_and_foreign_stamps_are_told_before_the_table() -> None:
    broken = History([RevisionFile("bbbb1", ("gone1",), path=Path("b.py"))])
    said = report.text(broken, current=("nope1",), width=200)
    assert said.index("gone1, which no file bears") < said.index("Revision")
    assert "stamped nope1" in said


def test_differences_are_one_row_each_with_mark_object_and_cause() -> None:
    said = report.text(differences(), width=160)
    assert "~ changed" in said
    assert "type VARCHAR(250) → VARCHAR(500)" in said
    assert "from ix_old" in said
    assert report.text(Differences(), width=80) == "No differences.\n"


def test_the_verdict_of_a_drift_is_its_first_line_and_the_password_is_hidden() -> None:
    said = report.text(drift(), width=160)
    assert said.startswith("✗ 1 change outside migrations")
    assert "sesame" not in said
    assert "looks most like bbbb1: 2 differences" in said
    assert "Note: 1 rule was not compared" in said
    assert "2 pending revisions: no drift" in said


def test_a_failed_step_says_why_and_with_which_statement() -> None:
    said = report.text([step(), step("it broke")], width=160)
    assert "✗ failed" in said
    assert "✗ aaaa1: it broke" in said
    assert "DROP ```x" in said
    assert "users −2,000" in said


@pytest.mark.parametrize("name", VALUES)
def test_markdown_tables_have_as_many_cells_in_each_row(name: str) -> None:
    said = report.markdown(VALUES[name]())
    assert "\x1b" not in said
    assert "<b>" not in said.replace("\\<b\\>", "")
    assert not re.search("<(?!/?(details|summary|code|br)>)", said.replace("\\<", ""))
    for block in said.split("\n\n"):
        rows = [line for line in block.splitlines() if line.startswith("|")]
        cells = {line.replace("\\|", "").count("|") for line in rows}
        assert len(cells) <= 1


def test_markdown_fences_a_statement_that_holds_a_fence() -> None:
    assert "````sql\nDROP ```x\n````" in report.markdown([step("it broke")])


def test_markdown_escapes_emphasis_but_not_underscores_within_names() -> None:
    said = report.markdown(history())
    assert "\\[red\\]a\\|b\\`\\*\\_x\\_\\*\\<b\\>" in said


def test_plain_values_are_what_json_holds() -> None:
    assert json.loads(json.dumps(report.plain(history(), current=())))[0]["standing"] == "pending"
    for value in (differences(), drift(), step(), [step()]):
        json.dumps(report.plain(value))


def test_what_no_report_is_of_is_refused() -> None:
    with pytest.raises(TypeError, match="int"):
        report.text(3)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.0004, "0.4 ms"), (0.012, "12 ms"), (1.239, "1.24 s"), (125.4, "2 min 05 s")],
)
def test_durations_are_short(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_values_are_words() -> None:
    assert [shown(x) for x in (None, True, ("a", None), 3)] == ["none", "yes", "a, none", "3"]
    assert [delta(*x) for x in ((1, 3), (3, 1), (2, 2), (None, 1), (1, None))] == [
        "+2", "−2", "0", "new", "gone",
    ]  # fmt: skip
    assert [counted(1, "index"), counted(2, "index"), counted(2, "primary key")] == [
        "1 index", "2 indexes", "2 primary keys",
    ]  # fmt: skip
