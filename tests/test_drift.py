"""Drift is found against the replay at the stamp, and each difference bears its cause."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from schema import folders
from schema.drift import Drift, find_drift
from schema.errors import DatabaseError, RevisionError, ScratchError, WorkbenchError
from schema.replay import replay

if TYPE_CHECKING:
    from tests.conftest import Shop


def told(drift: Drift) -> list[tuple[str, str, str, str | None]]:
    return [(item.kind, item.name, item.change, item.cause) for item in drift.differences]


def test_a_database_as_its_revisions_made_it_has_no_drift(shop: Shop) -> None:
    drift = find_drift(shop.project, shop.live("ccc333"))
    assert told(drift) == []
    assert drift.is_clean
    assert drift.verdict == "no drift"
    assert drift.notes == ()


def test_what_is_pending_is_shown_apart_and_is_no_drift(shop: Shop) -> None:
    drift = find_drift(shop.project, shop.live("bbb222"))
    assert drift.is_clean
    assert [(item.kind, item.name, item.cause) for item in drift.pending] == [
        ("table", "invoice", "pending")
    ]
    assert [revision.id for revision in drift.pending_revisions] == ["ccc333"]


def test_a_change_by_hand_is_told_as_such(shop: Shop) -> None:
    drift = find_drift(shop.project, shop.live("ccc333", "CREATE INDEX by_mail ON customer (mail)"))
    assert told(drift) == [("index", "by_mail", "added", "outside-migrations")]
    assert not drift.is_clean


def test_a_trigger_is_judged_by_the_migrations_alone(shop: Shop) -> None:
    trigger = "CREATE TRIGGER t AFTER INSERT ON customer BEGIN DELETE FROM invoice; END"
    drift = find_drift(shop.project, shop.live("ccc333", trigger))
    assert told(drift) == [("trigger", "t", "added", "outside-migrations")]


def test_a_change_by_hand_that_the_models_follow_misses_a_migration(shop: Shop) -> None:
    shop.models.write_text(shop.MODELS + "    paid = Column(Integer)\n")
    drift = find_drift(
        shop.project, shop.live("ccc333", "ALTER TABLE invoice ADD COLUMN paid INTEGER")
    )
    assert told(drift) == [("column", "paid", "added", "missing-migration")]
    assert list(drift.models) == []


def test_an_edited_model_is_seen_at_the_next_call(shop: Shop) -> None:
    url = shop.live("ccc333")
    assert find_drift(shop.project, url).is_clean
    shop.models.write_text(shop.MODELS + "    paid = Column(Integer)\n")
    drift = find_drift(shop.project, url)
    assert [(item.name, item.cause) for item in drift.models] == [("paid", "models-ahead")]


def test_a_wrong_stamp_names_the_nearest_revision(shop: Shop) -> None:
    url = shop.live("aaa111", "UPDATE shop_version SET version_num = 'ccc333'")
    drift = find_drift(shop.project, url)
    assert drift.nearest == (("aaa111",), 0)
    assert {item.cause for item in drift.differences} == {"wrong-stamp"}


def test_a_head_that_another_depends_on_is_in_no_stamp(shop: Shop) -> None:
    shop.revision("side1", None, "op.create_table('side', sa.Column('a', sa.Integer))",
                  depends_on="ccc333")  # fmt: skip
    shop.models.write_text(
        shop.MODELS + "class Side(Base):\n    __tablename__ = 'side'\n"
        "    __mapper_args__ = {'primary_key': ['a']}\n    a = Column(Integer)\n"
    )
    side = ["CREATE TABLE side (a INTEGER)", "UPDATE shop_version SET version_num = 'side1'"]
    url = shop.live("ccc333", *side)
    for at in (None, "heads"):
        drift = find_drift(shop.project, url, at=at)
        assert drift.is_clean, drift.notes
        assert drift.pending_revisions == ()
    assert told(find_drift(shop.project, shop.live("ccc333", *side, "DROP TABLE invoice"))) == [
        ("table", "invoice", "removed", "outside-migrations")
    ]


def test_many_changes_of_one_table_are_no_wrong_stamp(shop: Shop) -> None:
    """Base agrees that invoice is gone, and is but one difference away; not in what there is."""
    changes = [f"ALTER TABLE customer ADD COLUMN c{number} INTEGER" for number in range(3)]
    drift = find_drift(shop.project, shop.live("ccc333", "DROP TABLE invoice", *changes))
    assert drift.nearest == (("bbb222",), 3)
    assert {item.cause for item in drift.differences if item.kind == "column"} == {
        "outside-migrations"
    }


def test_what_env_py_leaves_out_is_left_out_here(shop: Shop) -> None:
    drift = find_drift(shop.project, shop.live("ccc333", "CREATE TABLE ignored_by_env (a INTEGER)"))
    assert told(drift) == []


def test_models_that_raise_leave_the_rest_shown(shop: Shop) -> None:
    url = shop.live("ccc333", "CREATE TABLE extra (a INTEGER)")
    shop.models.write_text(shop.MODELS + "\nBase.metadata.create_all = None\n")
    drift = find_drift(shop.project, url)
    assert told(drift) == [("table", "extra", "added", "outside-migrations")]
    assert any("models" in note for note in drift.notes)


def test_what_could_not_be_compared_is_never_called_clean(shop: Shop) -> None:
    url = shop.live("ccc333")
    shop.models.write_text(shop.MODELS + "\nBase.metadata.create_all = None\n")
    drift = find_drift(shop.project, url)
    assert not drift.differences
    assert not drift.models
    assert not drift.is_complete
    assert not drift.is_clean
    assert drift.verdict == "no drift found, but not all compared"


def test_a_scratch_folder_that_is_none_is_told_once(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = shop.live("ccc333")
    (tmp_path / "file").touch()
    monkeypatch.setenv("SCHEMA_SCRATCH_DIR", str(tmp_path / "file"))
    monkeypatch.setenv("SCHEMA_CACHE_DIR", str(tmp_path / "file"))
    with pytest.raises(ScratchError, match="is no folder; SCHEMA_SCRATCH_DIR") as caught:
        find_drift(shop.project, url)
    assert str(caught.value).count("could not be made") == 1


def test_an_empty_database_is_refused_with_what_to_do(shop: Shop) -> None:
    path = shop.root / "empty.sqlite"
    path.touch()
    with pytest.raises(DatabaseError, match="is empty"):
        find_drift(shop.project, f"sqlite:///{path}")


def test_an_unstamped_database_is_refused_with_the_nearest_revision(shop: Shop) -> None:
    with pytest.raises(DatabaseError, match=r"bears no stamp.*nearest to revision ccc333"):
        find_drift(shop.project, shop.live(""))


def test_a_stamp_that_no_file_bears_is_refused(shop: Shop) -> None:
    url = shop.live("bbb222", "UPDATE shop_version SET version_num = 'ddd444'")
    with pytest.raises(RevisionError, match=r"ddd444.*no revision file.*nearest.*bbb222"):
        find_drift(shop.project, url)


def test_a_stamp_that_includes_another_is_refused(shop: Shop) -> None:
    url = shop.live("ccc333", "INSERT INTO shop_version VALUES ('aaa111')")
    with pytest.raises(RevisionError, match=r"aaa111, ccc333, of which ccc333 includes others"):
        find_drift(shop.project, url)


def test_finding_drift_leaves_the_live_file_as_it_was(shop: Shop) -> None:
    url = shop.live("bbb222", "CREATE TABLE extra (a INTEGER)")
    before = (shop.root / "shop.sqlite").read_bytes()
    find_drift(shop.project, url)
    assert (shop.root / "shop.sqlite").read_bytes() == before
    assert sorted(path.name for path in shop.root.glob("shop.sqlite*")) == ["shop.sqlite"]


def test_a_replay_that_cannot_be_remembered_leaves_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.replace

    def full(part: Path, target: Path) -> Path:
        if part.suffix == ".part":
            raise OSError(28, "No space left on device")
        return rename(part, target)

    monkeypatch.setattr(Path, "replace", full)
    monkeypatch.setattr(folders, "replay_folder", lambda: shop.root / "cache")
    assert ("aaa111",) in replay(shop.project, "sqlite", ["aaa111"]).catalogs
    assert list((shop.root / "cache").iterdir()) == []


def test_a_replay_is_remembered_until_a_file_changes(shop: Shop) -> None:
    seen: list[str] = []

    def progress(done: int, total: int, text: str) -> None:
        seen.append(text)

    first = replay(shop.project, "sqlite", ("ccc333",), on_progress=progress)
    assert len(seen) == 4
    seen.clear()
    assert (
        replay(shop.project, "sqlite", ("ccc333",), on_progress=progress).catalogs == first.catalogs
    )
    assert seen == []
    shop.revision("ccc333", "bbb222")
    edited = replay(shop.project, "sqlite", ("ccc333",), on_progress=progress)
    assert seen == ["replaying ccc333 change ccc333", "replayed"]
    assert edited.at(("ccc333",)) == edited.at(("bbb222",))


def test_a_replay_leaves_no_scratch_database_behind(shop: Shop) -> None:
    shop.revision("ddd444", "ccc333", "raise Exception")
    with pytest.raises(WorkbenchError, match="ddd444"):
        replay(shop.project, "sqlite", ("ddd444",))
    assert list(folders.scratch_folder().glob("*")) == []


@pytest.mark.postgresql
def test_drift_on_postgresql_is_judged_on_the_same_server(shop: Shop, postgresql_url: str) -> None:
    engine = sa.create_engine(postgresql_url)
    with engine.begin() as connection:
        for statement in (
            "CREATE TABLE customer (id SERIAL NOT NULL, name VARCHAR(50) NOT NULL, "
            "mail VARCHAR(80), PRIMARY KEY (id))",
            "CREATE TABLE shop_version (version_num VARCHAR(32))",
            "INSERT INTO shop_version VALUES ('bbb222')",
            "ALTER TABLE customer ALTER COLUMN name TYPE VARCHAR(60)",
        ):
            connection.exec_driver_sql(statement)
    engine.dispose()
    drift = find_drift(shop.project, postgresql_url)
    assert told(drift) == [("column", "name", "changed", "outside-migrations")]
    assert drift.differences[0].properties == {
        "type": ("character varying(50)", "character varying(60)")
    }


@pytest.mark.postgresql
def test_the_version_table_may_stand_in_a_schema_of_its_own(
    shop: Shop, postgresql_url: str
) -> None:
    """No revision makes that schema: Alembic needs it before the first one."""
    env = shop.project.script_location / "env.py"
    table = 'version_table="shop_version",'
    env.write_text(env.read_text().replace(table, table + ' version_table_schema="meta",'))
    engine = sa.create_engine(postgresql_url)
    with engine.begin() as connection:
        for statement in (
            "CREATE SCHEMA meta",
            "CREATE TABLE meta.shop_version (version_num VARCHAR(32) PRIMARY KEY)",
            "INSERT INTO meta.shop_version VALUES ('aaa111')",
            "CREATE TABLE customer (id SERIAL PRIMARY KEY, name VARCHAR(50) NOT NULL)",
        ):
            connection.exec_driver_sql(statement)
    engine.dispose()
    drift = find_drift(shop.project, postgresql_url)
    assert drift.notes == ()
    assert drift.is_clean
