"""A schema is told from its centre outwards, each station with its reason in words."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from schema.catalog import Catalog, read_catalog
from schema.tables import Models
from schema.tables.models import ModelTable
from schema.tour import Tour, tour_of

CITY = """
CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL, boss_id INTEGER REFERENCES person);
CREATE TABLE orders (id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL REFERENCES person);
CREATE TABLE line (id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL REFERENCES orders, item TEXT);
CREATE TABLE address (id INTEGER PRIMARY KEY, person_id INTEGER REFERENCES person);
CREATE TABLE log_entry (said TEXT);
CREATE TABLE log_level (level TEXT PRIMARY KEY);
CREATE TABLE knob (name TEXT PRIMARY KEY);
"""


@pytest.fixture
def read(tmp_path: Path) -> Callable[[str], Catalog]:
    """Makes a database of some SQL, and gives its catalog."""

    def made(sql: str) -> Catalog:
        path = tmp_path / "made.sqlite"
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(f"BEGIN; {sql}; COMMIT")
        return read_catalog(f"sqlite:///{path}")

    return made


def tables(tour: Tour) -> dict[str, list[str]]:
    return {part: [station.table for station in stations] for part, stations in tour.parts()}


def test_it_goes_from_the_centre_outwards(read: Callable[[str], Catalog]) -> None:
    tour = tour_of(read(CITY))
    assert tables(tour) == {
        "At the centre": ["person"],
        "One step away": ["orders", "address"],
        "Two steps away": ["line"],
        "On their own": ["log_entry", "log_level", "knob"],
    }
    assert tour.groups == ()
    assert tour.centre == ("person",)
    assert [station.distance for station in tour] == [0, 1, 1, 2, None, None, None]


def test_each_station_has_its_reason(read: Callable[[str], Catalog]) -> None:
    person = ModelTable("person", None, "person", "Whoever buys.", {}, (), ())
    tour = tour_of(read(CITY), models=Models(None, (person,), ()))
    reasons = {station.table: station.reason for station in tour}
    assert reasons["person"] == "2 tables lead here, more than to any other"
    assert reasons["line"] == "leads to orders by order_id"
    assert reasons["knob"] == "no key leads to it or from it"
    assert reasons["log_level"].endswith("one of 2 that are named log…")
    centre = tour[0]
    assert centre.purpose == "Whoever buys."
    assert centre.columns == 3
    assert centre.referenced_by == ("address", "orders")
    assert [remark.column for remark in centre.remarks] == ["boss_id"]
    said = [remark.message for station in tour for remark in station.remarks]
    assert "It has no primary key." in said


def test_of_many_tables_the_rest_is_grouped(read: Callable[[str], Catalog]) -> None:
    tour = tour_of(read(CITY), most=2)
    assert [station.table for station in tour] == ["person", "orders"]
    assert [group.to_dict() for group in tour.groups] == [
        {"title": "Around person", "tables": ["address"]},
        {"title": "Around orders", "tables": ["line"]},
        {"title": "Named log_…", "tables": ["log_entry", "log_level"]},
        {"title": "Alone", "tables": ["knob"]},
    ]
    assert tour.station("knob") is None


def test_an_empty_schema_has_an_empty_tour(read: Callable[[str], Catalog]) -> None:
    tour = tour_of(read("SELECT 1"))
    assert list(tour) == []
    assert tour.centre == ()
    assert tour.frame().empty
    assert tour.to_dict() == {"stations": [], "groups": [], "notes": []}


def test_it_is_a_table_and_json(read: Callable[[str], Catalog]) -> None:
    tour = tour_of(read(CITY))
    frame = tour.frame()
    assert list(frame["table"]) == [station.table for station in tour]
    assert frame.loc[0, "referenced_by"] == "address, orders"
    assert tour.to_dict()["stations"][0]["remarks"][0]["column"] == "boss_id"


def test_a_thousand_tables_are_toured_within_seconds(read: Callable[[str], Catalog]) -> None:
    sql = "".join(
        f"CREATE TABLE t{n} (id INTEGER PRIMARY KEY, up_id INTEGER REFERENCES t{n // 7});\n"
        for n in range(1000)
    )
    catalog = read(sql)
    started = time.perf_counter()
    tour = tour_of(catalog)
    assert time.perf_counter() - started < 3
    assert len(tour) == 40
    seen = [station.table for station in tour]
    seen += [table for group in tour.groups for table in group.tables]
    assert sorted(seen) == sorted(f"t{n}" for n in range(1000))
