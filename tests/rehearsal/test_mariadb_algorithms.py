"""How MariaDB does an ALTER is found out by trying, and agrees with its documentation."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from schema.catalog import read_catalog
from schema.database import parse_url
from schema.rehearsal import Rehearsal
from schema.rehearsal.hazards import rules
from schema.scratch.mariadb_server import administer, run

pytestmark = pytest.mark.mariadb

TABLES = (
    "CREATE TABLE parent (id int PRIMARY KEY) ENGINE=InnoDB",
    "INSERT INTO parent VALUES (1)",
    "CREATE TABLE t (id int NOT NULL, n int, m int NOT NULL, s varchar(40), w varchar(60), "
    "c char(9) DEFAULT 'a', e enum('a', 'b'), d decimal(8, 2), txt text, p point NOT NULL, up int, "
    "own int, KEY ix (n), KEY iy (m), CONSTRAINT dear CHECK (m > 0), KEY ku (up), "
    "CONSTRAINT old FOREIGN KEY (up) REFERENCES parent (id)) "
    "ENGINE=InnoDB CHARACTER SET utf8mb4",
    "INSERT INTO t VALUES (1, 1, 1, 's', 'w', 'c', 'a', 1, 'txt', point(1, 1), 1, 1)",
    "CREATE TABLE keyed (a int PRIMARY KEY, b int NOT NULL) ENGINE=InnoDB",
    "INSERT INTO keyed VALUES (1, 1)",
)

#: Statements, with the best algorithm and the weakest lock as MariaDB's documentation has them for
#: 10.6 and newer: https://mariadb.com/kb/en/innodb-online-ddl-overview/ and the pages that it leads
#: to, one for each algorithm. Each is done to the tables as the ones before left them.
KNOWN = [
    ("ALTER TABLE t ADD last_one int", "INSTANT", "NONE"),
    ("ALTER TABLE t ADD mid varchar(9) NOT NULL DEFAULT 'x' AFTER n", "INSTANT", "NONE"),
    ("ALTER TABLE t ADD v int AS (n + 1) VIRTUAL", "INSTANT", "NONE"),
    ("ALTER TABLE t MODIFY d decimal(8,2) FIRST", "INSTANT", "NONE"),
    ("ALTER TABLE t DROP COLUMN last_one", "INSTANT", "NONE"),
    ("ALTER TABLE t DROP COLUMN v", "INSTANT", "NONE"),
    ("ALTER TABLE t MODIFY s varchar(60)", "INSTANT", "NONE"),
    ("ALTER TABLE t ALTER COLUMN c SET DEFAULT 'b'", "INSTANT", "NONE"),
    ("ALTER TABLE t ALTER COLUMN c DROP DEFAULT", "INSTANT", "NONE"),
    ("ALTER TABLE t MODIFY e enum('a', 'b', 'c')", "INSTANT", "NONE"),
    ("ALTER TABLE t RENAME COLUMN n TO nn", "INSTANT", "NONE"),
    ("ALTER TABLE t RENAME KEY ix TO iz", "INSTANT", "NONE"),
    ("ALTER TABLE t DROP CONSTRAINT dear", "INSTANT", "NONE"),
    ("ALTER TABLE t DROP FOREIGN KEY old", "INSTANT", "NONE"),
    ("ALTER TABLE t COMMENT 'told'", "INSTANT", "NONE"),
    ("ALTER TABLE t ALTER KEY iz IGNORED", "INSTANT", "NONE"),
    ("CREATE INDEX k2 ON t (s)", "NOCOPY", "NONE"),
    ("ALTER TABLE t ADD UNIQUE k3 (w)", "NOCOPY", "NONE"),
    ("DROP INDEX iz ON t", "NOCOPY", "NONE"),
    ("ALTER TABLE t ADD SPATIAL sp (p)", "NOCOPY", "SHARED"),
    ("ALTER TABLE t DROP KEY sp", "NOCOPY", "NONE"),
    ("CREATE FULLTEXT INDEX ft ON t (txt)", "INPLACE", "SHARED"),
    ("ALTER TABLE t DROP KEY ft", "NOCOPY", "NONE"),
    ("ALTER TABLE keyed ADD z int NULL, ADD KEY (z)", "INPLACE", "NONE"),
    ("ALTER TABLE keyed MODIFY b int NULL", "INPLACE", "NONE"),
    ("ALTER TABLE keyed MODIFY b int NOT NULL", "INPLACE", "NONE"),
    ("ALTER TABLE keyed DROP PRIMARY KEY, ADD PRIMARY KEY (b)", "INPLACE", "NONE"),
    ("ALTER TABLE keyed FORCE", "INPLACE", "NONE"),
    ("ALTER TABLE keyed ROW_FORMAT=COMPRESSED", "INPLACE", "NONE"),
    ("ALTER TABLE keyed ADD ai int AUTO_INCREMENT, ADD KEY (ai)", "INPLACE", "SHARED"),
    ("ALTER TABLE t MODIFY nn bigint", "COPY", "SHARED"),
    ("ALTER TABLE t MODIFY s varchar(20)", "COPY", "SHARED"),
    ("ALTER TABLE t MODIFY w varchar(70)", "COPY", "SHARED"),
    ("ALTER TABLE t MODIFY e enum('b', 'a', 'c')", "COPY", "SHARED"),
    ("ALTER TABLE t ADD st int AS (nn + 1) STORED", "COPY", "SHARED"),
    ("ALTER TABLE t ADD CHECK (nn > 0)", "COPY", "SHARED"),
    ("ALTER TABLE t ADD CONSTRAINT f2 FOREIGN KEY (own) REFERENCES parent (id)", "COPY", "SHARED"),
    ("ALTER TABLE t CONVERT TO CHARACTER SET latin1", "COPY", "SHARED"),
    ("ALTER TABLE keyed DROP PRIMARY KEY", "COPY", "SHARED"),
    ("ALTER TABLE keyed PARTITION BY HASH (b) PARTITIONS 2", "COPY", "SHARED"),
]  # fmt: skip


@pytest.fixture
def step(mariadb_shop: Any) -> Any:
    with administer(parse_url(mariadb_shop.url), parse_url(mariadb_shop.url).database) as admin:
        for statement in TABLES:
            run(admin, statement)
    lines = [f"op.execute({sql!r})" for sql, _, _ in KNOWN]
    mariadb_shop.write("bbb222", "aaa111", "many", "\n".join(lines))
    with Rehearsal.start(mariadb_shop.project) as rehearsal:
        [done] = rehearsal.run_to("bbb222")
        rehearsal.close(drop=True)
    return done


def test_each_kind_of_alter_is_told_as_it_is_documented(step: Any, mariadb_shop: Any) -> None:
    assert step.error is None
    found = {each.sql: (each.algorithm, each.lock) for each in step.statements}
    assert found == {sql: (algorithm, lock) for sql, algorithm, lock in KNOWN}
    # Those that make writers wait are hazards, and those that write nothing anew are none.
    work = {item for item in step.hazards if rules()[item.rule].effect in {"lock", "rewrite"}}
    told = {item.statement for item in work}
    told |= {item.statement for item in step.hazards if item.rule == "alter-blocks-writes"}
    blocking = {n for n, (_, _, lock) in enumerate(KNOWN) if lock != "NONE"}
    assert blocking <= told
    free = {n for n, (_, algorithm, lock) in enumerate(KNOWN) if algorithm == "INSTANT"}
    assert not free & told
    # What was found on an empty table holds for the one with rows, and nothing better does.
    with administer(parse_url(mariadb_shop.url), parse_url(mariadb_shop.url).database) as admin:
        for sql, algorithm, lock in KNOWN:
            joint = "" if sql.startswith("CREATE") else ","
            if sql.startswith("DROP INDEX") or "PARTITION" in sql:
                run(admin, sql)
                continue
            better = {"NOCOPY": "INSTANT", "INPLACE": "NOCOPY", "COPY": "INPLACE"}.get(algorithm)
            if better is not None:
                with pytest.raises(sa.exc.DBAPIError, match="is not supported"):
                    run(admin, f"{sql}{joint} ALGORITHM={better}")
            run(admin, f"{sql}{joint} ALGORITHM={algorithm}{joint} LOCK={lock}")


def test_trying_leaves_nothing_behind(mariadb_shop: Any) -> None:
    """Neither a table, nor a number that was counted on, nor a difference of the schema."""
    url = parse_url(mariadb_shop.url)
    with administer(url, url.database) as admin:
        for statement in TABLES:
            run(admin, statement)
        run(admin, "CREATE TABLE counted (id int AUTO_INCREMENT PRIMARY KEY) AUTO_INCREMENT=50")
    before = read_catalog(url)
    mariadb_shop.write(
        "bbb222", "aaa111", "refused",
        "op.execute('ALTER TABLE counted ADD x int')\n"
        "op.execute('ALTER TABLE counted DROP x')\n"
        "op.execute('ALTER TABLE t DROP FOREIGN KEY nothing')",
    )  # fmt: skip
    with Rehearsal.start(mariadb_shop.project) as rehearsal:
        [step] = rehearsal.run_to("bbb222")
        assert step.failed
        with administer(rehearsal.scratch.url, rehearsal.scratch.name) as admin:
            assert admin.exec_driver_sql("SHOW TABLES LIKE '%%probe%%'").all() == []
            run(admin, "INSERT INTO counted VALUES ()")
            assert admin.exec_driver_sql("SELECT id FROM counted").scalar_one() == 50
        assert not step.differences
        rehearsal.close(drop=True)
    assert read_catalog(url) == before


def test_what_the_session_has_set_decides(mariadb_shop: Any) -> None:
    url = parse_url(mariadb_shop.url)
    with administer(url, url.database) as admin:
        for statement in TABLES:
            run(admin, statement)
    add = "ALTER TABLE t ADD CONSTRAINT f2 FOREIGN KEY (own) REFERENCES parent (id)"
    mariadb_shop.write(
        "bbb222", "aaa111", "unchecked",
        f"op.execute('SET SESSION foreign_key_checks = 0')\nop.execute({add!r})",
    )  # fmt: skip
    with Rehearsal.start(mariadb_shop.project) as rehearsal:
        [step] = rehearsal.run_to("bbb222")
        rehearsal.close(drop=True)
    assert (step.statements[1].algorithm, step.statements[1].lock) == ("NOCOPY", "NONE")
