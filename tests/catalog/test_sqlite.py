"""The SQLite reader: real databases, made by statements and by SQLAlchemy."""

# ruff: noqa: E501 -- pairs of statements read best side by side

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schema.catalog import Catalog, read_catalog
from schema.compare import compare

BASE = """
CREATE TABLE users (
    id INTEGER PRIMARY KEY, name VARCHAR(250) NOT NULL, role TEXT DEFAULT 'USER' NOT NULL, age INT,
    CONSTRAINT uq_name UNIQUE (name), CONSTRAINT ck_age CHECK (age > 0)
);
CREATE TABLE pets (
    id INTEGER PRIMARY KEY, owner INT, kind TEXT, born NUMERIC(10, 2),
    CONSTRAINT fk_owner FOREIGN KEY (owner) REFERENCES users (id)
);
CREATE INDEX ix_kind ON pets (kind);
CREATE VIEW grown AS SELECT id FROM users WHERE age > 17;
CREATE TRIGGER tr_pets AFTER DELETE ON pets BEGIN DELETE FROM users WHERE id = old.owner; END;
"""


def catalog(sql: str) -> Catalog:
    """The catalog of an in-memory database made by these statements."""
    engine = sa.create_engine("sqlite://")
    try:
        with engine.connect() as connection:
            connection.connection.driver_connection.executescript(sql)
            return read_catalog(connection)
    finally:
        engine.dispose()


#: What is replaced in BASE, or appended to it, and the one difference that must come out.
MUTATIONS = {
    "type": ("name VARCHAR(250)", "name VARCHAR(500)", "column", "name", "type"),
    "precision": ("NUMERIC(10, 2)", "NUMERIC(10, 3)", "column", "born", "type"),
    "not null dropped": ("VARCHAR(250) NOT NULL", "VARCHAR(250)", "column", "name", "nullable"),
    "not null conflict": (
        "(250) NOT NULL", "(250) NOT NULL ON CONFLICT IGNORE", "column", "name", "on_conflict",
    ),
    "default": ("DEFAULT 'USER'", "DEFAULT 'user'", "column", "role", "default"),
    "default gone": ("DEFAULT 'USER'", "", "column", "role", "default"),
    "collation": ("kind TEXT", "kind TEXT COLLATE NOCASE", "column", "kind", "collation"),
    "generated": ("age INT,", "age INT AS (id + 1),", "column", "age", "generated"),
    "autoincrement": (
        "id INTEGER PRIMARY KEY, name", "id INTEGER PRIMARY KEY AUTOINCREMENT, name",
        "table", "users", "autoincrement",
    ),
    "primary key": (
        "id INTEGER PRIMARY KEY, owner INT,", "id INTEGER NOT NULL, owner INT PRIMARY KEY,",
        "primary key", "primary key", "columns",
    ),
    "without rowid": (" (age > 0)\n)", " (age > 0)\n) WITHOUT ROWID", "table", "users",
                      "without_rowid"),
    "unique columns": ("UNIQUE (name)", "UNIQUE (name, role)", "unique", "uq_name", "columns"),
    "unique conflict": ("UNIQUE (name)", "UNIQUE (name) ON CONFLICT FAIL", "unique", "uq_name",
                        "on_conflict"),
    "unique collation": ("UNIQUE (name)", "UNIQUE (name COLLATE NOCASE)", "unique", "uq_name",
                         "collation"),
    "check": ("(age > 0)", "(age >= 0)", "check", "ck_age", "expression"),
    "check string": ("(age > 0)", "(age > '0')", "check", "ck_age", "expression"),
    "on delete": ("REFERENCES users (id)", "REFERENCES users ON DELETE CASCADE", "foreign key",
                  "fk_owner", "on_delete"),
    "on update": ("users (id)", "users (id) ON UPDATE SET NULL", "foreign key", "fk_owner",
                  "on_update"),
    "target": ("REFERENCES users (id)", "REFERENCES pets (id)", "foreign key", "fk_owner", "target"),
    "deferrable": ("users (id)", "users (id) DEFERRABLE", "foreign key", "fk_owner", "deferrable"),
    "index column": ("ON pets (kind)", "ON pets (kind, born)", "index", "ix_kind", "columns"),
    "index order": ("ON pets (kind)", "ON pets (kind DESC)", "index", "ix_kind", "columns"),
    "index expression": ("ON pets (kind)", "ON pets (lower(kind))", "index", "ix_kind", "columns"),
    "index collation": ("ON pets (kind)", "ON pets (kind COLLATE RTRIM)", "index", "ix_kind",
                        "collation"),
    "index unique": ("CREATE INDEX", "CREATE UNIQUE INDEX", "index", "ix_kind", "unique"),
    "index predicate": ("ON pets (kind)", "ON pets (kind) WHERE born > 3", "index", "ix_kind",
                        "predicate"),
    "view": ("age > 17", "age > 18", "view", "grown", "definition"),
    "trigger": ("id = old.owner", "id <> old.owner", "trigger", "tr_pets", "definition"),
}  # fmt: skip


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_one_mutation_is_one_difference_on_the_right_property(mutation: str) -> None:
    old, new, kind, name, prop = MUTATIONS[mutation]
    assert BASE.count(old) == 1
    [difference] = compare(catalog(BASE), catalog(BASE.replace(old, new)))
    assert (difference.kind, difference.name, difference.change) == (kind, name, "changed")
    assert prop in difference.properties
    allowed = {prop} | ({"target_columns"} if prop == "target" else set())
    assert set(difference.properties) <= allowed


ADDITIONS = {
    "ALTER TABLE users ADD COLUMN nick TEXT": ("column", "users", "nick"),
    "CREATE TABLE extra (a INTEGER PRIMARY KEY, b INT UNIQUE CHECK (b > 0))": (
        "table",
        None,
        "extra",
    ),
    "CREATE INDEX ix_age ON users (age)": ("index", "users", "ix_age"),
    "CREATE VIEW v AS SELECT 1": ("view", None, "v"),
    "CREATE TRIGGER tr AFTER INSERT ON users BEGIN SELECT 1; END": ("trigger", "users", "tr"),
}


@pytest.mark.parametrize("statement", ADDITIONS)
def test_one_object_more_is_one_difference(statement: str) -> None:
    left, right = catalog(BASE), catalog(BASE + statement)
    [added], [removed] = compare(left, right), compare(right, left)
    assert (added.kind, added.table, added.name) == ADDITIONS[statement]
    assert (added.change, removed.change) == ("added", "removed")


SAME = [
    ("CREATE TABLE t (a INT, b TEXT)", 'create  table "T2" ([a] int , `b` text /* x */)'.replace("T2", "t")),
    ("CREATE TABLE t (a CHECK (a > 0))", "CREATE TABLE t (a CHECK ( ( \"A\" >0) )) -- why"),
    ("CREATE TABLE t (a CHECK (a != 'x'))", 'CREATE TABLE t (a CHECK (a<>"x"))'),
    ("CREATE TABLE t (a INT DEFAULT 5)", "CREATE TABLE t (a INT DEFAULT ((5)))"),
    ("CREATE TABLE t (a TEXT DEFAULT 'x')", 'CREATE TABLE t (a TEXT DEFAULT "x")'),
    ("CREATE TABLE t (a INT DEFAULT NULL)", "CREATE TABLE t (a INT)"),
    ("CREATE TABLE t (a NUMERIC(10,2))", "CREATE TABLE t (a numeric ( 10 , 2 ))"),
    ("CREATE TABLE t (id INTEGER PRIMARY KEY)", "CREATE TABLE t (id INTEGER NOT NULL, PRIMARY KEY (id))"),
    ("CREATE TABLE t (a INT UNIQUE)", "CREATE TABLE t (a INT, UNIQUE (\"a\"))"),
    ("CREATE TABLE t (a INT CHECK (a > 0), b)", "CREATE TABLE t (a INT, b, CHECK (a > 0))"),
    ("CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (a REFERENCES p)",
     "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (a, FOREIGN KEY (a) REFERENCES P (ID))"),
    ("CREATE TABLE t (a, b); CREATE INDEX i ON t (a, lower(b)) WHERE a IS NOT NULL",
     "CREATE TABLE t (a, b); CREATE INDEX IF NOT EXISTS main.i on T([a] asc,LOWER ( `b` ))where(a is not null)"),
    ("CREATE TABLE t (a); CREATE VIEW v AS SELECT a FROM t", 'CREATE TABLE t (a); CREATE VIEW v as select "a"\nfrom [t] -- x'),
    ("CREATE TABLE t (a); CREATE TRIGGER x BEFORE INSERT ON t BEGIN REPLACE INTO t VALUES (1); END",
     "CREATE TABLE t (a); CREATE TRIGGER x INSERT on `t` begin replace into T values(1); end"),
    ("CREATE TABLE t (a INT AS (a1 + 1) STORED, a1)", "CREATE TABLE t (a INT GENERATED ALWAYS AS ((\"a1\"+1)) stored, a1)"),
    ("CREATE TABLE t (key CHECK (key > 1))", 'CREATE TABLE t ("key" CHECK ("key" > 1))'),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), SAME)
def test_two_spellings_of_one_thing_are_equal(one: str, other: str) -> None:
    assert list(compare(catalog(one), catalog(other))) == []


DIFFERENT = [
    ("CREATE TABLE t (a CHECK (a = 'x'))", "CREATE TABLE t (a CHECK (a = 'X'))"),
    ("CREATE TABLE t (a, x CHECK (a = 'x'))", 'CREATE TABLE t (a, x CHECK (a = "x"))'),
    ("CREATE TABLE t (a CHECK (a = '/* x */'))", "CREATE TABLE t (a CHECK (a = ''))"),
    ("CREATE TABLE t (a CHECK (a = 'b  c'))", "CREATE TABLE t (a CHECK (a = 'b c'))"),
    ("CREATE TABLE t (a CHECK ((a > 0) OR (a < 9)))", "CREATE TABLE t (a CHECK (a > (0 OR a) < 9))"),
    ("CREATE TABLE t (a DEFAULT CURRENT_TIMESTAMP)", "CREATE TABLE t (a DEFAULT 'CURRENT_TIMESTAMP')"),
    ("CREATE TABLE t (a DEFAULT 1)", "CREATE TABLE t (a DEFAULT '1')"),
    ("CREATE TABLE t (a DEFAULT 1)", "CREATE TABLE t (a DEFAULT 1.0)"),
    ("CREATE TABLE t (a DEFAULT TRUE)", "CREATE TABLE t (a DEFAULT 'true')"),
    ("CREATE TABLE t (id INTEGER PRIMARY KEY)", "CREATE TABLE t (id INTEGER PRIMARY KEY DESC)"),
    ("CREATE TABLE t (a); CREATE TRIGGER x AFTER INSERT ON t BEGIN REPLACE INTO t VALUES (1); END",
     "CREATE TABLE t (a); CREATE TRIGGER x AFTER INSERT ON t BEGIN REPLACE INTO t VALUES (2); END"),
    ("CREATE TABLE t (a); CREATE VIEW v AS SELECT '{# a #}'", "CREATE TABLE t (a); CREATE VIEW v AS SELECT '{# b #}'"),
    ("CREATE TABLE a (x); CREATE TABLE b (x); CREATE VIEW v AS SELECT 1 FROM a LEFT JOIN b",
     'CREATE TABLE a (x); CREATE TABLE b (x); CREATE VIEW v AS SELECT 1 FROM a "LEFT" JOIN b'),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_two_meanings_are_never_equal(one: str, other: str) -> None:
    assert len(compare(catalog(one), catalog(other))) >= 1


WORDS = ["a", "A", "key", "order", "left", "x y", 'q"r', "naïve", "Ä", "select", "b$", "abort"]
QUOTES: list[Callable[[str], str]] = [
    lambda name: '"' + name.replace('"', '""') + '"',
    lambda name: "`" + name.replace("`", "``") + "`",
    lambda name: f"[{name}]",
]
GAPS = st.sampled_from([" ", "\n", "\t ", " /* ( ' */ ", " -- it's )\n"])


@st.composite
def respelled(draw: st.DrawFn) -> tuple[str, str]:
    """One table in two spellings, as pieces that are joined and quoted at random."""
    names = draw(st.lists(st.sampled_from(WORDS), min_size=2, max_size=4, unique_by=str.lower))
    pieces: list[str | tuple[str]] = ["CREATE", "TABLE", ("t",), "("]
    for name in names:
        pieces += [(name,), "VARCHAR", "(", "9", ")", "DEFAULT", "'it''s (ok'", "COLLATE", "nocase",
                   "CHECK", "(", (name,), ">", "'a;b'", "AND", "(", (names[0],), "<", "3", ")", ")",
                   ","]  # fmt: skip
    pieces += ["CONSTRAINT", ("u q",), "UNIQUE", "(", (names[0],), ",", (names[1],), ")", ")"]

    def spelled() -> str:
        text = ""
        for piece in pieces:
            if isinstance(piece, tuple):
                text += draw(st.sampled_from(QUOTES))(piece[0])
            elif piece.isalpha():
                text += draw(st.sampled_from([str.lower, str.upper, str.title]))(piece)
            else:
                text += piece
            text += draw(GAPS)
        return text

    return spelled(), spelled()


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(respelled())
def test_no_spelling_makes_a_difference(texts: tuple[str, str]) -> None:
    left, right = map(catalog, texts)
    assert list(compare(left, right)) == []
    assert len(left.of_kind("check")) == len(left.of_kind("column")) >= 2


def metadata() -> sa.MetaData:
    """Models of many types."""
    found = sa.MetaData()
    sa.Table(
        "parent",
        found,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("code", sa.String(20, collation="NOCASE"), nullable=False, unique=True),
    )
    sa.Table(
        "child", found,
        sa.Column("id", sa.BigInteger, primary_key=True),
        sa.Column("parent_id", sa.ForeignKey("parent.id", ondelete="CASCADE")),
        sa.Column("kind", sa.Enum("A", "B", name="kinds", create_constraint=True)),
        sa.Column("flag", sa.Boolean(create_constraint=True, name="ck_flag"), nullable=False),
        sa.Column("price", sa.Numeric(10, 2), server_default="0"),
        sa.Column("made", sa.DateTime, server_default=sa.func.now()),
        sa.Column("data", sa.JSON), sa.Column("blob", sa.LargeBinary), sa.Column("t", sa.Text),
        sa.Column("order", sa.Float, sa.Computed("price * 2")),
        sa.CheckConstraint("price > 0", name="ck price"),
        sa.Index("ix_child", "kind", sa.text("lower(t) DESC")),
        sa.UniqueConstraint("kind", "flag"), sqlite_strict=False,
    )  # fmt: skip
    return found


def test_models_made_twice_are_equal(tmp_path: Path) -> None:
    catalogs = []
    for name in ("a", "b"):
        engine = sa.create_engine(f"sqlite:///{tmp_path / name}")
        metadata().create_all(engine)
        engine.dispose()
        catalogs.append(read_catalog(f"sqlite:///{tmp_path / name}"))
    assert catalogs[0] == catalogs[1]
    assert list(compare(*catalogs)) == []
    assert Catalog.from_json(catalogs[0].to_json()) == catalogs[0]


def test_an_altered_and_recreated_table_equals_a_new_one(tmp_path: Path) -> None:
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    engine = sa.create_engine(f"sqlite:///{tmp_path / 'a'}")
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE pets (id INTEGER PRIMARY KEY, kind VARCHAR(10), CONSTRAINT u UNIQUE (kind))"
        )
        connection.exec_driver_sql(
            "ALTER TABLE pets ADD COLUMN age INTEGER DEFAULT (3) CONSTRAINT ck CHECK(age>0)"
        )
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("pets", recreate="always") as batch:
            batch.alter_column("kind", type_=sa.String(20), nullable=False)
        altered = read_catalog(connection)
    engine.dispose()
    fresh = catalog("""CREATE TABLE pets (id INTEGER PRIMARY KEY, kind VARCHAR(20) NOT NULL,
                       age INTEGER DEFAULT 3, CONSTRAINT u UNIQUE (kind), CONSTRAINT ck CHECK (age > 0))""")
    assert list(compare(fresh, altered)) == []


def test_renaming_in_place_equals_direct_creation() -> None:
    altered = catalog("""CREATE TABLE old (a INT CHECK (a > 0)); CREATE VIEW v AS SELECT a FROM old;
                         CREATE INDEX i ON old (a) WHERE a > 1;
                         ALTER TABLE old RENAME TO "new"; ALTER TABLE "new" RENAME COLUMN a TO b;
                         ALTER TABLE new ADD COLUMN c TEXT;""")
    direct = catalog("""CREATE TABLE new (b INT CHECK (b > 0), c TEXT);
                        CREATE VIEW v AS SELECT b FROM new; CREATE INDEX i ON new (b) WHERE b > 1;""")
    assert list(compare(direct, altered)) == []


def test_each_foreign_key_has_its_own_name_and_deferrability() -> None:
    found = catalog("""CREATE TABLE p (id INTEGER PRIMARY KEY, x UNIQUE);
        CREATE TABLE t (a CONSTRAINT one REFERENCES p ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
            b REFERENCES p (x) NOT DEFERRABLE NOT NULL, c, d,
            CONSTRAINT three FOREIGN KEY (c) REFERENCES p (x) MATCH FULL ON UPDATE NO ACTION
            FOREIGN KEY (d) REFERENCES gone)""")
    keys = {
        item.name: tuple(
            item.properties[name] for name in ("columns", "target_columns", "initially_deferred")
        )
        for item in found.of_kind("foreign key")
    }
    assert keys == {
        "one": (("a",), ("id",), True),
        "foreign key (b)": (("b",), ("x",), False),
        "three": (("c",), ("x",), False),
        "foreign key (d)": (("d",), (), False),
    }
    assert not found["column", None, "t", "b"].properties["nullable"]


def count_queries(tables: int, column: str) -> int:
    """The number of queries that reading this many tables takes, each with a column so called."""
    engine = sa.create_engine("sqlite://")
    seen: list[str] = []
    with engine.connect() as connection:
        connection.connection.driver_connection.executescript(
            "".join(f"CREATE TABLE t{n} (id INTEGER PRIMARY KEY, a INT UNIQUE REFERENCES t0, {column});"
                    f"CREATE INDEX i{n} ON t{n} (a);" for n in range(tables))
        )  # fmt: skip
        connection.connection.driver_connection.set_trace_callback(seen.append)
        found = read_catalog(connection)
    engine.dispose()
    assert len(found.of_kind("table")) == len(found.of_kind("index")) == tables
    return len([text for text in seen if not text.startswith(("--", "BEGIN", "ROLLBACK"))])


def test_a_thousand_tables_take_no_more_queries_than_ten() -> None:
    assert count_queries(1000, "many") == count_queries(10, "few") <= 8


def test_what_was_read_before_is_not_asked_for_again() -> None:
    first = count_queries(20, "again")
    assert count_queries(20, "again") < first


@pytest.mark.skipif(sqlite3.sqlite_version_info < (3, 37), reason="STRICT came with SQLite 3.37")
def test_a_strict_table_is_another_table() -> None:
    left, right = catalog("CREATE TABLE t (a INT)"), catalog("CREATE TABLE t (a INT) STRICT")
    [difference] = compare(left, right)
    assert dict(difference.properties) == {"strict": (False, True)}


def test_internal_own_and_shadow_tables_are_not_reported() -> None:
    found = catalog("""CREATE TABLE _schema_scratch (token TEXT); CREATE INDEX s ON _schema_scratch (token);
                       CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT); ANALYZE;
                       CREATE VIRTUAL TABLE f USING fts5(body);""")
    assert {item.name for item in found.of_kind("table")} == ({"t", "f"})
    [virtual] = [item for item in found.of_kind("table") if item.name == "f"]
    assert virtual.properties["virtual"] == "fts5(body)"
    assert not found.of_kind("index")


def test_broken_views_and_hostile_names_can_be_read() -> None:
    names = ['<b>"x"</b>', "a%s{}", "💥", "select", "it's", "n" * 200]
    sql = "".join(
        f"CREATE TABLE {QUOTES[0](name)} (a, {QUOTES[0](name + '2')} CHECK (a <> 'é'));"
        for name in names
    )
    found = catalog(sql + "CREATE TABLE gone (a); CREATE VIEW v AS SELECT a FROM nowhere;")
    assert {item.name for item in found.of_kind("table")} == {*names, "gone"}
    assert [item.name for item in found.of_kind("view")] == ["v"]


def test_a_live_file_is_read_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "live.sqlite"
    with sqlite3.connect(path) as connection:
        connection.executescript(BASE)
    connection.close()
    before = path.read_bytes()
    assert len(read_catalog(f"sqlite:///{path}").of_kind("table")) == 2
    assert path.read_bytes() == before
