"""What of a database is copied: its schema, the first rows, a sample, made-up rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url

from schema import scratch
from schema.catalog import read_catalog
from schema.compare import compare
from schema.errors import ScratchError
from schema.scratch import Choice

SQLITE = """
PRAGMA page_size = 8192; PRAGMA auto_vacuum = 1;
PRAGMA application_id = 77; PRAGMA user_version = 5;
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);
INSERT INTO alembic_version VALUES ('abc123');
CREATE TABLE countries (code TEXT COLLATE NOCASE PRIMARY KEY, name TEXT) WITHOUT ROWID;
CREATE TABLE "it's 100 % ""our""s" (
    id INTEGER PRIMARY KEY AUTOINCREMENT, country TEXT REFERENCES COUNTRIES, boss INTEGER
    REFERENCES "it's 100 % ""our""s" (id), born REAL, age REAL GENERATED ALWAYS AS (born * 2) STORED
);
CREATE TABLE pairs (a INTEGER, b TEXT, head INTEGER, PRIMARY KEY (a, b),
    FOREIGN KEY (head, b) REFERENCES pairs (a, b));
CREATE TABLE eggs (id INTEGER PRIMARY KEY, hen INTEGER REFERENCES hens (id) DEFERRABLE);
CREATE TABLE hens (id INTEGER PRIMARY KEY, egg INTEGER REFERENCES eggs (id));
CREATE TABLE strict (rowid TEXT, value ANY, pair_a INTEGER, pair_b TEXT,
    FOREIGN KEY (pair_a, pair_b) REFERENCES pairs) STRICT;
CREATE INDEX people_age ON "it's 100 % ""our""s" (age) WHERE age > 3;
CREATE VIEW elders AS SELECT * FROM "it's 100 % ""our""s" WHERE age > 100;
CREATE VIRTUAL TABLE docs USING fts5 (body);
INSERT INTO docs VALUES ('a secret');
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600)
INSERT INTO countries SELECT 'c' || i, 'country ' || i FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600)
INSERT INTO "it's 100 % ""our""s" (id, country, boss, born)
SELECT i, CASE WHEN i % 3 THEN 'C' || i END, CASE WHEN i > 1 THEN i - 1 END, i FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600)
INSERT INTO pairs SELECT i, 'b' || i % 7, CASE WHEN i > 7 THEN i - 7 END FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600)
INSERT INTO eggs SELECT i, i % 600 + 1 FROM n;
INSERT INTO hens SELECT id, CASE WHEN id % 5 THEN id % 600 + 1 END FROM eggs;
INSERT INTO strict SELECT 'r' || a, CASE a % 3 WHEN 0 THEN a WHEN 1 THEN '12' END, a, b FROM pairs;
CREATE TRIGGER counted AFTER INSERT ON eggs BEGIN DELETE FROM hens; END;
"""

POSTGRESQL = """
CREATE SCHEMA "it's 100 % ""our""s";
SET search_path = "it's 100 % ""our""s", public;
CREATE TABLE public.alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);
INSERT INTO public.alembic_version VALUES ('abc123');
CREATE TYPE mood AS ENUM ('sad', 'it''s ok', 'ünï');
CREATE TABLE countries (code text, PRIMARY KEY (code)) PARTITION BY HASH (code);
CREATE TABLE countries_0 PARTITION OF countries FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE countries_1 PARTITION OF countries FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO countries SELECT 'c' || i FROM generate_series(1, 600) i;
CREATE TABLE "People's %" (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, country text REFERENCES countries,
    boss int REFERENCES "People's %", born date, tag bytea, feels mood,
    age int GENERATED ALWAYS AS (boss * 2) STORED);
INSERT INTO "People's %" (country, boss, born, tag, feels)
SELECT CASE WHEN i % 3 > 0 THEN 'c' || i END, nullif(i - 1, 0), date '2000-01-01' + i,
       '\\x00ff', CASE WHEN i % 2 = 0 THEN 'ünï'::mood END FROM generate_series(1, 600) i;
SELECT nextval(pg_get_serial_sequence('"People''s %"', 'id'));
CREATE TABLE pairs (a int, b text, head int, PRIMARY KEY (a, b),
    FOREIGN KEY (head, b) REFERENCES pairs (a, b));
INSERT INTO pairs SELECT i, 'b' || i % 7, CASE WHEN i > 7 THEN i - 7 END
FROM generate_series(1, 600) i;
CREATE TABLE eggs (id int PRIMARY KEY, hen int);
CREATE TABLE public.hens (id int PRIMARY KEY, egg int);
INSERT INTO eggs SELECT i, i % 600 + 1 FROM generate_series(1, 600) i;
INSERT INTO hens SELECT id, CASE WHEN id % 5 > 0 THEN id % 600 + 1 END FROM eggs;
ALTER TABLE eggs ADD FOREIGN KEY (hen) REFERENCES hens DEFERRABLE;
ALTER TABLE hens ADD FOREIGN KEY (egg) REFERENCES eggs;
CREATE TABLE parent (id int); CREATE TABLE child () INHERITS (parent);
INSERT INTO child SELECT generate_series(1, 600);
CREATE INDEX ON "People's %" (born) WHERE age > 3;
CREATE VIEW elders AS SELECT * FROM "People's %" WHERE age > 100;
CREATE MATERIALIZED VIEW counts AS SELECT count(*) AS n FROM "People's %";
CREATE SEQUENCE apart START 5 INCREMENT 5;
SELECT setval('apart', 50, false);
CREATE FUNCTION forbid() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE 'a trigger was fired'; END $$;
CREATE TRIGGER t BEFORE INSERT ON eggs FOR EACH ROW EXECUTE FUNCTION forbid();
"""

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
PATH = 'SET search_path = "it\'s 100 % ""our""s", public'
PEOPLE = {
    "sqlite": '"it\'s 100 % ""our""s"',
    "postgresql": '"People\'s %"',
}


@pytest.fixture(params=BOTH)
def live(request: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> URL:
    """A database with all that makes sampling hard: cycles, composite keys, odd names."""
    monkeypatch.setenv("SCHEMA_SCRATCH_DIR", str(tmp_path / "scratch"))
    if request.param == "sqlite":
        path = tmp_path / "it's 100 %.db"
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(SQLITE)
        return URL.create("sqlite", database=str(path))
    url = make_url(request.getfixturevalue("postgresql_url"))
    engine = sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(POSTGRESQL, execution_options={"no_parameters": True})
    return url


def ask(url: URL, query: str) -> list[tuple[Any, ...]]:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        options = {"no_parameters": True}
        if url.get_backend_name() == "postgresql":
            connection.exec_driver_sql(PATH, execution_options=options)
        return [tuple(row) for row in connection.exec_driver_sql(query, execution_options=options)]


def tables_of(url: URL) -> list[str]:
    return [PEOPLE[url.get_backend_name()], "countries", "pairs", "eggs", "hens"]


def counts(url: URL) -> dict[str, int]:
    tables = tables_of(url)
    (found,) = ask(url, "SELECT " + ", ".join(f"(SELECT count(*) FROM {t})" for t in tables))
    return dict(zip(tables, found, strict=True))


def rows(url: URL) -> dict[str, set[str]]:
    """The rows of each table, as text."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    options = {"no_parameters": True}
    with engine.connect() as connection:
        if url.get_backend_name() == "postgresql":
            connection.exec_driver_sql(PATH, execution_options=options)
        return {
            table: {
                str(tuple(row))
                for row in connection.exec_driver_sql(
                    f"SELECT * FROM {table}", execution_options=options
                )
            }
            for table in tables_of(url)
        }


def same_schema(made: scratch.ScratchDatabase, live: URL) -> None:
    found = compare(read_catalog(live), read_catalog(made.url))
    assert [str(each) for each in found] == []


def dangling(url: URL) -> list[Any]:
    """Rows whose foreign keys lead nowhere, and rows that are there twice."""
    if url.get_backend_name() == "sqlite":
        return ask(url, "PRAGMA foreign_key_check") + [
            row for row in ask(url, "PRAGMA integrity_check") if row != ("ok",)
        ]
    return ask(url, "SELECT conname FROM pg_constraint WHERE NOT convalidated")


@pytest.fixture
def made(request: Any) -> Iterator[list[scratch.ScratchDatabase]]:
    """Copies that the test made; they are dropped after it."""
    kept: list[scratch.ScratchDatabase] = []
    yield kept
    for each in kept:
        each.drop()


def test_the_schema_alone_has_the_stamps_and_no_other_row(live: URL) -> None:
    with scratch.copy(live, choice=Choice.schema_only()) as made:
        same_schema(made, live)
        assert set(counts(made.url).values()) == {0}
        assert ask(made.url, "SELECT * FROM alembic_version") == [("abc123",)]
        assert scratch.open(made.url) == made
        if made.kind == "sqlite":
            assert b"secret" not in Path(str(made.url.database)).read_bytes()
            assert b"country 5" not in Path(str(made.url.database)).read_bytes()
            assert made.size() < 200_000
        else:
            assert ask(made.url, "SELECT n FROM counts") == [(0,)]


def test_the_first_rows_bring_what_they_refer_to(live: URL) -> None:
    with scratch.copy(live, choice=Choice.first(10)) as made:
        same_schema(made, live)
        assert dangling(made.url) == []
        found = counts(made.url)
        assert found["pairs"] == 10  # each refers to a lower one
        # Five of the hens refer to no egg, and end the chain that each egg begins.
        assert 10 <= found["eggs"] <= 20
        people = PEOPLE[made.kind]
        assert ask(made.url, f"SELECT min(id), max(id), count(*) FROM {people}") == [(1, 10, 10)]
        assert ask(made.url, f"SELECT * FROM {people} ORDER BY id") == ask(
            live, f"SELECT * FROM {people} WHERE id <= 10 ORDER BY id"
        )


@pytest.mark.postgresql
def test_keys_of_a_fixed_length_are_followed(postgresql_url: str) -> None:
    """``character`` and ``bit`` without a length mean a length of one to SQL."""
    live = make_url(postgresql_url)
    engine = sa.create_engine(live, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE countries (code char(2), kind bit(3), PRIMARY KEY (code, kind));"
            "CREATE TABLE shops (id int PRIMARY KEY, code char(2), kind bit(3),"
            " FOREIGN KEY (code, kind) REFERENCES countries);"
            "INSERT INTO countries SELECT chr(64 + i) || 'X', b'101' FROM generate_series(1, 20) i;"
            "INSERT INTO shops SELECT i, chr(84 - i) || 'X', b'101' FROM generate_series(1, 19) i"
        )
    with scratch.copy(live, choice=Choice.first(3)) as made:
        assert dangling(made.url) == []
        assert ask(made.url, "SELECT count(*) FROM shops") == [(3,)]
        assert ask(made.url, "SELECT count(*) FROM countries") == [(6,)]


@pytest.mark.parametrize("amount", [0.02, 12])
def test_a_sample_keeps_foreign_keys_whole_and_rows_as_they_are(
    live: URL, amount: float, made: list[scratch.ScratchDatabase]
) -> None:
    choice = Choice.sample(amount, seed=3)
    made += [scratch.copy(live, choice=choice) for _ in range(2)]
    first, second = made
    same_schema(first, live)
    assert dangling(first.url) == []
    found = counts(first.url)
    assert all(12 <= number <= 600 for number in found.values()) or amount == 0.02
    assert found["pairs"] < 600
    people = PEOPLE[first.kind]
    (highest,) = ask(first.url, f"SELECT max(id) FROM {people}")[0]
    # Everybody's boss is the one before: the chain is there down to its end.
    assert found[people] == highest
    chosen, all_rows = rows(first.url), rows(live)
    assert chosen == rows(second.url)
    for table, found_rows in chosen.items():
        assert found_rows
        assert found_rows <= all_rows[table]
    if amount == 12:
        made.append(scratch.copy(live, choice=Choice.sample(amount, seed=4)))
        assert rows(made[2].url)["pairs"] != chosen["pairs"]


def test_a_sample_of_all_is_all(live: URL) -> None:
    with scratch.copy(live, choice=Choice.sample(1.0)) as made:
        assert rows(made.url) == rows(live)
        same_schema(made, live)


def test_sequences_and_settings_go_on_where_the_source_stands(live: URL) -> None:
    with scratch.copy(live, choice=Choice.first(1)) as made:
        if made.kind == "sqlite":
            for setting in ("application_id", "user_version", "page_size", "auto_vacuum"):
                assert ask(made.url, f"PRAGMA {setting}") == ask(live, f"PRAGMA {setting}")
            query = "SELECT seq FROM sqlite_sequence"
            assert ask(made.url, query) == ask(live, query) == [(600,)]
            strict = ask(made.url, "SELECT rowid, value, typeof(value) FROM strict")
            assert strict == ask(live, "SELECT rowid, value, typeof(value) FROM strict LIMIT 1")
        else:
            assert ask(made.url, "SELECT nextval('apart')") == [(50,)]
            query = f"INSERT INTO {PEOPLE['postgresql']} DEFAULT VALUES RETURNING id"
            assert ask(made.url, query) == [(602,)]


def test_tables_that_are_kept_are_whole(live: URL) -> None:
    choice = Choice.schema_only().keeping("hens")
    with scratch.copy(live, choice=choice) as made:
        found = counts(made.url)
        assert found["hens"] == 600
        assert found["eggs"] == 600 - 600 // 5  # those that the hens refer to
        assert found["pairs"] == 0
        assert dangling(made.url) == []


def test_what_led_nowhere_before_ends_no_copy(live: URL) -> None:
    if live.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(str(live.database))) as connection:
            connection.execute("INSERT INTO pairs VALUES (7000, 'b1', 6999)")
            connection.commit()
    else:
        engine = sa.create_engine(live, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(
                "SET session_replication_role = replica;"
                f"{PATH};"
                "ALTER TABLE pairs ADD FOREIGN KEY (a) REFERENCES public.hens NOT VALID;"
                "INSERT INTO pairs VALUES (7000, 'b1', NULL)",
                execution_options={"no_parameters": True},
            )
    with scratch.copy(live, choice=Choice.sample(1.0)) as made:
        assert counts(made.url)["pairs"] == 601


def test_made_up_rows_fill_the_schema(live: URL) -> None:
    with scratch.copy(live, choice=Choice.synthetic(15)) as made:
        same_schema(made, live)
        assert dangling(made.url) == []
        assert counts(made.url)["countries"] == 15
        assert ask(made.url, "SELECT * FROM alembic_version") == [("abc123",)]
        assert not ask(made.url, "SELECT 1 FROM countries WHERE code = 'c1'")
        assert scratch.open(made.url) == made


def test_masks_are_applied_before_the_copy_is_offered(live: URL) -> None:
    before = scratch.find(server=None if live.get_backend_name() == "sqlite" else live)
    kept = next(iter(counts(live)))
    column = {"sqlite": "name", "postgresql": "code"}[live.get_backend_name()]
    query = f"SELECT {column} FROM countries"
    for choice in (Choice(), Choice.first(20)):
        masked = choice.masked([f"countries.{column}=hash"])
        with scratch.copy(live, choice=masked) as made:
            assert not set(ask(made.url, query)) & set(ask(live, query))
            assert dangling(made.url) == []
            assert counts(made.url)[kept] in {20, 600}
    with pytest.raises(ScratchError):
        scratch.copy(live, choice=Choice().masked(["nowhere.to_be=hash"]))
    server = None if live.get_backend_name() == "sqlite" else live
    assert scratch.find(server=server) == before


def test_a_sample_that_is_stopped_leaves_nothing(live: URL) -> None:
    server = None if live.get_backend_name() == "sqlite" else live
    before = scratch.find(server=server)
    asked: list[int] = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) > 8

    with pytest.raises(ScratchError, match="was stopped"):
        scratch.copy(live, choice=Choice.sample(0.5), cancelled=cancelled)
    assert scratch.find(server=server) == before


def test_refilling_makes_the_same_choice_again(live: URL) -> None:
    choice = Choice.first(5)
    with scratch.copy(live, choice=choice) as made:
        before = counts(made.url)
        again = scratch.refill(made, live, choice=choice)
        assert counts(again.url) == before
        again.drop()


def test_a_choice_is_told_in_words_and_what_makes_no_sense_is_refused() -> None:
    assert str(Choice()) == "all rows"
    assert str(Choice.sample(0.03)) == "a sample of 3 % of each table"
    assert str(Choice.first(1)) == "the first 1 row of each table"
    assert str(Choice.synthetic(20)) == "20 made-up rows in each table"
    assert Choice.sample(12).number == 12
    assert Choice.sample(1.0).part == 1.0
    assert Choice.schema_only().to_dict()["rows"] == "none"
    for amount in (0.0, 1.5, -1, 0):
        with pytest.raises(ScratchError):
            Choice.sample(amount)
    with pytest.raises(ScratchError):
        Choice.first(0)
