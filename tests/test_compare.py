"""Comparison of catalogs, whatever database they come from."""

from __future__ import annotations

import dataclasses
import json

import pytest

from schema.catalog import Catalog, Property, SchemaObject
from schema.compare import Difference, Differences, compare
from schema.errors import WorkbenchError


def item(
    kind: str, table: str | None, name: str, schema_name: str | None = None, **properties: Property
) -> SchemaObject:
    return SchemaObject(kind, schema_name, table, name, properties)


def column(table: str, name: str, **properties: Property) -> SchemaObject:
    found = {"type": "TEXT", "nullable": True, "default": None, "position": 1, **properties}
    return item("column", table, name, **found)


def catalog(*objects: SchemaObject, dialect: str = "sqlite") -> Catalog:
    return Catalog(dialect, "1", objects)


USERS = (item("table", None, "users"), column("users", "name"))


def test_equal_catalogs_have_no_differences() -> None:
    found = compare(catalog(*USERS), catalog(*reversed(USERS)))
    assert found == Differences()
    assert not found
    assert repr(found) == "<Differences: none>"


def test_a_changed_column_tells_only_what_changed() -> None:
    left = catalog(item("table", None, "users"), column("users", "name", type="VARCHAR(250)"))
    right = catalog(item("table", None, "users"), column("users", "name", type="VARCHAR(500)"))
    [found] = compare(left, right)
    assert found.change == "changed"
    assert dict(found.properties) == {"type": ("VARCHAR(250)", "VARCHAR(500)")}
    assert found.describe() == "column users.name: type VARCHAR(250) → VARCHAR(500)"


def test_the_left_is_what_is_expected() -> None:
    more = catalog(*USERS, column("users", "age", default="1"))
    [added], [removed] = compare(catalog(*USERS), more), compare(more, catalog(*USERS))
    assert (added.change, removed.change) == ("added", "removed")
    assert added.properties["default"] == (None, "1")
    assert removed.properties["default"] == ("1", None)
    assert added.describe() == "column users.age: added (TEXT, default 1)"


def test_a_column_in_another_place_is_no_difference() -> None:
    left = catalog(column("users", "a", position=1), column("users", "b", position=2))
    right = catalog(column("users", "b", position=1), column("users", "a", position=5))
    assert list(compare(left, right)) == []


def test_a_property_that_an_older_server_lacks_counts_as_not_set() -> None:
    old = catalog(item("index", "t", "i"))
    assert list(compare(old, catalog(item("index", "t", "i", nulls_not_distinct=None)))) == []
    [found] = compare(old, catalog(item("index", "t", "i", nulls_not_distinct=True)))
    assert dict(found.properties) == {"nulls_not_distinct": (None, True)}
    [renamed] = compare(old, catalog(item("index", "t", "j", nulls_not_distinct=None)))
    assert renamed.change == "renamed"


def test_a_table_folds_all_that_belongs_to_it() -> None:
    extra = [
        item("table", None, "extra", "public", comment=None),
        item("column", "extra", "id", "public", type="integer", nullable=False, position=1),
        item("column", "extra", "a", "public", type="integer", nullable=False, position=2),
        item("primary key", "extra", "pk", "public", columns=("id",)),
        item("index", "extra", "ix", "public", columns=("a",)),
        item("trigger", "extra", "tr", "public", definition="x"),
        item("sequence", "extra", "extra_id_seq", "public", owned_by="extra.id"),
    ]
    [found] = compare(catalog(), catalog(*extra))
    assert (found.kind, found.name, found.change) == ("table", "extra", "added")
    assert dict(found.properties) == {"columns": (None, ("id", "a"))}
    assert found.describe() == "table public.extra: added (columns id, a)"
    [gone] = compare(catalog(*extra), catalog())
    assert dict(gone.properties) == {"columns": (("id", "a"), None)}


def test_a_table_of_one_name_in_another_schema_folds_nothing() -> None:
    left = catalog(item("table", None, "t", "a"), item("table", None, "t", "b"))
    right = catalog(item("table", None, "t", "b"), item("index", "t", "i", "b", columns=("x",)))
    found = [(one.kind, one.schema_name, one.change) for one in compare(left, right)]
    assert found == [("table", "a", "removed"), ("index", "b", "added")]


def test_a_serial_column_folds_its_sequence() -> None:
    right = catalog(*USERS, column("users", "id"),
                    item("sequence", "users", "users_id_seq", owned_by="users.id"))  # fmt: skip
    [found] = compare(catalog(*USERS), right)
    assert found.kind == "column"


def test_a_sequence_with_a_new_owner_is_still_itself() -> None:
    left = catalog(item("sequence", None, "s", owned_by=None))
    right = catalog(item("sequence", "users", "s", owned_by="users.id"))
    [found] = compare(left, right)
    assert found.change == "changed"


@pytest.mark.parametrize("kind", ["primary key", "unique", "foreign key", "check", "index"])
def test_one_definition_under_two_names_is_renamed(kind: str) -> None:
    [found] = compare(catalog(item(kind, "users", "old", columns=("a",))),
                      catalog(item(kind, "users", "new", columns=("a",))))  # fmt: skip
    assert (found.change, found.name, found.renamed_from) == ("renamed", "new", "old")
    told = f"{kind} users.new: renamed from old (0.95: same columns and options)"
    assert found.describe() == told
    assert found.to_dict()["renamed_from"] == "old"
    assert found.to_dict()["evidence"] == ["same columns and options"]
    assert found.to_dict()["confidence"] == 0.95


def test_a_name_moved_to_another_table_or_definition_is_not_renamed() -> None:
    left = catalog(item("index", "users", "old", columns=("a",)))
    for other in (item("index", "pets", "new", columns=("a",)),
                  item("index", "users", "new", columns=("b",)),
                  item("unique", "users", "new", columns=("a",))):  # fmt: skip
        assert {one.change for one in compare(left, catalog(other))} == {"added", "removed"}


def test_two_alike_are_paired_once() -> None:
    def indexes(*names: str) -> Catalog:
        return catalog(*(item("index", "t", name, columns=("a",)) for name in names))

    found = compare(indexes("a", "b", "keep"), indexes("c", "keep"))
    assert [(one.change, one.name) for one in found] == [("removed", "b"), ("renamed", "c")]


def test_the_order_is_the_catalogs_and_does_not_hang_on_the_input() -> None:
    objects = [item("view", None, "v"), item("table", None, "z"), column("users", "b", position=2),
               column("users", "a", position=3), item("index", "users", "i")]  # fmt: skip
    found = [one.name for one in compare(catalog(), catalog(*objects))]
    assert found == [one.name for one in compare(catalog(), catalog(*reversed(objects)))]
    assert found == ["v", "b", "a", "i", "z"]


def test_catalogs_of_two_dialects_cannot_be_compared() -> None:
    with pytest.raises(WorkbenchError, match="sqlite catalog cannot be compared with a postgresql"):
        compare(catalog(), catalog(dialect="postgresql"))


def test_differences_are_frozen_values() -> None:
    found = compare(catalog(), catalog(*USERS, item("view", None, "v", definition="SELECT 1")))
    with pytest.raises(dataclasses.FrozenInstanceError):
        found[0].name = "other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        found[0].properties["x"] = (1, 2)  # type: ignore[index]
    assert found[0].with_cause("pending").cause == "pending"
    assert found[0].cause is None
    assert isinstance(found[:1], Differences)
    assert hash(found) == hash(Differences(list(found)))
    assert [one.kind for one in found.where(lambda one: one.kind == "view")] == ["view"]


def test_the_forms_for_machines_have_their_documented_shape() -> None:
    found = compare(catalog(), catalog(item("enum", None, "e", labels=("A", "B"))))
    [shown] = json.loads(json.dumps(found.to_list()))
    assert shown == {
        "kind": "enum", "schema_name": None, "table": None, "name": "e", "change": "added",
        "properties": {"labels": [None, ["A", "B"]]}, "cause": None,
    }  # fmt: skip
    assert list(found.frame().columns) == [
        "kind", "schema_name", "table", "name", "change", "properties", "cause",
        "explanation", "accepted", "alembic_check",
    ]  # fmt: skip


def test_a_line_tells_each_kind_of_change() -> None:
    key = {"columns": ("a",), "target": "users", "target_columns": ("id",)}
    added = {
        item("foreign key", "t", "fk", **key): "foreign key t.fk: added (a → users (id))",
        item("index", "t", "i", columns=("a DESC",), unique=True, predicate="a > 1"):
            "index t.i: added (a DESC, unique, where a > 1)",
        item("check", "t", "ck", expression="a > 0"): "check t.ck: added (a > 0)",
        item("view", None, "v", definition="SELECT 1"): "view v: added",
    }  # fmt: skip
    for one, line in added.items():
        assert compare(catalog(), catalog(one))[0].describe() == line
    changed = Difference("column", None, "t", "a", "changed",
                         {"nullable": (False, True), "default": ("1", None)})  # fmt: skip
    assert changed.describe() == "column t.a: NOT NULL dropped; default 1 → none"
