"""Schema objects, their properties, and the catalogs that hold them; made by hand."""

from __future__ import annotations

import gc
import tracemalloc
from typing import Any

import pytest

from schema.catalog import Catalog, SchemaObject
from schema.catalog.rows import from_rows


def column(table: str, name: str, position: int = 1, **more: Any) -> SchemaObject:
    found = {"type": "integer", "nullable": True, "position": position, **more}
    return SchemaObject("column", "public", table, name, found)


def catalog(*objects: SchemaObject) -> Catalog:
    return Catalog("postgresql", "18.4", objects, not_compared=["2 casts"])


def test_properties_are_a_mapping_that_cannot_be_changed() -> None:
    given = {"type": "text", "nullable": False}
    found = SchemaObject("column", None, "a", "b", given).properties
    given["type"] = "integer"
    assert dict(found) == {"type": "text", "nullable": False}
    assert list(found.items()) == [("type", "text"), ("nullable", False)]
    assert found.get("default", "none") == "none"
    assert "type" in found
    assert "default" not in found
    with pytest.raises(TypeError):
        found["type"] = "integer"  # type: ignore[index]


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        ({"a": 1, "b": None}, {"a": 1, "b": None}, True),
        ({"a": 1, "b": None}, {"b": None, "a": 1}, True),
        ({"a": 1, "b": None}, {"a": 1}, False),
        ({"a": 1}, {"b": 1}, False),
        ({"a": ("x", "y")}, {"a": ("y", "x")}, False),
        ({}, {}, True),
    ],
)
def test_properties_are_equal_by_name_and_value(
    left: dict[str, Any], right: dict[str, Any], equal: bool
) -> None:
    one, other = SchemaObject("x", None, None, "n", left), SchemaObject("x", None, None, "n", right)
    assert (one == other) is equal
    assert (one.properties == right) is equal
    assert not equal or hash(one.properties) == hash(other.properties)


def test_rows_become_objects_with_tuples_for_lists() -> None:
    rows = [
        ("index", "public", "a", "i", ["x", "y"], True),
        ("index", "public", "a", "j", None, False),
    ]
    expected = [
        SchemaObject("index", "public", "a", "i", {"columns": ("x", "y"), "unique": True}),
        SchemaObject("index", "public", "a", "j", {"columns": None, "unique": False}),
    ]
    assert from_rows(["columns", "unique"], rows) == expected
    assert from_rows(["columns"], []) == []
    assert from_rows([], [("schema", None, None, "s")]) == [SchemaObject("schema", None, None, "s")]


OBJECTS = (
    column("b", "late", 2, default="'%'"),
    column("b", "early", 1, default=None),
    SchemaObject("table", "public", None, "b", {"options": (("fillfactor", 70), ("x", None))}),
    SchemaObject("table", "public", None, "a", {"options": None}),
    SchemaObject("schema", None, None, "public"),
    SchemaObject("odd", None, None, 'na"me <&> \N{SNOWMAN}', {"is": True, "one": 1, "none": ()}),
)


def test_a_catalog_is_in_order_whatever_it_is_made_of() -> None:
    names = [item.name for item in catalog(*OBJECTS)]
    assert names == [item.name for item in catalog(*reversed(OBJECTS))]
    assert names.index("b") < names.index("early") < names.index("late")


@pytest.mark.parametrize("objects", [(), OBJECTS[:1], OBJECTS])
def test_a_catalog_comes_back_from_json_as_it_was(objects: tuple[SchemaObject, ...]) -> None:
    written = catalog(*objects)
    read = Catalog.from_json(written.to_json())
    assert read == written
    assert list(read) == list(written)
    assert (read.dialect, read.server_version) == ("postgresql", "18.4")
    assert read.not_compared == ("2 casts",)
    for item in written.values():
        kinds = [type(value) for value in read[item.identity].properties.values()]
        assert kinds == [type(value) for value in item.properties.values()]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"dialect": "sqlite"}', '{"objects": {"shapes": [[["a"], 1, []]]}}']
)
def test_other_text_is_no_catalog(text: str) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        Catalog.from_json(text)


def test_a_part_of_a_catalog_keeps_its_order_and_what_was_not_compared() -> None:
    part = catalog(*OBJECTS).where(lambda item: item.kind == "column")
    assert [item.name for item in part.values()] == ["early", "late"]
    assert part.not_compared == ("2 casts",)


def test_an_object_takes_less_than_a_kilobyte() -> None:
    rows = [
        ("column", "public", f"table_{n // 12}", f"column_{n}", "integer", None, ["a", "b"], n % 12)
        for n in range(12_000)
    ]
    tracemalloc.start()
    try:
        made = catalog(*from_rows(["type", "default", "parts", "position"], rows))
        gc.collect()
        size = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert size / len(made) < 500
