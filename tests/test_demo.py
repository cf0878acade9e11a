"""Sample databases: the same on every day, with eight differences that are found as such."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import schema.demo
from schema import scratch
from schema.catalog import read_catalog
from schema.demo import REVISION, make_demo
from schema.drift import find_drift
from schema.errors import ScratchError, WorkbenchError
from schema.history import read_history
from schema.project import Project

#: (kind, table, name, change, property that differs) of the eight differences.
EIGHT = {
    ("column", "sshkeys", "fingerprint", "added", None),
    ("column", "guest_requests", "address", "changed", "type"),
    ("foreign key", "snapshot_requests", "guestname", "removed", None),
    ("column", "users", "role", "changed", "default"),
    ("table", None, "pool_outages", "added", None),
    ("index", "guest_events", "ix_guest_events_guestname", "added", None),
    ("column", "guest_requests", "user_data", "changed", "nullable"),
    ("trigger", "guest_requests", "guest_requests_skip_same_state", "added", None),
}


@pytest.fixture(scope="module")
def project(root: Path) -> Iterator[Project]:
    with Project.open(root / "alembic.ini") as project:
        yield project


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def target(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database that is not there yet; a PostgreSQL one is dropped afterwards."""
    if request.param == "sqlite":
        yield str(request.getfixturevalue("sqlite_url"))
        return
    server = sa.make_url(request.getfixturevalue("postgresql_server"))
    yield server.set(database="demo_test").render_as_string(hide_password=False)
    admin = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as connection:
        connection.exec_driver_sql("DROP DATABASE IF EXISTS demo_test WITH (FORCE)")
    admin.dispose()


def small(target: str | Path, **options: Any) -> schema.demo.Demo:
    return make_demo(target, requests=200, events=2000, **options)


def rows(url: sa.URL | str, query: str) -> list[tuple[Any, ...]]:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.exec_driver_sql(query)]
    engine.dispose()
    return found


def contents(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def test_demo_differs_by_the_eight_changes_and_no_other(target: str, project: Project) -> None:
    demo = small(target)
    drift = find_drift(project, demo.url)
    found = {
        (each.kind, each.table, _name(each), each.change, next(iter(_changed(each)), None))
        for each in drift.differences
    }
    assert found == EIGHT
    assert {each.cause for each in drift.differences} == {"outside-migrations"}
    assert len(drift.differences) == len(demo.drift) == 8
    assert drift.stamp == (REVISION,)
    assert len(drift.pending_revisions) == 5
    assert not drift.models


def _name(difference: Any) -> str:
    """The column of a foreign key, whose own name only PostgreSQL has."""
    if difference.kind == "foreign key":
        (column,) = difference.properties["columns"][0]
        return str(column)
    return str(difference.name)


def _changed(difference: Any) -> list[str]:
    return list(difference.properties) if difference.change == "changed" else []


def test_demo_is_no_scratch_database_and_its_scratch_is_gone(target: str) -> None:
    before = (
        {each.name for each in scratch.find(server=target)} if "sqlite" not in target else set()
    )
    demo = small(target)
    assert not scratch.is_scratch(demo.url)
    left = {each.name for each in scratch.find(server=demo.url)} - before
    assert not {name for name in left if "demo" in name}


def test_demo_goes_up_to_head_and_down_to_base(target: str, project: Project) -> None:
    """With all its drift and data: it is what people rehearse on first."""
    demo = small(target)
    history = read_history(project)
    up = history.upgrade_path((REVISION,), "head")
    with scratch.copy(demo.url) as copy, closing(project.start_worker()) as worker:
        for revision in up:
            worker.step(copy, "up", revision.id)
        assert rows(copy.url, "SELECT count(*) FROM guest_requests") == [(200,)]
        for revision in history.downgrade_path(history.heads, "base"):
            worker.step(copy, "down", revision.id)
        tables = {table.name for table in read_catalog(copy.url).of_kind("table")}
    assert tables <= {"pool_outages", "alembic_version"}


def test_rows_hold_what_hurts_migrations(target: str) -> None:
    url = small(target).url
    counts = {
        "SELECT count(*) FROM guest_requests": 200,
        "SELECT count(*) FROM guest_events": 2000,
        "SELECT count(*) FROM metrics WHERE metric = ''": 1,
        "SELECT count(*) FROM guest_requests WHERE length(address) > 250": 1,
        "SELECT count(*) FROM guest_requests WHERE user_data IS NULL": 2,
        "SELECT max(length(admin_token)) FROM users": 64,
        "SELECT count(*) FROM users WHERE role = 'ADMIN' AND username = 'nightly-ci'": 1,
    }
    assert {query: rows(url, query)[0][0] for query in counts} == counts
    for column in ("poolname", "priorityname", "address", "post_install_script"):
        query = f"SELECT count({column}), count(*) - count({column}) FROM guest_requests"
        assert min(rows(url, query)[0]) > 0, column
    assert rows(url, "SELECT max(length(details)) FROM guest_events")[0][0] > 1000
    gone = "SELECT count(*) FROM guest_events WHERE guestname NOT IN (SELECT guestname FROM guest_requests)"
    assert rows(url, gone)[0][0] > 0


def test_trigger_skips_states_that_are_there_already(target: str) -> None:
    url = small(target).url
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        same = connection.exec_driver_sql("UPDATE guest_requests SET state = state")
        other = connection.exec_driver_sql("UPDATE guest_requests SET state = 'new'")
        assert (same.rowcount, other.rowcount) == (0, 200)
    engine.dispose()


def test_same_seed_gives_the_same_rows_and_another_seed_others(tmp_path: Path) -> None:
    for name, seed in (("one", 7), ("two", 7), ("other", 8)):
        small(tmp_path / name, seed=seed)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert contents(tmp_path / "one") != contents(tmp_path / "other")


def test_rows_are_the_same_on_both_databases(target: str, tmp_path: Path) -> None:
    other = small(tmp_path / "other.sqlite")
    url = small(target).url
    query = "SELECT _id, guestname, eventname, details FROM guest_events ORDER BY _id"
    assert rows(url, query) == rows(other.url, query)


def test_existing_database_is_replaced_only_when_told(target: str) -> None:
    first = small(target)
    with pytest.raises(ScratchError, match="exists"):
        small(target)
    make_demo(target, requests=3, events=0, replace=True)
    assert rows(first.url, "SELECT count(*) FROM guest_requests") == [(3,)]


def test_file_that_is_no_database_is_never_replaced(tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear Ada")
    with pytest.raises(ScratchError, match="no SQLite database"):
        small(letter, replace=True)
    assert letter.read_text() == "Dear Ada"


def test_failure_leaves_the_old_database_and_nothing_half_made(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCHEMA_SCRATCH_DIR", str(tmp_path / "scratch"))
    first = small(target)
    before = read_catalog(first.url)

    def stop(part: float, text: str) -> None:
        if part > 0.75:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        small(target, replace=True, progress=stop)
    assert read_catalog(first.url) == before
    assert not [file for file in (tmp_path / "scratch").rglob("*") if file.is_file()]
    assert not [each for each in scratch.find(server=first.url) if "demo" in each.name]


def test_progress_rises_from_nothing_to_done(tmp_path: Path) -> None:
    told: list[float] = []
    small(tmp_path / "demo.sqlite", progress=lambda part, _text: told.append(part))
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0.0, 1.0)


@pytest.mark.parametrize("sizes", [{"requests": 0}, {"events": -1}])
def test_impossible_sizes_are_refused(tmp_path: Path, sizes: dict[str, int]) -> None:
    with pytest.raises(WorkbenchError, match="at least one request"):
        make_demo(tmp_path / "demo.sqlite", **sizes)
    assert not list(tmp_path.iterdir())


def test_kinds_that_cannot_be_made_are_refused() -> None:
    with pytest.raises(ScratchError, match="cannot be made"):
        make_demo("mysql://root:secret@localhost/demo")
