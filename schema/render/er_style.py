"""The style of an ER diagram, and how its parts are called: one class for each table's number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache

from markupsafe import Markup

from schema.diagram import Diagram
from schema.render.theme import (
    BACKGROUND,
    BAD,
    BORDER,
    COLOURS,
    FAINT,
    FONT,
    GOOD,
    INFO,
    MONO,
    TEXT,
    WARN,
    join,
    ours,
)

__all__ = ["colours", "neighbours", "style"]

#: One colour for each table that others refer to, the most referred first; then again.
_COLOURS = (*COLOURS, "var(--md-brown-400, #8d6e63)", "var(--md-cyan-600, #00acc1)")

_STYLE = f"""
.swb-er text {{ font: 12px {FONT}; fill: {TEXT}; dominant-baseline: central; }}
.swb-er .name {{ font-weight: 700; font-size: 13px; }}
.swb-er .type {{ font: 11px {MONO}; fill: {FAINT}; text-anchor: end; }}
.swb-er .mark {{ font-size: 9px; font-weight: 700; fill: {FAINT}; letter-spacing: .2px; }}
.swb-er .key {{ font-weight: 700; }}
.swb-er .null {{ font-style: italic; }}
.swb-er .faint {{ fill: {FAINT}; }}
.swb-er .heading {{ font-weight: 600; fill: {FAINT}; }}
.swb-er .box {{ fill: {BACKGROUND}; stroke: var(--jp-border-color1, #bdbdbd); }}
.swb-er .head {{ fill: var(--jp-layout-color2, #eee); }}
.swb-er .view .box {{ stroke-dasharray: 5 3; }}
.swb-er .view .head {{ fill: none; }}
.swb-er .rule {{ stroke: {BORDER}; }}
.swb-er .focus .box {{ stroke: {INFO}; stroke-width: 2.5; }}
.swb-er .row {{ fill: transparent; }}
.swb-er .net, .swb-er .sample {{ stroke: currentColor; }}
.swb-er .edge {{ fill: none; stroke-width: 1.6; }}
.swb-er .end {{ fill: {BACKGROUND}; stroke-width: 1.4; }}
.swb-er .arrow {{ stroke: none; fill: currentColor; }}
.swb-er .implied .edge {{ stroke-dasharray: 5 4; }}
.swb-er .foot {{ fill: none; stroke-width: 1.6; }}
.swb-er .hit {{ fill: none; stroke: none; stroke-width: 9; pointer-events: stroke; }}
.swb-er .sign {{ font-weight: 700; }}
.swb-er .sign.added {{ fill: {GOOD}; }}
.swb-er .sign.removed {{ fill: {BAD}; }}
.swb-er .sign.changed {{ fill: {WARN}; }}
.swb-er .sign.renamed {{ fill: {INFO}; }}
.swb-er .gone {{ text-decoration: line-through; }}
.swb-er .table.added .box {{ stroke: {GOOD}; stroke-width: 1.6; }}
.swb-er .table.removed .box {{ stroke: {BAD}; stroke-width: 1.6; stroke-dasharray: 5 3; }}
.swb-er .table.changed .box {{ stroke: {WARN}; stroke-width: 1.6; }}
.swb-er .table.renamed .box {{ stroke: {INFO}; stroke-width: 1.6; }}
.swb-er .same {{ opacity: .55; }}
.swb-er .frame {{ fill: var(--jp-layout-color2, #eee); stroke: none; }}
.swb-er .table .hub {{ stroke-width: 2; }}
.swb-er .chip text {{ font: 700 9px {FONT}; fill: {BACKGROUND}; text-anchor: middle; }}
.swb-er .net.added .edge {{ stroke-width: 2; }}
"""

#: What a pointer brings to life.
_HOVER = f"""
.swb-er g:hover > .row {{ fill: var(--jp-layout-color2, #eee); }}
.swb-er .table:hover .box {{ stroke: {INFO}; stroke-width: 2; }}
.swb-er .line:hover .edge {{ stroke-width: 3; }}
"""


@lru_cache(maxsize=8)
def colours(diagram: Diagram) -> Mapping[str, Markup]:
    """By label, the colour of the lines that lead to a table."""
    counts = Counter(each.target for each in diagram.relations)
    ranked = sorted(counts, key=lambda label: (-counts[label], label))
    return {label: ours(_COLOURS[n % len(_COLOURS)]) for n, label in enumerate(ranked)}


def neighbours(diagram: Diagram) -> Mapping[str, str]:
    """By label, the classes that tell to which tables a table is related."""
    numbers = {table.label: n for n, table in enumerate(diagram.tables)}
    found: dict[str, set[int]] = {label: set() for label in numbers}
    for each in diagram.relations:
        found[each.table].add(numbers[each.target])
        found[each.target].add(numbers[each.table])
    return {label: " ".join(f"n{n}" for n in sorted(near)) for label, near in found.items()}


def style(diagram: Diagram, *, is_map: bool, is_still: bool) -> Markup:
    """The style sheet. A hovered table's lines stay, the others step back."""
    related = {label for each in diagram.relations for label in (each.table, each.target)}
    hovers = [
        _hover(number, is_map=is_map)
        for number, table in enumerate(diagram.tables)
        if table.label in related
    ]
    moving = [] if is_still else [ours(_HOVER), *map(ours, hovers)]
    return join([ours("<style>"), ours(_STYLE), *moving, ours("</style>")])


def _hover(number: int, *, is_map: bool) -> str:
    """What steps back while a table is hovered: other lines, on a map also other tables."""
    hovered = f".swb-er:has(.t{number}:hover)"
    others = f".net:not(.l{number})"
    if is_map:
        others = f":is({others},.table:not(.n{number},.t{number}))"
    return (
        f"{hovered} {others}{{opacity:.15}}\n"
        f"{hovered} .net.l{number} .line:not(.l{number}){{opacity:0}}\n"
    )
