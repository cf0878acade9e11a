"""Repairs of MariaDB databases, in both directions, proved on the server and then really run."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from schema.catalog import read_catalog
from schema.compare import compare
from schema.ddl import migrate
from schema.drift import find_drift
from schema.project import Project
from schema.repair import propose
from schema.scratch import find

if TYPE_CHECKING:
    from tests.conftest import Shop

pytestmark = pytest.mark.mariadb

HEAD = (
    "CREATE TABLE customer (id int AUTO_INCREMENT PRIMARY KEY, name varchar(50) NOT NULL, "
    "mail varchar(80))",
    "CREATE TABLE invoice (id int AUTO_INCREMENT PRIMARY KEY, number varchar(20) NOT NULL)",
    "CREATE TABLE shop_version (version_num varchar(32) PRIMARY KEY)",
    "INSERT INTO shop_version VALUES ('ccc333')",
)
BY_HAND = (
    "ALTER TABLE customer MODIFY name varchar(20) NOT NULL, ADD nick varchar(9) AFTER id",
    "ALTER TABLE invoice ADD customer int, ADD CONSTRAINT fk FOREIGN KEY (customer) "
    "REFERENCES customer (id), ADD CONSTRAINT ck CHECK (number <> '')",
    "CREATE INDEX ix ON customer (mail(20) DESC)",
    "CREATE TABLE extra (a int PRIMARY KEY) ENGINE=Aria COMMENT 'it''s \\\\ new'",
    "CREATE VIEW seen AS SELECT name FROM customer",
    "CREATE TRIGGER told BEFORE INSERT ON customer FOR EACH ROW BEGIN SET NEW.nick = ';'; END",
    "CREATE SEQUENCE numbers",
)


def run(url: str, *statements: str) -> None:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def client(url: str, text: str) -> None:
    parsed = sa.make_url(url)
    done = subprocess.run(
        ["mariadb", "--no-defaults", f"--socket={parsed.query['unix_socket']}", "--user=root",
         str(parsed.database)],
        input=text, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_live_is_brought_back_by_the_file_that_was_proved(shop: Shop, mariadb_url: str) -> None:
    run(mariadb_url, *HEAD, *BY_HAND)
    with Project.open(shop.project.config_path) as project:
        drift = find_drift(project, mariadb_url, check_alembic=False)
        assert len(drift.differences) == 10
        before = read_catalog(mariadb_url)
        repair = propose(project, drift)
        assert repair.is_proved, repair.verdict
        assert repair.verdict.startswith("proved: nothing left")
        assert read_catalog(mariadb_url) == before
        destructive = {each.sql.split("\n")[0] for each in repair.statements if each.is_destructive}
        assert destructive == {
            "DROP TABLE `extra`", "DROP SEQUENCE `numbers`", "ALTER TABLE `customer`",
            "ALTER TABLE `invoice`",
        }  # fmt: skip
        assert "no transaction around these" in repair.text
        client(mariadb_url, repair.text)
        assert list(find_drift(project, mariadb_url, check_alembic=False).differences) == []
    assert [each for each in find(server=mariadb_url) if each.kind == "mariadb"] == []


def test_a_revision_adopts_what_was_done_by_hand(shop: Shop, mariadb_url: str) -> None:
    run(mariadb_url, *HEAD, *BY_HAND)
    with Project.open(shop.project.config_path) as project:
        drift = find_drift(project, mariadb_url, check_alembic=False)
        repair = propose(project, drift, direction="adopt")
    assert repair.is_proved, repair.verdict
    assert repair.proof.downgrade_returns
    assert "op.create_table('extra'" in repair.text
    assert "autocommit_block" not in repair.text
    (shop.versions / repair.filename).write_text(repair.text)
    with Project.open(shop.project.config_path) as project:
        after = find_drift(project, mariadb_url, check_alembic=False)
    assert len(after.pending_revisions) == 1
    assert len(after.differences) + len(after.pending) == len(drift.differences)


def test_renamed_tables_and_columns_keep_their_rows(mariadb_url: str, mariadb_server: str) -> None:
    statements = (
        "CREATE TABLE owner (id int PRIMARY KEY, nme varchar(20) CHECK (nme <> ''), age int, "
        "twice int AS (age * 2), KEY ix (nme(5)), CONSTRAINT ck CHECK (age > 0))",
        "CREATE TABLE pet (id int PRIMARY KEY, boss int, CONSTRAINT fk FOREIGN KEY (boss) "
        "REFERENCES owner (id) ON DELETE CASCADE)",
        "CREATE VIEW seen AS SELECT id, nme FROM owner",
        "CREATE TRIGGER tr BEFORE INSERT ON owner FOR EACH ROW SET NEW.age = 3",
    )
    wanted = [
        each.replace("owner", "person").replace("nme", "name").replace("boss", "keeper")
        for each in statements
    ]
    name = f"{sa.make_url(mariadb_url).database}_wanted"
    run(mariadb_server, f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    there = sa.make_url(mariadb_url).set(database=name).render_as_string(hide_password=False)
    run(there, *wanted)
    run(mariadb_url, *statements, "INSERT INTO owner (id, nme) VALUES (1, 'x')")
    goal, found = read_catalog(there), read_catalog(mariadb_url)
    run(mariadb_server, f"DROP DATABASE {name}")
    differences = list(compare(goal, found))
    assert {each.change for each in differences} == {"renamed"}
    made, not_expressed = migrate(found, goal, differences)
    assert not_expressed == []
    assert not any(each.is_destructive for each in made)
    run(mariadb_url, *(each.sql for each in made))
    assert list(compare(goal, read_catalog(mariadb_url))) == []
    with sa.create_engine(mariadb_url).connect() as connection:
        assert connection.exec_driver_sql("SELECT id, name FROM person").all() == [(1, "x")]


def test_rights_are_told_as_the_servers(mariadb_url: str) -> None:
    user = f"u{sa.make_url(mariadb_url).database}"[:20]
    run(mariadb_url, "CREATE TABLE t (a int)")
    before = read_catalog(mariadb_url)
    run(mariadb_url, f"CREATE USER {user}@localhost", f"GRANT SELECT ON t TO {user}@localhost")
    found = read_catalog(mariadb_url)
    run(mariadb_url, f"DROP USER {user}@localhost")
    statements, [(difference, reason)] = migrate(found, before, list(compare(before, found)))
    assert statements == []
    assert difference.kind == "privilege"
    assert "belong to the server" in reason
