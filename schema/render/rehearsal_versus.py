"""Two rehearsals next to each other: what is better now, and what is worse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from markupsafe import Markup

from schema.rehearsal.hazards import Hazard
from schema.rehearsal.versus import Figures, Pair, Versus
from schema.render.rehearsal_step import ARROWS
from schema.render.tables import Column, table
from schema.render.theme import join, panel, text
from schema.wording import duration, size

__all__ = ["versus_html"]

_MEASURED = ("Time", "Reads blocked", "Writes blocked", "Written anew", "WAL", "Data")
_FAINT = Markup('<span class="swb-faint">{}</span>')
_EMPTY = (Markup(), _FAINT.format("–"))
#: Times that differ by less than this part, or by less than so many seconds, say nothing: they
#: differ as much from run to run. Sizes do not, but for a tenth.
_SAME_TIME, _SAME_SECONDS, _SAME_SIZE = 1 / 3, 0.1, 0.1


def versus_html(found: Versus) -> str:
    """The verdict, and one row a step: before → after, what is better marked as such."""
    if not found:
        return panel(Markup("<p>Neither rehearsal has a step.</p>"))
    verdict = Markup("<p><b>{}</b></p>").format(text(found.verdict))
    rows = [_row(pair) for pair in found]
    columns = [Column("Step"), *(Column(name, "short") for name in _MEASURED), Column("Hazards")]
    # A column in which nothing was measured says nothing.
    kept = [n for n, _ in enumerate(columns) if n == 0 or any(row[n] not in _EMPTY for row in rows)]
    shown = table([columns[n] for n in kept], ([row[n] for n in kept] for row in rows))
    return panel(verdict, shown)


def _row(pair: Pair) -> list[Markup]:
    before, after = pair.figures
    name = Markup('<b>{} {}</b><div class="swb-faint">{}</div>').format(
        ARROWS[pair.direction], text(pair.revision), text(pair.message)
    )
    return [
        name,
        _both(before, after, "seconds", duration),
        _both(before, after, "reads", duration),
        _both(before, after, "writes", duration),
        _both(before, after, "rewritten", size),
        _both(before, after, "wal", size),
        _outcome(before, after),
        _hazards(pair),
    ]


def _both(
    before: Figures | None, after: Figures | None, name: str, words: Callable[[Any], str]
) -> Markup:
    """``2.00 s → 0.50 s ↓``, the arrow in the colour of good or bad."""
    values = [None if side is None else getattr(side, name) for side in (before, after)]
    said = [_said(value, words) for value in values]
    if said[0] == said[1]:
        return _FAINT.format(said[0])
    whole = Markup("{}<br>→ <b>{}</b> {}")
    is_time = words is duration
    return whole.format(said[0], said[1], _trend(*values, is_time=is_time))


def _said(value: float | None, words: Callable[[Any], str]) -> str:
    if value is None:
        return "–"
    return words(value) if value else "none"


def _trend(before: float | None, after: float | None, *, is_time: bool) -> Markup:
    if before is None or after is None or _is_same(before, after, is_time=is_time):
        return Markup()
    is_less = after < before
    mark = Markup('<span class="{}">{}</span>')
    return mark.format("swb-gain" if is_less else "swb-loss", "↓ less" if is_less else "↑ more")


def _is_same(before: float, after: float, *, is_time: bool) -> bool:
    apart, most = abs(before - after), max(before, after)
    if is_time:
        return apart < _SAME_SECONDS or apart <= _SAME_TIME * most
    return apart <= _SAME_SIZE * most


def _outcome(before: Figures | None, after: Figures | None) -> Markup:
    said = [_outcome_of(side) for side in (before, after)]
    if said[0] == said[1]:
        return _FAINT.format(said[0])
    is_bad = after is not None and (after.error is not None or after.data == "lost")
    whole = Markup('{}<br>→ <b class="{}">{}</b>')
    return whole.format(said[0], "swb-loss" if is_bad else "", said[1])


def _outcome_of(side: Figures | None) -> str:
    if side is None:
        return "not run"
    return "failed" if side.error is not None else side.data or "–"


def _hazards(pair: Pair) -> Markup:
    line = Markup('<div><span class="{}">{}</span> {}</div>')

    def listed(found: tuple[Hazard, ...], look: str, word: str) -> list[Markup]:
        return [line.format(look, word, _named(item)) for item in found]

    gone = listed(pair.hazards_gone, "swb-gain", "gone")
    new = listed(pair.hazards_new, "swb-loss", "new")
    return join([*gone, *new])


def _named(item: Hazard) -> Markup:
    where = f" of {item.object}" if item.object else ""
    return text(f"{item.rule}{where}")
