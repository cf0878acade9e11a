"""One change to a MariaDB schema is one difference; another spelling of it is none."""

# ruff: noqa: E501 -- a change, and what must come of it, stand on one line

from __future__ import annotations

import pytest

from schema.catalog import Catalog
from schema.compare import compare
from tests.catalog.conftest import Make

pytestmark = pytest.mark.mariadb

BASE = (
    """CREATE TABLE users (
        id int AUTO_INCREMENT PRIMARY KEY,
        name varchar(250) NOT NULL,
        role enum('USER', 'ADMIN') NOT NULL DEFAULT 'USER',
        flags set('a', 'b'),
        age int,
        total bigint unsigned,
        price decimal(10, 2) DEFAULT 1.5,
        at timestamp NULL,
        text1 text,
        data json,
        place point NOT NULL,
        twice int AS (age * 2) VIRTUAL,
        CONSTRAINT uq_name UNIQUE (name),
        CONSTRAINT ck_age CHECK (age > 0)
    ) ENGINE=InnoDB""",
    """CREATE TABLE pets (
        id int PRIMARY KEY, owner int, kind varchar(40), born date NOT NULL,
        KEY ix_owner (owner), KEY ix_kind (kind),
        CONSTRAINT fk_owner FOREIGN KEY (owner) REFERENCES users (id)
    ) COMMENT 'animals'""",
    """CREATE TABLE parts (a int NOT NULL, d date NOT NULL, CONSTRAINT pk PRIMARY KEY (a, d))
    PARTITION BY RANGE (year(d)) (PARTITION p0 VALUES LESS THAN (2020), PARTITION p1 VALUES LESS THAN (2030))""",
    "CREATE SEQUENCE counter START WITH 5",
    "CREATE VIEW grown AS SELECT id, 'a.b' AS label FROM users WHERE age > 17",
    "CREATE TRIGGER tr_pets BEFORE INSERT ON pets FOR EACH ROW SET NEW.born = '2020-01-01'",
    "CREATE PROCEDURE tidy (IN least int, OUT gone varchar(20)) BEGIN DELETE FROM pets WHERE id < least; END",
    "CREATE FUNCTION half (n int) RETURNS int DETERMINISTIC RETURN n / 2",
    "CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY DISABLE DO DELETE FROM pets",
)  # fmt: skip


@pytest.fixture(scope="module")
def base(make: Make) -> Catalog:
    return make(BASE)


#: What is run after BASE, and the object and the properties that must change by it.
CHANGED = {
    # tables
    "ALTER TABLE parts ENGINE=Aria": "table parts: engine",
    "ALTER TABLE parts ROW_FORMAT=COMPRESSED": "table parts: row_format",
    "ALTER TABLE pets DEFAULT CHARACTER SET latin1": "table pets: charset collation; column pets.kind: collation",
    "ALTER TABLE pets CONVERT TO CHARACTER SET latin1": "table pets: charset collation",
    "ALTER TABLE pets COMMENT 'beasts'": "table pets: comment",
    "ALTER TABLE pets STATS_PERSISTENT=1": "table pets: options",
    "ALTER TABLE pets ADD SYSTEM VERSIONING": "table pets: system_versioned",
    "ALTER TABLE parts ADD PARTITION (PARTITION p2 VALUES LESS THAN (2040))": "table parts: partitions",
    "ALTER TABLE parts REMOVE PARTITIONING": "table parts: partition_key partitions",
    # columns
    "ALTER TABLE users MODIFY name varchar(251) NOT NULL": "column users.name: type",
    "ALTER TABLE users MODIFY name varchar(250)": "column users.name: nullable",
    "ALTER TABLE users MODIFY role enum('USER', 'ADMIN', 'GUEST') NOT NULL DEFAULT 'USER'": "column users.role: type",
    "ALTER TABLE users MODIFY flags set('b', 'a')": "column users.flags: type",
    "ALTER TABLE users ALTER role SET DEFAULT 'ADMIN'": "column users.role: default",
    "ALTER TABLE users ALTER role DROP DEFAULT": "column users.role: default",
    "ALTER TABLE users MODIFY total bigint": "column users.total: type",
    "ALTER TABLE users MODIFY total bigint unsigned zerofill": "column users.total: type",
    "ALTER TABLE users MODIFY price decimal(10, 3) DEFAULT 1.5": "column users.price: type default",
    "ALTER TABLE users MODIFY at timestamp NULL ON UPDATE current_timestamp": "column users.at: on_update",
    "ALTER TABLE users MODIFY at timestamp(3) NULL": "column users.at: type",
    "ALTER TABLE users MODIFY at datetime": "column users.at: type",
    "ALTER TABLE users MODIFY text1 text COLLATE utf8mb4_bin": "column users.text1: collation",
    "ALTER TABLE users MODIFY text1 text CHARACTER SET latin1": "column users.text1: collation",
    "ALTER TABLE users MODIFY text1 mediumtext": "column users.text1: type",
    "ALTER TABLE users MODIFY data longtext": "column users.data: type",
    "ALTER TABLE users MODIFY age int INVISIBLE": "column users.age: invisible",
    "ALTER TABLE users MODIFY age int COMMENT 'years'": "column users.age: comment",
    "ALTER TABLE users MODIFY age tinyint(1)": "column users.age: type",
    "ALTER TABLE users MODIFY id int": "column users.id: auto_increment",
    "ALTER TABLE users DROP twice, ADD twice int AS (age * 2) STORED": "column users.twice: generated",
    "ALTER TABLE users MODIFY twice int AS (age * 3) VIRTUAL": "column users.twice: generated",
    # keys and indexes
    "ALTER TABLE parts DROP PRIMARY KEY, ADD PRIMARY KEY (d, a)": "primary key parts.PRIMARY: columns",
    "ALTER TABLE parts DROP PRIMARY KEY, ADD PRIMARY KEY (a, d DESC)": "primary key parts.PRIMARY: descending",
    "ALTER TABLE users DROP KEY uq_name, ADD UNIQUE uq_name (name, age)": "unique users.uq_name: columns",
    "ALTER TABLE users DROP KEY uq_name, ADD UNIQUE uq_name (name(20))": "unique users.uq_name: lengths",
    "ALTER TABLE pets DROP KEY ix_kind, ADD KEY ix_kind (kind(10))": "index pets.ix_kind: columns",
    "ALTER TABLE pets DROP KEY ix_kind, ADD KEY ix_kind (kind DESC)": "index pets.ix_kind: columns",
    "ALTER TABLE pets DROP KEY ix_kind, ADD KEY ix_kind (kind, born)": "index pets.ix_kind: columns",
    "ALTER TABLE pets DROP KEY ix_kind, ADD FULLTEXT KEY ix_kind (kind)": "index pets.ix_kind: method",
    "ALTER TABLE pets ALTER INDEX ix_kind IGNORED": "index pets.ix_kind: ignored",
    "ALTER TABLE pets DROP KEY ix_kind, ADD KEY ix_kind (kind) COMMENT 'why'": "index pets.ix_kind: comment",
    "ALTER TABLE pets DROP FOREIGN KEY fk_owner, ADD CONSTRAINT fk_owner FOREIGN KEY IF NOT EXISTS (owner) REFERENCES users (id) ON DELETE CASCADE": "foreign key pets.fk_owner: on_delete",
    "ALTER TABLE users DROP CONSTRAINT ck_age, ADD CONSTRAINT ck_age CHECK (age > 1)": "check users.ck_age: expression",
    # others
    "ALTER SEQUENCE counter INCREMENT BY 3": "sequence counter: increment",
    "ALTER SEQUENCE counter CYCLE": "sequence counter: cycle",
    "CREATE OR REPLACE VIEW grown AS SELECT id, 'a.b' AS label FROM users WHERE age > 18": "view grown: definition",
    "CREATE OR REPLACE VIEW grown AS SELECT id, 'a.b' AS label FROM users WHERE age > 17 WITH CHECK OPTION": "view grown: check_option",
    "CREATE OR REPLACE SQL SECURITY INVOKER VIEW grown AS SELECT id, 'a.b' AS label FROM users WHERE age > 17": "view grown: security",
    "CREATE OR REPLACE TRIGGER tr_pets AFTER INSERT ON pets FOR EACH ROW DO sleep(0)": "trigger pets.tr_pets: definition",
    "CREATE OR REPLACE FUNCTION half (n int) RETURNS int DETERMINISTIC RETURN n / 3": "function half: definition",
    "CREATE OR REPLACE FUNCTION half (n bigint) RETURNS int DETERMINISTIC RETURN n / 2": "function half: arguments",
    "CREATE OR REPLACE FUNCTION half (n int) RETURNS bigint DETERMINISTIC RETURN n / 2": "function half: returns",
    "CREATE OR REPLACE FUNCTION half (n int) RETURNS int RETURN n / 2": "function half: deterministic",
    "ALTER PROCEDURE tidy MODIFIES SQL DATA": "procedure tidy: data_access",
    "ALTER PROCEDURE tidy COMMENT 'broom'": "procedure tidy: comment",
    "ALTER EVENT nightly ON SCHEDULE EVERY 2 DAY": "event nightly: schedule",
    "ALTER EVENT nightly ENABLE": "event nightly: enabled",
}  # fmt: skip


@pytest.mark.parametrize("statement", CHANGED)
def test_a_changed_object_is_one_difference(statement: str, make: Make, base: Catalog) -> None:
    found = compare(base, make([*BASE, *_alone(statement)]))
    told = [f"{each.kind} {each.label}: {' '.join(each.properties)}" for each in found]
    wanted = CHANGED[statement].split("; ")
    assert sorted(told) == sorted(wanted)


def _alone(statement: str) -> list[str]:
    """A statement that needs another one first: a key that a foreign key leads to stays as it is."""
    if "MODIFY id int" in statement:
        again = "ALTER TABLE pets ADD CONSTRAINT fk_owner FOREIGN KEY (owner) REFERENCES users (id)"
        return ["ALTER TABLE pets DROP FOREIGN KEY fk_owner", statement, again]
    if "DROP FOREIGN KEY fk_owner, ADD" in statement:
        return statement.replace(", ADD", "; ALTER TABLE pets ADD").split("; ")
    return [statement]


ADDED = {
    "ALTER TABLE users ADD nick varchar(20)": "column users.nick",
    "CREATE TABLE extra (a int AUTO_INCREMENT PRIMARY KEY, b int UNIQUE CHECK (b > 0), FOREIGN KEY (b) REFERENCES users (id))": "table extra",
    "CREATE INDEX ix_age ON users (age)": "index users.ix_age",
    "CREATE UNIQUE INDEX ux_age ON users (age)": "unique users.ux_age",
    "CREATE FULLTEXT INDEX ft ON users (text1)": "index users.ft",
    "CREATE SPATIAL INDEX sp ON users (place)": "index users.sp",
    "ALTER TABLE users ADD CONSTRAINT ck_total CHECK (total < 9)": "check users.ck_total",
    "ALTER TABLE users ADD CONSTRAINT fk_age FOREIGN KEY (age) REFERENCES pets (id)": "foreign key users.fk_age",
    "CREATE VIEW seen AS SELECT 1 AS one": "view seen",
    "CREATE SEQUENCE more": "sequence more",
    "CREATE TRIGGER tr BEFORE DELETE ON users FOR EACH ROW DO sleep(0)": "trigger users.tr",
    "CREATE PROCEDURE nothing () BEGIN END": "procedure nothing",
    "CREATE FUNCTION one () RETURNS int RETURN 1": "function one",
    "CREATE EVENT soon ON SCHEDULE AT '2037-01-01 00:00:00' DISABLE DO DELETE FROM pets": "event soon",
}  # fmt: skip


@pytest.mark.parametrize("statement", ADDED)
def test_an_object_more_is_one_difference(statement: str, make: Make, base: Catalog) -> None:
    there = make([*BASE, statement])
    [added], [removed] = compare(base, there), compare(there, base)
    assert f"{added.kind} {added.label}" == ADDED[statement]
    assert (added.change, removed.change) == ("added", "removed")


#: Two ways to say one thing: columns, keys or options of a table.
SAME = {
    "integers' widths": ("a int, b bigint, c smallint unsigned", "a int(7), b bigint(3), c smallint(2) unsigned"),
    "BOOLEAN": ("a boolean", "a tinyint(1)"),
    "JSON": ("a json", "a longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin CHECK (json_valid(a))"),
    "utf8's names": ("a varchar(9) CHARACTER SET utf8mb3", "a varchar(9) CHARACTER SET utf8"),
    "the table's own charset": ("a varchar(9)", "a varchar(9) CHARACTER SET utf8mb4"),
    "binary collation": ("a varchar(9) BINARY", "a varchar(9) COLLATE utf8mb4_bin"),
    "now": ("a datetime DEFAULT current_timestamp ON UPDATE current_timestamp", "a datetime DEFAULT now() ON UPDATE LOCALTIME"),
    "now in parentheses": ("a datetime DEFAULT current_timestamp", "a datetime DEFAULT (now())"),
    "now with a part": ("a datetime(6) DEFAULT current_timestamp(6)", "a datetime(6) DEFAULT NOW(6)"),
    "NULL by default": ("a int", "a int NULL DEFAULT NULL"),
    "NULL of a timestamp": ("a timestamp NULL", "a timestamp NULL DEFAULT NULL"),
    "quoted numbers": ("a int DEFAULT 1, b decimal(5, 2) DEFAULT 1.5", "a int DEFAULT '1', b decimal(5, 2) DEFAULT '1.50'"),
    "truth as a default": ("a boolean DEFAULT true", "a boolean DEFAULT '1'"),
    "a float's zero": ("a float DEFAULT 1", "a float DEFAULT 1.0"),
    "a default with a quote": (r"a varchar(9) DEFAULT 'it''s'", r"a varchar(9) DEFAULT 'it\\'s'".replace("\\\\", "\\")),
    "a default in hexadecimal": ("a varchar(9) DEFAULT 'AB'", "a varchar(9) DEFAULT x'4142'"),
    "a default with a character set": ("a varchar(9) DEFAULT 'AB'", "a varchar(9) DEFAULT _latin1'AB'"),
    "a call as a default": ("a varchar(36) DEFAULT uuid()", "a varchar(36) DEFAULT (UUID())"),
    "a zerofilled default": ("a int(5) zerofill DEFAULT 7", "a int(5) unsigned zerofill DEFAULT '00007'"),
    "numeric": ("a decimal(10, 0), b double", "a numeric, b double precision"),
    "integer": ("a int, b int unsigned", "a integer, b integer unsigned"),
    "national strings": ("a varchar(5) CHARACTER SET utf8mb3", "a nvarchar(5)"),
    "generated": ("a int, b int AS (a + 1) STORED", "a int, b int GENERATED ALWAYS AS (a+1) PERSISTENT"),
    "primary key inline": ("a int PRIMARY KEY", "a int NOT NULL, CONSTRAINT pk PRIMARY KEY (a)"),
    "SERIAL": ("a serial", "a bigint unsigned NOT NULL AUTO_INCREMENT UNIQUE"),
    "unique as an index": ("a int, UNIQUE KEY u (a)", "a int, CONSTRAINT u UNIQUE (a)"),
    "unique by its default name": ("a int UNIQUE", "a int, UNIQUE (a)"),
    "unique by another default name": ("a int UNIQUE", "a int, UNIQUE KEY a_2 (a)"),
    "an index's default name": ("a int, KEY (a)", "a int, INDEX a USING BTREE (a)"),
    "a foreign key's own index": ("a int, CONSTRAINT f FOREIGN KEY (a) REFERENCES other (id)", "a int, KEY f (a), CONSTRAINT f FOREIGN KEY (a) REFERENCES other (id)"),
    "a nameless foreign key's index": ("a int, FOREIGN KEY (a) REFERENCES other (id)", "a int, KEY a (a), FOREIGN KEY (a) REFERENCES other (id)"),
    "another index instead": ("a int, CONSTRAINT f FOREIGN KEY (a) REFERENCES other (id)", "a int, KEY ix (a), CONSTRAINT f FOREIGN KEY (a) REFERENCES other (id)"),
    "no action": ("a int, CONSTRAINT f FOREIGN KEY (a) REFERENCES other (id)", "a int, CONSTRAINT f FOREIGN KEY (a) REFERENCES other (id) ON DELETE RESTRICT ON UPDATE NO ACTION"),
    "a check inline": ("a int CHECK (a > 0)", "a int, CHECK (a>0)"),
    "a check's spelling": ("a int, CONSTRAINT c CHECK (a <> 1 AND a IN (2, 3))", "a int, CONSTRAINT c CHECK ((a != 1) && (a in (2,3)))"),
    "an empty comment": ("a int", "a int COMMENT ''"),
    "a default that is empty": ("a varchar(9) DEFAULT ''", 'a varchar(9) DEFAULT ""'),
    "year": ("a year", "a year(4)"),
    "bits": ("a bit DEFAULT b'1'", "a bit(1) DEFAULT 1"),
}  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_another_spelling_is_no_difference(name: str, make: Make) -> None:
    other = "CREATE TABLE other (id int PRIMARY KEY)"
    left, right = (make([other, f"CREATE TABLE t ({inside})"]) for inside in SAME[name])
    assert list(compare(left, right)) == []


def test_the_row_format_that_is_the_servers_default_is_cosmetic(make: Make, base: Catalog) -> None:
    other = make([*BASE, "ALTER TABLE parts ROW_FORMAT=COMPACT"])
    assert list(compare(base, other)) == []
    [difference] = compare(base, other, cosmetic=True)
    assert (difference.label, list(difference.properties)) == ("parts", ["row_format"])
