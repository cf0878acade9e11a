"""A forecast on a page: each costly step drawn, what is poor in words, hostile names as text."""

from __future__ import annotations

import math
import random
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import Any

import pytest

from schema import report
from schema.compare import Differences
from schema.rehearsal import Lock, Statement, Step
from schema.rehearsal.forecast import Forecast, Run, forecast_of
from schema.render import expectation_html, forecast_html

SVG = "{http://www.w3.org/2000/svg}"


def step(revision: str, seconds: float, events: int, message: str = "", **more: Any) -> Step:
    return Step(
        revision=revision,
        message=message or f"the step {revision}",
        direction="up",
        seconds=seconds,
        statements=(Statement("UPDATE events SET a = 1", seconds, events),),
        differences=Differences(),
        rows_before={"events": events},
        rows_after={"events": events},
        **more,
    )


def forecast(message: str = "") -> Forecast:
    chance = random.Random(1)
    runs = []
    for fraction in (0.01, 0.03, 0.1, 1.0):
        rows = round(1_500_000 * fraction)
        costly = 0.01 + 4e-6 * rows * math.exp(chance.gauss(0, 0.05))
        wild = {0.01: 0.5, 0.03: 0.05, 0.1: 0.7, 1.0: 0.1}[fraction]
        lock = Lock("events", "table", "AccessExclusiveLock", 0, costly)
        steps = (
            step("aaa111", costly, rows, message, locks=(lock,)),
            step("bbb222", 0.003, rows),
            step("ccc333", wild, rows),
        )
        runs.append(Run(fraction, steps, round(4e8 * fraction)))
    return forecast_of(runs, memory=8 * 10**9)


def drawings(page: str) -> list[ET.Element]:
    return [ET.fromstring(each) for each in re.findall(r"<svg.*?</svg>", page, re.S)]


def texts(drawing: ET.Element) -> list[str]:
    return [node.text or "" for node in drawing.iter(f"{SVG}text")]


def test_each_step_that_costs_is_drawn_and_all_are_in_the_table(read: Any) -> None:
    page = forecast_html(forecast().asking("50M"))
    assert len(drawings(page)) == 2
    said = read(page).said
    assert all(revision in said for revision in ("aaa111", "bbb222", "ccc333"))
    assert "1 step of less than 50 ms not drawn." in said
    assert "At 50,000,000 rows in all" in said


def test_a_drawing_is_an_image_with_its_meaning_in_words() -> None:
    drawing = drawings(forecast_html(forecast().asking("50M")))[0]
    assert drawing.get("role") == "img"
    about = drawing.get("aria-label") or ""
    assert drawing[0].tag == f"{SVG}title"
    assert drawing[0].text == about
    assert "the cost grows with the rows" in about
    assert "at 50,000,000 rows 3 min" in about


def test_points_law_range_and_what_was_asked_lie_within_the_drawing() -> None:
    page = forecast_html(forecast().asking("50M"))
    for drawing in drawings(page):
        width, height = (float(drawing.get(name) or 0) for name in ("width", "height"))
        circles = list(drawing.iter(f"{SVG}circle"))
        assert len([each for each in circles if each.get("class") == "point"]) == 4
        assert len([each for each in circles if each.get("class") == "asked mark"]) == 1
        for circle in circles:
            assert 0 < float(circle.get("cx") or 0) < width
            assert 0 < float(circle.get("cy") or 0) < height
        paths = {each.get("class"): each.get("d") or "" for each in drawing.iter(f"{SVG}path")}
        assert {"range", "law", "law beyond"} <= set(paths)
        numbers = [float(each) for d in paths.values() for each in re.findall(r"-?[\d.]+", d)]
        assert min(numbers) >= 0
        assert max(numbers) <= max(width, height)


def test_more_rows_and_more_seconds_lie_further_to_the_right_and_up() -> None:
    drawing = drawings(forecast_html(forecast().asking("50M")))[0]
    points = [
        (float(each.get("cx") or 0), float(each.get("cy") or 0))
        for each in drawing.iter(f"{SVG}circle")
    ]
    assert points == sorted(points)
    assert [y for _x, y in points] == sorted((y for _x, y in points), reverse=True)


def test_axes_are_marked_in_rows_and_in_time() -> None:
    found = texts(drawings(forecast_html(forecast().asking("50M")))[0])
    assert {"rows", "time", "100k", "1M", "10M", "1 s", "10 s"} <= set(found)


def test_a_poor_fit_is_told_in_words_beside_its_drawing(read: Any) -> None:
    page = forecast_html(forecast())
    figures = re.findall(r"<figure>.*?</figure>", page, re.S)
    assert "⚠" not in figures[0]
    assert "does not follow the rows" in figures[1]
    assert "poor fit" in read(page).said


def test_nothing_asked_marks_nothing(read: Any) -> None:
    page = forecast_html(forecast())
    assert "asked mark" not in page.partition("</style>")[2].replace("asked.mark", "")
    assert "At the rows that are there" in read(page).said


def test_blocked_tables_and_limits_of_memory_are_told(read: Any) -> None:
    said = read(forecast_html(forecast().asking("50x"))).said
    assert "How long others have to wait" in said
    assert "reads, writes, ddl" in said
    assert "more than this machine's memory of 8.00 GB" in said
    assert "50 times the most rows that were measured" in said


def test_only_the_costliest_of_many_steps_are_drawn(read: Any) -> None:
    some = forecast()
    many = tuple(replace(some.steps[0], revision=f"r{number:03}") for number in range(50))
    page = forecast_html(replace(some, steps=many))
    assert len(drawings(page)) == 12
    assert "38 steps more that cost less than these not drawn." in read(page).said
    assert len(page) < 250_000


def test_hostile_names_are_text(read: Any, hostile: str) -> None:
    page = forecast_html(forecast(hostile).asking("10x"))
    found = read(page)
    assert {"script", "img", "a", "b"} & set(found.tags) <= {"b"}
    assert "\u202e" not in page
    assert "\x1b" not in report.text(forecast(hostile), width=100)


def test_colours_are_jupyters() -> None:
    page = forecast_html(forecast().asking("10x"))
    for drawing in re.findall(r"<svg.*?</svg>", page, re.S):
        assert not re.search(r"#[0-9a-fA-F]{3,6}", drawing)


def test_expectations_and_empty_forecasts_are_shown_too(read: Any) -> None:
    assert "30 times the rows" in read(expectation_html(forecast().expect("30x"))).said
    assert "No step was measured" in read(forecast_html(forecast_of([]))).said
    bundle = forecast()._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}


@pytest.mark.parametrize("asked", ["1x", "33x", "100000x", "events=1"])
def test_any_number_of_rows_can_be_drawn(asked: str) -> None:
    for drawing in drawings(forecast_html(forecast().asking(asked))):
        assert len(texts(drawing)) > 6


def test_a_report_tells_the_same_in_a_terminal_and_in_markdown() -> None:
    asked = forecast().asking("10x")
    said = report.text(asked, width=120)
    assert said.startswith("At 10 times the rows: ")
    assert "⚠ ccc333: the cost does not follow the rows" in said
    assert "How long others have to wait" in said
    assert "What was measured" in said
    markdown = report.markdown(asked)
    assert "| ↑ aaa111 | the step aaa111 | 15,000,000 |" in markdown
    assert "1,500,000: 5.78 s" in markdown
    assert report.plain(asked)["expected"]["asked"]["factor"] == 10  # type: ignore[call-overload]
    assert report.text(asked.expect(), width=120).startswith("At 10 times the rows: ")
    assert "nothing to tell" in report.text(forecast_of([]))
