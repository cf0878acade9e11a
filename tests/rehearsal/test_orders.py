"""Two heads on one parent, in both orders: the copy ends as it began."""

from __future__ import annotations

import json
from typing import Any

import pytest

from schema.errors import RevisionError
from schema.rehearsal import Orders, Rehearsal

A = "op.add_column('customer', sa.Column('a', sa.Integer))"
B = "op.add_column('customer', sa.Column('b', sa.Integer))"


def ordered(shop: Any, one: str, other: str) -> Orders:
    """Two heads after the first revision, one in either order."""
    shop.write("bbb222", "aaa111", "one", one, "pass")
    shop.write("ccc333", "aaa111", "other", other, "pass")
    with Rehearsal.start(shop.project) as rehearsal:
        found = rehearsal.both_orders()
        assert rehearsal.current == ("aaa111",)
        assert rehearsal.state().rows == {"customer": 3}
        rehearsal.close(drop=True)
    return found


def test_heads_that_do_not_touch_each_other_may_come_in_any_order(shop: Any) -> None:
    found = ordered(shop, A, B)
    assert found.is_same
    assert found.verdict == "the order does not matter"
    assert found.first.heads == found.second.heads[::-1]
    assert [step.revision for step in found.second.steps] == list(found.second.heads)


def test_an_order_that_fails_is_told(shop: Any) -> None:
    found = ordered(shop, A, "op.execute('UPDATE customer SET a = 1')")
    assert not found.is_same
    assert "fails in the order ccc333, bbb222" in found.verdict
    assert json.loads(json.dumps(found.to_dict()))["orders"][1]["error"]


def test_data_that_depends_on_the_order_is_told(shop: Any) -> None:
    found = ordered(
        shop, "op.execute('UPDATE customer SET id = -id')",
        "op.execute('UPDATE customer SET id = id + 100')",
    )  # fmt: skip
    assert not found.is_same
    assert found.differences == found.differences.where(lambda item: False)
    assert found.verdict == "the order matters"


def test_a_schema_that_depends_on_the_order_is_told(shop: Any) -> None:
    there = "sa.inspect(op.get_bind()).get_columns('customer')"
    late = f"if len({there}) == 1:\n    op.create_table('alone', sa.Column('id', sa.Integer))"
    found = ordered(shop, A, late)
    assert [(item.name, item.change) for item in found.differences] == [("alone", "added")]
    assert not found.is_same


def test_one_head_has_no_order(sqlite_rehearsal: Rehearsal) -> None:
    with pytest.raises(RevisionError, match="two heads"):
        sqlite_rehearsal.both_orders()
