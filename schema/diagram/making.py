"""A diagram of one catalog: all of it, or what is near to some tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches

from schema.catalog import Catalog
from schema.diagram.grouping import group
from schema.diagram.implied import implied_relations
from schema.diagram.reading import Parts, label_of, read
from schema.diagram.values import Diagram, DiagramTable, Relation
from schema.errors import WorkbenchError

__all__ = ["DETAILS", "MOST_BOXES", "assemble", "diagram_of", "with_implied"]

#: Which columns are shown: all, those that are part of a key or relation, none.
DETAILS = ("all", "keys", "names")
#: Up to so many tables are drawn with their columns unless something else is asked for.
MOST_BOXES = 60
_MOST_COLUMNS = 700


def diagram_of(
    catalog: Catalog,
    *,
    focus: str | Iterable[str] | None = None,
    distance: int = 1,
    implied: bool = True,
    detail: str | None = None,
    title: str = "",
    notes: tuple[str, ...] = (),
) -> Diagram:
    """The diagram of a catalog.

    ``focus`` names a table or several, around which only what is at most ``distance`` relations
    away is shown. ``implied`` also finds relations that no foreign key keeps (see
    schema.diagram.implied). ``detail`` is ``"all"``, ``"keys"`` or ``"names"``; None chooses by the
    number of tables: from 61 on, a map of names in groups.
    Raises WorkbenchError when there is no table of that name.
    """
    tables, relations = read(catalog)
    if implied:
        relations += with_implied(catalog, tables, relations)
    found = assemble(catalog.dialect, tables, relations, focus, distance, detail)
    return replace(found, title=title, notes=notes, enums=tuple(Parts(catalog).enums))


def with_implied(
    catalog: Catalog, tables: Sequence[DiagramTable], relations: Sequence[Relation]
) -> list[Relation]:
    """The relations that only names tell of."""
    parts = Parts(catalog)
    keys = {
        label_of(*key): [columns[0] for columns in parts.keys(key) if len(columns) == 1]
        for key in parts.tables
    }
    return implied_relations(tables, relations, keys)


def assemble(
    dialect: str,
    tables: Sequence[DiagramTable],
    relations: Sequence[Relation],
    focus: str | Iterable[str] | None,
    distance: int,
    detail: str | None,
) -> Diagram:
    """The diagram of these tables and relations, or of what of them is near to the focus."""
    if detail is not None and detail not in DETAILS:
        raise WorkbenchError(f"detail is one of {', '.join(DETAILS)}, not {detail!r}.")
    centres = _centres(focus, tables)
    shown = list(tables)
    if centres:
        distances = _distances(centres, relations, distance)
        shown = [
            replace(table, distance=distances[table.label])
            for table in tables
            if table.label in distances
        ]
    labels = {table.label for table in shown}
    kept = [each for each in relations if each.table in labels and each.target in labels]
    chosen = detail or _fitting(shown)
    return Diagram(
        dialect,
        tuple(_with_columns(table, kept, chosen) for table in shown),
        tuple(sorted(kept, key=lambda each: (each.table, each.target, each.name))),
        group(shown, kept),
        chosen,
        centres,
        len(tables) - len(shown),
    )


def _centres(focus: str | Iterable[str] | None, tables: Sequence[DiagramTable]) -> tuple[str, ...]:
    """The labels of the tables that are named, by label or by name alone."""
    names = [focus] if isinstance(focus, str) else list(focus or ())
    labels = [table.label for table in tables]
    found: dict[str, None] = {}
    for name in names:
        same = [
            table.label
            for table in tables
            if name in (table.label, table.name, f"{table.schema_name}.{table.name}")
        ]
        if not same:
            near = get_close_matches(name, labels, 3)
            hint = f" Did you mean {' or '.join(near)}?" if near else ""
            raise WorkbenchError(f"There is no table {name!r} in this schema.{hint}")
        found.update(dict.fromkeys([name] if name in same else same))
    return tuple(found)


def _distances(
    centres: Collection[str], relations: Sequence[Relation], most: int
) -> Mapping[str, int]:
    near: dict[str, set[str]] = defaultdict(set)
    for each in relations:
        near[each.table].add(each.target)
        near[each.target].add(each.table)
    found = dict.fromkeys(centres, 0)
    edge = list(centres)
    for distance in range(1, most + 1):
        edge = sorted({other for label in edge for other in near[label]} - found.keys())
        found.update(dict.fromkeys(edge, distance))
    return found


def _fitting(tables: Sequence[DiagramTable]) -> str:
    if len(tables) > MOST_BOXES:
        return "names"
    return "all" if sum(len(table.columns) for table in tables) <= _MOST_COLUMNS else "keys"


def _with_columns(table: DiagramTable, relations: Sequence[Relation], detail: str) -> DiagramTable:
    if detail == "all":
        return table
    if detail == "names":
        return replace(table, columns=())
    used = {name for each in relations if each.table == table.label for name in each.columns}
    used |= {
        name for each in relations if each.target == table.label for name in each.target_columns
    }
    kept = [c for c in table.columns if c.keys or c.name in used or c.change]
    return replace(table, columns=tuple(kept))
