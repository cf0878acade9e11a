"""Filling real schemas: every rule of the database holds, and what can't be filled tells why."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from schema import scratch
from schema.catalog.statistics import read_statistics
from schema.errors import NotScratchError, ScratchError
from schema.history import read_history
from schema.project import Project
from schema.scratch import ScratchDatabase
from schema.synthetic import fill, rows_like

Make = Callable[..., ScratchDatabase]
Ask = Callable[[ScratchDatabase, str], list[tuple[Any, ...]]]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def make(request: pytest.FixtureRequest) -> Make:
    """Makes scratch databases of each kind."""
    return request.getfixturevalue(request.param)  # type: ignore[no-any-return]


def reasons(made: ScratchDatabase, rows: int = 200) -> dict[str, str | None]:
    """Fill, and tell of each table why it was not filled."""
    return {each.table: each.reason for each in fill(made, rows=rows).tables}


# -- the bundled project --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
)
def test_the_bundled_schema_is_filled_at_each_revision(root: Any, kind: str) -> None:
    with Project.open(root / "alembic.ini") as project:
        revisions = read_history(project).upgrade_path((), "head")
        chosen = {0, 2, 6, 13} if kind == "postgresql" else set(range(14))
        worker = project.start_worker()
        try:
            with scratch.create(kind, label="filling") as made:
                for place, revision in enumerate(revisions):
                    worker.step(made, "up", revision.id)
                    if place in chosen:
                        filled = fill(made, rows=30, seed=place)
                        assert filled.unfilled == ()
                        assert filled.skipped == ("alembic_version",)
                        assert filled.rows == 30 * len(filled.tables)
        finally:
            worker.close()


# -- keys -----------------------------------------------------------------------------------------

KEYS = (
    "CREATE TABLE tenants (id integer PRIMARY KEY, name varchar(20) NOT NULL UNIQUE)",
    "CREATE TABLE users (tenant integer NOT NULL REFERENCES tenants(id), id integer NOT NULL,"
    " email varchar(30) NOT NULL, boss integer, PRIMARY KEY (tenant, id), UNIQUE (email),"
    " FOREIGN KEY (tenant, boss) REFERENCES users(tenant, id))",
    "CREATE TABLE projects (tenant integer NOT NULL, id integer NOT NULL, owner integer NOT NULL,"
    " PRIMARY KEY (tenant, id), FOREIGN KEY (tenant, owner) REFERENCES users(tenant, id))",
    "CREATE TABLE tasks (id integer PRIMARY KEY, tenant integer NOT NULL, project integer NOT NULL,"
    " assignee integer, FOREIGN KEY (tenant, project) REFERENCES projects(tenant, id),"
    " FOREIGN KEY (tenant, assignee) REFERENCES users(tenant, id))",
    "CREATE TABLE profiles (tenant integer, id integer, bio text, PRIMARY KEY (tenant, id),"
    " FOREIGN KEY (tenant, id) REFERENCES users(tenant, id))",
    "CREATE UNIQUE INDEX ux ON users (lower(email))",
)


def test_keys_over_several_columns_that_share_one_hold(make: Make, ask: Ask) -> None:
    made = make(*KEYS)
    filled = fill(made, rows={"tenants": 7, "*": 300})
    assert filled.unfilled == ()
    joined = "FROM tasks t JOIN users u ON t.tenant = u.tenant AND t.assignee = u.id"
    [(assigned, different)] = ask(made, f"SELECT count(*), count(DISTINCT t.assignee) {joined}")
    assert assigned > 200
    assert different > 20
    [(bosses,)] = ask(made, "SELECT count(boss) FROM users")
    assert bosses > 100


def test_rows_that_refer_to_their_own_table_refer_to_earlier_ones(make: Make, ask: Ask) -> None:
    made = make(
        "CREATE TABLE a (id integer PRIMARY KEY, parent integer REFERENCES a(id))",
        "CREATE TABLE b (id integer PRIMARY KEY, parent integer NOT NULL REFERENCES b(id))",
    )
    assert reasons(made) == {"a": None, "b": None}
    assert ask(made, "SELECT count(*) FROM a WHERE parent >= id") == [(0,)]
    assert ask(made, "SELECT count(*) FROM b WHERE parent > id") == [(0,)]
    assert ask(made, "SELECT count(*) > 100 FROM b WHERE parent < id") in ([(1,)], [(True,)])


def test_keys_in_a_cycle_are_set_afterwards(make: Make, ask: Ask) -> None:
    first = "CREATE TABLE a (id integer PRIMARY KEY, b_id integer{})"
    second = "CREATE TABLE b (id integer PRIMARY KEY, a_id integer NOT NULL REFERENCES a(id))"
    if make.__qualname__.startswith("sqlite"):
        made = make(first.format(" REFERENCES b(id)"), second)
    else:
        made = make(first.format(""), second, "ALTER TABLE a ADD FOREIGN KEY (b_id) REFERENCES b")
    assert reasons(made) == {"a": None, "b": None}
    [(linked,)] = ask(made, "SELECT count(*) FROM a JOIN b ON a.b_id = b.id")
    assert 130 < linked < 200


def test_keys_in_a_cycle_without_nulls_hold_too(make: Make, ask: Ask) -> None:
    first = "CREATE TABLE a (id integer PRIMARY KEY, b_id integer NOT NULL{})"
    second = "CREATE TABLE b (id integer PRIMARY KEY, a_id integer NOT NULL REFERENCES a(id))"
    if make.__qualname__.startswith("sqlite"):
        made = make(first.format(" REFERENCES b(id)"), second)
    else:
        made = make(first.format(""), second, "ALTER TABLE a ADD FOREIGN KEY (b_id) REFERENCES b")
    assert reasons(made) == {"a": None, "b": None}
    assert ask(made, "SELECT count(*) FROM a JOIN b ON a.b_id = b.id") == [(200,)]


def test_more_rows_than_a_key_has_values_is_told(make: Make) -> None:
    made = make(
        "CREATE TABLE p (id integer PRIMARY KEY)",
        "CREATE TABLE c (p integer NOT NULL REFERENCES p(id), flag boolean NOT NULL,"
        " PRIMARY KEY (p, flag))",
    )
    filled = fill(made, rows={"p": 3, "c": 10})
    assert filled["c"].rows == 6
    assert filled["c"].reason == "there are only 6 different values of (p, flag)"
    assert filled["p"].reason is None


def test_a_partial_unique_index_holds_only_where_it_says(make: Make, ask: Ask) -> None:
    made = make(
        "CREATE TABLE p (id integer PRIMARY KEY)",
        "CREATE TABLE c (p integer NOT NULL REFERENCES p(id), kind varchar(5) NOT NULL"
        " CHECK (kind IN ('main', 'other')))",
        "CREATE UNIQUE INDEX ux ON c (p) WHERE kind = 'main'",
    )
    filled = fill(made, rows={"p": 10, "c": 100})
    assert filled.unfilled == ()
    assert ask(made, "SELECT count(*) <= 10 FROM c WHERE kind = 'main'") in ([(1,)], [(True,)])


# -- checks and types -----------------------------------------------------------------------------

CHECKS = (
    "CREATE TABLE orders (id integer PRIMARY KEY, state varchar(10) NOT NULL"
    " CHECK (state IN ('new', 'paid')), paid_at timestamp, started date NOT NULL, ended date,"
    " total numeric(10,2) NOT NULL CHECK (total > 0 AND total <= 500),"
    " code varchar(12) NOT NULL UNIQUE CHECK (length(code) BETWEEN 8 AND 10),"
    " even integer NOT NULL CHECK (even % 2 = 0), tag text CHECK (tag LIKE 'tag-%'),"
    " CHECK ((state = 'paid') = (paid_at IS NOT NULL)), CHECK (ended > started))",
)


def test_checks_hold(make: Make, ask: Ask) -> None:
    made = make(*CHECKS)
    assert reasons(made) == {"orders": None}
    counts = dict(ask(made, "SELECT state, count(*) FROM orders GROUP BY state"))
    assert set(counts) == {"new", "paid"}
    assert min(counts.values()) > 20
    [(ended,)] = ask(made, "SELECT count(ended) FROM orders")
    assert ended > 100


def test_a_table_that_takes_no_row_is_told_and_stops_no_other(make: Make) -> None:
    made = make(
        "CREATE TABLE never (id integer PRIMARY KEY, CHECK (1 = 2))",
        "CREATE TABLE child (id integer PRIMARY KEY, n integer NOT NULL REFERENCES never(id))",
        "CREATE TABLE fine (id integer PRIMARY KEY)",
    )
    found = reasons(made, 20)
    assert "check" in (found["never"] or "").lower()
    assert found["child"] == "(n) refers to never, which has no rows to refer to"
    assert found["fine"] is None


@pytest.mark.postgresql
def test_all_types_of_postgresql_are_filled(postgresql: Make, ask: Ask) -> None:
    types = """smallint; integer; bigint; numeric; numeric(5,2); real; double precision; money;
        text; character varying(3); character(4); name; "char"; boolean; date; time; timetz;
        timestamp(3); timestamptz; interval day to second; uuid; json; jsonb; bytea; inet; cidr;
        macaddr; macaddr8; bit(5); bit varying(7); int4range; int8range; numrange; daterange;
        tsrange; tstzrange; int4multirange; tsmultirange; integer[]; text[]; numeric(4,1)[][];
        mood; mood[]; small; small[]; pair; pair[]; point; line; lseg; box; path; polygon; circle;
        tsvector; tsquery; oid; pg_lsn"""
    columns = [f"c{n} {kind.strip()} NOT NULL" for n, kind in enumerate(types.split(";"))]
    made = postgresql(
        "CREATE TYPE mood AS ENUM ('sad', 'it''s')",
        "CREATE DOMAIN small AS numeric(5,2) NOT NULL CHECK (VALUE > 0 AND VALUE < 10)",
        "CREATE TYPE pair AS (a integer, b text[])",
        f"CREATE TABLE t ({', '.join(columns)}, twice integer GENERATED ALWAYS AS (c1 * 2) STORED)",
    )
    assert reasons(made, 50) == {"t": None}
    assert ask(made, "SELECT count(*) FROM t WHERE twice = c1 * 2") == [(50,)]


@pytest.mark.postgresql
def test_what_only_postgresql_has_is_kept(postgresql: Make, ask: Ask) -> None:
    made = postgresql(
        "CREATE TABLE booking (room int NOT NULL, during tsrange NOT NULL,"
        " EXCLUDE USING gist (during WITH &&))",
        "CREATE TABLE parted (id int, day date NOT NULL) PARTITION BY RANGE (day)",
        "CREATE TABLE p1 PARTITION OF parted FOR VALUES FROM ('2031-01-01') TO ('2031-02-01')",
        "CREATE TABLE p2 PARTITION OF parted FOR VALUES FROM ('2031-03-01') TO ('2031-04-01')",
        "CREATE TABLE arc (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, u int, p text,"
        " CHECK (num_nonnulls(u, p) = 1))",
        "CREATE TABLE base (id serial PRIMARY KEY, v text NOT NULL)",
        "CREATE TABLE child (extra int NOT NULL) INHERITS (base)",
        "CREATE SCHEMA other",
        'CREATE TABLE other."We""ird %s" ("se lect" int PRIMARY KEY, "x%y" varchar(3) NOT NULL)',
    )
    filled = fill(made, rows=100)
    assert filled.unfilled == ()
    assert filled['other.We"ird %s'].rows == 100
    assert ask(made, "SELECT count(*) > 10 FROM p2") == [(True,)]
    assert ask(made, "SELECT last_value, is_called FROM base_id_seq") == [(100, True)]
    assert ask(made, "SELECT last_value, is_called FROM arc_id_seq") == [(100, True)]


def test_triggers_that_refuse_rows_are_obeyed(sqlite: Make, ask: Ask) -> None:
    made = sqlite(
        "CREATE TABLE t (id integer PRIMARY KEY, n integer NOT NULL)",
        "CREATE TRIGGER a BEFORE INSERT ON t WHEN NEW.n % 3 = 0"
        " BEGIN SELECT raise(ABORT, 'no threes'); END",
        "CREATE TRIGGER b BEFORE INSERT ON t WHEN NEW.n % 3 = 1 BEGIN SELECT raise(IGNORE); END",
        "CREATE TRIGGER c AFTER INSERT ON t WHEN NEW.n % 7 = 2"
        " BEGIN SELECT raise(ROLLBACK, 'all of it'); END",
    )
    assert reasons(made) == {"t": None}
    assert ask(made, "SELECT count(*) FROM t WHERE n % 3 = 2 AND n % 7 <> 2") == [(200,)]


@pytest.mark.postgresql
def test_triggers_of_postgresql_that_refuse_rows_are_obeyed(postgresql: Make, ask: Ask) -> None:
    made = postgresql(
        "CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL)",
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF NEW.n % 3 = 0 THEN RAISE EXCEPTION 'no threes'; END IF;"
        " IF NEW.n % 3 = 1 THEN RETURN NULL; END IF; RETURN NEW; END $$",
        "CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
    )
    assert reasons(made) == {"t": None}
    assert ask(made, "SELECT count(*) FROM t WHERE n % 3 = 2") == [(200,)]


# -- how values are spread ------------------------------------------------------------------------

PLAIN = (
    "CREATE TABLE p (id integer PRIMARY KEY, email varchar(40) NOT NULL)",
    "CREATE TABLE t (id integer PRIMARY KEY, state varchar(20) NOT NULL, note text, n integer,"
    " p_id integer NOT NULL REFERENCES p(id))",
)


def test_distributions_decide_what_values_are_like(make: Make, ask: Ask) -> None:
    made = make(*PLAIN)
    distributions = {
        "t.state": {"new": 0.8, "done": 0.2},
        "t.note": {"nulls": 0.5, "width": 200},
        "t.n": {"min": 10, "max": 12},
        "t.p_id": {"skew": 2},
    }
    fill(made, rows={"p": 100, "t": 2000}, distributions=distributions)
    counts = dict(ask(made, "SELECT state, count(*) FROM t GROUP BY state"))
    assert 1500 < counts["new"] < 1700
    assert counts["new"] + counts["done"] == 2000
    [(notes, width)] = ask(made, "SELECT count(note), avg(length(note)) FROM t")
    assert 900 < notes < 1100
    assert 170 < width < 230
    assert {row[0] for row in ask(made, "SELECT DISTINCT n FROM t")} <= {None, 10, 11, 12}
    [(most,)] = ask(made, "SELECT count(*) FROM t GROUP BY p_id ORDER BY 1 DESC LIMIT 1")
    assert most > 100


def test_statistics_of_another_database_are_followed(make: Make, ask: Ask) -> None:
    source = make(*PLAIN)
    fill(source, rows={"p": 10, "t": 500}, distributions={
        "t.state": {"new": 0.9, "done": 0.1}, "t.note": {"nulls": 0.7, "width": 90}})  # fmt: skip
    if source.kind == "postgresql":
        import sqlalchemy as sa

        engine = sa.create_engine(source.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql("ANALYZE")
        engine.dispose()
    statistics = read_statistics(source.url, measure=True)
    assert not any("most_common" in told for told in statistics.values())
    assert rows_like(source.url) == {"p": 10, "t": 500}

    made = make(*PLAIN)
    fill(made, rows=rows_like(source.url), statistics=statistics)
    [(states, notes, width)] = ask(
        made, "SELECT count(DISTINCT state), count(note), avg(length(note)) FROM t"
    )
    assert states == 2
    assert 110 < notes < 190
    assert 70 < width < 115
    assert not ask(made, "SELECT 1 FROM t WHERE state IN ('new', 'done')")

    if source.kind == "postgresql":
        real = make(*PLAIN)
        fill(real, rows=500, statistics=read_statistics(source.url, values=True))
        counts = dict(ask(real, "SELECT state, count(*) FROM t GROUP BY state"))
        assert counts.keys() == {"new", "done"}
        assert counts["new"] > 400


def test_the_same_seed_makes_the_same_rows(make: Make, ask: Ask) -> None:
    found = []
    for seed in (1, 1, 2):
        made = make(*KEYS)
        fill(made, rows=60, seed=seed)
        found.append([ask(made, f"SELECT * FROM {name} ORDER BY 1, 2")
                      for name in ("users", "tasks", "profiles")])  # fmt: skip
    assert found[0] == found[1] != found[2]


def test_names_of_columns_make_values_believable(sqlite: Make, ask: Ask) -> None:
    made = sqlite(
        "CREATE TABLE users (id integer PRIMARY KEY, email text NOT NULL, name text NOT NULL,"
        " age integer NOT NULL, role varchar(5) NOT NULL DEFAULT 'USER')"
    )
    fill(made, rows=50)
    for email, name, age, role in ask(made, "SELECT email, name, age, role FROM users"):
        assert "@example." in email
        assert " " in name
        assert 18 <= age < 90
        assert role == "USER"


# -- how it is asked for --------------------------------------------------------------------------


def test_named_tables_bring_what_they_refer_to(sqlite: Make) -> None:
    filled = fill(sqlite(*PLAIN, "CREATE TABLE other (x)"), rows={"t": 500})
    assert {each.table: each.rows for each in filled.tables} == {"other": 0, "p": 50, "t": 500}


def test_rows_that_are_there_stay(make: Make, ask: Ask) -> None:
    made = make(*PLAIN, "INSERT INTO p VALUES (2, 'mine'), (70, 'mine')")
    assert reasons(made, 100) == {"p": None, "t": None}
    assert ask(made, "SELECT count(*), sum(CASE email WHEN 'mine' THEN 1 END) FROM p") == [(102, 2)]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"rows": {"nothing": 1}}, "no table 'nothing'"),
        ({"rows": -1}, "fewer than no rows"),
        ({"rows": 1, "distributions": {"t.nothing": {"a": 1}}}, "no column 't.nothing'"),
        ({"rows": 1, "distributions": {"t.n": {"nulls": 2}}}, "not between 0 and 1"),
        ({"rows": 1, "distributions": {"t.n": {"nulls": "many"}}}, "can't be understood"),
    ],
)
def test_what_is_asked_wrongly_is_told_before_anything_is_written(
    sqlite: Make, ask: Ask, asked: dict[str, Any], told: str
) -> None:
    made = sqlite(*PLAIN)
    with pytest.raises(ScratchError, match=told):
        fill(made, **asked)
    assert ask(made, "SELECT count(*) FROM p") == [(0,)]


def test_filling_can_be_stopped_and_tells_how_far_it_is(sqlite: Make) -> None:
    told: list[tuple[float, str]] = []
    made = sqlite(*PLAIN)
    with pytest.raises(ScratchError, match="stopped"):
        fill(made, rows=10, cancelled=lambda: True)
    fill(made, rows=10, progress=lambda part, words: told.append((part, words)))
    assert told[0][1] == "filling p"
    assert told[-1] == (1.0, "filled")
    assert [part for part, _ in told] == sorted(part for part, _ in told)


def test_only_a_scratch_database_is_filled(make: Make, ask: Ask) -> None:
    made = make(*PLAIN)
    with pytest.raises(NotScratchError):
        fill(replace(made, token="another"), rows=1)
    assert ask(made, "SELECT count(*) FROM p") == [(0,)]


def test_the_outcome_is_a_table_and_json(sqlite: Make) -> None:
    filled = fill(sqlite(*PLAIN), rows=10, skip={"t"})
    assert filled.skipped == ("t",)
    assert list(filled.frame().columns) == [
        "table", "asked", "rows", "seconds", "reason", "notes",
    ]  # fmt: skip
    told = json.loads(json.dumps(filled.to_dict()))
    assert told["rows"] == 10
    assert told["tables"][0]["table"] == "p"
    assert repr(filled).startswith("<Filled 10 rows, in 1 table")
