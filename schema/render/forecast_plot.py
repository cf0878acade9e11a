"""One step's cost as a plot: what was measured, the law, its range, and what production can expect.

Rows and seconds are both on logarithmic scales: what costs in proportion is a straight line.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from schema.rehearsal.forecast import Expected, Fit, Point
from schema.render.lanes import text_width
from schema.render.theme import BACKGROUND, BORDER, FAINT, FONT, TEXT, join, ours, text
from schema.wording import compact, duration

__all__ = ["PLOT_STYLE", "plot"]

#: Pixels: the drawing, and the space around its axes.
WIDTH, HEIGHT = 372, 232
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 16, 24, 38
_STEPS = 48

_LINE = "var(--jp-brand-color1, #1976d2)"
_ASKED = "var(--jp-warn-color1, #f57c00)"

PLOT_STYLE = ours(f"""<style>
.swb-plot text {{ font: 11px {FONT}; fill: {FAINT}; }}
.swb-plot .end {{ text-anchor: end; }}
.swb-plot .middle {{ text-anchor: middle; }}
.swb-plot .said {{ fill: {TEXT}; font-weight: 600; }}
.swb-plot .halo {{ paint-order: stroke; stroke: {BACKGROUND}; stroke-width: 4px;
  stroke-linejoin: round; }}
.swb-plot .grid {{ stroke: {BORDER}; stroke-width: 1; }}
.swb-plot .axis {{ stroke: {FAINT}; stroke-width: 1; }}
.swb-plot .range {{ fill: {_LINE}; fill-opacity: .16; stroke: none; }}
.swb-plot .law {{ fill: none; stroke: {_LINE}; stroke-width: 2; }}
.swb-plot .beyond {{ stroke-dasharray: 5 4; }}
.swb-plot .point {{ fill: {_LINE}; stroke: {BACKGROUND}; stroke-width: 1; }}
.swb-plot .asked {{ stroke: {_ASKED}; stroke-width: 2; fill: none; }}
.swb-plot .asked.rule {{ stroke-width: 1; stroke-dasharray: 2 3; }}
.swb-plot .asked.mark {{ fill: {BACKGROUND}; }}
</style>""")

#: Where an axis of seconds may have a mark, and what stands there.
_SECONDS = {
    1e-4: "0.1 ms", 1e-3: "1 ms", 1e-2: "10 ms", 0.1: "100 ms", 1.0: "1 s", 10.0: "10 s",
    60.0: "1 min", 600.0: "10 min", 3600.0: "1 h", 36_000.0: "10 h", 86_400 * 5.0: "5 days",
    86_400 * 50.0: "50 days",
}  # fmt: skip
_BETWEEN = {
    0.03: "30 ms",
    0.3: "300 ms",
    3.0: "3 s",
    30.0: "30 s",
    300.0: "5 min",
    1800.0: "30 min",
}


@dataclass(frozen=True, slots=True)
class _Scale:
    """A logarithmic axis: ``low`` to ``high`` in values is ``start`` to ``end`` in pixels."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        part = math.log(max(value, self.low) / self.low) / math.log(self.high / self.low)
        return self.start + (self.end - self.start) * min(part, 1.0)

    def between(self, low: float, high: float, count: int) -> list[float]:
        """Values at equal distances on the axis."""
        step = math.log(high / low) / count
        return [low * math.exp(step * number) for number in range(count + 1)]


def plot(fit: Fit, points: Sequence[Point], expected: Expected | None, about: str) -> Markup:
    """The plot as inline SVG; ``about`` is what it shows, for those who cannot see it."""
    if expected is not None and expected.seconds is None:
        expected = None
    across, up = _scales(fit, points, expected)
    parts = [
        _grid(across, up),
        _range(fit, across, up),
        _law(fit, across, up),
        *(_point(point, across, up) for point in points),
        Markup() if expected is None else _asked(expected, across, up),
    ]
    whole = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" class="swb-plot" role="img" aria-label="{about}"'
        ' width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        ' style="max-width:100%"><title>{about}</title>{content}</svg>'
    )
    return whole.format(about=text(about), width=WIDTH, height=HEIGHT, content=join(parts))


def _scales(fit: Fit, points: Sequence[Point], expected: Expected | None) -> tuple[_Scale, _Scale]:
    rows = [max(point.rows, 1) for point in points]
    times = [max(point.seconds, 1e-4) for point in points]
    left, right = min(rows) / 1.4, max(rows) * 1.4
    times += [fit.expect(min(rows)), fit.expect(max(rows)), fit.range(max(rows))[1]]
    if expected is not None and expected.rows > 0:
        left, right = min(left, expected.rows / 1.4), max(right, expected.rows * 1.5)
        times += [expected.seconds or 0.0, expected.low or 0.0, expected.high or 0.0]
    low, high = max(min(times), min(1e-3, *times[: len(points)])) / 1.5, max(times) * 1.5
    high = max(high, low * 10)
    return (
        _Scale(left, right, _LEFT, WIDTH - _RIGHT),
        _Scale(low, high, HEIGHT - _BOTTOM, _TOP),
    )


# -- axes -------------------------------------------------------------------------------------


def _grid(across: _Scale, up: _Scale) -> Markup:
    bottom, right = HEIGHT - _BOTTOM, WIDTH - _RIGHT
    parts: list[Markup] = []
    for value, said in _time_marks(up):
        y = up.at(value)
        parts += [_segment("grid", _LEFT, y, right, y), _said(said, _LEFT - 6, y + 4, "end")]
    for value in _row_marks(across):
        x = across.at(value)
        parts += [
            _segment("grid", x, _TOP, x, bottom),
            _said(compact(value), x, bottom + 15, "middle"),
        ]
    parts += [
        _segment("axis", _LEFT, bottom, right, bottom),
        _segment("axis", _LEFT, _TOP, _LEFT, bottom),
        _said("rows", (_LEFT + right) / 2, HEIGHT - 6, "middle"),
        _said("time", _LEFT - 6, 12, "end"),
    ]
    return join(parts)


def _time_marks(up: _Scale) -> list[tuple[float, str]]:
    marks = [(value, said) for value, said in _SECONDS.items() if up.low <= value <= up.high]
    if len(marks) < 3:
        more = {**_SECONDS, **_BETWEEN}
        marks = [(value, more[value]) for value in sorted(more) if up.low <= value <= up.high]
    return _apart(marks, lambda mark: up.at(mark[0]), 15)


def _row_marks(across: _Scale) -> list[float]:
    powers = range(math.floor(math.log10(across.low)), math.ceil(math.log10(across.high)) + 1)
    marks = [10.0**power for power in powers if across.low <= 10.0**power <= across.high]
    if len(marks) < 3:
        steps = [factor * 10.0**power for power in powers for factor in (1, 2, 5)]
        marks = [value for value in steps if max(across.low, 1) <= value <= across.high]
    return _apart(marks, across.at, 34)


def _apart(marks: list, place: Callable, least: float) -> list:  # type: ignore[type-arg]
    """The marks without those that lie too close to the one before."""
    kept: list = []  # type: ignore[type-arg]
    for mark in marks:
        if not kept or abs(place(mark) - place(kept[-1])) >= least:
            kept.append(mark)
    return kept


# -- what is drawn ----------------------------------------------------------------------------


def _range(fit: Fit, across: _Scale, up: _Scale) -> Markup:
    """The area in which 9 of 10 measurements lie."""
    rows = across.between(across.low, across.high, _STEPS)
    ranges = [fit.range(each) for each in rows]
    there = [(across.at(n), up.at(high)) for n, (_low, high) in zip(rows, ranges, strict=True)]
    back = [(across.at(n), up.at(low)) for n, (low, _high) in zip(rows, ranges, strict=True)]
    return Markup('<path class="range" d="{}Z"/>').format(_path([*there, *reversed(back)]))


def _law(fit: Fit, across: _Scale, up: _Scale) -> Markup:
    """The law as a line, dashed where nothing was measured."""
    first, last = max(fit.sizes[0].rows, across.low), max(fit.largest, across.low)
    parts = [(across.low, first, " beyond"), (first, last, ""), (last, across.high, " beyond")]
    lines = []
    for start, end, name in parts:
        if end > start:
            rows = across.between(start, end, _STEPS // 2)
            path = _path([(across.at(n), up.at(fit.expect(n))) for n in rows])
            lines.append(Markup('<path class="law{}" d="{}"/>').format(name, path))
    return join(lines)


def _point(point: Point, across: _Scale, up: _Scale) -> Markup:
    dot = Markup('<circle class="point" cx="{:.1f}" cy="{:.1f}" r="4"><title>{}</title></circle>')
    said = f"{point.rows:,} rows: {duration(point.seconds)}"
    return dot.format(across.at(point.rows), up.at(point.seconds), said)


def _asked(expected: Expected, across: _Scale, up: _Scale) -> Markup:
    """The rows that were asked for, with the expected time as a ring, and its range as a bar."""
    x, y = across.at(expected.rows), up.at(expected.seconds or 0.0)
    top, bottom = up.at(expected.high or 0.0), up.at(expected.low or 0.0)
    said = duration(expected.seconds or 0.0)
    half = text_width(said, 12) / 2
    place = min(max(x, _LEFT + half), WIDTH - half - 2)
    return join(
        [
            _segment("asked rule", x, _TOP, x, HEIGHT - _BOTTOM),
            _segment("asked", x, top, x, bottom),
            _segment("asked", x - 5, top, x + 5, top),
            _segment("asked", x - 5, bottom, x + 5, bottom),
            Markup('<circle class="asked mark" cx="{:.1f}" cy="{:.1f}" r="5"/>').format(x, y),
            _said(said, place, 14, "middle said halo"),
        ]
    )


def _path(places: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)


def _segment(name: str, x: float, y: float, to_x: float, to_y: float) -> Markup:
    line = Markup('<line class="{}" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>')
    return line.format(name, x, y, to_x, to_y)


def _said(content: str, x: float, y: float, name: str) -> Markup:
    return Markup('<text class="{}" x="{:.1f}" y="{:.1f}">{}</text>').format(name, x, y, content)
