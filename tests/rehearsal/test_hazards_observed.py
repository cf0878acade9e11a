"""Hazards of steps that were run: what was seen speaks, and what was not seen is not told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest
import sqlalchemy as sa

from schema.errors import ProjectCodeError
from schema.history import read_history
from schema.project import Project
from schema.rehearsal import Options, Rehearsal, State, Statement, Step
from schema.rehearsal.hazards import Hazard, hazards_of_step
from schema.rehearsal.observing import locks_of, rewrites_of
from schema.rehearsal.relations import Relations, read_relations
from schema.rehearsal.walk import Walk
from schema.scratch import ScratchDatabase, create

ENV = """
from alembic import context
from sqlalchemy import create_engine

with create_engine("postgresql://nowhere/live").connect() as connection:
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
"""

HEAD = "import sqlalchemy as sa\nfrom alembic import op\n"

#: One revision a case, each on a table of its own that is called like the case.
POSTGRESQL = {
    "index": "op.create_index('i_index', 'index', ['a'])",
    "concurrent": "with op.get_context().autocommit_block():\n"
    "    op.create_index('i_con', 'concurrent', ['a'], postgresql_concurrently=True)",
    "not_null": "op.alter_column('not_null', 'a', nullable=False)",
    "proved": "op.create_check_constraint('p', 'proved', 'a IS NOT NULL')\n"
    "op.alter_column('proved', 'a', nullable=False)",
    "longer": "op.alter_column('longer', 'name', type_=sa.String(20))",
    "to_text": "op.alter_column('to_text', 'name', type_=sa.Text())",
    "to_bigint": "op.alter_column('to_bigint', 'a', type_=sa.BigInteger())",
    "shorter": "op.alter_column('shorter', 'name', type_=sa.String(5))",
    "volatile": "op.add_column('volatile', sa.Column('u', sa.Uuid(),\n"
    "    server_default=sa.text('gen_random_uuid()'), nullable=False))",
    "constant": "op.add_column('constant', sa.Column('u', sa.Integer(),\n"
    "    server_default='5', nullable=False))",
    "own_default": "op.execute('CREATE FUNCTION five() RETURNS int LANGUAGE sql IMMUTABLE "
    "AS $$ SELECT 5 $$')\n"
    "op.add_column('own_default', sa.Column('u', sa.Integer(), server_default=sa.text('five()')))",
    "foreign_key": "op.create_foreign_key('fk', 'foreign_key', 'index', ['a'], ['id'])",
    "not_valid": "op.create_foreign_key('nv', 'not_valid', 'index', ['a'], ['id'],\n"
    "    postgresql_not_valid=True)",
    "checked": "op.create_check_constraint('c', 'checked', 'a > 0')",
    "unique": "op.create_unique_constraint('u', 'unique', ['a'])",
    "unlogged": "op.execute('ALTER TABLE unlogged SET UNLOGGED')",
    "excluded": "op.execute('ALTER TABLE excluded ADD EXCLUDE USING gist (r WITH &&)')",
    "less": "op.drop_column('less', 'name')",
    "gone": "op.drop_table('gone')",
    "renamed": "op.rename_table('renamed', 'other_name')",
    "rename_column": "op.alter_column('rename_column', 'a', new_column_name='c')",
    "by_code": 'op.execute("DO $$ BEGIN ALTER TABLE by_code ALTER a TYPE bigint; END $$")',
    "slow": "op.add_column('slow', sa.Column('c', sa.Integer))\n"
    "op.get_bind().execute(sa.text('SELECT pg_sleep(1.1)'))",
    "later": "op.get_bind().execute(sa.text('SELECT 1'))\n"
    "op.create_index('i_later', 'later', ['a'])",
    "duplicate": "op.create_unique_constraint('d', 'duplicate', ['b'])",
}

TABLE = """
op.execute('CREATE TABLE "{0}" (id int PRIMARY KEY, a int, b int, name varchar(10), r int4range)')
op.execute("INSERT INTO \\"{0}\\" SELECT i, i, i % 2, 'n' || i FROM generate_series(1, 1500) i")
"""


class Ran:
    """Each case's hazards by their rules, and its step."""

    def __init__(self) -> None:
        self.steps: dict[str, Step] = {}
        self.hazards: dict[str, Mapping[str, Hazard]] = {}


def project_of(folder: Path, revisions: Mapping[str, str]) -> Project:
    """A project of these revisions in one line, each called like its key."""
    (folder / "migrations" / "versions").mkdir(parents=True)
    (folder / "migrations" / "env.py").write_text(ENV)
    (folder / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/migrations\n")
    parent = None
    for name, up in revisions.items():
        text = f"{HEAD}revision = {name!r}\ndown_revision = {parent!r}\n\ndef upgrade():\n"
        text += indent(up.strip(), "    ") + "\n\ndef downgrade():\n    op.execute('SELECT 1')\n"
        (folder / "migrations" / "versions" / f"{name}.py").write_text(text)
        parent = name
    return Project.open(folder)


def relations(scratch: ScratchDatabase) -> Relations:
    engine = sa.create_engine(scratch.url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        found = read_relations(connection)
    engine.dispose()
    return found


def run_all(project: Project, scratch: ScratchDatabase) -> Ran:
    """Every revision as a step, with all that can be observed."""
    ran, walk = Ran(), Walk(project, scratch, Options(ledger="rows"))
    before, looked = walk.state(), relations(scratch)
    with project.start_worker() as worker:
        for revision in reversed(read_history(project)):
            events: list[Any] = []
            failure: ProjectCodeError | None = None
            try:
                told = worker.step(scratch, "up", revision.id, events.append, observe="everything")
                statements = told["statements"]
            except ProjectCodeError as error:
                failure = error if revision.is_head else pytest.fail(str(error))
                told = next(event for event in events if event["event"] == "observed")
                statements = [event for event in events if event["event"] == "statement"]
            after, looks = walk.state(), relations(scratch)
            step = step_of(revision.id, told, statements, (before, after), (looked, looks), failure)
            found = hazards_of_step(project, revision, step, before=before.catalog)
            ran.steps[revision.id] = step
            ran.hazards[revision.id] = {hazard.rule: hazard for hazard in found}
            before, looked = after, looks
    return ran


def step_of(
    name: str,
    told: Mapping[str, Any],
    statements: list[Any],
    states: tuple[State, State],
    looks: tuple[Relations, Relations],
    failure: ProjectCodeError | None,
) -> Step:
    before, after = states
    made = tuple(map(Statement.from_event, statements))
    return Step(
        revision=name,
        message="",
        direction="up",
        seconds=told["seconds"],
        statements=made,
        differences=after.differences_from(before),
        rows_before=before.rows,
        rows_after=after.rows,
        error=str(failure) if failure else None,
        details=dict(failure.details) if failure else {},
        locks=locks_of(told, *looks),
        rewrites=rewrites_of(told, made, *looks),
    )


@pytest.fixture(scope="module")
def postgresql(postgresql_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    tables = "\n".join(TABLE.format(name).strip() for name in POSTGRESQL)
    folder = tmp_path_factory.mktemp("cases")
    with create("postgresql", server=sa.make_url(postgresql_server)) as scratch:
        project = project_of(folder, {"first": tables, **POSTGRESQL})
        yield run_all(project, scratch)
        project.close()


pytestmark = pytest.mark.postgresql

#: For each case, the rule that the rehearsal saw the effect of, and a piece of what was seen.
SEEN = [
    ("index", "index-not-concurrent", "ShareLock on index"),
    ("not_null", "not-null-scan", "AccessExclusiveLock on not_null"),
    ("to_bigint", "column-type-rewrite", "table to_bigint was rewritten"),
    ("shorter", "column-type-rewrite", "table shorter was rewritten"),
    ("volatile", "volatile-default-rewrite", "table volatile was rewritten"),
    ("foreign_key", "foreign-key-not-valid-missing", "ShareRowExclusiveLock on foreign_key"),
    ("checked", "check-not-valid-missing", "AccessExclusiveLock on checked"),
    ("unique", "unique-constraint-lock", "index u was built"),
    ("unlogged", "storage-rewrite", "table unlogged was rewritten"),
    ("excluded", "exclusion-constraint", "AccessExclusiveLock on excluded"),
    ("less", "drop-column", "column public.less.name was removed"),
    ("gone", "drop-table", "1,500 of 1,500 rows are gone"),
    ("gone", "data-lost", "1,500 of 1,500 rows of gone are gone"),
    ("renamed", "rename-table", "table public.other_name was renamed"),
    ("rename_column", "rename-column", "column public.rename_column.c was renamed"),
    ("by_code", "table-rewritten", "Table by_code was written anew"),
    ("slow", "long-lock", "AccessExclusiveLock was held on slow for 1."),
    ("duplicate", "unique-may-fail", "it failed there"),
]

#: What the text alone could suspect, and the rehearsal saw that it is not so.
UNSEEN = [
    ("concurrent", "index-not-concurrent"),
    ("concurrent", "concurrently-in-transaction"),
    ("longer", "column-type-rewrite"),
    ("to_text", "column-type-rewrite"),
    ("constant", "volatile-default-rewrite"),
    ("own_default", "volatile-default-rewrite"),
    ("not_valid", "foreign-key-not-valid-missing"),
    ("index", "long-lock"),
    ("to_bigint", "table-rewritten"),
    ("proved", "not-null-scan"),
    ("proved", "not-null-may-fail"),
    ("proved", "alters-to-merge"),
    ("renamed", "data-lost"),
    ("first", "lock-timeout-missing"),
    ("first", "big-update"),
]


@pytest.mark.parametrize(("case", "rule", "evidence"), SEEN)
def test_what_was_seen_is_told_with_its_evidence(
    postgresql: Ran, case: str, rule: str, evidence: str
) -> None:
    hazard = postgresql.hazards[case].get(rule)
    assert hazard is not None, postgresql.hazards[case]
    assert hazard.observed
    assert evidence in hazard.message


@pytest.mark.parametrize(("case", "rule"), UNSEEN)
def test_what_was_not_seen_is_not_told(postgresql: Ran, case: str, rule: str) -> None:
    assert rule not in postgresql.hazards[case]


def test_a_lock_that_nobody_felt_is_mild_and_a_long_one_grave(postgresql: Ran) -> None:
    assert postgresql.hazards["index"]["index-not-concurrent"].severity in {"low", "medium"}
    assert postgresql.hazards["slow"]["long-lock"].severity == "high"


def test_what_only_the_text_shows_says_so(postgresql: Ran) -> None:
    hazard = postgresql.hazards["index"]["lock-timeout-missing"]
    assert not hazard.observed
    assert hazard.message.startswith("The text shows that")


def test_a_hazard_points_to_its_statement(postgresql: Ran) -> None:
    hazard = postgresql.hazards["later"]["index-not-concurrent"]
    assert hazard.statement == 1
    assert "CREATE INDEX" in postgresql.steps["later"].statements[1].sql


def test_what_a_failed_step_did_not_reach_is_told_by_its_text(postgresql: Ran) -> None:
    assert not postgresql.hazards["duplicate"]["unique-constraint-lock"].observed


def test_a_column_whose_values_went_elsewhere_is_no_loss_beside_one_that_lost(
    postgresql_shop: Any,
) -> None:
    postgresql_shop.write("bbb222", "aaa111", "change", """
    op.execute("CREATE TABLE person AS SELECT id, 'n' || id AS title, 'm' AS mail FROM customer")
    op.execute("ALTER TABLE person ADD PRIMARY KEY (id)")
    """)  # fmt: skip
    postgresql_shop.write("ccc333", "bbb222", "more", """
    op.add_column('person', sa.Column('name', sa.String(50)))
    op.execute("UPDATE person SET name = title")
    op.drop_column('person', 'title')
    op.drop_column('person', 'mail')
    """)  # fmt: skip
    with Rehearsal.start(postgresql_shop.project) as rehearsal:
        *_, step = rehearsal.run_to("ccc333")
        rehearsal.close(drop=True)
    assert step.data is not None
    assert [loss.column for loss in step.data.lost] == ["mail"]
    dropped = [item for item in step.hazards if item.rule == "drop-column"]
    assert {item.message.split()[1]: item.severity for item in dropped} == {
        "person.title": "low",
        "person.mail": "high",
    }


def test_of_two_statements_that_write_a_table_anew_each_answers_for_its_own(
    postgresql_shop: Any,
) -> None:
    postgresql_shop.write("bbb222", "aaa111", "change", """
    for name in ('one', 'two'):
        default = sa.text('gen_random_uuid()')
        op.add_column('customer', sa.Column(name, sa.Uuid, server_default=default))
    """)  # fmt: skip
    with Rehearsal.start(postgresql_shop.project) as rehearsal:
        (step,) = rehearsal.run_to("bbb222")
        rehearsal.close(drop=True)
    told = [item.message for item in step.hazards if "written anew for" in item.message]
    assert len(told) == 2
    assert all(message.count("table customer was rewritten") == 1 for message in told)
