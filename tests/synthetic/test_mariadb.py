"""MariaDB databases filled with made-up rows: the server refuses none of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from schema.errors import DatabaseError, NotScratchError
from schema.scratch import ScratchDatabase
from schema.synthetic import fill, rows_like
from schema.synthetic.mariadb import session

Make = Callable[..., ScratchDatabase]
Ask = Callable[[ScratchDatabase, str], list[tuple[Any, ...]]]

pytestmark = pytest.mark.mariadb

KEYS = (
    "CREATE TABLE tenants (id int PRIMARY KEY AUTO_INCREMENT, name varchar(20) NOT NULL UNIQUE)",
    "CREATE TABLE users (tenant int NOT NULL, id int NOT NULL, email varchar(30) NOT NULL,"
    " boss int, PRIMARY KEY (tenant, id), UNIQUE (email),"
    " FOREIGN KEY (tenant) REFERENCES tenants (id),"
    " FOREIGN KEY (tenant, boss) REFERENCES users (tenant, id))",
    "CREATE TABLE tasks (id int PRIMARY KEY AUTO_INCREMENT, tenant int NOT NULL, owner int,"
    " FOREIGN KEY (tenant, owner) REFERENCES users (tenant, id))",
    "CREATE TABLE chairs (id int PRIMARY KEY, desk int NOT NULL)",
    "CREATE TABLE desks (id int PRIMARY KEY, chair int, FOREIGN KEY (chair) REFERENCES chairs(id))",
    "ALTER TABLE chairs ADD FOREIGN KEY (desk) REFERENCES desks (id)",
)

TYPES = """
CREATE TABLE kinds (
    id bigint unsigned AUTO_INCREMENT PRIMARY KEY, tiny tinyint NOT NULL, ok boolean NOT NULL,
    small smallint unsigned, medium mediumint, d decimal(12, 3) NOT NULL, f float, f8 double,
    b bit(10), b1 bit NOT NULL, y year, c char(3) NOT NULL, s varchar(50) CHARACTER SET latin1,
    t tinytext, u text, j json, fix binary(16), raw varbinary(30) NOT NULL, big longblob,
    e enum('a', 'b''c') NOT NULL, s2 set('x', 'y'), day date, at datetime(6) NOT NULL,
    ts timestamp(3) NULL, hour time(2), p point NOT NULL, g geometry, line linestring,
    area polygon, ip inet6, ip4 inet4, id2 uuid NOT NULL, twice bigint AS (tiny * 2) STORED,
    seen int AS (tiny + 1) VIRTUAL, hidden int INVISIBLE DEFAULT 4, z int(6) zerofill,
    UNIQUE (s, small), UNIQUE (id2), UNIQUE prefixed (u(8)), SPATIAL INDEX (p),
    CHECK (tiny between 1 and 50 or tiny > 100), CHECK (s in ('one', 'two', 'three')),
    CONSTRAINT dear CHECK (d >= 10)
) ENGINE=InnoDB"""


def reasons(made: ScratchDatabase, rows: int = 200) -> dict[str, str | None]:
    return {each.table: each.reason for each in fill(made, rows=rows).tables}


def test_keys_hold_also_in_cycles(mariadb: Make, ask: Ask) -> None:
    made = mariadb(*KEYS)
    assert fill(made, rows={"tenants": 10, "*": 200}).unfilled == ()
    assert ask(made, "SELECT count(*) FROM users WHERE boss IS NOT NULL") > [(100,)]
    assert ask(made, "SELECT count(*) FROM desks WHERE chair IS NOT NULL") > [(100,)]
    orphans = "LEFT JOIN users u ON u.tenant = t.tenant AND u.id = t.owner WHERE u.id IS NULL"
    assert ask(made, f"SELECT 1 FROM tasks t {orphans} AND t.owner IS NOT NULL") == []


def test_percent_signs_in_names_are_no_marks(mariadb: Make, ask: Ask) -> None:
    made = mariadb(
        "CREATE TABLE `50%off` (`id%s` int PRIMARY KEY, `up%s` int,"
        " FOREIGN KEY (`up%s`) REFERENCES `50%off` (`id%s`))",
        "CREATE TABLE `%s` (`%d` int PRIMARY KEY, `off%` int NOT NULL)",
        "ALTER TABLE `50%off` ADD (`100%` int, FOREIGN KEY (`100%`) REFERENCES `%s` (`%d`))",
        "ALTER TABLE `%s` ADD FOREIGN KEY (`off%`) REFERENCES `50%off` (`id%s`)",
    )
    assert fill(made, rows=100).unfilled == ()
    assert ask(made, "SELECT count(`up%s`) > 50, count(`100%`) > 50 FROM `50%off`") == [(1, 1)]


def test_all_types_are_filled(mariadb: Make, ask: Ask) -> None:
    made = mariadb(TYPES, "CREATE TABLE child (id int PRIMARY KEY, of bigint unsigned NOT NULL,"
                          " FOREIGN KEY (of) REFERENCES kinds (id))")  # fmt: skip
    assert set(reasons(made, 100).values()) == {None}
    assert ask(made, "SELECT count(DISTINCT e), count(DISTINCT ok), min(d) >= 10 FROM kinds") == [
        (2, 2, 1)
    ]
    assert ask(made, "SELECT count(DISTINCT ST_AsText(p)) > 50 FROM kinds") == [(1,)]
    fill(made, rows={"kinds": 0, "child": 0})
    assert rows_like(made.url) == {"kinds": 100, "child": 100, "alembic_version": 0} or (
        rows_like(made.url) == {"kinds": 100, "child": 100}
    )


def test_the_same_seed_makes_the_same_rows(mariadb: Make, ask: Ask) -> None:
    found = []
    for seed in (1, 1, 2):
        made = mariadb(*KEYS[:2])
        fill(made, rows=20, seed=seed)
        found.append(ask(made, "SELECT * FROM users ORDER BY tenant, id"))
    assert found[0] == found[1] != found[2]


def test_what_a_trigger_refuses_is_told_and_stops_no_other(mariadb: Make) -> None:
    made = mariadb(
        "CREATE TABLE t (id int PRIMARY KEY)",
        "CREATE TABLE s (id int PRIMARY KEY)",
        "CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SIGNAL SQLSTATE '45000' "
        "SET MESSAGE_TEXT = 'no row of mine'",
    )
    assert reasons(made, 20) == {"t": "no row of mine", "s": None}


def test_only_a_scratch_database_is_filled(mariadb: Make, ask: Ask) -> None:
    made = mariadb(*KEYS[:1])
    from dataclasses import replace

    with pytest.raises(NotScratchError):
        fill(replace(made, token="another"), rows=1)
    assert ask(made, "SELECT count(*) FROM tenants") == [(0,)]


def test_a_server_that_takes_no_connection_is_told(mariadb: Make) -> None:
    from dataclasses import replace

    made = mariadb(*KEYS[:1])
    gone = made.url.set(host="127.0.0.1", port=1, query={}, password="s3cret")
    with pytest.raises(DatabaseError, match="Can't connect") as told:
        session(replace(made, url=gone), "test").__enter__()
    assert "s3cret" not in str(told.value)
