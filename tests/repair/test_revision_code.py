"""The two functions of a revision, run on SQLite as written: new database, live one, and back."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest
import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext

from schema.catalog import Catalog, read_catalog
from schema.compare import compare
from schema.repair.revision_code import body, helpers, imports
from schema.repair.revision_plan import Plan, Planner

#: Alembic's batch mode says so; the index is made again by a statement of the file's.
pytestmark = pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression")

FIRST = """
CREATE TABLE customer (
    id INTEGER NOT NULL, name VARCHAR(50) NOT NULL, mail VARCHAR(80), born DATE,
    PRIMARY KEY (id), CONSTRAINT uq_mail UNIQUE (mail), CONSTRAINT ck_name CHECK (name <> '')
);
CREATE TABLE invoice (
    id INTEGER PRIMARY KEY AUTOINCREMENT, number VARCHAR(20) COLLATE NOCASE, customer INTEGER,
    total INTEGER DEFAULT 0,
    CONSTRAINT fk_customer FOREIGN KEY (customer) REFERENCES customer (id) ON DELETE CASCADE
);
CREATE TABLE remark (body TEXT, invoice INTEGER REFERENCES invoice (id) ON DELETE CASCADE);
CREATE TABLE plain (id INTEGER PRIMARY KEY, a TEXT, b TEXT);
CREATE INDEX ix_name ON customer (lower(name));
CREATE VIEW adults AS SELECT id, name FROM customer WHERE born < '2000-01-01';
CREATE TRIGGER tr_invoice AFTER INSERT ON invoice BEGIN DELETE FROM remark WHERE invoice = -1; END;
"""
ROWS = """
INSERT INTO customer (id, name, mail) VALUES (1, 'ann', 'a@x'), (2, 'bob', 'b@x');
INSERT INTO invoice (id, number, customer) VALUES (7, 'A', 1), (8, 'b', 2);
INSERT INTO remark VALUES ('hm', 7);
INSERT INTO plain (id, a) VALUES (1, 'two');
"""
TABLES = ("customer", "invoice", "remark", "plain")

#: What is replaced in FIRST, or added to it, and what the upgrade must say.
CHANGES = {
    "column": (("b TEXT)", "b TEXT, c VARCHAR(9))"), "batch_op.add_column"),
    "required column": (("b TEXT)", "b TEXT, c INTEGER DEFAULT 3 NOT NULL)"), "batch_op.add_col"),
    "column gone": ((", b TEXT)", ")"), "batch_op.drop_column('b')"),
    "type": (("a TEXT", "a VARCHAR(9)"), "type_=sa.VARCHAR(length=9)"),
    "not null": (("a TEXT", "a TEXT NOT NULL"), "nullable=False"),
    "default": (("a TEXT", "a TEXT DEFAULT 'it''s 5%'"), "server_default="),
    "default with a colon": (("a TEXT", "a TEXT DEFAULT 'it''s :a'"), "it''s"),
    "check": (("b TEXT)", "b TEXT, CONSTRAINT ck CHECK (a <> ':b' AND a > b))"),
              "batch_op.create_check_constraint('ck'"),
    "check changed": (("(name <> '')", "(name <> 'x')"), "ck_name"),
    "check without a name": (("b TEXT)", "b TEXT, CHECK (a > b))"), "CHECK (a > b)"),
    "unique": (("b TEXT)", "b TEXT, CONSTRAINT uq UNIQUE (a, b))"),
               "batch_op.create_unique_constraint('uq', ['a', 'b'])"),
    "unique without a name": (("b TEXT)", "b TEXT, UNIQUE (a))"), "UNIQUE (a)"),
    "foreign key": (
        ("b TEXT)", "b TEXT, CONSTRAINT fk FOREIGN KEY (id) REFERENCES customer (id))"),
        "batch_op.create_foreign_key('fk', 'customer', ['id'], ['id'])",
    ),
    "foreign key gone": ((" REFERENCES invoice (id) ON DELETE CASCADE", ""),
                         "has('foreign_keys', 'remark', constrained_columns=['invoice'])"),
    "primary key": (("(id INTEGER PRIMARY KEY, a TEXT, b TEXT)",
                     "(id INTEGER, a TEXT, b TEXT, PRIMARY KEY (id, a))"),
                    "lacks('pk_constraint', 'plain', constrained_columns=['id', 'a'])"),
    "collation": (("a TEXT", "a TEXT COLLATE NOCASE"),
                  "'collate nocase' not in text_of('plain')"),
    "generated": (("b TEXT)", "b TEXT, c TEXT AS (a || b))"), "plain"),
    "strict": (("b TEXT)", "b TEXT) STRICT"), "'strict' not in text_of('plain')"),
    "autoincrement": (("plain (id INTEGER PRIMARY KEY", "plain (id INTEGER PRIMARY KEY"
                       " AUTOINCREMENT"),
                      "'autoincrement' not in text_of('plain')"),
    "autoincrement gone": ((" AUTOINCREMENT", ""), "'autoincrement' in text_of('invoice')"),
    "what batch mode forgets": (("VARCHAR(20) COLLATE", "TEXT COLLATE"), "COLLATE NOCASE"),
    "index": (("", "CREATE INDEX ix_a ON plain (a);"), "op.create_index('ix_a', 'plain', ['a']"),
    "partial index": (("", "CREATE UNIQUE INDEX ix_a ON plain (a DESC) WHERE b > 'x';"), "ix_a"),
    "index of an expression": (("", "CREATE INDEX ix_a ON plain (upper(a));"), "(upper(a))"),
    "index gone": (("CREATE INDEX ix_name ON customer (lower(name));", ""),
                   "DROP INDEX IF EXISTS ix_name"),
    "trigger": (("", "CREATE TRIGGER t AFTER DELETE ON plain BEGIN SELECT ':a'; END;"),
                "CREATE TRIGGER IF NOT EXISTS t"),
    "trigger changed": (("= -1", "= -2"), "DROP TRIGGER IF EXISTS tr_invoice"),
    "view": (("", "CREATE VIEW v AS SELECT a AS x FROM plain WHERE a <> ':x %s \\ \"';"),
             "CREATE VIEW IF NOT EXISTS v"),
    "view changed": (("SELECT id, name FROM", "SELECT id FROM"), "DROP VIEW IF EXISTS adults"),
    "table": (("", "CREATE TABLE more (id INTEGER NOT NULL PRIMARY KEY, a TEXT);"
               "CREATE INDEX ix_more ON more (a);"), "op.create_table('more'"),
    "table beyond Alembic": (
        ("", "CREATE TABLE more (id INTEGER PRIMARY KEY, a TEXT DEFAULT 'x' COLLATE NOCASE,"
         " b INTEGER REFERENCES customer (id) ON DELETE CASCADE, CHECK (a <> b));"
         "CREATE INDEX ix_more ON more (a, b) WHERE a > 'b';"
         "CREATE TRIGGER tr_more AFTER DELETE ON more BEGIN SELECT 1; END;"),
        "lacks('columns', 'more')",
    ),
    "table under a view and a trigger": (("VARCHAR(80)", "VARCHAR(99)"), "VARCHAR(99)"),
    "several": (
        ("b TEXT)", "b TEXT, c TEXT); CREATE VIEW v AS SELECT 1 AS x;"
         " CREATE INDEX ix_b ON plain (b)"), "batch_op.add_column",
    ),
}  # fmt: skip


def catalog(path: Path) -> Catalog:
    return read_catalog(f"sqlite:///{path}")


def made(path: Path, text: str) -> Path:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript(text)
    connection.close()
    return path


def changed(replacement: tuple[str, str]) -> str:
    old, new = replacement
    assert old in FIRST
    return FIRST.replace(old, new, 1) if old else FIRST + new


def source(up: Plan, down: Plan) -> str:
    """A module with both functions, as a template makes one."""
    context = MigrationContext.configure(dialect_name="sqlite")
    bodies = [
        body(plan.before, plan.blocks, plan.rebuilds, plan.after, context,
             is_guarded=plan is up, keeps_rows=plan.keeps_rows)
        for plan in (up, down)
    ]  # fmt: skip
    functions = [
        f"def {name}():\n    {each.text or 'pass'}\n\n"
        for name, each in zip(("upgrade", "downgrade"), bodies, strict=True)
    ]
    head = "import sqlalchemy as sa\nfrom alembic import op\n" + imports(*bodies)
    return "\n".join([head, *functions, helpers(*bodies)])


def revision(found: Path, wanted: Path) -> ModuleType:
    ways = [(catalog(found), catalog(wanted)), (catalog(wanted), catalog(found))]
    up, down = (Planner(start, end, None, as_batch=True).plan() for start, end in ways)
    assert not up.not_expressed
    module = ModuleType("revision")
    module.text = source(up, down)
    exec(compile(module.text, "revision", "exec"), module.__dict__)
    return module


@contextmanager
def migrating(path: Path, *, foreign_keys: bool = True) -> Iterator[sa.Connection]:
    """Alembic's ``op`` on a database, in a real transaction, with foreign keys on."""
    engine = sa.create_engine(f"sqlite:///{path}", poolclass=sa.NullPool)

    @sa.event.listens_for(engine, "connect")
    def connected(raw: sqlite3.Connection, _record: object) -> None:
        raw.isolation_level = None
        raw.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    with engine.begin() as connection:
        context = MigrationContext.configure(connection)
        with Operations.context(context):
            yield connection
    engine.dispose()


def counts(path: Path) -> list[int]:
    connection = sqlite3.connect(path)
    found = [connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in TABLES]
    connection.close()
    return found


@pytest.mark.parametrize("change", CHANGES)
def test_a_revision_reaches_the_goal_leaves_it_alone_and_leads_back(
    tmp_path: Path, change: str
) -> None:
    replacement, said = CHANGES[change]
    found = made(tmp_path / "found.sqlite", FIRST + ROWS)
    live = made(
        tmp_path / "live.sqlite", changed(replacement) + ROWS.replace("'two', 'one'", "'b', 'a'")
    )
    before, goal = catalog(found), catalog(live)
    module = revision(found, live)
    assert said in module.text.split("def downgrade")[0], module.text
    with migrating(found):
        module.upgrade()
    assert not compare(goal, catalog(found))
    with migrating(live):
        module.upgrade()
    assert catalog(live) == goal
    with migrating(found):
        module.downgrade()
    assert not compare(before, catalog(found))
    assert counts(found) == counts(live) == [2, 2, 1, 1]


def test_what_is_done_is_not_done_again_on_live(tmp_path: Path) -> None:
    """A table made anew would lose what nobody adopted: a column of live's own."""
    found = made(tmp_path / "found.sqlite", FIRST)
    live = made(tmp_path / "live.sqlite", changed(("a TEXT", "a TEXT COLLATE NOCASE")))
    module = revision(found, live)
    made(live, "ALTER TABLE plain ADD COLUMN of_its_own TEXT")
    with migrating(live):
        module.upgrade()
    assert "of_its_own" in [item.name for item in catalog(live).of_kind("column")]


def test_a_database_with_a_part_of_it_gets_the_rest(tmp_path: Path) -> None:
    text = changed(("b TEXT)", "b TEXT, c TEXT, d TEXT)"))
    found, live = made(tmp_path / "a.sqlite", FIRST), made(tmp_path / "b.sqlite", text)
    module = revision(found, live)
    part = made(tmp_path / "c.sqlite", FIRST + "ALTER TABLE plain ADD COLUMN c TEXT;")
    with migrating(part):
        module.upgrade()
    assert not compare(catalog(live), catalog(part))


def test_a_renamed_column_and_table_keep_their_rows(tmp_path: Path) -> None:
    text = FIRST.replace("TABLE plain (id INTEGER PRIMARY KEY, a TEXT", "TABLE plane (id INTEGER"
                         " PRIMARY KEY, alpha TEXT").replace("born", "birthday")  # fmt: skip
    found, live = made(tmp_path / "a.sqlite", FIRST + ROWS), made(tmp_path / "b.sqlite", text)
    before, goal = catalog(found), catalog(live)
    assert "renamed" in {item.change for item in compare(goal, before)}
    module = revision(found, live)
    with migrating(found):
        module.upgrade()
    assert not compare(goal, catalog(found))
    with migrating(live):
        module.upgrade()
    assert catalog(live) == goal


def test_a_table_that_others_refer_to_is_made_anew_without_their_rows_being_lost(
    tmp_path: Path,
) -> None:
    """The test of the tests above: with foreign keys on, Alembic's batch mode alone loses rows."""
    found = made(tmp_path / "a.sqlite", FIRST + "DROP VIEW adults;" + ROWS)
    live = made(tmp_path / "b.sqlite", changed(("VARCHAR(80)", "VARCHAR(99)")) + "DROP VIEW adults")
    module = revision(found, live)
    assert "keep_referring_rows()" in module.text
    module.keep_referring_rows = lambda: None
    with migrating(found):
        module.upgrade()
    assert counts(found) == [2, 0, 0, 1]


def test_written_out_as_sql_nothing_is_looked_up(tmp_path: Path) -> None:
    """Batch mode itself needs a database; a table that SQL makes anew does not."""
    text = changed(("VARCHAR(80)", "VARCHAR(99)")) + "CREATE TABLE more (id INTEGER NOT NULL);"
    found, live = made(tmp_path / "a.sqlite", FIRST), made(tmp_path / "b.sqlite", text)
    module = revision(found, live)
    written = io.StringIO()
    options = {"as_sql": True, "output_buffer": written}
    context = MigrationContext.configure(dialect_name="sqlite", opts=options)
    with Operations.context(context):
        module.upgrade()
    assert "VARCHAR(99)" in written.getvalue()
    assert "CREATE TABLE IF NOT EXISTS more" in written.getvalue()
