"""``schema table`` and ``schema search``: their text, their JSON, their exit codes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

Schema = Callable[..., Any]


def test_a_table_is_shown_masked_and_without_counting(schema: Schema, sample: Path) -> None:
    shown = schema("table", "guest_requests", "--url", sample)
    assert (shown.code, shown.err) == (0, "")
    assert "A machine that a user asked for" in shown.out
    assert "at most 50 rows (by greatest rowid)" in shown.out
    assert "The database lacks the column guest_requests.ctime." in shown.out
    assert "Sample rows, masked" in shown.out
    assert "487f52cc5aef  Guest request user data shall never be NULL" in shown.out
    told = schema("table", "GuestRequest", "--url", sample, "--json", "--no-biography").json
    assert told["name"] == "guest_requests"
    assert told["biography"] is None
    assert told["sample"]["masked"] is True
    assert {each["kind"] for each in told["remarks"]} >= {"foreign key without an index"}


def test_counting_and_real_rows_are_for_asking(schema: Schema, sample: Path) -> None:
    asked = ("--count", "--unmasked", "--sample", "2", "--no-biography", "--url", sample)
    shown = schema("table", "pools", *asked)
    assert "Sample rows, as they are" in shown.out
    assert "rows (counted)" in shown.out
    assert shown.err == "schema: the rows shown are real.\n"
    assert "Sample" not in schema("table", "pools", "--sample", "0", "--url", sample).out


def test_without_a_database_revisions_and_models_tell(schema: Schema, tmp_path: Path) -> None:
    shown = schema("table", "users", "-c", ".", "--no-biography")
    assert shown.code == 0
    assert "users.username" in shown.out


def test_what_is_not_documented_is_listed(schema: Schema, sample: Path) -> None:
    shown = schema("table", "--undocumented", "--url", sample)
    assert shown.code == 1
    assert shown.out.startswith("34 % documented\n")
    assert "pool_outages" in shown.out
    told = schema("table", "--undocumented", "--url", sample, "--json").json
    assert told["kinds"]["enum"] == {"documented": 2, "of": 2}
    assert {"kind": "table", "table": None, "name": "pool_outages"} in told["missing"]


def test_a_name_that_is_not_there_is_refused_with_what_is_near(schema: Schema) -> None:
    schema("table", "guest_reqests").refused("Did you mean guest_requests")
    assert schema("table").code == 2
    assert schema("table", "users", "--undocumented").code == 2


def test_a_search_finds_and_says_when_it_does_not(schema: Schema, sample: Path) -> None:
    shown = schema("search", "provisioning", "token", "--url", sample)
    assert shown.code == 0
    assert "users.provisioning_token" in shown.out.splitlines()[3]
    told = schema("search", "prvisioning", "--url", sample, "--json").json
    assert told["instead"] == {"prvisioning": ["provisioning"]}
    assert {hit["match"] for hit in told["hits"]} == {"close"}
    nothing = schema("search", "qqqqzzzz", "--url", sample)
    assert (nothing.code, nothing.out) == (1, "0 hits for qqqqzzzz\n")
    assert schema("search").code == 2


def test_what_was_dropped_is_found_when_asked(schema: Schema, sample: Path) -> None:
    told = schema("search", "metrics", "_id", "--dropped", "--url", sample, "--json").json
    gone = [hit for hit in told["hits"] if hit["about"] and "dropped by" in hit["about"]]
    assert "metrics._id" in {hit["label"] for hit in gone}
