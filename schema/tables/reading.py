"""Putting a table's page together: from a live database, or from revisions and models alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.engine import URL, Connection

from schema.biography import Biography, biography_of
from schema.catalog import Catalog, SchemaObject, read_catalog
from schema.database import open_read_only, parse_url, show_url, translated
from schema.errors import DatabaseError, WorkbenchError
from schema.masking.rules import Mask
from schema.project import Project
from schema.replay import Progress, materialised
from schema.synthetic.column_types import Types
from schema.tables.columns import column_remarks, page_columns, unique_keys
from schema.tables.figures import Figures, read_figures
from schema.tables.indexes import index_remarks, index_uses
from schema.tables.models import Models, read_models
from schema.tables.names import objects_of, resolve, tables_of
from schema.tables.page import TablePage
from schema.tables.parts import Remark
from schema.tables.relations import (
    foreign_keys_of,
    model_foreign_keys,
    relation_remarks,
    relations_of,
)
from schema.tables.said import table_said
from schema.tables.sample import Sample, read_sample
from schema.tables.uses import constraints_of, triggers_of, users_of
from schema.timeline import Timeline, read_timeline

__all__ = ["Structure", "read_structure", "table_page"]


@dataclass
class Structure:
    """The catalog that is looked at, where it is from, and the models beside it.

    ``source`` is as in TablePage; ``catalog`` is None when there is none, ``models`` when they
    cannot be read. ``notes`` say why.
    """

    catalog: Catalog | None
    source: str
    where: str | None
    models: Models | None
    notes: list[str] = field(default_factory=list)


def table_page(
    project: Project,
    name: str,
    *,
    catalog: Catalog | None = None,
    url: str | URL | None = None,
    timeline: Timeline | None = None,
    biography: bool = False,
    count: bool = False,
    sample: int = 5,
    masked: bool = True,
    masks: Sequence[Mask] = (),
    on_progress: Progress | None = None,
) -> TablePage:
    """All that is known of one table; ``name`` may be that of its class.

    The structure is that of ``catalog``, else of the live database (``url``, else the project's
    own), else of the revisions at head, else of the models. With a ``catalog`` alone no database
    is opened. Of a live database nothing but its own statistics is read, and ``sample`` rows (0:
    none), whose values are ``masked``, by ``masks`` first; with ``count``, all rows are counted.

    With a ``timeline``, the page holds the table's biography; with ``biography``, the timeline is
    read when none is given, which runs revisions that were not run before. Raises WorkbenchError
    for a table that is not there; what else is missing is one of ``notes``.
    """
    reasons: list[str] = []
    if biography and timeline is None:
        timeline = _timeline(project, on_progress, reasons)
    with ExitStack() as stack:
        connection, structure = _opened(stack, project, catalog, url, timeline)
        structure.notes += reasons
        page = _Maker(structure, name)
        figures = rows = None
        if connection is not None and page.item is not None:
            figures, rows = page.measured(
                connection, count=count, sample=sample, masked=masked, masks=masks
            )
        return page.made(figures, rows, _biography(timeline, page.label, structure.notes))


def read_structure(
    project: Project,
    *,
    catalog: Catalog | None = None,
    url: str | URL | None = None,
    timeline: Timeline | None = None,
) -> Structure:
    """The catalog and the models that there are, as ``table_page`` takes them."""
    with ExitStack() as stack:
        return _opened(stack, project, catalog, url, timeline)[1]


# -- where the structure is from ------------------------------------------------------------------


def _opened(
    stack: ExitStack,
    project: Project,
    catalog: Catalog | None,
    url: str | URL | None,
    timeline: Timeline | None,
) -> tuple[Connection | None, Structure]:
    models, notes = _models(project)
    if catalog is not None and url is None:
        return None, Structure(catalog, "given", None, models, notes)
    try:
        chosen = parse_url(url) if url is not None else project.database_url()
        connection = stack.enter_context(open_read_only(chosen))
        found = catalog
        if found is None:
            with translated(chosen):
                found = read_catalog(connection)
            if url is None and not found.of_kind("table"):
                raise DatabaseError(f"{show_url(chosen)} holds no tables.")
        return connection, Structure(found, "database", show_url(chosen), models, notes)
    except WorkbenchError as error:
        if url is not None:
            raise
        notes.append(f"No database is looked at: {error}")
    found, source = _without_database(project, timeline, models, notes)
    return None, Structure(found, source, None, models, notes)


def _models(project: Project) -> tuple[Models | None, list[str]]:
    try:
        models = read_models(project)
    except WorkbenchError as error:
        return None, [f"The models cannot be read: {error}"]
    return models, [f"A mapper failed: {problem}" for problem in models.problems]


def _without_database(
    project: Project, timeline: Timeline | None, models: Models | None, notes: list[str]
) -> tuple[Catalog | None, str]:
    """The catalog at the end of the revisions; where there are none, that of the models."""
    dialect = (models.dialect if models is not None else None) or "sqlite"
    try:
        known = timeline or read_timeline(project, dialect=dialect)
        found = known.at("heads")
        if not known.steps:
            notes.append("There are no revisions.")
        failed = ", ".join(known.lacking("heads")) if known.steps else ""
        if failed:
            notes.append(f"What these revisions do is lacking, as they failed: {failed}.")
        if found.of_kind("table"):
            return found, "revisions"
    except WorkbenchError as error:
        notes.append(f"The revisions cannot be replayed: {error}")
    try:
        return materialised(project, dialect), "models"
    except WorkbenchError as error:
        notes.append(f"The models cannot be created: {error}")
    return None, "model text"


def _timeline(project: Project, on_progress: Progress | None, notes: list[str]) -> Timeline | None:
    try:
        return read_timeline(project, on_progress=on_progress)
    except WorkbenchError as error:
        notes.append(f"There is no biography: {error}")
    return None


def _biography(timeline: Timeline | None, label: str, notes: list[str]) -> Biography | None:
    if timeline is None:
        return None
    try:
        return biography_of(timeline, label, kind="table")
    except WorkbenchError:
        notes.append(f"There is no biography: no revision makes the table {label}.")
    return None


# -- the page -------------------------------------------------------------------------------------


class _Maker:
    """One table's page in the making."""

    def __init__(self, structure: Structure, name: str) -> None:
        self.structure = structure
        self.catalog, self.models = structure.catalog, structure.models
        there = tables_of(self.catalog)
        known = self.models.by_label if self.models is not None else {}
        try:
            self.label = resolve(name, [*there, *known], self.models)
        except WorkbenchError as error:
            # What could not be looked at may be where the table is.
            reasons = structure.notes if not there else ()
            raise WorkbenchError(" ".join([str(error), *reasons])) from error
        self.item = there.get(self.label) or _alike(self.label, there, self.catalog)
        self.table = known.get(self.label)
        self.classes = self.models.classes_of(self.label) if self.models is not None else ()
        self.objects: Mapping[str, Sequence[SchemaObject]] = {}
        if self.catalog is not None and self.item is not None:
            self.objects = objects_of(self.catalog, self.item)
        if self.item is None and self.catalog is not None:
            structure.notes.append(f"{self.label} is in the models alone.")

    def measured(
        self,
        connection: Connection,
        *,
        count: bool,
        sample: int,
        masked: bool,
        masks: Sequence[Mask],
    ) -> tuple[Figures, Sample | None]:
        """The figures, and a few rows of the columns that the role may read."""
        item, catalog = self.item, self.catalog
        assert item is not None  # noqa: S101 -- the caller has looked
        assert catalog is not None  # noqa: S101
        columns = self.objects.get("column", ())
        names = [each.name for each in columns]
        figures = read_figures(connection, item.schema_name, item.name, names, count=count)
        readable = [each for each in columns if figures.columns.get(each.name) is None
                    or figures.columns[each.name].may_be_read]  # fmt: skip
        if sample < 1:
            return figures, None
        if item.properties.get("kind") == "foreign table":
            return figures, Sample(notes=("Its rows are in another database.",))
        if not figures.may_be_read or not readable:
            return figures, Sample(notes=("This role may not read the table.",))
        labels = {each.name: each.enum.values for each in self.table.columns if each.enum} if (
            self.table is not None) else {}  # fmt: skip
        rows = read_sample(
            connection,
            catalog,
            item,
            readable,
            most=sample,
            masked=masked,
            masks=masks,
            labels=labels,
        )
        return figures, rows

    def made(
        self,
        figures: Figures | None,
        sample: Sample | None,
        biography: Biography | None,
    ) -> TablePage:
        structure, known = self.structure, figures or Figures()
        keys = self._keys()
        relations = relations_of(self.label, keys, self.models)
        outgoing = [key for key in keys if key.table == self.label]
        incoming = [key for key in keys if key.target == self.label]
        types = Types.of(self.catalog) if self.catalog is not None else None
        there = self.objects if self.item is not None else None
        if self.catalog is not None and self.item is None:
            there = {}
        columns = page_columns(self.label, there, self.table, self.classes, keys, known, types)
        uses = index_uses(self.objects, outgoing, incoming, known.indexes)
        return TablePage(
            name=self.label,
            kind=str((self.item.properties.get("kind") if self.item else None) or "table"),
            source=structure.source,
            where=structure.where,
            dialect=self.catalog.dialect if self.catalog is not None else None,
            purpose=table_said(self.item, self.table, self.classes),
            classes=self.classes,
            columns=columns,
            relations=relations,
            indexes=uses,
            constraints=constraints_of(self.objects),
            triggers=triggers_of(self.objects),
            used_by=users_of(self.catalog, self.item) if self.catalog and self.item else (),
            remarks=tuple(self._remarks(columns, relations, uses, outgoing)),
            figures=figures,
            sample=sample,
            biography=biography,
            notes=tuple(structure.notes),
        )

    def _keys(self) -> tuple[Any, ...]:
        if self.catalog is not None and self.item is not None:
            return foreign_keys_of(self.catalog)
        return model_foreign_keys(self.models) if self.models is not None else ()

    def _remarks(self, columns: Any, relations: Any, uses: Any, outgoing: Any) -> list[Remark]:  # noqa: ANN401
        found: list[Remark] = []
        if self.item is None and self.catalog is not None:
            return [Remark("only in the models", self.label,
                           f"The database lacks the table {self.label}.")]  # fmt: skip
        if self.models is not None and self.table is None:
            found.append(Remark("only in the database", self.label,
                                f"No model has the table {self.label}."))  # fmt: skip
        elif self.table is not None:
            found += column_remarks(self.label, columns, self.table)
            found += relation_remarks(
                self.label, relations, self.models, unique_keys(self.objects),
                is_database=self.item is not None,
            )  # fmt: skip
        found += index_remarks(self.label, uses, outgoing, self.objects)
        return found


def _alike(
    label: str, there: dict[str, SchemaObject], catalog: Catalog | None
) -> SchemaObject | None:
    """SQLite compares names without case: a model may spell a table in another way."""
    if catalog is None or catalog.dialect != "sqlite":
        return None
    return next((item for name, item in there.items() if name.lower() == label.lower()), None)
