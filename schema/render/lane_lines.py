"""The lines and dots of a lane graph: where revisions stand, and what leads from one to another."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from schema.render.layout import Edge
from schema.render.theme import BACKGROUND, COLOURS, ours

__all__ = ["HEAD", "LANE", "LINES", "ROW", "from_below", "line", "node", "x_of", "y_of"]

#: Pixels: the height of a row and of the headings, and the distance of two lanes.
ROW, HEAD, LANE = 26, 26, 16

#: The style of lines: whole, dashed for what is depended on, dotted where rows were left out.
LINES = """.swb-lanes .edge { fill: none; stroke-width: 2; }
.swb-lanes .dash { stroke-dasharray: 3 4; }
.swb-lanes .gap { stroke-dasharray: 0.1 5; stroke-width: 3; stroke-linecap: round; }"""


def node(row: int, lane: int, where: str | None) -> Markup:
    """A full dot for what is applied, an empty one for what is not, a ringed one for current."""
    colour = ours(COLOURS[lane % len(COLOURS)])
    fill = ours(BACKGROUND) if where in {"pending", "unknown"} else colour
    dot = Markup('<circle cx="{}" cy="{}" r="{}" style="fill:{};stroke:{};stroke-width:2"/>')
    x, y = x_of(lane), y_of(row)
    ring = dot.format(x, y, 8, ours(BACKGROUND), colour) if where == "current" else Markup("")
    return ring + dot.format(x, y, 4.5, fill, colour)


def from_below(edges: Sequence[Edge]) -> list[Edge]:
    """In the order of drawing: what opened a lane lies over what joined it; dashes lie below."""
    return sorted(edges, key=lambda edge: (not edge.is_dashed, -edge.child[0]))


def line(edge: Edge) -> Markup:
    # A line to the left or right has the colour of its outer end, which is the branch's own.
    colour = ours(COLOURS[max(edge.lane, edge.child[1]) % len(COLOURS)])
    kind = " dash" if edge.is_dashed or not edge.parent else " gap" if edge.is_gap else ""
    path = Markup('<path class="edge{}" style="stroke:{}" d="{}"/>')
    return path.format(kind, colour, _path(edge))


def _path(edge: Edge) -> str:
    x, y = x_of(edge.child[1]), y_of(edge.child[0])
    start = f"M{x} {y}"
    if edge.parent is None:
        # A parent that no file bears: the line ends in the open, in a small bar across.
        end = y + ROW - 8
        return f"{start}V{end}M{x - 4} {end}H{x + 4}"
    across, last_x, last_y = x_of(edge.lane), x_of(edge.parent[1]), y_of(edge.parent[0])
    if last_y - y == ROW and last_x != x:
        return start + _curve(x, y, last_x, last_y)
    if across != x:
        start += _curve(x, y, across, y + ROW)
    if last_x == across:
        return f"{start}V{last_y}"
    return f"{start}V{last_y - ROW}" + _curve(across, last_y - ROW, last_x, last_y)


def _curve(x: int, y: int, to_x: int, to_y: int) -> str:
    middle = (y + to_y) // 2
    return f"C{x} {middle} {to_x} {middle} {to_x} {to_y}"


def x_of(lane: int) -> int:
    return LANE // 2 + 2 + lane * LANE


def y_of(row: int) -> int:
    return HEAD + row * ROW + ROW // 2
