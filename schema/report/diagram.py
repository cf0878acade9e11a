"""A diagram made into blocks: its tables and its relations, for those who want them as text."""

from __future__ import annotations

from collections.abc import Iterator

from schema.diagram import Diagram, DiagramTable
from schema.report.model import Block, Heading, Line, tabled
from schema.wording import CHANGE_MARKS, capitalised, counted

__all__ = ["diagram_blocks"]


def diagram_blocks(diagram: Diagram) -> Iterator[Block]:
    """What is shown, then one row a table, then one row a relation."""
    said = capitalised(diagram.title) or "Diagram"
    yield Heading(f"{said}: {counted(len(diagram.tables), 'table')}")
    for note in diagram.notes:
        yield Line(f"Note: {note}")
    if not diagram.tables:
        yield Line("Nothing changed." if diagram.is_comparison else "There are no tables.")
        return
    groups = {label: each.name for each in diagram.groups for label in each.tables}
    columns = ["Table", "Kind", "Columns", "Group", *["Change"] * diagram.is_comparison]
    rows = (
        [*_table(each, groups[each.label]), *_change(diagram, each.change)]
        for each in diagram.tables
    )
    yield tabled(columns, rows, ["Columns"])
    if diagram.left_out:
        yield Line(f"{counted(diagram.left_out, 'table')} further away.")
    if diagram.relations:
        yield Heading(counted(len(diagram.relations), "relation").capitalize())
        lines = (
            [
                f"{each.table}.{', '.join(each.columns)}",
                f"{each.target}.{', '.join(each.target_columns)}",
                each.cardinality,
                f"implied: {each.evidence}" if each.evidence else "foreign key",
                *_change(diagram, each.change),
            ]
            for each in diagram.relations
        )
        names = ["From", "To", "Rows", "Kept by", *["Change"] * diagram.is_comparison]
        yield tabled(names, lines)


def _table(table: DiagramTable, group: str) -> list[str]:
    count = "" if not table.columns else str(len(table.columns))
    return [table.label, table.kind, count, group]


def _change(diagram: Diagram, change: str | None) -> list[str]:
    if not diagram.is_comparison:
        return []
    return [f"{CHANGE_MARKS[change]} {change}" if change else ""]
