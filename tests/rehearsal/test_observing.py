"""Locks, rewrites and sizes of a step, from what the worker told and two looks at the database."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from schema.database import open_read_only
from schema.rehearsal.observing import locks_of, notices_of, rewrites_of, sizes_of
from schema.rehearsal.relations import read_relations
from schema.rehearsal.steps import Statement
from schema.scratch import copy

TABLES = (
    "CREATE TABLE big (id INTEGER PRIMARY KEY, name TEXT, n INTEGER)",
    "CREATE INDEX ix_n ON big (n)",
    "CREATE TABLE small (id INTEGER PRIMARY KEY)",
    "INSERT INTO small VALUES (1)",
)
FILL = {
    "sqlite": "WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 3000) "
    "INSERT INTO big SELECT n, 'name of number ' || n, n FROM i",
    "postgresql": "INSERT INTO big SELECT n, repeat('name ', 500) || n, n "
    "FROM generate_series(1, 3000) AS n",
}


def observe(shop, up):
    """What was observed of a revision that runs ``up`` on a copy of the shop with two tables."""
    engine = sa.create_engine(shop.url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        for sql in (*TABLES, FILL[engine.dialect.name]):
            connection.exec_driver_sql(sql)
    engine.dispose()
    shop.write("bbb222", "aaa111", "change", up)
    with copy(shop.url) as scratch, shop.project.start_worker() as worker:
        before = look(scratch.url)
        told = worker.step(scratch, "up", "bbb222", observe="everything")
        after = look(scratch.url)
    statements = [Statement.from_event(item) for item in told["statements"]]
    return told, statements, before, after


def look(url):
    with open_read_only(url) as connection:
        return read_relations(connection)


def rewrites(shop, up):
    """Each rewrite's relation and manner, with the beginning of the statement that did it."""
    told, statements, before, after = observe(shop, up)
    return {
        (
            item.relation,
            item.how,
            None if item.statement is None else " ".join(statements[item.statement].sql.split()),
        )
        for item in rewrites_of(told, statements, before, after)
    }


# -- relations --------------------------------------------------------------------------------


def test_tables_and_indexes_have_a_size(shop):
    _, _, before, after = observe(shop, "pass")
    for relations in (before, after):
        key, table = relations.named("big", "table")
        _, index = relations.named("ix_n", "index")
        assert table.bytes > 50_000
        assert index.bytes > 20_000
        assert index.table == key
    assert sizes_of(before, after) == ()


def test_what_grew_came_and_went_is_told(shop):
    up = """
    op.execute("INSERT INTO big SELECT id + 100000, name, n FROM big")
    op.execute("DROP TABLE small")
    op.execute("CREATE TABLE fresh (id INTEGER PRIMARY KEY)")
    """
    _, _, before, after = observe(shop, up)
    sizes = {size.relation: size for size in sizes_of(before, after)}
    assert sizes["big"].change > 40_000
    assert (sizes["small"].before > 0, sizes["small"].after) == (True, None)
    assert sizes["fresh"].before is None


@pytest.mark.postgresql
def test_the_servers_figures_are_read(postgresql_shop):
    _, _, before, after = observe(postgresql_shop, 'op.execute("UPDATE big SET n = n + 1")')
    assert after.wal_position - before.wal_position > 100_000
    assert after.temp_bytes >= before.temp_bytes >= 0


# -- rewrites ---------------------------------------------------------------------------------


def test_an_index_built_on_a_table_that_was_there_is_told(shop):
    assert rewrites(shop, 'op.create_index("ix_name", "big", ["name"])') == {
        ("ix_name", "built", "CREATE INDEX ix_name ON big (name)")
    }


def test_what_is_new_altogether_is_no_rewrite(shop):
    up = """
    op.create_table("fresh", sa.Column("id", sa.Integer, primary_key=True))
    op.create_index("ix_fresh", "fresh", ["id"])
    op.execute("UPDATE big SET n = n + 1")
    """
    assert rewrites(shop, up) == set()


def test_a_batch_copy_is_told_with_the_indexes_that_it_made_anew(sqlite_shop):
    up = """
    with op.batch_alter_table("big") as batch:
        batch.alter_column("name", nullable=False)
    """
    found = rewrites(sqlite_shop, up)
    assert {each[:2] for each in found} == {("big", "batch copy"), ("ix_n", "rewritten")}
    (copied,) = (sql for _, how, sql in found if how == "batch copy")
    assert copied.startswith("INSERT INTO _alembic_tmp_big")


def test_a_vacuum_writes_everything_anew(sqlite_shop):
    up = """
    op.execute("DROP TABLE customer")
    with op.get_context().autocommit_block():
        op.execute("VACUUM")
    """
    assert {sql for _, _, sql in rewrites(sqlite_shop, up)} == {"VACUUM"}


@pytest.mark.postgresql
def test_a_changed_type_writes_the_table_and_its_index_anew(postgresql_shop):
    sql = "ALTER TABLE big ALTER COLUMN n TYPE BIGINT"
    assert rewrites(postgresql_shop, 'op.alter_column("big", "n", type_=sa.BigInteger)') == {
        ("big", "rewritten", sql),
        ("big_pkey", "rewritten", sql),
        ("ix_n", "rewritten", sql),
    }


@pytest.mark.postgresql
@pytest.mark.parametrize(
    "up",
    [
        'op.alter_column("big", "name", type_=sa.String())',
        'op.add_column("big", sa.Column("extra", sa.Integer, server_default="1"))',
        'op.execute("TRUNCATE small")',
    ],
)
def test_what_the_server_only_notes_down_is_no_rewrite(postgresql_shop, up):
    assert rewrites(postgresql_shop, up) == set()


@pytest.mark.postgresql
def test_a_rewrite_outside_of_a_transaction_is_seen_too(postgresql_shop):
    up = """
    with op.get_context().autocommit_block():
        op.execute("VACUUM FULL small")
        op.create_index("ix_name", "big", ["id"], postgresql_concurrently=True)
    """
    assert rewrites(postgresql_shop, up) == {
        ("small", "rewritten", "VACUUM FULL small"),
        ("small_pkey", "rewritten", "VACUUM FULL small"),
        ("ix_name", "built", "CREATE INDEX CONCURRENTLY ix_name ON big (id)"),
    }


# -- locks ------------------------------------------------------------------------------------


@pytest.mark.postgresql
def test_locks_are_told_by_relation_with_what_they_block(postgresql_shop):
    up = """
    op.execute("UPDATE big SET n = n + 1 WHERE id = 1")
    op.add_column("big", sa.Column("extra", sa.Text))
    op.create_table("fresh", sa.Column("id", sa.Integer, primary_key=True))
    op.rename_table("small", "little")
    """
    told, _, before, after = observe(postgresql_shop, up)
    locks = [lock for lock in locks_of(told, before, after) if not lock.relation.startswith("shop")]
    found = [
        (lock.relation, lock.mode, lock.statement, lock.blocks)
        for lock in locks
        if lock.kind == "table"
    ]
    everything = ("reads", "writes", "ddl")
    assert found == [
        ("big", "RowExclusiveLock", 0, ()),
        ("big", "AccessExclusiveLock", 1, everything),
        ("fresh", "AccessExclusiveLock", 2, ()),
        ("small", "AccessExclusiveLock", 3, everything),
    ]
    assert {lock.kind for lock in locks} == {"table", "index", "sequence"}
    assert "pg_toast" not in str(locks)


def test_a_lock_of_the_whole_file_is_told(sqlite_shop):
    told, _, before, after = observe(sqlite_shop, 'op.execute("UPDATE big SET n = 0")')
    locks = locks_of(told, before, after)
    assert [(lock.relation, lock.mode, lock.statement) for lock in locks] == [
        ("database", "RESERVED", 0),
        ("database", "EXCLUSIVE", None),
    ]
    assert locks[0].blocks == ("writes", "ddl")


def test_notices_are_values(sqlite_shop):
    told, *_ = observe(sqlite_shop, 'import warnings; warnings.warn("careful")')
    assert [(item.severity, item.message) for item in notices_of(told)] == [
        ("UserWarning", "careful")
    ]
