"""Clusters, centres and rings, from names and ties alone."""

from __future__ import annotations

import random
import time

from schema.tour.ordering import Graph, Tie, alone_by_name, clusters_of, nearest


def graph(*ties: str, tables: str = "") -> Graph:
    """``a>b`` is a foreign key, ``a~b`` one that only names imply."""
    made = []
    for tie in ties:
        source, mark, target = tie.partition("~" if "~" in tie else ">")
        made.append(Tie(source, target, ("x",), ("id",), "so called" if mark == "~" else None))
    named = [name for tie in made for name in (tie.source, tie.target)]
    return Graph([*named, *tables.split()], made)


def test_the_centre_is_what_most_lead_to() -> None:
    (cluster,) = clusters_of(graph("a>hub", "b>hub", "c>hub", "hub>far", "d>a"))
    assert cluster.centre == ["hub"]
    assert cluster.distances == {"hub": 0, "a": 1, "far": 1, "b": 1, "c": 1, "d": 2}


def test_a_real_key_counts_for_more_than_a_name() -> None:
    (cluster,) = clusters_of(graph("a~x", "b~x", "c~x", "a>y", "b>y"))
    assert cluster.centre[0] == "y"


def test_two_that_are_nearly_as_much_referenced_are_the_centre_together() -> None:
    ties = [f"{name}>x" for name in "abcd"] + [f"{name}>y" for name in "bcd"] + ["a>z"]
    (cluster,) = clusters_of(graph(*ties))
    assert cluster.centre == ["x", "y"]
    assert cluster.distances["z"] == 2


def test_a_table_that_leads_to_itself_is_not_referenced_by_that() -> None:
    found = graph("tree>tree", "a>b", "c>b", "tree>b")
    assert found.weight("tree") == 0
    assert clusters_of(found)[0].centre == ["b"]


def test_clusters_come_by_their_size_and_whoever_stands_alone_is_in_none() -> None:
    found = clusters_of(graph("a>b", "c>d", "e>d", tables="lonely"))
    assert [list(cluster.distances) for cluster in found] == [["d", "c", "e"], ["b", "a"]]


def test_a_tie_to_a_table_that_is_not_there_is_left_out() -> None:
    found = Graph(["a"], [Tie("a", "elsewhere")])
    assert clusters_of(found) == []


def test_each_table_is_near_one_station() -> None:
    found = nearest(graph("a>hub", "b>a", "c>b", "d>other", tables="lonely"), ["hub", "other"])
    assert found == {"hub": "hub", "other": "other", "a": "hub", "d": "other", "b": "hub",
                     "c": "hub"}  # fmt: skip


def test_who_stands_alone_is_grouped_by_the_first_word() -> None:
    found = alone_by_name(["metrics", "knobs", "metrics_calls", "sales.metrics_calls", "zoo"])
    assert found == {
        "metrics": ["metrics", "metrics_calls"],
        "": ["knobs", "sales.metrics_calls", "zoo"],
    }


def test_a_thousand_tables_are_ordered_at_once() -> None:
    chance = random.Random(5)
    names = [f"t{number}" for number in range(1000)]
    ties = [Tie(name, chance.choice(names)) for name in names for _ in range(3)]
    started = time.perf_counter()
    found = clusters_of(Graph(names, ties))
    assert time.perf_counter() - started < 1
    assert sum(map(len, found)) == 1000
