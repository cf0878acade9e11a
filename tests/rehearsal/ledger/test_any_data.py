"""Whatever the data: the same values are unchanged, and one value that is another is seen."""

from __future__ import annotations

import random
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schema.catalog import Catalog, read_catalog
from schema.compare import compare
from schema.database import open_read_only
from schema.rehearsal.ledger import DataVerdict, Ledger, Lookup, judge, read_ledger

if TYPE_CHECKING:
    from tests.rehearsal.ledger.conftest import Step

INTEGERS = st.integers(-(2**31), 2**31 - 1)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
ANY = st.one_of(
    st.none(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), TEXTS,
    st.integers(-20, 20).map(str), st.binary(max_size=12),
)  # fmt: skip
ROWS = st.lists(st.tuples(ANY, ANY), min_size=1, max_size=30)
QUICK = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@contextmanager
def folder() -> Iterator[Path]:
    found = Path(tempfile.mkdtemp(prefix="ledger-"))
    try:
        yield found
    finally:
        shutil.rmtree(found)


def make(path: Path, rows: list[tuple[Any, ...]], key: str = "id INTEGER PRIMARY KEY") -> str:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"CREATE TABLE t ({key}, a, b)")
        connection.executemany("INSERT INTO t VALUES (?, ?, ?)", rows)
        connection.commit()
    return f"sqlite:///{path}"


def read(url: str) -> tuple[Ledger, Catalog]:
    with open_read_only(url) as connection:
        catalog = read_catalog(connection)
        return read_ledger(connection, catalog), catalog


def verdict(before: str, after: str, *, lookup: bool) -> DataVerdict:
    (old, left), (new, right) = read(before), read(after)
    found = Lookup(before, after, left, right) if lookup else None
    return judge(old, new, compare(left, right), lookup=found)


@QUICK
@given(rows=ROWS, seed=st.integers())
def test_rows_in_any_order_are_unchanged_on_sqlite(rows: list[Any], seed: int) -> None:
    numbered = [(number, *row) for number, row in enumerate(rows)]
    shuffled = random.Random(seed).sample(numbered, len(numbered))
    with folder() as place:
        before, after = make(place / "a", numbered, "id"), make(place / "b", shuffled, "id")
        assert verdict(before, after, lookup=False).verdict == "unchanged"


@QUICK
@given(rows=ROWS, place=st.integers(0, 1000), value=ANY)
def test_one_value_changed_is_never_unchanged_on_sqlite(
    rows: list[Any], place: int, value: Any
) -> None:
    number = place % len(rows)
    old = rows[number][1]
    if is_same(old, value):
        return
    numbered = [(number, *row) for number, row in enumerate(rows)]
    changed = [*numbered]
    changed[number] = (number, rows[number][0], value)
    with folder() as where:
        before, after = make(where / "a", numbered), make(where / "b", changed)
        for lookup in (False, True):
            told = verdict(before, after, lookup=lookup)
            assert told.verdict != "unchanged"
            found = [*told.changes, *told.lost]
            assert {each.column for each in found} == {"b"}
            if lookup:
                assert [each.count for each in found] == [1]


def is_same(old: Any, new: Any) -> bool:
    """As the ledger has it: numbers by what they are worth, a text that is an integer as that."""
    if isinstance(old, str) and isinstance(new, str):
        return old == new
    if isinstance(old, bytes) or isinstance(new, bytes):
        return type(old) is type(new) and old == new
    if isinstance(old, str) or isinstance(new, str):
        return str(old) == str(new) or (old is not None and new is not None and number(old) ==
                                        number(new))  # fmt: skip
    return bool(old == new)


def number(value: Any) -> Any:
    try:
        return float(value)
    except ValueError:
        return None


@pytest.mark.postgresql
@settings(parent=QUICK, max_examples=5)
@given(
    rows=st.lists(st.tuples(INTEGERS, TEXTS, st.floats(allow_nan=False, width=32)), min_size=1,
                  max_size=20),
    place=st.integers(0, 1000),
    value=TEXTS,
)  # fmt: skip
def test_wider_types_are_unchanged_and_one_changed_value_is_seen_on_postgresql(
    postgresql_step: Step, rows: list[Any], place: int, value: str
) -> None:
    fill = sa.text("INSERT INTO t VALUES (:id, :n, :s, :f)")
    numbered = [{"id": number, "n": n, "s": s, "f": f} for number, (n, s, f) in enumerate(rows)]
    for url, order in ((postgresql_step.before, 1), (postgresql_step.after, -1)):
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE IF EXISTS t")
            connection.exec_driver_sql(
                "CREATE TABLE t (id integer PRIMARY KEY, n integer, s varchar(50), f real)"
            )
            connection.execute(fill, numbered[::order])
        engine.dispose()
    postgresql_step.run("ALTER TABLE t ALTER n TYPE bigint, ALTER s TYPE text, ALTER f TYPE float8")
    pair = postgresql_step.before, postgresql_step.after
    assert verdict(*pair, lookup=False).verdict == "unchanged"
    assert verdict(*pair, lookup=True).verdict == "unchanged"
    number = place % len(rows)
    if rows[number][1] == value:
        return
    engine = sa.create_engine(postgresql_step.after, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(
            sa.text("UPDATE t SET s = :s WHERE id = :id"), {"s": value, "id": number}
        )
    engine.dispose()
    assert verdict(*pair, lookup=False).verdict != "unchanged"
    told = verdict(*pair, lookup=True)
    assert [(each.column, each.count) for each in (*told.changes, *told.lost)] == [("s", 1)]
