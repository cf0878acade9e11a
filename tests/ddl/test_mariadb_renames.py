"""Renames of MariaDB tables and columns whose names are passed on or exchanged, really run."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from schema.compare import Difference
from schema.ddl.mariadb_renames import statements

pytestmark = pytest.mark.mariadb


def renamed(name: str, to: str, table: str | None = None) -> Difference:
    kind = "column" if table else "table"
    return Difference(kind, None, table, name, "renamed", renamed_from=to)


@pytest.mark.parametrize(
    "pairs", ["ab", "ab ba", "ab bc", "bc ab", "ab bc ca de ed fg", "ca gh bc hi ab ij"]
)
def test_names_are_passed_on_and_exchanged(mariadb_url: str, pairs: str) -> None:
    tables = [renamed(old, new) for old, new in pairs.split()]
    columns = [renamed(old, new, table="a") for old, new in pairs.split()]
    names = [old for old, _ in pairs.split()]
    engine = sa.create_engine(mariadb_url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        run = connection.exec_driver_sql
        for name in names:
            run(f"CREATE TABLE {name} ({', '.join(f'{each} char(9)' for each in names)})")
            values = ", ".join(f"'{name}.{each}'" for each in names)
            run(f"INSERT INTO {name} VALUES ({values})")
        made = statements([*tables, *columns])
        for each in made:
            run(each.sql)
        for old, new in pairs.split():
            assert run(f"SELECT * FROM {new}").all()[0][0] == f"{old}.{names[0]}"
        to = next(new for old, new in pairs.split() if old == "a")
        for old, new in pairs.split():
            assert run(f"SELECT {new} FROM {to}").scalar() == f"a.{old}"
        assert len(run("SHOW TABLES").all()) == len(names)
    engine.dispose()
    assert {one for each in made for one in each.about} == {
        each.identity for each in (*tables, *columns)
    }


def test_what_leans_on_exchanged_columns_follows_them(mariadb_url: str) -> None:
    engine = sa.create_engine(mariadb_url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        run = connection.exec_driver_sql
        run(
            "CREATE TABLE t (a int, b int, less int AS (b - a) STORED, KEY k (a), "
            "CONSTRAINT c CHECK (a < b))"
        )
        run("INSERT INTO t (a, b) VALUES (1, 5)")
        for each in statements([renamed("a", "b", table="t"), renamed("b", "a", table="t")]):
            run(each.sql)
        assert run("SELECT a, b, less FROM t").all() == [(5, 1, 4)]
        made = run("SHOW CREATE TABLE t").all()[0][1]
    engine.dispose()
    for part in ("(`a` - `b`)", "KEY `k` (`b`)", "CHECK (`b` < `a`)"):
        assert part in made
