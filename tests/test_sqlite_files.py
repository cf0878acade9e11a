"""SQLite files are read without a trace in them or beside them."""

from __future__ import annotations

import hashlib
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from schema.errors import DatabaseError
from schema.sqlite_files import sqlite_read_only

KILLED = """
import os, signal, sqlite3, sys
c = sqlite3.connect(sys.argv[1])
c.execute("PRAGMA journal_mode = " + sys.argv[2])
c.execute("CREATE TABLE t (a, b)")
c.executemany("INSERT INTO t VALUES (1, ?)", [("x" * 500,)] * 2000)
c.commit()
c.execute("PRAGMA cache_size = 10")
c.execute("BEGIN IMMEDIATE")
c.execute("UPDATE t SET a = 2")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SCHEMA_SCRATCH_DIR", str(tmp_path / "scratch"))
    (tmp_path / "live").mkdir()
    return tmp_path / "live"


def everything(folder: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}


def killed(path: Path, mode: str) -> None:
    subprocess.run([sys.executable, "-c", KILLED, str(path), mode], check=False)


def sums(path: Path) -> tuple[int, int]:
    with closing(sqlite_read_only(path)) as reader:
        count, total = reader.execute("SELECT count(*), sum(a) FROM t").fetchone()
        assert reader.undisturbed()
        return count, total


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_an_idle_database_is_read_without_a_trace(folder: Path, mode: str) -> None:
    path = folder / "a b#?%.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA journal_mode = {mode}")
        connection.execute("CREATE TABLE t AS SELECT 1 AS a")
        connection.commit()
    before = everything(folder)
    assert sums(path) == (1, 1)
    assert everything(folder) == before
    assert list(before) == ["a b#?%.db"]


@pytest.mark.parametrize(("mode", "left"), [("delete", "-journal"), ("wal", "-wal")])
def test_what_a_crash_left_is_read_as_if_mended_and_stays_as_it_is(
    folder: Path, tmp_path: Path, mode: str, left: str
) -> None:
    path = folder / "app.db"
    killed(path, mode)
    path.with_name("app.db-shm").unlink(missing_ok=True)  # gone after the machine went down
    before = everything(folder)
    assert f"app.db{left}" in before
    assert sums(path) == (2000, 2000)
    assert everything(folder) == before
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_wal_with_its_index_is_read_in_place(folder: Path, tmp_path: Path) -> None:
    path = folder / "app.db"
    killed(path, "wal")
    before = everything(folder)
    assert "app.db-shm" in before
    assert sums(path) == (2000, 2000)
    after = everything(folder)
    assert {name: after[name] for name in ("app.db", "app.db-wal")} == {
        name: before[name] for name in ("app.db", "app.db-wal")
    }
    assert not (tmp_path / "scratch").exists()


def test_a_writer_that_comes_along_is_noticed(folder: Path) -> None:
    path = folder / "app.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE t AS SELECT 1 AS a")
        connection.commit()
    with closing(sqlite_read_only(path)) as reader:
        reader.execute("SELECT * FROM t").fetchall()
        with closing(sqlite3.connect(path)) as writer:
            writer.execute("INSERT INTO t VALUES (2)")
            writer.commit()
        assert not reader.undisturbed()


@pytest.mark.parametrize("statement", ["DELETE FROM t", "CREATE TABLE u (a)", "VACUUM"])
@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_nothing_can_be_written(folder: Path, mode: str, statement: str) -> None:
    path = folder / "app.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA journal_mode = {mode}")
        connection.execute("CREATE TABLE t AS SELECT 1 AS a")
        connection.commit()
    with closing(sqlite_read_only(path)) as reader:
        reader.execute("PRAGMA query_only = OFF")
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            reader.execute(statement)


def test_a_missing_file_is_told_and_not_made(folder: Path) -> None:
    with pytest.raises(DatabaseError, match=r"There is no SQLite file .*missing\.db"):
        sqlite_read_only(folder / "missing.db")
    with pytest.raises(DatabaseError, match="There is no SQLite file"):
        sqlite_read_only(folder)
    assert list(folder.iterdir()) == []
