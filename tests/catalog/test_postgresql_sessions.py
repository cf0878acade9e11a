"""Reading beside others: under their locks and changes, and for roles with few rights."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from schema.catalog import Catalog, postgresql, read_catalog
from schema.compare import compare
from schema.database import open_read_only
from schema.errors import DatabaseError

pytestmark = pytest.mark.postgresql

BASE = """
CREATE TABLE users (id int PRIMARY KEY, age int CONSTRAINT ck_age CHECK (age > 0));
CREATE INDEX ix_age ON users ((age + 1)) WHERE age > 5;
CREATE VIEW grown AS SELECT id FROM users;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER tr BEFORE INSERT ON users FOR EACH ROW WHEN (NEW.age > 1) EXECUTE FUNCTION touch();
CREATE RULE ru AS ON DELETE TO grown DO INSTEAD NOTHING;
CREATE POLICY po ON users USING (age > 0);
CREATE FOREIGN DATA WRAPPER fdw; CREATE SERVER remote FOREIGN DATA WRAPPER fdw
    OPTIONS (host 'h', password 'hush', sslkey 'hush');
CREATE USER MAPPING FOR PUBLIC SERVER remote OPTIONS (user 'u', password 'hush');
"""


@pytest.fixture
def other(postgresql_url: str) -> Iterator[sa.Connection]:
    """Another program's connection to a database with BASE in it; it commits what it does."""
    engine = sa.create_engine(postgresql_url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(BASE)
        yield connection
    engine.dispose()


# -- locks ------------------------------------------------------------------------------------


@pytest.mark.parametrize("locked", ["users", "grown"])
def test_a_change_under_way_stops_reading_after_a_moment_with_a_word_of_who(
    postgresql_url: str, other: sa.Connection, locked: str
) -> None:
    change = {"users": "ALTER TABLE users ADD nick text", "grown": "DROP VIEW grown"}[locked]
    other.exec_driver_sql(f"BEGIN; SET LOCAL application_name = 'deploy'; {change}")
    with pytest.raises(DatabaseError, match=rf"public\.{locked} is locked by process \d+ \(deploy"):
        read_catalog(postgresql_url)
    other.exec_driver_sql("ROLLBACK")
    assert read_catalog(postgresql_url).of_kind("table")


def test_reading_waits_for_a_change_that_ends_soon(
    postgresql_url: str, other: sa.Connection
) -> None:
    other.exec_driver_sql("BEGIN; ALTER TABLE users ADD nick text")
    ending = threading.Timer(0.5, other.exec_driver_sql, ["COMMIT"])
    ending.start()
    found = read_catalog(postgresql_url)
    ending.join()
    assert found.of_kind("table")


def held_locks(connection: sa.Connection, watcher: sa.Connection) -> list[tuple[str, str]]:
    pid = connection.scalar(sa.text("SELECT pg_backend_pid()"))
    rows = watcher.execute(
        sa.text(
            "SELECT c.relname, l.mode FROM pg_locks l JOIN pg_class c ON c.oid = l.relation "
            "WHERE l.pid = :pid AND c.oid >= 16384"
        ),
        {"pid": pid},
    )
    return [tuple(row) for row in rows]


def test_no_lock_is_kept_after_reading(postgresql_url: str, other: sa.Connection) -> None:
    with open_read_only(postgresql_url) as connection:
        read_catalog(connection)
        assert held_locks(connection, other) == []
        other.exec_driver_sql("SET lock_timeout = 100; ALTER TABLE users ADD nick text")


def test_the_locks_taken_are_the_weakest_there_are(
    postgresql_url: str, other: sa.Connection
) -> None:
    with open_read_only(postgresql_url) as connection:
        for statement in postgresql.queries(180_000):
            text = statement.replace("schema_workbench.principal", "server_version_num")
            connection.exec_driver_sql(text, execution_options={"no_parameters": True}).close()
        assert {mode for _, mode in held_locks(connection, other)} <= {"AccessShareLock"}


def test_the_settings_of_a_transaction_are_as_before(postgresql_url: str) -> None:
    with open_read_only(postgresql_url) as connection:
        before = connection.scalar(sa.text("SHOW search_path"))
        read_catalog(connection)
        assert connection.scalar(sa.text("SHOW search_path")) == before
        assert connection.scalar(sa.text("SHOW jit")) == "on"


# -- changes meanwhile ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    ["DROP VIEW grown", "DROP TABLE users CASCADE", "DROP FUNCTION touch() CASCADE",
     "DROP TRIGGER tr ON users", "DROP RULE ru ON grown", "DROP INDEX ix_age",
     "ALTER TABLE users DROP CONSTRAINT ck_age"],
)  # fmt: skip
def test_what_is_dropped_while_reading_is_read_as_it_was_or_once_more(
    postgresql_url: str, other: sa.Connection, change: str
) -> None:
    before = read_catalog(postgresql_url)
    with open_read_only(postgresql_url) as connection:
        connection.scalar(sa.text("SELECT count(*) FROM pg_class"))  # the snapshot is taken
        other.exec_driver_sql(change)
        found = read_catalog(connection)
    assert found in (before, read_catalog(postgresql_url))


def test_a_transaction_of_somebody_else_is_not_given_up(
    postgresql_url: str, other: sa.Connection
) -> None:
    engine = sa.create_engine(
        postgresql_url, isolation_level="REPEATABLE READ", poolclass=sa.NullPool
    )
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE mine (id int)")
        other.exec_driver_sql("DROP VIEW grown")
        with pytest.raises(DatabaseError, match=r"changed while it was being read.*Try again"):
            read_catalog(connection)
        assert connection.scalar(sa.text("SELECT count(*) FROM mine")) == 0
    engine.dispose()


def test_everything_is_read_in_one_snapshot(postgresql_url: str, other: sa.Connection) -> None:
    with open_read_only(postgresql_url) as connection:
        before = read_catalog(connection)
        other.exec_driver_sql("CREATE TABLE later (id int); CREATE TYPE moods AS ENUM ('a')")
        assert read_catalog(connection) == before


# -- rights -----------------------------------------------------------------------------------


def as_nobody(url: str, other: sa.Connection, role: str = "nobody") -> Catalog:
    """The catalog as a role reads it that owns nothing and was granted nothing."""
    other.exec_driver_sql(
        f"""DO $$ BEGIN CREATE ROLE {role} LOGIN; EXCEPTION WHEN duplicate_object THEN END $$;
        REVOKE ALL ON SCHEMA public FROM PUBLIC"""
    )
    return read_catalog(sa.make_url(url).set(username=role))


def test_a_role_without_any_rights_sees_all_but_secrets(
    postgresql_url: str, other: sa.Connection
) -> None:
    found = as_nobody(postgresql_url, other)
    assert list(compare(read_catalog(postgresql_url), found)) == []
    assert found.not_compared == ("1 user mapping's options",)
    assert len(found.of_kind("trigger", "policy", "rule", "view", "user mapping")) == 5


def test_secrets_are_read_by_nobody(postgresql_url: str, other: sa.Connection) -> None:
    found = read_catalog(postgresql_url)
    [server] = found.of_kind("foreign server")
    assert server.properties["options"] == ("host=h", "password=***", "sslkey=***")
    assert "hush" not in found.to_json()


def test_subscriptions_are_counted_and_their_connections_not_read(
    postgresql_url: str, other: sa.Connection
) -> None:
    other.exec_driver_sql(
        "CREATE SUBSCRIPTION sub CONNECTION 'host=h password=hush' PUBLICATION p "
        "WITH (connect = false, slot_name = NONE)"
    )
    try:
        found = as_nobody(postgresql_url, other)
        assert found.not_compared == ("1 subscription", "1 user mapping's options")
        assert "hush" not in read_catalog(postgresql_url).to_json()
    finally:
        other.exec_driver_sql("DROP SUBSCRIPTION sub")


def test_catalogs_that_were_taken_away_are_named(postgresql_url: str, other: sa.Connection) -> None:
    other.exec_driver_sql("REVOKE SELECT ON pg_proc, pg_policy, pg_cast FROM PUBLIC")
    found = as_nobody(postgresql_url, other)
    assert len(found.of_kind("table", "column", "check", "index", "view")) == 6
    assert "policies (no right to read pg_policy)" in found.not_compared
    assert any("functions" in what and "pg_proc" in what for what in found.not_compared)
    assert "casts (no right to read pg_cast)" in found.not_compared


def test_an_error_of_the_server_is_one_line(postgresql_url: str, other: sa.Connection) -> None:
    other.exec_driver_sql("REVOKE SELECT ON pg_class FROM PUBLIC")
    with pytest.raises(DatabaseError, match="permission denied for table pg_class") as caught:
        as_nobody(postgresql_url, other)
    assert "\n" not in str(caught.value)
    assert not isinstance(caught.value, DBAPIError)
