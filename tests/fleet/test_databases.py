"""Where the databases of a fleet come from, and what they are called."""

from __future__ import annotations

import pickle
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from schema.errors import ConfigError, DatabaseError, UrlError
from schema.fleet import (
    as_database,
    databases_in,
    databases_on,
    files_like,
    of_query,
    read_list,
)
from schema.fleet.reading import Task
from schema.trouble import help_for


def test_a_list_holds_urls_names_and_comments(tmp_path: Path) -> None:
    (tmp_path / "own.db").touch()
    found = databases_in(
        f"""
        # those of the north
        postgresql://me:geheim@north/blue   # the oldest
        red: postgresql://me@north/red#1
        {tmp_path}/own.db
        {{"name": "green", "url": "mysql://me@south/green", "schema": null}}
        """
    )
    assert [item.name for item in found] == ["blue", "red", "own.db", "green"]
    assert [item.kind for item in found] == ["postgresql", "postgresql", "sqlite", "mariadb"]
    assert "geheim" not in repr(found)
    assert "geheim" not in found[0].shown
    assert found[1].url is not None
    assert found[1].url.database == "red#1"


def test_a_list_may_be_csv_or_json() -> None:
    csv = databases_in("name,url,schema\nblue,postgresql://a/b,t1\n,postgresql://a/c,\n")
    assert [(item.name, item.schema_name) for item in csv] == [("blue", "t1"), ("c", None)]
    json = databases_in('["postgresql://a/b", {"url": "postgresql://a/c", "name": "see"}]')
    assert [item.name for item in json] == ["b", "see"]
    with pytest.raises(ConfigError, match="is none"):
        databases_in("[nonsense")
    with pytest.raises(ConfigError, match="no url"):
        databases_in('{"name": "x"}')


def test_what_is_no_url_keeps_its_place_and_shows_no_password() -> None:
    found = databases_in("oracle://me:geheim@h/x\nnonsense\npostgresql://a/b")
    assert [item.url is None for item in found] == [True, True, False]
    assert "geheim" not in repr(found)
    assert "does not read 'oracle'" in str(found[0].problem)


def test_each_is_there_once_under_a_name_of_its_own(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "t.db").touch()
        (tmp_path / folder / "t.db-wal").touch()
    found = files_like([f"{tmp_path}/*/t.db*", f"{tmp_path}/a/*.db"])
    assert [item.name for item in found] == ["a/t.db", "b/t.db"]
    same = databases_in("postgresql://a/x\npostgresql://a/x\npostgresql://b/x")
    assert [item.name for item in same] == ["x@a", "x@b"]
    with pytest.raises(ConfigError, match="No file"):
        files_like([f"{tmp_path}/*.nothing"])


def test_a_query_names_databases_and_cannot_write(tmp_path: Path) -> None:
    path = tmp_path / "catalog.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "CREATE TABLE tenants (name TEXT, dsn TEXT);"
            "INSERT INTO tenants VALUES ('blue', 'postgresql://a/b'), ('none', NULL);"
        )
    url = f"sqlite:///{path}"
    found = of_query(url, "SELECT name, dsn FROM tenants")
    assert [item.name for item in found] == ["blue"]
    assert len(of_query(url, "SELECT dsn FROM tenants WHERE dsn LIKE 'post%'")) == 1
    with pytest.raises(DatabaseError, match="url or dsn"):
        of_query(url, "SELECT name, name AS other FROM tenants")
    with pytest.raises(DatabaseError):
        of_query(url, "DELETE FROM tenants")
    with pytest.raises(UrlError, match="no server"):
        databases_on(url, "%")


def test_what_is_sent_to_another_process_shows_no_password() -> None:
    from schema.database import Limits

    url = as_database("postgresql://me:geheim@h/x?sslpassword=geheim").url
    assert url is not None
    task = Task(url, (), "alembic_version", None, Limits())
    assert "geheim" not in repr(task)
    assert "geheim" not in str(task)
    assert pickle.loads(pickle.dumps(task)) == task


@pytest.mark.parametrize(
    "said",
    [
        "host=db1 user=x password=s3cret",
        "password=s3cret host=db1 dbname=a.b",
        "postgresql:/u:s3cret@h/db",
        "u:s3cret@h/db",
        "password = s3cret",
        'tenant1 {"url": "password=s3cret"}',
    ],
)
def test_what_is_no_url_is_not_repeated_where_it_may_hold_a_password(said: str) -> None:
    for found in (as_database(said), *databases_in(said)):
        assert found.url is None
        assert "s3cret" not in f"{found!r} {found.name} {found.problem} {found.shown}"


def test_a_list_that_cannot_be_read_is_told_without_advice_for_a_config(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nothing cannot be read: No such file") as raised:
        read_list(tmp_path / "nothing")
    assert help_for(raised.value).troubles == ()
    (tmp_path / "latin").write_bytes(b"\xe4.db")
    with pytest.raises(ConfigError, match="is not in UTF-8"):
        read_list(tmp_path / "latin")


def test_a_list_within_a_list_is_not_repeated() -> None:
    with pytest.raises(ConfigError, match="not a JSON list") as raised:
        databases_in('[["t1", "postgresql://u:s3cret@h/db"]]')
    assert "s3cret" not in str(raised.value)


def test_entries_without_a_url_all_keep_their_place() -> None:
    found = databases_in("url,schema\nfoo1,acme\nfoo2,acme\nfoo3,acme\n")
    assert [each.name for each in found] == ["foo1", "foo2", "foo3"]
