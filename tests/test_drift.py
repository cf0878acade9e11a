"""Drift is found against the replay at the stamp, and each difference bears its cause."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
import sqlalchemy as sa

from schema import folders
from schema.catalog import Catalog
from schema.drift import Drift, find_drift
from schema.errors import DatabaseError, RevisionError, ScratchError, WorkbenchError
from schema.project import Project
from schema.replay import replay

ENV = """
from alembic import context
from sqlalchemy import create_engine
from shop import Base

def include_object(object, name, type_, reflected, compare_to):
    return not (type_ == "table" and name.startswith("ignored_"))

with create_engine(context.config.get_main_option("sqlalchemy.url")).connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=include_object,
        version_table="shop_version",
    )
    with context.begin_transaction():
        context.run_migrations()
"""

MODELS = """
from sqlalchemy import Column, Index, Integer, String
from sqlalchemy.orm import declarative_base

Base = declarative_base()

class Customer(Base):
    __tablename__ = "customer"
    id = Column(Integer, primary_key=True)
    name = Column(String(50), nullable=False)
    mail = Column(String(80))

class Invoice(Base):
    __tablename__ = "invoice"
    id = Column(Integer, primary_key=True)
    number = Column(String(20), nullable=False)
"""

REVISIONS = {
    "aaa111": (None, "op.create_table('customer', sa.Column('id', sa.Integer, primary_key=True),"
                     " sa.Column('name', sa.String(50), nullable=False))",
               "op.drop_table('customer')"),
    "bbb222": ("aaa111", "op.add_column('customer', sa.Column('mail', sa.String(80)))",
               "op.drop_column('customer', 'mail')"),
    "ccc333": ("bbb222", "op.create_table('invoice', sa.Column('id', sa.Integer,"
                         " primary_key=True), sa.Column('number', sa.String(20), nullable=False))",
               "op.drop_table('invoice')"),
}  # fmt: skip


def write_revision(folder: Path, revision: str, parent: str | None, up: str, down: str) -> None:
    text = f'''
        """change {revision}

        Revision ID: {revision}
        """
        import sqlalchemy as sa
        from alembic import op

        revision = {revision!r}
        down_revision = {parent!r}

        def upgrade():
            {up}

        def downgrade():
            {down}
        '''
    (folder / f"{revision}_change.py").write_text(dedent(text))


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """A project of three revisions whose models agree with its head."""
    monkeypatch.setenv("SCHEMA_CACHE_DIR", str(tmp_path / "cache"))
    folder = tmp_path / "shop"
    versions = folder / "migrations" / "versions"
    versions.mkdir(parents=True)
    (folder / "shop.py").write_text(MODELS)
    (folder / "migrations" / "env.py").write_text(ENV)
    (folder / "alembic.ini").write_text(
        "[alembic]\nscript_location = %(here)s/migrations\nprepend_sys_path = .\n"
        "sqlalchemy.url = sqlite:///shop.sqlite\n"
    )
    for revision, (parent, up, down) in REVISIONS.items():
        write_revision(versions, revision, parent, up, down)
    project = Project.open(folder / "alembic.ini")
    yield project
    project.close()


def live(project: Project, stamp: str, *statements: str) -> str:
    """A database as the revisions up to ``stamp`` make it, then changed by hand."""
    path = project.root / "shop.sqlite"
    up = [
        "CREATE TABLE customer (id INTEGER NOT NULL, name VARCHAR(50) NOT NULL, PRIMARY KEY (id))",
        "ALTER TABLE customer ADD COLUMN mail VARCHAR(80)",
        "CREATE TABLE invoice (id INTEGER NOT NULL, number VARCHAR(20) NOT NULL, PRIMARY KEY (id))",
    ]
    count = list(REVISIONS).index(stamp) + 1 if stamp in REVISIONS else len(up)
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        for statement in [*up[:count], "CREATE TABLE shop_version (version_num VARCHAR(32))"]:
            connection.exec_driver_sql(statement)
        if stamp:
            connection.exec_driver_sql("INSERT INTO shop_version VALUES (?)", (stamp,))
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()
    return f"sqlite:///{path}"


def told(drift: Drift) -> list[tuple[str, str, str, str | None]]:
    return [(item.kind, item.name, item.change, item.cause) for item in drift.differences]


def test_a_database_as_its_revisions_made_it_has_no_drift(shop: Project) -> None:
    drift = find_drift(shop, live(shop, "ccc333"))
    assert told(drift) == []
    assert drift.is_clean
    assert drift.verdict == "no drift"
    assert drift.notes == ()


def test_what_is_pending_is_shown_apart_and_is_no_drift(shop: Project) -> None:
    drift = find_drift(shop, live(shop, "bbb222"))
    assert drift.is_clean
    assert [(item.kind, item.name, item.cause) for item in drift.pending] == [
        ("table", "invoice", "pending")
    ]
    assert [revision.id for revision in drift.pending_revisions] == ["ccc333"]


def test_a_change_by_hand_is_told_as_such(shop: Project) -> None:
    drift = find_drift(shop, live(shop, "ccc333", "CREATE INDEX by_mail ON customer (mail)"))
    assert told(drift) == [("index", "by_mail", "added", "outside-migrations")]
    assert not drift.is_clean


def test_a_trigger_is_judged_by_the_migrations_alone(shop: Project) -> None:
    trigger = "CREATE TRIGGER t AFTER INSERT ON customer BEGIN DELETE FROM invoice; END"
    drift = find_drift(shop, live(shop, "ccc333", trigger))
    assert told(drift) == [("trigger", "t", "added", "outside-migrations")]


def test_a_change_by_hand_that_the_models_follow_misses_a_migration(shop: Project) -> None:
    models = shop.root / "shop.py"
    models.write_text(MODELS + "    paid = Column(Integer)\n")
    drift = find_drift(shop, live(shop, "ccc333", "ALTER TABLE invoice ADD COLUMN paid INTEGER"))
    assert told(drift) == [("column", "paid", "added", "missing-migration")]
    assert list(drift.models) == []


def test_an_edited_model_is_seen_at_the_next_call(shop: Project) -> None:
    url = live(shop, "ccc333")
    assert find_drift(shop, url).is_clean
    models = shop.root / "shop.py"
    models.write_text(MODELS + "    paid = Column(Integer)\n")
    drift = find_drift(shop, url)
    assert [(item.name, item.cause) for item in drift.models] == [("paid", "models-ahead")]


def test_a_wrong_stamp_names_the_nearest_revision(shop: Project) -> None:
    url = live(shop, "aaa111", "UPDATE shop_version SET version_num = 'ccc333'")
    drift = find_drift(shop, url)
    assert drift.nearest == (("aaa111",), 0)
    assert {item.cause for item in drift.differences} == {"wrong-stamp"}


def test_what_env_py_leaves_out_is_left_out_here(shop: Project) -> None:
    drift = find_drift(shop, live(shop, "ccc333", "CREATE TABLE ignored_by_env (a INTEGER)"))
    assert told(drift) == []


def test_models_that_raise_leave_the_rest_shown(shop: Project) -> None:
    url = live(shop, "ccc333", "CREATE TABLE extra (a INTEGER)")
    models = shop.root / "shop.py"
    models.write_text(MODELS + "\nBase.metadata.create_all = None\n")
    drift = find_drift(shop, url)
    assert told(drift) == [("table", "extra", "added", "outside-migrations")]
    assert any("models" in note for note in drift.notes)


def test_what_could_not_be_compared_is_never_called_clean(shop: Project) -> None:
    url = live(shop, "ccc333")
    (shop.root / "shop.py").write_text(MODELS + "\nBase.metadata.create_all = None\n")
    drift = find_drift(shop, url)
    assert not drift.differences
    assert not drift.models
    assert not drift.is_complete
    assert not drift.is_clean
    assert drift.verdict == "no drift found, but not all compared"


def test_a_scratch_folder_that_is_none_is_told_once(
    shop: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = live(shop, "ccc333")
    (tmp_path / "file").touch()
    monkeypatch.setenv("SCHEMA_SCRATCH_DIR", str(tmp_path / "file"))
    monkeypatch.setenv("SCHEMA_CACHE_DIR", str(tmp_path / "file"))
    with pytest.raises(ScratchError, match="is no folder; SCHEMA_SCRATCH_DIR") as caught:
        find_drift(shop, url)
    assert str(caught.value).count("could not be made") == 1


def test_an_empty_database_is_refused_with_what_to_do(shop: Project) -> None:
    path = shop.root / "empty.sqlite"
    path.touch()
    with pytest.raises(DatabaseError, match="is empty"):
        find_drift(shop, f"sqlite:///{path}")


def test_an_unstamped_database_is_refused_with_the_nearest_revision(shop: Project) -> None:
    with pytest.raises(DatabaseError, match=r"bears no stamp.*nearest to revision ccc333"):
        find_drift(shop, live(shop, ""))


def test_a_stamp_that_no_file_bears_is_refused(shop: Project) -> None:
    url = live(shop, "bbb222", "UPDATE shop_version SET version_num = 'ddd444'")
    with pytest.raises(RevisionError, match=r"ddd444.*no revision file.*nearest.*bbb222"):
        find_drift(shop, url)


def test_finding_drift_leaves_the_live_file_as_it_was(shop: Project) -> None:
    url = live(shop, "bbb222", "CREATE TABLE extra (a INTEGER)")
    before = (shop.root / "shop.sqlite").read_bytes()
    find_drift(shop, url)
    assert (shop.root / "shop.sqlite").read_bytes() == before
    assert sorted(path.name for path in shop.root.glob("shop.sqlite*")) == ["shop.sqlite"]


def test_a_replay_that_cannot_be_remembered_leaves_nothing(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_catalog: Catalog) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Catalog, "to_json", full)
    monkeypatch.setattr(folders, "replay_folder", lambda: shop.root / "cache")
    assert ("aaa111",) in replay(shop, "sqlite", ["aaa111"]).catalogs
    assert list((shop.root / "cache").iterdir()) == []


def test_a_replay_is_remembered_until_a_file_changes(shop: Project) -> None:
    seen: list[str] = []

    def progress(done: int, total: int, text: str) -> None:
        seen.append(text)

    first = replay(shop, "sqlite", ("ccc333",), on_progress=progress)
    assert len(seen) == 4
    seen.clear()
    assert replay(shop, "sqlite", ("ccc333",), on_progress=progress).catalogs == first.catalogs
    assert seen == []
    write_revision(shop.script_location / "versions", "ccc333", "bbb222", "pass", "pass")
    edited = replay(shop, "sqlite", ("ccc333",), on_progress=progress)
    assert len(seen) == 4
    assert edited.at(("ccc333",)) == edited.at(("bbb222",))


def test_a_replay_leaves_no_scratch_database_behind(shop: Project) -> None:
    write_revision(shop.script_location / "versions", "ddd444", "ccc333", "raise Exception", "pass")
    with pytest.raises(WorkbenchError, match="ddd444"):
        replay(shop, "sqlite", ("ddd444",))
    assert list(folders.scratch_folder().glob("*")) == []


@pytest.mark.postgresql
def test_drift_on_postgresql_is_judged_on_the_same_server(
    shop: Project, postgresql_url: str
) -> None:
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
    drift = find_drift(shop, postgresql_url)
    assert told(drift) == [("column", "name", "changed", "outside-migrations")]
    assert drift.differences[0].properties == {
        "type": ("character varying(50)", "character varying(60)")
    }
