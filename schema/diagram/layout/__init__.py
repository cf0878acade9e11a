"""A layout for boxes of many sizes and the lines between them, as pure functions of numbers.

Boxes stand in columns, with room for upright lines between the columns, and for level ones between
the boxes of a column. Lines that lead to one place share their way as far as they can. No two boxes
overlap, no line runs through a box, and the same boxes and nets always give the same layout.
"""

from __future__ import annotations

from schema.diagram.layout.one import lay_out
from schema.diagram.layout.values import Box, Layout, Net, Pin, Point, Spacing
from schema.diagram.layout.whole import Whole, lay_out_all

__all__ = ["Box", "Layout", "Net", "Pin", "Point", "Spacing", "Whole", "lay_out", "lay_out_all"]
