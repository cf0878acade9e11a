"""Differences become a revision file that runs on a new database and on the live one alike."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from uuid import uuid4

import pytest
import sqlalchemy as sa

from schema import scratch
from schema.compare import Differences
from schema.demo import bundled_config, make_demo
from schema.drift import find_drift
from schema.errors import RevisionError, WorkbenchError
from schema.history import read_history
from schema.project import Project
from schema.repair import Repair, propose

PROJECTS = Path(__file__).resolve().parents[1] / "projects"

ENV = """
from alembic import context
from sqlalchemy import create_engine, event

engine = create_engine(context.config.get_main_option("sqlalchemy.url"))

@event.listens_for(engine, "connect")
def enforce(connection, record):
    connection.execute("PRAGMA foreign_keys = ON")

with engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""

MAKO = '''
"""${message}

Revision ID: ${up_revision}
Revises: ${down_revision | comma,n}
Create Date: ${create_date}
"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}

# This project's template.
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade():
    ${upgrades if upgrades else "pass"}


def downgrade():
    ${downgrades if downgrades else "pass"}
'''

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
CREATE TABLE remark (body TEXT, invoice INTEGER REFERENCES invoice (id));
CREATE TABLE plain (id INTEGER PRIMARY KEY, a TEXT, b TEXT);
CREATE INDEX ix_name ON customer (lower(name));
CREATE VIEW adults AS SELECT id, name FROM customer WHERE born < '2000-01-01';
CREATE TRIGGER tr_invoice AFTER INSERT ON invoice BEGIN UPDATE plain SET a = 'x' WHERE id = -1; END;
"""

ROWS = """
INSERT INTO customer (id, name, mail) VALUES (1, 'ann', 'a@x'), (2, 'bob', 'b@x');
INSERT INTO invoice (id, number, customer) VALUES (7, 'A', 1), (8, 'b', 2);
INSERT INTO remark VALUES ('hm', 7);
INSERT INTO plain VALUES (1, 'one', 'two');
"""


def revision(folder: Path, name: str, parent: str | None, *statements: str) -> None:
    body = "\n".join(f"            op.execute({statement!r})" for statement in statements)
    text = f'''
        """{name}"""
        from alembic import op
        revision = {name!r}
        down_revision = {parent!r}
        def upgrade():
            pass
{body}
        def downgrade():
            pass
    '''
    (folder / f"{name}.py").write_text(dedent(text))


def split(text: str) -> list[str]:
    """The statements of a script; a trigger's END ends one."""
    parts, found = "", []
    for line in text.strip().splitlines():
        parts += line + "\n"
        if sqlite3.complete_statement(parts):
            found.append(parts.strip().rstrip(";"))
            parts = ""
    return found


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Project]:
    """A project of two revisions that never heard of models, with foreign keys on."""
    folder = tmp_path / "shop"
    versions = folder / "migrations" / "versions"
    versions.mkdir(parents=True)
    (folder / "alembic.ini").write_text(
        f"[alembic]\nscript_location = %(here)s/migrations\nfile_template = %%(slug)s_%%(rev)s\n"
        f"sqlalchemy.url = sqlite:///{tmp_path / 'live.sqlite'}\n"
    )
    (folder / "migrations" / "env.py").write_text(ENV)
    (folder / "migrations" / "script.py.mako").write_text(MAKO.lstrip())
    revision(versions, "aaa", None, *split(FIRST))
    revision(versions, "bbb", "aaa", "CREATE TABLE later (id INTEGER PRIMARY KEY, note TEXT)")
    with Project.open(folder) as project:
        yield project


def live(project: Project, stamp: str, *by_hand: str) -> Path:
    """The project's database at a stamp, with rows, and changed by hand."""
    path = Path(project.database_url().database or "")
    with scratch.create("sqlite") as made, project.start_worker() as worker:
        for each in read_history(project).upgrade_path((), stamp):
            worker.step(made, "up", each.id)
        shutil.copy(made.url.database or "", path)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript("DROP TABLE _schema_scratch;" + ROWS)
    for statement in by_hand:
        connection.executescript(statement)
    connection.close()
    return path


def adopted(project: Project, stamp: str, *by_hand: str) -> Repair:
    live(project, stamp, *by_hand)
    return propose(project, find_drift(project), direction="adopt")


def anew(table: str, text: str, columns: str = "*") -> str:
    """What a person runs where SQLite's ALTER TABLE is not enough."""
    return (
        "PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON;"
        f"CREATE TABLE {table}_made {text};"
        f"INSERT INTO {table}_made ({columns}) SELECT {columns} FROM {table};"
        f"DROP TABLE {table}; ALTER TABLE {table}_made RENAME TO {table};"
    ).replace("(*)", "")


PLAIN = "(id INTEGER PRIMARY KEY, a TEXT, b TEXT)"

#: What was done by hand. What each kind of change becomes is tested in test_revision_code.
CHANGES = {
    "by Alembic": "ALTER TABLE plain ADD COLUMN c VARCHAR(9); CREATE INDEX ix_a ON plain (a);",
    "by SQL": anew("plain", PLAIN.replace("a TEXT", "a TEXT COLLATE NOCASE")),
    "by both": "ALTER TABLE remark ADD COLUMN c TEXT; CREATE VIEW v AS SELECT 1 AS x;"
    " DROP TRIGGER tr_invoice; DROP INDEX ix_name;"
    + anew("plain", "(id INTEGER PRIMARY KEY, a VARCHAR(9), b TEXT NOT NULL)"),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_by_hand_becomes_a_proved_revision(shop: Project, change: str) -> None:
    found = adopted(shop, "aaa", CHANGES[change])
    assert found.is_proved, found.verdict
    assert found.proof.downgrade_returns
    assert not found.proof.remaining
    assert not found.not_expressed


def rows(path: str, *queries: str) -> list[object]:
    connection = sqlite3.connect(path)
    try:
        return [connection.execute(query).fetchall() for query in queries]
    finally:
        connection.close()


def test_no_row_is_lost_on_the_way_up_and_down(shop: Project, tmp_path: Path) -> None:
    """Foreign keys are on in this project's env.py, and ON DELETE CASCADE waits."""
    customer = """(id INTEGER NOT NULL, name VARCHAR(50) NOT NULL, mail VARCHAR(99),
        born DATE, PRIMARY KEY (id), CONSTRAINT uq_mail UNIQUE (mail),
        CONSTRAINT ck_name CHECK (name <> ''))"""
    index = "CREATE INDEX ix_name ON customer (lower(name));"
    found = adopted(shop, "bbb", anew("customer", customer) + index)
    assert found.is_proved, found.verdict
    (tmp_path / "revision.py").write_text(found.text)
    name = found.text.partition("revision = '")[2].partition("'")[0]
    counts = [f"SELECT count(*) FROM {t}" for t in ("customer", "invoice", "remark", "plain")]
    with scratch.create("sqlite") as made, shop.start_worker(extra=tmp_path / "revision.py") as w:
        for each in ("aaa", "bbb"):
            w.step(made, "up", each)
        connection = sqlite3.connect(made.url.database or "", isolation_level=None)
        connection.executescript(ROWS)
        connection.close()
        for direction in ("up", "down"):
            w.step(made, direction, name)
            assert rows(made.url.database or "", *counts) == [[(2,)], [(2,)], [(1,)], [(1,)]]


def test_the_eight_differences_of_the_sample_database_are_adopted(tmp_path: Path) -> None:
    demo = make_demo(tmp_path / "demo.sqlite", requests=5, events=5)
    with Project.open(bundled_config(), url=demo.url) as project:
        drift = find_drift(project)
        found = propose(project, drift, direction="adopt")
    assert found.is_proved
    assert found.proof.downgrade_returns
    assert (
        "a pending revision takes away from live, and this one restores: trigger" in found.verdict
    )
    assert found.filename.endswith("_adopt_8_differences.py")


@pytest.mark.postgresql
@pytest.mark.slow
def test_they_are_adopted_on_postgresql_too(postgresql_server: str) -> None:
    server = sa.make_url(postgresql_server)
    url = server.set(database=f"t_{uuid4().hex[:12]}")
    try:
        make_demo(url, requests=5, events=5)
        with Project.open(bundled_config(), url=url) as project:
            found = propose(project, find_drift(project), direction="adopt")
    finally:
        engine = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {url.database} WITH (FORCE)")
    assert found.is_proved, found.verdict
    assert found.proof.downgrade_returns


@pytest.mark.parametrize("name", ["asynchronous", "generic", "legacy"])
def test_sample_projects_of_all_shapes_can_adopt(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    shutil.copytree(PROJECTS / name, folder)
    with Project.open(folder, url=f"sqlite:///{folder / 'live.db'}") as project:
        with scratch.create("sqlite") as made, project.start_worker() as worker:
            history = read_history(project)
            for each in history.upgrade_path((), history.heads[0]):
                worker.step(made, "up", each.id)
            shutil.copy(made.url.database or "", folder / "live.db")
        connection = sqlite3.connect(folder / "live.db", isolation_level=None)
        connection.executescript("DROP TABLE _schema_scratch; ALTER TABLE person ADD born DATE;")
        connection.close()
        drift = find_drift(project)
        chosen = drift.differences.where(lambda item: item.name == "born")
        found = propose(project, drift, chosen, direction="adopt")
    assert found.is_proved, found.verdict
    assert "born" in found.text


# -- the file -------------------------------------------------------------------------------------


def tree(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_projects_folder_is_left_as_it_was(shop: Project) -> None:
    before = tree(shop.root)
    adopted(shop, "aaa", "ALTER TABLE plain ADD COLUMN c TEXT")
    assert tree(shop.root) == before


def test_the_file_follows_the_projects_own_template_and_comes_after_head(shop: Project) -> None:
    found = adopted(shop, "aaa", "ALTER TABLE plain ADD COLUMN c TEXT")
    assert found.text.startswith('"""Adopt column plain.c\n')
    assert "- column plain.c: added (TEXT)" in found.text
    assert "# This project's template." in found.text
    assert "down_revision = 'bbb'" in found.text
    assert found.filename.startswith("adopt_column_plain_c_")
    assert (found.direction, found.dialect) == ("adopt", "sqlite")


def test_what_is_destructive_is_marked(shop: Project) -> None:
    found = adopted(shop, "aaa", "ALTER TABLE plain DROP COLUMN b")
    assert [each.why for each in found.statements if each.is_destructive] == [
        "The values of b are lost."
    ]


def test_names_can_not_break_out_of_the_file(shop: Project) -> None:
    name = 'x"""\nimport os  # \\ ${1/0} %s :a \u202e'
    quoted = '"' + name.replace('"', '""') + '"'
    found = adopted(
        shop, "aaa", f"CREATE VIEW {quoted} AS SELECT 1 AS a",
        f"ALTER TABLE plain ADD COLUMN {quoted} TEXT",
    )  # fmt: skip
    compile(found.text, "revision", "exec")
    assert "\nimport os" not in found.text
    assert found.is_proved, found.verdict


def test_only_what_is_selected_is_adopted(shop: Project) -> None:
    live(shop, "aaa", "ALTER TABLE plain ADD COLUMN c TEXT", "CREATE VIEW v AS SELECT 1 AS x")
    drift = find_drift(shop)
    chosen = drift.differences.where(lambda item: item.kind == "view")
    found = propose(shop, drift, chosen, direction="adopt")
    assert found.is_proved, found.verdict
    assert "add_column" not in found.text


def test_nothing_selected_is_refused(shop: Project) -> None:
    live(shop, "aaa")
    with pytest.raises(WorkbenchError, match="nothing to adopt"):
        propose(shop, find_drift(shop), Differences(), direction="adopt")


def test_several_heads_must_be_merged_first(shop: Project) -> None:
    revision(shop.version_locations[0], "ccc", "aaa", "CREATE TABLE other (id INTEGER)")
    live(shop, "aaa", "ALTER TABLE plain ADD COLUMN c TEXT")
    with pytest.raises(RevisionError, match="alembic merge heads"):
        propose(shop, find_drift(shop), direction="adopt")


def test_of_several_heads_the_one_of_lives_branch_is_taken(shop: Project) -> None:
    revision(shop.version_locations[0], "ccc", "aaa", "CREATE TABLE other (id INTEGER)")
    found = adopted(shop, "bbb", "ALTER TABLE plain ADD COLUMN c TEXT")
    assert "down_revision = 'bbb'" in found.text
    assert found.is_proved, found.verdict


def test_a_revision_that_fails_on_lives_schema_is_told(shop: Project) -> None:
    found = adopted(shop, "aaa", "CREATE TABLE later (id INTEGER)")
    assert "a pending revision fails on live's schema" in found.verdict
