"""What became of tables and columns from one revision to another: under which names they go on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from schema.catalog import Catalog, Identity
from schema.compare import Difference, Differences, Grounds, compare

__all__ = ["compared"]

_KINDS = ("table", "column")

#: A difference that steps tell of them.
_Move = tuple[Identity, Identity]


def compared(
    left: Catalog, right: Catalog, back: Sequence[Differences], forth: Sequence[Differences]
) -> Differences:
    """What differs between the schemas at two revisions, knowing what each revision between did.

    ``back`` is what the revisions did that only the left one rests on, ``forth`` those that only
    the right one does, each in the order in which they are applied. What one of them renamed is
    told as renamed; and of nothing else is it guessed, as two revisions that have nothing to do
    with each other may well make things that are alike.
    """
    carried = _followed(left, [*(_undone(each) for each in reversed(back)), *map(list, forth)])
    grounds = Grounds(1.0, ("the revisions between say so",))
    renamed = [
        (old, new, grounds)
        for old, new in carried.items()
        if old != new and old in left and new in right
    ]
    known = {new: old for old, new in carried.items()}
    mine = {item: item for item in _of_kinds(left)}
    theirs = {item: known.get(item, ("made later", item)) for item in _of_kinds(right)}
    return compare(left, right, renamed=renamed, identities=(mine, theirs))


def _of_kinds(catalog: Catalog) -> Iterable[Identity]:
    return (item for item in catalog if item.kind in _KINDS)


def _followed(catalog: Catalog, steps: Iterable[Sequence[Difference]]) -> dict[Identity, Identity]:
    """Each table and column of a catalog, with what it is called in the end; without those gone."""
    now = {item: item for item in _of_kinds(catalog)}  # by what it is called at the moment
    for step in steps:
        ends = {item.identity for item in step if item.change == "removed"}
        tables = dict(_moves(step, "table"))
        columns = dict(_moves(step, "column"))
        if not ends and not tables and not columns:
            continue
        moved: dict[Identity, Identity] = {}
        for name, first in now.items():
            owner = Identity("table", name.schema_name, None, name.table or name.name)
            if name in ends or (name.kind == "column" and owner in ends):
                continue
            table = tables.get(owner, owner)
            if name.kind == "table":
                moved[table] = first
                continue
            there = Identity("column", table.schema_name, table.name, name.name)
            moved[columns.get(there, there)] = first
        now = moved
    return {first: name for name, first in now.items()}


def _moves(step: Iterable[Difference], kind: str) -> Iterable[_Move]:
    """What a step renames, as it is called before and after; a column in its table's new name."""
    for item in step:
        if item.change != "renamed" or item.kind != kind:
            continue
        schema_name, _ = item.properties.get("schema_name", (item.schema_name, None))
        name, _ = item.properties.get("name", (item.renamed_from, None))
        if kind == "table" and "schema_name" in item.properties:
            name = item.properties.get("name", (item.name, None))[0]
        old = Identity(
            kind,
            None if schema_name is None else str(schema_name),
            item.table,
            str(name if name is not None else item.renamed_from),
        )
        yield old, item.identity


def _undone(step: Differences) -> list[Difference]:
    """What undoing a revision does to tables and columns."""
    tables = {new: old for old, new in _moves(step, "table")}
    found = []
    for item in step:
        if item.kind not in _KINDS:
            continue
        if item.change in ("added", "removed"):
            other = "removed" if item.change == "added" else "added"
            found.append(Difference(*item.identity, other, {}))
        elif item.change == "renamed":
            old, new = next(iter(_moves([item], item.kind)))
            owner = Identity("table", new.schema_name, None, new.table or "")
            table = tables.get(owner, owner).name if new.table is not None else None
            pairs = {
                "schema_name": (new.schema_name, old.schema_name),
                "name": (new.name, old.name),
            }
            place = (item.kind, old.schema_name, table, old.name)
            found.append(Difference(*place, "renamed", pairs, renamed_from=new.name))
    return found
