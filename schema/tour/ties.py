"""The tables of a schema and the ties between them, as its diagram tells them."""

from __future__ import annotations

from schema.diagram import Diagram
from schema.tour.ordering import Graph, Tie

__all__ = ["graph_of"]


def graph_of(diagram: Diagram) -> Graph:
    """Foreign keys, and relations that only names tell of. Views are no stations."""
    tables = [table.label for table in diagram.tables if table.kind == "table"]
    ties = [
        Tie(each.table, each.target, each.columns, each.target_columns, each.evidence)
        for each in diagram.relations
    ]
    return Graph(tables, ties)
