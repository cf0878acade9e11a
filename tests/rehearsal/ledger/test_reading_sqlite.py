"""SQLite's tables are read a chunk at a time, whatever is stored in them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from schema.catalog import read_catalog
from schema.database import open_read_only
from schema.errors import DatabaseError
from schema.rehearsal.ledger import Column, Ledger, read_ledger

if TYPE_CHECKING:
    from tests.rehearsal.ledger.conftest import Step


def ledger_of(path: Path, *statements: str | tuple[str, list[Any]], level: Any = "full") -> Ledger:
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            if isinstance(statement, str):
                connection.execute(statement)
            else:
                connection.executemany(*statement)
        connection.commit()
    with open_read_only(f"sqlite:///{path}") as connection:
        return read_ledger(connection, read_catalog(connection), level=level)


def column_of(path: Path, values: list[Any], declared: str = "") -> Column:
    path.unlink(missing_ok=True)
    rows = ("INSERT INTO t VALUES (?)", [(value,) for value in values])
    return ledger_of(path, f"CREATE TABLE t (c {declared})", rows).tables["t"].columns["c"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data.sqlite"


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        (1, 1.0, True),
        (1, "1", True),
        (-5, "-5", True),
        (0, -0.0, True),
        (2**53, float(2**53), True),
        (7, "007", False),
        (0, "-0", False),
        (1, "+1", False),
        (1.5, "1.5", False),
        ("1", b"1", False),
        (-1, -2, False),
        ("", None, False),
        ("", b"", False),
        ("a", "A", False),
        ("é", "e\u0301", False),
        ("a\0b", "a", False),
        (2**63 - 1, float(2**63 - 1), False),
        (0.1, 0.1 + 2**-56, False),
        ("123456789012345678901", 123456789012345678901.0, False),
        (float("inf"), 2**63 - 1, False),
    ],
)
def test_what_counts_as_the_same_value(path: Path, one: Any, two: Any, same: bool) -> None:
    left, right = column_of(path, [one, 5]), column_of(path, [two, 5])
    assert (left.checksum == right.checksum) is same


def test_the_order_of_rows_does_not_matter_and_how_often_a_value_is_there_does(path: Path) -> None:
    assert column_of(path, [1, "x", 2.5]).checksum == column_of(path, [2.5, 1, "x"]).checksum
    assert column_of(path, [1, 1, 2]).checksum != column_of(path, [1, 2, 2]).checksum


def test_the_figures_of_a_column(path: Path) -> None:
    column = column_of(path, ["béta", "alpha", None, "béta", 7, 2.5, b"\xff\x00"])
    assert (column.values, column.distinct, column.distinct_is_exact) == (6, 5, True)
    assert column.stored == {"text": 3, "integer": 1, "real": 1, "blob": 1}
    assert (column.least, column.greatest) == ("2.5", "x'ff00'")
    assert (column.octets, column.longest) == (17, 5)


def test_the_distinct_values_of_many_rows_are_estimated(path: Path) -> None:
    column = column_of(path, [f"value {number % 20_000}" for number in range(40_000)])
    assert column.distinct == pytest.approx(20_000, rel=0.1)
    assert not column.distinct_is_exact
    few = column_of(path, [number % 1000 for number in range(40_000)])
    assert (few.distinct, few.distinct_is_exact) == (1000, True)


def test_every_kind_of_table_is_read(path: Path) -> None:
    ledger = ledger_of(
        path,
        "CREATE TABLE empty (a)",
        "CREATE TABLE keyed (a TEXT PRIMARY KEY, b) WITHOUT ROWID",
        "INSERT INTO keyed VALUES ('x', 1), ('y', 2)",
        "CREATE TABLE made (a INTEGER, v AS (a + 1), s AS (a * 2) STORED)",
        "INSERT INTO made VALUES (5)",
        "CREATE VIRTUAL TABLE words USING fts5(body)",
        "INSERT INTO words VALUES ('some words')",
        f"CREATE TABLE wide ({', '.join(f'c{number}' for number in range(1600))})",
        "INSERT INTO wide (c1599) VALUES ('last')",
        "CREATE VIEW seen AS SELECT * FROM keyed",
    )
    assert dict(ledger.rows) == {"empty": 0, "keyed": 2, "made": 1, "words": 1, "wide": 1}
    assert [c.least for c in ledger.tables["made"].columns.values()] == ["5", "6", "10"]
    assert ledger.tables["words"].columns["body"].least == "some words"
    assert ledger.tables["wide"].columns["c1599"].greatest == "last"
    assert ledger.problems == ()


def test_text_that_is_no_utf8_is_read(path: Path) -> None:
    latin = "INSERT INTO t VALUES (CAST(x'4de9' AS TEXT))"
    ledger = ledger_of(path, "CREATE TABLE t (c TEXT)", latin, "INSERT INTO t VALUES ('M')")
    column = ledger.tables["t"].columns["c"]
    assert (column.values, column.stored, column.octets) == (2, {"text": 2}, 3)
    assert ledger.to_dict()
    path.unlink()
    other = ledger_of(path, "CREATE TABLE t (c TEXT)", latin.replace("e9", "e8"), latin)
    assert other.tables["t"].columns["c"].checksum != column.checksum


def test_utf16_is_read_as_the_same_text(path: Path, tmp_path: Path) -> None:
    rows = ("CREATE TABLE t (c TEXT)", ("INSERT INTO t VALUES (?)", [("Zażółć",), ("𝄞",), ("7",)]))
    plain = ledger_of(path, *rows)
    wide = ledger_of(tmp_path / "wide.sqlite", "PRAGMA encoding = 'UTF-16le'", *rows)
    assert wide == plain


def test_a_table_that_cannot_be_read_is_said_so(path: Path) -> None:
    ledger = ledger_of(
        path,
        "CREATE TABLE fine (a)",
        "CREATE VIRTUAL TABLE odd USING fts5(a)",
        "INSERT INTO odd VALUES ('x')",
        "DROP TABLE odd_content",
    )
    assert dict(ledger.rows) == {"fine": 0}
    assert "odd_content" in ledger.problems[0]
    assert "odd_content" in str(ledger.frame()["problem"].dropna().tolist())


def test_columns_added_later_have_their_default(path: Path) -> None:
    ledger = ledger_of(
        path,
        "CREATE TABLE t (a)",
        "INSERT INTO t VALUES (1), (2)",
        "ALTER TABLE t ADD COLUMN b TEXT DEFAULT 'none'",
        "ALTER TABLE t ADD COLUMN c",
        "INSERT INTO t VALUES (3, 'b', 'c')",
    )
    columns = ledger.tables["t"].columns
    assert (columns["b"].values, columns["b"].least, columns["b"].greatest) == (3, "b", "none")
    assert (columns["c"].values, columns["c"].least) == (1, "c")


def test_only_rows_are_counted_when_that_is_enough(path: Path) -> None:
    ledger = ledger_of(path, "CREATE TABLE t (a)", "INSERT INTO t VALUES (1)", level="rows")
    assert dict(ledger.rows) == {"t": 1}
    assert ledger.frame()["rows"].tolist() == [1]


def test_a_frame_has_a_row_for_each_column(path: Path) -> None:
    ledger = ledger_of(path, "CREATE TABLE t (a, b)", "INSERT INTO t VALUES (1, NULL)")
    frame = ledger.frame()
    assert frame[["table", "rows", "column", "values"]].values.tolist() == [
        ["t", 1, "a", 1], ["t", 1, "b", 0]
    ]  # fmt: skip


def test_reading_can_be_stopped_within_a_table(path: Path) -> None:
    rows = ("INSERT INTO t VALUES (?)", [(f"{number:0100}",) for number in range(50_000)])
    ledger_of(path, "CREATE TABLE t (a)", rows)
    asked: list[int] = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) > 2

    with open_read_only(f"sqlite:///{path}") as connection:
        catalog = read_catalog(connection)
        with pytest.raises(DatabaseError, match="stopped"):
            read_ledger(connection, catalog, cancelled=cancelled)
        assert connection.exec_driver_sql("SELECT typeof(a) FROM t").scalar() == "text"


@pytest.mark.parametrize(
    ("old", "new", "value", "kind"),
    [
        ("TEXT", "INTEGER", "007", "cast"),
        ("TEXT", "DATE", "2024-02-29", "cast"),
        ("NUMERIC", "INTEGER", 1.5, "cast"),
        ("TEXT", "BLOB", "é", "encoding"),
    ],
)
def test_a_lossy_cast_of_a_batch_operation_is_named(
    sqlite_step: Step, old: str, new: str, value: Any, kind: str
) -> None:
    shown = repr(value) if isinstance(value, str) else value
    sqlite_step.given(
        f"CREATE TABLE t (id INTEGER PRIMARY KEY, c {old})", f"INSERT INTO t VALUES (1, {shown})"
    )
    sqlite_step.run(
        f"CREATE TABLE _alembic_tmp_t (id INTEGER PRIMARY KEY, c {new})",
        f"INSERT INTO _alembic_tmp_t SELECT id, CAST(c AS {new}) FROM t",
        "DROP TABLE t",
        "ALTER TABLE _alembic_tmp_t RENAME TO t",
    )
    [loss] = sqlite_step.judge().lost
    assert (loss.kind, loss.column, loss.count) == (kind, "c", 1)
    assert sqlite_step.judge(lookup=False).verdict != "unchanged"


@pytest.mark.parametrize(
    ("old", "new", "value"),
    [("INTEGER", "BIGINT", 7), ("VARCHAR(5)", "TEXT", "'a'"), ("INTEGER", "FLOAT", 7),
     ("INTEGER", "VARCHAR(20)", 7), ("VARCHAR(20)", "INTEGER", "'-7'")],
)  # fmt: skip
def test_a_type_that_holds_the_same_values_is_unchanged(
    sqlite_step: Step, old: str, new: str, value: Any
) -> None:
    sqlite_step.given(
        f"CREATE TABLE t (id INTEGER PRIMARY KEY, c {old})", f"INSERT INTO t VALUES (1, {value})"
    )
    sqlite_step.run(
        f"CREATE TABLE n (id INTEGER PRIMARY KEY, c {new})",
        f"INSERT INTO n SELECT id, CAST(c AS {new}) FROM t",
        "DROP TABLE t",
        "ALTER TABLE n RENAME TO t",
    )
    for lookup in (True, False):
        verdict = sqlite_step.judge(lookup=lookup)
        assert (verdict.verdict, verdict.lost) == ("unchanged", ())


def test_keys_with_nulls_capitals_and_other_types_are_matched(sqlite_step: Step) -> None:
    sqlite_step.given(
        "CREATE TABLE t (k TEXT COLLATE NOCASE PRIMARY KEY, v TEXT)",
        "INSERT INTO t VALUES ('A', 'one'), ('b', 'two'), (NULL, 'three')",
    )
    sqlite_step.run("UPDATE t SET v = 'on' WHERE k = 'a'", "DELETE FROM t WHERE k = 'b'")
    lost = {(each.kind, each.count) for each in sqlite_step.judge().lost}
    assert lost == {("truncated", 1), ("rows", 1)}
