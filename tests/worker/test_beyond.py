"""On MariaDB a statement may name any database of the server: what of it a worker lets through."""

from __future__ import annotations

from contextlib import closing

import pymysql
import pytest
import sqlalchemy as sa

from schema.worker.beyond import (
    check,
    foreign_database,
    guard_connection,
    reaches_beyond,
    remote_engine,
)
from schema.worker.failure import Failure

OTHERS = frozenset({"production", "shop", "old", "mysql", "performance_schema"})

#: Run on a server with the tables a, b and c, one after another.
ORDINARY = [
    "CREATE VIEW v AS SELECT a.id FROM a JOIN b ON a.id = b.a_id",
    "CREATE TABLE n AS SELECT a.id FROM a LEFT JOIN b ON a.id = b.a_id",
    "CREATE INDEX i ON b (a_id)",
    "CREATE TRIGGER t AFTER INSERT ON a FOR EACH ROW "
    "UPDATE b JOIN c ON b.a_id = c.id SET b.y = NEW.id",
    "INSERT INTO a (id, x) VALUES (1, 'x') ON DUPLICATE KEY UPDATE a.x = VALUES(x)",
    "SELECT * FROM a JOIN b ON a.id = b.a_id WHERE a.x LIKE b.y",
    "SELECT EXTRACT(YEAR FROM a.made), trim(LEADING 'x' FROM a.x) FROM a",
    "CREATE TABLE m LIKE a",
    "DELETE a.* FROM a JOIN b ON a.id = b.a_id",
    "ALTER VIEW v AS SELECT a.id FROM a JOIN b ON a.id = b.a_id",
    "DROP INDEX i ON b",
]

REFUSED = [
    "DROP TABLE production.users",
    "drop table if exists `production`.`users`",
    "DROP TABLE a, production.users",
    "ALTER TABLE production . users ADD x int",
    "UPDATE production.users SET a = 1",
    "UPDATE t JOIN production.users u ON u.id = t.id SET u.a = 1",
    "DELETE FROM production.users",
    "DELETE production.users FROM users JOIN t",
    "INSERT INTO `production`.users VALUES (1)",
    "INSERT IGNORE INTO production.users SELECT 1",
    "REPLACE INTO production.users VALUES (1)",
    "TRUNCATE production.users",
    "TRUNCATE TABLE production.users",
    "CREATE TABLE production.x (a int)",
    "CREATE TABLE t LIKE production.users",
    "CREATE TABLE t (a int REFERENCES production.users (id))",
    "CREATE INDEX i ON production.users (a)",
    "DROP INDEX i ON production.users",
    "CREATE UNIQUE INDEX IF NOT EXISTS i USING BTREE ON not_known_here.users (a)",
    "CREATE PROCEDURE p () BEGIN DROP INDEX i ON not_known_here.users; END",
    "CREATE TRIGGER t BEFORE INSERT ON not_known_here.x FOR EACH ROW SET NEW.a = 1",
    "CREATE TABLE IF NOT EXISTS own.t LIKE not_known_here.users",
    "CREATE TABLE t (LIKE not_known_here.users)",
    "CREATE VIEW v AS SELECT a.id FROM a JOIN b ON a.id = production.users.id",
    "CREATE VIEW v AS SELECT trim(x) FROM not_known_here.a",
    "SELECT trim((SELECT x FROM not_known_here.a))",
    "INSERT INTO t VALUES (1) ON DUPLICATE KEY UPDATE a = production.wipe()",
    "DELETE production.users.* FROM users JOIN t",
    "CREATE PROCEDURE p () GRANT ALL ON production.* TO app",
    "CREATE TRIGGER production.t BEFORE INSERT ON x FOR EACH ROW SET NEW.a = 1",
    "CREATE VIEW v AS SELECT * FROM a, production.users",
    "CREATE PROCEDURE p () BEGIN DELETE FROM production.users; END",
    "SELECT production.wipe()",
    "SELECT production.users.id FROM users",
    "CALL production.wipe()",
    "RENAME TABLE t TO production.t",
    "ALTER TABLE t RENAME TO production.t",
    "USE production",
    "use `production`;",
    "SELECT 1; USE production",
    "/* a note */ UPDATE /* production */ production.users SET a = 1",
    "/*!50000 DROP TABLE production.users */",
    "-- note\nDROP TABLE production.users",
    "PREPARE s FROM 'DROP TABLE production.users'",
    "SET @s = 'DROP TABLE production.users'",
    "EXECUTE IMMEDIATE 'DROP TABLE production.users'",
    "CREATE PROCEDURE p () BEGIN PREPARE s FROM 'DELETE FROM production.users'; EXECUTE s; END",
    "CREATE PROCEDURE p () EXECUTE IMMEDIATE concat('TRUNCATE ', 'production.users')",
    "CREATE PROCEDURE p () BEGIN SET @s = 'USE production'; PREPARE s FROM @s; END",
    "CREATE TRIGGER t AFTER INSERT ON a FOR EACH ROW SET @a = production.log_it(NEW.id)",
    "CREATE TRIGGER t AFTER INSERT ON a FOR EACH ROW DO production.log_it(NEW.id)",
    "CREATE TRIGGER t AFTER INSERT ON a FOR EACH ROW INSERT INTO old.log VALUES (NEW.id)",
    "CREATE TRIGGER t AFTER INSERT ON a FOR EACH ROW SET @a = old.log_it(NEW.id)",
    "UPDATE stock, production.log SET production.log.n = 1",
    "DROP TABLE PRODUCTION.users",
    "DROP TABLE not_known_here.users",
    "UPDATE mysql.user SET a = 1",
    'DROP TABLE "production"."users"',
]

ALLOWED = [
    "DROP TABLE users",
    "DROP TABLE own.users",
    "ALTER TABLE `own`.`users` ADD x int",
    "SELECT shop.id FROM shop WHERE shop.a = 1.5",
    "SELECT shop.id, shop.b FROM shops AS shop JOIN x ON shop.id = x.shop",
    "UPDATE shop SET shop.a = 1",
    "INSERT INTO notes VALUES ('see production.users')",
    "UPDATE notes SET a = 'DROP TABLE production.users'",
    "CREATE TRIGGER t BEFORE INSERT ON shop FOR EACH ROW SET NEW.a = OLD.b",
    "CREATE TRIGGER t BEFORE INSERT ON shop FOR EACH ROW SET NEW.b = if(OLD.b, 'x.y', 1)",
    "CREATE PROCEDURE p () INSERT INTO notes VALUES ('see production.users')",
    "CREATE PROCEDURE p () EXECUTE IMMEDIATE 'DELETE FROM users WHERE a.b = 1.5'",
    *ORDINARY,
    "SELECT table_name FROM information_schema.tables",
    "SELECT * FROM performance_schema.threads",
    "SELECT user FROM mysql.user",
    "SELECT 1.5, 2.0e3 FROM t",
    "SET @a = 'some text'",
    "SET SESSION sql_mode = 'ANSI'",
    "INSERT INTO t VALUES ('it''s', \"production.users\", 'a\\'b')",
    "-- DROP TABLE production.users\nSELECT 1",
    "SELECT u.production FROM users u",
    "",
]


@pytest.mark.mariadb
def test_ordinary_statements_run_on_a_guarded_connection(mariadb_url: str) -> None:
    url = sa.make_url(mariadb_url)
    connection = pymysql.connect(
        user="root", unix_socket=url.query["unix_socket"], database=url.database
    )
    with closing(connection), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE a (id int PRIMARY KEY, x varchar(9), made date)")
        cursor.execute("CREATE TABLE b (a_id int, y int)")
        cursor.execute("CREATE TABLE c (id int)")
        guard_connection(connection, str(url.database))
        for statement in ORDINARY:
            cursor.execute(statement)
        with pytest.raises(Failure, match="'mysql'"):
            cursor.execute("CREATE INDEX i ON mysql.user (a)")


@pytest.mark.parametrize("statement", REFUSED)
def test_another_database_is_found(statement: str) -> None:
    assert foreign_database(statement, "own", OTHERS) is not None


@pytest.mark.parametrize("statement", ALLOWED)
def test_what_only_looks_like_one_is_let_through(statement: str) -> None:
    assert foreign_database(statement, "own", OTHERS) is None
    assert reaches_beyond(statement) is None


@pytest.mark.parametrize(
    "statement",
    [
        "GRANT SELECT ON users TO app@localhost",
        "REVOKE ALL ON *.* FROM app",
        "CREATE USER app@localhost",
        "create or replace user app@localhost",
        "DROP ROLE reader",
        "SET GLOBAL sql_mode = ''",
        "SET @@GLOBAL.sql_mode = ''",
        "SET PASSWORD FOR app = PASSWORD('x')",
        "DROP DATABASE production",
        "CREATE SCHEMA more",
        "ALTER DATABASE production CHARACTER SET utf8mb4",
        "/* now */ FLUSH PRIVILEGES",
        "KILL 7",
        "SHUTDOWN",
        "SELECT 1; GRANT SELECT ON users TO app",
    ],
)
def test_what_all_databases_share_is_found(statement: str) -> None:
    assert reaches_beyond(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER DATABASE CHARACTER SET utf8mb4",
        "ALTER SCHEMA DEFAULT COLLATE utf8mb4_bin",
        "CREATE TABLE user (a int)",
        "SET NAMES utf8mb4",
        "UPDATE grants SET a = 1",
        "INSERT INTO t VALUES ('GRANT ALL')",
    ],
)
def test_what_is_the_copys_own_is_not(statement: str) -> None:
    assert reaches_beyond(statement) is None


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE t (a int) ENGINE=MERGE UNION=(a, b)",
        "create table t (a int) engine = `federated` connection='mysql://h/d/t'",
        "CREATE OR REPLACE TEMPORARY TABLE t (a int) ENGINE 'CONNECT'",
        "ALTER TABLE t ENGINE=MRG_MyISAM",
        "CREATE TABLE t (a int) /*!50000 ENGINE=SPIDER */",
        "SELECT 1; ALTER TABLE t COMMENT 'x', ENGINE=Federated",
        "EXECUTE IMMEDIATE 'CREATE TABLE t (a int) ENGINE=MERGE'",
    ],
)
def test_a_table_whose_rows_would_lie_elsewhere_is_refused(statement: str) -> None:
    with pytest.raises(Failure, match="lie elsewhere"):
        check(statement, "own", OTHERS)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE t (engine varchar(9) DEFAULT 'merge', b int) ENGINE=InnoDB",
        "UPDATE cars SET engine = 'merge'",
        "CREATE VIEW v AS SELECT * FROM cars WHERE engine = 'connect'",
        "CREATE TABLE n AS SELECT * FROM cars WHERE engine = 'connect'",
        "ALTER TABLE t COMMENT 'ENGINE=MERGE'",
    ],
)
def test_what_only_speaks_of_an_engine_is_not(statement: str) -> None:
    assert remote_engine(statement) is None
