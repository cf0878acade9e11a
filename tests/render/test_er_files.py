"""Diagrams as files that stand alone."""

from __future__ import annotations

import re
import struct
import sys
import xml.etree.ElementTree as ET

import pytest

from schema.catalog import Catalog, SchemaObject
from schema.diagram import Diagram, diagram_of
from schema.errors import WorkbenchError
from schema.render.er_files import er_page, er_png, er_standalone_svg


@pytest.fixture
def diagram() -> Diagram:
    def column(table: str, name: str, place: int) -> SchemaObject:
        found = {"type": "INTEGER", "nullable": place > 1, "default": None, "position": place}
        return SchemaObject("column", None, table, name, found)

    key = {"columns": ("team_id",), "target": "teams", "target_columns": ("id",)}
    objects = [
        SchemaObject("table", None, None, "teams"),
        column("teams", "id", 1),
        SchemaObject("table", None, None, "people"),
        column("people", "id", 1),
        column("people", "team_id", 2),
        SchemaObject("foreign key", None, "people", "fk", key),
    ]
    return diagram_of(Catalog("sqlite", "3.45", objects))


def test_an_svg_file_has_colours_for_light_and_dark(diagram: Diagram) -> None:
    svg = er_standalone_svg(diagram)
    ET.fromstring(svg)
    assert "prefers-color-scheme: dark" in svg
    assert re.search(r"\.swb-er \{ --jp-ui-font-color1: #[0-9a-f]{6};", svg)


def test_a_page_asks_nothing_of_a_server(diagram: Diagram) -> None:
    html = er_page(diagram)
    assert "default-src &#39;none&#39;" in html
    assert "people.team_id → teams.id" in html
    assert not re.search(r"(src|href)=", html)


def test_a_png_has_the_size_of_the_picture(diagram: Diagram) -> None:
    pytest.importorskip("resvg_py", reason="PNG pictures need resvg_py")
    size = ET.fromstring(er_standalone_svg(diagram)).get("width", "")
    light, dark = er_png(diagram), er_png(diagram, is_dark=True)
    for png in (light, dark):
        assert png.startswith(b"\x89PNG")
        assert struct.unpack(">I", png[16:20])[0] == 2 * int(size)
    assert light != dark


def test_without_its_package_a_png_is_refused_with_what_to_do(
    diagram: Diagram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(WorkbenchError, match=r"pip install .*\[png\]"):
        er_png(diagram)
