"""What was lost, hazards, the way back, failures and orders: the verdict first, all escaped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from schema import report
from schema.compare import Difference, Differences
from schema.rehearsal import (
    DataChange,
    DataLoss,
    DataVerdict,
    Failure,
    Faults,
    Hazard,
    Order,
    Orders,
    Return,
    RoundTrip,
    Step,
)
from schema.render import faults_html, orders_html, round_trip_html, step_body_html, step_html

Watched = Callable[..., Step]
Read = Callable[..., Any]


def verdict(name: str = "Ada") -> DataVerdict:
    loss = DataLoss(
        "truncated", "users", "name", 2, f"column users.name: 2 values truncated, {name}",
        (("id 1", name, "Ad"), ("id 2", name, None)),
    )  # fmt: skip
    change = DataChange("rows added", "keys", None, 3, f"table keys: 3 rows added, {name}")
    return DataVerdict("lost", (change,), (loss,), (f"surely {name}",))


def unlike(name: str = "ix") -> Differences:
    return Differences([Difference("index", None, "users", name, "removed", {})])


def failure(name: str = "ALTER", **more: Any) -> Failure:
    facts = {
        "kind": "process", "after": 2, "statement": name, "stamp": ("aaaa1",), "left": unlike(name),
        "leftovers": (), "data_lost": verdict(name).lost, "runs_again": False,
        "again_error": f"no such {name}", "repair": (f"DROP {name}",), "advice": "Run the repair.",
    }  # fmt: skip
    return Failure(**(facts | more))


def trip(watched: Watched, name: str = "users") -> RoundTrip:
    step = watched(name)
    returned = Return(
        "aaaa1", name, step, step, step, unlike(name), unlike(name), verdict(name), name
    )
    return RoundTrip((returned, Return("bbbb1", name, watched(error=name))))


def test_what_was_lost_stands_first_with_examples(watched: Watched, read: Read) -> None:
    said = read(step_body_html(watched(data=verdict()))).said
    assert said.startswith("✗ Data lostcolumn users.name: 2 values truncated, Ada")
    assert "id 1AdaAd" in said
    assert "id 2AdaNULL" in said
    assert said.index("3 rows added") > said.index("Locks")
    assert "✗ data lost" in read(step_html(watched(data=verdict()), is_open=False)).said


def test_data_that_nobody_looked_at_is_not_told_as_unchanged(watched: Watched, read: Read) -> None:
    assert "The data was not compared." in read(step_body_html(watched())).said
    unchanged = DataVerdict("unchanged")
    assert "= All data is as it was." in read(step_body_html(watched(data=unchanged))).said


def test_a_hazard_says_how_it_is_known_and_what_is_safer(watched: Watched, read: Read) -> None:
    hazards = (
        Hazard("rewrite", "medium", True, "users", "users is rewritten", "op.safer()", 1),
        Hazard("other", "high", False, None, "it is bad", ""),
        Hazard("naming", "low", False, None, "oddly named", "", None, "it was always so"),
    )
    page = read(step_body_html(watched(hazards=hazards)))
    said = " ".join(page.said.split())
    assert "2 hazards" in said
    assert said.index("it is bad") < said.index("users is rewritten"), "the gravest first"
    assert "users is rewritten seen in this rehearsal · statement 2 · rewrite" in said
    assert "op.safer()" in said
    assert "1 hazard ignored, with a reason" in said
    assert "Ignored: it was always so" in said
    heading = read(step_html(watched(hazards=hazards), is_open=False)).said
    assert "⚠ 1 high hazard ⚠ 1 medium hazard" in heading
    assert "low" not in heading.split("2 hazards")[0]


def test_a_loss_with_a_reason_weighs_less(watched: Watched) -> None:
    declared = Hazard("data-lost", "high", True, "users", "lost", "", None, "nobody needs it")
    html = step_html(watched(data=verdict(), hazards=(declared,)), is_open=False)
    assert "✗ data lost, with a reason" in html


def test_a_round_trip_tells_what_did_not_come_back(watched: Watched, read: Read) -> None:
    said = " ".join(read(round_trip_html(trip(watched))).said.split())
    assert "✗ No way up to bbbb1" in said
    assert "2.00 s2.00 s2.00 s✗ no✗ 1 loss✗ no" in said
    assert "Before it, and after its way back: 1 difference" in said
    assert "Its file says: users" in said
    text = report.text(trip(watched), width=140)
    assert "✗ Up, down, up: no way up to bbbb1" in text
    assert "✗ 1 lost" in text


def test_failures_tell_what_is_left_and_the_repair(watched: Watched, read: Read) -> None:
    good = failure(
        after=0, statement=None, left=Differences(), data_lost=(), runs_again=True,
        again_error=None, repair=None, advice="Run it again.",
    )  # fmt: skip
    faults = Faults(watched(), (good, failure(), failure(after="stamp", repair=None)))
    said = " ".join(read(faults_html(faults)).said.split())
    assert "✗ Cannot simply be run again" in said
    assert "before its first statementprocessaaaa1nothing✓Run it again." in said
    assert "statement 2ALTER" in said
    assert "DROP ALTER;" in said
    assert "its stamp, before the commit" in said
    text = report.text(faults, width=160)
    assert "Repair, proved" in text
    assert "DROP ALTER;" in text


def test_orders_tell_whether_they_matter(watched: Watched, read: Read) -> None:
    first, second = Order(("a", "b"), (watched(),)), Order(("b", "a"), (watched(),))
    said = read(orders_html(Orders(first, second, unlike(), verdict()))).said
    assert "✗ The order matters" in said
    assert "b, then a" in said
    assert "They end otherwise: 1 difference" in said
    assert "The order matters" in report.text(Orders(first, second, unlike()), width=120)


def test_nothing_that_was_read_is_markup(watched: Watched, hostile: str, read: Read) -> None:
    hazard = Hazard(hostile, "high", True, hostile, hostile, hostile, 0, hostile)
    step = watched(hostile, data=verdict(hostile), hazards=(hazard,))
    pages = [
        step_html(step),
        round_trip_html(trip(watched, hostile)),
        faults_html(Faults(step, (failure(hostile),))),
        orders_html(Orders(Order((hostile,), (step,)), Order((hostile,), ()), unlike(hostile))),
    ]
    for html in pages:
        page = read(html)
        assert not {"script", "img", "a"} & set(page.tags)
        assert not [name for name, _ in page.attributes if name.startswith("on")]
        assert "\u202e" not in page.said


def test_reports_of_them_act_on_no_terminal_and_fit_a_comment(watched: Watched) -> None:
    name = "\x1b[31mred\u202e|`"
    faults = Faults(watched(name), (failure(name),) * 3000)
    for value in (trip(watched, name), faults, watched(name, data=verdict(name))):
        for said in (report.text(value, width=100), report.markdown(value)):
            assert not {"\x1b", "\u202e"} & set(said)
        assert len(report.markdown(value)) < 65_536
