"""Rehearsals on MariaDB, where no transaction takes DDL back: each statement is a state."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from schema.catalog import read_catalog
from schema.database import open_read_only, parse_url
from schema.rehearsal import Rehearsal
from schema.rehearsal.ledger import read_ledger
from schema.render.rehearsal_ways import faults_html
from schema.report import text
from schema.scratch import find

pytestmark = pytest.mark.mariadb

HALVES = """
op.execute("CREATE TABLE one (id int PRIMARY KEY)")
op.execute("INSERT INTO one VALUES (1)")
op.execute("ALTER TABLE customer ADD mail varchar(80)")
op.execute("CREATE TABLE two (id int, note varchar(9) DEFAULT '50%')")
"""

HALVES_BACK = """
op.execute("DROP TABLE two")
op.execute("ALTER TABLE customer DROP mail")
op.execute("DROP TABLE one")
"""


def run(url: str, *statements: str) -> None:
    engine = sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def test_steps_up_and_down_run_on_a_copy_and_are_told(mariadb_shop: Any) -> None:
    before = read_catalog(mariadb_shop.url)
    with Rehearsal.start(mariadb_shop.project) as rehearsal:
        up, forget = rehearsal.run_to("head")
        assert [(d.kind, d.label, d.change) for d in up.differences] == [
            ("column", "customer.mail", "added")
        ]
        assert forget.rows_before["customer"] == 3
        assert forget.rows_after["customer"] == 0
        assert forget.data is not None
        assert [loss.kind for loss in forget.data.lost]
        assert any("locks were held was not seen" in note for note in up.notes)
        rehearsal.close(drop=True)
    assert read_catalog(mariadb_shop.url) == before
    assert mariadb_shop.rows() == 3
    assert [each for each in find(server=mariadb_shop.url) if each.kind == "mariadb"] == []


def test_the_first_algorithm_that_the_server_accepts_is_told(mariadb_shop: Any) -> None:
    mariadb_shop.write(
        "bbb222",
        "aaa111",
        "many ways",
        """
        op.execute("ALTER TABLE customer ADD a varchar(40) DEFAULT '1'")
        op.execute("CREATE INDEX ix_a ON customer (a)")
        op.execute("ALTER TABLE customer MODIFY a varchar(40) NOT NULL")
        op.execute("ALTER TABLE customer MODIFY a int")
        op.execute("DROP INDEX ix_a ON customer")
        op.execute("ALTER TABLE customer RENAME TO client")
        op.execute("ALTER TABLE client RENAME TO customer")
        """,
    )
    with Rehearsal.start(mariadb_shop.project) as rehearsal:
        [step] = rehearsal.run_to("bbb222")
        rehearsal.close(drop=True)
    assert not step.failed
    assert [each.algorithm for each in step.statements] == [
        "INSTANT", "NOCOPY", "INPLACE", "COPY", "NOCOPY", None, None
    ] or [each.algorithm for each in step.statements] == [
        "INSTANT", "NOCOPY", "INPLACE", "COPY", "INSTANT", None, None
    ]  # fmt: skip
    assert step.statements[3].lock == "SHARED"
    assert "Cannot change column type" in (step.statements[3].refused or "")
    [told] = [note for note in step.notes if note.startswith("Statement 4")]
    assert "writes wait" in told
    assert "_schema_probe" not in str(step.differences)


def test_what_a_failure_leaves_is_told_and_finished_by_a_proved_repair(mariadb_shop: Any) -> None:
    mariadb_shop.write("bbb222", "aaa111", "halves", HALVES, HALVES_BACK)
    with Rehearsal.start(mariadb_shop.project) as rehearsal:
        [found] = rehearsal.fail_everywhere("bbb222", kinds=["error"])
        assert rehearsal.current == ("bbb222",)
        rehearsal.close(drop=True)
    places = {item.after: item for item in found.failures}
    assert list(places) == [0, 1, 2, 3, 4, "revision", "stamp"]
    assert places[0].is_clean
    assert places[0].runs_again
    for item in (places[1], places[3], places["stamp"]):
        assert item.stamp == ("aaa111",)
        assert not item.runs_again
        assert "exists" in (item.again_error or "")
    # An INSERT is not committed by itself: what fails after it lacks the row, and what is left to
    # do does not bring it back.
    assert [len(places[n].left) for n in (1, 2, 3, 4)] == [1, 1, 2, 3]
    repair = places[3].repair
    assert repair is not None
    assert repair[0].startswith("CREATE TABLE two")
    assert "'50%'" in repair[0]
    assert repair[-1] == "INSERT INTO `shop_version` (version_num) VALUES ('bbb222')"
    assert places[3].advice == "Run the repair: it does the rest of the step, and stamps it."
    assert not found.is_safe
    assert mariadb_shop.rows() == 3
    # The stamp says that nothing was done. Taken for done, it goes back as far as its own way back
    # does not ask for what is not there yet.
    assert [places[n].stamp_lies for n in places] == [False, True, True, True, True, True, True]
    assert [places[n].goes_back for n in (1, 3, 4)] == [False, False, True]
    assert "Unknown table" in (places[3].back_error or "")
    frame = found.frame()
    assert list(frame["goes_back"])[:2] == [None, False]
    said = text(found, width=200)
    assert "aaa111, which is not so" in said
    assert "Way back" in said
    html = faults_html(found)
    assert "Way back" in html
    assert "which is not so" in html


def test_a_lost_connection_leaves_the_same(mariadb_shop: Any) -> None:
    mariadb_shop.write(
        "bbb222", "aaa111", "halves",
        "op.execute('CREATE TABLE one (id int)')\nop.execute('CREATE TABLE two (id int)')",
    )  # fmt: skip
    with Rehearsal.start(mariadb_shop.project) as rehearsal:
        [found] = rehearsal.fail_everywhere("bbb222", kinds=["connection"])
        rehearsal.close(drop=True)
    places = {item.after: item for item in found.failures}
    assert [each.name for each in places[1].left] == ["one"]
    assert places[1].repair is not None
    assert places[1].repair[0] == "CREATE TABLE two (id int)"


def test_a_percent_sign_before_a_letter_is_no_value_that_is_missing(mariadb_shop: Any) -> None:
    mariadb_shop.write(
        "bbb222", "aaa111", "halves",
        "op.execute('CREATE TABLE one (id int)')\n"
        "op.execute(\"CREATE TABLE two (note varchar(20) DEFAULT '5%sale')\")",
    )  # fmt: skip
    with Rehearsal.start(mariadb_shop.project) as rehearsal:
        [found] = rehearsal.fail_everywhere("bbb222", kinds=["error"])
        rehearsal.close(drop=True)
    repair = {item.after: item for item in found.failures}[1].repair
    assert repair is not None
    assert repair[0] == "CREATE TABLE two (note varchar(20) DEFAULT '5%sale')"


def test_a_round_trip_tells_what_does_not_come_back(mariadb_shop: Any) -> None:
    run(mariadb_shop.url, "ALTER TABLE customer ADD age int DEFAULT 7")
    mariadb_shop.write(
        "bbb222", "aaa111", "no age", "op.drop_column('customer', 'age')",
        "op.add_column('customer', sa.Column('age', sa.Integer, server_default='7'))",
    )  # fmt: skip
    run(mariadb_shop.url, "UPDATE customer SET age = id")
    with Rehearsal.start(mariadb_shop.project) as rehearsal:
        trip = rehearsal.there_and_back("bbb222")
        rehearsal.close(drop=True)
    [back] = trip.revisions
    assert back.schema_restored
    assert back.same_again
    assert back.data_lost or not back.data_restored


def test_values_that_change_are_compared_row_by_row(mariadb_shop: Any) -> None:
    run(
        mariadb_shop.url,
        "ALTER TABLE customer ADD (name varchar(40), price decimal(8, 3), seen datetime(3))",
        "UPDATE customer SET name = 'Ada Lovelace', price = 1.125, seen = '2020-01-01 10:00:00.5'",
        "DELETE FROM customer WHERE id = 3",
    )
    mariadb_shop.write(
        "bbb222", "aaa111", "cut",
        """
        op.execute("SET SESSION sql_mode = ''")
        op.execute("ALTER TABLE customer MODIFY name varchar(3), MODIFY price decimal(8, 1)")
        op.execute("DELETE FROM customer WHERE id = 2")
        """,
    )  # fmt: skip
    with Rehearsal.start(mariadb_shop.project) as rehearsal:
        [step] = rehearsal.run_to("bbb222")
        rehearsal.close(drop=True)
    assert step.data is not None
    told = " | ".join(str(loss.to_dict()) for loss in step.data.lost)
    assert "Ada Lovelace" in told
    assert "Ada" in told
    assert "1.125" in told
    assert not any("could not" in note for note in step.data.notes)
    assert "Data truncated for column 'name'" in " ".join(each.message for each in step.notices)


def test_a_revision_that_names_the_original_is_refused(mariadb_shop: Any) -> None:
    live = parse_url(mariadb_shop.url).database
    mariadb_shop.write("bbb222", "aaa111", "hostile", f"op.execute('DELETE FROM {live}.customer')")
    with Rehearsal.start(mariadb_shop.project) as rehearsal:
        [step] = rehearsal.run_to("bbb222")
        rehearsal.close(drop=True)
    assert step.failed
    assert "was refused" in str(step.error)
    assert mariadb_shop.rows() == 3


def test_grants_are_not_run_and_that_is_told(mariadb_shop: Any) -> None:
    mariadb_shop.write(
        "bbb222", "aaa111", "rights", "op.execute('GRANT SELECT ON customer TO root@localhost')"
    )
    with Rehearsal.start(mariadb_shop.project) as rehearsal:
        [step] = rehearsal.run_to("bbb222")
        rehearsal.close(drop=True)
    assert not step.failed
    assert any("Not run" in note and "GRANT" in note for note in step.notes)


VALUES = """
CREATE TABLE kinds (
    id int AUTO_INCREMENT PRIMARY KEY, n bigint unsigned, d decimal(12, 4), f float, f8 double,
    b bit(5), y year, s varchar(50), u text, j json, raw varbinary(30), e enum('a', 'b'),
    day date, at datetime(3), ts timestamp NULL, hour time, p point, id2 uuid)
"""


def test_the_ledger_sums_up_every_type(mariadb_url: str) -> None:
    run(
        mariadb_url,
        VALUES,
        "INSERT INTO kinds (n, d, f, f8, b, y, s, u, j, raw, e, day, at, ts, hour, p, id2) VALUES "
        "(9, 1.5, 0.1, 0.1, b'101', 2020, 'Ada', 'long', '{}', x'00ff', 'a', '2020-01-01', "
        "'2020-01-01 10:00', '2020-01-01 10:00', '10:00', POINT(1, 2), uuid())",
        "INSERT INTO kinds () VALUES ()",
    )
    with open_read_only(mariadb_url) as connection:
        found = read_ledger(connection, read_catalog(connection))
    assert found.problems == ()
    table = found.tables["kinds"]
    assert table.rows == 2
    assert {c.values for name, c in table.columns.items() if name != "id"} == {1}
    assert (table.columns["s"].least, table.columns["s"].octets) == ("Ada", 3)
    assert table.columns["id"].distinct == 2
    assert len(table.sample) == 2


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE kinds MODIFY s text",
        "ALTER TABLE kinds MODIFY s varchar(60) CHARACTER SET latin1",
        "ALTER TABLE kinds MODIFY d decimal(14, 6)",
        "ALTER TABLE kinds MODIFY n int",
        "ALTER TABLE kinds MODIFY at datetime(6)",
    ],
)
def test_a_type_that_holds_the_same_values_has_the_same_checksum(
    mariadb_url: str, statement: str
) -> None:
    row = "(9, 1.5, 'né', '2020-01-01 10:00:00.5')"
    run(mariadb_url, VALUES, f"INSERT INTO kinds (n, d, s, at) VALUES {row}, (7, 100, '', NULL)")

    def checksums() -> dict[str, Any]:
        with open_read_only(mariadb_url) as connection:
            table = read_ledger(connection, read_catalog(connection)).tables["kinds"]
        return {name: (c.form, c.checksum) for name, c in table.columns.items()}

    before = checksums()
    run(mariadb_url, statement)
    assert checksums() == before
    run(mariadb_url, "UPDATE kinds SET s = 'x', d = 2, n = 3, at = '2021-01-01' WHERE n = 9")
    assert all(checksums()[name] != before[name] for name in ("s", "d", "n", "at"))


@pytest.mark.parametrize("first", ["SET sql_mode = 'ANSI_QUOTES'", "DROP DATABASE mysql"])
def test_what_the_projects_engine_says_of_statements_holds_on_the_copy(
    mariadb_shop: Any, first: str
) -> None:
    """Its flags of the client and its first statement; that one is read as all others are."""
    env = mariadb_shop.folder / "migrations" / "env.py"
    told = f'"sqlalchemy.url"), connect_args={{"client_flag": 65536, "init_command": {first!r}}})'
    env.write_text(env.read_text().replace('"sqlalchemy.url"))', told))
    two = """op.execute('CREATE TABLE "one" (id int); CREATE TABLE "two" (id int)')"""
    mariadb_shop.write("bbb222", "aaa111", "two", two)
    with Rehearsal.start(mariadb_shop.project) as rehearsal:
        step = rehearsal.up()
        rehearsal.close(drop=True)
    if first.startswith("SET"):
        assert [each.label for each in step.differences] == ["one", "two"]
    else:
        assert "DROP DATABASE was refused" in str(step.error)
