"""One layout: boxes that are all connected, in columns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from schema.diagram.layout.aligning import align
from schema.diagram.layout.drawing import draw
from schema.diagram.layout.placing import place
from schema.diagram.layout.routing import route
from schema.diagram.layout.values import Box, Columns, Layout, Net, Spacing

__all__ = ["lay_out"]

#: So much wider than high a picture should be.
_SHAPE = 1.5
#: What lines need beside a column, at first.
_CHANNEL = 84.0


def lay_out(
    boxes: Sequence[Box],
    nets: Sequence[Net],
    width: float,
    *,
    spacing: Spacing | None = None,
    start: Columns | None = None,
) -> Layout:
    """Lay out boxes, at most ``width`` pixels wide if two columns are not wider already.

    ``start`` are the columns of a layout to which this one should be similar.
    """
    spacing = spacing or Spacing()
    count = len(start) if start else _columns(boxes, width, spacing)
    while True:
        columns = [column for column in place(boxes, nets, count, spacing, start) if column]
        for tried in (spacing, _tight(spacing)):
            layout = _drawn(columns, boxes, nets, tried)
            if layout.width <= width or count <= 2:
                return layout
        count, start = count - 1, None


def _drawn(columns: Columns, boxes: Sequence[Box], nets: Sequence[Net], spacing: Spacing) -> Layout:
    gaps = [[0.0, *[spacing.gap] * (len(column) - 1), 0.0] for column in columns]
    tops = align(columns, boxes, nets, gaps)
    return draw(columns, boxes, nets, route(columns, boxes, nets, tops), spacing)


def _tight(spacing: Spacing) -> Spacing:
    """Before a column less is tried: with lines nearer to one another and to the boxes."""
    return replace(spacing, margin=round(spacing.margin * 0.8), track=round(spacing.track * 0.75))


def _columns(boxes: Sequence[Box], width: float, spacing: Spacing) -> int:
    """How many columns make the picture about as wide as is pleasant, and fit the width."""
    if not boxes:
        return 1
    wide = sum(box.width for box in boxes) / len(boxes) + _CHANNEL
    area = sum((box.height + spacing.gap) * wide for box in boxes)
    pleasant = round(math.sqrt(area * _SHAPE) / wide)
    return max(1, min(max(2, pleasant), int((width + _CHANNEL) // wide), len(boxes)))
