"""A database is placed among the revisions by its schema, whatever its stamp says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from schema.errors import RevisionError
from schema.locate import Location, locate

if TYPE_CHECKING:
    from tests.conftest import Shop


@pytest.fixture(autouse=True)
def here(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The working directory is the project's folder: no command has to go there first."""
    if "shop" in request.fixturenames:
        monkeypatch.chdir(request.getfixturevalue("shop").root)


def ranked(location: Location) -> list[tuple[str, int]]:
    return [(item.name, item.distance) for item in location.ranked]


def test_a_database_at_its_stamp_is_settled(shop: Shop) -> None:
    found = locate(shop.project, shop.live("bbb222"))
    assert ranked(found)[0] == ("bbb222", 0)
    assert found.is_settled
    assert found.verdict == "exactly at its stamp, bbb222"
    assert found.advice == ""


def test_every_revision_and_base_are_ranked(shop: Shop) -> None:
    found = locate(shop.project, shop.live("aaa111"))
    assert ranked(found) == [("aaa111", 0), ("bbb222", 1), ("base", 1), ("ccc333", 2)]


def test_an_unstamped_database_is_found_by_its_schema(shop: Shop) -> None:
    url = shop.live("bbb222", "DELETE FROM shop_version")
    found = locate(shop.project, url)
    assert found.stamp == ()
    assert found.is_settled
    assert found.verdict == "no stamp; exactly bbb222"
    assert found.advice == "To say so in the database: alembic stamp bbb222"


def test_a_wrong_stamp_is_told(shop: Shop) -> None:
    url = shop.live("aaa111", "UPDATE shop_version SET version_num = 'ccc333'")
    found = locate(shop.project, url)
    assert not found.is_settled
    assert found.verdict == "stamped ccc333, but exactly aaa111"
    assert "alembic stamp aaa111" in found.advice


def test_a_stamp_that_no_file_bears_is_replaced_by_purging(shop: Shop) -> None:
    url = shop.live("bbb222", "UPDATE shop_version SET version_num = 'ddd444'")
    found = locate(shop.project, url)
    assert found.unknown == ("ddd444",)
    assert found.verdict == "stamped ddd444, which no revision file bears; exactly bbb222"
    assert "alembic stamp --purge bbb222" in found.advice


def test_what_is_left_over_is_told_with_live_at_the_right(shop: Shop) -> None:
    url = shop.live("ccc333", "CREATE INDEX by_mail ON customer (mail)", "DELETE FROM shop_version")
    found = locate(shop.project, url)
    assert found.verdict == "no stamp; nearest to ccc333: 1 difference left over"
    assert not found.is_settled
    assert [item.describe() for item in found.best.differences] == [
        "index customer.by_mail: added (mail)"
    ]
    assert "if it is drift, then: alembic stamp ccc333" in found.advice


def test_nothing_is_suggested_when_no_revision_is_clearly_nearest(shop: Shop) -> None:
    tables = [f"CREATE TABLE t{number} (a INTEGER)" for number in range(3)]
    found = locate(shop.project, shop.live("ccc333", *tables, "DELETE FROM shop_version"))
    assert found.advice.startswith("No revision is clearly nearest")


def test_revisions_that_change_no_schema_are_a_tie(shop: Shop) -> None:
    shop.revision("ddd444", "ccc333", "op.execute('UPDATE invoice SET number = 1')")
    url = shop.live("ccc333", "DELETE FROM shop_version")
    found = locate(shop.project, url)
    assert found.verdict == "no stamp; exactly ddd444 or ccc333"
    assert not found.is_settled
    assert "cannot tell ddd444 and ccc333 apart" in found.advice


def test_of_a_tie_the_stamp_itself_is_the_best(shop: Shop) -> None:
    shop.revision("ddd444", "ccc333", "op.execute('UPDATE invoice SET number = 1')")
    found = locate(shop.project, shop.live("ccc333"))
    assert found.best.stamp == ("ccc333",)
    assert found.is_settled


def test_each_branch_is_looked_at_by_itself_and_merged(shop: Shop) -> None:
    shop.revision("left1", "ccc333", "op.create_table('l', sa.Column('a', sa.Integer))")
    shop.revision("right1", "ccc333", "op.create_table('r', sa.Column('a', sa.Integer))")
    shop.revision("merge1", ("left1", "right1"))
    shop.revision("ddd444", "merge1", "op.create_table('d', sa.Column('a', sa.Integer))")
    left, right = "CREATE TABLE l (a INTEGER)", "CREATE TABLE r (a INTEGER)"
    unstamped = "DELETE FROM shop_version"
    for statements, expected in (
        ([left], "left1"),
        ([right], "right1"),
        ([left, right], "merge1 or (left1, right1)"),
        ([left, right, "CREATE TABLE d (a INTEGER)"], "ddd444"),
    ):
        found = locate(shop.project, shop.live("ccc333", *statements, unstamped))
        assert found.verdict == f"no stamp; exactly {expected}"


def test_heads_are_found_in_the_way_they_stand_together(shop: Shop) -> None:
    for number in range(1, 4):
        for side in "lr":
            parent = f"{side}{number - 1}" if number > 1 else "ccc333"
            make = f"op.create_table('{side}{number}', sa.Column('a', sa.Integer))"
            shop.revision(f"{side}{number}", parent, make)
    made = [f"CREATE TABLE {name} (a INTEGER)" for name in ("l1", "l2", "r1")]
    found = locate(shop.project, shop.live("ccc333", *made, "DELETE FROM shop_version"))
    assert found.verdict == "no stamp; exactly (l2, r1)"
    assert found.advice.endswith("alembic stamp l2 r1")


def test_a_stamp_on_another_branch_is_purged(shop: Shop) -> None:
    """``alembic stamp`` alone would leave it beside the new one: then both would seem applied."""
    shop.revision("left1", "ccc333", "op.create_table('l', sa.Column('a', sa.Integer))")
    shop.revision("right1", "ccc333", "op.create_table('r', sa.Column('a', sa.Integer))")
    stamped = "UPDATE shop_version SET version_num = 'right1'"
    found = locate(shop.project, shop.live("ccc333", "CREATE TABLE l (a INTEGER)", stamped))
    assert found.verdict == "stamped right1, but exactly left1"
    assert found.advice == "To say so in the database: alembic stamp --purge left1"


def test_a_tie_replaces_an_unknown_stamp_by_purging(shop: Shop) -> None:
    shop.revision("ddd444", "ccc333")
    stamped = "UPDATE shop_version SET version_num = 'eee555'"
    found = locate(shop.project, shop.live("ccc333", stamped))
    assert found.advice.endswith("alembic stamp --purge ddd444")


def test_revisions_that_are_as_near_but_not_alike_are_told_apart(shop: Shop) -> None:
    shop.revision("ddd444", "ccc333", "op.create_index('by_mail', 'customer', ['mail'])")
    shop.revision("eee555", "ddd444", "op.create_index('by_name', 'customer', ['name'])")
    made = "CREATE INDEX by_name ON customer (name)"
    found = locate(shop.project, shop.live("ccc333", made, "DELETE FROM shop_version"))
    assert found.verdict == "no stamp; nearest to eee555 or ccc333: 1 difference left over"
    assert found.advice.startswith("No revision is clearly nearest")
    found = locate(shop.project, shop.live("ccc333", made))
    assert found.best.stamp == ("ccc333",)
    assert found.advice.startswith("As near as its stamp: eee555.")


def test_a_stamp_that_another_one_includes_is_purged(shop: Shop) -> None:
    found = locate(shop.project, shop.live("ccc333", "INSERT INTO shop_version VALUES ('aaa111')"))
    assert found.verdict == "stamped aaa111, ccc333, but exactly ccc333"
    assert found.advice.endswith("alembic stamp --purge ccc333")


def test_a_database_with_all_its_tables_is_not_near_to_base(shop: Shop) -> None:
    """Against base there are but two differences, of one table each."""
    changes = [f"ALTER TABLE customer ADD COLUMN c{number} INTEGER" for number in range(3)]
    found = locate(shop.project, shop.live("ccc333", *changes))
    assert found.verdict == "nearest to its stamp, ccc333: 3 differences left over"
    assert dict(ranked(found))["base"] == 2
    assert ranked(found)[-1][0] == "base"


def test_a_database_without_a_stamp_is_not_stamped_with_base(shop: Shop) -> None:
    found = locate(shop.project, shop.live("aaa111", "DELETE FROM shop_version"))
    assert not found.frame()["is_stamp"].any()


def test_what_env_py_leaves_out_says_nothing(shop: Shop) -> None:
    assert locate(shop.project, shop.live("ccc333", "CREATE TABLE ignored_x (a)")).is_settled


def test_an_empty_database_is_at_base(shop: Shop) -> None:
    path = shop.root / "empty.sqlite"
    path.touch()
    found = locate(shop.project, f"sqlite:///{path}")
    assert found.best.stamp == ()
    assert "alembic upgrade head" in found.advice


def test_a_project_without_revisions_has_nothing_to_look_like(shop: Shop) -> None:
    for path in shop.versions.glob("*.py"):
        path.unlink()
    with pytest.raises(RevisionError, match="no revisions"):
        locate(shop.project, shop.live("ccc333"))


def test_locating_writes_nothing(shop: Shop) -> None:
    url = shop.live("bbb222", "DELETE FROM shop_version")
    before = (shop.root / "shop.sqlite").read_bytes()
    locate(shop.project, url)
    assert (shop.root / "shop.sqlite").read_bytes() == before


def test_a_location_is_told_as_a_table_and_as_json(shop: Shop) -> None:
    found = locate(shop.project, shop.live("aaa111", "CREATE TABLE x (a INTEGER)"))
    frame = found.frame()
    assert list(frame.columns) == ["stamp", "differences", "is_stamp"]
    assert frame.iloc[0].to_list() == ["aaa111", 1, True]
    told = found.to_dict()
    assert told["nearest"] == [["aaa111"]]
    assert told["ranked"][0] == {"stamp": ["aaa111"], "differences": 1, "objects": 2}
    assert [item["name"] for item in told["left_over"]] == ["x"]
    assert repr(found).startswith("<Location of sqlite")
