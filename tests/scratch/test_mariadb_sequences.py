"""Sequences of MariaDB go on in a copy where they do in the original; its defaults use its own."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from schema import scratch
from schema.catalog import read_catalog
from schema.database import parse_url
from schema.scratch.mariadb_server import administer, run

pytestmark = pytest.mark.mariadb

MADE = (
    "CREATE SEQUENCE up START WITH 10 INCREMENT BY 5 NOCACHE COMMENT 'it''s'",
    "CREATE SEQUENCE down START WITH -1 INCREMENT BY -1 MINVALUE -50 MAXVALUE -1 NOCACHE",
    # back before its start, counted round, and at its end
    "CREATE SEQUENCE again START WITH 100 NOCACHE",
    "ALTER SEQUENCE again RESTART WITH 3",
    "CREATE SEQUENCE round START WITH 5 MAXVALUE 6 NOCACHE CYCLE",
    "DO nextval(round) + nextval(round) + nextval(round)",
    "CREATE SEQUENCE `ran: out %s` START WITH 1 MAXVALUE 2 NOCACHE",
    "DO nextval(`ran: out %s`) + nextval(`ran: out %s`)",
    "CREATE TABLE t (id int PRIMARY KEY DEFAULT nextval(up), d int DEFAULT (1 + nextval(down)), "
    "name varchar(40))",
    "INSERT INTO t (name) VALUES ('a'), ('b'), ('c')",
    "CREATE TABLE kept (a bigint DEFAULT nextval(again)) WITH SYSTEM VERSIONING",
    "CREATE VIEW counted AS SELECT nextval(up) AS n",
)
NAMES = ("up", "down", "again", "round", "ran: out %s")
STATE = [(25, 0), (-4, 0), (3, 0), (2, 1), (3, 0)]


def made(url: str) -> None:
    with administer(parse_url(url), parse_url(url).database) as admin:
        for statement in MADE:
            run(admin, statement)


def ask(url: sa.URL, query: str) -> list[Any]:
    with administer(url, url.database) as admin:
        options = {"no_parameters": True}
        return list(admin.exec_driver_sql(query, execution_options=options).all())


def state(url: sa.URL) -> list[Any]:
    """What each sequence comes to next, and how often it counted round."""
    queries = (f"SELECT next_not_cached_value, cycle_count FROM `{name}`" for name in NAMES)
    return [ask(url, query)[0] for query in queries]


def insert(url: sa.URL) -> list[Any]:
    with administer(url, url.database) as admin:
        run(admin, "INSERT INTO t (name) VALUES ('new')")
        run(admin, "INSERT INTO kept VALUES (DEFAULT)")
    return ask(url, "SELECT id, d, a FROM t, kept WHERE name = 'new'")


@pytest.mark.parametrize(
    "choice",
    [
        scratch.WHOLE,
        scratch.Choice.first(2),
        scratch.Choice.sample(0.5),
        scratch.WHOLE.masked(["t.name=hash"]),
    ],
    ids=str,
)
def test_a_copy_with_rows_goes_on_where_its_original_does(
    mariadb_url: str, choice: scratch.Choice
) -> None:
    made(mariadb_url)
    live = parse_url(mariadb_url)
    with scratch.copy(live, choice=choice) as copy:
        assert state(copy.url) == state(live) == STATE
        assert read_catalog(copy.url) == read_catalog(live)
        assert insert(copy.url) == [(25, -3, 3)]
    assert state(live) == STATE


def test_a_checkpoint_has_the_sequences_as_they_are(mariadb_url: str) -> None:
    made(mariadb_url)
    with scratch.copy(mariadb_url) as copy, scratch.checkpoint(copy) as kept:
        assert state(kept.url) == STATE
        assert ask(copy.url, "SELECT nextval(up)") == [(25,)]
        assert state(kept.url) == STATE


def test_made_up_rows_are_no_obstacle_to_the_next_one(mariadb_url: str) -> None:
    made(mariadb_url)
    with scratch.copy(mariadb_url, choice=scratch.Choice.synthetic(40)) as copy:
        [(most,)] = ask(copy.url, "SELECT max(id) FROM t")
        [(new, _, _), *_] = insert(copy.url)
        assert new > most >= 40


def test_what_is_published_takes_its_sequences_along(mariadb_url: str) -> None:
    made(mariadb_url)
    target = parse_url(mariadb_url).set(database=f"{parse_url(mariadb_url).database}_p")
    scratch.publish(scratch.copy(mariadb_url), target)
    try:
        assert state(target) == STATE
        assert read_catalog(target) == read_catalog(mariadb_url)
        assert insert(target) == [(25, -3, 3)]
    finally:
        with administer(target) as admin:
            run(admin, f"DROP DATABASE {target.database}")
