"""What of a database belongs to a project: its catalog without the version table and what env.py
leaves out.

The filters are ``include_object``, ``include_name`` and ``include_schemas``; only the worker can
ask them. Each object is asked about once, so that the catalogs at all revisions cost one request.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from sqlalchemy.engine import URL, Connection

from schema.catalog import Catalog, Identity, SchemaObject, read_catalog
from schema.project import Project, Settings

__all__ = ["Scope"]


class Scope:
    """The filters of one project, as they stand now: an edited env.py needs a new Scope."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._known: dict[Identity, bool] = {}

    @cached_property
    def _settings(self) -> Settings:
        return self._project.settings(with_url=False)

    def digest(self) -> str:
        """Of all that the filters rest on; "" where that is more than can be known."""
        settings = self._settings
        if not settings.filters_by_schema:
            return self._project.told().digest
        return repr((settings.include_schemas, settings.schemas, settings.default_schema))

    def live(self, database: URL | Connection) -> Catalog:
        """The catalog of a live database, without the version table and what is left out."""
        settings = self._settings
        found = read_catalog(database)
        return self.of(found.without_table(settings.version_table, settings.version_table_schema))

    def of(self, catalog: Catalog) -> Catalog:
        """A catalog without what is left out; the same one when all of it belongs."""
        if self._settings.filters_by_schema:
            return self._by_schema(catalog)
        self.learn([catalog])
        if all(map(self._known.__getitem__, catalog)):
            return catalog
        return catalog.where(lambda item: self._known[item.identity])

    def _by_schema(self, catalog: Catalog) -> Catalog:
        """The same, where env.py has no filter of its own: then each schema is in, or out."""
        first = {_place(item): item for item in catalog.values()}
        left_out = {place for place, item in first.items() if not self._settings.includes(item)}
        if not left_out:
            return catalog
        return catalog.where(lambda item: _place(item) not in left_out)

    def learn(self, catalogs: Iterable[Catalog]) -> None:
        """Ask about the objects of several catalogs at once."""
        new: dict[Identity, SchemaObject] = {}
        for catalog in catalogs:
            new.update((key, item) for key, item in catalog.items() if key not in self._known)
        if new:
            answers = self._project.included(list(new.values()))
            self._known.update(zip(new, answers, strict=True))


def _place(item: SchemaObject) -> tuple[bool, str | None]:
    """Where an object is; of a schema, which one it is."""
    is_schema = item.kind == "schema"
    return is_schema, item.name if is_schema else item.schema_name
