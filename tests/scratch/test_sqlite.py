"""Scratch databases that are SQLite files."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from schema import scratch
from schema.errors import DatabaseError, NotScratchError, ScratchError


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A scratch folder of the test's own."""
    monkeypatch.setenv("SCHEMA_SCRATCH_DIR", str(tmp_path / "scratch"))
    return tmp_path / "scratch"


@pytest.fixture
def live(tmp_path: Path) -> Path:
    """A database of 2,000 rows in rollback-journal mode."""
    path = tmp_path / "live" / "app.db"
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)")
        connection.executemany("INSERT INTO users (name) VALUES (?)", [("x" * 500,)] * 20_000)
        connection.commit()
    return path


@pytest.fixture
def writer(live: Path) -> Iterator[sqlite3.Connection]:
    """A connection that holds the live database open in WAL mode, with rows in the WAL."""
    with closing(sqlite3.connect(live, check_same_thread=False)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("INSERT INTO users (name) VALUES ('in the WAL')")
        connection.commit()
        yield connection


def fingerprint(folder: Path) -> dict[str, str]:
    """The hash of every file in the folder, but for the WAL's index, which holds read marks."""
    return {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.iterdir())
        if not file.name.endswith("-shm")
    }


def rows(database: scratch.ScratchDatabase | Path) -> int:
    path = database if isinstance(database, Path) else database.url.database
    with closing(sqlite3.connect(str(path))) as connection:
        return int(connection.execute("SELECT count(*) FROM users").fetchone()[0])


def guarded(path: str | Path, made: scratch.ScratchDatabase) -> list[tuple[str]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(made.guard()["query"]).fetchall()


def test_a_copy_holds_the_rows_and_the_original_stays_as_it_was(live: Path) -> None:
    before = fingerprint(live.parent)
    with scratch.copy(f"sqlite:///{live}") as made:
        assert rows(made) == 20_000
        assert fingerprint(live.parent) == before
        assert made.name.startswith("scratch_app_")
        assert made.source == f"sqlite:///{live}"
        assert made.size() > 10_000_000
    assert not Path(str(made.url.database)).exists()


def test_copying_an_idle_wal_database_leaves_no_file_beside_it(live: Path) -> None:
    with closing(sqlite3.connect(live)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    before = fingerprint(live.parent)
    with scratch.copy(f"sqlite:///{live}") as made:
        assert rows(made) == 20_000
    assert fingerprint(live.parent) == before
    assert sorted(file.name for file in live.parent.iterdir()) == ["app.db"]


def test_a_copy_holds_what_is_still_in_the_wal(live: Path, writer: sqlite3.Connection) -> None:
    before = fingerprint(live.parent)
    with scratch.copy(f"sqlite:///{live}") as made:
        assert rows(made) == 20_001
    assert fingerprint(live.parent) == before


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_a_copy_is_consistent_while_others_write(live: Path, mode: str) -> None:
    """Two counters that every transaction moves together must agree in the copy."""
    with closing(sqlite3.connect(live)) as connection:
        connection.execute(f"PRAGMA journal_mode = {mode}")
        connection.execute("CREATE TABLE a AS SELECT 0 AS n")
        connection.execute("CREATE TABLE b AS SELECT 0 AS n")
        connection.commit()
    over = threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(live, timeout=30)) as connection:
            while not over.wait(0.001):
                connection.execute("UPDATE a SET n = n + 1")
                connection.execute("UPDATE b SET n = n + 1")
                connection.commit()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for _ in range(3):
            made = scratch.copy(f"sqlite:///{live}")
            with made, closing(sqlite3.connect(str(made.url.database))) as connection:
                a, b = connection.execute("SELECT a.n, b.n FROM a, b").fetchone()
                assert a == b
                assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    finally:
        over.set()
        thread.join()


def test_a_wal_database_in_a_read_only_folder_is_copied(live: Path, folder: Path) -> None:
    """Root may write everywhere, so that root becomes nobody first, once all is imported."""
    with closing(sqlite3.connect(live)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    for path in live.parents:
        if path.name.startswith(("pytest-", "popen-", "test_")):
            path.chmod(0o755)
    folder.mkdir()
    folder.chmod(0o777)
    live.parent.chmod(0o555)
    program = (
        "import os, sys; from schema import scratch\n"
        "scratch.copy(sys.argv[1]).drop()\n"
        "if os.geteuid() == 0: os.setuid(65534)\n"
        "assert not os.access(os.path.dirname(sys.argv[1][10:]), os.W_OK)\n"
        "scratch.copy(sys.argv[1])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, f"sqlite:///{live}"],
        capture_output=True,
        text=True,
        check=False,
    )
    live.parent.chmod(0o755)
    assert done.returncode == 0, done.stderr
    assert len(scratch.find(kept=False)) == 1


def test_the_guard_answers_on_this_very_file_only(live: Path, tmp_path: Path) -> None:
    with scratch.copy(f"sqlite:///{live}") as made, scratch.create("sqlite") as other:
        assert guarded(str(made.url.database), made) == [(made.token,)]
        assert guarded(str(other.url.database), made) == [(other.token,)]
        moved = tmp_path / "moved.db"
        shutil.copy(str(made.url.database), moved)
        assert guarded(moved, made) == []
        with pytest.raises(NotScratchError):
            scratch.open(f"sqlite:///{moved}")
        with pytest.raises(sqlite3.OperationalError):
            guarded(live, made)


def test_a_marked_database_is_opened_and_the_live_one_is_refused(live: Path) -> None:
    before = fingerprint(live.parent)
    with scratch.copy(f"sqlite:///{live}") as made:
        assert scratch.open(made.url) == made
        assert scratch.is_scratch(made.url)
    assert not scratch.is_scratch(f"sqlite:///{live}")
    with pytest.raises(NotScratchError, match=r"is no scratch database; it was not touched"):
        scratch.open(f"sqlite:///{live}")
    assert fingerprint(live.parent) == before


def test_a_copy_of_a_scratch_database_has_a_mark_of_its_own(live: Path) -> None:
    with scratch.copy(f"sqlite:///{live}") as first, scratch.copy(first.url) as second:
        assert first.token != second.token
        assert scratch.open(second.url) == second
        assert "scratch_scratch" not in second.name


def test_a_name_that_exists_is_refused(live: Path) -> None:
    with scratch.copy(f"sqlite:///{live}", name="mine") as made:
        assert made.name == "mine"
        with pytest.raises(ScratchError, match="'mine' exists"):
            scratch.copy(f"sqlite:///{live}", name="mine")
        assert rows(made) == 20_000


def test_a_name_that_is_taken_while_copying_is_not_overwritten(live: Path, folder: Path) -> None:
    def take(*_: object) -> None:
        (folder / "mine.sqlite").write_text("somebody else's")

    with pytest.raises(ScratchError, match="'mine' exists"):
        scratch.copy(f"sqlite:///{live}", name="mine", progress=take)
    assert [file.read_text() for file in folder.iterdir()] == ["somebody else's"]


@pytest.mark.parametrize("name", ["../live/app", "", "a/b", "a\nb", "x" * 64, ".hidden"])
def test_a_name_that_could_lead_elsewhere_is_refused(live: Path, name: str) -> None:
    with pytest.raises(ScratchError, match="cannot be a scratch database's name"):
        scratch.copy(f"sqlite:///{live}", name=name)


def test_progress_is_told_and_ends_at_one(live: Path) -> None:
    told: list[tuple[float, str]] = []
    with scratch.copy(f"sqlite:///{live}", progress=lambda *step: told.append(step)):
        pass
    assert [part for part, _ in told] == sorted(part for part, _ in told)
    assert told[-1][0] == 1.0
    assert "MB copied" in told[0][1]


def test_a_stopped_copy_leaves_nothing(live: Path, folder: Path) -> None:
    with pytest.raises(ScratchError, match="was stopped"):
        scratch.copy(f"sqlite:///{live}", cancelled=lambda: True)
    assert list(folder.iterdir()) == []


def test_refilling_brings_the_contents_back_under_the_same_name(live: Path) -> None:
    with scratch.copy(f"sqlite:///{live}") as made:
        with closing(sqlite3.connect(str(made.url.database))) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("DELETE FROM users")
            connection.commit()
        again = scratch.refill(made, f"sqlite:///{live}")
        assert rows(again) == 20_000
        assert (again.name, again.url) == (made.name, made.url)
        assert scratch.open(again.url) == again
        again.drop()


def test_a_stopped_refill_leaves_the_old_contents(live: Path) -> None:
    with scratch.copy(f"sqlite:///{live}") as made:
        with pytest.raises(ScratchError):
            scratch.refill(made, f"sqlite:///{live}", cancelled=lambda: True)
        assert scratch.open(made.url) == made


def test_what_is_found_is_what_was_made(live: Path) -> None:
    assert scratch.find(kept=False) == []
    with scratch.copy(f"sqlite:///{live}") as one, scratch.create("sqlite", label="replay") as two:
        assert {each.name for each in scratch.find(kept=False)} == {one.name, two.name}
        assert two.name.startswith("scratch_replay_")
    assert scratch.find(kept=False) == []


def test_a_copy_of_a_killed_process_is_found_and_dropped(live: Path, folder: Path) -> None:
    program = (
        "import os, signal, sys; from schema import scratch\n"
        "def die(*_): os.kill(os.getpid(), signal.SIGKILL)\n"
        "scratch.copy(sys.argv[1], progress=die)"
    )
    done = subprocess.run([sys.executable, "-c", program, f"sqlite:///{live}"], check=False)
    assert done.returncode == -9
    (left,) = scratch.find(kept=False)
    assert not left.complete
    with pytest.raises(NotScratchError):
        left.guard()
    left.drop()
    assert list(folder.iterdir()) == []


def test_what_a_living_process_is_making_is_not_offered_for_dropping(live: Path) -> None:
    found: list[list[scratch.ScratchDatabase]] = []
    with scratch.copy(
        f"sqlite:///{live}", progress=lambda *_: found.append(scratch.find(kept=False))
    ):
        assert found
        assert all(each == [] for each in found)


def test_a_disk_that_is_full_leaves_nothing(live: Path, folder: Path) -> None:
    program = (
        "import resource, sys; from schema import scratch\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))\n"
        "try: scratch.copy(sys.argv[1])\n"
        "except scratch.ScratchError as error: print(error)"
    )
    before = fingerprint(live.parent)
    done = subprocess.run(
        [sys.executable, "-c", program, f"sqlite:///{live}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "could not be made: [Errno 27] File too large" in done.stdout
    assert "MB free" in done.stdout
    assert list(folder.iterdir()) == []
    assert fingerprint(live.parent) == before


def test_a_scratch_folder_that_cannot_be_made_is_named(
    live: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("SCHEMA_SCRATCH_DIR", str(tmp_path / "file" / "scratch"))
    with pytest.raises(ScratchError, match=r"file/scratch.*SCHEMA_SCRATCH_DIR"):
        scratch.copy(f"sqlite:///{live}")


def test_what_is_no_database_is_refused(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "letter.db").write_text("Dear all, this is no database. " * 100)
    with pytest.raises(DatabaseError, match=r"letter\.db: file is not a database"):
        scratch.copy(f"sqlite:///{tmp_path}/letter.db")
    with pytest.raises(DatabaseError, match="There is no SQLite file"):
        scratch.copy(f"sqlite:///{tmp_path}/missing.db")
    assert not folder.exists() or list(folder.iterdir()) == []


def test_dropping_twice_is_no_error_and_another_database_is_not_dropped(
    live: Path, tmp_path: Path
) -> None:
    made = scratch.copy(f"sqlite:///{live}", name="mine")
    made.drop()
    made.drop()
    with scratch.copy(f"sqlite:///{live}", name="mine"), pytest.raises(NotScratchError):
        made.drop()
    outside = scratch.ScratchDatabase(
        made.url.set(database=str(live)), "app", "", made.created, made.token
    )
    with pytest.raises(NotScratchError):
        outside.drop()
    assert live.exists()


def test_a_copy_that_lost_its_mark_can_still_be_dropped(live: Path) -> None:
    made = scratch.copy(f"sqlite:///{live}")
    Path(str(made.url.database)).write_bytes(b"broken by a migration" * 100)
    made.drop()
    assert not Path(str(made.url.database)).exists()


def test_publishing_takes_the_mark_away_and_refuses_what_exists(
    tmp_path: Path, live: Path, folder: Path
) -> None:
    goal = tmp_path / "published" / "sample.db"
    made = scratch.copy(f"sqlite:///{live}")
    with pytest.raises(ScratchError, match="exists"):
        scratch.publish(made, f"sqlite:///{live}")
    scratch.publish(made, f"sqlite:///{goal}")
    assert rows(goal) == 20_000
    assert not scratch.is_scratch(f"sqlite:///{goal}")
    assert [file.name for file in goal.parent.iterdir()] == ["sample.db"]
    assert list(folder.iterdir()) == []


def test_no_other_kind_of_database_is_made() -> None:
    with pytest.raises(ScratchError, match="'oracle'"):
        scratch.create("oracle")
