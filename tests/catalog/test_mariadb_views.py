"""The text of a MariaDB view is the same wherever it is, and however often it was made again."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from schema import scratch
from schema.catalog import Catalog, read_catalog
from schema.catalog.mariadb_views import spell_view
from schema.compare import compare
from schema.ddl import create

pytestmark = pytest.mark.mariadb

#: ``shop`` is the database's name, and what a table, an alias and a function are called as well.
TABLES = (
    "CREATE TABLE shop (id int PRIMARY KEY, name varchar(20))",
    "CREATE TABLE other (id int PRIMARY KEY, shop_id int, name varchar(20))",
    "CREATE SEQUENCE numbers",
    "CREATE FUNCTION shop (a int) RETURNS int RETURN a + 1",
)
VIEWS = (
    "SELECT id, name FROM shop",
    "SELECT shop.id, other.name FROM shop JOIN other ON shop.id = other.shop_id",
    "SELECT shop.id, o.name FROM other shop JOIN shop o ON shop.id = o.id",
    "SELECT shop.id, q.id AS qid FROM (SELECT id FROM other) shop, (SELECT id FROM shop) q",
    "WITH shop AS (SELECT id FROM other) SELECT shop.id, o.id AS oid FROM shop, other o",
    "SELECT nextval(numbers) AS n, shop(shop.id) AS f, shop.shop(2) AS g FROM shop",
    "SELECT trim(BOTH 'x' FROM shop.name) AS t, extract(YEAR FROM shop.name) AS y FROM other shop",
    # joined by commas
    "SELECT a.id FROM shop a, other b, shop c WHERE a.id = b.id AND b.id = c.id ORDER BY a.id",
    "SELECT a.id FROM shop a, other b LEFT JOIN shop c ON b.id = c.id, other shop GROUP BY a.id",
    "SELECT a.id FROM shop a LEFT JOIN (other b, shop c, shop d) ON a.id = c.id",
    "SELECT a.id FROM shop a, other b UNION SELECT c.id FROM shop c, other d LIMIT 3",
    "SELECT (SELECT max(x.id) FROM other x, shop y) AS m, 'a from b, c' AS text",
    "SELECT a.id FROM shop a WHERE a.id IN (SELECT x.id FROM other x, shop y WHERE x.id = y.id)",
    "SELECT a.id FROM (SELECT x.id FROM other x, shop y) a JOIN shop b STRAIGHT_JOIN other c",
)


@pytest.fixture
def own(mariadb_url: str) -> str:
    """The URL of a database whose name is also that of a table, an alias and a function."""
    name = str(sa.make_url(mariadb_url).database)
    made = [*TABLES, *(f"CREATE VIEW v{place} AS {text}" for place, text in enumerate(VIEWS))]
    run(mariadb_url, *(each.replace("shop", name) for each in made))
    return mariadb_url


def run(url: str, *statements: str) -> None:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
    engine.dispose()


def test_views_are_the_same_in_a_database_of_another_name(own: str) -> None:
    name = sa.make_url(own).database
    other = sa.make_url(own).set(database=f"{name}_b").render_as_string(hide_password=False)
    wanted = read_catalog(own)
    run(own, f"CREATE DATABASE {name}_b CHARACTER SET utf8mb4")
    try:
        run(other, *create(wanted))
        assert list(compare(wanted, read_catalog(other), cosmetic=True)) == []
    finally:
        run(own, f"DROP DATABASE {name}_b")


def test_a_copy_and_its_checkpoint_have_all_views(own: str) -> None:
    told: list[str] = []
    with scratch.copy(own, progress=lambda _, doing: told.append(doing)) as copy:
        assert told[-1] == "copied"
        wanted = views(read_catalog(own))
        assert views(read_catalog(copy.url)) == wanted
        with scratch.checkpoint(copy) as kept:
            assert views(read_catalog(kept.url)) == wanted


def views(catalog: Catalog) -> dict[str, object]:
    return {item.name: item.properties["definition"] for item in catalog.of_kind("view")}


def test_another_database_keeps_its_name() -> None:
    text = "select `a`.`t`.`c` AS `c`,`shop`.`d` AS `d` from `a`.`t` join `b`.`u` `shop`"
    assert spell_view(text, "a") == (
        "select `t`.`c` AS `c`,`shop`.`d` AS `d` from (`t` join `b`.`u` `shop`)"
    )
    assert "`b`.`u`" not in spell_view(text, "b")
    assert "`shop`.`d`" in spell_view(text, "shop")
