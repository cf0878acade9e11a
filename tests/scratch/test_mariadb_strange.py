"""What few MariaDB databases have is in a copy as it is, and in one that is made of the catalog."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from schema import scratch
from schema.catalog import Catalog, read_catalog
from schema.compare import compare
from schema.database import parse_url
from schema.ddl import create, migrate
from schema.scratch.mariadb_server import administer, run

pytestmark = pytest.mark.mariadb

LONG = "x" * 58
MADE = (
    # names
    f"CREATE TABLE `{LONG} ``` (`{LONG}``c` int PRIMARY KEY, `a b` int, `%s` int, `:x` int, "
    f"KEY `{LONG} k` (`a b`), CONSTRAINT `{LONG} ck` CHECK (`a b` > 0))",
    f"CREATE VIEW `v ``{LONG[:50]}` AS SELECT `a b`, `{LONG}``c` FROM `{LONG} ```",
    # character sets, and bytes that are no text
    "CREATE TABLE sets (a varchar(10) CHARACTER SET latin1, b varchar(10) CHARACTER SET utf8, "
    "c enum('a', 'é') CHARACTER SET latin1, d varchar(9) DEFAULT _latin1'é', "
    "raw varbinary(9) DEFAULT x'00ff27', e varchar(9) COLLATE uca1400_ai_ci)",
    # where a table's files are
    "CREATE TABLE placed (a int) ENGINE=MyISAM DATA DIRECTORY='{folder}' COMMENT 'a b'",
    # events that begin when they are made
    "CREATE EVENT often ON SCHEDULE EVERY '1:30' HOUR_MINUTE DISABLE DO SELECT 1",
    "CREATE EVENT at_two ON SCHEDULE EVERY 1 DAY STARTS '2037-01-01 02:00:00' DISABLE DO SELECT 1",
    # Oracle's mode
    "CREATE TABLE base (a int)",
    "SET SESSION sql_mode = 'ORACLE'",
    "CREATE FUNCTION two (a IN number, b OUT varchar2(5)) RETURN number AS "
    "BEGIN b := 'x'; RETURN a; END",
    "CREATE PROCEDURE more (a IN OUT int) AS x int := 5; BEGIN a := a + x; END",
    "CREATE PACKAGE pack AS FUNCTION f RETURN int; PROCEDURE p (a int); END",
    "CREATE PACKAGE BODY pack AS v int := 3; FUNCTION f RETURN int AS BEGIN RETURN v; END; "
    "PROCEDURE p (a int) AS BEGIN v := a; END; END",
    "CREATE TRIGGER one BEFORE INSERT ON base FOR EACH ROW BEGIN :NEW.a := 1; END",
    "SET SESSION sql_mode = ''",
    "CREATE FUNCTION given (OUT a int) RETURNS int RETURN 1",
)


def ran(url: sa.URL, statements: list[str]) -> None:
    with administer(url, url.database) as admin:
        run(admin, "SET SESSION sql_mode = @@GLOBAL.sql_mode")
        for statement in statements:
            run(admin, statement)


def made(url: sa.URL, folder: Path) -> Catalog:
    folder.mkdir()
    folder.chmod(0o777)
    ran(url, [each.replace("{folder}", str(folder)) for each in MADE])
    return read_catalog(url)


def test_a_copy_has_it_all(mariadb_url: str, tmp_path: Path) -> None:
    url = parse_url(mariadb_url)
    wanted = made(url, tmp_path / "tables")
    ran(url, ["SET @wait = sleep(1.1)"])  # an event begins in the second in which it is made
    told: list[str] = []
    with scratch.copy(url, progress=lambda _, doing: told.append(doing)) as copy:
        assert told[-1] == "copied"
        assert list(compare(wanted, read_catalog(copy.url), cosmetic=True)) == []
        with administer(copy.url, copy.name) as admin:
            query = "SELECT hex(default(raw)) FROM (SELECT 1) x LEFT JOIN sets ON true"
            assert admin.exec_driver_sql(query).scalar_one() == "00FF27"


def test_it_is_made_of_its_catalog_and_taken_back(mariadb_url: str, tmp_path: Path) -> None:
    url = parse_url(mariadb_url)
    empty = read_catalog(url)
    wanted = made(url, tmp_path / "tables")
    other = url.set(database=f"{url.database}_b")
    ran(url, [f"CREATE DATABASE {other.database} CHARACTER SET utf8mb4"])
    try:
        ran(other, create(wanted))
        found = read_catalog(other)
        assert list(compare(wanted, found, cosmetic=True)) == []
        statements, not_expressed = migrate(found, empty, list(compare(empty, found)))
        assert not_expressed == []
        ran(other, [each.sql for each in statements])
        assert list(compare(empty, read_catalog(other), cosmetic=True)) == []
    finally:
        ran(url, [f"DROP DATABASE {other.database}"])
