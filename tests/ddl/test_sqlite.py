"""SQLite's DDL from catalogs: what is made from a catalog reads as that very catalog."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
import sqlalchemy as sa

from schema import ddl
from schema.catalog import Catalog, read_catalog
from schema.compare import compare
from schema.demo import make_demo

RICH = (
    """CREATE TABLE "Weird ""Name" (id INTEGER PRIMARY KEY AUTOINCREMENT,
        "order" TEXT COLLATE NOCASE DEFAULT 'it''s', "a b" INT DEFAULT (1 + 2) CHECK ("a b" > 0),
        "nothing" TIMESTAMP DEFAULT CURRENT_TIMESTAMP, "returning" BLOB DEFAULT x'00FF',
        CONSTRAINT "uq é" UNIQUE ("order", "a b") ON CONFLICT IGNORE)""",
    """CREATE TABLE pairs (a TEXT NOT NULL ON CONFLICT REPLACE DEFAULT 'x', b INTEGER,
        twice INT GENERATED ALWAYS AS (b * 2) STORED, upper TEXT AS (upper(a)),
        owner INT REFERENCES "Weird ""Name" (id) ON DELETE CASCADE ON UPDATE SET NULL
            DEFERRABLE INITIALLY DEFERRED,
        PRIMARY KEY (a, b DESC)) WITHOUT ROWID""",
    """CREATE TABLE strictly (a INT, b TEXT, c ANY, d REAL DEFAULT -1.5e3, t INT DEFAULT TRUE,
        CHECK (a > 1), CHECK (a > 1), CONSTRAINT c CHECK (d > 0), CONSTRAINT c CHECK (d < 9),
        UNIQUE (b COLLATE NOCASE)) STRICT""",
    "CREATE TABLE no_rowid_alias (id INTEGER PRIMARY KEY DESC, x)",
    "CREATE TABLE rowid_alias (id INTEGER, x, CONSTRAINT pk PRIMARY KEY (id DESC))",
    "CREATE TABLE tree (id INTEGER PRIMARY KEY, parent INT REFERENCES tree)",
    "CREATE TABLE orphans (id INT REFERENCES nowhere (id))",
    "CREATE VIRTUAL TABLE words USING fts5(a, b, tokenize = 'porter ascii')",
    """CREATE UNIQUE INDEX ix_pairs ON pairs (b DESC, lower(a) COLLATE NOCASE, a COLLATE RTRIM DESC)
        WHERE b > 1 AND a IS NOT NULL""",
    """CREATE INDEX "ix 2" ON "Weird ""Name" ("a b" DESC, ("order" || 'x'))""",
    """CREATE VIEW shown (x, y) AS WITH q AS (SELECT a, b FROM pairs) SELECT a, b FROM q
        WHERE a <> 'it''s "so"'""",
    """CREATE TRIGGER on_view INSTEAD OF INSERT ON shown
        BEGIN INSERT INTO pairs (a, b) VALUES (new.x, 1); SELECT RAISE(ABORT, 'no; END'); END""",
    """CREATE TRIGGER on_table UPDATE OF b ON pairs FOR EACH ROW WHEN new.b > old.b
        BEGIN DELETE FROM strictly WHERE a = old.b; END""",
    "PRAGMA user_version = 7",
    "PRAGMA application_id = 99",
)


def made(statements: Iterable[str]) -> Catalog:
    """The catalog of an in-memory database made by these statements."""
    engine = sa.create_engine("sqlite://")
    try:
        with engine.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
            return read_catalog(connection)
    finally:
        engine.dispose()


@pytest.mark.parametrize("statements", [RICH, (), ("PRAGMA user_version = -1",)])
def test_what_is_made_from_a_catalog_reads_as_that_catalog(statements: tuple[str, ...]) -> None:
    one = made(statements)
    two = made(ddl.create(one))
    assert not compare(one, two)
    assert one == two


def test_the_sample_database_can_be_made_again(tmp_path) -> None:
    demo = make_demo(tmp_path / "demo.sqlite", requests=5, events=5)
    one = read_catalog(demo.url)
    assert made(ddl.create(one)) == one


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE t (id INTEGER NOT NULL, name TEXT DEFAULT 'x', PRIMARY KEY (id))",
        "CREATE UNIQUE INDEX ix ON t (name DESC)",
    ],
)
def test_statements_are_as_a_person_writes_them(statement: str) -> None:
    table = "CREATE TABLE t (id INTEGER NOT NULL, name TEXT DEFAULT 'x', PRIMARY KEY (id))"
    found = ddl.create(made(dict.fromkeys((table, statement))))
    assert statement in [
        " ".join(text.split()).replace("( ", "(").replace(" )", ")") for text in found
    ]


def test_names_that_sqlite_reserves_are_quoted() -> None:
    names = ["select", "nothing", "returning", "a b", "Aa", "1st", 'quo"te', "é", "%s", ";--"]
    columns = ", ".join('"' + name.replace('"', '""') + '"' for name in names)
    one = made([f"CREATE TABLE t ({columns})"])
    assert made(ddl.create(one)) == one
