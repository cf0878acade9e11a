"""Scratch databases on a MariaDB server: made, marked, guarded, found and dropped."""

from __future__ import annotations

from contextlib import suppress

import pytest
import sqlalchemy as sa

from schema import scratch
from schema.catalog import Catalog, read_catalog
from schema.database import parse_url
from schema.errors import NotScratchError, ScratchError
from schema.scratch.mariadb_server import administer, drop_database, run

pytestmark = pytest.mark.mariadb


def names(url: str) -> set[str]:
    with administer(parse_url(url)) as admin:
        return set(admin.exec_driver_sql("SHOW DATABASES").scalars())


def test_an_empty_one_is_marked_found_and_dropped(mariadb_url: str) -> None:
    url = parse_url(mariadb_url)
    with scratch.create(
        "mariadb", server=url, label="replay of something with a long name"
    ) as made:
        assert made.kind == "mariadb"
        assert made.name.startswith("scratch_replay_of")
        assert len(made.name) <= 64
        assert scratch.open(made.url) == made
        assert made in scratch.find(server=url)
        assert made.guard()["token"] == made.token
        assert made.guard()["shared"] == "yes"
        assert made.size() > 0
    assert made.name not in names(mariadb_url)
    made.drop()  # a second time is no error


def test_it_has_the_character_set_of_the_database_beside_it(mariadb_url: str) -> None:
    with administer(parse_url(mariadb_url)) as admin:
        run(admin, f"ALTER DATABASE {parse_url(mariadb_url).database} COLLATE latin2_bin")
    with (
        scratch.create("mariadb", server=parse_url(mariadb_url)) as made,
        administer(made.url, made.name) as session,
    ):
        assert session.exec_driver_sql("SELECT @@collation_database").scalar_one() == "latin2_bin"


def test_no_other_database_is_taken_for_one(mariadb_url: str) -> None:
    url = parse_url(mariadb_url)
    with pytest.raises(NotScratchError):
        scratch.open(url)
    with scratch.create("mariadb", server=url) as made:
        with administer(url, url.database) as admin:  # as a dump that is loaded elsewhere has it
            run(admin, f"CREATE TABLE _schema_scratch SELECT * FROM {made.name}._schema_scratch")
            found = admin.exec_driver_sql(made.guard()["query"]).all()
        assert found == []
        assert not scratch.is_scratch(url)
        assert url.database not in [each.name for each in scratch.find(server=url)]


def test_one_that_bears_another_mark_is_not_dropped(mariadb_url: str) -> None:
    with scratch.create("mariadb", server=parse_url(mariadb_url)) as made:
        with administer(made.url, made.name) as admin:
            run(admin, "UPDATE _schema_scratch SET token = 'another'")
        with pytest.raises(NotScratchError):
            made.drop()
        assert made.name in names(mariadb_url)
        with administer(made.url, made.name) as admin:
            admin.execute(sa.text("UPDATE _schema_scratch SET token = :t"), {"t": made.token})


def test_one_that_lost_its_mark_in_a_migration_can_still_be_dropped(mariadb_url: str) -> None:
    with scratch.create("mariadb", server=parse_url(mariadb_url)) as made:
        with administer(made.url, made.name) as admin:
            run(admin, "DROP TABLE _schema_scratch")
        [left] = [each for each in scratch.find(server=made.url) if each.name == made.name]
        assert not left.complete
    assert made.name not in names(mariadb_url)


def test_a_session_in_it_does_not_keep_it_from_being_dropped(mariadb_url: str) -> None:
    made = scratch.create("mariadb", server=parse_url(mariadb_url))
    with suppress(sa.exc.DBAPIError), administer(made.url, made.name) as admin:
        run(admin, "CREATE TABLE t (a int)")
        run(admin, "LOCK TABLES t WRITE")
        made.drop()  # it ends our session too
    assert made.name not in names(mariadb_url)


def test_a_session_in_a_database_that_differs_by_case_goes_on(mariadb_url: str) -> None:
    url = parse_url(mariadb_url)
    with administer(url) as admin:
        if admin.exec_driver_sql("SELECT @@lower_case_table_names").scalar_one():
            return  # there is none such on this server
        run(admin, f"CREATE DATABASE {str(url.database).upper()}")
        try:
            with administer(url, str(url.database).upper()) as there:
                drop_database(admin, str(url.database))
                assert there.exec_driver_sql("SELECT 1").scalar_one() == 1
        finally:
            run(admin, f"DROP DATABASE {str(url.database).upper()}")


def test_what_is_being_made_is_not_listed(mariadb_url: str) -> None:
    url = parse_url(mariadb_url)
    name = "scratch_shop_20200101T000000_abcdef"
    with administer(url) as admin:
        run(admin, f"CREATE DATABASE {name}")
        assert name in [each.name for each in scratch.find(server=url)]
        admin.execute(sa.text("SELECT GET_LOCK(:n, 0)"), {"n": name}).close()
        assert name not in [each.name for each in scratch.find(server=url)]
    [left] = [each for each in scratch.find(server=url) if each.name == name]
    left.drop()
    assert name not in names(mariadb_url)


def test_an_account_that_may_make_none_is_told_so(mariadb_url: str) -> None:
    database = parse_url(mariadb_url).database
    with administer(parse_url(mariadb_url)) as admin:
        run(admin, "CREATE USER weak@localhost")
        run(admin, f"GRANT ALL ON {database}.* TO weak@localhost")
    try:
        weak = parse_url(mariadb_url).set(username="weak")
        with pytest.raises(ScratchError, match="may not make databases"):
            scratch.create("mariadb", server=weak)
    finally:
        with administer(parse_url(mariadb_url)) as admin:
            run(admin, "DROP USER weak@localhost")


def test_without_a_server_there_is_none() -> None:
    with pytest.raises(ScratchError, match="--url"):
        scratch.create("mariadb")


TYPES = """
CREATE TABLE kinds (
    id int AUTO_INCREMENT PRIMARY KEY, n bigint unsigned, d decimal(30, 10), f float, f8 double,
    b bit(10), y year, s varchar(50) CHARACTER SET latin1, u text CHARACTER SET utf8mb4, j json,
    raw varbinary(30), big longblob, e enum('a', 'b''c'), s2 set('x', 'y'), day date,
    at datetime(6), ts timestamp(3) NULL, hour time(2), p point, ip inet6, id2 uuid,
    twice bigint AS (y * 2) STORED, seen int AS (id + 1) VIRTUAL, hidden int INVISIBLE DEFAULT 4,
    z int(6) zerofill
) AUTO_INCREMENT = 7"""

ROWS = [
    "(18446744073709551615, -12345678901234567890.0123456789, 0.1, 0.1, b'1000000001', 1999, 'é', "
    "'π 😀 ''q'' \\\\ \\n', '{\"a\": 1}', x'00ff27', x'00', 'b''c', 'x,y', '2020-02-29', "
    "'2020-01-01 10:00:00.123456', '2020-06-01 10:00:00.123', '-800:00:00.25', POINT(1, 2.5), "
    "'::1', '00000000-0000-0000-0000-00000000000f', 3)",
    "(0, 0, 3.4e38, 1.7976931348623157e308, b'0', 0, '', '', NULL, '', '', NULL, '', '1000-01-01', "
    "'1000-01-01', '1970-01-01 00:00:01', '00:00:00', NULL, NULL, NULL, NULL)",
    f"({', '.join(['NULL'] * 21)})",
]


def filled(url: str) -> None:
    listed = "n, d, f, f8, b, y, s, u, j, raw, big, e, s2, day, at, ts, hour, p, ip, id2, z"
    with administer(parse_url(url), parse_url(url).database) as admin:
        run(admin, TYPES)
        for row in ROWS:
            run(admin, f"INSERT INTO kinds ({listed}) VALUES {row}")
        key = "CONSTRAINT f FOREIGN KEY (a) REFERENCES kinds (id)"
        run(admin, f"CREATE TABLE child (a int, {key})")
        run(admin, "INSERT INTO child VALUES (7), (8), (NULL)")
        run(admin, "CREATE SEQUENCE counter START WITH 10")
        run(admin, "SELECT nextval(counter)")
        run(admin, "CREATE VIEW z_view AS SELECT id, s FROM kinds")
        run(admin, "CREATE VIEW a_view AS SELECT id FROM z_view")
        run(admin, "CREATE TRIGGER tr BEFORE INSERT ON kinds FOR EACH ROW SET NEW.n = 1")
        run(admin, "CREATE FUNCTION half (n int) RETURNS int RETURN n / 2")
        run(admin, "CREATE PROCEDURE tidy () DELETE FROM child")
        run(admin, "CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY DO DELETE FROM child")


def checksums(url: object) -> dict[str, object]:
    parsed = parse_url(url)  # type: ignore[arg-type]
    with administer(parsed, parsed.database) as admin:
        rows = admin.exec_driver_sql("CHECKSUM TABLE kinds, child").all()
        counter = admin.exec_driver_sql("SELECT next_not_cached_value FROM counter").scalar_one()
        return {name.partition(".")[2]: told for name, told in rows} | {"counter": counter}


def without_events(catalog: Catalog) -> Catalog:
    """In a copy, no event fires; that is all that may differ."""
    return catalog.where(lambda item: item.kind != "event")


def test_a_copy_has_every_value_and_every_object(mariadb_url: str) -> None:
    filled(mariadb_url)
    told: list[tuple[float, str]] = []
    with scratch.copy(mariadb_url, progress=lambda part, doing: told.append((part, doing))) as copy:
        live, there = read_catalog(mariadb_url), read_catalog(copy.url)
        assert without_events(live) == without_events(there)
        [event] = there.of_kind("event")
        assert event.properties["enabled"] == "no"
        assert checksums(mariadb_url) == checksums(copy.url)
        assert told[-1] == (1.0, "copied")
        with administer(copy.url, copy.name) as admin:
            run(admin, "INSERT INTO kinds (s) VALUES ('next')")
            assert admin.exec_driver_sql("SELECT max(id) FROM kinds").scalar_one() == 10
        assert copy.source
        assert scratch.estimate(mariadb_url).tables == 3


def test_a_copy_is_of_one_moment(mariadb_url: str) -> None:
    filled(mariadb_url)
    url = parse_url(mariadb_url)
    before = checksums(url)

    def write(_part: float, doing: str) -> None:
        if doing == "copying child":  # the first of the tables
            with administer(url, url.database) as admin:
                run(admin, "DELETE FROM kinds WHERE id = 9")

    with scratch.copy(mariadb_url, progress=write) as copy:
        assert checksums(copy.url) == before != checksums(url)


def test_a_copy_of_no_rows_keeps_the_stamp(mariadb_url: str) -> None:
    filled(mariadb_url)
    url = parse_url(mariadb_url)
    with administer(url, url.database) as admin:
        run(admin, "CREATE TABLE alembic_version (version_num varchar(32))")
        run(admin, "INSERT INTO alembic_version VALUES ('abc')")
    with (
        scratch.copy(mariadb_url, choice=scratch.Choice.schema_only()) as copy,
        administer(copy.url, copy.name) as admin,
    ):
        assert admin.exec_driver_sql("SELECT count(*) FROM kinds").scalar_one() == 0
        assert admin.exec_driver_sql("SELECT * FROM alembic_version").scalar_one() == "abc"


SHOP = (
    "CREATE TABLE country (code char(2) PRIMARY KEY)",
    "CREATE TABLE person (id int PRIMARY KEY, boss int, country char(2), mail varchar(60) UNIQUE, "
    "seen timestamp NULL ON UPDATE current_timestamp, FOREIGN KEY (boss) REFERENCES person (id), "
    "FOREIGN KEY (country) REFERENCES country (code))",
    "CREATE TABLE orders (id int PRIMARY KEY, person int, lost int, "
    "FOREIGN KEY (person) REFERENCES person (id), CONSTRAINT lost FOREIGN KEY (lost) "
    "REFERENCES country_of (n))",
    "CREATE TABLE country_of (n int PRIMARY KEY)",
    "CREATE TABLE plain (a int, b varchar(9))",
    "INSERT INTO country VALUES ('de'), ('fr'), ('se')",
    "INSERT INTO person SELECT seq, if(seq = 1, NULL, seq DIV 2), elt(1 + seq % 2, 'de', 'fr'), "
    "concat('p', seq, '@corp.example'), '2020-01-01' FROM seq_1_to_3000",
    "INSERT INTO orders SELECT seq, 3001 - seq, 5 FROM seq_1_to_3000",
    "INSERT INTO plain SELECT seq, 'x' FROM seq_1_to_100",
    "CREATE TABLE alembic_version (version_num varchar(32))",
    "INSERT INTO alembic_version VALUES ('abc')",
)


def shop(url: str) -> None:
    with administer(parse_url(url), parse_url(url).database) as admin:
        run(admin, "SET SESSION foreign_key_checks = 0")
        for statement in SHOP:
            run(admin, statement)


def ask(copy: scratch.ScratchDatabase, query: str) -> list[tuple[object, ...]]:
    with administer(copy.url, copy.name) as admin:
        options = {"no_parameters": True}
        return [tuple(row) for row in admin.exec_driver_sql(query, execution_options=options)]


ORPHANS = (
    "SELECT count(*) FROM person p LEFT JOIN person b ON b.id = p.boss "
    "LEFT JOIN country c ON c.code = p.country "
    "WHERE (p.boss IS NOT NULL AND b.id IS NULL) OR c.code IS NULL"
)


def test_the_first_rows_bring_what_they_lead_to(mariadb_url: str) -> None:
    shop(mariadb_url)
    with scratch.copy(mariadb_url, choice=scratch.Choice.first(4)) as copy:
        assert ask(copy, "SELECT group_concat(id ORDER BY id) FROM orders") == [("1,2,3,4",)]
        bosses = {3000 >> n for n in range(12)} | {2999, 2998, 2997, 1, 2, 3, 4}
        found = {row[0] for row in ask(copy, "SELECT id FROM person")}
        assert bosses <= found
        assert len(found) < 40
        assert ask(copy, ORPHANS) == [(0,)]
        assert ask(copy, "SELECT count(*) FROM plain") == [(4,)]
        assert ask(copy, "SELECT * FROM alembic_version") == [("abc",)]
        assert without_events(read_catalog(copy.url)) == read_catalog(mariadb_url)


def test_a_sample_is_the_same_for_the_same_seed(mariadb_url: str) -> None:
    shop(mariadb_url)
    found = []
    for choice in (
        scratch.Choice.sample(0.1, seed=1),
        scratch.Choice.sample(0.1, seed=1),
        scratch.Choice.sample(0.1, seed=2),
        scratch.Choice.sample(50),
    ):
        with scratch.copy(mariadb_url, choice=choice) as copy:
            found.append([row[0] for row in ask(copy, "SELECT id FROM orders ORDER BY id")])
            assert ask(copy, ORPHANS) == [(0,)]
    assert found[0] == found[1] != found[2]
    assert 200 < len(found[0]) < 400
    assert len(found[3]) == 50


def test_a_masked_copy_is_masked_before_anybody_can_use_it(mariadb_url: str) -> None:
    shop(mariadb_url)
    choice = scratch.Choice.first(5).masked(["*.mail=hash", "orders.id=hash"])
    with scratch.copy(mariadb_url, choice=choice) as copy:
        assert ask(copy, "SELECT count(*) FROM person WHERE mail LIKE '%corp%'") == [(0,)]
        assert ask(copy, "SELECT count(DISTINCT seen), min(seen) < '2021-01-01' FROM person") == [
            (1, 1)
        ]
        assert ask(copy, "SELECT min(id) > 5 FROM orders") == [(1,)]
        assert ask(copy, "SHOW TABLES LIKE '\\_schema\\_mask%'") == []


def test_a_copy_may_have_made_up_rows_alone(mariadb_url: str) -> None:
    shop(mariadb_url)
    told: list[tuple[float, str]] = []
    with scratch.copy(
        mariadb_url,
        choice=scratch.Choice.synthetic(20),
        progress=lambda part, doing: told.append((part, doing)),
    ) as copy:
        assert ask(copy, "SELECT count(*) FROM orders") == [(20,)]
        assert ask(copy, "SELECT count(*) FROM person WHERE mail LIKE '%corp.example'") == [(0,)]
        assert ask(copy, "SELECT * FROM alembic_version") == [("abc",)]
    parts = [part for part, _ in told]
    assert parts == sorted(parts)
    assert parts[-1] == 1.0


def test_a_mask_that_fits_nothing_leaves_nothing(mariadb_url: str) -> None:
    shop(mariadb_url)
    before = names(mariadb_url)
    with pytest.raises(ScratchError, match="fits no column"):
        scratch.copy(mariadb_url, choice=scratch.WHOLE.masked(["*.nothing=hash"]))
    assert names(mariadb_url) == before
    assert "then masked" in scratch.estimate(mariadb_url, scratch.WHOLE.masked(["*.mail=hash"])).way


def test_the_history_of_a_versioned_table_is_not_copied_and_that_is_told(mariadb_url: str) -> None:
    with administer(parse_url(mariadb_url), parse_url(mariadb_url).database) as admin:
        run(admin, "CREATE TABLE kept (a int) WITH SYSTEM VERSIONING")
        run(admin, "INSERT INTO kept VALUES (1)")
        run(admin, "UPDATE kept SET a = 2")
    told: list[str] = []
    with scratch.copy(mariadb_url, progress=lambda _, doing: told.append(doing)) as copy:
        assert ask(copy, "SELECT a FROM kept FOR SYSTEM_TIME ALL") == [(2,)]
    assert told[-1] == "copied; without the history of kept"


def test_a_copy_that_is_stopped_leaves_nothing(mariadb_url: str) -> None:
    filled(mariadb_url)
    before = names(mariadb_url)
    with pytest.raises(ScratchError, match="stopped"):
        scratch.copy(mariadb_url, cancelled=lambda: True)
    assert names(mariadb_url) == before


def test_what_leads_to_another_database_is_left_out(mariadb_url: str) -> None:
    url = parse_url(mariadb_url)
    other = f"{url.database}_b"
    with administer(url, url.database) as admin:
        run(admin, f"CREATE DATABASE {other}")
        run(admin, f"CREATE TABLE {other}.log (a int)")
        run(admin, "CREATE TABLE t (a int)")
        run(admin, "CREATE VIEW v AS SELECT a FROM t")
        run(
            admin,
            f"CREATE TRIGGER tr AFTER INSERT ON t FOR EACH ROW INSERT INTO {other}.log VALUES (1)",
        )
    told: list[str] = []
    try:
        with scratch.copy(url, progress=lambda _, doing: told.append(doing)) as copy:
            assert read_catalog(copy.url).of_kind("trigger") == []
            assert len(read_catalog(copy.url).of_kind("view")) == 1
        assert "trigger tr" in told[-1]
        assert other in told[-1]
    finally:
        with administer(url) as admin:
            run(admin, f"DROP DATABASE {other}")


def test_a_copy_can_be_returned_to_and_filled_again(mariadb_url: str) -> None:
    filled(mariadb_url)
    copy = scratch.copy(mariadb_url)
    before, catalog = checksums(copy.url), read_catalog(copy.url)
    kept = scratch.checkpoint(copy)
    assert kept.checkpoint_of == copy.name
    for how in ("restore", "refill"):
        with administer(copy.url, copy.name) as admin:
            run(admin, "DELETE FROM child")
            run(admin, "ALTER TABLE kinds DROP s")
        source = kept if how == "restore" else mariadb_url
        copy = getattr(scratch, how)(copy, source)
        assert checksums(copy.url) == before
        assert without_events(read_catalog(copy.url)) == without_events(catalog)
    copy.drop()
    assert not {copy.name, kept.name} & names(mariadb_url)


def test_a_copy_writes_nothing_to_its_original_by_triggers_or_sequences(mariadb_url: str) -> None:
    own = parse_url(mariadb_url).database
    with administer(parse_url(mariadb_url), own) as session:
        for statement in (
            "CREATE SEQUENCE numbers",
            "CREATE TABLE log (a int)",
            "CREATE TABLE guests (id int DEFAULT nextval(numbers), name varchar(9))",
            "SET SESSION sql_mode = 'PIPES_AS_CONCAT'",
            f"CREATE TRIGGER told BEFORE INSERT ON guests FOR EACH ROW INSERT INTO {own}.log "
            "VALUES (1)",
            "CREATE TRIGGER kept BEFORE INSERT ON guests FOR EACH ROW SET NEW.name = NEW.name || 1",
        ):
            run(session, statement)
    said: list[str] = []
    with (
        scratch.copy(mariadb_url, progress=lambda _, doing: said.append(doing)) as copied,
        administer(copied.url, copied.name) as session,
    ):
        run(session, "INSERT INTO guests (name) VALUES ('x')")
        rows = session.exec_driver_sql("SELECT id, name FROM guests").all()
        [trigger] = session.exec_driver_sql("SHOW TRIGGERS").all()
    assert rows == [(1, "x1")]
    assert (trigger.Trigger, trigger.sql_mode) == ("kept", "PIPES_AS_CONCAT")
    assert f"copied; without trigger told (it names the database {own})" in said
    with administer(parse_url(mariadb_url), own) as session:
        assert session.exec_driver_sql("SELECT count(*) FROM log").scalar_one() == 0
        query = "SELECT next_not_cached_value FROM numbers"
        assert session.exec_driver_sql(query).scalar_one() == 1


def test_a_table_whose_rows_lie_in_others_is_left_out(mariadb_url: str) -> None:
    own = parse_url(mariadb_url).database
    with administer(parse_url(mariadb_url), own) as session:
        run(session, f"CREATE DATABASE {own}_b")
        for statement in (
            f"CREATE TABLE {own}_b.far (a int) ENGINE=MyISAM",
            f"INSERT INTO {own}_b.far VALUES (1), (2)",
            f"CREATE TABLE whole (a int) ENGINE=MERGE UNION=({own}_b.far) INSERT_METHOD=LAST",
            "CREATE TABLE kept (a int) ENGINE=Aria",
            "CREATE VIEW seen AS SELECT a FROM whole",
            "INSERT INTO kept VALUES (7)",
        ):
            run(session, statement)
    said: list[str] = []
    try:
        with scratch.copy(mariadb_url, progress=lambda _, doing: said.append(doing)) as copied:
            assert ask(copied, "SELECT a FROM kept") == [(7,)]
            assert [table.name for table in read_catalog(copied.url).of_kind("table")] == ["kept"]
        with administer(parse_url(mariadb_url), own) as session:
            query = f"SELECT count(*) FROM {own}_b.far"
            assert session.exec_driver_sql(query).scalar_one() == 2
    finally:
        with administer(parse_url(mariadb_url)) as session:
            run(session, f"DROP DATABASE {own}_b")
    assert "table whole (its rows lie elsewhere, by the engine MRG_MyISAM)" in said[-1]
    assert "view seen" in said[-1]


@pytest.mark.parametrize(
    "body",
    [
        "SET @a = {0}_b.log_it(NEW.a)",
        "DO {0}_b.log_it(NEW.a)",
        "UPDATE stock, {0}_b.log SET {0}_b.log.a = 1",
    ],
)
def test_a_trigger_that_writes_to_a_neighbour_is_left_out(mariadb_url: str, body: str) -> None:
    own = str(parse_url(mariadb_url).database)
    dynamic = f"EXECUTE IMMEDIATE concat('UPDATE ', '{own}_b.log', ' SET a = 1')"
    with administer(parse_url(mariadb_url), own) as session:
        for statement in (
            f"CREATE DATABASE {own}_b",
            f"CREATE TABLE {own}_b.log (a int)",
            f"CREATE FUNCTION {own}_b.log_it(n int) RETURNS int BEGIN INSERT INTO log VALUES (n); "
            "RETURN 1; END",
            "CREATE TABLE stock (a int)",
            "CREATE TABLE t (a int)",
            f"CREATE TRIGGER tr AFTER INSERT ON t FOR EACH ROW {body.format(own)}",
            f"CREATE PROCEDURE beyond () {dynamic}",
            "CREATE PROCEDURE within () EXECUTE IMMEDIATE 'UPDATE stock SET a = 1'",
        ):
            run(session, statement)
    said: list[str] = []
    try:
        with scratch.copy(mariadb_url, progress=lambda _, doing: said.append(doing)) as copied:
            assert read_catalog(copied.url).of_kind("trigger") == []
            assert [each.name for each in read_catalog(copied.url).of_kind("procedure")] == [
                "within"
            ]
    finally:
        with administer(parse_url(mariadb_url)) as session:
            run(session, f"DROP DATABASE {own}_b")
    assert f"trigger tr (it names the database {own}_b)" in said[-1]
    assert f"procedure beyond (it names the database {own}_b)" in said[-1]
