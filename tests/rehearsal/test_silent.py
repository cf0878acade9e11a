"""What batch mode drops in silence is caught, in a real rehearsal of a real batch operation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from schema.catalog import read_catalog
from schema.compare import compare
from schema.database import open_read_only
from schema.rehearsal import Rehearsal
from schema.rehearsal.ledger import judge, read_ledger
from schema.rehearsal.silent import recreated_tables, silent_losses

if TYPE_CHECKING:
    from schema.rehearsal.ledger import DataVerdict
    from schema.rehearsal.silent import SilentLoss
    from schema.rehearsal.steps import Step
    from tests.rehearsal.conftest import Shop

WIDEN = """
with op.batch_alter_table("thing") as batch:
    batch.alter_column("size", type_=sa.BigInteger)
"""

FOREIGN_KEYS = """
from alembic import context
from sqlalchemy import create_engine, event

engine = create_engine(context.config.get_main_option("sqlalchemy.url"))
event.listen(engine, "connect", lambda driver, record: driver.execute("PRAGMA foreign_keys = ON"))
with engine.connect() as connection:
    context.configure(connection=connection, version_table="shop_version")
    with context.begin_transaction():
        context.run_migrations()
"""


def rehearsed(shop: Shop, up: str, *statements: str) -> tuple[Step, DataVerdict]:
    """One step on a database that these statements have filled, and the verdict on its data."""
    engine = sa.create_engine(shop.url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()
    shop.write("bbb222", "aaa111", "change", up)
    with Rehearsal.start(shop.project) as rehearsal:
        with open_read_only(rehearsal.scratch.url) as connection:
            left = read_catalog(connection).without_table("shop_version")
            before = read_ledger(connection, left)
        step = rehearsal.up()
        with open_read_only(rehearsal.scratch.url) as connection:
            right = read_catalog(connection).without_table("shop_version")
            after = read_ledger(connection, right)
        rehearsal.close(drop=True)
    assert step.error is None, step.error
    return step, judge(before, after, compare(left, right), statements=step.statements)


def lost(step: Step) -> list[tuple[str, str]]:
    return [(each.kind, each.name) for each in found(step)]


def found(step: Step) -> tuple[SilentLoss, ...]:
    return silent_losses(step.differences, step.statements, "sqlite")


THING = "CREATE TABLE thing (id INTEGER PRIMARY KEY, size INTEGER, name TEXT)"


@pytest.mark.parametrize(
    ("kind", "name", "statements"),
    [
        ("trigger", "tr", (THING, "CREATE TRIGGER tr AFTER INSERT ON thing BEGIN SELECT 1; END")),
        ("expression index", "ix", (THING, "CREATE INDEX ix ON thing (lower(name))")),
        ("expression index", "ix", (THING, "CREATE INDEX ix ON thing (name || size)")),
        ("descending index", "ix", (THING, "CREATE INDEX ix ON thing (name DESC)")),
        ("autoincrement", "thing", (THING.replace("KEY", "KEY AUTOINCREMENT"),)),
        ("collation", "name", (THING.replace("TEXT", "TEXT COLLATE NOCASE"),)),
        (
            "on delete",
            "foreign key (size)",
            (
                THING.replace(
                    "INTEGER, name", "INTEGER REFERENCES customer ON DELETE CASCADE, name"
                ),
            ),
        ),
        ("check", "check (size > 0)", (THING.replace("TEXT", "TEXT, CHECK (size > 0)"),)),
    ],
)
def test_a_silent_loss_is_named(
    sqlite_shop: Shop, kind: str, name: str, statements: tuple[str, ...]
) -> None:
    step, _ = rehearsed(sqlite_shop, WIDEN, *statements)
    assert lost(step) == [(kind, name)]
    [loss] = found(step)
    assert loss.table == "thing"
    assert "the table thing was recreated, and batch mode does not know of" in loss.message


def test_a_child_table_emptied_by_a_cascade_is_named(sqlite_shop: Shop) -> None:
    env = sqlite_shop.folder / "migrations" / "env.py"
    env.write_text(FOREIGN_KEYS)
    step, verdict = rehearsed(
        sqlite_shop,
        WIDEN,
        THING,
        "CREATE TABLE part (id INTEGER PRIMARY KEY, thing INTEGER REFERENCES thing (id)"
        " ON DELETE CASCADE)",
        "INSERT INTO thing VALUES (1, 1, 'a')",
        "INSERT INTO part VALUES (1, 1), (2, 1)",
    )
    assert step.rows["part"] == (2, 0)
    [loss] = verdict.lost
    assert (loss.kind, loss.table, loss.count) == ("rows", "part", 2)
    assert "deleted by ON DELETE CASCADE when thing was recreated" in loss.message


def test_what_survives_a_recreate_is_not_called_lost(sqlite_shop: Shop) -> None:
    step, verdict = rehearsed(
        sqlite_shop,
        WIDEN,
        "CREATE TABLE thing (id INTEGER PRIMARY KEY, size INTEGER, name TEXT,"
        " CONSTRAINT positive CHECK (size > 0))",
        "CREATE INDEX ix ON thing (name) WHERE size > 1",
        "INSERT INTO thing VALUES (1, 1, 'a')",
    )
    assert recreated_tables(step.statements) == ("thing",)
    assert lost(step) == []
    assert verdict.verdict == "unchanged"


def test_what_was_asked_for_is_not_silent(sqlite_shop: Shop) -> None:
    step, _ = rehearsed(
        sqlite_shop,
        """
        op.execute("DROP TRIGGER tr")
        op.execute('DROP INDEX "ix"')
        with op.batch_alter_table("thing") as batch:
            batch.drop_column("size")
        """,
        THING.replace("TEXT", "TEXT, CHECK (size > 0)"),
        "CREATE INDEX ix ON thing (lower(name))",
        "CREATE TRIGGER tr AFTER INSERT ON thing BEGIN SELECT 1; END",
    )
    assert recreated_tables(step.statements) == ("thing",)
    assert lost(step) == []


def test_what_batch_mode_drops_as_told_is_not_silent(sqlite_shop: Shop) -> None:
    step, _ = rehearsed(
        sqlite_shop,
        """
        with op.batch_alter_table("thing") as batch:
            batch.drop_index("ix")
            batch.drop_constraint("of", type_="foreignkey")
            batch.create_foreign_key("of", "customer", ["size"], ["id"])
        """,
        THING.replace(
            "TEXT",
            "TEXT, CONSTRAINT of FOREIGN KEY(size) REFERENCES customer (id) ON DELETE CASCADE",
        ),
        "CREATE UNIQUE INDEX ix ON thing (name)",
    )
    assert recreated_tables(step.statements) == ("thing",)
    assert {item.name for item in step.differences} == {"ix", "of"}
    assert lost(step) == []


def test_an_index_that_the_given_table_lacks_is_lost(sqlite_shop: Shop) -> None:
    step, _ = rehearsed(
        sqlite_shop,
        """
        given = sa.Table("thing", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True),
                         sa.Column("size", sa.Integer), sa.Column("name", sa.Text))
        with op.batch_alter_table("thing", copy_from=given) as batch:
            batch.alter_column("size", type_=sa.BigInteger)
        """,
        THING,
        "CREATE INDEX ix ON thing (name)",
    )
    assert lost(step) == [("index", "ix")]


def test_a_table_that_was_not_recreated_loses_nothing_in_silence(sqlite_shop: Shop) -> None:
    step, _ = rehearsed(
        sqlite_shop,
        "op.execute('DROP TRIGGER tr')",
        THING,
        "CREATE TRIGGER tr AFTER INSERT ON thing BEGIN SELECT 1; END",
    )
    assert found(step) == ()
    assert silent_losses(step.differences, step.statements, "postgresql") == ()
