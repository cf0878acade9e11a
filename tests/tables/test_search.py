"""A search finds anything by any of its words, the best first, and quickly."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from schema.catalog import Catalog, SchemaObject, read_catalog
from schema.history import History, RevisionFile
from schema.tables import Index, Searcher, read_models, search
from schema.workbench import Project


@pytest.fixture(scope="module")
def index(library: Project, template: URL) -> Index:
    timeline = library.timeline()
    return Index(read_catalog(template), read_models(library), None, timeline)


def labels(found) -> list[str]:
    return [f"{hit.kind} {hit.label}" for hit in found.hits]


@pytest.mark.parametrize(
    ("words", "first", "field", "match"),
    [
        ("reader", "table reader", "name", "exact"),
        ("read", "table reader", "name", "prefix"),
        ("loan fine", "column loan.fine", "name", "exact"),
        ("full_name", "column reader.name", "attribute", "exact"),
        ("reminders", "table reader", "docstring", "exact"),
        ("UTC", "column reader.made", "text beside it", "exact"),
        ("kept fines", "revision b2", "message", "exact"),
        ("b2", "revision b2", "name", "exact"),
        ("STACKS", "enum value shelf.STACKS", "name", "exact"),
        ("ix_loan_book_due", "index loan.ix_loan_book_due", "name", "exact"),
        ("overdue", "view overdue", "name", "exact"),
        ("CURRENT_DATE", "view overdue", "definition", "exact"),
        ("days_are", "check loan.days_are_some", "name", "exact"),
        ("guardian", "relationship Child.guardian", "name", "exact"),
        ("opening", "table hours", "text beside it", "exact"),
        ("initial", "hybrid property Reader.initial", "name", "exact"),
    ],
)
def test_anything_is_found_by_any_of_its_words(index, words, first, field, match):
    found = index.search(words)
    hit = found.hits[0]
    assert (f"{hit.kind} {hit.label}", hit.field, hit.match) == (first, field, match)
    assert {hit.text[start:end].lower() for start, end in hit.marks} <= set(words.lower().split())
    assert hit.marks


def test_an_exact_name_comes_before_a_beginning_before_a_part(index):
    found = labels(index.search("book"))
    assert found[0] == "table book"
    assert found.index("class Book") < found.index("index loan.ix_loan_book_due")


def test_several_words_narrow_it_down_and_the_table_counts(index):
    found = index.search("loan due")
    assert "column loan.due" in labels(found)
    assert "column loan.days" not in labels(found)
    assert "column loan.days" not in labels(index.search("loan"))  # only in a table of that name


def test_words_that_nothing_has_together_are_said(index):
    found = index.search("reader zzqqxx")
    assert not found.is_whole
    assert found.hits[0].label == "reader"


def test_a_misspelled_word_is_found_by_its_likes(index):
    found = index.search("raeder")
    assert found.instead == {"raeder": ("reader",)}
    assert found.hits[0].label == "reader"
    assert found.hits[0].match == "close"
    # What is there is never replaced.
    assert index.search("reader").instead == {}


def test_nothing_is_false_and_empty(index):
    found = index.search("qqqqzzzz")
    assert not found
    assert found.total == 0
    assert index.search("").hits == ()
    assert len(found.frame()) == 0


def test_database_and_models_are_one_hit_with_both_sources(index):
    hit = next(hit for hit in index.search("mail").hits if hit.label == "reader.mail")
    assert hit.sources == ("database", "models")
    frame = index.search("mail").frame()
    assert list(frame.columns)[:4] == ["kind", "label", "table", "name"]
    json.dumps(index.search("mail").to_dict())


def test_what_revisions_have_dropped_is_found_when_asked(own_library: Project):
    folder = own_library.version_locations[0]
    (folder / "c3.py").write_text(
        '"""Fines are history"""\nimport sqlalchemy as sa\nfrom alembic import op\n'
        "revision, down_revision = 'c3', 'b2'\n"
        "def upgrade():\n    op.drop_column('loan', 'fine')\n"
        "def downgrade():\n    op.add_column('loan', sa.Column('fine', sa.Integer))\n"
    )
    assert "column loan.fine" not in labels(own_library.search("fine"))
    gone = next(hit for hit in own_library.search("fine", dropped=True).hits if hit.name == "fine")
    assert gone.about == "dropped by c3 Fines are history"


def test_the_searcher_sees_an_edited_model_at_once(own_library: Project):
    searcher = Searcher(own_library)
    assert searcher.search("reminders").hits
    before = searcher.index()
    assert searcher.index() is before
    models = own_library.root / "library" / "models.py"
    models.write_text(models.read_text().replace("reminders", "postcards"))
    assert searcher.search("postcards").hits[0].label == "reader"


def test_a_thousand_tables_and_five_hundred_revisions_are_searched_at_once():
    index = Index(made_catalog(1000), None, made_history(500))
    index.search("warm")
    spent = {}
    for words in ("invoice", "order customer", "Add audit", "invoce", "qqzzqq"):
        begun = time.perf_counter()
        found = index.search(words)
        spent[words] = time.perf_counter() - begun
        assert bool(found) is (words != "qqzzqq")
    assert sorted(spent.values())[2] < 0.2, (
        spent
    )  # a machine that is busy may stumble once or twice


_WORDS = ["account", "invoice", "order", "customer", "payment", "shipment", "item", "price",
          "audit", "token", "session", "address", "country", "product", "review", "message",
          "batch", "queue"]  # fmt: skip


def made_catalog(tables: int) -> Catalog:
    some = random.Random(7)
    objects = []
    for number in range(tables):
        name = f"{some.choice(_WORDS)}_{some.choice(_WORDS)}_{number}"
        objects.append(SchemaObject("table", "public", None, name, {"comment": "Holds things."}))
        for place in range(12):
            told = {"type": "text", "comment": f"The {some.choice(_WORDS)} of it."}
            column = f"{some.choice(_WORDS)}_{place}"
            objects.append(SchemaObject("column", "public", name, column, told))
    return Catalog("postgresql", "18", objects)


def made_history(revisions: int) -> History:
    some = random.Random(8)
    return History(
        RevisionFile(
            f"r{number:05}",
            (f"r{number - 1:05}",) if number else (),
            f"Add {some.choice(_WORDS)} to {some.choice(_WORDS)}",
            path=Path(f"r{number}.py"),
        )
        for number in range(revisions)
    )


def test_the_function_searches_what_it_is_given(template: URL):
    found = search("loan", catalog=read_catalog(template))
    assert found.hits[0].label == "loan"
    assert found.hits[0].sources == ("database",)
