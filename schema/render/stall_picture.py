"""Who waits while a step runs, as one inline SVG: time from left to right, tables downwards.

All runs in a picture have the same scale, so that with and without a lock_timeout, or an index
made with and without CONCURRENTLY, compare at a glance. No links, no ids: see schema.render.lanes,
and a pattern that is looked up by id is lost when its first owner on the page is folded away.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from schema.rehearsal.stalls import Held, Segment, Stall, StallRun
from schema.render.lanes import cut, text_width
from schema.render.theme import BACKGROUND, BORDER, FAINT, FONT, MONO, TEXT, join, ours, text
from schema.wording import duration

__all__ = ["stall_picture"]

#: Pixels: the whole width, where time begins and ends, a lane's height, and what is in it.
WIDTH, LEFT, RIGHT = 760, 178, 744
LANE, BAR = 19, 13
_TITLE, _AXIS, _MODES, _BETWEEN = 24, 24, 13, 14
#: So many statements are drawn, the longest: in a loop of thousands one could not see them anyway.
_MOST_SEGMENTS = 400
_SMALL, _SAMPLE = 11, 22
#: So much wider bold letters are.
_BOLD = 1.1

_BAD = "var(--jp-error-color1, #d32f2f)"
_WARN = "var(--jp-warn-color1, #f57c00)"
_INFO = "var(--jp-brand-color1, #1976d2)"
_GOOD = "var(--jp-success-color1, #388e3c)"

_STYLE = ours(f"""<style>
.swb-stalls text {{ font: 13px {FONT}; fill: {TEXT}; dominant-baseline: central; }}
.swb-stalls .small {{ font-size: {_SMALL}px; }}
.swb-stalls .mono {{ font: {_SMALL}px {MONO}; }}
.swb-stalls .faint {{ fill: {FAINT}; }}
.swb-stalls .bold {{ font-weight: 600; }}
.swb-stalls .end {{ text-anchor: end; }}
.swb-stalls .middle {{ text-anchor: middle; }}
.swb-stalls .halo {{ font-weight: 600; font-size: {_SMALL}px; stroke: {BACKGROUND};
  stroke-width: 3.5px; stroke-linejoin: round; paint-order: stroke; }}
.swb-stalls .grid {{ stroke: {BORDER}; stroke-width: 1; }}
.swb-stalls .zero {{ stroke: {FAINT}; stroke-width: 1; }}
.swb-stalls .free {{ stroke: {_GOOD}; stroke-width: 2; opacity: .55; }}
.swb-stalls .step {{ fill: {_INFO}; fill-opacity: .12; }}
.swb-stalls .statement {{ fill: {_INFO}; fill-opacity: .3; stroke: {_INFO}; stroke-width: 1; }}
.swb-stalls .long {{ fill: {FAINT}; fill-opacity: .25; stroke: {FAINT}; stroke-width: 1; }}
.swb-stalls .blocked {{ fill: {_BAD}; fill-opacity: .3; stroke: {_BAD}; stroke-width: 1.2; }}
.swb-stalls .under {{ fill: {BACKGROUND}; }}
.swb-stalls .hatch {{ fill: none; stroke: {_BAD}; stroke-width: 1.4; }}
.swb-stalls .slow {{ fill: none; stroke: {FAINT}; stroke-width: 1; stroke-dasharray: 2 2; }}
.swb-stalls .held {{ fill: {_WARN}; fill-opacity: .07; stroke: {_WARN}; stroke-width: 1.4; }}
.swb-stalls .mild {{ fill: none; stroke: {FAINT}; stroke-width: 1; stroke-dasharray: 1 3; }}
.swb-stalls .failed {{ fill: {_BAD}; font-weight: 700; }}
</style>""")

_RECT = Markup('<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>')
_LINE = Markup('<line class="{}" x1="{:.1f}" x2="{:.1f}" y1="{:.1f}" y2="{:.1f}"/>')


def stall_picture(runs: Sequence[tuple[str, StallRun]]) -> Markup:
    """Each run under its title, all on the same scale of time; nothing for no runs."""
    if not runs:
        return Markup()
    scale = _Scale.of([run for _, run in runs])
    parts = [_STYLE, _legend()]
    top = float(_TITLE)
    for title, run in runs:
        drawn = _Drawn(run, scale, top)
        parts += drawn.parts(title)
        top = drawn.bottom + _BETWEEN
    about = "Who waits while the step runs. " + " ".join(
        f"{title}: {_figures(run)}." for title, run in runs
    )
    whole = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" class="swb-stalls" role="img" aria-label="{about}"'
        ' width="100%" viewBox="0 0 {width} {height:.0f}" style="min-width:540px;max-width:940px;'
        'background:none"><title>{about}</title>{content}</svg>'
    )
    return whole.format(
        about=text(about),
        width=WIDTH,
        height=top,
        content=join(parts),
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    """Seconds to pixels."""

    start: float
    end: float

    @classmethod
    def of(cls, runs: Sequence[StallRun]) -> _Scale:
        ends = [run.seconds for run in runs]
        ends += [stall.end for run in runs for stall in run.stalls]
        span = max([*ends, 0.01])
        starts = [stall.start for run in runs for stall in run.stalls]
        room = 1.02 if all(run.error is None for run in runs) else 1.12  # for "failed"
        return cls(max(min([*starts, 0.0]), -span) - span * 0.04, span * room)

    def x(self, seconds: float) -> float:
        share = (seconds - self.start) / (self.end - self.start)
        return LEFT + min(1.0, max(0.0, share)) * (RIGHT - LEFT)

    def ticks(self) -> list[float]:
        """Whole steps of 1, 2 or 5 times a power of ten, about six of them."""
        rough = (self.end - max(0.0, self.start)) / 6
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(power * times for times in (1, 2, 5, 10) if power * times >= rough)
        return [number * step for number in range(int(self.end / step) + 1)]


@dataclass(frozen=True, slots=True)
class _Drawn:
    """One run, from ``top`` downwards."""

    run: StallRun
    scale: _Scale
    top: float

    @property
    def tables(self) -> list[str]:
        """The tables in the order of their probes."""
        return list(dict.fromkeys(probe.table for probe in self.run.probes))

    @property
    def watched(self) -> float:
        """Until when the probes were at work, at least."""
        return max([self.run.seconds, *(stall.end for stall in self.run.stalls)])

    @property
    def lanes_top(self) -> float:
        return self.top + _TITLE

    @property
    def tables_top(self) -> float:
        return self.lanes_top + LANE * (1 if self.run.long_reader is None else 2) + 4

    @property
    def lanes_bottom(self) -> float:
        lanes = sum(len(self._who(table)) for table in self.tables)
        return self.tables_top + lanes * LANE + len(self.tables) * (_MODES + 3)

    @property
    def bottom(self) -> float:
        return self.lanes_bottom + _AXIS

    def parts(self, title: str) -> Iterator[Markup]:
        """The title, then time's grid, then the lanes."""
        y = self.top + _TITLE / 2
        figures = _figures(self.run)
        yield _text(cut(title, (RIGHT - text_width(figures, _SMALL) - 16) / _BOLD), 0, y, "bold")
        yield _text(figures, RIGHT, y, "end small")
        yield from self._axis()
        yield from self._migration(self.lanes_top)
        if self.run.long_reader is not None:
            yield from self._long_reader(self.run.long_reader, self.lanes_top + LANE)
        y = self.tables_top
        for table in self.tables:
            yield from self._table(table, y)
            y += len(self._who(table)) * LANE + _MODES + 3

    def _who(self, table: str) -> list[str]:
        return [probe.who for probe in self.run.probes if probe.table == table]

    def _axis(self) -> Iterator[Markup]:
        ticks = self.scale.ticks()
        digits = max(0, -math.floor(math.log10(ticks[1]))) if len(ticks) > 1 else 0
        for tick in ticks:
            x = self.scale.x(tick)
            name = "grid" if tick else "zero"
            yield _LINE.format(name, x, x, self.lanes_top, self.lanes_bottom + 3)
            unit = " s" if tick == ticks[-1] else ""
            label = f"{tick:.{digits}f}{unit}"
            yield _text(label, x, self.lanes_bottom + 11, "small faint middle")

    def _migration(self, y: float) -> Iterator[Markup]:
        run = self.run
        yield _label("migration", y)
        yield self._bar("step", 0.0, run.seconds, y, f"The step: {duration(run.seconds)}")
        most = sorted(run.segments, key=lambda item: item.seconds)[-_MOST_SEGMENTS:]
        for item in most:
            yield self._statement(item, y)
        for stall in (each for each in run.stalls if each.who == "migration"):
            yield from self._blocked(stall, y)
        if run.error is not None:
            x = self.scale.x(run.seconds)
            mark = _text("✗ failed", min(x + 5, RIGHT - 50), y + LANE / 2, "small failed")
            yield Markup("<g><title>{}</title>{}</g>").format(text(run.error), mark)

    def _statement(self, item: Segment, y: float) -> Markup:
        said = f"{item.sql}\n{duration(item.seconds)}"
        bar = self._bar("statement", item.start, item.seconds, y, said)
        # Where the migration waits, the label is the wait's.
        waits = [each.start for each in self.run.stalls if each.who == "migration"]
        end = min([item.start + item.seconds, *(each for each in waits if each >= item.start)])
        x = self.scale.x(item.start)
        width = self.scale.x(end) - x - 8
        sql = cut(item.sql, width, _SMALL + 1) if width > 50 else ""
        return bar + _text(sql, x + 4, y + LANE / 2, "mono")

    def _long_reader(self, item: Segment, y: float) -> Iterator[Markup]:
        yield _label("long reader", y)
        said = f"A long reader's transaction: {duration(item.seconds)}"
        yield self._bar("long", item.start, item.seconds, y, said)
        left = max(LEFT, self.scale.x(item.start))
        label = "an open transaction that has read"
        if self.scale.x(item.start + item.seconds) - left > text_width(label, _SMALL) + 8:
            yield _text(label, self.scale.x(max(0.0, item.start)) + 4, y + LANE / 2, "small")

    def _table(self, table: str, y: float) -> Iterator[Markup]:
        lanes = self._who(table)
        inner = y + _MODES
        height = len(lanes) * LANE
        yield _text(cut(table, 104), 0, inner + height / 2, "bold")
        for number, who in enumerate(lanes):
            lane = inner + number * LANE
            yield _text(who, LEFT - 12, lane + LANE / 2, "small faint end")
            middle = lane + LANE / 2
            yield _LINE.format("free", LEFT, self.scale.x(self.watched), middle, middle)
        yield from self._holds([each for each in self.run.held if each.table == table], y, height)
        for number, who in enumerate(lanes):
            for stall in self.run.stalls:
                if (stall.who, stall.table) == (who, table):
                    yield from self._blocked(stall, inner + number * LANE)

    def _holds(self, held: Sequence[Held], y: float, height: float) -> Iterator[Markup]:
        """Outlines of the times for which the migration held locks, with the locks' names."""
        taken = float(LEFT)
        for item in held:
            left, right = self.scale.x(item.start), self.scale.x(item.start + item.seconds)
            name = "held" if {"reads", "writes"} & set(item.blocks) else "mild"
            said = f"The migration holds {_mode(item)}: {duration(item.seconds)}"
            rect = _RECT.format(name, left, y + _MODES, max(2.0, right - left), height)
            yield Markup("<g><title>{}</title>{}</g>").format(text(said), rect)
            label = _mode(item)
            at = min(left, RIGHT - text_width(label, 10))
            if at >= taken:
                yield _text(label, at, y + _MODES / 2 + 1, "small faint")
                taken = at + text_width(label, _SMALL) + 6

    def _blocked(self, stall: Stall, y: float) -> Iterator[Markup]:
        """A hatched bar with its seconds; the reader's and the writer's lines lean differently."""
        who = f" behind the {stall.waiting_for}" if stall.waiting_for else ", no lock seen"
        subject = "the migration" if stall.who == "migration" else f"{stall.who} of {stall.table}"
        said = f"{subject} waits {duration(stall.seconds)}{who}"
        name = "blocked" if stall.waiting_for else "slow"
        left, right = self.scale.x(stall.start), self.scale.x(stall.end)
        top = y + (LANE - BAR) / 2
        yield _RECT.format("under", left, top, max(1.0, right - left), BAR)
        yield self._bar(name, stall.start, stall.seconds, y, said)
        if stall.waiting_for is None:
            return
        yield _hatch(left, right, top, top + BAR, falls=stall.who == "writer")
        label = duration(stall.seconds)
        behind = f"{label} behind {stall.waiting_for}"
        if right - left > text_width(behind, _SMALL) * _BOLD + 8:
            label = behind
        width = text_width(label, _SMALL) * _BOLD
        if right - left > width + 8:
            yield _text(label, (left + right) / 2, y + LANE / 2, "halo middle")
        elif right - left > 3:
            at = right + 4 if right + width + 4 < RIGHT else left - width - 2
            yield _text(label, at, y + LANE / 2, "halo")

    def _bar(self, name: str, start: float, seconds: float, y: float, said: str) -> Markup:
        left, right = self.scale.x(start), self.scale.x(start + seconds)
        rect = _RECT.format(name, left, y + (LANE - BAR) / 2, max(1.0, right - left), BAR)
        return Markup("<g><title>{}</title>{}</g>").format(text(said), rect)


def _figures(run: StallRun) -> str:
    """``step 3.40 s · waits: reader none, writer 3.20 s``: the longest of each."""
    failed = " failed after" if run.error is not None else ""
    reader, writer = run.longest("reader"), run.longest("writer")
    waits = f"reader {_seconds(reader)}, writer {_seconds(writer)}"
    return f"step{failed} {duration(run.seconds)} · waits: {waits}"


def _seconds(stall: Stall | None) -> str:
    return "none" if stall is None else duration(stall.seconds)


def _hatch(left: float, right: float, top: float, bottom: float, *, falls: bool) -> Markup:
    """Slanted lines all over a box, cut at its sides."""
    height = bottom - top
    lines = []
    x = left - height + 5
    while x < right:
        first, last = max(x, left), min(x + height, right)
        if last > first:
            begin, end = bottom - (first - x), bottom - (last - x)
            if falls:
                begin, end = top + bottom - begin, top + bottom - end
            lines.append(f"M{first:.1f} {begin:.1f}L{last:.1f} {end:.1f}")
        x += 7
    return Markup('<path class="hatch" d="{}"/>').format("".join(lines))


def _legend() -> Markup:
    y, x = _TITLE / 2 - 1, 0.0
    parts = []
    for name, label in (
        ("free", "comes through"),
        ("blocked", "has to wait"),
        ("slow", "slow, no lock seen"),
        ("statement", "statement"),
        ("held", "lock held that blocks"),
    ):
        if name == "free":
            parts.append(_LINE.format(name, x, x + _SAMPLE, y, y))
        else:
            parts.append(_RECT.format(name, x, y - 6, _SAMPLE, 12))
        if name == "blocked":
            parts.append(_hatch(x, x + _SAMPLE, y - 6, y + 6, falls=False))
        parts.append(_text(label, x + 28, y, "small faint"))
        x += 28 + text_width(label, _SMALL) + 16
    return join(parts)


def _label(said: str, y: float) -> Markup:
    return _text(said, 0, y + LANE / 2, "bold")


def _mode(item: Held) -> str:
    """``AccessExclusiveLock`` as SQL writes it: ``ACCESS EXCLUSIVE``."""
    return " ".join(re.findall("[A-Z][a-z]*", item.mode.removesuffix("Lock"))).upper()


def _text(content: str, x: float, y: float, name: str) -> Markup:
    if not content:
        return Markup()
    return Markup('<text class="{}" x="{:.1f}" y="{:.1f}">{}</text>').format(
        name, x, y, text(content)
    )
