"""Reading a table from the pages of its file gives just what reading it through SQLite gives."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from schema.catalog import read_catalog
from schema.database import open_read_only
from schema.rehearsal.ledger import Ledger, read_ledger
from schema.rehearsal.ledger.pages import File
from schema.rehearsal.ledger.sqlite_rows import SqliteRows

if TYPE_CHECKING:
    from collections.abc import Iterator

VALUES = st.one_of(
    st.none(), st.integers(-(2**63), 2**63 - 1), st.integers(-300, 300),
    st.floats(allow_nan=False), st.integers(-5, 5).map(float),
    st.text(st.characters(codec="utf-8"), max_size=20), st.binary(max_size=20),
    st.integers(-(10**18), 10**18).map(str), st.sampled_from(["", "-", "-0", "00", "x" * 700]),
    st.binary(min_size=600, max_size=2000),
)  # fmt: skip
TYPES = st.sampled_from(["", "INTEGER", "REAL", "TEXT", "NUMERIC", "BLOB", "FLOAT"])


def through_sqlite(path: Path) -> Ledger:
    """A connection without a mark may write, so it does not look into the file."""
    engine = sa.create_engine(f"sqlite:///{path}", poolclass=sa.NullPool)
    with engine.connect() as connection:
        assert SqliteRows(connection.connection.driver_connection, lambda: None).file(
            connection
        ) is None  # fmt: skip
        ledger = read_ledger(connection, read_catalog(connection))
    engine.dispose()
    return ledger


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many pages were read from files at once, each time."""
    found: list[int] = []
    pages = File.pages

    def counted(self: File, numbers: Any) -> Any:
        found.append(len(numbers))
        return pages(self, numbers)

    monkeypatch.setattr(File, "pages", counted)
    return found


def from_file(path: Path) -> Ledger:
    with open_read_only(f"sqlite:///{path}") as connection:
        return read_ledger(connection, read_catalog(connection))


def make(path: Path, *statements: Any, page_size: int = 4096) -> Path:
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA page_size = {page_size}")
        for statement in statements:
            if isinstance(statement, str):
                connection.execute(statement)
            else:
                connection.executemany(*statement)
        connection.commit()
    return path


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(st.tuples(VALUES, VALUES, VALUES), max_size=60),
    types=st.tuples(TYPES, TYPES, TYPES),
    page_size=st.sampled_from([512, 1024, 65536]),
    late=st.integers(0, 60),
)
def test_any_table_is_read_alike(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[Any],
    types: Any,
    page_size: int,
    late: int,
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.sqlite"
    a, b, c = types
    make(
        path,
        f"CREATE TABLE t (a {a}, b {b}, c {c})",
        ("INSERT INTO t VALUES (?, ?, ?)", rows[:late]),
        "ALTER TABLE t ADD COLUMN d TEXT DEFAULT 'later'",
        ("INSERT INTO t (a, b, c) VALUES (?, ?, ?)", rows[late:]),
        "DELETE FROM t WHERE rowid % 7 = 3",
        page_size=page_size,
    )
    assert from_file(path) == through_sqlite(path)


def numbered(count: int) -> Iterator[tuple[int, str, float]]:
    source = random.Random(1)
    for number in range(count):
        yield number * 3 - 5000, f"value {source.random()}", source.random()


def test_a_tree_of_several_levels_is_read(tmp_path: Path, seen: list[int]) -> None:
    rows = ("INSERT INTO t VALUES (?, ?, ?)", numbered(20_000))
    path = make(
        tmp_path / "d", "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b)", rows, page_size=512
    )
    ledger = from_file(path)
    assert sum(seen) > 1000
    assert ledger == through_sqlite(path)
    assert ledger.rows["t"] == 20_000
    assert ledger.tables["t"].columns["id"].least == "-5000"


@pytest.mark.parametrize(
    "statements",
    [
        ("CREATE TABLE t (id INTEGER PRIMARY KEY, a)",
         f"INSERT INTO t VALUES ({2**63 - 1}, 1), (-{2**63}, 2), (128, 3), (0, NULL)"),
        ("CREATE TABLE t (id INTEGER PRIMARY KEY DESC, a)", "INSERT INTO t VALUES (5, 'x')"),
        ("CREATE TABLE t (id INT PRIMARY KEY, a)", "INSERT INTO t VALUES (5, 'x')"),
        ("CREATE TABLE t (rowid, oid)", f"INSERT INTO t VALUES ('{'x' * 9000}', 1), (2, 3)"),
        ("CREATE TABLE t (rowid, oid, _rowid_)", f"INSERT INTO t VALUES ('{'x' * 9000}', 1, 2)"),
        ("CREATE TABLE t (a)", f"INSERT INTO t VALUES ('{'x' * 500_000}')"),
        ("CREATE TABLE t (a TEXT PRIMARY KEY, b) WITHOUT ROWID", "INSERT INTO t VALUES ('a', 1)"),
        ("CREATE TABLE t (a, b AS (a + 1), c)", "INSERT INTO t (a, c) VALUES (1, 'c')"),
        ("CREATE TABLE t (a REAL)", "INSERT INTO t VALUES (1), (2.5), (1e300), (-0.0)"),
        ("PRAGMA auto_vacuum = FULL", "CREATE TABLE t (a)", "INSERT INTO t VALUES (1)"),
        ("PRAGMA encoding = 'UTF-16le'", "CREATE TABLE t (a)", "INSERT INTO t VALUES ('é')"),
        ("CREATE TABLE \"a\"\"b\" (\"c\"\"d\")", "INSERT INTO \"a\"\"b\" VALUES ('x')"),
        ("CREATE TABLE t (a)", "INSERT INTO t VALUES (CAST(x'ff00fe' AS TEXT)), (x'ff00fe')"),
    ],
)  # fmt: skip
def test_odd_tables_are_read_alike(tmp_path: Path, statements: tuple[str, ...]) -> None:
    path = make(tmp_path / "d", *statements)
    assert from_file(path) == through_sqlite(path)


def test_rows_of_mostly_long_text_are_read_through_sqlite(tmp_path: Path) -> None:
    rows = ("INSERT INTO t VALUES (?)", ((f"{number} {'x' * 1000}",) for number in range(3000)))
    path = make(tmp_path / "d", "CREATE TABLE t (a)", rows, page_size=512)
    ledger = from_file(path)
    assert ledger == through_sqlite(path)
    assert ledger.tables["t"].columns["a"].distinct == pytest.approx(3000, rel=0.1)


def test_what_is_still_in_a_log_is_read(tmp_path: Path, seen: list[int]) -> None:
    path = make(tmp_path / "d", "CREATE TABLE t (a)", "INSERT INTO t VALUES (1)")
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("INSERT INTO t VALUES (2)")
        writer.commit()
        assert dict(from_file(path).rows) == {"t": 2}
        assert seen == []
    assert dict(from_file(path).rows) == {"t": 2}
    assert seen != []


def test_a_damaged_page_is_left_to_sqlite(tmp_path: Path) -> None:
    rows = ("INSERT INTO t VALUES (?, ?, ?)", numbered(5000))
    path = make(tmp_path / "d", "CREATE TABLE t (a, b, c)", rows)
    content = bytearray(path.read_bytes())
    content[4096 * 5 : 4096 * 6] = b"\xff" * 4096
    path.write_bytes(content)
    assert "malformed" in from_file(path).problems[0]


def test_a_reader_keeps_its_lock(tmp_path: Path) -> None:
    """Closing another descriptor of a file would take SQLite's locks on it away."""
    path = make(tmp_path / "d", "CREATE TABLE t (a)", "INSERT INTO t VALUES (1)")
    script = (
        "import sqlite3, sys\nc = sqlite3.connect(sys.argv[1], timeout=0)\n"
        "try:\n c.execute('DELETE FROM t'); c.commit()\n"
        "except sqlite3.OperationalError as e: print(e)"
    )
    with open_read_only(f"sqlite:///{path}") as connection:
        assert read_ledger(connection, read_catalog(connection)).rows["t"] == 1
        ran = subprocess.run(
            [sys.executable, "-c", script, path], capture_output=True, text=True, check=True
        )
        assert "database is locked" in ran.stdout
