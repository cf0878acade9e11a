"""Drift of MariaDB databases: quiet where nothing drifted, and never on the original."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from schema.catalog import read_catalog
from schema.database import parse_url
from schema.drift import find_drift
from schema.errors import ProjectCodeError
from schema.project import Project
from schema.replay import replay
from schema.scratch import find
from schema.timeline import read_timeline

if TYPE_CHECKING:
    from tests.conftest import Shop

pytestmark = pytest.mark.mariadb


def run(url: str, *statements: str) -> None:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.fixture(scope="module")
def bundled(root: Path) -> Iterator[Project]:
    with Project.open(root / "alembic.ini") as project:
        yield project


@pytest.fixture(scope="module")
def head(bundled: Project, mariadb_server: str) -> Iterator[str]:
    """A database that Alembic itself brought to head, by the bundled project."""
    name = f"h_{uuid.uuid4().hex[:8]}"
    run(mariadb_server, f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    url = sa.make_url(mariadb_server).set(database=name).render_as_string(hide_password=False)
    done = subprocess.run(
        [sys.executable, "-m", "alembic", "upgrade", "head"],
        cwd=bundled.root,
        env={**os.environ, "SCHEMA_DATABASE_URL": url},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    yield url
    run(mariadb_server, f"DROP DATABASE {name}")


def test_the_fourteen_revisions_and_the_models_agree(bundled: Project, head: str) -> None:
    drift = find_drift(bundled, head)
    assert (list(drift.differences), list(drift.models), drift.notes) == ([], [], ())
    assert drift.is_complete
    assert drift.stamp == ("7adee582ada3",)
    assert [each for each in find(server=head) if each.kind == "mariadb"] == []


def test_a_replay_passes_through_every_revision(bundled: Project, head: str) -> None:
    found = replay(bundled, "mariadb", ["7adee582ada3"], server=parse_url(head))
    assert len(found.catalogs) == 15
    assert found.at([]).of_kind("table") == []
    widened = {
        item.name: item.properties["type"]
        for item in found.at(["8c470c3f4331"]).of_kind("column")
        if item.name.endswith("_token")
    }
    assert widened == {"admin_token": "varchar(255)", "provisioning_token": "varchar(255)"}


def test_a_timeline_is_read_beside_the_projects_database(bundled: Project, head: str) -> None:
    with Project.open(bundled.config_path, url=head) as project:
        timeline = read_timeline(project)
    assert (timeline.dialect, len(timeline.steps)) == ("mariadb", 14)
    assert not any(step.failure for step in timeline.steps)
    assert len(timeline.at("head").of_kind("table")) == 17
    assert [item.name for item in timeline.step("1d54a4ff03e8").differences] == ["knobs"]


CHANGES = {
    "ALTER TABLE users ADD nick varchar(20)": ("column", "users.nick", "added"),
    "ALTER TABLE metrics DROP count": ("column", "metrics.count", "removed"),
    "CREATE INDEX ix_state ON guest_requests (state(20) DESC)": (
        "index", "guest_requests.ix_state", "added"),
    "ALTER TABLE pools MODIFY driver varchar(100) NOT NULL": ("column", "pools.driver", "changed"),
    "ALTER TABLE knobs ENGINE=Aria": ("table", "knobs", "changed"),
    "CREATE VIEW seen AS SELECT poolname FROM pools": ("view", "seen", "added"),
}  # fmt: skip


def test_each_change_by_hand_is_one_difference(bundled: Project, head: str) -> None:
    run(head, *CHANGES)
    try:
        drift = find_drift(bundled, head, check_alembic=True)
        known = {item.label: item.alembic_check for item in drift.differences}
        assert (known["users.nick"], known["seen"]) == (True, False)
        told = {(item.kind, item.label, item.change) for item in drift.differences}
        assert told == set(CHANGES.values())
        assert {item.cause for item in drift.differences} == {"outside-migrations"}
    finally:
        run(
            head,
            "DROP VIEW seen",
            "ALTER TABLE knobs ENGINE=InnoDB",
            "ALTER TABLE pools MODIFY driver varchar(250) NOT NULL",
            "DROP INDEX ix_state ON guest_requests",
            "ALTER TABLE metrics ADD count int AFTER metric",
            "ALTER TABLE users DROP nick",
        )


def test_a_revision_cannot_reach_the_original_from_its_replay(shop: Shop, mariadb_url: str) -> None:
    live = sa.make_url(mariadb_url).database
    run(
        mariadb_url, "CREATE TABLE customer (id int PRIMARY KEY)", "INSERT INTO customer VALUES (1)"
    )
    before = read_catalog(mariadb_url)
    tries = [
        f"op.execute('DROP TABLE {live}.customer')",
        f"op.drop_table('customer', schema='{live}')",
        f"op.execute('USE {live}')",
        f"op.get_bind().connection.cursor().execute('DELETE FROM {live}.customer')",
        f"op.get_bind().connection.dbapi_connection.select_db('{live}')",
        f"op.execute('SET @s = \\'DROP TABLE {live}.customer\\'')",
    ]
    each = "".join(
        f"try:\n    {statement}\nexcept Exception as error:\n    told.append(str(error))\n"
        for statement in tries
    )
    shop.revision("ddd444", "ccc333", f"told = []\n{each}raise ValueError(' | '.join(told))")
    with (
        Project.open(shop.project.config_path) as project,
        pytest.raises(ProjectCodeError) as raised,
    ):
        replay(project, "mariadb", ["ddd444"], server=parse_url(mariadb_url))
    assert str(raised.value).count("was refused") == len(tries)
    with sa.create_engine(mariadb_url).connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM customer").scalar_one() == 1
    assert read_catalog(mariadb_url) == before
    assert [each for each in find(server=mariadb_url) if each.kind == "mariadb"] == []


def test_what_all_databases_share_is_passed_over(shop: Shop, mariadb_url: str) -> None:
    shop.revision(
        "ddd444", "ccc333", "op.execute('CREATE USER nobody_here@localhost')\n"
        "op.execute('GRANT SELECT ON customer TO nobody_here@localhost')"
    )  # fmt: skip
    with Project.open(shop.project.config_path) as project:
        found = replay(project, "mariadb", ["ddd444"], server=parse_url(mariadb_url))
    assert found.at(["ddd444"]) == found.at(["ccc333"])
    with sa.create_engine(mariadb_url).connect() as connection:
        query = "SELECT count(*) FROM mysql.user WHERE User = 'nobody_here'"
        assert connection.exec_driver_sql(query).scalar_one() == 0


def test_models_in_another_database_are_told(shop: Shop, mariadb_url: str) -> None:
    shop.models.write_text(
        shop.MODELS.replace('__tablename__ = "invoice"',
                            '__tablename__ = "invoice"\n    __table_args__ = {"schema": "other"}')
    )  # fmt: skip
    run(mariadb_url, "CREATE TABLE shop_version (version_num varchar(32))",
        "INSERT INTO shop_version VALUES ('aaa111')", "CREATE TABLE customer "
        "(id int AUTO_INCREMENT PRIMARY KEY, name varchar(50) NOT NULL)")  # fmt: skip
    with Project.open(shop.project.config_path) as project:
        drift = find_drift(project, mariadb_url, check_alembic=False)
    assert not drift.is_complete
    assert any("another database" in note for note in drift.notes)
    assert list(drift.differences) == []
