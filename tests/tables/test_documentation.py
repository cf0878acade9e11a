"""What is documented, by whatever way, and what is not."""

from __future__ import annotations

import json

import pytest
from sqlalchemy.engine import URL

from schema.catalog import read_catalog
from schema.tables import documentation_of, read_models
from schema.workbench import Project
from tests.tables.conftest import run


@pytest.fixture(scope="module")
def found(library: Project):
    return documentation_of(None, read_models(library))


def by(found, kind: str, table: str | None, name: str) -> set[str]:
    item = next(x for x in found.items if (x.kind, x.table, x.name) == (kind, table, name))
    return {said.by for said in item.said}


def test_each_way_of_documenting_counts(found):
    assert by(found, "table", None, "reader") == {"docstring"}
    assert by(found, "table", None, "book_subject") == {"comment"}
    assert by(found, "table", None, "hours") == {"text beside it"}
    assert by(found, "column", "reader", "mail") == {"class docstring"}
    assert by(found, "column", "reader", "name") == {"comment", "text beside it"}
    assert by(found, "column", "reader", "code") == {"doc"}
    assert by(found, "relationship", "book", "Book.loans") == {"doc"}
    assert by(found, "enum", None, "shelf") == {"docstring"}
    assert by(found, "table", None, "loan") == set()


def test_what_is_missing_is_counted(found):
    missing = {(item.kind, item.label) for item in found.missing}
    assert ("table", "loan") in missing
    assert ("relationship", "card.Card.reader") in missing
    assert ("column", "reader.mail") not in missing
    there, of = found.by_kind["table"]
    assert (there, of) == (6, 12)
    assert found.by_table["hours"] == (2, 3)
    assert found.percentage == pytest.approx(
        100 * (len(found.items) - len(missing)) / len(found.items)
    )
    frame = found.frame()
    assert list(frame.columns) == ["kind", "table", "name", "documented", "by", "text"]
    assert int((~frame["documented"]).sum()) == len(missing)
    json.dumps(found.to_dict())


@pytest.mark.postgresql
def test_comments_of_the_database_count_and_so_do_views(library: Project, live_postgresql: URL):
    run(
        live_postgresql,
        "COMMENT ON COLUMN loan.fine IS 'In cents.'",
        "COMMENT ON VIEW overdue IS 'Loans to be reminded of.'",
        "COMMENT ON TYPE shelf IS 'Open or not.'",
    )
    found = documentation_of(read_catalog(live_postgresql), read_models(library))
    assert by(found, "column", "loan", "fine") == {"comment"}
    assert by(found, "view", None, "overdue") == {"comment"}
    assert by(found, "enum", None, "shelf") == {"docstring", "comment"}
    assert sum(item.kind == "enum" for item in found.items) == 1


def test_a_database_alone_can_be_asked(live: URL):
    found = documentation_of(read_catalog(live), None)
    assert found.percentage == 0
    assert "loan" in found.by_table


def test_nothing_is_wholly_documented():
    assert documentation_of(None, None).percentage == 100


def test_the_project_leaves_out_alembics_own_table(library: Project):
    found = library.documentation("heads")
    assert {item.label for item in found.items} >= {"loan", "loan.fine", "overdue"}
    assert not any("alembic_version" in item.label for item in found.items)
