"""States of a scratch database that are kept, and returned to."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, make_url

from schema import scratch
from schema.errors import NotScratchError, ScratchError
from schema.scratch import template

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@contextmanager
def connected(url: URL) -> Iterator[Connection]:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@dataclass
class Place:
    """Where scratch databases of one kind are made, and one of them with 100 rows."""

    server: URL | None
    made: scratch.ScratchDatabase

    def execute(self, *statements: str) -> None:
        with connected(self.made.url) as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def rows(self, database: scratch.ScratchDatabase | None = None) -> int:
        with connected((database or self.made).url) as connection:
            return int(connection.scalar(sa.text("SELECT count(*) FROM users")) or 0)

    def found(self) -> set[str]:
        return {each.name for each in scratch.find(server=self.server)}


@pytest.fixture(params=BOTH)
def place(request: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setenv("SCHEMA_SCRATCH_DIR", str(tmp_path / "scratch"))
    server = None
    if request.param == "postgresql":
        server = make_url(request.getfixturevalue("postgresql_server"))
    place = Place(server, scratch.create(request.param, server=server, label="it's"))
    place.execute(
        "CREATE TABLE users (id integer PRIMARY KEY, name text)",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) "
        "INSERT INTO users SELECT i, 'somebody' FROM n",
    )
    before = place.found()
    yield place
    scratch.open(place.made.url).drop()
    assert not (place.found() - before), "dropping it left a checkpoint behind"


def test_a_checkpoint_is_returned_to_again_and_again(place: Place) -> None:
    kept = scratch.checkpoint(place.made)
    for _ in range(2):
        place.execute("DELETE FROM users WHERE id > 40", "ALTER TABLE users ADD COLUMN mail text")
        assert place.rows() == 40
        token = place.made.token
        place.made = scratch.restore(place.made, kept)
        assert place.rows() == 100
        assert place.made.token != token
        assert scratch.open(place.made.url) == place.made
        assert not place.made.checkpoint_of
    assert place.rows(kept) == 100


def test_a_checkpoint_is_scratch_itself_and_says_whose_it_is(place: Place) -> None:
    kept = scratch.checkpoint(place.made)
    assert kept.checkpoint_of == place.made.name
    assert kept.source == place.made.source
    assert kept.token != place.made.token
    assert scratch.open(kept.url) == kept
    assert kept in scratch.find(server=place.server)
    with connected(kept.url) as connection:
        found = connection.execute(sa.text(kept.guard()["query"])).all()
        assert found == [(kept.token,)]
    kept.drop()
    assert place.rows() == 100


def test_dropping_the_database_drops_its_checkpoints_and_theirs(place: Place) -> None:
    first = scratch.checkpoint(place.made)
    scratch.checkpoint(first)
    before = place.found()
    with scratch.checkpoint(place.made) as second:
        assert second.name in place.found()
    assert place.found() == before
    scratch.open(place.made.url).drop()
    assert not place.found() & before
    place.made = scratch.create(place.made.kind, server=place.server)


def test_what_was_restored_still_owns_its_checkpoints(place: Place) -> None:
    kept = scratch.checkpoint(place.made)
    place.made = scratch.restore(place.made, kept)
    place.made.drop()
    assert kept.name not in place.found()
    place.made = scratch.create(place.made.kind, server=place.server)


def test_a_value_that_is_of_no_more_use_restores_nothing(place: Place) -> None:
    kept = scratch.checkpoint(place.made)
    before = place.made
    place.made = scratch.restore(before, kept)
    place.execute("DELETE FROM users")
    with pytest.raises(NotScratchError, match=r"it was not touched|bears another mark"):
        scratch.restore(before, kept)
    assert place.rows() == 0


def test_only_what_bears_the_mark_is_kept_or_restored_from(place: Place, tmp_path: Path) -> None:
    if place.server is None:
        live = URL.create("sqlite", database=str(tmp_path / "live.db"))
        sqlite3.connect(str(live.database)).close()
    else:
        live = place.server
    stolen = scratch.ScratchDatabase(live, "live", "", place.made.created, place.made.token)
    with pytest.raises(NotScratchError):
        scratch.checkpoint(stolen)
    with pytest.raises(NotScratchError):
        scratch.restore(place.made, stolen)
    with pytest.raises(ScratchError, match="cannot be restored from"):
        scratch.restore(place.made, place.made)
    assert place.rows() == 100


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_file_that_a_migration_broke_comes_back(place: Place) -> None:
    kept = scratch.checkpoint(place.made)
    Path(str(place.made.url.database)).write_bytes(b"broken by a migration" * 100)
    place.made = scratch.restore(place.made, kept)
    assert place.rows() == 100


def test_a_stopped_checkpoint_leaves_nothing(place: Place) -> None:
    before = place.found()
    with pytest.raises(ScratchError, match="was stopped"):
        scratch.checkpoint(place.made, cancelled=lambda: True)
    assert place.found() == before


def test_a_stopped_restore_leaves_what_was_there(place: Place) -> None:
    kept = scratch.checkpoint(place.made)
    place.execute("DELETE FROM users")
    before = place.found()
    with pytest.raises(ScratchError, match="was stopped"):
        scratch.restore(place.made, kept, cancelled=lambda: True)
    assert place.rows() == 0
    assert scratch.open(place.made.url) == place.made
    assert place.found() == before


_KILLED = """
import os, signal, sys
from schema import scratch
kept = scratch.open(sys.argv[1])
def die(*_): os.kill(os.getpid(), signal.SIGKILL)
scratch.{} progress=die)
"""


@pytest.mark.parametrize("what", ["checkpoint(kept,", "restore(scratch.open(sys.argv[2]), kept,"])
def test_what_a_killed_process_left_is_found_and_dropped(place: Place, what: str) -> None:
    kept = scratch.checkpoint(place.made)
    before = place.found()
    urls = [each.url.render_as_string(hide_password=False) for each in (kept, place.made)]
    command = [sys.executable, "-c", _KILLED.format(what), *urls]
    assert subprocess.run(command, env=dict(os.environ), check=False).returncode == -9
    left = [each for each in scratch.find(server=place.server) if each.name not in before]
    assert not any(each.complete for each in left)
    for each in left:
        each.drop()
    assert place.found() == before
    assert place.rows() == 100
    scratch.restore(kept, place.made).drop()


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_what_stands_in_a_wal_is_kept_too(place: Place) -> None:
    with closing(sqlite3.connect(str(place.made.url.database))) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("INSERT INTO users VALUES (101, 'in the WAL')")
        writer.commit()
        with scratch.checkpoint(place.made) as kept:
            assert place.rows(kept) == 101


ON_POSTGRESQL = pytest.mark.parametrize(
    "place", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)


@ON_POSTGRESQL
def test_settings_of_the_database_are_kept(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(template, "_FILES_FROM", 0)  # and its files are copied
    place.execute(
        f"ALTER DATABASE \"{place.made.name}\" SET search_path = 'a b', public",
        "CREATE SEQUENCE s",
        "SELECT setval('s', 77)",
    )
    kept = scratch.checkpoint(place.made)
    place.made = scratch.restore(place.made, kept)
    with connected(place.made.url) as connection:
        assert connection.scalar(sa.text("SHOW search_path")) == '"a b", public'
        assert connection.scalar(sa.text("SELECT last_value FROM public.s")) == 77


@ON_POSTGRESQL
def test_a_file_system_that_cannot_clone_copies(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the server says it there: an error of no class of its own."""
    monkeypatch.setattr(template, "_FILES_FROM", 0)
    ran: list[str] = []

    def run(admin: Connection, statement: str) -> None:
        ran.append(statement)
        if "STRATEGY" in statement and ran[-2] == "SET file_copy_method = clone":
            statement = "DO $$ BEGIN RAISE SQLSTATE 'XX000' USING MESSAGE = 'no clone'; END $$"
        admin.exec_driver_sql(statement, execution_options={"no_parameters": True})

    monkeypatch.setattr(template, "run", run)
    with scratch.checkpoint(place.made) as kept:
        assert place.rows(kept) == 100
    assert "SET file_copy_method = copy" in ran


@ON_POSTGRESQL
def test_a_database_that_somebody_is_connected_to_is_told(place: Place) -> None:
    kept = scratch.checkpoint(place.made)
    with connected(place.made.url):
        with pytest.raises(ScratchError, match="cannot be copied while others are connected"):
            scratch.checkpoint(place.made)
        place.made = scratch.restore(place.made, kept)  # which ends that session
    assert place.rows() == 100
