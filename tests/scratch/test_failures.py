"""What a copy survives, and what it leaves when it does not: nothing that is not found."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, make_url

from schema import scratch
from schema.errors import ScratchError, WorkbenchError
from schema.scratch import Choice, backup, file_bytes

HOSTILE = 'it\'s "100 %" — ünï;DROP'


@contextmanager
def connected(url: URL) -> Iterator[Connection]:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def run(connection: Connection, statement: str) -> None:
    connection.exec_driver_sql(statement, execution_options={"no_parameters": True})


@pytest.fixture
def server(postgresql_server: str) -> URL:
    return make_url(postgresql_server)


@pytest.fixture
def live(server: URL) -> Iterator[URL]:
    """A database with a hostile name, of two tables that every transaction writes together."""
    named = '"' + HOSTILE.replace('"', '""') + '"'
    with connected(server) as admin:
        run(admin, f"CREATE DATABASE {named}")
        url = server.set(database=HOSTILE)
        with connected(url) as connection:
            run(
                connection,
                "CREATE TABLE a (id int PRIMARY KEY, text text STORAGE PLAIN);"
                "CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);"
                "INSERT INTO a SELECT i, repeat('x', 1000) FROM generate_series(1, 8000) i;"
                "INSERT INTO b SELECT id, id FROM a",
            )
        yield url
        run(admin, f"DROP DATABASE {named} WITH (FORCE)")


@pytest.fixture
def nothing_left(server: URL) -> Iterator[None]:
    """No database is there in the end that was not before."""

    def names() -> list[str]:
        with connected(server) as admin:
            query = sa.text("SELECT datname FROM pg_database WHERE datname LIKE 'scratch_%'")
            return sorted(admin.scalars(query))

    before = names()
    yield
    assert names() == before


@pytest.mark.postgresql
@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize("choice", [Choice(), Choice.sample(1.0)])
def test_a_hostile_name_is_copied_while_others_are_connected(live: URL, choice: Choice) -> None:
    with connected(live), scratch.copy(live, choice=choice) as made, connected(made.url) as copied:
        assert copied.scalar(sa.text("SELECT count(*) FROM a JOIN b ON b.a = a.id")) == 8000
        with scratch.checkpoint(scratch.create("postgresql", server=live)) as kept:
            scratch.open(live.set(database=kept.checkpoint_of)).drop()


@pytest.mark.postgresql
@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize("choice", [Choice(), Choice.first(8000)])
def test_a_connection_that_is_lost_in_the_middle_is_told(
    live: URL, server: URL, choice: Choice
) -> None:
    """The server ends each session that reads the source, again and again."""
    over = threading.Event()
    ended: list[int] = []

    def end() -> None:
        with connected(server) as admin:
            while not over.wait(0.002):
                ended.extend(
                    admin.scalars(
                        sa.text(
                            "SELECT pid FROM pg_stat_activity WHERE datname = :name "
                            "AND query LIKE 'COPY%TO %' AND pg_terminate_backend(pid)"
                        ),
                        {"name": HOSTILE},
                    )
                )

    thread = threading.Thread(target=end)
    with connected(live):
        thread.start()
        try:
            with pytest.raises(WorkbenchError) as caught:
                scratch.copy(live, choice=choice)
        finally:
            over.set()
            thread.join()
    assert ended
    assert "\n" not in str(caught.value)


@pytest.mark.postgresql
@pytest.mark.usefixtures("nothing_left")
def test_a_sample_is_of_one_moment_while_others_write(live: URL) -> None:
    over = threading.Event()

    def write() -> None:
        engine = sa.create_engine(live, poolclass=sa.NullPool)
        with engine.connect() as connection:
            number = 8000
            while not over.wait(0.001):
                number += 1
                connection.exec_driver_sql(f"INSERT INTO a VALUES ({number})")
                connection.exec_driver_sql(f"INSERT INTO b VALUES ({number}, {number})")
                connection.commit()
        engine.dispose()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        with scratch.copy(live, choice=Choice.sample(1.0)) as made, connected(made.url) as copied:
            a, b = copied.execute(sa.text("SELECT (SELECT max(id) FROM a), max(id) FROM b")).one()
            assert a == b > 8000
    finally:
        over.set()
        thread.join()


@pytest.mark.postgresql
def test_a_sample_of_a_killed_process_is_found_and_dropped(live: URL, server: URL) -> None:
    program = (
        "import os, signal, sys; from schema import scratch\n"
        "def die(part, doing):\n"
        "    if 'read' in doing: os.kill(os.getpid(), signal.SIGKILL)\n"
        "scratch.copy(sys.argv[1], choice=scratch.Choice.first(10), progress=die)"
    )
    address = live.render_as_string(hide_password=False)
    done = subprocess.run([sys.executable, "-c", program, address], check=False)
    assert done.returncode == -9
    until = time.monotonic() + 10
    while not (left := [each for each in scratch.find(server=server) if not each.complete]):
        assert time.monotonic() < until, "the half-made copy was not found"
        time.sleep(0.1)
    for each in left:
        each.drop()


# -- SQLite ---------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database of 40 MB with a hostile name, in rollback-journal mode."""
    monkeypatch.setenv("SCHEMA_SCRATCH_DIR", str(tmp_path / "scratch"))
    path = tmp_path / 'it\'s "100 %" — ünï#?.db'
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE a (id INTEGER PRIMARY KEY, text TEXT)")
        connection.executemany("INSERT INTO a (text) VALUES (?)", [("x" * 4000,)] * 10_000)
        connection.commit()
    return path


def url_of(file: Path) -> URL:
    return URL.create("sqlite", database=str(file))


@pytest.mark.parametrize("choice", [Choice(), Choice.sample(1.0)])
def test_a_file_with_a_hostile_name_is_copied(file: Path, choice: Choice) -> None:
    with scratch.copy(url_of(file), choice=choice) as made, connected(made.url) as copied:
        assert copied.scalar(sa.text("SELECT count(*) FROM a")) == 10_000


def test_what_is_written_meanwhile_makes_it_begin_again(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits: what was written while the bytes were copied is in the next try."""
    copied: list[Path] = []
    real = backup.copy_bytes

    def copy_bytes(source: Path, target: Path, **options: object) -> None:
        real(source, target, **options)  # type: ignore[arg-type]
        copied.append(target)
        if len(copied) == 1:
            with closing(sqlite3.connect(file, timeout=0)) as writer:
                writer.execute("INSERT INTO a (text) VALUES ('late')")
                writer.commit()

    monkeypatch.setattr(backup, "copy_bytes", copy_bytes)
    with scratch.copy(url_of(file)) as made, connected(made.url) as there:
        assert there.scalar(sa.text("SELECT count(*) FROM a")) == 10_001
    assert len(copied) == 2


def test_a_file_that_is_written_all_the_time_is_held_in_the_end(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied: list[bool] = []
    real = backup.copy_bytes

    def copy_bytes(source: Path, target: Path, **options: object) -> None:
        real(source, target, **options)  # type: ignore[arg-type]
        with closing(sqlite3.connect(file, timeout=0)) as writer:
            try:
                writer.execute("INSERT INTO a (text) VALUES ('again')")
                writer.commit()
            except sqlite3.OperationalError:
                copied.append(True)  # the writer would have had to wait
            else:
                copied.append(False)

    monkeypatch.setattr(backup, "copy_bytes", copy_bytes)
    with scratch.copy(url_of(file)) as made, connected(made.url) as there:
        assert there.scalar(sa.text("SELECT count(*) FROM a")) == 10_003
        assert there.scalar(sa.text("PRAGMA integrity_check")) == "ok"
    assert copied == [False, False, False, True]


def test_a_wal_that_begins_again_while_it_is_copied_is_copied_again(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits in WAL mode; a checkpoint may even put all of the WAL into the file."""
    real = backup.copy_bytes
    copied: list[Path] = []
    with closing(sqlite3.connect(file, timeout=0)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("INSERT INTO a (text) VALUES ('in the WAL')")
        writer.commit()
        writer.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

        def copy_bytes(source: Path, target: Path, **options: object) -> None:
            real(source, target, **options)  # type: ignore[arg-type]
            copied.append(source)
            if source.name.endswith("-wal") and len(copied) == 2:
                writer.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
                for _ in range(3):
                    writer.execute("UPDATE a SET text = 'y' WHERE id = 1")
                    writer.commit()

        monkeypatch.setattr(backup, "copy_bytes", copy_bytes)
        with scratch.copy(url_of(file)) as made, connected(made.url) as there:
            assert there.scalar(sa.text("SELECT count(*) FROM a")) == 10_001
            assert there.scalar(sa.text("PRAGMA integrity_check")) == "ok"
            assert there.scalar(sa.text("SELECT text FROM a WHERE id = 1")) == "y"
    assert len(copied) == 4


def test_a_link_to_a_file_in_use_is_copied_with_its_wal(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.db"
    link.symlink_to(file)
    with closing(sqlite3.connect(file)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("INSERT INTO a (text) VALUES ('in the WAL')")
        writer.commit()
        with scratch.copy(url_of(link)) as made, connected(made.url) as there:
            assert there.scalar(sa.text("SELECT count(*) FROM a")) == 10_001


def test_a_copy_keeps_the_locks_of_this_process(file: Path) -> None:
    """Whoever closes a file loses all locks on it: https://sqlite.org/howtocorrupt.html, 2.2."""
    with closing(sqlite3.connect(file, isolation_level=None)) as mine:
        mine.execute("BEGIN IMMEDIATE")
        scratch.copy(url_of(file)).drop()
        other = (
            "import sqlite3, sys\n"
            "connection = sqlite3.connect(sys.argv[1], timeout=0)\n"
            "connection.execute('BEGIN IMMEDIATE')"
        )
        command = [sys.executable, "-c", other, str(file)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert "database is locked" in done.stderr


def test_without_a_child_process_sqlite_copies_by_itself(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(file_bytes.NoChildError):
        file_bytes.copy_bytes(file, file.with_name("x"))
    with scratch.copy(url_of(file)) as made, connected(made.url) as there:
        assert there.scalar(sa.text("SELECT count(*) FROM a")) == 10_000


def test_a_sample_of_a_killed_process_leaves_a_file_that_is_found(file: Path) -> None:
    program = (
        "import os, signal, sys; from schema import scratch\n"
        "def die(part, doing):\n"
        "    if 'rows of' in doing: os.kill(os.getpid(), signal.SIGKILL)\n"
        "scratch.copy(sys.argv[1], choice=scratch.Choice.first(10), progress=die)"
    )
    address = url_of(file).render_as_string()
    done = subprocess.run([sys.executable, "-c", program, address], check=False)
    assert done.returncode == -9
    (left,) = scratch.find(kept=False)
    assert not left.complete
    left.drop()
    assert [*(file.parent / "scratch").iterdir()] == []
    with pytest.raises(ScratchError):
        scratch.copy(url_of(file), choice=Choice.first(10), cancelled=lambda: True)
    assert [*(file.parent / "scratch").iterdir()] == []
