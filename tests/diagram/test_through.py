"""The stage for pictures of several catalogs, on which nothing moves from one to the next."""

from __future__ import annotations

import re
from collections.abc import Callable

from schema.catalog import Catalog
from schema.diagram import diagram_between, diagram_of, diagram_through
from schema.render import er_svg

Made = Callable[[str], Catalog]

FIRST = """
CREATE TABLE users (id INTEGER PRIMARY KEY, login TEXT, token TEXT);
CREATE TABLE old (user_id INTEGER REFERENCES users, seen DATE, rank REAL, shape BLOB);
"""
SECOND = """
CREATE TABLE users (id INTEGER PRIMARY KEY, login TEXT NOT NULL, mail TEXT);
CREATE TABLE posts (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users);
"""


def heads(svg: str) -> dict[str, str]:
    """Where each table's name stands."""
    found = re.findall(r'<text class="name[^"]*" (x="[\d.]+" y="[\d.]+")>([^<]+)<', svg)
    return {name: place for place, name in found}


def test_everything_that_ever_was_has_a_place(made: Made) -> None:
    stage = diagram_through([made(FIRST), made(SECOND)])
    assert [table.label for table in stage.tables] == ["old", "posts", "users"]
    assert [column.name for column in stage["users"].columns] == ["id", "login", "token", "mail"]
    assert not stage["users"].columns[1].is_nullable
    assert {each.table for each in stage.relations} == {"old", "posts"}


def test_what_stays_does_not_move(made: Made) -> None:
    catalogs = [made(FIRST), made(SECOND)]
    stage = diagram_through(catalogs)
    first, second = (er_svg(diagram_of(each), within=stage) for each in catalogs)
    assert set(heads(first)) == {"users", "old"}
    assert set(heads(second)) == {"users", "posts"}
    assert heads(first)["users"] == heads(second)["users"]
    assert {**heads(first), **heads(second)} == heads(er_svg(stage))
    assert re.findall(r'viewBox="[^"]+"', first) == re.findall(r'viewBox="[^"]+"', second)
    assert first.count('class="line ') == second.count('class="line ') == 1


def test_changes_are_marked_on_the_stage(made: Made) -> None:
    catalogs = [made(FIRST), made(SECOND)]
    stage = diagram_through(catalogs)
    svg = er_svg(diagram_between(*catalogs, around=None), within=stage)
    assert heads(svg).keys() == {"users", "old", "posts"}
    assert 'class="sign name added"' in svg


def test_a_stage_that_lacks_something_is_passed_over(made: Made) -> None:
    catalogs = [made(FIRST), made(SECOND)]
    diagram = diagram_of(catalogs[1])
    assert er_svg(diagram, within=diagram_of(catalogs[0])) == er_svg(diagram)
