"""What a server's databases share is not touched: statements that reach beyond the copy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from schema import scratch
from schema.scratch import ScratchDatabase, embedded
from schema.worker.shared import reaches_beyond

BEYOND = {
    "ALTER DATABASE app SET work_mem = '7MB'": "ALTER DATABASE",
    "  comment on\n database app is 'x'": "comment on database",
    "/* why */ CREATE ROLE reader": "CREATE ROLE",
    "-- why\nDROP USER reader": "DROP USER",
    "SELECT 1; ALTER SYSTEM SET work_mem = '7MB'": "ALTER SYSTEM",
    "GRANT CONNECT ON DATABASE app TO reader": "GRANT CONNECT ON DATABASE",
    "REVOKE admin FROM reader": "REVOKE admin FROM",
    "REASSIGN OWNED BY a TO b": "REASSIGN OWNED",
    "CREATE SUBSCRIPTION s CONNECTION 'host=production' PUBLICATION p": "CREATE SUBSCRIPTION",
    "DO $$ BEGIN CREATE ROLE reader; EXCEPTION WHEN duplicate_object THEN NULL; END $$":
        "CREATE ROLE",
    "DO $$ BEGIN EXECUTE 'ALTER DATABASE app SET work_mem = 1000'; END $$": "ALTER DATABASE",
}  # fmt: skip

WITHIN = [
    "GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader",
    "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO reader",
    "CREATE USER MAPPING FOR me SERVER s",
    "UPDATE note SET text = '; DROP ROLE reader'",
    "COMMENT ON TABLE role IS 'the group''s DATABASE'",
    "CREATE FUNCTION f() RETURNS void AS $x$ BEGIN; DROP ROLE a; END $x$ LANGUAGE plpgsql",
    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET a.b = 1', current_database()); END $$",
    "ALTER TABLE role ADD COLUMN database text",
]


@pytest.mark.parametrize("sql", BEYOND)
def test_what_reaches_beyond(sql: str) -> None:
    assert reaches_beyond(sql) == BEYOND[sql]


@pytest.mark.parametrize("sql", WITHIN)
def test_what_stays_within(sql: str) -> None:
    assert reaches_beyond(sql) is None


def shared_of(url: sa.URL) -> object:
    """What the server holds of a database by its name, and its roles."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        query = (
            "SELECT d.datacl::text, shobj_description(d.oid, 'pg_database'), s.setconfig::text, "
            "(SELECT string_agg(rolname, ',' ORDER BY rolname) FROM pg_roles) FROM pg_database d "
            "LEFT JOIN pg_db_role_setting s ON s.setdatabase = d.oid "
            "WHERE d.datname = current_database()"
        )
        return connection.exec_driver_sql(query).all()


@pytest.mark.postgresql
def test_the_original_beside_the_copy_stays_as_it_is(
    written: Any, postgresql_scratch: ScratchDatabase, postgresql_url: str
) -> None:
    live = sa.make_url(postgresql_url)
    revision = written.revision(
        f"""
        op.execute("ALTER DATABASE {live.database} SET work_mem = '7MB'")
        op.execute("COMMENT ON DATABASE {live.database} IS 'changed'")
        op.execute("GRANT CONNECT ON DATABASE {live.database} TO PUBLIC")
        op.execute("CREATE ROLE swb_must_not_be")
        op.create_table("after", sa.Column("id", sa.Integer))
        """
    )
    before = shared_of(live)
    with written.project.start_worker() as worker:
        told = worker.step(postgresql_scratch, "up", revision, observe="everything")
    assert shared_of(live) == before
    assert told["heads"] == [revision]
    noted = [note.partition(": ")[2] for note in told["notes"]]
    assert noted == [
        "ALTER DATABASE",
        "COMMENT ON DATABASE",
        "GRANT CONNECT ON DATABASE",
        "CREATE ROLE",
    ]


@pytest.fixture
def own() -> Iterator[Callable[[], ScratchDatabase]]:
    made: list[ScratchDatabase] = []

    def make() -> ScratchDatabase:
        made.append(scratch.create("postgresql"))
        return made[-1]

    yield make
    for each in made:
        each.drop()


@pytest.mark.postgresql
def test_on_the_workbenchs_own_server_they_run(
    written: Any, own: Callable[[], ScratchDatabase]
) -> None:
    made = own()
    assert embedded.is_ours(made.url)
    revision = written.revision(f"op.execute('ALTER DATABASE \"{made.name}\" SET work_mem = 1000')")
    with written.project.start_worker() as worker:
        told = worker.step(made, "up", revision)
    assert told["notes"] == []
    assert "work_mem=1000" in str(shared_of(made.url))
