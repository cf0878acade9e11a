"""Schemas made to hurt: hostile names, views that loop, triggers that fail, malformed entries."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from schema.catalog import Catalog, read_catalog
from schema.compare import compare
from schema.database import open_read_only
from schema.errors import DatabaseError

NAMES = [
    "it's", 'say "hi"', "`tick`", "[square]", "a]b", "100%", "%s %(x)s {}", "back\\slash",
    "<script>alert(1)</script>", "&amp;", "💥", "Ünïcode", "select", "table", "order", "as",
    "", " ", "two\nlines", "tab\there", "-- no", "/* no */", ";", "a,b", "a(b", "a)b", ")", "(",
    "null", "rowid", "x'41'", "1", "1a", "$1", ":a", "?", "n" * 300, "desc", "a DESC", "lower(a)",
    "CHECK (1)", "CONSTRAINT x", "\u202egnp", "a\u0000"[:1], "main.t", "constraint", "collate",
]  # fmt: skip


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def hostile(table: str, column: str) -> str:
    """Everything that can bear a name, so named."""
    t, c = quoted(table), quoted(column)
    other, second = quoted(table + " 2"), quoted(column + " 2")
    view, index, trigger = quoted(table + " v"), quoted(table + " i"), quoted(table + " tr")
    return f"""
        CREATE TABLE {t} ({c} INTEGER CONSTRAINT {c} CHECK ({c} > 0) DEFAULT 5, {second} TEXT,
            CONSTRAINT {t} PRIMARY KEY ({c}), CONSTRAINT {second} UNIQUE ({second}));
        CREATE TABLE {other} ({c} REFERENCES {t} ({c}) ON DELETE CASCADE DEFERRABLE,
            {second} AS (coalesce({c}, 'x')));
        CREATE INDEX {index} ON {t} ({c} DESC, lower({second})) WHERE {c} > 3;
        CREATE VIEW {view} AS SELECT {c} FROM {t};
        CREATE TRIGGER {trigger} AFTER UPDATE OF {c} ON {t} BEGIN SELECT new.{c}; END;"""


def made(sql: str) -> Catalog:
    engine = sa.create_engine("sqlite://")
    try:
        with engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            driver.executescript(sql)
            return read_catalog(connection)
    finally:
        engine.dispose()


def check(table: str, column: str) -> None:
    found = made(hostile(table, column))
    assert found.not_compared == ()
    assert {item.name for item in found.of_kind("table")} == {table, table + " 2"}
    names = {item.name for item in found.of_kind("column") if item.table == table}
    assert names == {column, column + " 2"}
    [key] = found.of_kind("foreign key")
    assert key.properties["target"] == table
    assert key.properties["target_columns"] == (column,)
    assert key.properties["deferrable"] is True
    assert found["check", None, table, column or f"check ({quoted('')} > 0)"]
    assert not any("definition" in item.properties for item in found.of_kind("table", "index"))
    assert list(compare(found, made(hostile(table, column)))) == []
    assert Catalog.from_json(found.to_json()) == found


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_is_read_as_it_is(name: str) -> None:
    check(name, name)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12),
    st.text(alphabet="\"'`[](),;%-/* \nabCHECK", max_size=12),
)
@example("sqlite", "_")
def test_any_name_is_read_as_it_is(table: str, column: str) -> None:
    if table.lower().startswith("sqlite_"):
        return  # SQLite keeps these names for itself
    check(table, column)


# -- nothing is evaluated -------------------------------------------------------------------------

TRAPS = """
CREATE TABLE t (a DEFAULT (bomb()), b AS (a + 1), c CHECK (bomb(c)));
CREATE TABLE u (a);
CREATE INDEX i ON u (bomb(a)) WHERE bomb(a) > 1;
CREATE VIEW bombs AS SELECT bomb() FROM nowhere;
CREATE VIEW loops AS SELECT * FROM loops_too;
CREATE VIEW loops_too AS SELECT * FROM loops;
CREATE VIEW endless AS
    WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n;
CREATE TRIGGER fails BEFORE INSERT ON t BEGIN SELECT RAISE(ABORT, 'no'); END;
CREATE TRIGGER bombs_too INSTEAD OF INSERT ON bombs BEGIN SELECT bomb(); END;
CREATE VIRTUAL TABLE f USING fts5(body);
"""


@pytest.fixture
def trapped(tmp_path: Path) -> Path:
    """A file whose defaults, checks, indexes, views and triggers fail or loop when evaluated."""
    path = tmp_path / "trapped.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.create_function("bomb", -1, lambda *_: 1, deterministic=True)
        connection.executescript(TRAPS)
    return path


def test_nothing_of_the_users_is_evaluated(trapped: Path) -> None:
    called: list[object] = []
    with open_read_only(f"sqlite:///{trapped}") as connection:
        driver: Any = connection.connection.driver_connection
        driver.create_function("bomb", -1, lambda *_: called.append(1), deterministic=True)
        found = read_catalog(connection)
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            driver.execute("CREATE TABLE x (a)")
    assert called == []
    assert len(found.of_kind("view")) == 4
    assert len(found.of_kind("trigger")) == 2
    assert found["column", None, "t", "a"].properties["default"] == "bomb()"
    assert found["index", None, "u", "i"].properties["columns"] == ("bomb(a)",)


def test_functions_that_are_not_there_are_no_trouble(trapped: Path) -> None:
    before = trapped.read_bytes()
    found = read_catalog(f"sqlite:///{trapped}")
    assert found.not_compared == ()
    assert len(found.of_kind("view")) == 4
    assert trapped.read_bytes() == before
    assert [path.name for path in trapped.parent.iterdir()] == [trapped.name]


# -- malformed entries ----------------------------------------------------------------------------


@pytest.fixture
def broken(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that may write any nonsense into the schema of the file ``main``."""
    connection = sqlite3.connect(tmp_path / "broken.sqlite", isolation_level=None)
    connection.executescript("""
        CREATE TABLE good (a INT CHECK (a > 0)); CREATE TABLE bad (b); CREATE INDEX i ON bad (b);
        CREATE INDEX g ON good (a); CREATE VIEW v AS SELECT 1;
        PRAGMA writable_schema = ON""")
    yield connection
    connection.close()


def reread(connection: sqlite3.Connection, tmp_path: Path) -> Catalog:
    connection.close()
    return read_catalog(f"sqlite:///{tmp_path / 'broken.sqlite'}")


NONSENSE = {
    "UPDATE sqlite_schema SET sql = 'CREATE TABLE bad (b garbage((' WHERE name = 'bad'": [
        "table bad", "index i",
    ],
    "UPDATE sqlite_schema SET sql = 'no SQL at all' WHERE name = 'bad'": ["table bad", "index i"],
    "UPDATE sqlite_schema SET sql = NULL WHERE name = 'bad'": ["table bad", "index i"],
    "UPDATE sqlite_schema SET sql = '' WHERE name = 'v'": ["view v"],
    "UPDATE sqlite_schema SET type = 'thing' WHERE name = 'v'": ["thing v"],
    "UPDATE sqlite_schema SET name = NULL WHERE name = 'v'": ["row 5"],
    "UPDATE sqlite_schema SET name = x'ff' WHERE name = 'v'": ["row 5"],
    "UPDATE sqlite_schema SET sql = 'CREATE INDEX i ON' WHERE name = 'i'": ["index i"],
    "UPDATE sqlite_schema SET tbl_name = 'nowhere' WHERE name = 'i'": ["index i"],
    "DELETE FROM sqlite_schema WHERE name = 'bad'": ["index i"],
    "INSERT INTO sqlite_schema VALUES ('table', 'good', 'good', 0, 'CREATE TABLE good (z)')": [
        "a second table good",
    ],
}  # fmt: skip


@pytest.mark.parametrize("statement", NONSENSE)
def test_a_malformed_entry_is_named_and_the_rest_is_read(
    statement: str, broken: sqlite3.Connection, tmp_path: Path
) -> None:
    broken.execute(statement)
    found = reread(broken, tmp_path)
    [note] = found.not_compared
    assert "malformed" in note
    for name in NONSENSE[statement]:
        assert name in note
    assert found["check", None, "good", "check (a > 0)"]
    assert found["index", None, "good", "g"].properties["columns"] == ("a",)


def test_a_malformed_entry_is_compared_as_text(broken: sqlite3.Connection, tmp_path: Path) -> None:
    broken.execute("UPDATE sqlite_schema SET sql = 'CREATE TABLE bad (x x' WHERE name = 'bad'")
    first = read_catalog(f"sqlite:///{tmp_path / 'broken.sqlite'}")
    broken.execute("UPDATE sqlite_schema SET sql = 'CREATE TABLE bad (y y' WHERE name = 'bad'")
    [difference] = compare(first, reread(broken, tmp_path))
    assert (difference.label, set(difference.properties)) == ("bad", {"definition"})


def test_a_missing_module_is_told(broken: sqlite3.Connection, tmp_path: Path) -> None:
    broken.execute("""INSERT INTO sqlite_schema VALUES
        ('table', 'far', 'far', 0, 'CREATE VIRTUAL TABLE far USING nosuch(a, ''b, c'')')""")
    found = reread(broken, tmp_path)
    assert found.not_compared == ("the columns of the virtual table far (no such module: nosuch)",)
    assert found["table", None, None, "far"].properties["virtual"] == "nosuch(a, 'b, c')"


def test_a_name_that_is_no_text_is_told(broken: sqlite3.Connection, tmp_path: Path) -> None:
    broken.execute("UPDATE sqlite_schema SET name = CAST(x'ff' AS TEXT) WHERE name = 'v'")
    with pytest.raises(DatabaseError, match="decode to UTF-8"):
        reread(broken, tmp_path)


def test_what_is_no_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_bytes(b"no database at all, but long enough to be taken for a header of one" * 20)
    with pytest.raises(DatabaseError, match="not a database"):
        read_catalog(f"sqlite:///{path}")
