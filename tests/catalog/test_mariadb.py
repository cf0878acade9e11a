"""The MariaDB reader, on a real server: what it sees, what it cannot, and that it only reads."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from schema.catalog import Catalog, Identity, mariadb, read_catalog
from schema.compare import compare
from schema.database import open_read_only
from schema.errors import DatabaseError

pytestmark = pytest.mark.mariadb


def run(url: str, *statements: str) -> None:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.fixture
def account(mariadb_url: str) -> Iterator[str]:
    """The URL of the database for an account without any rights yet, named by its user."""
    name = f"u{uuid.uuid4().hex[:8]}"
    run(mariadb_url, f"CREATE USER {name}@localhost IDENTIFIED BY 's3cret'")
    url = sa.make_url(mariadb_url).set(username=name, password="s3cret")
    yield url.render_as_string(hide_password=False)
    run(mariadb_url, f"DROP USER {name}@localhost")


def user_of(url: str) -> str:
    return f"{sa.make_url(url).username}@localhost"


def test_a_number_of_queries_that_does_not_grow_with_the_tables(mariadb_url: str) -> None:
    def count() -> int:
        seen: list[str] = []
        with open_read_only(mariadb_url) as connection:
            sa.event.listen(connection, "before_cursor_execute", lambda *told: seen.append(told[2]))
            read_catalog(connection)
        return len(seen)

    def make(first: int, last: int) -> None:
        for i in range(first, last):
            run(
                mariadb_url,
                f"CREATE TABLE t{i} (id int PRIMARY KEY, a int REFERENCES t0 (id), b json)",
                f"CREATE SEQUENCE s{i}",
                f"CREATE VIEW v{i} AS SELECT id FROM t{i}",
                f"CREATE TRIGGER r{i} BEFORE INSERT ON t{i} FOR EACH ROW SET NEW.a = 1",
                f"CREATE FUNCTION f{i} (n int) RETURNS int RETURN n",
            )

    make(0, 1)
    few = count()
    make(1, 12)
    assert count() == few <= 25
    assert len(read_catalog(mariadb_url).of_kind("sequence")) == 12


def test_one_schema_in_two_databases_is_one_catalog(mariadb_url: str) -> None:
    name = sa.make_url(mariadb_url).database
    other = f"o_{uuid.uuid4().hex[:8]}"
    statements = [
        "CREATE TABLE users (id int PRIMARY KEY, name varchar(20))",
        "CREATE VIEW seen AS SELECT u.id, users.name, 'x.`y`.z' AS text FROM users JOIN users u",
        "CREATE TRIGGER tr BEFORE INSERT ON users FOR EACH ROW SET NEW.name = 'x'",
    ]
    run(mariadb_url, *statements, f"CREATE DATABASE {other} CHARACTER SET utf8mb4")
    there = sa.make_url(mariadb_url).set(database=other).render_as_string(hide_password=False)
    run(there, *statements)
    left, right = read_catalog(mariadb_url), read_catalog(there)
    run(mariadb_url, f"DROP DATABASE {other}")
    assert left == right == Catalog.from_json(left.to_json())
    [view] = left.of_kind("view")
    assert str(name) not in str(view.properties["definition"])
    assert "'x.`y`.z'" in str(view.properties["definition"])


def test_the_server_itself_refuses_every_change_of_the_session(mariadb_url: str) -> None:
    run(mariadb_url, "CREATE TABLE t (a int)")
    for statement in ("INSERT INTO t VALUES (1)", "CREATE TABLE u (a int)", "DROP TABLE t",
                      "ALTER TABLE t ADD b int", "TRUNCATE t"):  # fmt: skip
        with open_read_only(mariadb_url) as connection:
            for _ in range(2):
                with pytest.raises(sa.exc.DBAPIError, match="READ ONLY transaction"):
                    connection.exec_driver_sql(statement)
                connection.rollback()  # the next transaction is the session's own
    assert [item.name for item in read_catalog(mariadb_url).of_kind("table")] == ["t"]


def test_a_snapshot_does_not_see_later_rows(mariadb_url: str) -> None:
    run(mariadb_url, "CREATE TABLE t (a int)")
    with open_read_only(mariadb_url) as connection:
        run(mariadb_url, "INSERT INTO t VALUES (1)")
        assert connection.exec_driver_sql("SELECT count(*) FROM t").scalar_one() == 0


def test_a_table_that_others_may_not_read_is_no_obstacle(mariadb_url: str) -> None:
    run(mariadb_url, "CREATE TABLE t (a int)", "CREATE TABLE u (a int)")
    engine = sa.create_engine(mariadb_url, poolclass=sa.NullPool)
    with engine.connect() as holder:
        holder.exec_driver_sql("LOCK TABLES t WRITE")
        found = read_catalog(mariadb_url)
    engine.dispose()
    assert len(found.of_kind("table")) == 2
    assert Identity("column", None, "t", "a") in found


def test_nobody_is_waited_for_longer_than_a_moment(mariadb_url: str) -> None:
    run(mariadb_url, "CREATE TABLE t (a int)")
    engine = sa.create_engine(mariadb_url, poolclass=sa.NullPool)
    with engine.connect() as holder:
        holder.exec_driver_sql("LOCK TABLES t WRITE")
        with (
            pytest.raises(DatabaseError, match="Another session holds a lock"),
            open_read_only(mariadb_url) as connection,
        ):
            connection.exec_driver_sql("SELECT * FROM t")
    engine.dispose()


def test_what_an_account_has_no_right_to_see_is_named(mariadb_url: str, account: str) -> None:
    run(
        mariadb_url,
        "CREATE TABLE t (a int)",
        "CREATE VIEW v AS SELECT a FROM t",
        "CREATE SEQUENCE s",
        "CREATE PROCEDURE p () BEGIN END",
        f"GRANT SELECT ON {sa.make_url(mariadb_url).database}.* TO {user_of(account)}",
        f"GRANT EXECUTE ON PROCEDURE p TO {user_of(account)}",
    )
    told = " | ".join(read_catalog(account).not_compared)
    assert "the definition of the view v (no right to SHOW VIEW)" in told
    assert "the body of the procedure p (no right to see it)" in told
    assert "triggers (no TRIGGER right)" in told
    assert "events (no EVENT right)" in told
    assert "the privileges of other accounts" in told
    assert read_catalog(mariadb_url).not_compared == ()


def test_who_may_do_all_in_the_database_sees_all_of_it(mariadb_url: str, account: str) -> None:
    database = sa.make_url(mariadb_url).database
    run(mariadb_url, "CREATE TABLE t (a int)", f"GRANT ALL ON {database}.* TO {user_of(account)}")
    [told] = read_catalog(account).not_compared
    assert "the privileges of other accounts" in told


def test_privileges_are_told_by_table_column_and_routine(mariadb_url: str, account: str) -> None:
    user, name = user_of(account), f"'{sa.make_url(account).username}'@'localhost'"
    run(
        mariadb_url,
        "CREATE TABLE t (a int, b int)",
        "CREATE FUNCTION f () RETURNS int RETURN 1",
        f"GRANT SELECT, INSERT ON t TO {user} WITH GRANT OPTION",
        f"GRANT UPDATE (b) ON t TO {user}",
        f"GRANT EXECUTE ON FUNCTION f TO {user}",
    )
    found = {item.name: item for item in read_catalog(mariadb_url).of_kind("privilege")}
    told = {each: item.properties["privileges"] for each, item in found.items()}
    assert told[f"table t to {name}"] == ("INSERT*", "SELECT*")
    assert told[f"function f to {name}"] == ("EXECUTE",)
    assert set(told[f"column t.b to {name}"]) <= {"UPDATE", "UPDATE*"}  # type: ignore[arg-type]


def test_a_view_whose_table_is_gone_is_still_read(mariadb_url: str) -> None:
    run(mariadb_url, "CREATE TABLE t (a int)", "CREATE VIEW v AS SELECT a FROM t", "DROP TABLE t")
    [view] = read_catalog(mariadb_url).of_kind("view")
    assert "`a`" in str(view.properties["definition"])


def test_hostile_names_are_read_as_they_are(mariadb_url: str) -> None:
    names = ["a`b", "it's", 'say "x"', "50% off", "ünï", "a b", "select", "a.b"]
    for name in names:
        quoted = name.replace("`", "``")
        run(mariadb_url, f"CREATE TABLE `{quoted}` (`{quoted}` int, KEY `{quoted}` (`{quoted}`))"
            .replace("%", "%%"))  # fmt: skip
    run(mariadb_url, "CREATE SEQUENCE `s``%%`")
    found = read_catalog(mariadb_url)
    assert sorted(item.name for item in found.of_kind("table")) == sorted(names)
    assert sorted(item.name for item in found.of_kind("column")) == sorted(names)
    assert [item.name for item in found.of_kind("sequence")] == ["s`%"]


def test_the_owner_is_told_only_where_it_is_not_the_usual_one(
    mariadb_url: str, account: str
) -> None:
    user = user_of(account)
    run(
        mariadb_url,
        "CREATE VIEW v1 AS SELECT 1 AS a",
        "CREATE VIEW v2 AS SELECT 1 AS a",
        f"CREATE DEFINER={user} VIEW v3 AS SELECT 1 AS a",
    )
    owners = {
        item.name: item.properties.get("owner")
        for item in read_catalog(mariadb_url).of_kind("view")
    }
    assert owners == {"v1": None, "v2": None, "v3": user}


def test_a_database_that_is_not_there_is_told_in_one_sentence(mariadb_server: str) -> None:
    url = sa.make_url(mariadb_server).set(database="nowhere", password="s3cret")
    with pytest.raises(DatabaseError) as raised:
        read_catalog(url)
    assert "\n" not in str(raised.value)
    assert "s3cret" not in str(raised.value)
    with pytest.raises(DatabaseError, match="names no database"):
        read_catalog(mariadb_server)


def test_a_renamed_column_is_found_in_all_that_names_it(mariadb_url: str) -> None:
    run(
        mariadb_url,
        "CREATE TABLE users (id int PRIMARY KEY, nme varchar(20) NOT NULL, age int, KEY ix (nme))",
        "CREATE VIEW seen AS SELECT id, nme AS label FROM users",
    )
    before = read_catalog(mariadb_url)
    run(
        mariadb_url,
        "ALTER TABLE users RENAME COLUMN nme TO name",
        "CREATE OR REPLACE VIEW seen AS SELECT id, name AS label FROM users",
    )
    [difference] = compare(before, read_catalog(mariadb_url))
    assert (difference.change, difference.renamed_from, difference.name) == (
        "renamed", "nme", "name"
    )  # fmt: skip


def test_mysql_and_old_servers_are_told_apart_from_what_is_read() -> None:
    engine = sa.create_engine("sqlite://")  # any database, as long as it says such a version
    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        driver.create_function("VERSION", 0, lambda: "8.0.36")
        with pytest.raises(DatabaseError, match="MySQL"):
            mariadb.read(connection)
        driver.create_function("VERSION", 0, lambda: "10.5.9-MariaDB")
        with pytest.raises(DatabaseError, match="too old"):
            mariadb.read(connection)
    engine.dispose()


def test_a_period_that_a_check_looks_like_is_told_apart(mariadb_url: str) -> None:
    run(
        mariadb_url,
        "CREATE TABLE `a``b` (n int, s date, e date, PERIOD FOR `p``q` (s, e), "
        "UNIQUE k (n, `p``q` WITHOUT OVERLAPS))",
        "CREATE TABLE plain (s date, e date, CONSTRAINT p CHECK (s < e))",
    )
    found = read_catalog(mariadb_url)
    assert found[Identity("table", None, None, "a`b")].properties["period"] == "p`q (s, e)"
    assert found[Identity("unique", None, "a`b", "k")].properties["without_overlaps"] == "p`q"
    assert [item.table for item in found.of_kind("check")] == ["plain"]


def test_a_routine_of_the_servers_mode_says_nothing_of_it(mariadb_url: str) -> None:
    run(
        mariadb_url,
        "CREATE FUNCTION plain (n int) RETURNS int RETURN n",
        "CREATE PROCEDURE both_ways (INOUT n int) SET n = 1",
        "SET SESSION sql_mode = 'ANSI_QUOTES'",
        "CREATE FUNCTION another (n int) RETURNS int RETURN n",
    )
    found = read_catalog(mariadb_url)
    modes = {
        item.name: item.properties["sql_mode"]
        for item in (*found.of_kind("function"), *found.of_kind("procedure"))
    }
    assert modes == {"plain": None, "both_ways": None, "another": "ANSI_QUOTES"}
