"""One change to what few MariaDB schemas have is one difference, too; a dump makes none."""

# ruff: noqa: E501 -- a change, and what must come of it, stand on one line

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from schema.catalog import Catalog
from schema.compare import compare
from tests.catalog.conftest import Make

pytestmark = pytest.mark.mariadb

_STRICT = "SET SESSION sql_mode = @@GLOBAL.sql_mode"

BASE = (
    """CREATE TABLE stays (
        room int NOT NULL, guest varchar(20), start date, leave_on date,
        PERIOD FOR stay (start, leave_on),
        CONSTRAINT uq UNIQUE (room, stay WITHOUT OVERLAPS), CHECK (start < leave_on)
    )""",
    """CREATE TABLE prices (id int, price int, note text) WITH SYSTEM VERSIONING
    PARTITION BY SYSTEM_TIME INTERVAL 1 MONTH (PARTITION past HISTORY, PARTITION now CURRENT)""",
    """CREATE TABLE rates (
        id int, began timestamp(6) GENERATED ALWAYS AS ROW START,
        ended timestamp(6) GENERATED ALWAYS AS ROW END, PERIOD FOR SYSTEM_TIME (began, ended)
    ) WITH SYSTEM VERSIONING""",
    """CREATE TABLE days (a int, d date)
    PARTITION BY RANGE (year(d)) SUBPARTITION BY HASH (to_days(d)) SUBPARTITIONS 2
    (PARTITION p0 VALUES LESS THAN (2000), PARTITION p1 VALUES LESS THAN MAXVALUE COMMENT 'rest')""",
    """CREATE TABLE places (
        id uuid DEFAULT uuid() PRIMARY KEY, address inet6, v4 inet4, note varchar(20) CHECK (note <> ''),
        said text COMPRESSED, KEY ix (address), FULLTEXT KEY ft (note)
    )""",
    "CREATE SEQUENCE numbers MINVALUE 1 MAXVALUE 1000 CACHE 10 COMMENT 'why'",
    "CREATE TABLE numbered (id bigint DEFAULT nextval(numbers))",
    "CREATE VIEW seen AS SELECT id FROM places",
    "CREATE VIEW seen_too AS SELECT id FROM seen",
    "CREATE VIEW pairs AS SELECT places.id, days.d, x.a FROM places, days, days x",
    "CREATE TRIGGER t1 BEFORE INSERT ON days FOR EACH ROW SET NEW.a = 1",
    "CREATE TRIGGER t2 BEFORE INSERT ON days FOR EACH ROW SET NEW.a = 2",
    "CREATE PROCEDURE act (INOUT `a b` int, IN `key` varchar(5) CHARACTER SET latin1) SQL SECURITY INVOKER BEGIN END",
    "CREATE PROCEDURE rest () BEGIN END",
    "CREATE AGGREGATE FUNCTION last_of (x int) RETURNS int BEGIN DECLARE v int; DECLARE CONTINUE HANDLER FOR NOT FOUND RETURN v; LOOP FETCH GROUP NEXT ROW; SET v = x; END LOOP; END",
    "CREATE EVENT daily ON SCHEDULE EVERY 1 DAY STARTS '2037-01-01 03:00:00' DISABLE COMMENT 'c' DO SELECT 1",
    "CREATE EVENT once ON SCHEDULE AT '2037-01-01 03:00:00' DISABLE DO SELECT 1",
    "SET SESSION sql_mode = 'ORACLE'",
    "CREATE PACKAGE pack AS FUNCTION one RETURN int; END",
    "CREATE PACKAGE BODY pack AS FUNCTION one RETURN int AS BEGIN RETURN 1; END; END",
    _STRICT,
)  # fmt: skip


@pytest.fixture(scope="module")
def base(make: Make) -> Catalog:
    return make(BASE)


_ANOTHER_MODE = "SET SESSION sql_mode = 'ANSI_QUOTES'; "
_KEEP = "SET SESSION system_versioning_alter_history = KEEP; "
_ORACLE = "SET SESSION sql_mode = 'ORACLE'; "
_AGAIN = "CREATE OR REPLACE VIEW seen AS SELECT id FROM places"
_STAYS = "CREATE OR REPLACE TABLE stays (room int NOT NULL, guest varchar(20), start date NOT NULL, leave_on date NOT NULL, CONSTRAINT uq UNIQUE "

#: What is run after BASE, and the object and the properties that must change by it.
CHANGED = {
    "ALTER DATABASE CHARACTER SET latin1": "database database: charset collation",
    "ALTER DATABASE COLLATE utf8mb4_bin": "database database: collation",
    # tables
    _STAYS + "(room, leave_on, start), CHECK (start < leave_on))": "table stays: period; unique stays.uq: columns without_overlaps",
    "CREATE OR REPLACE TABLE stays (room int NOT NULL, guest varchar(20), start date, leave_on date, PERIOD FOR visit (start, leave_on), CONSTRAINT uq UNIQUE (room, visit WITHOUT OVERLAPS), CHECK (start < leave_on))": "table stays: period; unique stays.uq: without_overlaps",
    "ALTER TABLE stays DROP KEY uq, ADD CONSTRAINT uq UNIQUE (guest, stay WITHOUT OVERLAPS)": "unique stays.uq: columns",
    "ALTER TABLE stays DROP KEY uq; ALTER TABLE stays ADD CONSTRAINT uq UNIQUE (room, leave_on, start)": "unique stays.uq: columns without_overlaps",
    "ALTER TABLE stays DROP CONSTRAINT CONSTRAINT_1, ADD CHECK (start <> leave_on)": "check stays.CONSTRAINT_1: expression",
    "ALTER TABLE prices PARTITION BY SYSTEM_TIME INTERVAL 2 MONTH (PARTITION past HISTORY, PARTITION now CURRENT)": "table prices: partition_key",
    "ALTER TABLE prices PARTITION BY SYSTEM_TIME LIMIT 5 (PARTITION past HISTORY, PARTITION now CURRENT)": "table prices: partition_key",
    "ALTER TABLE prices REMOVE PARTITIONING": "table prices: partition_key partitions",
    _KEEP + "ALTER TABLE rates DROP SYSTEM VERSIONING, DROP began, DROP ended": "table rates: system_versioned; column rates.began; column rates.ended",
    _KEEP + "ALTER TABLE prices MODIFY note text WITHOUT SYSTEM VERSIONING": "column prices.note: unversioned",
    "ALTER TABLE days DROP PARTITION p1": "table days: partitions",
    "ALTER TABLE days REORGANIZE PARTITION p1 INTO (PARTITION p1a VALUES LESS THAN (2010), PARTITION p1b VALUES LESS THAN MAXVALUE)": "table days: partitions",
    "ALTER TABLE days PARTITION BY RANGE (year(d)) (PARTITION p0 VALUES LESS THAN (2000), PARTITION p1 VALUES LESS THAN MAXVALUE COMMENT 'rest')": "table days: partition_key partitions",
    "ALTER TABLE places KEY_BLOCK_SIZE=8 ROW_FORMAT=COMPRESSED": "table places: row_format options",
    "ALTER TABLE places `PAGE_COMPRESSED`=1": "table places: options",
    "ALTER TABLE places CHECKSUM=1": "table places: options",
    # columns
    "ALTER TABLE places MODIFY id varchar(36) DEFAULT uuid()": "column places.id: type",
    "ALTER TABLE places ALTER id DROP DEFAULT": "column places.id: default",
    "ALTER TABLE places MODIFY v4 varchar(20)": "column places.v4: type",
    "ALTER TABLE places MODIFY said text": "column places.said: type",
    "ALTER TABLE places MODIFY note varchar(20) CHECK (note <> '-')": "check places.note: expression",
    "ALTER TABLE places MODIFY note varchar(20)": "check places.note",
    "ALTER TABLE numbered ALTER id SET DEFAULT lastval(numbers)": "column numbered.id: default",
    # others
    "CREATE OR REPLACE SEQUENCE numbers MINVALUE 1 MAXVALUE 1000 CACHE 10 COMMENT 'because'": "sequence numbers: comment",
    "ALTER SEQUENCE numbers CACHE 20": "sequence numbers: cache",
    "ALTER SEQUENCE numbers MINVALUE 0": "sequence numbers: minimum",
    "ALTER SEQUENCE numbers MAXVALUE 2000": "sequence numbers: maximum",
    "ALTER SEQUENCE numbers START WITH 3": "sequence numbers: start",
    _AGAIN.replace("VIEW", "ALGORITHM=TEMPTABLE VIEW"): "view seen: algorithm",
    _AGAIN.replace("VIEW", "DEFINER=other@localhost VIEW"): "view seen: owner",
    _AGAIN + " WITH LOCAL CHECK OPTION": "view seen: check_option",
    _AGAIN.replace("id", "id AS id2"): "view seen: definition",
    "DROP TRIGGER t1; CREATE TRIGGER t1 BEFORE INSERT ON days FOR EACH ROW SET NEW.a = 1": "trigger days.t1: order; trigger days.t2: order",
    "CREATE OR REPLACE DEFINER=other@localhost TRIGGER t2 BEFORE INSERT ON days FOR EACH ROW SET NEW.a = 2": "trigger days.t2: owner",
    _ANOTHER_MODE + "CREATE OR REPLACE TRIGGER t2 BEFORE INSERT ON days FOR EACH ROW SET NEW.a = 2": "trigger days.t2: sql_mode",
    _ANOTHER_MODE + "CREATE OR REPLACE PROCEDURE rest () BEGIN END": "procedure rest: sql_mode",
    _ANOTHER_MODE + "CREATE OR REPLACE EVENT daily ON SCHEDULE EVERY 1 DAY STARTS '2037-01-01 03:00:00' DISABLE COMMENT 'c' DO SELECT 1": "event daily: sql_mode",
    _ORACLE + "CREATE OR REPLACE PACKAGE BODY pack AS FUNCTION one RETURN int AS BEGIN RETURN 2; END; END": "package body pack: definition",
    "ALTER PROCEDURE act SQL SECURITY DEFINER": "procedure act: security",
    "CREATE OR REPLACE PROCEDURE act (INOUT `a b` int, OUT `key` varchar(5) CHARACTER SET latin1) SQL SECURITY INVOKER BEGIN END": "procedure act: arguments",
    "CREATE OR REPLACE PROCEDURE act (INOUT `a b` int, IN `key` varchar(5)) SQL SECURITY INVOKER BEGIN END": "procedure act: arguments",
    "CREATE OR REPLACE DEFINER=other@localhost PROCEDURE rest () BEGIN END": "procedure rest: owner",
    "ALTER EVENT daily ON SCHEDULE EVERY 1 DAY STARTS '2037-01-01 04:00:00'": "event daily: starts",
    "ALTER EVENT daily ON SCHEDULE EVERY 1 DAY STARTS '2037-01-01 03:00:00' ENDS '2037-02-01 03:00:00'": "event daily: ends",
    "ALTER EVENT daily ON COMPLETION PRESERVE": "event daily: on_completion",
    "ALTER EVENT daily COMMENT 'd'": "event daily: comment",
    "ALTER EVENT daily DO SELECT 2": "event daily: definition",
    "ALTER EVENT daily DISABLE ON SLAVE": "event daily: enabled",
    "ALTER EVENT once ON SCHEDULE AT '2037-01-02 03:00:00'": "event once: schedule",
}  # fmt: skip


@pytest.mark.parametrize("statement", CHANGED)
def test_a_changed_object_is_one_difference(
    statement: str, make: Make, base: Catalog, other: str
) -> None:
    found = compare(base, make([*BASE, *parted(statement)]))
    told = [
        f"{each.kind} {each.label}"
        + (f": {' '.join(each.properties)}" if each.change == "changed" else "")
        for each in found
    ]
    assert sorted(told) == sorted(CHANGED[statement].split("; "))


def parted(statement: str) -> list[str]:
    """A setting and what it is for, or statements one after the other."""
    return statement.split("; ", 1 if statement.startswith("SET") else -1)


@pytest.fixture(scope="module", autouse=True)
def other(mariadb_server: str) -> Iterator[str]:
    """An account that can be a definer."""
    engine = sa.create_engine(mariadb_server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE USER other@localhost")
        yield "other@localhost"
        connection.exec_driver_sql("DROP USER other@localhost")
    engine.dispose()
