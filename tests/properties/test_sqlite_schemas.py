"""Random SQLite schemas: what is the same compares equal, what was changed is found alone."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field, replace

import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from schema import scratch
from schema.catalog import Catalog, read_catalog
from schema.compare import Difference, compare
from schema.database import sqlite_path
from schema.synthetic import fill

NAMES = ["id", "name", "a", "b c", "order", "select", 'q"uote', "it's", "100%", "<b>", "größe",
         "🙂", "key", "x.y", "back`tick", "[br]", "total", "user_id",
         "position", "CamelCase"]  # fmt: skip
TYPES = ["INTEGER", "TEXT", "VARCHAR(20)", "NUMERIC(10, 2)", "REAL", "BLOB", "", "DATE", "BOOLEAN"]
DEFAULTS = [
    None,
    "0",
    "'x'",
    "'it''s'",
    "1.5",
    "CURRENT_TIMESTAMP",
    "(1 + 2)",
    "NULL",
    "-1",
    "x'00'",
]
ACTIONS = ["", "ON DELETE CASCADE", "ON DELETE SET NULL ON UPDATE CASCADE", "ON UPDATE RESTRICT",
           "DEFERRABLE INITIALLY DEFERRED"]  # fmt: skip


def examples(number: int) -> settings:
    """This many examples where no other number was asked for."""
    return settings() if "SCHEMA_TEST_EXAMPLES" in os.environ else settings(max_examples=number)


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    nullable: bool = True
    default: str | None = None
    collation: str | None = None
    generated: str | None = None

    @property
    def sql(self) -> str:
        parts = [quoted(self.name), self.type]
        parts += [f"GENERATED ALWAYS AS ({self.generated}) STORED"] if self.generated else []
        parts += [] if self.nullable else ["NOT NULL"]
        parts += [f"DEFAULT {self.default}"] if self.default and not self.generated else []
        parts += [f"COLLATE {self.collation}"] if self.collation else []
        return " ".join(parts)


@dataclass(frozen=True)
class Table:
    name: str
    columns: tuple[Column, ...]
    constraints: tuple[str, ...] = ()
    options: str = ""

    @property
    def sql(self) -> str:
        parts = [*(column.sql for column in self.columns), *self.constraints]
        return f"CREATE TABLE {quoted(self.name)} ({', '.join(parts)}) {self.options}"


@dataclass(frozen=True)
class Schema:
    tables: tuple[Table, ...]
    others: tuple[str, ...] = field(default=())

    def with_other(self, statement: str) -> Schema:
        return replace(self, others=(*self.others, statement))

    @property
    def sql(self) -> list[str]:
        return [*(table.sql for table in self.tables), *self.others]


def names(count: int) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(NAMES), min_size=count, max_size=count, unique_by=str.lower)


@st.composite
def columns(draw: st.DrawFn) -> tuple[Column, ...]:
    found = []
    for name in draw(names(draw(st.integers(2, 5)))):
        found.append(
            Column(
                name,
                draw(st.sampled_from(TYPES)),
                draw(st.booleans()),
                draw(st.sampled_from(DEFAULTS)),
                draw(st.sampled_from([None, None, "NOCASE"])),
            )
        )
    if draw(st.booleans()):
        found.append(Column("made", "TEXT", generated=f"{quoted(found[0].name)} || 'x'"))
    return tuple(found)


@st.composite
def constraints(draw: st.DrawFn, own: tuple[Column, ...], targets: list[str]) -> tuple[str, ...]:
    found = []
    one, two = quoted(own[0].name), quoted(own[1].name)
    named = draw(st.sampled_from(["", "CONSTRAINT ck_one ", 'CONSTRAINT "Ck Two" ']))
    if draw(st.booleans()):
        found.append(f"{named}CHECK ({one} <> 'a)' OR {two} IN (1, 2))")
    if draw(st.booleans()):
        found.append(draw(st.sampled_from(["", "CONSTRAINT uq "])) + f"UNIQUE ({two}, {one})")
    key = draw(st.sampled_from([None, f"({one})", f"({two}, {one})"]))
    if key:
        found.append(f"PRIMARY KEY {key}")
    if targets and draw(st.booleans()):
        target, action = draw(st.sampled_from(targets)), draw(st.sampled_from(ACTIONS))
        found.append(f"FOREIGN KEY ({two}) REFERENCES {quoted(target)} ({one}) {action}")
    return tuple(found)


@st.composite
def schemas(draw: st.DrawFn) -> Schema:
    tables: list[Table] = []
    others: list[str] = []
    for number, name in enumerate(draw(names(draw(st.integers(1, 3))))):
        own = draw(columns())
        table = Table(name, own, draw(constraints(own, [each.name for each in tables])))
        if draw(st.booleans()) and any(
            each.startswith("PRIMARY KEY") for each in table.constraints
        ):
            table = replace(table, options="WITHOUT ROWID")
        tables.append(table)
        others += draw(built_on(table, number))
    return Schema(tuple(tables), tuple(others))


@st.composite
def built_on(draw: st.DrawFn, table: Table, number: int) -> list[str]:
    one, two, its = (quoted(each) for each in (*(c.name for c in table.columns[:2]), table.name))
    choices = [
        f"CREATE INDEX ix_a{number} ON {its} ({one} DESC, {two})",
        f'CREATE UNIQUE INDEX "Ix b{number}" ON {its} (lower({one})) WHERE {two} IS NOT NULL',
        f"CREATE INDEX ix_c{number} ON {its} ({two} COLLATE NOCASE)",
        f"CREATE VIEW view{number} AS SELECT {one}, {two} AS other FROM {its} WHERE {one} > 'a b'",
        f"CREATE TRIGGER tr{number} AFTER UPDATE OF {two} ON {its} WHEN NEW.{two} > 1 "
        f"BEGIN UPDATE {its} SET {two} = 2 WHERE {one} = NEW.{one}; END",
    ]  # fmt: skip
    return draw(st.lists(st.sampled_from(choices), unique=True, max_size=4))


def made(statements: list[str]) -> tuple[sqlite3.Connection, Catalog]:
    """A database in memory with this schema, and its catalog."""
    connection = sqlite3.connect(":memory:")
    for statement in statements:
        connection.execute(statement)
    return connection, catalog_of(connection)


def dump(connection: sqlite3.Connection) -> list[str]:
    """Its statements, tables first; Connection.iterdump stumbles over quotes in names."""
    order = "CASE type WHEN 'table' THEN 0 ELSE 1 END, rowid"
    query = f"SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY {order}"
    return [sql for (sql,) in connection.execute(query)]


def catalog_of(connection: sqlite3.Connection) -> Catalog:
    engine = sa.create_engine("sqlite://", creator=lambda: connection, poolclass=sa.StaticPool)
    with engine.connect() as opened:
        return read_catalog(opened)


# -- the same -------------------------------------------------------------------------------------


@given(schemas())
@examples(60)
def test_a_database_read_twice_and_its_dump_restored_are_equal(schema: Schema) -> None:
    connection, catalog = made(schema.sql)
    assert list(compare(catalog, catalog_of(connection), cosmetic=True)) == []
    restored, again = made(dump(connection))
    assert list(compare(catalog, again, cosmetic=True)) == []
    assert catalog == Catalog.from_json(catalog.to_json())
    connection.close()
    restored.close()


@given(schemas())
@examples(40)
def test_white_space_case_and_comments_are_no_differences(schema: Schema) -> None:
    spelled = [
        statement.replace("CREATE TABLE", "create  /* x */ table").replace(", ", " ,\n -- y\n ")
        for statement in schema.sql
        if "'a b'" not in statement
    ]
    plain = [statement for statement in schema.sql if "'a b'" not in statement]
    (one, left), (two, right) = made(plain), made(spelled)
    assert list(compare(left, right, cosmetic=True)) == []
    one.close()
    two.close()


# -- one change -----------------------------------------------------------------------------------


@st.composite
def changes(draw: st.DrawFn) -> tuple[Schema, Schema, tuple[str, str, str, str]]:
    """A schema, the same with one thing changed, and what is to be found, in ``told``'s form."""
    schema = draw(schemas())
    place = draw(st.integers(0, len(schema.tables) - 1))
    table = schema.tables[place]
    number = draw(st.integers(0, len(table.columns) - 1))
    column = table.columns[number]

    def with_column(new: Column) -> Schema:
        own = (*table.columns[:number], new, *table.columns[number + 1 :])
        return with_table(replace(table, columns=own))

    def with_table(new: Table) -> Schema:
        return replace(schema, tables=(*schema.tables[:place], new, *schema.tables[place + 1 :]))

    last = Column("brand new", "TEXT")
    more = replace(table, columns=(*table.columns, last))
    checked = replace(table, constraints=(*table.constraints, "CHECK (1 <> 2)"))
    index = f"CREATE INDEX i9 ON {quoted(table.name)} (1 + 1)"
    retyped = with_column(replace(column, type="DECIMAL(7)"))
    new_table = Table("tab9", (Column("q", "INTEGER"),))
    choices = [
        (with_table(more), ("added", "column", last.name, "")),
        (with_table(checked), ("added", "check", "check (1 <> 2)", "")),
        (schema.with_other("CREATE VIEW v9 AS SELECT 1"), ("added", "view", "v9", "")),
        (schema.with_other(index), ("added", "index", "i9", "")),
        (replace(schema, tables=(*schema.tables, new_table)), ("added", "table", "tab9", "")),
        (retyped, ("changed", "column", column.name, "type")),
    ]
    is_key = any("PRIMARY KEY" in each for each in table.constraints) or column.generated
    if not is_key:
        flipped = replace(column, nullable=not column.nullable)
        choices.append((with_column(flipped), ("changed", "column", column.name, "nullable")))
    if not column.generated:
        other = replace(column, default="'something else'")
        choices.append((with_column(other), ("changed", "column", column.name, "default")))
    return schema, *draw(st.sampled_from(choices))


@given(changes())
@examples(80)
def test_one_change_is_found_alone_and_both_ways(
    change: tuple[Schema, Schema, tuple[str, str, str, str]],
) -> None:
    before, after, expected = change
    (one, left), (two, right) = made(before.sql), made(after.sql)
    found = [told(each) for each in compare(left, right)]
    assert found == [expected]
    turned = {"added": "removed", "changed": "changed"}[expected[0]]
    assert [told(each) for each in compare(right, left)] == [(turned, *expected[1:])]
    one.close()
    two.close()


def told(found: Difference) -> tuple[str, str, str, str]:
    """What was found; what follows from a type, and all of an object, goes without saying."""
    names = [name for name in found.properties if name != "affinity"]
    properties = ", ".join(names) if found.change == "changed" else ""
    return found.change, found.kind, found.name, properties


@given(schemas(), st.data())
@examples(80)
def test_a_renamed_column_is_the_only_difference(schema: Schema, data: st.DataObject) -> None:
    connection, left = made(schema.sql)
    table = data.draw(st.sampled_from(schema.tables))
    column = data.draw(st.sampled_from(table.columns[:-1]))
    new = data.draw(st.sampled_from(["renamed", "New Name", 'n"q', "group"]))
    connection.execute(
        f"ALTER TABLE {quoted(table.name)} RENAME {quoted(column.name)} TO {quoted(new)}"
    )
    found = [(each.change, each.kind, each.renamed_from, each.name)
             for each in compare(left, catalog_of(connection))]  # fmt: skip
    assert found == [("renamed", "column", column.name, new)]
    connection.close()


@given(schemas(), st.data())
@examples(60)
def test_a_renamed_table_is_the_only_difference(schema: Schema, data: st.DataObject) -> None:
    connection, left = made(schema.sql)
    table = data.draw(st.sampled_from(schema.tables))
    new = data.draw(st.sampled_from(["renamed", "New Name", 'n"q', "group"]))
    connection.execute(f"ALTER TABLE {quoted(table.name)} RENAME TO {quoted(new)}")
    found = [(each.change, each.kind, each.renamed_from, each.name)
             for each in compare(left, catalog_of(connection))]  # fmt: skip
    assert found == [("renamed", "table", table.name, new)]
    connection.close()


# -- filled ---------------------------------------------------------------------------------------


@given(schemas())
@examples(40)
def test_every_table_gets_its_rows_or_tells_why_not(schema: Schema) -> None:
    with scratch.create("sqlite", label="property") as made:
        path = sqlite_path(made.url)
        with closing(sqlite3.connect(path)) as connection:
            for statement in schema.sql:
                connection.execute(statement)
            connection.commit()
        filled = fill(made, rows=20)
        assert {each.table for each in filled.tables} == {each.name for each in schema.tables}
        with closing(sqlite3.connect(path)) as connection:
            for each in filled.tables:
                query = f"SELECT count(*) FROM {quoted(each.table)}"
                assert connection.execute(query).fetchone() == (each.rows,)
                assert each.rows == 20 or each.reason
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
