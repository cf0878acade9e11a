"""The worker tells the project's models, in every style of mapping, without a database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from schema.project import Project

Open = Callable[[str], Project]


@pytest.fixture
def told(open_project: Open) -> dict[str, Any]:
    return dict(open_project("library").classes())


def class_of(told: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in told["classes"] if each["name"] == name)


def one(items: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(each for each in items if each["name"] == name)


def test_every_mapped_class_of_every_registry_is_told(told):
    styles = {each["name"]: each["style"] for each in told["classes"]}
    assert styles == {
        "Book": "declarative",
        "Card": "declarative",
        "Child": "declarative",
        "Desk": "declarative",
        "Key": "declarative dataclass",
        "Loan": "declarative",
        "Person": "imperative",
        "Reader": "declarative",
        "Scholar": "declarative",
        "Script": "declarative",
        "Subject": "declarative",
    }
    assert told["problems"] == []


def test_a_class_is_told_with_its_place_and_its_own_words(told):
    reader = class_of(told, "Reader")
    assert reader["docstring"] == "Somebody who may borrow. ``mail`` is where reminders go."
    assert (reader["module"], reader["file"]) == ("library.models", "library/models.py")
    text = Path(__file__).parents[1] / "projects" / "library" / "library" / "models.py"
    assert text.read_text().splitlines()[reader["line"] - 1].startswith("class Reader(")
    # A docstring that Python made up for a dataclass, or that is inherited, says nothing.
    assert class_of(told, "Key")["docstring"] is None
    assert class_of(told, "Scholar")["docstring"] is None


def test_attributes_are_told_by_column_with_what_stands_beside_them(told):
    reader = class_of(told, "Reader")
    full_name = one(reader["attributes"], "full_name")
    assert full_name["columns"] == [["reader", "name"]]
    assert full_name["doc"] == "The name as the reader writes it."
    assert one(reader["attributes"], "made")["doc"] == "When the row was made, in UTC."
    assert one(reader["attributes"], "code")["doc"] == "On the card."
    mail = one(reader["attributes"], "mail")
    assert [each["name"] for each in mail["validators"]] == ["has_an_at"]
    kinds = {each["name"]: (each["kind"], each["target"]) for each in reader["attributes"]}
    assert kinds["address"] == ("synonym", "mail")
    assert kinds["initial"] == ("hybrid property", None)
    assert kinds["titles"] == ("association proxy", "loans.book")
    shouted = one(class_of(told, "Book")["attributes"], "shouted")
    assert (shouted["kind"], shouted["target"]) == ("column property", "upper(book.title)")
    assert one(class_of(told, "Person")["attributes"], "display")["columns"] == [["staff", "name"]]
    assert one(class_of(told, "Key")["attributes"], "door")["annotation"] == "Optional[str]"


def test_columns_are_told_with_their_defaults_and_enums(told):
    tables = {each["name"]: each for each in told["tables"]}
    code = one(tables["reader"]["columns"], "code")
    assert (code["default"], code["onupdate"]) == ("new_code()", "new_code()")
    kind = one(tables["reader"]["columns"], "kind")
    assert (kind["default"], kind["info"]) == ("'adult'", {"owner": "desk"})
    made = one(tables["reader"]["columns"], "made")
    assert (made["server_default"], made["default"]) == ("CURRENT_TIMESTAMP", None)
    shelf = one(tables["book"]["columns"], "shelf")["enum"]
    assert (shelf["values"], shelf["class"]) == (["OPEN", "STACKS"], "Shelf")
    assert shelf["members"] == {"OPEN": "open", "STACKS": "stacks"}
    assert shelf["doc"] == "Where a book is kept."
    field = one(tables["scholar"]["columns"], "field")
    assert field["custom"]["doc"] == "Text that is kept in capitals."
    assert tables["book_subject"]["foreign_keys"][0]["on_delete"] == "CASCADE"


def test_a_table_without_a_class_is_told_by_its_variable(told):
    tables = {each["name"]: each for each in told["tables"]}
    hours = tables["hours"]["variable"]
    assert (hours["name"], hours["module"]) == ("hours", "library.classical")
    assert hours["doc"] == "Opening hours, read by the web site alone."
    assert tables["book_subject"]["comment"] == "Which books are about what."
    assert tables["reader"]["variable"] is None


def test_relationships_are_told_as_the_orm_joins_them(told):
    found = {
        f"{cls['name']}.{each['name']}": each
        for cls in told["classes"]
        for each in cls["relationships"]
    }
    assert {name: each["cardinality"] for name, each in found.items()} == {
        "Book.loans": "one to many",
        "Book.subjects": "many to many",
        "Card.reader": "one to one",
        "Child.guardian": "many to one",
        "Desk.books": "one to many",
        "Loan.book": "many to one",
        "Loan.reader": "many to one",
        "Person.chief": "many to one",
        "Person.team": "one to many",
        "Reader.card": "one to one",
        "Reader.loans": "one to many",
        "Reader.wards": "one to many",
        "Subject.books": "many to many",
    }
    loans = found["Reader.loans"]
    assert loans["pairs"] == [[["reader", "id"], ["loan", "reader_id"]]]
    assert (loans["back_populates"], loans["order_by"]) == ("reader", "loan.due")
    assert loans["passive_deletes"] is True
    assert "delete-orphan" in loans["cascade"]
    assert found["Book.subjects"]["secondary"] == "book_subject"
    assert found["Desk.books"]["condition"] == "book.publisher_no = desk.hall"
    assert found["Desk.books"]["viewonly"] is True
    assert found["Book.loans"]["doc"] == "All loans, also past ones."


def test_inheritance_is_told(told):
    kinds = {each["name"]: each["inheritance"] for each in told["classes"] if each["inheritance"]}
    assert {name: each["kind"] for name, each in kinds.items()} == {
        "Reader": "base",
        "Child": "single",
        "Scholar": "joined",
    }
    assert kinds["Child"] == {
        "kind": "single",
        "parent": "Reader",
        "polymorphic_on": "kind",
        "identity": "child",
    }
    ids = one(class_of(told, "Scholar")["attributes"], "id")["columns"]
    assert ids == [["scholar", "id"], ["reader", "id"]]


def test_a_mapper_that_fails_is_told_with_its_reason_and_the_others_are_whole(open_project: Open):
    project = open_project("library")
    models = project.root / "library" / "models.py"
    text = models.read_text()
    models.write_text(
        text.replace(
            'relationship("Reader", back_populates="card")',
            'relationship("Nobody", back_populates="card")',
        )
    )
    told = project.classes()
    broken = class_of(told, "Card")["relationships"][0]
    assert broken["target"] == "Nobody"
    assert "failed to locate a name ('Nobody')" in broken["problem"]
    assert len(told["problems"]) == 1
    loans = one(class_of(told, "Reader")["relationships"], "loans")
    assert loans["problem"] is None
    assert loans["condition"] == "reader.id = loan.reader_id"


def test_no_database_is_opened_and_the_answer_is_kept_while_nothing_changes(open_project: Open):
    project = open_project("library")
    (project.root / "library.db").unlink(missing_ok=True)
    first = project.classes()
    assert not (project.root / "library.db").exists()
    project.close()
    again = project.classes()
    assert again == first
    assert project._worker.pid is None  # nothing ran for it
    models = project.root / "library" / "models.py"
    models.write_text(models.read_text().replace("A book that", "Any book that"))
    assert class_of(dict(project.classes()), "Book")["docstring"].startswith("Any book")


@pytest.mark.parametrize("name", ["generic", "legacy", "asynchronous", "raw_driver"])
def test_models_of_the_other_projects_are_told(open_project: Open, name: str):
    told = open_project(name).classes()
    assert [each["name"] for each in told["classes"]] == ["Person"]
    columns = {column["name"] for table in told["tables"] for column in table["columns"]}
    assert columns == {"id", "name", "email"}
