"""The layout: no box on another, no line through a box, and always the same."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schema.diagram.layout import Box, Layout, Net, Pin, Point, lay_out
from schema.diagram.layout.aligning import spread
from schema.diagram.layout.packing import components, masonry, pack


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[Box], list[Net]]:
    boxes = [
        Box(draw(st.integers(60, 260)), 26 + 19 * draw(st.integers(0, 12)))
        for _ in range(draw(st.integers(1, 14)))
    ]
    numbers = st.integers(0, len(boxes) - 1)

    def pin() -> Pin:
        box = draw(numbers)
        rows = int(boxes[box].height - 26) // 19
        row = draw(st.integers(0, max(0, rows - 1)))
        return Pin(box, 26 + 19 * (row + 0.5) if rows else 13, 5.5)

    nets = [
        Net(pin(), tuple(pin() for _ in range(draw(st.integers(1, 5)))))
        for _ in range(draw(st.integers(0, 10)))
    ]
    return boxes, nets


def rectangles(layout: Layout, boxes: list[Box]) -> list[tuple[float, float, float, float]]:
    return [
        (at.x, at.y, at.x + wide, at.y + box.height)
        for at, wide, box in zip(layout.places, layout.widths, boxes, strict=True)
    ]


def steps(layout: Layout) -> Iterator[tuple[Point, Point]]:
    for net in layout.paths:
        for path in net:
            yield from pairwise(path)


@given(graphs(), st.sampled_from([300, 800, 1100]))
@settings(max_examples=60)
def test_no_two_boxes_overlap(graph: tuple[list[Box], list[Net]], width: float) -> None:
    boxes, nets = graph
    found = rectangles(lay_out(boxes, nets, width), boxes)
    for number, (left, top, right, bottom) in enumerate(found):
        for left2, top2, right2, bottom2 in found[:number]:
            assert right <= left2 or right2 <= left or bottom <= top2 or bottom2 <= top


@given(graphs())
@settings(max_examples=60)
def test_every_line_is_level_or_upright_and_ends_at_its_boxes(
    graph: tuple[list[Box], list[Net]],
) -> None:
    boxes, nets = graph
    layout = lay_out(boxes, nets, 1100)
    found = rectangles(layout, boxes)
    assert all(a.x == b.x or a.y == b.y for a, b in steps(layout))
    for net, paths in zip(nets, layout.paths, strict=True):
        for pin, path in zip(net.children, paths, strict=True):
            for end, place in ((net.target, path[0]), (pin, path[-1])):
                left, top, right, bottom = found[end.box]
                assert place.x in (left, right)
                assert top < place.y < bottom
                assert abs(place.y - top - end.y) <= end.room + 1e-6


@given(graphs())
@settings(max_examples=60)
def test_no_line_runs_through_a_box_or_out_of_the_picture(
    graph: tuple[list[Box], list[Net]],
) -> None:
    boxes, nets = graph
    layout = lay_out(boxes, nets, 1100)
    for a, b in steps(layout):
        low, high = sorted((a.x, b.x))
        up, down = sorted((a.y, b.y))
        assert low >= 0
        assert up >= 0
        assert high <= layout.width
        assert down <= layout.height
        for left, top, right, bottom in rectangles(layout, boxes):
            assert high <= left or right <= low or down <= top or bottom <= up


@given(graphs())
@settings(max_examples=30)
def test_upright_lines_of_different_nets_never_lie_on_one_another(
    graph: tuple[list[Box], list[Net]],
) -> None:
    boxes, nets = graph
    upright: dict[float, list[tuple[float, float, int]]] = {}
    for number, paths in enumerate(lay_out(boxes, nets, 1100).paths):
        for path in paths:
            for a, b in pairwise(path):
                if a.x == b.x:
                    upright.setdefault(a.x, []).append((*sorted((a.y, b.y)), number))
    for found in upright.values():
        for top, bottom, number in found:
            for top2, bottom2, number2 in found:
                assert number == number2 or bottom < top2 or bottom2 < top


@given(graphs())
@settings(max_examples=20)
def test_the_same_boxes_are_always_laid_out_alike(graph: tuple[list[Box], list[Net]]) -> None:
    assert lay_out(*graph, 900) == lay_out(*graph, 900)


def test_a_row_of_boxes_is_no_wider_than_asked_for() -> None:
    boxes = [Box(200, 100)] * 30
    nets = [Net(Pin(n, 50), (Pin(n + 1, 50),)) for n in range(29)]
    assert lay_out(boxes, nets, 1100).width <= 1100
    assert lay_out(boxes, nets, 700).width <= 700


def test_two_related_boxes_stand_side_by_side_with_a_straight_line() -> None:
    layout = lay_out([Box(100, 60), Box(100, 90)], [Net(Pin(0, 30), (Pin(1, 70),))], 800)
    assert layout.places[0].x != layout.places[1].x
    [[path]] = layout.paths
    assert len(path) == 2


@given(
    st.lists(st.floats(-100, 500), min_size=1, max_size=8),
    st.lists(st.floats(1, 80), min_size=7, max_size=7),
)
def test_what_is_spread_keeps_its_order_and_distances(
    wanted: list[float], distances: list[float]
) -> None:
    found = spread(wanted, distances[: len(wanted) - 1], 0, 300)
    assert len(found) == len(wanted)
    assert found[0] >= -1e-6
    for before, after, distance in zip(found, found[1:], distances, strict=False):
        assert after - before >= distance - 1e-6


def test_what_has_room_stands_where_it_wants_to() -> None:
    assert spread([10, 50, 200], [20, 20], 0, 300) == [10, 50, 200]
    assert spread([10, 10], [20], 0, 300) == [0, 20]


@given(st.lists(st.tuples(st.integers(20, 300), st.integers(20, 300)), max_size=12))
@settings(max_examples=50)
def test_packed_rectangles_do_not_overlap(sizes: list[tuple[int, int]]) -> None:
    boxes = [Box(*size) for size in sizes]
    for packed in (pack(boxes, 600, 10), masonry(boxes, 600, 10)):
        found = [
            (at.x, at.y, at.x + box.width, at.y + box.height)
            for at, box in zip(packed.places, boxes, strict=True)
        ]
        for number, (left, top, right, bottom) in enumerate(found):
            assert right <= packed.width
            assert bottom <= packed.height
            for left2, top2, right2, bottom2 in found[:number]:
                assert right <= left2 or right2 <= left or bottom <= top2 or bottom2 <= top


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [([], [[0], [1], [2], [3]]), ([(3, 1)], [[1, 3], [0], [2]]), ([(0, 0)], [[0], [1], [2], [3]])],
)
def test_what_is_connected_is_one_component(
    pairs: list[tuple[int, int]], expected: list[list[int]]
) -> None:
    assert components(4, pairs) == expected
