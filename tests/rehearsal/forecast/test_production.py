"""How many rows production has, as people say it, and what cannot be understood."""

from __future__ import annotations

import pytest

from schema.errors import WorkbenchError
from schema.rehearsal.forecast import Production, parse_production

PRESENT = {"guest_requests": 900, "users": 100}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("50000000", Production(total=50_000_000)),
        ("50_000_000", Production(total=50_000_000)),
        ("50,000,000", Production(total=50_000_000)),
        (" 50M ", Production(total=50_000_000)),
        ("1.5k", Production(total=1500)),
        ("10x", Production(factor=10)),
        ("0.5 x", Production(factor=0.5)),
        ("guest_requests=50M,users=1000", Production(
            tables={"guest_requests": 50_000_000, "users": 1000})),
        ("10x, users = 1000", Production(factor=10, tables={"users": 1000})),
        ("audit.events=7", Production(tables={"audit.events": 7})),
    ],
)  # fmt: skip
def test_what_people_write_is_understood(text: str, expected: Production) -> None:
    assert parse_production(text) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "No number of rows"),
        ("many", "'many' is no number"),
        ("-5", "'-5' is no number"),
        ("users=", "'' is no number"),
        ("=5", "names no table"),
        ("users=1,users=2", "or one again"),
        ("10x,5x", "second number"),
        ("1e6", "is no number"),
    ],
)
def test_what_cannot_be_understood_is_told_with_examples(text: str, reason: str) -> None:
    with pytest.raises(WorkbenchError, match="Say for instance") as caught:
        parse_production(text)
    assert reason in str(caught.value)


def test_a_total_is_shared_out_in_proportion() -> None:
    assert Production(total=10_000).rows(PRESENT) == {"guest_requests": 9000, "users": 1000}
    named = Production(total=10_000, tables={"users": 500})
    assert named.rows(PRESENT) == {"guest_requests": 9500, "users": 500}


def test_tables_that_are_not_named_stay_as_they_are() -> None:
    assert Production.of({"users": 5}).rows(PRESENT) == {"guest_requests": 900, "users": 5}
    assert Production.of("10x").rows(PRESENT) == {"guest_requests": 9000, "users": 1000}
    assert Production.of(2000).rows(PRESENT) == {"guest_requests": 1800, "users": 200}


def test_a_table_is_found_without_its_schema_and_an_unknown_one_is_told() -> None:
    assert Production.of({"EVENTS": 5}).rows({"audit.events": 1}) == {"audit.events": 5}
    with pytest.raises(WorkbenchError, match=r"no table 'user'.*guest_requests, users"):
        Production.of({"user": 5}).rows(PRESENT)


def test_no_rows_cannot_grow_to_a_total() -> None:
    with pytest.raises(WorkbenchError, match="no rows that could grow"):
        Production(total=10).rows({"users": 0})


def test_it_says_what_was_asked() -> None:
    assert str(parse_production("10x,users=1000")) == "10 times the rows, 1,000 rows of users"
    assert str(Production(total=5000)) == "5,000 rows in all"
    with pytest.raises(WorkbenchError, match="not both"):
        Production(total=1, factor=2.0)
