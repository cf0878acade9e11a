"""Where something that was found is to be seen: at a table, a column of it, or a revision."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from schema.diagram.reading import label_of
from schema.tables.search import Hit
from schema.tour.values import Tour

__all__ = ["Goal", "goal_of"]


@dataclass(frozen=True, slots=True)
class Goal:
    """Where to look: a table's label and perhaps its column ("": all of it), or a revision's id.

    All are empty for what belongs to no table, such as an extension.
    """

    table: str = ""
    column: str = ""
    revision: str = ""


def goal_of(hit: Hit, tour: Tour) -> Goal:
    """Where a hit is to be seen on this tour. A thing that was dropped is seen where it was."""
    if hit.kind == "revision":
        return Goal(revision=hit.name)
    if hit.kind in {"table", "view", "materialized view"}:
        return Goal(hit.label)
    if hit.kind == "column":
        return Goal(hit.table or "", hit.name)
    if hit.kind in {"enum", "enum value", "domain"}:
        owner = hit.table if hit.kind == "enum value" else hit.label
        return next(_of_type(owner or "", tour), Goal())
    cls = hit.name if hit.kind == "class" else hit.table or ""
    return Goal(_table_of(cls, tour) or hit.table or "")


def _table_of(name: str, tour: Tour) -> str | None:
    """The table of a class."""
    classes = tour.models.classes if tour.models is not None else ()
    return next((each.table for each in classes if each.name == name and each.table), None)


def _of_type(owner: str, tour: Tour) -> Iterator[Goal]:
    """The columns of an enumerated type, by whatever it is called."""
    for table in tour.models.tables if tour.models is not None else ():
        for column in table.columns:
            names = {f"{table.label}.{column.name}"}
            if column.enum is not None:
                names |= {column.enum.name or "", column.enum.class_name or ""}
            if owner in names:
                yield Goal(table.label, column.name)
    for item in tour.catalog.of_kind("column"):
        if str(item.properties.get("type")).removeprefix("public.") == owner:
            yield Goal(label_of(item.schema_name, item.table or ""), item.name)
