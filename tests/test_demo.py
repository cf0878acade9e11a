"""Sample databases: the same on every day, with eight differences that are found as such."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from schema import scratch
from schema.catalog import read_catalog
from schema.compare import Difference
from schema.demo import REVISION, Demo, make_demo
from schema.drift import find_drift
from schema.errors import ScratchError, WorkbenchError
from schema.history import read_history
from schema.project import Project

#: (kind, table, name, change, properties that differ) of the eight differences.
EIGHT = {
    ("column", "sshkeys", "fingerprint", "added", ()),
    ("column", "guest_requests", "address", "changed", ("type",)),
    ("foreign key", "snapshot_requests", "guestname", "removed", ()),
    ("column", "users", "role", "changed", ("default",)),
    ("table", None, "pool_outages", "added", ()),
    ("index", "guest_events", "ix_guest_events_guestname", "added", ()),
    ("column", "guest_requests", "user_data", "changed", ("nullable",)),
    ("trigger", "guest_requests", "guest_requests_skip_same_state", "added", ()),
}
BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


def small(target: str | Path, **options: Any) -> Demo:
    return make_demo(target, requests=200, events=2000, **options)


@pytest.fixture(scope="module")
def sqlite_demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return small(tmp_path_factory.mktemp("demo") / "production.sqlite")


@pytest.fixture(scope="module")
def postgresql_demo(postgresql_server: str) -> Iterator[Demo]:
    with dropping(postgresql_server, "production") as url:
        yield small(url)


@pytest.fixture(params=BOTH)
def demo(request: pytest.FixtureRequest) -> Demo:
    """A small sample database, shared by the tests that only read it."""
    made = request.getfixturevalue(f"{request.param}_demo")
    assert isinstance(made, Demo)
    return made


@pytest.fixture(params=BOTH)
def target(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database that is not there yet; a PostgreSQL one is dropped afterwards."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url")
        return
    with dropping(request.getfixturevalue("postgresql_server"), "demo_test") as url:
        yield url


@pytest.fixture(scope="module")
def project(root: Path) -> Iterator[Project]:
    with Project.open(root / "alembic.ini") as project:
        yield project


@contextmanager
def dropping(server: str, name: str) -> Iterator[str]:
    """The URL of a PostgreSQL database that a test makes; dropped at the end."""
    try:
        yield sa.make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        admin = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with admin.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        admin.dispose()


def rows(url: sa.URL | str, query: str) -> list[tuple[Any, ...]]:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.exec_driver_sql(query)]
    engine.dispose()
    return found


def contents(demo: Demo) -> list[str]:
    """All rows of a SQLite database, as text.

    Not the text of its definitions: batch mode, in an upgrade, puts foreign keys in any order.
    """
    with closing(sqlite3.connect(demo.url.database or "")) as connection:
        return [line for line in connection.iterdump() if line.startswith("INSERT")]


def left_over(url: sa.URL) -> list[str]:
    """The scratch databases that a demo left behind, where it makes them."""
    return [each.name for each in scratch.find(server=url) if "demo" in each.name]


def shape(difference: Difference) -> tuple[object, ...]:
    """A difference as EIGHT writes it; a foreign key by its column, as SQLite's has no name."""
    name = difference.name
    if difference.kind == "foreign key":
        ((name,), _) = difference.properties["columns"]
    changed = tuple(difference.properties) if difference.change == "changed" else ()
    return (difference.kind, difference.table, name, difference.change, changed)


def test_demo_differs_by_the_eight_changes_and_no_other(demo: Demo, project: Project) -> None:
    drift = find_drift(project, demo.url)
    assert {shape(difference) for difference in drift.differences} == EIGHT
    assert len(drift.differences) == len(demo.drift) == 8
    assert {difference.cause for difference in drift.differences} == {"outside-migrations"}
    assert drift.stamp == (REVISION,)
    assert len(drift.pending_revisions) == 5
    assert not drift.models


def test_demo_is_no_scratch_database_and_its_scratch_is_gone(demo: Demo) -> None:
    assert not scratch.is_scratch(demo.url)
    assert left_over(demo.url) == []


def test_demo_goes_up_to_head_and_down_to_base(demo: Demo, project: Project) -> None:
    """With all its drift and data: it is what people rehearse on first."""
    history = read_history(project)
    with scratch.copy(demo.url) as copy, closing(project.start_worker()) as worker:
        for revision in history.upgrade_path((REVISION,), "head"):
            worker.step(copy, "up", revision.id)
        assert rows(copy.url, "SELECT count(*) FROM guest_requests") == [(200,)]
        assert rows(copy.url, "SELECT count(*) FROM guest_events") == [(2000,)]
        for revision in history.downgrade_path(history.heads, "base"):
            worker.step(copy, "down", revision.id)
        tables = {table.name for table in read_catalog(copy.url).of_kind("table")}
    assert tables == {"pool_outages", "alembic_version"}


def test_rows_hold_what_hurts_migrations(demo: Demo) -> None:
    counts = {
        "SELECT count(*) FROM guest_requests": 200,
        "SELECT count(*) FROM guest_events": 2000,
        "SELECT count(*) FROM metrics WHERE metric = ''": 1,
        "SELECT count(*) FROM guest_requests WHERE length(address) > 250": 1,
        "SELECT count(*) FROM guest_requests WHERE user_data IS NULL": 2,
        "SELECT max(length(admin_token)) FROM users": 64,
        "SELECT count(*) FROM users WHERE role = 'ADMIN' AND username = 'nightly-ci'": 1,
    }
    assert {query: rows(demo.url, query)[0][0] for query in counts} == counts
    for column in ("poolname", "priorityname", "address", "post_install_script"):
        query = f"SELECT count({column}), count(*) - count({column}) FROM guest_requests"
        assert min(rows(demo.url, query)[0]) > 0, column
    assert rows(demo.url, "SELECT max(length(details)) FROM guest_events")[0][0] > 1000
    guests = "SELECT guestname FROM guest_requests"
    gone = f"SELECT count(*) FROM guest_events WHERE guestname NOT IN ({guests})"
    assert rows(demo.url, gone)[0][0] > 0


def test_trigger_skips_states_that_are_there_already(demo: Demo) -> None:
    engine = sa.create_engine(demo.url, poolclass=sa.NullPool)
    with engine.connect() as connection:  # and roll back
        same = connection.exec_driver_sql("UPDATE guest_requests SET state = state")
        other = connection.exec_driver_sql("UPDATE guest_requests SET state = 'new'")
        assert (same.rowcount, other.rowcount) == (0, 200)
    engine.dispose()


def test_same_seed_gives_the_same_rows_and_schema_and_another_seed_others(
    sqlite_demo: Demo, tmp_path: Path
) -> None:
    same, other = small(tmp_path / "same"), small(tmp_path / "other", seed=1)
    assert contents(same) == contents(sqlite_demo)
    assert contents(other) != contents(sqlite_demo)
    assert read_catalog(same.url) == read_catalog(sqlite_demo.url)


@pytest.mark.postgresql
def test_rows_are_the_same_on_both_databases(sqlite_demo: Demo, postgresql_demo: Demo) -> None:
    for query in (
        "SELECT _id, guestname, eventname, details FROM guest_events ORDER BY _id",
        "SELECT guestname, user_data, address FROM guest_requests ORDER BY guestname",
        "SELECT keyname, ownername, fingerprint FROM sshkeys",
        "SELECT outage, poolname, note FROM pool_outages ORDER BY outage",
    ):
        assert sorted(map(repr, rows(sqlite_demo.url, query))) == sorted(
            map(repr, rows(postgresql_demo.url, query))
        )


def test_existing_database_is_replaced_only_when_told(target: str) -> None:
    first = small(target)
    with pytest.raises(ScratchError, match="exists"):
        small(target)
    make_demo(target, requests=3, events=0, replace=True)
    assert rows(first.url, "SELECT count(*) FROM guest_requests") == [(3,)]
    assert left_over(first.url) == []


def test_file_that_is_no_database_is_never_replaced(tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear Ada")
    with pytest.raises(ScratchError, match="no SQLite database"):
        small(letter, replace=True)
    assert letter.read_text() == "Dear Ada"


def test_failure_leaves_the_old_database_and_nothing_half_made(target: str) -> None:
    first = make_demo(target, requests=3, events=10)
    before = rows(first.url, "SELECT guestname FROM guest_requests")

    def stop(part: float, _text: str) -> None:
        if part > 0.75:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        small(target, replace=True, progress=stop)
    assert rows(first.url, "SELECT guestname FROM guest_requests") == before
    assert left_over(first.url) == []


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


@pytest.mark.parametrize(
    "url", ["mysql://root:secret@localhost/demo", "postgresql://nobody:secret@127.0.0.1:1/demo"]
)
def test_servers_that_cannot_be_used_are_named_without_the_password(url: str) -> None:
    with pytest.raises(ScratchError, match="demo") as caught:
        make_demo(url)
    assert "secret" not in str(caught.value)


def test_missing_folder_is_made_and_an_impossible_one_refused_at_once(tmp_path: Path) -> None:
    demo = make_demo(tmp_path / "new" / "demo.sqlite", requests=1, events=0)
    assert demo.url.database == str(tmp_path / "new" / "demo.sqlite")
    told: list[str] = []
    with pytest.raises(ScratchError, match="is no folder"):
        make_demo(
            tmp_path / "new" / "demo.sqlite" / "demo.sqlite",
            progress=lambda _part, text: told.append(text),
        )
    assert not told
