"""What ``alembic check`` misses is found by running it, by the project's own options."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from schema.compare import Difference
from schema.drift import Drift, find_drift
from schema.drift.blind_spots import Reported

if TYPE_CHECKING:
    from tests.conftest import Shop


def told(drift: Drift) -> dict[str, bool | None]:
    return {item.name: item.alembic_check for item in [*drift.differences, *drift.models]}


def test_each_difference_says_whether_alembic_check_reports_it(shop: Shop) -> None:
    url = shop.live(
        "ccc333",
        "CREATE TABLE extra (a INTEGER)",
        "ALTER TABLE customer ADD COLUMN age INTEGER",
        "CREATE INDEX by_mail ON customer (mail)",
        "CREATE INDEX by_lower ON customer (lower(mail))",
        "CREATE TRIGGER t AFTER INSERT ON customer BEGIN DELETE FROM invoice; END",
        "CREATE VIEW v AS SELECT 1",
    )
    drift = find_drift(shop.project, url)
    assert told(drift) == {
        "extra": True,
        "age": True,
        "by_mail": True,
        "by_lower": False,
        "t": False,
        "v": False,
    }
    assert drift.blind_spots is not None
    assert {item.name for item in drift.blind_spots} == {"by_lower", "t", "v"}


def test_the_options_of_env_py_hold(shop: Shop) -> None:
    url = shop.live("bbb222", "CREATE TABLE invoice (id INTEGER NOT NULL PRIMARY KEY, "
                    "number VARCHAR(20) DEFAULT 'x' NOT NULL)",
                    "UPDATE shop_version SET version_num = 'ccc333'")  # fmt: skip
    assert told(find_drift(shop.project, url)) == {"number": False}
    env = shop.project.script_location / "env.py"
    text = env.read_text()
    env.write_text(
        text.replace(
            "connection=connection,", "connection=connection, compare_server_default=True,"
        )
    )
    assert told(find_drift(shop.project, url)) == {"number": True}


def test_models_ahead_are_asked_about_too(shop: Shop) -> None:
    shop.models.write_text(shop.MODELS + "    paid = Column(Integer)\n")
    assert told(find_drift(shop.project, shop.live("ccc333"))) == {"paid": True}


def test_where_nothing_drifted_alembic_is_not_asked(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(shop.project), "alembic_diffs", None)
    drift = find_drift(shop.project, shop.live("ccc333"), check_alembic=True)
    assert list(drift.blind_spots or ()) == []
    url = shop.live("ccc333", "CREATE VIEW v AS SELECT 1")
    drift = find_drift(shop.project, url, check_alembic=False)
    assert told(drift) == {"v": None}
    assert drift.blind_spots is None


def test_a_comparison_that_fails_is_a_note_and_no_crash(shop: Shop) -> None:
    url = shop.live("ccc333", "CREATE TABLE extra (a INTEGER)")
    env = shop.project.script_location / "env.py"
    text = env.read_text()
    env.write_text(
        text.replace(
            "connection=connection,",
            "connection=connection, compare_type=lambda *a: [][1],",
        )
    )
    drift = find_drift(shop.project, url)
    assert told(drift) == {"extra": None}
    assert drift.blind_spots is None
    assert any("what alembic check would report is not known" in note for note in drift.notes)


def test_live_is_left_as_it_was(shop: Shop) -> None:
    url = shop.live("ccc333", "CREATE VIEW v AS SELECT 1")
    before = (shop.root / "shop.sqlite").read_bytes()
    find_drift(shop.project, url, check_alembic=True)
    assert (shop.root / "shop.sqlite").read_bytes() == before


@pytest.mark.postgresql
def test_on_postgresql_alembic_reads_a_rebuilt_schema(shop: Shop, postgresql_url: str) -> None:
    engine = sa.create_engine(postgresql_url)
    with engine.begin() as connection:
        for statement in (
            "CREATE TABLE customer (id SERIAL NOT NULL, name VARCHAR(50) NOT NULL, "
            "mail VARCHAR(80), PRIMARY KEY (id))",
            "CREATE TABLE invoice (id SERIAL NOT NULL, number VARCHAR(20) NOT NULL, "
            "PRIMARY KEY (id))",
            "CREATE TABLE shop_version (version_num VARCHAR(32))",
            "INSERT INTO shop_version VALUES ('ccc333')",
            "ALTER TABLE customer ALTER COLUMN name TYPE VARCHAR(60)",
            "CREATE VIEW v AS SELECT 1 AS one",
            "ALTER TABLE invoice ADD CHECK (id > 0)",
        ):
            connection.exec_driver_sql(statement)
    engine.dispose()
    assert told(find_drift(shop.project, postgresql_url)) == {
        "name": True,
        "v": False,
        "invoice_id_check": False,
    }


def diff(
    op: str, name: str | None, columns: list[str] | None = None, table: str = "t"
) -> dict[str, object]:
    return {"op": op, "schema_name": "public", "table": table, "name": name, "columns": columns}


def column(change: str, *properties: str, table: str = "t", name: str = "c") -> Difference:
    pairs = dict.fromkeys(properties, ("old", "new"))
    former = "c" if change == "renamed" else None
    return Difference("column", None, table, name, change, pairs, renamed_from=former)


def unique(*columns: str) -> Difference:
    return Difference("unique", None, "t", "u", "removed", {"columns": (columns, None)})


@pytest.mark.parametrize(
    ("told_by_alembic", "change", "expected"),
    [
        (diff("modify_type", "c"), column("changed", "type"), True),
        (diff("modify_type", "c"), column("changed", "collation"), False),
        (diff("modify_type", "c"), column("changed", "type", table="s"), False),
        (diff("add_column", "c"), column("renamed", name="d"), True),
        (diff("add_constraint", None, ["a", "b"]), unique("a", "b"), True),
        (diff("add_constraint", None, ["a"]), unique("a", "b"), False),
        (diff("add_fk", "f"), Difference("check", None, "t", "f", "added"), False),
        (diff("add_index", "i"), Difference("index", "other", "t", "i", "added"), False),
    ],
)
def test_a_diff_of_alembics_is_matched_by_what_it_tells(
    told_by_alembic: dict[str, object], change: Difference, expected: bool
) -> None:
    assert (change in Reported([told_by_alembic])) is expected
