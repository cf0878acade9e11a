"""Killed at any moment: the original is as it was, and all that is left is found and dropped."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from schema import scratch, unfinished

#: Tells the test that it is here, and stays.
STAY = "(op.get_bind(), open({flag!r}, 'w').close(), __import__('time').sleep(60))"

#: Only on Linux can be seen what processes there are, and with which environment.
pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A scratch folder of the test's own."""
    monkeypatch.setenv("SCHEMA_SCRATCH_DIR", str(tmp_path / "scratch"))
    return tmp_path / "scratch"


def fingerprint(url: str) -> object:
    """What changes when a database is written to: its bytes, or its rows with their versions."""
    if url.startswith("sqlite"):
        path = Path(str(sa.make_url(url).database))
        files = sorted(path.parent.glob(f"{path.name}*"))
        return [(each.name, hashlib.sha256(each.read_bytes()).hexdigest()) for each in files]
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT xmin, ctid, * FROM customer ORDER BY id").all()
        locks = "SELECT count(*) FROM pg_locks WHERE pid <> pg_backend_pid() AND database = ("
        locks += "SELECT oid FROM pg_database WHERE datname = current_database())"
        return rows, connection.exec_driver_sql(locks).scalar()


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.exists() else []


def left(url: str) -> list[scratch.ScratchDatabase]:
    server = None if url.startswith("sqlite") else sa.make_url(url)
    base = str(sa.make_url(url).database).rpartition("/")[2].partition(".")[0]
    return [each for each in scratch.find(server=server) if base in each.source + each.name]


MOMENTS = {
    "a step": [],
    "a way back": ["--round-trip"],
    "a failure": ["--fault-every-statement"],
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_kernel_leaves_what_is_found(
    shop: Any, command: Any, folder: Path, tmp_path: Path, moment: str
) -> None:
    flag = tmp_path / "reached"
    stay = STAY.format(flag=str(flag))
    up = "op.execute('UPDATE customer SET id = id + 10')"
    if moment == "a step":
        shop.write("bbb222", "aaa111", "stay", f"{up}\n{stay}")
    elif moment == "a way back":
        shop.write("bbb222", "aaa111", "stay", up, stay)
    else:  # the first run goes through, the ones that are to fail do not
        tried = str(tmp_path / "tried")
        code = f"import os\nif os.path.exists({tried!r}): {stay}\nopen({tried!r}, 'w').close()"
        shop.write("bbb222", "aaa111", "stay", f"{up}\n{code}\n{up}")
    before = fingerprint(shop.url)
    options = ["--url", shop.url, "--to", "+1", *MOMENTS[moment]]
    process = command.start("rehearse", "-c", shop.folder, *options)
    command.kill_when(process, flag.exists)
    found = left(shop.url)
    assert found
    for each in found:
        each.drop()
    assert files(folder) == []
    assert list(command.temporary.iterdir()) == []
    assert fingerprint(shop.url) == before


def test_a_copy_whose_mark_a_migration_removed_is_found(
    shop: Any, command: Any, folder: Path, tmp_path: Path
) -> None:
    flag = tmp_path / "reached"
    stay = STAY.format(flag=str(flag))
    sql = "DROP TABLE _schema_scratch"
    if not shop.url.startswith("sqlite"):
        name, ours = "current_database()", "COMMENT ON DATABASE %%I IS ''ours''"
        sql = f"DO $$ BEGIN EXECUTE format('{ours}', {name}); END $$"
    up = f"op.get_bind().exec_driver_sql({sql!r})\nop.get_bind().commit()\n{stay}"
    shop.write("bbb222", "aaa111", "another mark", up)
    process = command.start("rehearse", "-c", shop.folder, "--url", shop.url)
    command.kill_when(process, flag.exists)
    assert any(not each.complete for each in left(shop.url))
    for each in left(shop.url):
        each.drop()
    assert files(folder) == []


def test_a_private_copy_of_a_killed_reader_is_found(folder: Path, tmp_path: Path) -> None:
    live = tmp_path / "live.sqlite"
    crash = (
        "import os, signal, sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "c.execute('PRAGMA cache_size = 1'); c.execute('CREATE TABLE t (x)'); c.execute('BEGIN')\n"
        "c.executemany('INSERT INTO t VALUES (?)', [('x' * 9000,)] * 200)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", crash, str(live)], check=False)
    assert live.with_name("live.sqlite-journal").stat().st_size
    reader = (
        "import os, signal, sys; from pathlib import Path; from schema import sqlite_files\n"
        "opened = sqlite_files.sqlite_read_only(Path(sys.argv[1]))\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", reader, str(live)], check=False)
    assert done.returncode == -9
    (found,) = scratch.find(kept=False)
    assert not found.complete
    assert found.size() > 4096
    found.drop()
    assert files(folder) == []


def test_another_process_of_the_same_number_does_not_hide_what_was_left(folder: Path) -> None:
    folder.mkdir()
    ours = unfinished.unfinished(folder / "one.sqlite")
    ours.touch()
    assert scratch.find(kept=False) == []
    number, _, began = ours.name.removesuffix(".making").rpartition(".")[2].partition("-")
    assert (int(number), int(began) > 0) == (os.getpid(), True)
    ours.rename(folder / f"one.sqlite.{number}-{int(began) - 1}.making")
    (found,) = scratch.find(kept=False)
    assert (found.name, found.complete) == ("one", False)
    found.drop()


def test_a_file_of_somebody_elses_is_never_listed(folder: Path) -> None:
    folder.mkdir()
    with closing(sqlite3.connect(folder / "theirs.sqlite")) as connection:
        connection.execute("CREATE TABLE t (x)")
    assert scratch.find(kept=False) == []
