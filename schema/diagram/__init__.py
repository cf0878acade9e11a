"""ER diagrams as values: which tables, which relations, what changed. Knows no pictures.

``schema.render.er`` draws them; ``layout`` says where everything stands.
"""

from __future__ import annotations

from schema.diagram.between import diagram_between
from schema.diagram.making import diagram_of
from schema.diagram.through import diagram_through
from schema.diagram.values import Diagram, DiagramColumn, DiagramTable, Group, Relation

__all__ = [
    "Diagram",
    "DiagramColumn",
    "DiagramTable",
    "Group",
    "Relation",
    "diagram_between",
    "diagram_of",
    "diagram_through",
]
