"""What is mined from the text of checks, and texts that match patterns."""

from __future__ import annotations

import re
from random import Random

import pytest

from schema.synthetic.conditions import ANYTHING, Hint, alternatives, combined
from schema.synthetic.patterns import compiled, of_glob, of_like

COLUMNS = {name: name for name in ("a", "b", "state", "paid_at")}


def ways(text: str) -> list[dict[str, Hint]]:
    return [dict(way.hints) for way in alternatives(text, COLUMNS)]


@pytest.mark.parametrize(
    "text",
    [
        "state IN ('new', 'it''s')",
        "((state)::text = ANY ((ARRAY['new'::character varying, 'it''s'::text])::text[]))",
        "state = 'new' OR state = 'it''s'",
        "NOT (state <> 'new' AND state <> 'it''s')",
    ],
)
def test_a_list_of_constants_is_found_in_each_spelling(text: str) -> None:
    found = [value for way in ways(text) for value in way["state"].values or ()]
    assert found == ["new", "it's"]


def test_bounds_lengths_and_patterns_are_found() -> None:
    [way] = ways("a BETWEEN 1 AND 5 AND length(b) >= 3 AND state LIKE 'x%' AND state IS NOT NULL")
    assert [bound.text for bound in (*way["a"].lows, *way["a"].highs)] == ["1", "5"]
    assert way["b"].min_length == 3
    assert way["state"].patterns == ("^x.*$",)
    assert way["state"].null is False


def test_each_side_of_an_or_is_a_way_of_its_own() -> None:
    first, second = ways("(state = 'new' AND paid_at IS NULL) OR (state = 'paid')")
    assert first == {"state": Hint(values=("new",)), "paid_at": Hint(null=True)}
    assert second == {"state": Hint(values=("paid",))}


def test_conditions_that_are_equal_are_both_true_or_both_false() -> None:
    assert ways("(a IS NULL) = (b IS NULL)") == [
        {"a": Hint(null=True), "b": Hint(null=True)},
        {"a": Hint(null=False), "b": Hint(null=False)},
    ]


def test_what_is_not_understood_says_nothing() -> None:
    for text in ("CASE WHEN a > 1 THEN b ELSE 3 END > 2", "a ->> 'x' = b", "f(a, b", "a + 1 > 2"):
        assert ways(text) == [{}]


def test_columns_that_are_compared_are_told() -> None:
    [way] = alternatives("a < b", COLUMNS)
    assert way.relations == (("a", "<", "b"),)


def test_checks_that_contradict_are_not_combined() -> None:
    both = combined([alternatives("a IN (1, 2)", COLUMNS), alternatives("a = 2 OR a = 5", COLUMNS)])
    assert [way.hints["a"].values for way in both] == [("2",)]
    assert (Hint(null=True) & Hint(null=False)) is None
    assert (ANYTHING & Hint(min_length=2)) == Hint(min_length=2)


@pytest.mark.parametrize(
    "pattern",
    [r"^[A-Z]{2}-\d{4}(-x|y)?$", r"^[^@\s]+@[^@\s]+\.[a-z]{2,}$", of_like("a%b_c"),
     of_glob("[A-Z]?[0-9]*"), "^[[:alpha:]]+$", "^(new|old) \\w+$"],
)  # fmt: skip
def test_made_up_texts_match(pattern: str) -> None:
    maker = compiled(pattern)
    assert maker is not None
    checked = re.compile(pattern.replace("[[:alpha:]]", "[a-z]"))
    for seed in range(50):
        assert checked.search(maker(Random(seed)))


def test_a_pattern_that_is_not_understood_makes_nothing() -> None:
    assert compiled("(?=x)y") is None
    assert compiled("[a") is None
