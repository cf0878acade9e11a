"""A diagram of what changed from one catalog to another: added, changed, renamed, dropped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from schema.catalog import Catalog
from schema.compare import Difference, Differences, compare
from schema.diagram.making import assemble, with_implied
from schema.diagram.reading import label_of, read
from schema.diagram.through import with_former
from schema.diagram.values import Diagram, DiagramColumn, DiagramTable, Relation

__all__ = ["diagram_between"]

_OWNERS = ("table", "view", "materialized view")


def diagram_between(
    before: Catalog,
    after: Catalog,
    *,
    focus: str | Iterable[str] | None = None,
    distance: int = 1,
    around: int | None = 1,
    implied: bool = True,
    detail: str | None = None,
    title: str = "",
    notes: tuple[str, ...] = (),
    differences: Differences | None = None,
) -> Diagram:
    """The diagram of both catalogs together, with what changed marked.

    ``differences`` are those between them, where more is known than the two catalogs alone tell.

    Without ``focus``, what changed is shown, and what is at most ``around`` relations away from it;
    None shows everything. Unless ``detail`` is given, what did not change has the columns of its
    keys only.
    Raises WorkbenchError when the catalogs are of different dialects, or ``focus`` is in neither.
    """
    differences = compare(before, after) if differences is None else differences
    names = _Names.of(differences)
    changes = _by_table(differences)
    old, old_relations = _read(before, implied=implied)
    new, new_relations = _read(after, implied=implied)
    tables = _merged(old, new, names, changes)
    relations = _compared(old_relations, new_relations, names)
    is_focused = focus is not None
    if not is_focused and around is not None:
        focus, distance = [table.label for table in tables if table.change], around
        tables = tables if focus else []
    found = assemble(after.dialect, tables, relations, focus, distance, detail)
    return replace(
        found,
        tables=found.tables
        if detail
        else tuple(_told(table, found.relations) for table in found.tables),
        focus=found.focus if is_focused else (),
        is_comparison=True,
        title=title,
        notes=notes,
    )


def _read(catalog: Catalog, *, implied: bool) -> tuple[Mapping[str, DiagramTable], list[Relation]]:
    tables, relations = read(catalog)
    if implied:
        relations += with_implied(catalog, tables, relations)
    return {table.label: table for table in tables}, relations


def _by_table(differences: Differences) -> Mapping[str, list[Difference]]:
    """The differences of each table and of what is in it, by the newer label."""
    found: dict[str, list[Difference]] = defaultdict(list)
    for each in differences:
        owner = each.name if each.kind in _OWNERS else each.table
        if owner is not None:
            found[label_of(each.schema_name, owner)].append(each)
    return found


@dataclass(frozen=True)
class _Names:
    """What has another name now: tables by their older label, columns by their newer table."""

    tables: Mapping[str, str]
    columns: Mapping[tuple[str, str], str]

    @classmethod
    def of(cls, differences: Differences) -> _Names:
        renamed = [each for each in differences if each.change == "renamed" and each.renamed_from]
        return cls(
            {
                label_of(each.schema_name, str(each.renamed_from)): label_of(
                    each.schema_name, each.name
                )
                for each in renamed
                if each.kind in _OWNERS
            },
            {
                (label_of(each.schema_name, str(each.table)), str(each.renamed_from)): each.name
                for each in renamed
                if each.kind == "column"
            },
        )

    def table(self, label: str) -> str:
        return self.tables.get(label, label)

    def column(self, label: str, name: str) -> str:
        """The newer name of a column, by the newer label of its table."""
        return self.columns.get((label, name), name)


# -- tables ---------------------------------------------------------------------------------------


def _merged(
    old: Mapping[str, DiagramTable],
    new: Mapping[str, DiagramTable],
    names: _Names,
    changes: Mapping[str, Sequence[Difference]],
) -> list[DiagramTable]:
    """All tables of both sides, as the newer one has them."""
    were = {names.table(label): table for label, table in old.items()}
    found = []
    for label in sorted(were.keys() | new.keys()):
        if label not in new:
            found.append(_all_of(were[label], "removed"))
        elif label not in were:
            found.append(_all_of(new[label], "added"))
        else:
            found.append(_table(were[label], new[label], names, changes.get(label, ())))
    return found


def _all_of(table: DiagramTable, change: str) -> DiagramTable:
    columns = tuple(replace(column, change=change) for column in table.columns)
    return replace(table, columns=columns, change=change)


def _table(
    was: DiagramTable, now: DiagramTable, names: _Names, changes: Sequence[Difference]
) -> DiagramTable:
    columns = {each.name: each for each in changes if each.kind == "column"}
    told = [each for each in changes if each.kind != "column"]
    change = None
    if was.label != now.label:
        change = "renamed"
    elif changes:
        change = "changed"
    return replace(
        now,
        columns=_columns(was, now, names, columns),
        change=change,
        was=was.label if change == "renamed" else "\n".join(map(Difference.describe, told)) or None,
    )


def _columns(
    was: DiagramTable, now: DiagramTable, names: _Names, changes: Mapping[str, Difference]
) -> tuple[DiagramColumn, ...]:
    """The columns of both sides; a dropped one stands behind the one that it stood behind."""
    found = [_column(column, changes.get(column.name)) for column in now.columns]
    there = {column.name for column in found}
    former = [replace(column, name=names.column(now.label, column.name)) for column in was.columns]
    gone = [c if c.name in there else replace(c, change="removed") for c in former]
    return with_former(found, gone)


def _column(column: DiagramColumn, change: Difference | None) -> DiagramColumn:
    if change is None or change.change == "removed":
        return column
    said = change.describe().partition(": ")[2]
    return replace(column, change=change.change, was=None if change.change == "added" else said)


def _told(table: DiagramTable, relations: Sequence[Relation]) -> DiagramTable:
    """A table that did not change, with the columns only that its relations need."""
    if table.change:
        return table
    used = {name for each in relations if each.table == table.label for name in each.columns}
    used |= {
        name for each in relations if each.target == table.label for name in each.target_columns
    }
    kept = tuple(column for column in table.columns if column.name in used or "PK" in column.keys)
    return replace(table, columns=kept)


# -- relations ------------------------------------------------------------------------------------


def _compared(old: Sequence[Relation], new: Sequence[Relation], names: _Names) -> list[Relation]:
    """The relations of both sides; they are the same when they lead from and to the same."""
    were = {each.ends: each for each in (_now(each, names) for each in old)}
    now = {each.ends: each for each in new}
    found = [_relation(were.get(ends), each) for ends, each in now.items()]
    gone = [each for ends, each in were.items() if ends not in now]
    return found + [replace(each, change="removed") for each in gone]


def _now(relation: Relation, names: _Names) -> Relation:
    """A relation of the older side in the newer side's names."""
    table, target = names.table(relation.table), names.table(relation.target)
    return replace(
        relation,
        table=table,
        columns=tuple(names.column(table, name) for name in relation.columns),
        target=target,
        target_columns=tuple(names.column(target, name) for name in relation.target_columns),
    )


def _relation(was: Relation | None, now: Relation) -> Relation:
    if was is None:
        return replace(now, change="added")
    if was.is_implied != now.is_implied:
        return replace(now, change="added" if was.is_implied else "changed", was=was.describe())
    alike = (was.is_optional, was.is_unique, was.on_delete, was.on_update)
    if alike != (now.is_optional, now.is_unique, now.on_delete, now.on_update):
        return replace(now, change="changed", was=was.describe())
    return now
