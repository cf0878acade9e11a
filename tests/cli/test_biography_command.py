"""``schema biography`` and ``schema chronicle``: their text, their JSON, their refusals."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

Schema = Callable[..., Any]


def test_a_column_is_told_with_its_lines(schema: Schema) -> None:
    shown = schema("biography", "guest_requests.user_data")
    assert (shown.code, shown.err) == (0, "")
    assert "487f52cc5aef  2020-09-14  Guest request user data shall never be NULL" in shown.out
    assert '      line 18: op.add_column("guest_requests", sa.Column("user_data"' in shown.out
    told = schema("biography", "guest_requests.user_data", "--json").json
    assert [entry["operation"]["line"] for entry in told["entries"]] == [18, 25]
    assert told["lives"][0]["born"] == "a3c173dfd6f5"


def test_what_was_dropped_is_listed(schema: Schema) -> None:
    shown = schema("biography", "--dropped")
    assert "metrics._id" in shown.out
    assert schema("biography", "--dropped", "--json").json["dropped"][0]["died"] == "48609a3f5d7a"


def test_a_name_that_means_nothing_is_refused_with_what_is_near(schema: Schema) -> None:
    schema("biography", "guest_reqests").refused("guest_requests")
    schema("biography", "count").refused("means 7 things", "metrics.count")
    assert schema("biography").code == 2
    assert schema("biography", "users", "--dropped").code == 2


def test_a_chronicle_is_shown_and_written(schema: Schema, tmp_path: Path) -> None:
    shown = schema("chronicle")
    assert shown.out.startswith("14 revisions: 17 tables\n")
    path = tmp_path / "chronicle.html"
    assert schema("chronicle", "--html", path).code == 0
    assert "<svg" in path.read_text()
    told = schema("chronicle", "--json").json
    assert told["busiest"][0]["table"] == "guest_requests"
    assert len(told["revisions"]) == 14


def test_the_bundled_revisions_are_odd_in_one_way(schema: Schema) -> None:
    shown = schema("oddities", "--one-dialect")
    assert shown.code == 1
    assert shown.out.startswith("✗ 1 oddity in 1 of 14 revisions\n")
    told = schema("oddities", "--one-dialect", "--json").json
    (item,) = told["oddities"]
    assert (item["revision"], item["kind"]) == ("8c470c3f4331", "not-undone")
    assert item["evidence"][-1].startswith("its docstring says: The way back is one-way on purpose")
