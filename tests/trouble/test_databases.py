"""Databases that cannot be opened or read; no password is ever told."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from schema.trouble import Diagnosis, Trouble, diagnose_project
from tests.trouble.conftest import Lab, commands

Told = Callable[[Diagnosis, str], Trouble]


@pytest.fixture
def file(small_lab: Lab, tmp_path: Path) -> Path:
    return tmp_path / "database.sqlite"


def test_no_such_file_and_one_with_a_like_name(small_lab: Lab, file: Path, told: Told) -> None:
    file.with_name("databases.sqlite").write_bytes(b"")
    trouble = told(small_lab.diagnose(), "no-database-file")
    assert "There is no SQLite file" in trouble.said
    assert "In the same folder there is databases.sqlite." in trouble.known


def test_no_sqlite_file(small_lab: Lab, file: Path, told: Told) -> None:
    file.write_text("-- a dump\nCREATE TABLE a (b);\n" * 100)
    trouble = told(small_lab.diagnose(), "no-database-file")
    assert "file is not a database" in trouble.said
    assert "Its first bytes are b'-- a dump" in trouble.known[0]


def test_a_file_that_another_program_holds(small_lab: Lab, file: Path, told: Told) -> None:
    small_lab.make("ccc333")
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute("UPDATE shop_version SET version_num = 'aaa111'")
        trouble = told(small_lab.diagnose(), "locked")
        assert "Beside it lies database.sqlite-journal" in trouble.known[0]
        connection.rollback()


def test_a_server_that_does_not_answer(small_lab: Lab) -> None:
    found = small_lab.diagnose(url="postgresql://me:hunter2@127.0.0.1:9/db")
    (trouble,) = found
    assert trouble.kind == "unreachable"
    assert "The URL leads to 127.0.0.1, port 9." in trouble.known
    assert "hunter2" not in repr(found)


@pytest.fixture
def reader(postgresql_url: str) -> Iterator[str]:
    """The URL of a role with a password, that may read nothing yet; the server trusts it."""
    name = f"reader_{postgresql_url.rpartition('/')[2].partition('?')[0]}"
    admin = sa.create_engine(postgresql_url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE ROLE {name} LOGIN PASSWORD 'hunter2'")
    url = sa.make_url(postgresql_url).set(username=name, password="hunter2")
    yield url.render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP OWNED BY {name}")
        connection.exec_driver_sql(f"DROP ROLE {name}")
    admin.dispose()


@pytest.mark.postgresql
def test_a_role_without_rights_on_the_version_table(
    small_lab: Lab, postgresql_url: str, reader: str, told: Told
) -> None:
    lab = Lab(small_lab.shop, postgresql_url)
    lab.make("ccc333")
    found = lab.diagnose(url=reader)
    trouble = told(found, "no-rights")
    assert "hunter2" not in repr(found)
    sql = trouble.advice[0].sql
    assert sql is not None
    assert sql.startswith("GRANT SELECT ON shop_version TO reader_")
    lab.sql(sql)
    with lab.open(url=reader) as project:
        assert not diagnose_project(project, is_quick=True)


@pytest.mark.postgresql
def test_no_such_database_and_no_such_role(small_lab: Lab, postgresql_url: str) -> None:
    url = sa.make_url(postgresql_url)
    name = str(url.database)
    other = url.set(database=name + "x").render_as_string(hide_password=False)
    (trouble,) = small_lab.diagnose(url=other)
    assert trouble.kind == "no-such-database"
    assert name in trouble.known[0]
    stranger = url.set(username="nobody_here", password="hunter2")
    found = small_lab.diagnose(url=stranger.render_as_string(hide_password=False))
    assert [item.kind for item in found] == ["refused"]
    assert "The role is nobody_here; a password is in the URL." in found[0].known
    assert "hunter2" not in repr(found)


def test_a_wrong_password_on_mariadb(small_lab: Lab, mariadb_url: str) -> None:
    url = sa.make_url(mariadb_url)
    wrong = url.set(username="nobody_here", password="hunter2")
    found = small_lab.diagnose(url=wrong.render_as_string(hide_password=False))
    assert [item.kind for item in found] == ["refused"]
    assert "hunter2" not in repr(found)
    other = url.set(database=f"{url.database}x").render_as_string(hide_password=False)
    (trouble,) = small_lab.diagnose(url=other)
    assert trouble.kind == "no-such-database"
    assert str(url.database) in trouble.known[0]
    assert commands(trouble) == ["alembic upgrade head"]
