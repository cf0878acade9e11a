"""Diagrams as Mermaid and as DBML. What is asserted here was read by both parsers when written."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from schema.catalog import Catalog, read_catalog
from schema.diagram import diagram_between, diagram_of

Made = Callable[[str], Catalog]

HOSTILE = """
CREATE TABLE "<script>a('b')</script>" ("it's ""x"" \\" INTEGER PRIMARY KEY,
    "title" DOUBLE PRECISION, "1st" NUMERIC(10, 2) DEFAULT 'a`b',
    "größe 🛒" TIMESTAMP WITH TIME ZONE, [new
line] TEXT);
CREATE TABLE title (end INTEGER REFERENCES "<script>a('b')</script>", "" TEXT);
CREATE INDEX "odd'name" ON title (lower(end), end DESC);
"""


def test_mermaid_has_tables_keys_and_relations(store: Catalog) -> None:
    told = diagram_of(store, title='The "store"').mermaid()
    lines = told.splitlines()
    assert lines[:2] == ["erDiagram", '    accTitle: The "store"']
    assert '    t1["customers"] {' in lines
    assert "        INTEGER id PK" in lines
    assert '        VARCHAR(80) mail UK "null"' in lines
    assert "        INTEGER order_id PK, FK" in lines
    assert '    t3 }o--|| t1 : "customer_id"' in lines
    assert '    t3 }o--o| t1 : "payer_id"' in lines
    assert '    t4 |o--|| t1 : "customer_id"' in lines
    assert '    t7 }o..o| t1 : "customer_id"' in lines


def test_mermaid_takes_no_name_for_its_own_syntax(made: Made) -> None:
    told = diagram_of(made(HOSTILE)).mermaid()
    attribute = re.compile(
        r'        [A-Za-z][\w(),\[\]-]* [A-Za-z][\w-]*( (PK|FK|UK)(, (FK|UK))*)?( "[^"\n]*")?'
    )
    entity = re.compile(r'    t\d+\["[^"\n]*"\] \{|    \}')
    relation = re.compile(r'    t\d+ [|}]o(--|\.\.)(\|\||o\|) t\d+ : "[^"\n]*"')
    wrong = [
        line
        for line in told.splitlines()[1:]
        if not any(each.fullmatch(line) for each in (attribute, entity, relation))
    ]
    assert wrong == []
    assert "NUMERIC(10,2) x1st" in told
    assert "TIMESTAMP_WITH_TIME_ZONE" in told


def test_mermaid_gets_no_percent_sign_within_a_tables_name(made: Made) -> None:
    told = diagram_of(made('CREATE TABLE "100% x" (id INTEGER)')).mermaid()
    assert 't0["100\N{FULLWIDTH PERCENT SIGN} x"]' in told


def test_mermaid_tells_what_changed(made: Made) -> None:
    before = made("CREATE TABLE a (id INTEGER PRIMARY KEY, x TEXT)")
    after = made("CREATE TABLE a (id INTEGER PRIMARY KEY, y INTEGER)")
    told = diagram_between(before, after).mermaid()
    assert 'TEXT x "null; removed"' in told
    assert 'INTEGER y "null; added"' in told


def test_dbml_has_tables_indexes_and_references(store: Catalog) -> None:
    told = diagram_of(store).dbml()
    assert '  "mail" VARCHAR(80) [unique]' in told
    assert '    ("order_id", "line") [pk]' in told
    assert 'Ref: "orders"."customer_id" > "customers"."id" [delete: cascade]' in told
    assert 'Ref: "profiles"."customer_id" - "customers"."id"' in told
    assert 'Ref: "returns".("order_id", "line") > "order_lines".("order_id", "line")' in told
    assert '// implied by names: Ref: "visits"."customer_id" > "customers"."id"' in told
    assert "big_orders" not in told


def test_dbml_escapes_names_types_and_expressions(made: Made) -> None:
    told = diagram_of(made(HOSTILE)).dbml()
    assert "Table \"<script>a('b')</script>\" {" in told
    assert '"it\'s \\"x\\" \\\\" INTEGER [pk, not null]' in told
    assert "\"1st\" NUMERIC(10, 2) [default: '\\'a`b\\'']" in told
    assert '"größe 🛒" "TIMESTAMP WITH TIME ZONE"' in told
    assert '"new\\nline" TEXT' in told
    assert "(`lower(end)`, `end DESC`) [name: 'odd\\'name']" in told


@pytest.mark.postgresql
def test_dbml_has_schemas_enums_and_notes(postgresql_url: str) -> None:
    engine = sa.create_engine(postgresql_url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("""
CREATE SCHEMA crm;
CREATE TYPE crm.mood AS ENUM ('it''s fine', 'bad');
CREATE TABLE crm.people (id bigint PRIMARY KEY, mood crm.mood NOT NULL, at timestamptz);
CREATE TABLE visits (person bigint REFERENCES crm.people ON DELETE SET NULL);
COMMENT ON TABLE crm.people IS E'Whom\\nwe ''know''';
COMMENT ON COLUMN crm.people.mood IS 'As they say';
""")
    told = diagram_of(read_catalog(postgresql_url)).dbml()
    assert 'Enum "crm"."mood" {\n  "it\'s fine"\n  "bad"\n}' in told
    assert 'Table "crm"."people" {' in told
    assert '"mood" "crm.mood" [not null, note: \'As they say\']' in told
    assert '"at" "timestamp with time zone"' in told
    assert "Note: 'Whom\\nwe \\'know\\''" in told
    assert 'Ref: "visits"."person" > "crm"."people"."id" [delete: set null]' in told
