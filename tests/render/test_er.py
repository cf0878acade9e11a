"""The picture of a diagram: everything of it is there, and nothing of a name acts on the page."""

from __future__ import annotations

import re
import sqlite3
import xml.etree.ElementTree as ET
from contextlib import closing
from pathlib import Path

import pytest

from schema.catalog import Catalog, read_catalog
from schema.diagram import diagram_of
from schema.render import er_html, er_svg

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "<script>alert(1)</script> \"&'\n🛒 \x1b[31m\u202e"


def catalog(path: Path, *statements: str) -> Catalog:
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
    return read_catalog(f"sqlite:///{path}")


@pytest.fixture
def shop(tmp_path: Path) -> Catalog:
    return catalog(
        tmp_path / "shop.sqlite",
        "CREATE TABLE customers (id INTEGER PRIMARY KEY, mail VARCHAR(80) UNIQUE)",
        "CREATE TABLE orders (id INTEGER PRIMARY KEY, payer_id INTEGER REFERENCES customers,"
        " customer_id INTEGER NOT NULL REFERENCES customers,"
        " parent INTEGER REFERENCES orders)",
        "CREATE TABLE visits (customer_id INTEGER)",
        "CREATE TABLE settings (name TEXT)",
        "CREATE VIEW payers AS SELECT * FROM orders",
    )


def texts(svg: str) -> list[str]:
    return ["".join(node.itertext()) for node in ET.fromstring(svg).iter(f"{SVG}text")]


def test_every_table_and_column_is_there(shop: Catalog) -> None:
    said = texts(er_svg(diagram_of(shop)))
    for name in ("customers", "orders", "mail", "payer_id", "settings", "payers", "No relations"):
        assert name in said
    assert "VARCHAR(80)?" in said
    assert said.count("FK") == 3
    assert "UK" in said


def test_the_picture_tells_itself_to_those_who_cannot_see_it(shop: Catalog) -> None:
    root = ET.fromstring(er_svg(diagram_of(shop)))
    assert root.get("role") == "img"
    assert root.get("aria-label") == "5 tables, 3 relations, 1 implied"
    assert root[0].tag == f"{SVG}title"
    html = er_html(diagram_of(shop))
    assert "<li>orders.customer_id → customers.id (0..n to 1)</li>" in html
    assert "4 relations as text" in html


def test_lines_are_told_apart_by_more_than_colour(shop: Catalog) -> None:
    root = ET.fromstring(er_svg(diagram_of(shop)))
    nets = [node for node in root.iter(f"{SVG}g") if "net" in node.get("class", "").split()]
    assert sum(len(net) for net in nets) == 4
    [implied] = [node for node in nets if "implied" in node.get("class", "").split()]
    assert "implied" in (implied[0][0].text or "")
    assert "implied by names" in texts(er_svg(diagram_of(shop)))
    assert "stroke-dasharray" in er_svg(diagram_of(shop))


def test_a_hovered_table_keeps_its_own_lines(shop: Catalog) -> None:
    diagram = diagram_of(shop)
    svg = er_svg(diagram)
    number = [table.label for table in diagram.tables].index("visits")
    assert f".swb-er:has(.t{number}:hover) .net:not(.l{number}){{opacity:.15}}" in svg
    assert len(re.findall(rf'class="line [^"]*\bl{number}\b', svg)) == 1
    assert ":hover" not in er_svg(diagram, is_still=True)


def test_no_name_acts_on_the_page(tmp_path: Path) -> None:
    name = HOSTILE.replace('"', '""')
    long = "x" * 200
    found = catalog(
        tmp_path / "hostile.sqlite",
        f'CREATE TABLE "{name}" ("{name}" INTEGER PRIMARY KEY, "{long}" "{name}")',
        f'CREATE TABLE "{long}" (a INTEGER REFERENCES "{name}", b TEXT DEFAULT \'</style><b>\')',
    )
    html = er_html(diagram_of(found))
    assert "<script" not in html
    assert "</style><b>" not in html
    assert "\x1b" not in html
    assert "\u202e" not in html
    root = ET.fromstring(er_svg(diagram_of(found)))
    assert float(root.get("width", "0")) < 1200
    assert {"a", "script", "foreignObject"}.isdisjoint(
        node.tag.removeprefix(SVG) for node in root.iter()
    )
    titles = ["".join(node.itertext()) for node in root.iter(f"{SVG}title")]
    assert any(long in title for title in titles)


def test_the_same_catalog_is_the_same_picture(shop: Catalog) -> None:
    assert er_svg(diagram_of(shop)) == er_svg(diagram_of(Catalog.from_json(shop.to_json())))


def test_a_diagram_shows_itself_in_a_notebook(shop: Catalog) -> None:
    bundle = diagram_of(shop)._repr_mimebundle_()
    assert bundle["text/plain"] == "<Diagram: 5 tables, 3 relations, 1 implied>"
    assert '<svg xmlns="http://www.w3.org/2000/svg" class="swb-er"' in bundle["text/html"]
