"""Diagrams of catalogs: tables, relations, what is near to a table."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from schema.catalog import Catalog, read_catalog
from schema.diagram import Diagram, diagram_of
from schema.errors import WorkbenchError

Made = Callable[[str], Catalog]


def real(diagram: Diagram) -> list[str]:
    return [each.describe() for each in diagram.relations if not each.is_implied]


def test_a_foreign_key_is_a_relation_with_its_cardinality(store: Catalog) -> None:
    assert real(diagram_of(store)) == [
        "order_lines.order_id → orders.id (0..n to 1)",
        "orders.customer_id → customers.id (0..n to 1; on delete cascade)",
        "orders.payer_id → customers.id (0..n to 0..1)",
        "orders.replaces_id → orders.id (0..n to 0..1)",
        "profiles.customer_id → customers.id (0..1 to 1)",
        "returns.order_id, line → order_lines.order_id, line (0..n to 1)",
    ]


def test_columns_bear_their_keys_types_and_nulls(store: Catalog) -> None:
    diagram = diagram_of(store)
    told = [(c.name, c.type, c.is_nullable, c.keys) for c in diagram["order_lines"].columns]
    assert told == [
        ("order_id", "INTEGER", False, ("PK", "FK")),
        ("line", "INTEGER", False, ("PK",)),
        ("amount", "NUMERIC", True, ()),
    ]
    assert diagram["customers"].columns[1].keys == ("UK",)
    assert diagram["big_orders"].kind == "view"


def test_focus_shows_what_is_near(store: Catalog) -> None:
    one = diagram_of(store, focus="order_lines")
    assert {table.label: table.distance for table in one.tables} == {
        "order_lines": 0,
        "orders": 1,
        "returns": 1,
    }
    assert one.left_out == 5
    two = diagram_of(store, focus=["order_lines"], distance=2, implied=False)
    assert "customers" in two
    assert "profiles" not in two


def test_a_table_that_is_not_there_is_told_with_what_is_near(store: Catalog) -> None:
    with pytest.raises(WorkbenchError, match=r"no table 'order'.*orders"):
        diagram_of(store, focus="order")


def test_detail_chooses_the_columns(store: Catalog) -> None:
    keys = diagram_of(store, detail="keys")
    assert [c.name for c in keys["visits"].columns] == ["id", "customer_id"]
    assert diagram_of(store, detail="names")["visits"].columns == ()
    with pytest.raises(WorkbenchError, match="detail is one of"):
        diagram_of(store, detail="some")


def test_a_foreign_key_to_nowhere_is_no_relation(made: Made) -> None:
    assert diagram_of(made("CREATE TABLE a (b INTEGER REFERENCES gone)")).relations == ()


def test_a_frame_has_one_row_a_relation(store: Catalog) -> None:
    frame = diagram_of(store).frame()
    assert list(frame.columns[:5]) == [
        "table", "columns", "target", "target_columns", "cardinality",
    ]  # fmt: skip
    assert len(frame) == 7
    assert frame["implied"].sum() == 1


def test_an_empty_catalog_is_an_empty_diagram(made: Made) -> None:
    diagram = diagram_of(made(""))
    assert repr(diagram) == "<Diagram: 0 tables, 0 relations>"
    assert "no tables" in diagram._repr_mimebundle_()["text/html"]


def test_the_same_schema_is_the_same_diagram(store: Catalog) -> None:
    assert diagram_of(store) == diagram_of(Catalog.from_json(store.to_json()))


# -- implied relations ----------------------------------------------------------------------------


def implied(catalog: Catalog) -> dict[str, str]:
    return {
        f"{each.table}.{each.columns[0]}": f"{each.target}.{each.target_columns[0]}"
        for each in diagram_of(catalog).relations
        if each.is_implied
    }


@pytest.mark.parametrize(
    ("parent", "column", "target"),
    [
        ("guests (guestname VARCHAR(250) PRIMARY KEY)", "guestname VARCHAR(20)", "guestname"),
        ("guests (guest_name TEXT PRIMARY KEY)", "guestname VARCHAR(20)", "guest_name"),
        ("customer (id INTEGER PRIMARY KEY)", "customer_id BIGINT", "id"),
        ("customers (id INTEGER PRIMARY KEY)", "customerId INTEGER", "id"),
        ("categories (id INTEGER PRIMARY KEY)", "category_id INTEGER", "id"),
        ("boxes (id INTEGER PRIMARY KEY)", "box_id INTEGER", "id"),
        ("customers (id INTEGER PRIMARY KEY)", "billing_customer_id INTEGER", "id"),
        ("pools (poolname TEXT PRIMARY KEY)", "pool VARCHAR", "poolname"),
    ],
)
def test_a_name_tells_of_a_relation(made: Made, parent: str, column: str, target: str) -> None:
    found = implied(made(f"CREATE TABLE {parent}; CREATE TABLE child (nr INTEGER, {column})"))
    assert list(found.values()) == [f"{parent.split()[0]}.{target}"]


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (x TEXT, id INTEGER);",
        "CREATE TABLE a (name TEXT PRIMARY KEY); CREATE TABLE b (x TEXT, name TEXT);",
        "CREATE TABLE customer (id INTEGER PRIMARY KEY); CREATE TABLE b (customer_id TEXT);",
        "CREATE TABLE a (sku TEXT PRIMARY KEY); CREATE TABLE b (sku TEXT PRIMARY KEY);"
        " CREATE TABLE c (sku TEXT);",
        "CREATE TABLE a (sku TEXT PRIMARY KEY); CREATE TABLE b (sku TEXT PRIMARY KEY);",
        "CREATE TABLE orders (id INTEGER PRIMARY KEY, state TEXT);"
        " CREATE TABLE b (order_state TEXT);",
    ],
    ids=["id", "name", "type", "two keys", "key against key", "no key"],
)
def test_what_could_mean_anything_is_no_relation(made: Made, sql: str) -> None:
    assert implied(made(sql)) == {}


def test_a_name_that_many_tables_have_tells_nothing(made: Made) -> None:
    tables = "".join(f"CREATE TABLE t{n} (x INTEGER, tenant TEXT);" for n in range(20))
    assert implied(made("CREATE TABLE tenants (tenant TEXT PRIMARY KEY);" + tables)) == {}


def test_a_foreign_key_elsewhere_tells_what_a_name_means(made: Made) -> None:
    catalog = made(
        "CREATE TABLE users (username TEXT PRIMARY KEY);"
        "CREATE TABLE keys (k TEXT PRIMARY KEY, ownername TEXT REFERENCES users);"
        "CREATE TABLE guests (g TEXT PRIMARY KEY, ownername TEXT);"
    )
    assert implied(catalog) == {"guests.ownername": "users.username"}
    [relation] = [each for each in diagram_of(catalog).relations if each.is_implied]
    assert relation.evidence == "keys.ownername is a foreign key there"


def test_a_real_relation_is_not_implied_again(store: Catalog) -> None:
    assert implied(store) == {"visits.customer_id": "customers.id"}
    assert all(not each.is_implied for each in diagram_of(store, implied=False).relations)


# -- groups ---------------------------------------------------------------------------------------


def test_every_table_is_in_one_group(made: Made) -> None:
    names = [f"{area}_{n}" for area in ("sales", "stock", "hr") for n in range(4)]
    sql = "".join(f"CREATE TABLE {name} (id INTEGER PRIMARY KEY);" for name in names)
    sql += "CREATE TABLE near (id INTEGER PRIMARY KEY, x INTEGER REFERENCES stock_1);"
    sql += "CREATE TABLE alone (id INTEGER PRIMARY KEY);"
    groups = {each.name: each.tables for each in diagram_of(made(sql)).groups}
    assert list(groups) == ["hr", "sales", "stock", "others"]
    assert groups["stock"] == ("near", "stock_0", "stock_1", "stock_2", "stock_3")
    assert groups["others"] == ("alone",)


def test_a_prefix_of_all_tables_is_no_group(made: Made) -> None:
    names = [f"app_{area}_{n}" for area in ("sales", "stock") for n in range(4)]
    sql = "".join(f"CREATE TABLE {name} (id INTEGER PRIMARY KEY);" for name in names)
    assert [len(each.tables) for each in diagram_of(made(sql)).groups] == [4, 4]


# -- PostgreSQL -----------------------------------------------------------------------------------


@pytest.mark.postgresql
def test_schemas_comments_and_partitions_are_told(postgresql_url: str) -> None:
    engine = sa.create_engine(postgresql_url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("""
CREATE SCHEMA crm;
CREATE TABLE crm.people (id bigint PRIMARY KEY, boss bigint REFERENCES crm.people);
COMMENT ON TABLE crm.people IS 'Whom we know';
COMMENT ON COLUMN crm.people.boss IS 'Who leads';
CREATE TABLE visits (at date NOT NULL, person bigint NOT NULL REFERENCES crm.people)
  PARTITION BY RANGE (at);
CREATE TABLE visits_2025 PARTITION OF visits FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE MATERIALIZED VIEW crm.recent AS SELECT * FROM visits;
""")
    diagram = diagram_of(read_catalog(postgresql_url))
    assert [table.label for table in diagram.tables] == ["crm.people", "crm.recent", "visits"]
    assert real(diagram) == [
        "crm.people.boss → crm.people.id (0..n to 0..1)",
        "visits.person → crm.people.id (0..n to 1)",
    ]
    people = diagram["crm.people"]
    assert (people.comment, people.columns[1].comment) == ("Whom we know", "Who leads")
    assert diagram["visits"].partitions == 1
    assert diagram_of(read_catalog(postgresql_url), focus="people").focus == ("crm.people",)
