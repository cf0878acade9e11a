"""A table's page: what the models, the revisions and the database say of it, side by side."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import URL

from schema.catalog import read_catalog
from schema.database import open_read_only
from schema.errors import WorkbenchError
from schema.masking.rules import parse_masks
from schema.tables import read_models, table_page
from schema.tables.sample import read_sample
from schema.workbench import Project
from tests.tables.conftest import run

KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@pytest.fixture
def url(request: pytest.FixtureRequest) -> URL:
    fixture = {"sqlite": "live", "postgresql": "live_postgresql"}[request.param]
    found: URL = request.getfixturevalue(fixture)
    return found


def remarks(page) -> set[tuple[str, str]]:
    return {(each.kind, each.name) for each in page.remarks}


# -- what the models and the database say ---------------------------------------------------------


@pytest.mark.parametrize("url", KINDS, indirect=True)
def test_columns_stand_beside_their_attributes(library: Project, url: URL):
    page = table_page(library, "reader", url=url)
    assert page.source == "database"
    assert page.purpose[0].text.startswith("Somebody who may borrow.")
    columns = {each.name: each for each in page.columns}
    assert set(columns) == {"id", "mail", "name", "code", "kind", "made", "guardian_id"}
    name = columns["name"]
    assert [(each.class_name, each.name) for each in name.attributes] == [("Reader", "full_name")]
    assert {each.by for each in name.said} == {"comment", "text beside it"}
    assert [each.name for each in columns["mail"].validation] == ["has_an_at"]
    assert columns["mail"].keys == ("unique",)
    assert [each.text for each in columns["mail"].said] == ["``mail`` is where reminders go."]
    assert columns["code"].client_default == "new_code()"
    assert columns["guardian_id"].attributes[0].class_name == "Child"
    assert columns["guardian_id"].keys == ("→ reader.id",)
    assert columns["id"].keys == ("primary key",)
    frame = page.frame()
    assert list(frame["column"]) == [each.name for each in page.columns]
    json.dumps(page.to_dict())


@pytest.mark.parametrize("url", KINDS, indirect=True)
def test_relationships_stand_beside_foreign_keys(library: Project, url: URL):
    page = table_page(library, "loan", url=url)
    told = {each.foreign_key.label: [f"{n}.{r.name}" for n, r in each.relationships]
            for each in page.relations if each.foreign_key}  # fmt: skip
    assert told == {
        "loan.book_id → book.id": ["Loan.book", "Book.loans"],
        "loan.desk_id → desk.id": [],
        "loan.reader_id → reader.id": ["Loan.reader", "Reader.loans"],
    }
    assert ("foreign key without a relationship", "loan.desk_id → desk.id") in remarks(page)
    assert ("only in the database", "loan.fine") in remarks(page)
    scholar = table_page(library, "Scholar", url=url)
    assert scholar.relations[0].inherits
    assert not {kind for kind, _ in remarks(scholar)} & {"foreign key without a relationship"}
    book = table_page(library, "book", url=url)
    many = [each for each in book.relations if each.other == "book_subject"]
    assert [f"{name}.{each.name}" for name, each in many[0].relationships] == [
        "Book.subjects",
        "Subject.books",
    ]


@pytest.mark.parametrize("url", KINDS, indirect=True)
def test_where_the_orm_and_the_database_disagree_is_said(library: Project, url: URL):
    desk = table_page(library, "desk", url=url)
    assert ("relationship without a foreign key", "Desk.books") in remarks(desk)
    card = table_page(library, "card", url=url)
    assert ("one is not kept", "Card.reader") in remarks(card)
    reader = table_page(library, "reader", url=url)
    assert ("deletes differ", "Reader.loans") in remarks(reader)


def test_a_foreign_key_and_a_column_that_the_database_lacks_are_said(library: Project, live: URL):
    run(
        live,
        "PRAGMA foreign_keys = OFF",
        "DROP VIEW overdue",
        "CREATE TABLE other AS SELECT * FROM loan",
        "DROP TABLE loan",
        "CREATE TABLE loan (id INTEGER PRIMARY KEY, book_id INTEGER NOT NULL, reader_id INTEGER"
        " NOT NULL REFERENCES reader (id), due DATE, desk_id INTEGER, fine INTEGER)",
    )
    page = table_page(library, "loan", url=live)
    found = remarks(page)
    assert ("only in the models", "loan.book_id → book.id") in found
    assert ("only in the models", "loan.days") in found
    assert ("relationship without a foreign key", "Loan.book") in found
    assert {each.name: each.only_in for each in page.columns}["days"] == "models"
    gone = table_page(library, "other", url=live)
    assert ("only in the database", "other") in remarks(gone)
    run(live, "DROP TABLE loan")
    left = table_page(library, "loan", url=live)
    assert remarks(left) == {("only in the models", "loan")}
    assert left.figures is None


# -- indexes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", KINDS, indirect=True)
def test_indexes_are_told_with_what_they_serve(library: Project, url: URL):
    page = table_page(library, "loan", url=url)
    serves = {each.name: each.serves for each in page.indexes}
    assert serves["ix_loan_book"] == ("look-ups along the foreign key to book",)
    assert serves["ix_loan_book_due"] == ("look-ups along the foreign key to book",)
    redundant = {each.name: each.redundant_with for each in page.indexes}
    assert redundant["ix_loan_book"] == "ix_loan_book_due"
    assert redundant["ix_loan_book_due"] is None
    found = remarks(page)
    assert ("redundant index", "ix_loan_book") in found
    assert ("foreign key without an index", "loan.reader_id → reader.id") in found
    assert ("foreign key without an index", "loan.book_id → book.id") not in found
    reader = table_page(library, "reader", url=url)
    key = next(each for each in reader.indexes if each.kind == "primary key")
    assert "what loan.reader_id refers to" in key.serves
    unique = next(each for each in reader.indexes if each.columns == ("mail",))
    assert unique.serves == ("keeps mail unique",)


@pytest.mark.postgresql
def test_indexes_that_only_look_alike_are_not_called_redundant(
    library: Project, live_postgresql: URL
):
    run(
        live_postgresql,
        "CREATE TABLE t (a int, b int, c text)",
        "CREATE INDEX whole ON t (a, b)",
        "CREATE INDEX partial ON t (a) WHERE b > 3",
        "CREATE INDEX hashed ON t USING hash (a)",
        "CREATE INDEX backwards ON t (a DESC)",
        "CREATE UNIQUE INDEX only_once ON t (a)",
        "CREATE INDEX expression ON t (lower(c))",
        'CREATE INDEX collated ON t (c COLLATE "C")',
        "CREATE INDEX plain ON t (c)",
        "CREATE INDEX twin_a ON t (b)",
        "CREATE INDEX twin_b ON t (b)",
    )
    page = table_page(library, "t", url=live_postgresql)
    assert {each.name: each.redundant_with for each in page.indexes if each.redundant_with} == {
        "twin_b": "twin_a"
    }
    serves = {each.name: each.serves for each in page.indexes}
    assert serves["only_once"] == ("keeps a unique",)
    assert serves["expression"] == ("searches by lower(c)",)


@pytest.mark.postgresql
def test_an_index_that_nothing_uses_is_said(library: Project, live_postgresql: URL):
    run(live_postgresql, "CREATE INDEX ix_days ON loan (days)")
    found = remarks(table_page(library, "loan", url=live_postgresql))
    assert ("unused index", "ix_days") in found
    # One that makes another needless is not called unused as well.
    assert ("unused index", "ix_loan_book_due") not in found


@pytest.mark.parametrize("url", KINDS, indirect=True)
def test_checks_triggers_and_views_that_use_the_table_are_told(library: Project, url: URL):
    page = table_page(library, "loan", url=url)
    assert [each.name for each in page.constraints] == ["days_are_some"]
    assert [(each.kind, each.name) for each in page.used_by] == [("view", "overdue")]
    assert table_page(library, "book", url=url).used_by == ()


@pytest.mark.postgresql
def test_what_uses_a_table_of_the_same_name_in_another_schema_is_not_told(
    library: Project, live_postgresql: URL
):
    run(
        live_postgresql,
        "CREATE SCHEMA archive",
        "CREATE TABLE archive.loan (id int)",
        "CREATE VIEW archive.old AS SELECT loan.id FROM archive.loan",
        "CREATE FUNCTION loans() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM loan'",
    )
    page = table_page(library, "archive.loan", url=live_postgresql)
    assert [each.name for each in page.used_by] == ["archive.old"]
    page = table_page(library, "loan", url=live_postgresql)
    assert [each.name for each in page.used_by] == ["overdue", "loans()"]


# -- figures: what the database knows without reading ----------------------------------------------


def test_without_statistics_sqlite_tells_the_greatest_rowid(library: Project, live: URL):
    run(live, "DELETE FROM loan WHERE id = 2")
    figures = table_page(library, "loan", url=live).figures
    assert (figures.rows, figures.rows_from, figures.is_exact) == (4, "greatest rowid", False)
    assert figures.columns == {}
    assert figures.size is None
    assert figures.file_size > 0


def test_what_analyze_left_in_sqlite_is_told(library: Project, live: URL):
    run(live, "ANALYZE", "INSERT INTO loan (id, book_id, reader_id, days) VALUES (99, 1, 1, 1)")
    figures = table_page(library, "loan", url=live).figures
    assert (figures.rows, figures.rows_from) == (4, "sqlite_stat1")
    assert figures.columns["book_id"].distinct == 2


@pytest.mark.postgresql
def test_what_analyze_left_in_postgresql_is_told(library: Project, live_postgresql: URL):
    before = table_page(library, "loan", url=live_postgresql).figures
    assert before.columns_from is None
    run(live_postgresql, "ANALYZE loan", "DELETE FROM loan WHERE id = 4")
    page = table_page(library, "loan", url=live_postgresql)
    figures = page.figures
    assert (figures.rows, figures.rows_from) == (4, "pg_class.reltuples")
    columns = {each.name: each for each in page.columns}
    assert columns["due"].null_share == 0.75
    assert columns["book_id"].distinct == 2
    assert columns["id"].distinct == 4
    assert figures.size > 0
    assert figures.analyzed is not None
    assert figures.indexes["ix_loan_book"].size > 0


@pytest.mark.parametrize("url", KINDS, indirect=True)
def test_counting_is_exact(library: Project, url: URL):
    run(url, "ANALYZE", "DELETE FROM loan WHERE id = 4")
    page = table_page(library, "loan", url=url, count=True)
    assert (page.figures.rows, page.figures.rows_from) == (3, "counted")
    columns = {each.name: each for each in page.columns}
    assert columns["due"].null_share == pytest.approx(2 / 3)
    assert (columns["due"].distinct, columns["book_id"].distinct) == (1, 2)


def test_no_table_of_a_live_sqlite_file_is_scanned(
    library: Project, live: URL, statements: list[str]
):
    page = table_page(library, "loan", url=live, sample=0)
    assert page.figures.rows == 4
    ours = [each for each in statements if '"loan"' in each or " loan" in each.lower()]
    assert ours == ['SELECT max(rowid) FROM "loan"']
    assert not any("dbstat" in each for each in statements)


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """Every statement that is sent to a database from here on, but the reading of catalogs."""
    seen: list[str] = []

    def note(connection, cursor, statement, parameters, context, executemany) -> None:
        if "sqlite_schema" not in statement and "sqlite_master" not in statement:
            seen.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    yield seen
    sa.event.remove(sa.Engine, "before_cursor_execute", note)


@pytest.mark.postgresql
def test_no_table_of_a_live_server_is_scanned(library: Project, live_postgresql: URL):
    made = "INSERT INTO reader (id, mail, name, kind) SELECT i, 'm' || i, 'n', 'adult'"
    run(live_postgresql, f"{made} FROM generate_series(10, 5000) i", "ANALYZE")
    before = scans(live_postgresql)
    page = table_page(library, "reader", url=live_postgresql, sample=0)
    assert page.figures.rows == 4994
    assert scans(live_postgresql) == before
    sampled = table_page(library, "reader", url=live_postgresql, sample=5)
    assert len(sampled.sample.rows) == 5
    after = scans(live_postgresql)
    assert after[1] - before[1] <= 5  # rows read, though the table has thousands
    table_page(library, "reader", url=live_postgresql, sample=0, count=True)
    assert scans(live_postgresql)[1] - after[1] >= 4994  # so the test can see one


def scans(url: URL) -> tuple[int, int]:
    """How often tables were scanned, and how many rows were read, by the server's own count."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT pg_stat_force_next_flush()")
        connection.commit()
        connection.exec_driver_sql("SELECT pg_sleep(0.1)")
        found = connection.exec_driver_sql(
            "SELECT sum(seq_scan + coalesce(idx_scan, 0)), sum(seq_tup_read + coalesce("
            "idx_tup_fetch, 0)) FROM pg_stat_user_tables"
        ).one()
    engine.dispose()
    return int(found[0]), int(found[1])


# -- sample rows ----------------------------------------------------------------------------------


@pytest.mark.parametrize("url", KINDS, indirect=True)
def test_sample_rows_are_masked_unless_asked_otherwise(library: Project, url: URL):
    page = table_page(library, "reader", url=url, sample=2)
    told = json.dumps(page.to_dict())
    assert len(page.sample.rows) == 2
    assert "ada@example.org" not in told
    assert "Lovelace" not in told
    assert page.sample.masked
    assert page.sample.rules["mail"] == "text"
    rows = page.frame("sample")
    assert rows["mail"][0].count("@") == 1
    real = table_page(library, "reader", url=url, sample=3, masked=False)
    assert set(real.frame("sample")["mail"]) == {f"{n}@example.org" for n in ("ada", "bob", "cleo")}
    assert not real.sample.masked


@pytest.mark.parametrize("url", KINDS, indirect=True)
def test_masked_values_keep_their_kind_and_their_equality(library: Project, url: URL):
    rows = table_page(library, "loan", url=url, sample=9).frame("sample")
    ids = list(rows["id"])
    assert len(set(ids)) == 4
    assert all(each.lstrip("-").isdigit() for each in ids)
    assert rows["book_id"][0] == rows["book_id"][2] != rows["book_id"][1]
    assert [each is None for each in rows["due"]] == [False, True, True, True]
    assert rows["due"][0] != "2024-01-31"
    assert rows["due"][0][4] == "-"
    # The labels of an enum are part of the schema.
    shelves = table_page(library, "book", url=url).frame("sample")["shelf"]
    assert set(shelves) == {"OPEN", "STACKS"}


@pytest.mark.parametrize("url", KINDS, indirect=True)
def test_truth_values_are_shown_and_nothing_else_beside_them(library: Project, url: URL):
    run(url, "CREATE TABLE flag (is_on BOOLEAN)", "INSERT INTO flag VALUES (true), (false)")
    shown = set(table_page(library, "flag", url=url).frame("sample")["is_on"])
    assert shown in ({"0", "1"}, {"true", "false"})
    if "sqlite" in url.drivername:
        run(url, "INSERT INTO flag VALUES ('sesame')")
        assert "sesame" not in set(table_page(library, "flag", url=url).frame("sample")["is_on"])


@pytest.mark.mariadb
def test_sample_rows_of_mariadb(mariadb_url: str):
    url = sa.make_url(mariadb_url)
    run(
        url,
        "CREATE TABLE mix (id int unsigned, `a ``%s` varchar(300), b varbinary(9), is_on bool,"
        " kind enum('one','it''s'), bits bit(3), made datetime(3), data json, n decimal(9,2))",
        "INSERT INTO mix VALUES (7, REPEAT('ä', 300), 'xyz', 1, 'it''s', 5, '2024-01-31 10:00',"
        " '{}', 1.5), (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)",
    )
    catalog = read_catalog(url)
    table = next(each for each in catalog.values() if each.kind == "table")
    columns = [each for each in catalog.values() if each.kind == "column"]
    with open_read_only(url) as connection:
        real = read_sample(connection, catalog, table, columns, most=5, masked=False)
        made = read_sample(connection, catalog, table, columns, most=5)
    assert (real.notes, made.notes) == ((), ())
    row = dict(zip(real.columns, real.rows[0], strict=True))
    assert row == {
        "id": "7", "a `%s": "ä" * 200 + "…", "b": "3 bytes", "is_on": "1", "kind": "it's",
        "bits": "5", "made": "2024-01-31 10:00:00.000", "data": "{}", "n": "1.50",
    }  # fmt: skip
    assert set(real.rows[1]) == {None}
    masked = dict(zip(made.columns, made.rows[0], strict=True))
    assert masked["kind"] == "it's"
    assert masked["is_on"] == "1"
    assert masked["a `%s"] != row["a `%s"]


def test_the_caller_may_say_how_a_column_is_masked(library: Project, live: URL):
    masks = parse_masks(["*.name=keep:1", "reader.mail=fixed:somebody"])
    rows = table_page(library, "reader", url=live, masks=masks).frame("sample")
    assert list(rows["name"]) == ["Axxxxxxxxxxx", "Bxx", "Cxxx"]
    assert set(rows["mail"]) == {"somebody"}


@pytest.mark.parametrize("url", KINDS, indirect=True)
def test_a_long_value_is_cut(library: Project, url: URL):
    run(url, "CREATE TABLE long_one (words TEXT)", f"INSERT INTO long_one VALUES ('{'x' * 999}')")
    rows = table_page(library, "long_one", url=url, masked=False).frame("sample")
    assert rows["words"][0] == "x" * 200 + "…"


# -- roles that may read little or nothing ---------------------------------------------------------


@pytest.fixture
def role(live_postgresql: URL) -> Iterator[URL]:
    """A role that may log in to the library's database, and do nothing else yet."""
    name = f"looks_{live_postgresql.database}"[:60]
    run(live_postgresql, f'CREATE ROLE "{name}" LOGIN', "ANALYZE")
    yield live_postgresql.set(username=name)
    run(live_postgresql, f'DROP OWNED BY "{name}"', f'DROP ROLE "{name}"')


@pytest.mark.postgresql
def test_a_role_that_may_only_read_sees_all(library: Project, role: URL, live_postgresql: URL):
    run(live_postgresql, f'GRANT SELECT ON ALL TABLES IN SCHEMA public TO "{role.username}"')
    page = table_page(library, "loan", url=role)
    assert page.figures.rows == 4
    assert {each.name: each.null_share for each in page.columns}["due"] == 0.75
    assert len(page.sample.rows) == 4


@pytest.mark.postgresql
def test_a_table_that_may_not_be_read_is_told_as_far_as_the_server_tells(
    library: Project, role: URL
):
    page = table_page(library, "loan", url=role, count=True)
    assert len(page.columns) == 7
    assert page.figures.rows == 4
    assert not page.figures.is_exact
    assert not page.figures.may_be_read
    assert "This role may not read the table." in page.figures.notes
    assert any("permission denied" in note for note in page.figures.notes)
    assert page.sample.rows == ()
    assert page.sample.notes == ("This role may not read the table.",)


@pytest.mark.postgresql
def test_columns_that_may_not_be_read_are_left_out_of_the_sample(
    library: Project, role: URL, live_postgresql: URL
):
    run(live_postgresql, f'GRANT SELECT (id, name) ON reader TO "{role.username}"')
    page = table_page(library, "reader", url=role, masked=False)
    assert page.sample.columns == ("id", "name")
    assert len(page.sample.rows) == 3
    assert [each.name for each in page.columns if each.may_be_read] == ["id", "name"]


@pytest.mark.postgresql
def test_partitions_count_for_their_table(library: Project, live_postgresql: URL):
    run(
        live_postgresql,
        "CREATE TABLE event (at date, what text) PARTITION BY RANGE (at)",
        "CREATE TABLE event_20 PARTITION OF event FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')",
        "CREATE TABLE event_21 PARTITION OF event FOR VALUES FROM ('2021-01-01') TO ('2022-01-01')",
        "INSERT INTO event SELECT '2020-06-01'::date + i, 'x' FROM generate_series(1, 400) i",
        "ANALYZE",
    )
    page = table_page(library, "event", url=live_postgresql)
    assert page.figures.rows == 400
    assert page.figures.size > 8192
    assert {each.name: each.distinct for each in page.columns} == {"at": 400, "what": 1}


# -- without a database, and names ----------------------------------------------------------------


def test_without_a_database_the_page_is_of_revisions_and_models(library: Project):
    page = table_page(library, "loan")
    assert page.source == "revisions"
    assert page.figures is None
    assert page.sample is None
    assert "No database is looked at" in page.notes[0]
    assert [each.name for each in page.used_by] == ["overdue"]
    assert ("only in the database", "loan.fine") in remarks(page)


def test_an_empty_database_is_as_good_as_none(own_library: Project):
    run(sa.make_url(f"sqlite:///{own_library.root / 'library.db'}"), "VACUUM")
    page = table_page(own_library, "loan")
    assert page.source == "revisions"
    assert "holds no tables" in page.notes[0]


def test_without_anything_but_models_the_page_is_of_their_text(own_library: Project):
    for path in own_library.version_locations[0].glob("*.py"):
        path.write_text(path.read_text() + "\nraise RuntimeError('no')\n")
    models = own_library.root / "library" / "models.py"
    models.write_text(
        models.read_text().replace('CheckConstraint("days > 0"', 'CheckConstraint(")"')
    )
    page = table_page(own_library, "loan")
    assert page.source == "model text"
    assert {each.name for each in page.columns} == {"id", "book_id", "reader_id", "due", "days",
                                                    "desk_id"}  # fmt: skip
    assert {each.foreign_key.target for each in page.relations} == {"book", "desk", "reader"}


def test_a_catalog_that_is_given_is_enough(library: Project, live: URL):
    page = table_page(library, "loan", catalog=read_catalog(live))
    assert (page.source, page.figures) == ("given", None)
    assert page.notes == ()


def test_models_that_cannot_be_read_leave_what_the_database_says(own_library: Project, live: URL):
    (own_library.root / "library" / "models.py").write_text("1 / 0")
    page = table_page(own_library, "loan", url=live)
    assert "ZeroDivisionError" in page.notes[0]
    assert page.classes == ()
    assert len(page.columns) == 7


@pytest.mark.parametrize("name", ["loan", "LOAN", "Loan", "public.loan"])
def test_a_table_is_found_by_its_name_or_its_class(library: Project, live: URL, name: str):
    assert table_page(library, name, url=live).name == "loan"


def test_a_name_that_is_not_there_is_said_with_what_is_close(library: Project, live: URL):
    with pytest.raises(WorkbenchError, match="Did you mean reader"):
        table_page(library, "raeder", url=live)
    with pytest.raises(WorkbenchError, match="schema search zzz"):
        table_page(library, "zzz", url=live)


@pytest.mark.parametrize("url", KINDS, indirect=True)
def test_a_hostile_name_is_a_name_like_any_other(library: Project, url: URL):
    name = "<img src=x onerror=alert(1)>"
    run(url, f"""INSERT INTO "<script>" (id, "{name}") VALUES (1, '<b>half</b>')""")
    run(url, """CREATE TABLE "100%s" ("a %(b)s" integer)""", """INSERT INTO "100%s" VALUES (7)""")
    page = table_page(library, "<script>", url=url, masked=False, count=True)
    assert page.figures.rows == 1
    assert page.frame("sample")[name][0] == "<b>half</b>"
    percent = table_page(library, "100%s", url=url, masked=False, count=True)
    assert percent.figures.rows == 1
    assert percent.frame("sample")["a %(b)s"][0] == "7"


def test_models_are_values(library: Project):
    models = read_models(library)
    assert repr(models) == "<Models: 11 classes, 12 tables>"
    frame = models.frame()
    assert set(frame["class"]) >= {"Reader", "Person"}
    json.dumps(models.to_dict())
    assert [each.name for each in models.classes_of("reader")] == ["Reader", "Child"]


def test_where_no_table_is_known_the_reasons_are_told(own_library: Project):
    (own_library.root / "library" / "models.py").write_text("1 / 0")
    with pytest.raises(WorkbenchError, match=r"none at all.*ZeroDivisionError"):
        table_page(own_library, "zzz")
