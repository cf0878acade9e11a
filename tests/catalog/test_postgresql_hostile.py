"""Names that are hostile on purpose: they are read as they are, and break nothing."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from schema.catalog import Catalog, read_catalog
from schema.catalog.postgresql_names import is_server_named
from schema.compare import compare
from schema.render.catalog import catalog_html

pytestmark = pytest.mark.postgresql

#: What PostgreSQL takes as a name: no zero character, at most 63 bytes.
NAMES = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=20
).filter(lambda name: len(name.encode()) <= 63)

HOSTILE = [
    "select", "a b", 'say "hi"', "it's", "100%", "%s", "%(name)s", "{}", "{name}", ":x",
    "back\\slash", "<script>alert(1)</script>", "x'; DROP TABLE users; --", "new\nline", "tab\t",
    "💥", "ß", "é" * 31, "n" * 63, "pg_class", "PUBLIC", "$$", "NULL", "a.b", "(a, b)", "/*", "--",
    "\u202eevil", "1", " ",
]  # fmt: skip


@pytest.fixture(scope="module")
def engine(postgresql_server: str) -> Iterator[sa.Engine]:
    name = f"hostile_{uuid.uuid4().hex[:8]}"
    admin = sa.create_engine(postgresql_server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    found = sa.create_engine(sa.make_url(postgresql_server).set(database=name))
    yield found
    found.dispose()
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


def run(connection: sa.Connection, statement: str) -> None:
    connection.exec_driver_sql(statement, execution_options={"no_parameters": True})


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def made(connection: sa.Connection, name: str) -> Catalog:
    """The catalog of a schema in which everything bears the name."""
    n, text = quoted(name), "E'" + name.replace("\\", "\\\\").replace("'", "''") + "'"
    schema_name = quoted(f"s{name}"[:60]) if len(name.encode()) < 60 else '"long"'
    other = quoted("t" + name[:15])
    run(
        connection,
        f"""CREATE SCHEMA {schema_name}; SET LOCAL search_path = {schema_name}, pg_catalog;
        CREATE TYPE {other} AS ENUM ({text}); CREATE ROLE {quoted("r" + name[:15])};
        CREATE TABLE {n} ({n} text DEFAULT {text} COLLATE "C" CONSTRAINT {n} CHECK ({n} <> {text}),
                          beside {other}, UNIQUE ({n}, beside));
        CREATE INDEX ON {n} (lower({n})) WHERE {n} <> {text};
        COMMENT ON TABLE {n} IS {text}; COMMENT ON COLUMN {n}.{n} IS {text};
        CREATE FUNCTION {n}(b {other}) RETURNS text LANGUAGE sql AS $body$ SELECT {text} $body$;
        CREATE VIEW {quoted("v" + name[:15])} AS SELECT {n}, {n}(beside) AS called FROM {n};
        CREATE FUNCTION {n}(int) RETURNS bigint LANGUAGE sql
            AS $body$ SELECT count(*) FROM {schema_name}.{quoted("v" + name[:15])} $body$;
        CREATE POLICY {n} ON {n} USING ({n} = {text});
        GRANT SELECT ON {n} TO {quoted("r" + name[:15])};
        CREATE DOMAIN {quoted("d" + name[:15])} AS text CONSTRAINT {n} CHECK (VALUE <> {text});""",
    )
    return read_catalog(connection)


def check(engine: sa.Engine, name: str) -> None:
    with engine.connect() as connection:
        found = made(connection, name)
        again = read_catalog(connection)
    assert list(compare(found, again)) == []
    assert Catalog.from_json(found.to_json()) == found
    [table] = found.of_kind("table")
    assert (table.name, table.properties["comment"]) == (name, name)
    column = next(item for item in found.of_kind("column") if item.name == name)
    assert (column.table, column.properties["collation"]) == (name, "C")
    [enum] = found.of_kind("enum")
    assert enum.properties["labels"] == (name,)
    [unique] = found.of_kind("unique")
    assert unique.properties["columns"] == (name, "beside")
    assert unique.properties["server_named"] is True
    assert len(found.of_kind("function")) == 2
    assert {kind for kind, *_ in found} == {
        "schema", "enum", "domain", "table", "column", "unique", "check", "index", "policy", "view",
        "function", "privilege",
    }  # fmt: skip
    html = catalog_html(found)
    assert "<script>" not in html


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_read_as_it_is(engine: sa.Engine, name: str) -> None:
    check(engine, name)


@settings(
    max_examples=15,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(NAMES)
@example("\x01\x7f")
def test_any_name_is_read_as_it_is(engine: sa.Engine, name: str) -> None:
    check(engine, name)


@settings(max_examples=30, deadline=None, database=None)
@given(
    st.text("abcé💥", min_size=1, max_size=63),
    st.lists(st.text("xyz_ü", min_size=1, max_size=40), min_size=1, max_size=3, unique=True),
)
def test_names_that_the_server_makes_up_are_known(
    engine: sa.Engine, table: str, columns: list[str]
) -> None:
    table = table.encode()[:63].decode(errors="ignore")
    columns = list(dict.fromkeys(name.encode()[:63].decode(errors="ignore") for name in columns))
    there = ", ".join(f"{quoted(name)} int" for name in columns)
    key = ", ".join(map(quoted, columns))
    first = quoted(columns[0])
    with engine.connect() as connection:
        run(
            connection,
            f"""CREATE TABLE {quoted(table)} ({there}, beside int, PRIMARY KEY ({key}),
                UNIQUE ({first}) INCLUDE (beside), CHECK ({first} > 0), CHECK ({first} > 1),
                EXCLUDE USING btree ({first} WITH =), FOREIGN KEY ({key}) REFERENCES
                {quoted(table)});
                CREATE INDEX ON {quoted(table)} ({key}, ({first} + 1), abs({first}));
                CREATE INDEX ON {quoted(table)} ({key}, ({first} + 1), abs({first}))""",
        )
        found = read_catalog(connection)
    told = [item for item in found.values() if "server_named" in item.properties]
    assert len(told) == 8
    assert [item.name for item in told if not item.properties["server_named"]] == []


@pytest.mark.parametrize(
    ("name", "table", "addition", "label"),
    [("uq_t_a", "t", "a", "key"), ("t_a_key01", "t", "a", "key"), ("t_b_key", "t", "a", "key"),
     ("t_a_key_1", "t", "a", "key"), ("T_a_key", "t", "a", "key")],
)  # fmt: skip
def test_a_name_that_somebody_chose_is_not_the_servers(
    name: str, table: str, addition: str, label: str
) -> None:
    assert not is_server_named(name, table, addition, label)
