"""Reading a revision: its text, what it did on an empty database, and the catalogs around it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from schema.authoring.ground import Tried
from schema.authoring.operations import Operation, operations_of
from schema.authoring.reading import Reading, Unseen
from schema.authoring.sight import why_renamed, why_unseen
from schema.catalog import Catalog, Identity, SchemaObject
from schema.compare import Difference, Differences, compare
from schema.history import Revision
from schema.project import Project, Settings
from schema.rehearsal.hazards import Hazard, hazards_ahead
from schema.sorting import of_models

__all__ = ["Sides", "hazards_of_text", "read_revision"]


@dataclass(frozen=True)
class Sides:
    """The catalogs that a new revision is read between.

    ``head`` is what the migrations make without it, ``models`` what the draft's models do,
    ``models_before`` what the original's did, None where that is not known.
    """

    head: Catalog
    models: Catalog
    models_before: Catalog | None

    @property
    def wanted(self) -> Differences:
        """What the revision has to do: head against the models."""
        return of_models(compare(self.head, self.models), self.models)

    @property
    def edit(self) -> Differences:
        """What was edited: the models before against now; all of it where that is not known."""
        if self.models_before is None:
            return self.wanted
        return compare(self.models_before, self.models)

    @property
    def earlier(self) -> Differences:
        """What models and migrations did not agree on before the edit."""
        if self.models_before is None:
            return Differences()
        return of_models(compare(self.head, self.models_before), self.models_before)


def read_revision(
    text: str,
    sides: Sides,
    tried: Tried,
    settings: Settings,
    *,
    revision: str,
    filename: str,
    hazards: tuple[Hazard, ...] = (),
) -> Reading:
    """All that is known of the revision, but for offers to mend it."""
    tree = ast.parse(text)
    operations = operations_of(tree)
    after = tried.up
    return Reading(
        revision=revision,
        filename=filename,
        text=text,
        operations=operations,
        way_back=operations_of(tree, "downgrade"),
        hazards=hazards,
        unseen=tuple(_unseen(sides, after, operations, settings)),
        besides=Differences() if after is None else _besides(sides, after),
        earlier=sides.earlier,
        not_undone=Differences() if tried.down is None else compare(sides.head, tried.down),
        error=tried.error,
        down_error=tried.down_error,
        again_error=tried.again_error,
    )


def _unseen(
    sides: Sides, reached: Catalog | None, operations: tuple[Operation, ...], settings: Settings
) -> Iterator[Unseen]:
    """Renames that are made as drop and add, and what models and database differ in afterwards."""
    is_reached, after = reached is not None, reached or sides.head
    for item in [*sides.wanted, *_alike(sides)]:
        if item.change == "renamed" and _is_dropped_and_added(item, operations):
            yield Unseen(item, why_renamed(item))
    before = _named(sides.earlier)
    for item in of_models(compare(after, sides.models), sides.models):
        if not is_reached and _has_operation(item, operations):
            continue  # the revision failed before anybody could see what it makes
        if item.identity in before and item.change == "removed":
            continue  # in no model, and not before either: nobody asked for its end
        yield Unseen(item, why_unseen(item, settings), item.identity in before)


def _alike(sides: Sides) -> Iterator[Difference]:
    """Columns that may be renamed ones: of one that goes, the only one that comes of its kind.

    Beside other changes of the table the comparison of catalogs does not dare to say so.
    """
    gone = [item for item in sides.wanted if item.kind == "column" and item.change == "removed"]
    come = [item for item in sides.wanted if item.kind == "column" and item.change == "added"]
    for old in gone:
        here = sides.head[old.identity]
        same = [new for new in come if (new.schema_name, new.table) == (old.schema_name, old.table)
                and _is_alike(here, sides.models[new.identity])]  # fmt: skip
        there = same[0] if len(same) == 1 else None
        rivals = [other for other in gone if other.table == old.table and other is not old
                  and _is_alike(sides.head[other.identity], here)]  # fmt: skip
        if there is not None and not rivals:
            yield Difference(
                "column", there.schema_name, there.table, there.name, "renamed",
                {"name": (old.name, there.name)}, renamed_from=old.name,
                evidence=("the only one of its type",), confidence=0.5,
            )  # fmt: skip


def _is_alike(left: SchemaObject, right: SchemaObject) -> bool:
    names = ("type", "nullable", "collation", "generated")
    return all(left.properties.get(name) == right.properties.get(name) for name in names)


def _is_dropped_and_added(item: Difference, operations: tuple[Operation, ...]) -> bool:
    old, new = item.renamed_from, item.name
    if item.kind == "table":
        dropped = any(op.name == "drop_table" and op.table == old for op in operations)
        return dropped and any(op.name == "create_table" and op.table == new for op in operations)
    if item.kind != "column":
        return False
    dropped = any(op.name == "drop_column" and op.object == old for op in operations)
    return dropped and any(op.name == "add_column" and op.object == new for op in operations)


def _has_operation(item: Difference, operations: tuple[Operation, ...]) -> bool:
    """Whether an operation speaks of it, or of the columns of a constraint without a name."""
    names = {item.name, item.renamed_from} - {None}
    if item.kind == "table":
        return any(op.table in names for op in operations)
    ours = [op for op in operations if op.table == item.table]
    columns = item.properties.get("columns", ((), ()))
    is_nameless = any(op.object is None and op.name.startswith("create_") for op in ours)
    return any(op.object in names for op in ours) or (is_nameless and columns != ((), ()))


def _besides(sides: Sides, after: Catalog) -> Differences:
    """What the revision changed that the edit did not: neither wanted now, nor missing before."""
    edited = _named(sides.edit)
    meant = edited | _named(sides.earlier)
    in_no_model = sides.models_before
    found = []
    for item in compare(sides.head, after):
        owner = Identity("table", item.schema_name, None, item.table) if item.table else None
        if item.identity not in meant and owner not in meant:
            found.append(item)
        elif (
            item.change == "removed"
            and item.identity not in edited
            and in_no_model is not None
            and item.identity not in in_no_model
        ):  # an earlier disagreement that it ends by taking away what the database has
            found.append(item)
    return Differences(found)


def _named(differences: Differences) -> set[Identity]:
    """The objects that differences speak of, a renamed one by both of its names."""
    found = {item.identity for item in differences}
    return found | {
        item.identity._replace(name=item.renamed_from)
        for item in differences
        if item.renamed_from is not None
    }


def hazards_of_text(
    project: Project, revision: Revision, tried: Tried, head: Catalog
) -> tuple[Hazard, ...]:
    """What the statements show that it sent upwards, before there is any data."""
    return hazards_ahead(project, revision, tried.statements, dialect=head.dialect, catalog=head)
