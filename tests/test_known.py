"""What is known best of a schema: the live database, the revisions, the models."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from schema import Project
from schema.catalog import Catalog
from schema.errors import DatabaseError, RevisionError
from schema.known import known_catalog

if TYPE_CHECKING:
    from tests.conftest import Shop


def tables(catalog: Catalog) -> list[str]:
    return [table.name for table in catalog.of_kind("table")]


def test_a_live_database_is_known_best(shop: Shop) -> None:
    shop.live("bbb222", "CREATE TABLE by_hand (id INTEGER)", "CREATE TABLE ignored_x (id INTEGER)")
    known = known_catalog(shop.project)
    assert tables(known.catalog) == ["by_hand", "customer"]
    assert known.source.startswith("the database sqlite:///")
    assert known.notes == ()


def test_without_a_database_the_revisions_are(shop: Shop) -> None:
    known = known_catalog(shop.project)
    assert tables(known.catalog) == ["customer", "invoice"]
    assert known.source == "the schema at heads (ccc333)"
    assert "no SQLite file" in known.notes[0]


def test_an_empty_database_tells_nothing(shop: Shop) -> None:
    (shop.root / "shop.sqlite").touch()
    known = known_catalog(shop.project)
    assert tables(known.catalog) == ["customer", "invoice"]
    assert "holds no tables" in known.notes[0]


def test_without_usable_revisions_the_models_are(shop: Shop) -> None:
    (shop.versions / "ccc333_change.py").write_text("revision = 'ccc333'\ndown_revision = 'gone'\n")
    known = known_catalog(shop.project)
    assert known.source == "the models"
    assert tables(known.catalog) == ["customer", "invoice"]
    assert len(known.notes) == 2


def test_a_source_that_is_asked_for_is_the_only_one(shop: Shop) -> None:
    assert tables(known_catalog(shop.project, "aaa").catalog) == ["customer"]
    assert tables(known_catalog(shop.project, "base").catalog) == []
    assert known_catalog(shop.project, "models").source == "the models"
    with pytest.raises(DatabaseError):
        known_catalog(shop.project, "live")
    with pytest.raises(RevisionError):
        known_catalog(shop.project, "nowhere")


def test_a_project_is_drawn_and_compared(shop: Shop) -> None:
    with Project.open(shop.root / "alembic.ini") as project:
        assert [table.label for table in project.diagram().tables] == ["customer", "invoice"]
        assert project.diagram("aaa111").title == "the schema at aaa111"
        changed = project.diagram("head", since="aaa111")
        assert {table.label: table.change for table in changed.tables} == {
            "customer": "changed",
            "invoice": "added",
        }
        assert changed.title == "from the schema at aaa111 to the schema at head (ccc333)"
