"""A picture of a part of a diagram, in which everything stands where it does in the whole."""

from __future__ import annotations

from dataclasses import replace

from schema.diagram import Diagram
from schema.render.er_places import Picture

__all__ = ["is_within", "only"]


def is_within(diagram: Diagram, stage: Diagram) -> bool:
    """Whether all tables and columns of a diagram have a place in another one."""
    return all(
        table.label in stage
        and {column.name for column in table.columns}
        <= {column.name for column in stage[table.label].columns}
        for table in diagram.tables
    )


def only(picture: Picture, diagram: Diagram) -> Picture:
    """The picture with only what the diagram has, as the diagram has it."""
    numbers = {table.label: n for n, table in enumerate(diagram.tables)}
    relations = {each.ends: each for each in diagram.relations}
    pairs = {(each.table, each.target) for each in diagram.relations}
    shown = [each for each in picture.tables if each.table.label in numbers]
    return replace(
        picture,
        tables=tuple(
            replace(
                each,
                table=diagram[each.table.label],
                number=numbers[each.table.label],
                hubs=tuple(hub for hub in each.hubs if (each.table.label, hub) in pairs),
            )
            for each in shown
        ),
        lines=tuple(
            replace(each, relation=relations[each.relation.ends])
            for each in picture.lines
            if each.relation.ends in relations
        ),
        hubs=tuple(hub for hub in picture.hubs if hub in numbers),
    )
