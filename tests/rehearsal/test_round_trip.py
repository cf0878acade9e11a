"""Up, down, up: what a way back does not bring back is named, in schema and in data."""

from __future__ import annotations

import json
from typing import Any

import pytest

from schema.errors import RevisionError
from schema.rehearsal import Rehearsal, RoundTrip

MAIL = "op.add_column('customer', sa.Column('mail', sa.String(80)))"
NO_MAIL = "op.drop_column('customer', 'mail')"


def trip(shop: Any, up: str, down: str) -> RoundTrip:
    """The shop's second revision, written anew, there and back."""
    shop.write("bbb222", "aaa111", "change", up, down)
    with Rehearsal.start(shop.project) as rehearsal:
        found = rehearsal.there_and_back("bbb222")
        rehearsal.close(drop=True)
    assert shop.rows() == 3
    return found


def test_a_good_way_back_returns_and_can_be_gone_again(rehearsal: Rehearsal, shop: Any) -> None:
    found = rehearsal.there_and_back("bbb222")
    (item,) = found.revisions
    assert (item.returns, item.schema_restored, item.same_again) == (True, True, True)
    assert found.is_clean
    assert rehearsal.current == ("bbb222",), "it ends applied"
    assert [step.direction for step in rehearsal.steps] == ["up"]


def test_each_revision_is_judged_by_itself(rehearsal: Rehearsal) -> None:
    found = rehearsal.there_and_back()
    assert [item.revision for item in found.revisions] == ["bbb222", "ccc333"]
    assert found.revisions[0].data_lost == ()
    (lost,) = found.revisions[1].data_lost
    assert (lost.table, lost.count) == ("customer", 3)
    assert found.schema_restored
    assert "data does not come back in ccc333" in found.verdict
    told = json.loads(json.dumps(rehearsal.to_dict()))["round_trip"]
    assert told["schema_restored"] is True
    assert told["data_lost"][0]["table"] == "customer"


def test_what_is_left_behind_is_named(shop: Any) -> None:
    found = trip(shop, f"{MAIL}\nop.create_index('by_id', 'customer', ['id'])", NO_MAIL)
    (item,) = found.revisions
    assert not item.schema_restored
    assert [(each.kind, each.name, each.change) for each in item.differences] == [
        ("index", "by_id", "added")
    ]
    assert item.again is not None
    assert item.again.failed, "the index is there already"
    assert not item.same_again


@pytest.mark.postgresql
def test_an_enum_type_that_a_downgrade_leaves_is_named(postgresql_shop: Any) -> None:
    up = "op.add_column('customer', sa.Column('mood', sa.Enum('good', 'bad', name='mood')))"
    up = f"op.execute(\"CREATE TYPE mood AS ENUM ('good', 'bad')\")\n{up}"
    found = trip(postgresql_shop, up, "op.drop_column('customer', 'mood')")
    (item,) = found.revisions
    assert [(each.kind, each.name) for each in item.differences] == [("enum", "mood")]
    assert item.again is not None
    assert "already exists" in (item.again.error or "")


@pytest.mark.postgresql
def test_privileges_and_owners_that_do_not_come_back_are_named(postgresql_shop: Any) -> None:
    up = "op.execute('GRANT SELECT ON customer TO PUBLIC')"
    (item,) = trip(postgresql_shop, up, "pass").revisions
    assert not item.schema_restored
    assert any("PUBLIC" in str(each.properties) + each.name for each in item.differences)


def test_a_revision_that_raises_on_its_way_back_is_known_beforehand(shop: Any) -> None:
    found = trip(shop, MAIL, "raise NotImplementedError('one way')")
    (item,) = found.revisions
    assert not item.returns
    assert "raises NotImplementedError('one way')" in (item.foreseen or "")
    assert "one way" in (item.error or "")
    assert "no way back from bbb222" in found.verdict


def test_a_way_back_that_fails_half_way_is_undone_before_the_next(shop: Any) -> None:
    half = """
    with op.get_context().autocommit_block():
        op.execute("CREATE TABLE half (id INTEGER)")
    raise ValueError("half-way")
    """
    shop.write("bbb222", "aaa111", "change", MAIL, half)
    shop.write("ccc333", "bbb222", "more", "op.create_table('t', sa.Column('id', sa.Integer))",
               "op.drop_table('t')")  # fmt: skip
    with Rehearsal.start(shop.project) as rehearsal:
        found = rehearsal.there_and_back()
        tables = {item.name for item in rehearsal.state().catalog.of_kind("table")}
        rehearsal.close(drop=True)
    assert [item.returns for item in found.revisions] == [False, True]
    assert tables == {"customer", "t"}


def test_a_revision_that_cannot_go_up_ends_it(sqlite_shop: Any) -> None:
    found = trip(sqlite_shop, "op.execute('SELECT no_such')", "pass")
    (item,) = found.revisions
    assert item.up.failed
    assert item.down is None
    assert not found.is_clean
    assert found.verdict == "no way up to bbb222"


def test_values_that_a_way_back_does_not_restore_are_lost(shop: Any) -> None:
    up = "op.execute('UPDATE customer SET id = id + 100')"
    (item,) = trip(shop, up, "pass").revisions
    assert item.schema_restored
    assert item.data_lost or item.data_restored is False


def test_filled_values_that_stay_are_no_loss_but_not_restored_either(shop: Any) -> None:
    shop.write("bbb222", "aaa111", "add mail", MAIL, NO_MAIL)
    shop.write("ccc333", "bbb222", "fill", "op.execute(\"UPDATE customer SET mail = '-'\")", "pass")
    with Rehearsal.start(shop.project) as rehearsal:
        found = rehearsal.there_and_back()
        rehearsal.close(drop=True)
    filled = found.revisions[1]
    assert filled.data_restored is False
    assert filled.data_lost == ()
    assert "values are others after ccc333" in found.verdict
    assert list(found.frame()["data_restored"]) == [True, False]


def test_a_target_below_is_refused(sqlite_rehearsal: Rehearsal) -> None:
    with pytest.raises(RevisionError, match="lies below"):
        sqlite_rehearsal.there_and_back("base")


def test_nothing_pending_is_said(sqlite_rehearsal: Rehearsal) -> None:
    sqlite_rehearsal.run_to("head")
    assert sqlite_rehearsal.there_and_back().verdict == "nothing was pending"
    assert list(RoundTrip(()).frame().columns) == [
        "revision", "message", "returns", "schema_restored", "data_restored", "data_lost",
        "same_again", "error",
    ]  # fmt: skip


def test_a_second_application_that_fails_does_not_end_it(shop: Any) -> None:
    shop.write("bbb222", "aaa111", "change",
               f"{MAIL}\nop.create_index('by_id', 'customer', ['id'])", NO_MAIL)  # fmt: skip
    shop.write("ccc333", "bbb222", "more", "op.create_table('t', sa.Column('id', sa.Integer))",
               "op.drop_table('t')")  # fmt: skip
    with Rehearsal.start(shop.project) as rehearsal:
        found = rehearsal.there_and_back()
        tables = {item.name for item in rehearsal.state().catalog.of_kind("table")}
        rehearsal.close(drop=True)
    assert [(item.revision, item.same_again) for item in found.revisions] == [
        ("bbb222", False), ("ccc333", True)
    ]  # fmt: skip
    assert tables == {"customer", "t"}
