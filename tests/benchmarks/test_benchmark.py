"""The benchmark runs from end to end; how fast, only a quiet machine can say."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("drift.py")


@pytest.mark.slow
@pytest.mark.parametrize(
    "dialect", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
)
def test_the_benchmark_measures_what_it_promises(dialect: str) -> None:
    command = [sys.executable, SCRIPT, "--tables", "20", "--runs", "1", "--dialect", dialect]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=280)
    assert ran.returncode == 0, ran.stderr
    promised = [
        "reading a catalog / floor",
        "first reading of a process / floor",
        "no drift",
        "drift everyday, warm / alembic check",
        "`schema drift` everyday",
        "the models, nothing cached",
    ]
    if dialect == "postgresql":
        promised.append("over 20 ms")
    assert [each for each in promised if each not in ran.stdout] == []
    found = re.search(r"statements: (\d+); objects: (\d+); bytes an object: (\d+)", ran.stdout)
    assert found is not None
    statements, objects, size = map(int, found.groups())
    assert statements < 10
    assert objects >= 20 * 27
    assert size <= 1024


@pytest.mark.slow
@pytest.mark.parametrize(
    "dialect", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
)
def test_the_ledger_s_benchmark_tells_a_ratio_and_peaks(dialect: str) -> None:
    script = SCRIPT.with_name("ledger.py")
    command = [sys.executable, script, "--rows", "3000", "--runs", "1", "--dialect", dialect]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=280)
    assert ran.returncode == 0, ran.stderr
    assert "ledger / SELECT count(*)" in ran.stdout
    assert re.search(r"peak of memory \(MB\): \d+ for a fifteenth, \d+ for the whole", ran.stdout)


@pytest.mark.slow
@pytest.mark.postgresql
def test_the_benchmark_of_copies_measures_what_it_promises() -> None:
    command = [sys.executable, SCRIPT.with_name("copies.py"), "--rows", "2000", "--runs", "1"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=280)
    assert ran.returncode == 0, ran.stderr
    promised = [
        "2,000 rows on SQLite",
        "a copy / cp",
        "a copy with a WAL in use / cp",
        "2,000 rows on PostgreSQL",
        "a copy / pg_dump | pg_restore",
        "a copy while somebody is connected / pg_dump | pg_restore",
    ]
    assert [each for each in promised if each not in ran.stdout] == []
    assert ran.stdout.count("the way back to it") == 2
    assert ran.stdout.count("a copy of a sample of 1 % of each table") == 2


def test_the_benchmark_of_diagrams_tells_seconds_and_sizes() -> None:
    command = [
        sys.executable,
        SCRIPT.with_name("diagrams.py"),
        "--tables",
        "8",
        "70",
        "--runs",
        "1",
    ]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    lines = re.findall(r" +(\d+) tables: +[\d.]+ s, \d+ x \d+ pixels, \d+ kB of SVG", ran.stdout)
    assert lines == ["8", "70"]


@pytest.mark.slow
def test_the_benchmark_of_fleets_measures_what_it_promises() -> None:
    command = [sys.executable, SCRIPT.with_name("fleet.py"), "--members", "9", "--tables", "5",
               "--sample", "1", "--dialect", "sqlite"]  # fmt: skip
    ran = subprocess.run(command, capture_output=True, text=True, timeout=280)
    assert ran.returncode == 0, ran.stderr
    promised = ["processes, nothing cached", "threads", "alembic check, all 9, extrapolated"]
    assert [each for each in promised if each not in ran.stdout] == []
