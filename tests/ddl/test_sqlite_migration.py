"""From one SQLite catalog to another, on real rows, with the script that a person would run."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from schema import ddl
from schema.catalog import Catalog, read_catalog
from schema.compare import Difference, Differences, compare
from schema.repair.script import script

BASE = """
CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name VARCHAR(250) NOT NULL, role TEXT DEFAULT 'USER',
    age INT, CONSTRAINT uq_name UNIQUE (name)
);
CREATE TABLE pets (
    id INTEGER PRIMARY KEY, owner INT REFERENCES users (id) ON DELETE CASCADE, kind TEXT,
    weight INT
);
CREATE TABLE notes (body TEXT);
CREATE INDEX ix_name ON users (lower(name) DESC) WHERE age > 1;
CREATE VIEW named AS SELECT id, name FROM users;
CREATE VIEW grown AS SELECT id FROM users WHERE age > 17;
CREATE TRIGGER tr_users AFTER INSERT ON users BEGIN UPDATE pets SET kind = 'x' WHERE id = -1; END;
CREATE TRIGGER tr_named INSTEAD OF DELETE ON named BEGIN SELECT 1; END;
"""
ROWS = """
INSERT INTO users (name, age) VALUES ('ann', 2), ('bob', 30), ('gone', 4);
DELETE FROM users WHERE name = 'gone';
INSERT INTO pets VALUES (1, 1, 'dog', 10), (2, 2, 'cat', 3);
INSERT INTO notes (rowid, body) VALUES (5, 'five'), (9, 'nine');
"""


@dataclass
class Live:
    """A database with rows, whose connection has foreign keys on."""

    connection: sa.Connection

    @property
    def raw(self) -> sqlite3.Connection:
        return self.connection.connection.driver_connection  # type: ignore[return-value]

    def catalog(self) -> Catalog:
        return read_catalog(self.connection)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        return self.raw.execute(query).fetchall()

    def bring_to(self, wanted: Catalog) -> list[ddl.Statement]:
        """Run the script; foreign keys are on before it, and after."""
        found = self.catalog()
        statements, not_expressed = ddl.migrate(found, wanted, compare(wanted, found))
        assert not not_expressed
        assert self.rows("PRAGMA foreign_keys") == [(1,)]
        self.raw.executescript(script("sqlite", statements, about=["test"]))
        assert self.rows("PRAGMA foreign_keys") == [(1,)]
        return statements


@pytest.fixture
def live() -> Iterator[Live]:
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        found = Live(connection)
        found.raw.isolation_level = None
        found.raw.executescript(BASE)
        found.raw.execute("PRAGMA foreign_keys = ON")
        found.raw.executescript(ROWS)
        yield found
    engine.dispose()


def catalog_of(text: str) -> Catalog:
    engine = sa.create_engine("sqlite://")
    try:
        with engine.connect() as connection:
            connection.connection.driver_connection.executescript(text)  # type: ignore[union-attr]
            return read_catalog(connection)
    finally:
        engine.dispose()


def wanted(*replacements: tuple[str, str], more: str = "") -> Catalog:
    text = BASE
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    return catalog_of(text + more)


#: What is replaced in BASE: what the migration has to arrive at, there and back.
CHANGES = {
    "type": [("VARCHAR(250)", "VARCHAR(500)")],
    "default": [("DEFAULT 'USER'", "DEFAULT 'ADMIN'")],
    "not null dropped": [("VARCHAR(250) NOT NULL", "VARCHAR(250)")],
    "collation": [("kind TEXT", "kind TEXT COLLATE NOCASE")],
    "two of one table": [("VARCHAR(250)", "TEXT"), ("DEFAULT 'USER'", "")],
    "autoincrement": [(" AUTOINCREMENT", "")],
    "strict": [("(body TEXT)", "(body TEXT) STRICT")],
    "unique": [(", CONSTRAINT uq_name UNIQUE (name)", "")],
    "unique renamed": [("uq_name", "uq_other")],
    "foreign key": [(" REFERENCES users (id) ON DELETE CASCADE", "")],
    "action": [("ON DELETE CASCADE", "ON DELETE SET NULL")],
    "check": [("weight INT\n", "weight INT, CHECK (weight > 0)\n")],
    "generated": [("weight INT\n", "weight INT, twice INT AS (weight * 2)\n")],
    "stored": [("weight INT\n", "weight INT, twice INT AS (weight * 2) STORED\n")],
    "column": [("weight INT\n", "weight INT, born DATE DEFAULT '2000-01-01' NOT NULL\n")],
    "column of now": [("weight INT\n", "weight INT, born TEXT DEFAULT CURRENT_TIMESTAMP\n")],
    "column with key": [("weight INT\n", "weight INT, vet INT REFERENCES users (id)\n")],
    "index": [("lower(name) DESC", "lower(name)")],
    "index predicate": [(" WHERE age > 1", "")],
    "trigger": [("id = -1", "id = -2")],
    "view": [("SELECT id, name FROM", "SELECT id, name, age FROM")],
    "column in a view": [("age INT,", ""), (" WHERE age > 17", ""), (" WHERE age > 1", "")],
    "all at once": [
        ("VARCHAR(250)", "VARCHAR(500)"), ("kind TEXT", "kind TEXT COLLATE NOCASE"),
        ("id = -1", "id = -2"), (" WHERE age > 17", ""), ("ON DELETE CASCADE", ""),
    ],
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_the_goal_is_reached_and_no_row_is_lost(live: Live, change: str) -> None:
    goal = wanted(*CHANGES[change])
    before = live.catalog()
    for target in (goal, before):
        live.bring_to(target)
        assert not compare(target, live.catalog())
        assert live.rows("SELECT id, name FROM users ORDER BY id") == [(1, "ann"), (2, "bob")]
        assert live.rows("SELECT id, owner, kind FROM pets") == [(1, 1, "dog"), (2, 2, "cat")]
        assert live.rows("SELECT rowid, body FROM notes") == [(5, "five"), (9, "nine")]


def test_several_differences_of_one_table_are_one_rebuild(live: Live) -> None:
    goal = wanted(("VARCHAR(250)", "TEXT"), ("DEFAULT 'USER'", ""), ("uq_name", "uq_other"))
    statements = live.bring_to(goal)
    assert sum(each.sql.startswith("DROP TABLE users") for each in statements) == 1
    assert sum(each.sql.startswith("CREATE TABLE users_new") for each in statements) == 1


def test_autoincrement_does_not_give_a_number_twice(live: Live) -> None:
    live.bring_to(wanted(("VARCHAR(250)", "VARCHAR(500)")))
    live.raw.execute("INSERT INTO users (name) VALUES ('new')")
    assert live.rows("SELECT id FROM users WHERE name = 'new'") == [(4,)]


def test_views_and_triggers_work_after_a_rebuild(live: Live) -> None:
    live.bring_to(wanted(("VARCHAR(250)", "VARCHAR(500)")))
    assert live.rows("SELECT id FROM grown") == [(2,)]
    assert ("tr_users",) in live.rows("SELECT name FROM sqlite_schema WHERE type = 'trigger'")


@pytest.mark.parametrize(
    ("replacement", "statement"),
    [
        (("weight INT\n", "weight INT, born DATE\n"), "ALTER TABLE pets ADD COLUMN born DATE"),
        ((",\n    weight INT", ""), "ALTER TABLE pets DROP COLUMN weight"),
        ((" WHERE age > 1;", ";"), "CREATE INDEX ix_name ON users (lower(name) DESC)"),
    ],
)
def test_what_alter_table_can_do_makes_no_table_anew(
    live: Live, replacement: tuple[str, str], statement: str
) -> None:
    statements = live.bring_to(wanted(replacement))
    assert statement in [each.sql for each in statements]
    assert not any("_new" in each.sql for each in statements)


def test_a_column_and_a_table_are_renamed_with_their_rows(live: Live) -> None:
    found = live.catalog()
    goal = wanted(("kind", "species"), ("notes", "remarks"))
    renames = [
        Difference("column", None, "pets", "kind", "renamed", {"name": ("species", "kind")},
                   renamed_from="species"),
        Difference("table", None, None, "notes", "renamed", {"name": ("remarks", "notes")},
                   renamed_from="remarks"),
    ]  # fmt: skip
    statements, _ = ddl.migrate(found, goal, renames)
    live.raw.executescript(script("sqlite", statements, about=[]))
    assert not compare(goal, live.catalog())
    assert live.rows("SELECT species FROM pets") == [("dog",), ("cat",)]
    assert live.rows("SELECT body FROM remarks") == [("five",), ("nine",)]


def test_a_table_renamed_and_changed_is_first_renamed(live: Live) -> None:
    found = live.catalog()
    goal = wanted(("notes (body TEXT)", "remarks (body VARCHAR(9))"))
    changes = [
        Difference("table", None, None, "notes", "renamed", {"name": ("remarks", "notes")},
                   renamed_from="remarks"),
        Difference("column", None, "notes", "body", "changed", {"type": ("VARCHAR(9)", "TEXT")}),
    ]  # fmt: skip
    statements, _ = ddl.migrate(found, goal, changes)
    live.raw.executescript(script("sqlite", statements, about=[]))
    assert not compare(goal, live.catalog())
    assert live.rows("SELECT rowid, body FROM remarks") == [(5, "five"), (9, "nine")]


def test_only_what_was_selected_is_changed(live: Live) -> None:
    found, goal = live.catalog(), wanted(("VARCHAR(250)", "TEXT"), ("DEFAULT 'USER'", ""))
    chosen = compare(goal, found).where(lambda item: item.name == "role")
    statements, _ = ddl.migrate(found, goal, chosen)
    live.raw.executescript(script("sqlite", statements, about=[]))
    [left] = compare(goal, live.catalog())
    assert (left.name, left.properties["type"]) == ("name", ("TEXT", "VARCHAR(250)"))


def test_what_loses_data_is_marked(live: Live) -> None:
    statements = live.bring_to(wanted(("weight INT\n", ""), ("kind TEXT,", "kind INT"),
                                      ("CREATE TABLE notes (body TEXT);", "")))  # fmt: skip
    told = {each.sql.split("\n")[0]: each.why for each in statements if each.is_destructive}
    assert told == {
        "DROP TABLE notes": "Its rows are lost.",
        "DROP TABLE pets": "The values of weight are lost.",
        "INSERT INTO pets_new (id, owner, kind)": "Text that looks like a number becomes one.",
    }


def test_a_column_that_leaves_its_table_takes_its_index_along(live: Live) -> None:
    live.raw.execute("CREATE INDEX ix_weight ON pets (weight)")
    found = live.catalog()
    goal = wanted((",\n    weight INT", ""))
    chosen = compare(goal, found).where(lambda item: item.kind == "column")
    statements, _ = ddl.migrate(found, goal, chosen)
    live.raw.executescript(script("sqlite", statements, about=[]))
    assert not compare(goal, live.catalog())


# -- where the rows do not fit --------------------------------------------------------------------

REFUSED = {
    "null": ([("weight INT", "weight INT NOT NULL")], "INSERT INTO pets VALUES (3, 1, 'x', NULL)",
             "Fails where weight is NULL."),
    "unique": ([("kind TEXT", "kind TEXT UNIQUE")], "INSERT INTO pets VALUES (3, 1, 'dog', 1)",
               "Fails where values repeat."),
    "check": ([("weight INT", "weight INT CHECK (weight > 5)")], "",
              "Fails where a row breaks the check."),
    "foreign key": ([("weight INT", "weight INT REFERENCES users (id)")], "",
                    "Fails where a row refers to one that is not there."),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("bail", [True, False])
def test_rows_that_do_not_fit_leave_all_as_it_was(live: Live, case: str, bail: bool) -> None:
    """Also when a careless shell goes on after the error, as sqlite3 does without -bail."""
    replacements, row, why = REFUSED[case]
    live.raw.execute(row)
    before, rows = live.catalog(), live.rows("SELECT * FROM pets")
    goal = wanted(*replacements)
    statements, _ = ddl.migrate(before, goal, compare(goal, before))
    assert why in [each.why for each in statements]
    live.raw.execute("PRAGMA foreign_keys = OFF")
    failures = run_on(live.raw, ["BEGIN", *(each.sql for each in statements), "COMMIT"], bail=bail)
    assert failures
    assert live.catalog() == before
    assert live.rows("SELECT * FROM pets") == rows


def run_on(raw: sqlite3.Connection, statements: list[str], *, bail: bool) -> list[str]:
    failures = []
    for statement in statements:
        try:
            raw.execute(statement).fetchall()
        except sqlite3.Error as error:
            failures.append(str(error))
            if bail:
                raw.execute("ROLLBACK") if raw.in_transaction else None
                break
    return failures


def test_foreign_keys_that_were_broken_before_are_no_obstacle(live: Live) -> None:
    live.raw.executescript(
        "PRAGMA foreign_keys = OFF; INSERT INTO pets VALUES (3, 99, 'stray', 1);"
        "PRAGMA foreign_keys = ON;"
    )
    live.bring_to(wanted(("VARCHAR(250)", "VARCHAR(500)")))
    assert live.rows("SELECT count(*) FROM pets") == [(3,)]


def test_a_foreign_key_to_what_is_not_unique_is_no_obstacle(live: Live) -> None:
    live.raw.execute("CREATE TABLE odd (age INT REFERENCES users (age))")
    live.bring_to(wanted(("VARCHAR(250)", "VARCHAR(500)"),
                         more="CREATE TABLE odd (age INT REFERENCES users (age));"))  # fmt: skip


# -- what cannot be said --------------------------------------------------------------------------


def test_what_no_sql_can_do_is_told_with_the_reason() -> None:
    found = catalog_of("CREATE VIRTUAL TABLE t USING fts5(a); CREATE TABLE u (a);")
    goal = catalog_of("CREATE VIRTUAL TABLE t USING fts5(a, b); CREATE TABLE u (a, b);")
    statements, [(difference, reason)] = ddl.migrate(found, goal, compare(goal, found))
    assert (difference.name, "by hand" in reason) == ("t", True)
    assert [each.sql for each in statements] == ["ALTER TABLE u ADD COLUMN b"]


def test_nothing_to_do_is_nothing_to_run(live: Live) -> None:
    found = live.catalog()
    assert ddl.migrate(found, found, Differences()) == ([], [])
