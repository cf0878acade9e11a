"""A diagram of two catalogs: what was added, changed, renamed and dropped is marked."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest

from schema.catalog import Catalog
from schema.diagram import Diagram, diagram_between
from schema.render import er_html, er_svg

Made = Callable[[str], Catalog]

BEFORE = """
CREATE TABLE users (id INTEGER PRIMARY KEY, login VARCHAR(20) NOT NULL, token TEXT, role TEXT);
CREATE TABLE teams (id INTEGER PRIMARY KEY, lead_id INTEGER REFERENCES users, motto TEXT);
CREATE TABLE old_news (id INTEGER PRIMARY KEY, author_id INTEGER REFERENCES users, text TEXT);
CREATE TABLE far (id INTEGER PRIMARY KEY, team_id INTEGER REFERENCES teams);
CREATE TABLE alone (id INTEGER PRIMARY KEY, text TEXT);
"""
AFTER = """
CREATE TABLE users (id INTEGER PRIMARY KEY, login VARCHAR(40) NOT NULL, role TEXT, mail TEXT);
CREATE TABLE teams (id INTEGER PRIMARY KEY, lead_id INTEGER REFERENCES users, motto TEXT);
CREATE TABLE posts (
    id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users, slug TEXT UNIQUE
);
CREATE TABLE far (id INTEGER PRIMARY KEY, team_id INTEGER REFERENCES teams);
CREATE TABLE alone (id INTEGER PRIMARY KEY, text TEXT);
"""


@pytest.fixture
def changed(made: Made) -> Diagram:
    return diagram_between(made(BEFORE), made(AFTER))


def test_tables_are_marked(changed: Diagram) -> None:
    assert {table.label: table.change for table in changed.tables} == {
        "old_news": "removed",
        "posts": "added",
        "teams": None,
        "users": "changed",
    }
    assert changed.left_out == 2
    assert changed.focus == ()


def test_columns_are_marked_and_dropped_ones_stay_in_their_place(changed: Diagram) -> None:
    columns = changed["users"].columns
    assert [(column.name, column.change) for column in columns] == [
        ("id", None),
        ("login", "changed"),
        ("token", "removed"),
        ("role", None),
        ("mail", "added"),
    ]
    assert columns[1].was == "type VARCHAR(20) → VARCHAR(40)"
    assert {column.change for column in changed["posts"].columns} == {"added"}


def test_relations_are_marked(changed: Diagram) -> None:
    assert {(each.table, each.change) for each in changed.relations} == {
        ("old_news", "removed"),
        ("posts", "added"),
        ("teams", None),
    }
    frame = changed.frame()
    assert frame.loc[frame["table"] == "posts", "change"].tolist() == ["added"]


def test_what_did_not_change_has_its_keys_only(changed: Diagram) -> None:
    assert [column.name for column in changed["teams"].columns] == ["id", "lead_id"]


def test_unless_all_columns_are_asked_for(made: Made) -> None:
    diagram = diagram_between(made(BEFORE), made(AFTER), detail="all")
    assert [column.name for column in diagram["teams"].columns] == ["id", "lead_id", "motto"]


def test_everything_can_be_shown(made: Made) -> None:
    diagram = diagram_between(made(BEFORE), made(AFTER), around=None)
    assert {"far", "alone"} <= {table.label for table in diagram.tables}
    near = diagram_between(made(BEFORE), made(AFTER), focus="far", distance=1)
    assert [table.label for table in near.tables] == ["far", "teams"]
    assert near.focus == ("far",)


def test_nothing_changed_is_told(made: Made) -> None:
    diagram = diagram_between(made(BEFORE), made(BEFORE))
    assert diagram.tables == ()
    assert "Nothing changed" in er_html(diagram)


def test_a_relation_of_a_renamed_table_is_the_same_one(made: Made) -> None:
    shape = "(id INTEGER PRIMARY KEY, serial_number TEXT NOT NULL, bought DATE, weight NUMERIC)"
    child = "CREATE TABLE child (id INTEGER PRIMARY KEY, machine INTEGER REFERENCES {});"
    before = made(f"CREATE TABLE machines {shape};" + child.format("machines"))
    after = made(f"CREATE TABLE devices {shape};" + child.format("devices"))
    diagram = diagram_between(before, after)
    assert (diagram["devices"].change, diagram["devices"].was) == ("renamed", "machines")
    assert [each.change for each in diagram.relations if not each.is_implied] == [None]


def test_a_changed_action_is_a_changed_relation(made: Made) -> None:
    parent = "CREATE TABLE p (id INTEGER PRIMARY KEY);"
    plain = made(f"{parent} CREATE TABLE c (x INTEGER NOT NULL REFERENCES p)")
    acting = made(f"{parent} CREATE TABLE c (x INTEGER NOT NULL REFERENCES p ON DELETE CASCADE)")
    [relation] = diagram_between(plain, acting).relations
    assert (relation.change, relation.was) == ("changed", "c.x → p.id (0..n to 1)")


def test_the_picture_marks_changes_by_signs_too(changed: Diagram) -> None:
    svg = er_svg(changed)
    texts = ["".join(node.itertext()) for node in ET.fromstring(svg).iter() if "text" in node.tag]
    assert {"+", "−", "~"} <= set(texts)
    assert {"+ added", "− dropped", "~ changed", "→ renamed"} <= set(texts)
    assert re.search(r'class="gone null"[^>]*>token<', svg)
    assert svg.count('class="line same"') == 0
    assert "; tables +1 −1 ~1" in er_html(changed)
