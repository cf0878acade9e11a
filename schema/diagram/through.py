"""A diagram of everything that several catalogs hold: the stage for pictures of each of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from schema.catalog import Catalog
from schema.diagram.making import assemble, with_implied
from schema.diagram.reading import read
from schema.diagram.values import Diagram, DiagramColumn, DiagramTable, Relation

__all__ = ["diagram_through", "with_former"]


def diagram_through(
    catalogs: Iterable[Catalog], *, implied: bool = True, detail: str | None = None
) -> Diagram:
    """The diagram of all tables, columns and relations that any of these catalogs has.

    Give the older catalogs first: what is in several is as the last one has it. With ``er_svg(…,
    within=…)`` each of them is drawn with everything in one place, so that nothing moves from one
    revision to the next.
    """
    tables: dict[str, DiagramTable] = {}
    relations: dict[tuple[object, ...], Relation] = {}
    dialect = "sqlite"
    for catalog in catalogs:
        dialect = catalog.dialect
        there, related = read(catalog)
        if implied:
            related += with_implied(catalog, there, related)
        for table in there:
            was = tables.get(table.label)
            columns = with_former(table.columns, was.columns if was else ())
            tables[table.label] = replace(table, columns=columns)
        relations.update((each.ends, each) for each in related)
    ordered = sorted(tables.values(), key=lambda table: table.label)
    return assemble(dialect, ordered, list(relations.values()), None, 1, detail)


def with_former(
    now: Sequence[DiagramColumn], before: Sequence[DiagramColumn]
) -> tuple[DiagramColumn, ...]:
    """The columns, and those that are no more: each behind the one that it stood behind."""
    found = list(now)
    there = {column.name for column in now}
    last: str | None = None
    for column in before:
        if column.name not in there:
            places = [place for place, each in enumerate(found) if each.name == last]
            found.insert(places[0] + 1 if places else 0, column)
        last = column.name
    return tuple(found)
