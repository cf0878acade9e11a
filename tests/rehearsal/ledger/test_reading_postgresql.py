"""PostgreSQL's tables are summed up by the server, whatever their types and their kind."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from schema.catalog import read_catalog
from schema.database import open_read_only
from schema.errors import DatabaseError
from schema.rehearsal.ledger import Ledger, count_rows, read_ledger

if TYPE_CHECKING:
    from tests.rehearsal.ledger.conftest import Step

pytestmark = pytest.mark.postgresql


def ledgers(step: Step, given: tuple[str, ...], run: tuple[str, ...]) -> tuple[Ledger, Ledger]:
    step.given(*given).run(*run)
    return step.ledgers()


@pytest.mark.parametrize(
    ("old", "new", "value"),
    [
        ("smallint", "bigint", "7"),
        ("integer", "bigint", "-7"),
        ("varchar(10)", "text", "'é'"),
        ("char(10)", "varchar(20)", "'a'"),
        ("real", "double precision", "1.25"),
        ("numeric(6,2)", "numeric(12,4)", "1.50"),
        ("timestamp", "timestamptz", "'2024-02-29 10:00:00.5'"),
        ("timestamptz", "timestamp", "'2024-02-29 10:00:00.5+02'"),
        ("uuid", "text", "'3f6b3c1e-6b1d-4c9a-9a57-0b1d7d0f9d9c'"),
        ("json", "jsonb", """'{"a": 1}'"""),
    ],
)
def test_a_type_that_holds_the_same_values_has_the_same_checksum(
    postgresql_step: Step, old: str, new: str, value: str
) -> None:
    postgresql_step.given(
        f"CREATE TABLE t (id integer PRIMARY KEY, c {old})",
        f"INSERT INTO t VALUES (1, {value}), (2, NULL), (3, {value})",
    )
    # A session's time zone decides how a time gets or loses its zone: UTC is what is compared.
    postgresql_step.run(f"SET timezone = 'UTC';ALTER TABLE t ALTER c TYPE {new} USING c::{new}")
    for lookup in (True, False):
        verdict = postgresql_step.judge(lookup=lookup)
        assert (verdict.verdict, verdict.changes, verdict.lost) == ("unchanged", (), ())


@pytest.mark.parametrize(
    ("old", "new", "value"),
    [
        ("integer", "text", "7"),
        ("text", "integer", "'7'"),
        ("integer", "numeric(5,1)", "7"),
        ("numeric(5,1)", "integer", "7.0"),
        ("date", "timestamp", "'2024-02-29'"),
        ("boolean", "text", "true"),
        ("double precision", "numeric", "0.1"),
        ("timestamp", "text", "'2024-02-29 10:00:00.5'"),
    ],
)
def test_a_lookup_knows_the_same_value_in_an_unlike_type(
    postgresql_step: Step, old: str, new: str, value: str
) -> None:
    postgresql_step.given(
        f"CREATE TABLE t (id integer PRIMARY KEY, c {old})",
        f"INSERT INTO t VALUES (1, {value}), (2, NULL)",
    )
    postgresql_step.run(f"ALTER TABLE t ALTER c TYPE {new} USING c::{new}")
    assert postgresql_step.judge().verdict == "unchanged"
    # Figures cannot tell, and do not call it unchanged.
    assert postgresql_step.judge(lookup=False).verdict == "transformed"


@pytest.mark.parametrize(
    ("old", "new", "value", "kind"),
    [
        ("text", "integer", "'007'", "cast"),
        ("numeric", "integer", "1.5", "cast"),
        ("timestamp", "date", "'2024-02-29 10:00'", "cast"),
        ("double precision", "real", "0.1", "rounded"),
        ("numeric(10,3)", "numeric(10,2)", "12.345", "rounded"),
        ("numeric", "double precision", "0.12345678901234567890", "rounded"),
        ("timestamptz", "timestamptz(0)", "'2024-02-29 10:00:00.25+00'", "rounded"),
        ("text", "varchar(3)", "'abcdef'", "truncated"),
    ],
)
def test_a_lossy_cast_is_named(
    postgresql_step: Step, old: str, new: str, value: str, kind: str
) -> None:
    postgresql_step.given(
        f"CREATE TABLE t (id integer PRIMARY KEY, c {old})", f"INSERT INTO t VALUES (1, {value})"
    )
    postgresql_step.run(f"ALTER TABLE t ALTER c TYPE {new} USING c::{new}")
    [loss] = postgresql_step.judge().lost
    assert (loss.kind, loss.column, loss.count) == (kind, "c", 1)
    assert " → " in loss.message
    assert " became " in loss.message


ODD = (
    "CREATE TYPE mood AS ENUM ('sad', 'ok')",
    "CREATE TYPE pair AS (a integer, b text)",
    "CREATE DOMAIN short AS varchar(20)",
    "CREATE DOMAIN shorter AS short",
    "CREATE TABLE odd (id integer PRIMARY KEY, js json, jb jsonb, x xml, p point, a integer[],"
    " r int4range, b bytea, m mood, c pair, d shorter, i interval, t time, tz timetz, n inet,"
    " mo money, bo boolean, bi bit(3), ts tsvector, f float8, nu numeric, da date)",
    "INSERT INTO odd VALUES (1, '{\"a\":1}', '{}', NULL, '(1,2)', '{1,2}', '[1,5)', '\\x00ff',"
    " 'ok', ROW(1, 'x'), 'dom', '1 day', '10:00', '10:00+02', '::1', 5, true, B'101', 'a b',"
    " 'NaN', 'Infinity', 'infinity')",
    "INSERT INTO odd VALUES (2)",
)


def test_every_type_is_read(postgresql_step: Step) -> None:
    before, after = ledgers(postgresql_step, ODD, ())
    assert before.problems == ()
    odd = before.tables["odd"]
    assert {column.values for column in odd.columns.values()} == {0, 1, 2}
    assert odd.columns["b"].octets == 2
    assert (odd.columns["d"].least, odd.columns["m"].greatest) == ("dom", "ok")
    assert before == after


@pytest.mark.parametrize("column", ["js", "jb", "p", "a", "r", "b", "m", "c", "d", "i", "n"])
def test_a_change_of_any_type_is_seen(postgresql_step: Step, column: str) -> None:
    value = {"js": "'{}'", "jb": "'[1]'", "p": "'(1,3)'", "a": "'{2,1}'", "r": "'[1,6)'",
             "b": "'\\x00fe'", "m": "'sad'", "c": "ROW(2, 'x')::pair", "d": "'doM'",
             "i": "'24 hours'", "n": "'::2'"}[column]  # fmt: skip
    postgresql_step.given(*ODD).run(f"UPDATE odd SET {column} = {value} WHERE id = 1")
    for lookup in (True, False):
        verdict = postgresql_step.judge(lookup=lookup)
        assert verdict.verdict != "unchanged"
        assert {each.column for each in (*verdict.changes, *verdict.lost)} == {column}


def test_partitions_are_a_part_of_their_table(postgresql_step: Step) -> None:
    postgresql_step.given(
        "CREATE TABLE events (id integer, day date, PRIMARY KEY (id, day))"
        " PARTITION BY RANGE (day)",
        "CREATE TABLE events_1 PARTITION OF events"
        " FOR VALUES FROM ('2024-01-01') TO ('2024-02-01')",
        "CREATE TABLE events_2 PARTITION OF events"
        " FOR VALUES FROM ('2024-02-01') TO ('2024-03-01')",
        "INSERT INTO events VALUES (1, '2024-01-05'), (2, '2024-02-05'), (3, '2024-02-06')",
    )
    assert dict(postgresql_step.ledgers()[0].rows) == {"events": 3}
    postgresql_step.run("DROP TABLE events_2")
    [loss] = postgresql_step.judge().lost
    assert (loss.kind, loss.table, loss.count) == ("rows", "events", 2)
    assert "2024-02-05" in str(loss.examples)


def test_what_inherits_is_counted_once(postgresql_step: Step) -> None:
    before, _ = ledgers(
        postgresql_step,
        (
            "CREATE TABLE parent (id integer PRIMARY KEY, t text)",
            "CREATE TABLE child (more text) INHERITS (parent)",
            "INSERT INTO parent VALUES (1, 'a')",
            "INSERT INTO child VALUES (2, 'b', 'c'), (3, 'b', 'c')",
        ),
        (),
    )
    assert dict(before.rows) == {"parent": 1, "child": 2}
    assert set(before.tables["child"].columns) == {"id", "t", "more"}
    postgresql_step.run("UPDATE child SET t = 'B'")
    [change] = postgresql_step.judge().changes
    assert change.table == "child"


def test_a_foreign_table_that_cannot_be_reached_is_said_so(postgresql_step: Step) -> None:
    postgresql_step.given(
        "CREATE TABLE plain (id integer PRIMARY KEY)",
        "CREATE FOREIGN DATA WRAPPER none",
        "CREATE SERVER away FOREIGN DATA WRAPPER none",
        "CREATE FOREIGN TABLE far (id integer) SERVER away",
    )
    try:
        before = postgresql_step.ledgers()[0]
        assert dict(before.rows) == {"plain": 0}
        assert "no handler" in before.problems[0]
        verdict = postgresql_step.judge()
        assert verdict.verdict == "transformed"
        assert [(each.kind, each.table) for each in verdict.changes] == [("not compared", "far")]
    finally:
        for url in (postgresql_step.before, postgresql_step.after):
            engine = sa.create_engine(url, poolclass=sa.NullPool)
            with engine.begin() as connection:
                connection.exec_driver_sql("DROP FOREIGN DATA WRAPPER none CASCADE")
            engine.dispose()


def test_a_column_that_cannot_be_read_is_said_so_and_the_rest_is_read(
    postgresql_step: Step,
) -> None:
    postgresql_step.given(
        "CREATE TABLE t (id integer PRIMARY KEY, v integer GENERATED ALWAYS AS (1 / id) VIRTUAL)",
        "INSERT INTO t VALUES (0)",
    )
    before = postgresql_step.ledgers()[0]
    assert before.rows["t"] == 1
    assert before.tables["t"].columns["id"].problem is None
    assert before.problems == ("column t.v: division by zero",)
    verdict = postgresql_step.judge()
    assert [(each.kind, each.column) for each in verdict.changes] == [("not compared", "v")]


def test_row_level_security_raises_instead_of_hiding_rows(
    postgresql_step: Step, postgresql_server: str
) -> None:
    role = "ledger_reader"
    postgresql_step.given(
        "CREATE TABLE secret (id integer PRIMARY KEY)",
        "INSERT INTO secret VALUES (1), (2)",
        "ALTER TABLE secret ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY p ON secret USING (id = 1)",
        f"DO $$ BEGIN CREATE ROLE {role} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
        f"GRANT USAGE ON SCHEMA public TO {role}",
        f"GRANT SELECT ON secret TO {role}",
    )
    url = sa.make_url(postgresql_step.before).set(username=role)
    with open_read_only(url) as connection:
        ledger = read_ledger(connection, read_catalog(connection))
    assert dict(ledger.rows) == {}
    assert "row-level security" in ledger.problems[0]


def test_tables_with_no_and_with_very_many_columns(postgresql_step: Step) -> None:
    wide = ", ".join(f"c{number} integer" for number in range(1600))
    before, _ = ledgers(
        postgresql_step,
        (
            "CREATE TABLE empty ()",
            "INSERT INTO empty DEFAULT VALUES",
            f"CREATE TABLE wide ({wide})",
            "INSERT INTO wide (c0, c1599) VALUES (1, 2)",
        ),
        (),
    )
    assert dict(before.rows) == {"empty": 1, "wide": 1}
    assert len(before.tables["wide"].columns) == 1600
    assert before.tables["wide"].columns["c1599"].least == "2"
    assert before.problems == ()
    postgresql_step.run("UPDATE wide SET c1000 = 5")
    [change] = postgresql_step.judge(lookup=False).changes
    assert (change.kind, change.column) == ("column filled", "c1000")


def test_a_session_s_settings_do_not_matter(postgresql_step: Step) -> None:
    before, _ = ledgers(postgresql_step, ODD, ())
    engine = sa.create_engine(postgresql_step.before, poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(
            "SET timezone = 'Asia/Tokyo'; SET datestyle = 'German'; SET bytea_output = 'escape';"
            "SET intervalstyle = 'sql_standard'; SET extra_float_digits = 0"
        )
        other = read_ledger(connection, read_catalog(connection))
    engine.dispose()
    assert other == before


def test_the_distinct_values_of_many_rows_are_estimated(postgresql_step: Step) -> None:
    before, _ = ledgers(
        postgresql_step,
        (
            "CREATE TABLE many AS SELECT i AS id, mod(i, 7) AS few, mod(i, 30000) AS some"
            " FROM generate_series(1, 60000) i",
        ),
        (),
    )
    columns = before.tables["many"].columns
    assert columns["id"].distinct == pytest.approx(60_000, rel=0.1)
    assert columns["few"].distinct == 7
    assert columns["some"].distinct == pytest.approx(30_000, rel=0.8)
    assert not columns["id"].distinct_is_exact


def test_reading_can_be_stopped_and_tells_how_far_it_is(postgresql_step: Step) -> None:
    postgresql_step.given("CREATE TABLE a (id integer)", "CREATE TABLE b (id integer)")
    told: list[tuple[float, str]] = []
    with open_read_only(postgresql_step.before) as connection:
        catalog = read_catalog(connection)
        read_ledger(connection, catalog, progress=lambda *now: told.append(now))
        assert told == [(0.0, "reading a"), (0.5, "reading b"), (1.0, "the data was read")]
        with pytest.raises(DatabaseError, match="stopped"):
            read_ledger(connection, catalog, cancelled=lambda: True)


def test_only_rows_are_counted_when_that_is_enough(postgresql_step: Step) -> None:
    postgresql_step.given(*ODD)
    with open_read_only(postgresql_step.before) as connection:
        catalog = read_catalog(connection)
        started = time.perf_counter()
        ledger = read_ledger(connection, catalog, level="rows")
        assert time.perf_counter() - started < 5
        assert ledger.rows == count_rows(connection, catalog) == {"odd": 2}
        assert ledger.tables["odd"].columns == {}
