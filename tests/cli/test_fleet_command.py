"""``schema fleet``: its exit codes, its texts, and what it does when it is interrupted."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from .conftest import Ran

Schema = Callable[..., Ran]


@pytest.fixture
def tenants(production: Path) -> Path:
    """The folder of three databases, one of which somebody changed."""
    folder = production.parent / "tenants"
    folder.mkdir()
    for name in ("blue", "green", "<b>red"):
        shutil.copy(production, folder / f"{name}.sqlite")
    with closing(sqlite3.connect(folder / "<b>red.sqlite")) as connection:
        connection.execute('CREATE TABLE "<script>alert(1)</script>" (a INT)')
    return folder


def test_drift_is_told_by_groups(schema: Schema, tenants: Path) -> None:
    ran = schema("fleet", "--executor", "threads", "--files", tenants / "*.sqlite")
    assert ran.code == 1
    assert "2 agree (drifted and behind), 1 differ" in ran.out
    assert "What drifted, and in how many databases (9)" in ran.out
    told = schema("fleet", "--executor", "threads", "--files", tenants / "*.sqlite", "--json")
    assert told.code == 1
    assert told.json["counts"] == {"drifted-and-behind": 3}
    assert [len(group["members"]) for group in told.json["groups"]] == [2, 1]


def test_hostile_names_are_escaped(schema: Schema, tenants: Path, tmp_path: Path) -> None:
    page = tmp_path / "fleet.html"
    schema("fleet", "--executor", "threads", "--files", tenants / "*.sqlite", "--html", page)
    text = page.read_text()
    assert "<script>" not in text
    assert "<b>red" not in text
    assert "&lt;script&gt;" in text
    ran = schema("fleet", "--executor", "threads", "--files", tenants / "*.sqlite", "--markdown")
    assert "`<b>red.sqlite`" in ran.out


def test_trouble_is_told_where_nothing_drifted(schema: Schema, tmp_path: Path) -> None:
    ran = schema("fleet", "--executor", "threads", tmp_path / "gone.db", "postgresql://x:s3cr@[/y")
    assert ran.code == 2
    assert "Could not be checked (2)" in ran.out
    assert "s3cr" not in ran.out + ran.err


def test_what_is_not_understood_is_refused(schema: Schema, tmp_path: Path) -> None:
    schema("fleet").refused("No databases were named")
    schema("fleet", "--files", tmp_path / "*.none").refused("No file is called")
    schema("fleet", "x.db", "--executor", "abacus").refused("There is no executor")
    assert schema("fleet", "x.db", "--again").code == 2


def test_an_interrupt_tells_what_was_found_so_far(
    root: Path, tenants: Path, tmp_path: Path
) -> None:
    """One database is locked, and would be waited for."""
    with closing(sqlite3.connect(tenants / "locked.sqlite")) as lock:
        lock.execute("CREATE TABLE a (b INT)")
        lock.commit()
        lock.execute("BEGIN EXCLUSIVE")
        results = tmp_path / "results.jsonl"
        process = subprocess.Popen(
            [sys.executable, "-m", "schema", "fleet", "-c", root / "alembic.ini", "--files",
             tenants / "*.sqlite", "--connect-timeout", "600", "--timeout", "600",
             "--executor", "threads", "--resume", results],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ},
        )  # fmt: skip
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline and process.poll() is None:
            if results.exists() and results.read_text().count('"member"') == 3:
                break
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "2 agree (drifted and behind), 1 differ: 1 drifted and behind; 1 not checked" in out
    assert "interrupted" in err
