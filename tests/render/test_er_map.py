"""The map of a big schema: every table is there, in its group, and hubs have letters for lines."""

from __future__ import annotations

import importlib.util
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from types import ModuleType

import pytest

from schema.catalog import Catalog
from schema.diagram import Diagram, diagram_of
from schema.render import er_svg
from schema.render.er_map import arrange_map, letters

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def made_schema() -> ModuleType:
    path = Path(__file__).parents[1] / "benchmarks" / "made_schema.py"
    spec = importlib.util.spec_from_file_location("made_schema", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def big(made_schema: ModuleType) -> Catalog:
    return made_schema.made_schema(100)


@pytest.fixture(scope="module")
def diagram(big: Catalog) -> Diagram:
    return diagram_of(big)


def test_many_tables_are_a_map(diagram: Diagram) -> None:
    root = ET.fromstring(er_svg(diagram))
    assert root.get("class") == "swb-er map"
    assert float(root.get("width", "0")) <= 1120
    boxes = [node for node in root.iter(f"{SVG}g") if "table" in node.get("class", "").split()]
    assert len(boxes) == 100
    frames = [node for node in root.iter(f"{SVG}rect") if node.get("class") == "frame"]
    assert len(frames) == len(diagram.groups)


def test_every_table_lies_in_its_frame_and_on_no_other(diagram: Diagram) -> None:
    picture = arrange_map(diagram, 1100.0)
    inside = 0
    for frame in picture.frames:
        for table in picture.tables:
            is_in = (
                frame.at.x <= table.at.x
                and table.at.x + table.size.width <= frame.at.x + frame.size.width
                and frame.at.y <= table.at.y
                and table.at.y + table.size.height <= frame.at.y + frame.size.height
            )
            inside += is_in
    assert inside == 100
    corners = {(table.at.x, table.at.y) for table in picture.tables}
    assert len(corners) == 100


def test_a_hub_has_letters_in_place_of_lines(diagram: Diagram) -> None:
    picture = arrange_map(diagram, 1100.0)
    assert "users" in picture.hubs
    drawn = {each.relation.target for each in picture.lines if each.relation.table != "users"}
    assert "users" not in drawn
    signs = {table.table.label for table in picture.tables if "users" in table.hubs}
    assert signs == {each.table for each in diagram.relations if each.target == "users"} - {"users"}
    root = ET.fromstring(er_svg(diagram))
    said = ["".join(node.itertext()) for node in root.iter(f"{SVG}text")]
    assert said.count("Us") == len(signs) + 2
    assert f"users ({len(signs)})" in said


def test_letters_of_hubs_differ() -> None:
    found = letters(("users", "usage", "crm.us", "u", "ü!", "🛒"))
    assert found["users"] == "Us"
    assert len(set(found.values())) == 6


def test_a_table_around_which_is_little_is_drawn_in_full(big: Catalog) -> None:
    near = diagram_of(big, focus="hr_department")
    assert near.detail == "all"
    assert near["hr_department"].columns
    svg = er_svg(near)
    assert 'class="swb-er"' in svg
    assert len(re.findall(r'class="table [^"]*focus', svg)) == 1


def test_a_table_that_refers_to_itself_has_a_loop(diagram: Diagram) -> None:
    loops = [
        each for each in arrange_map(diagram, 1100.0).lines
        if each.relation.table == each.relation.target
    ]  # fmt: skip
    assert loops
    assert all(len(each.path) == 4 for each in loops)
