"""Masking real databases: keys survive, old values are gone, triggers stay quiet."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import pytest

from schema.database import sqlite_path
from schema.errors import NotScratchError, ScratchError
from schema.masking import apply_masks, parse_masks
from schema.scratch import ScratchDatabase

Make = Callable[..., ScratchDatabase]
Ask = Callable[[ScratchDatabase, str], list[tuple[Any, ...]]]

SHOP = (
    "CREATE TABLE people (id integer PRIMARY KEY, email varchar(60) NOT NULL UNIQUE,"
    " name varchar(50), token varchar(40) NOT NULL, born date, seen timestamp, note text,"
    " CHECK (id > 0))",
    "CREATE TABLE orders (id integer PRIMARY KEY, person_id integer NOT NULL REFERENCES people(id),"
    " mail varchar(60) REFERENCES people(email), note text)",
    "INSERT INTO people VALUES"
    " (1, 'ann@corp.example', 'Ann Smith', 'secret-1', '1980-01-02', '2020-01-02 10:00:00',"
    " 'Call 7'),"
    " (2, 'bob@corp.example', 'Bob', 'secret-1', NULL, NULL, NULL),"
    " (3, 'eve@corp.example', 'Ann Smith', 'secret-3', '1980-01-03', '2020-01-03 10:00:00', '')",
    "INSERT INTO orders VALUES (10, 1, 'ann@corp.example', 'Hello Ann'), (11, 3, NULL, NULL),"
    " (12, 1, 'eve@corp.example', NULL)",
)


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("postgresql", marks=pytest.mark.postgresql),
        pytest.param("mariadb", marks=pytest.mark.mariadb),
    ]
)
def make(request: pytest.FixtureRequest) -> Make:
    """Makes scratch databases of each kind."""
    return request.getfixturevalue(request.param)  # type: ignore[no-any-return]


def masked(made: ScratchDatabase, *texts: str) -> Any:
    return apply_masks(made, parse_masks(texts))


def test_each_rule_makes_what_it_says(make: Make, ask: Ask) -> None:
    made = make(*SHOP)
    masked(made, "people.token=hash", "people.name=keep:2", "people.note=text",
           "*.born=shift", "people.seen=shift", "orders.note=fixed:gone")  # fmt: skip
    rows = ask(made, "SELECT token, name, note, born, seen FROM people ORDER BY id")
    tokens, names, notes, born, seen = zip(*rows, strict=True)
    assert tokens[0] == tokens[1] != tokens[2]
    assert all(re.fullmatch("[0-9a-f]{32}", token) for token in tokens)
    assert names == ("Anxxxxxxx", "Box", "Anxxxxxxx")
    assert re.fullmatch(r"[A-Z][a-z]{3} \d", notes[0])
    assert notes[0] != "Call 7"
    assert notes[1:] == (None, "")
    days = [(year(one), one) for one in born if one]
    assert born[1] is None
    assert days[0][0] != 1980 or str(born[0])[5:] != "01-02"
    assert str(seen[0])[10:19] == " 10:00:00"
    assert str(seen[0])[:10] != "2020-01-02"
    assert ask(made, "SELECT DISTINCT note FROM orders WHERE id = 10") == [("gone",)]
    assert ask(made, "SELECT note FROM orders WHERE id = 11") == [(None,)]


def year(day: Any) -> int:
    return int(str(day)[:4])


def test_dates_of_a_table_keep_their_distance(make: Make, ask: Ask) -> None:
    first = date(2020, 1, 1)
    days = [first + timedelta(days=number) for number in range(500)]
    rows = ", ".join(f"('{day}', '{day + timedelta(days=30)}')" for day in days[::2] + days[::-2])
    made = make("CREATE TABLE t (a date UNIQUE, b date)", f"INSERT INTO t VALUES {rows}")
    masked(made, "t.*=shift")
    moved = [(day_of(a), day_of(b)) for a, b in ask(made, "SELECT a, b FROM t ORDER BY a")]
    by = moved[0][0] - first
    assert 30 <= abs(by.days) <= 400
    assert moved == [(day + by, day + by + timedelta(days=30)) for day in days]


def day_of(value: Any) -> date:
    return date.fromisoformat(str(value))


def test_a_masked_key_is_masked_alike_wherever_it_is_referred_to(make: Make, ask: Ask) -> None:
    made = make(*SHOP)
    for rule in ("hash", "fake:email", "keep:1"):  # each on top of the one before
        done = masked(made, f"people.email={rule}")
    assert ask(made, "SELECT count(*) FROM orders o JOIN people p ON o.mail = p.email") == [(2,)]
    assert ask(made, "SELECT count(DISTINCT email) FROM people") == [(3,)]
    assert not ask(made, "SELECT 1 FROM people WHERE email LIKE '%corp%'")
    assert [(c.table, c.column, c.rows, c.because) for c in done.columns] == [
        ("orders", "mail", 2, "people.email"),
        ("people", "email", 3, None),
    ]
    assert list(done.frame().columns) == ["table", "column", "rule", "rows", "because"]


def test_columns_of_one_mask_stay_equal_without_a_foreign_key(make: Make, ask: Ask) -> None:
    made = make(
        "CREATE TABLE a (id integer PRIMARY KEY, mail varchar(50) NOT NULL UNIQUE)",
        "CREATE TABLE b (id integer PRIMARY KEY, mail varchar(50))",
        "INSERT INTO a VALUES (1, 'ann@corp.example'), (2, 'bob@corp.example')",
        "INSERT INTO b VALUES (1, 'bob@corp.example'), (2, NULL), (3, 'bob@corp.example')",
    )
    for rule in ("fake:email", "keep:3", "hash"):
        masked(made, f"*.mail={rule}")
        assert ask(made, "SELECT a.id, b.id FROM a JOIN b ON a.mail = b.mail ORDER BY b.id") == [
            (2, 1),
            (2, 3),
        ]


def test_masked_numbers_stay_keys_and_stay_positive(make: Make, ask: Ask) -> None:
    made = make(*SHOP)
    masked(made, "orders.person_id=hash", "orders.id=hash")
    joined = "SELECT p.token FROM orders o JOIN people p ON o.person_id = p.id ORDER BY p.token"
    assert ask(made, joined) == [("secret-1",), ("secret-1",), ("secret-3",)]
    ids = {row[0] for row in ask(made, "SELECT id FROM people")}
    assert len(ids) == 3
    assert min(ids) > 3


def test_many_unique_numbers_are_only_exchanged(make: Make, ask: Ask) -> None:
    numbers = ", ".join(f"({n})" for n in range(1, 2001))
    made = make("CREATE TABLE t (n smallint PRIMARY KEY)", f"INSERT INTO t VALUES {numbers}")
    masked(made, "t.n=hash")
    assert ask(made, "SELECT count(DISTINCT n) FROM t") == [(2000,)]


def test_two_copies_are_masked_with_different_keys(make: Make, ask: Ask) -> None:
    found = []
    for _ in range(2):
        made = make(*SHOP)
        masked(made, "people.token=hash")
        found.append(ask(made, "SELECT token FROM people ORDER BY id"))
    assert found[0] != found[1]


def test_triggers_do_not_fire(sqlite: Make, ask: Ask) -> None:
    made = sqlite(
        *SHOP,
        "CREATE TABLE log (x text)",
        "CREATE TRIGGER tr AFTER UPDATE ON people BEGIN INSERT INTO log VALUES (OLD.email); END",
    )
    before = ask(made, "SELECT type, name, sql FROM sqlite_schema ORDER BY name")
    done = masked(made, "people.email=hash")
    assert ask(made, "SELECT * FROM log") == []
    assert ask(made, "SELECT type, name, sql FROM sqlite_schema ORDER BY name") == before
    assert not done.notes or "tr" in done.notes[0]


@pytest.mark.postgresql
def test_triggers_of_postgresql_do_not_fire(postgresql: Make, ask: Ask) -> None:
    made = postgresql(
        *SHOP,
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'never'; END $$",
        "CREATE TRIGGER tr BEFORE UPDATE ON people FOR EACH ROW EXECUTE FUNCTION f()",
    )
    assert masked(made, "people.email=hash").notes == ()
    assert ask(made, "SELECT tgenabled FROM pg_trigger WHERE tgname = 'tr'") == [("O",)]


def test_nothing_of_the_old_values_stays_in_a_file(sqlite: Make) -> None:
    made = sqlite(*SHOP, "CREATE INDEX ix ON people (token)", "ANALYZE")
    masked(made, "people.token=hash", "people.email=hash", "*.note=text", "people.name=null")
    path = sqlite_path(made.url)
    for file in Path(path).parent.iterdir():
        data = file.read_bytes()
        assert not [
            word for word in (b"secret-1", b"ann@corp", b"Hello Ann", b"Smith") if word in data
        ]


@pytest.mark.postgresql
def test_nothing_of_the_old_values_stays_in_a_table_or_its_statistics(
    postgresql: Make, ask: Ask
) -> None:
    made = postgresql(*SHOP, "CREATE MATERIALIZED VIEW m AS SELECT token FROM people", "ANALYZE")
    assert masked(made, "people.token=hash").notes == ()
    assert ask(made, "SELECT count(*) FROM m WHERE token LIKE 'secret%'") == [(0,)]
    common = "SELECT most_common_vals::text FROM pg_stats WHERE attname = 'token'"
    assert "secret" not in str(ask(made, common))
    # Written anew: the three rows are the first of their file.
    rows = ask(made, "SELECT ctid::text FROM people ORDER BY ctid")
    assert rows == [("(0,1)",), ("(0,2)",), ("(0,3)",)]


@pytest.mark.postgresql
def test_the_next_number_of_a_masked_key_is_free(postgresql: Make, ask: Ask) -> None:
    made = postgresql(
        "CREATE TABLE t (id serial PRIMARY KEY, x int)", "INSERT INTO t (x) VALUES (1), (2)"
    )
    masked(made, "t.id=hash")
    assert ask(made, "SELECT max(id) < (SELECT last_value + 1 FROM t_id_seq) FROM t") == [(True,)]


REFUSED = (
    (["people.mial=hash"], "fits no column"),
    (["people.token=null"], "can't be NULL"),
    (["people.email=fixed:x"], "joins it"),
    (["people.email=null"], "orders refers to it"),
    (["people.born=text"], "it holds dates"),
    (["people.name=shift"], "it holds text"),
    (["people.id=fake:name"], "whole numbers"),
    (["people.email=hash", "orders.mail=keep:1"], "different masks"),
)


@pytest.mark.parametrize("name", ["settings", "b", "beside"])
def test_columns_may_be_called_as_anything(make: Make, ask: Ask, name: str) -> None:
    made = make(
        f"CREATE TABLE {name} (id integer PRIMARY KEY, k varchar(40), v varchar(40))",
        f"INSERT INTO {name} VALUES (1, 'one', 'red'), (2, 'two', 'red'), (3, NULL, 'blue')",
    )
    masked(made, f"{name}.k=hash", f"{name}.v=hash")
    keys, values = zip(*ask(made, f"SELECT k, v FROM {name} ORDER BY id"), strict=True)
    assert all(re.fullmatch("[0-9a-f]{32}", each) for each in (*keys[:2], *values))
    assert keys[0] != keys[1]
    assert keys[2] is None
    assert values[0] == values[1] != values[2]


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param("postgresql", marks=pytest.mark.postgresql),
        pytest.param("mariadb", marks=pytest.mark.mariadb),
    ],
)
def test_the_key_stands_in_no_statement(
    kind: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = request.getfixturevalue(kind)(*SHOP)
    key, seen = bytes(range(100, 132)), list[str]()
    monkeypatch.setattr("schema.masking.secrets.token_bytes", lambda _: key)
    driver = {"postgresql": psycopg.Cursor, "mariadb": pymysql.cursors.Cursor}[kind]
    execute = driver.execute

    def noted(cursor: Any, query: Any, *given: Any, **more: Any) -> Any:
        text = query.as_string(cursor) if isinstance(query, psycopg.sql.Composable) else query
        seen.append(f"{text} {given}")
        return execute(cursor, query, *given, **more)

    monkeypatch.setattr(driver, "execute", noted)
    masked(made, "people.token=hash", "people.name=keep:2", "people.note=text", "*.born=shift")
    assert any("UPDATE" in each and "token" in each for each in seen)
    assert not [each for each in seen if key.hex() in each.lower()]


def test_what_cannot_be_done_is_told_before_anything_is(make: Make, ask: Ask) -> None:
    made = make(*SHOP)
    for texts, told in REFUSED:
        with pytest.raises(ScratchError, match=re.escape(told)):
            masked(made, "people.name=hash", *texts)
    assert ask(made, "SELECT name FROM people WHERE id = 2") == [("Bob",)]


def test_what_a_check_refuses_changes_nothing(make: Make, ask: Ask) -> None:
    made = make(
        "CREATE TABLE t (a text, b text CHECK (b IN ('x', 'y')))", "INSERT INTO t VALUES ('1', 'x')"
    )
    with pytest.raises(ScratchError, match="Nothing was masked"):
        masked(made, "t.a=hash", "t.b=hash")
    assert ask(made, "SELECT a, b FROM t") == [("1", "x")]


def test_a_column_too_short_for_different_values_is_told(make: Make) -> None:
    made = make("CREATE TABLE t (a varchar(4) PRIMARY KEY)")
    with pytest.raises(ScratchError, match="4 characters are too few"):
        masked(made, "t.a=hash")


def test_a_stop_leaves_everything_as_it_was(make: Make, ask: Ask) -> None:
    made = make(*SHOP)
    with pytest.raises(ScratchError, match="stopped"):
        apply_masks(made, parse_masks(["*.note=hash"]), cancelled=lambda: True)
    assert ask(made, "SELECT note FROM orders WHERE id = 10") == [("Hello Ann",)]


def test_only_a_scratch_database_is_masked(sqlite: Make) -> None:
    import dataclasses

    made = dataclasses.replace(sqlite(*SHOP), token="another")
    with pytest.raises(NotScratchError):
        masked(made, "people.token=hash")
