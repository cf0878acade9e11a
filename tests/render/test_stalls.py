"""The picture of who waits while a step runs: scales, labels, what a screen reader is told."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from schema import render, report
from schema.rehearsal.stalls import Held, Probe, Segment, Stall, StallRun, Stalls
from schema.render.stall_picture import stall_picture

QUEUE = "migration ← long reader"
NAME = "<in&voice>"


def run(seconds: float = 3.4, *stalls: Stall, error: str | None = None) -> StallRun:
    return StallRun(
        "load",
        None,
        seconds,
        error,
        (NAME,),
        stalls,
        probes=(
            Probe("reader", NAME, 300, 0.001, 0.02, (('column "<x>" does not exist', 7),)),
            Probe("writer", NAME, 2, 0.9, 3.2),
        ),
        held=(Held(NAME, "ShareLock", 0.1, 3.2),),
        segments=(Segment("CREATE INDEX <i> ON t (a)", 0.0, seconds),),
        long_reader=Segment("SELECT 1", -0.2, 2.0),
    )


WRITER = Stall("writer", NAME, 0.1, 3.2, "migration")


def bars(svg: str, name: str) -> list[tuple[float, float]]:
    """Left and width of all bars of a class, the legend's left out."""
    found = re.findall(rf'<rect class="{name}" x="([\d.]+)" y="[\d.]+" width="([\d.]+)"', svg)
    return [(float(x), float(width)) for x, width in found if width != "22.0"]


def svg_of(html: str) -> ET.Element:
    found = re.search(r"<svg.*?</svg>", html, re.S)
    assert found
    return ET.fromstring(found[0])


def test_a_stall_is_a_hatched_bar_with_its_seconds_and_a_tip() -> None:
    svg = str(stall_picture([("Under load", run(3.4, WRITER))]))
    [(left, width)] = bars(svg, "blocked")
    [(begin, step)] = bars(svg, "step")
    assert abs(width / step - 3.2 / 3.4) < 0.01
    assert left > begin
    assert svg.count('class="hatch"') == 2, "one in the legend"
    assert ">3.20 s behind migration</text>" in svg
    assert "waits 3.20 s behind the migration" in svg
    assert ">SHARE</text>" in svg


def test_all_runs_have_the_same_scale() -> None:
    svg = str(stall_picture([("a", run(4.0)), ("b", run(1.0))]))
    [(_, long), (_, short)] = bars(svg, "step")
    assert abs(long / short - 4) < 0.1


def test_names_and_sql_are_text_and_the_picture_is_told_in_words() -> None:
    html = render.stalls_html(Stalls((run(3.4, WRITER, error="no <luck>"),), ("left <out>",)))
    assert "<in&voice>" not in html
    assert "<i>" not in html
    assert "<luck>" not in html
    assert "<out>" not in html
    svg = svg_of(html)
    assert svg.get("role") == "img"
    assert "writer 3.20 s" in (svg.get("aria-label") or "")
    assert "max-width" in (svg.get("style") or "")
    assert "<a " not in html
    assert "url(#" not in html, "what is looked up by id is lost when its owner is folded away"
    assert "✗ failed" in html


def test_a_wait_without_a_lock_is_drawn_otherwise() -> None:
    slow = Stall("reader", NAME, 0.5, 0.4, None)
    found = run(3.4, slow)
    svg = str(stall_picture([("Under load", found)]))
    assert bars(svg, "blocked") == []
    assert len(bars(svg, "slow")) == 1
    assert found.waited == ()


def test_a_run_of_no_time_and_no_runs_can_be_drawn() -> None:
    assert stall_picture([]) == ""
    assert "<svg" in stall_picture([("nothing", run(0.0))])


def test_compared_steps_stand_together_under_each_scenario() -> None:
    html = render.compared_stalls_html(
        {"without <c>": Stalls((run(3.4, WRITER),)), "with": Stalls((run(),))}
    )
    assert "Under load, without &lt;c&gt;" in html
    assert "Under load, with<" in html
    assert html.count("<svg") == 1


def test_the_report_tells_who_waited_and_what_fails() -> None:
    found = Stalls((run(3.4, WRITER),), ("other",))
    said = report.text(found, width=200)
    assert "writers of <in&voice> waited up to 3.20 s behind the migration" in said
    assert "7× column" in said
    assert "Without probes, as there are many tables: other." in said
    assert "| writer |" in report.markdown(found)


def test_a_notebook_shows_the_picture() -> None:
    bundle = Stalls((run(3.4, WRITER),))._repr_mimebundle_()
    assert "<svg" in bundle["text/html"]
    assert "waited up to 3.20 s" in bundle["text/plain"]
