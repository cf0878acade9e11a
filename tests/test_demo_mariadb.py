"""The sample database on MariaDB: the same eight differences, and no database of others touched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from schema import scratch
from schema.catalog import read_catalog
from schema.database import open_read_only
from schema.demo import REVISION, make_demo
from schema.drift import find_drift
from schema.errors import ScratchError
from schema.oddities import oddities_of
from schema.project import Project
from schema.tables.figures import read_figures

pytestmark = pytest.mark.mariadb

EIGHT = {
    ("column", "sshkeys", "fingerprint", "added"),
    ("column", "guest_requests", "address", "changed"),
    ("foreign key", "snapshot_requests", "snapshot_requests_ibfk_1", "removed"),
    ("column", "users", "role", "changed"),
    ("table", None, "pool_outages", "added"),
    ("index", "guest_events", "ix_guest_events_guestname", "added"),
    ("column", "guest_requests", "user_data", "changed"),
    ("trigger", "guest_requests", "guest_requests_skip_same_state", "added"),
}


def run(url: str, *statements: str) -> None:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.fixture(scope="module")
def made(mariadb_server: str) -> Iterator[str]:
    url = sa.make_url(mariadb_server).set(database="sample")
    text = url.render_as_string(hide_password=False)
    demo = make_demo(text, requests=60, events=300)
    assert (demo.revision, len(demo.drift)) == (REVISION, 8)
    yield text
    run(mariadb_server, "DROP DATABASE sample")


@pytest.fixture(scope="module")
def project(root: Path, made: str) -> Iterator[Project]:
    with Project.open(root / "alembic.ini", url=made) as project:
        yield project


def test_it_has_the_eight_differences_and_nothing_of_ours(made: str, project: Project) -> None:
    drift = find_drift(project, made, check_alembic=False)
    found = {(each.kind, each.table, each.name, each.change) for each in drift.differences}
    assert found == EIGHT
    assert len(drift.pending_revisions) == 5
    assert not scratch.is_scratch(made)
    assert [each for each in scratch.find(server=made) if each.kind == "mariadb"] == []
    [database] = read_catalog(made).of_kind("database")
    assert database.properties["charset"] == "utf8mb4"


def test_one_that_is_there_is_left_alone_unless_it_may_be_replaced(made: str) -> None:
    before = read_catalog(made)
    with pytest.raises(ScratchError, match="exists"):
        make_demo(made, requests=60, events=300)
    run(made, "CREATE TABLE mine (a int)")
    make_demo(made, requests=60, events=300, replace=True)
    assert read_catalog(made) == before


def test_an_account_that_may_make_no_database_is_told_what_to_ask_for(mariadb_server: str) -> None:
    run(mariadb_server, "CREATE USER weak@localhost IDENTIFIED BY 's3cret'")
    url = sa.make_url(mariadb_server).set(username="weak", password="s3cret", database="other")
    try:
        with pytest.raises(ScratchError, match="GRANT ALL ON") as raised:
            make_demo(url, requests=60, events=300)
    finally:
        run(mariadb_server, "DROP USER weak@localhost")
    assert "s3cret" not in str(raised.value)


def test_oddities_are_found_on_scratch_databases_beside_it(made: str, project: Project) -> None:
    before = read_catalog(made)
    found = oddities_of(project)
    assert found.dialects == ("mariadb",)
    assert any("not compared" in note for note in found.notes)
    assert read_catalog(made) == before


def test_a_tables_figures_are_the_servers_or_counted(made: str) -> None:
    columns = ["guestname", "address"]
    with open_read_only(made) as connection:
        known = read_figures(connection, None, "guest_requests", columns)
        exact = read_figures(connection, None, "guest_requests", columns, count=True)
    assert (known.rows_from, known.notes, exact.notes) == ("information_schema", (), ())
    assert known.size
    assert exact.rows == 60
    assert exact.columns["guestname"].distinct == 60
    assert exact.columns["address"].null_share is not None
