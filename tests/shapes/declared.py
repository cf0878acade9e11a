"""All shapes: each list of them is a module of its own beside this one."""

from __future__ import annotations

from tests.shapes.configuration import CONFIGURATION
from tests.shapes.generated import GENERATED
from tests.shapes.graphs import GRAPHS
from tests.shapes.oddities import ODDITIES
from tests.shapes.shape import Shape

__all__ = ["SHAPES"]

SHAPES: tuple[Shape, ...] = (*GENERATED, *CONFIGURATION, *ODDITIES, *GRAPHS)
