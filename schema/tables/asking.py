"""What a project's person asks of all tables at once: documentation, and a search that is quick."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from schema.errors import WorkbenchError
from schema.history import read_history
from schema.known import known_catalog
from schema.project import Project
from schema.tables.documentation import Documentation, documentation_of
from schema.tables.models import Models, read_models
from schema.tables.reading import read_structure
from schema.tables.search import MOST, Found, Index
from schema.timeline import read_timeline

__all__ = ["Searcher", "project_documentation"]

#: Seconds after which a live database is looked at again.
_FRESH = 60.0


def project_documentation(project: Project, at: str | None = None) -> Documentation:
    """What of a project's schema is documented: as ``known_catalog`` has it, beside its models."""
    notes: list[str] = []
    models: Models | None = None
    try:
        models = read_models(project)
    except WorkbenchError as error:
        notes.append(f"The models cannot be read: {error}")
    try:
        known = known_catalog(project, at)
    except WorkbenchError as error:
        if models is None or at is not None:
            raise
        return documentation_of(None, models, notes=[*notes, str(error)])
    return documentation_of(known.catalog, models, notes=[*notes, *known.notes])


@dataclass
class Searcher:
    """Searches a project again and again: everything is put in order once.

    It is done anew when the models or the revisions' files have changed, and after a minute, as a
    live database may have.
    """

    project: Project
    _indexes: dict[bool, tuple[float, Any, Index]] = field(default_factory=dict, repr=False)

    def search(
        self, words: str | Sequence[str], *, dropped: bool = False, most: int = MOST
    ) -> Found:
        """What has these words; with ``dropped``, also in what revisions have dropped."""
        return self.index(dropped=dropped).search(words, most=most)

    def index(self, *, dropped: bool = False) -> Index:
        """All that can be found now."""
        state = self._state()
        known = self._indexes.get(dropped)
        if known is not None and known[1] == state and time.monotonic() - known[0] < _FRESH:
            return known[2]
        made = self._made(dropped=dropped)
        self._indexes[dropped] = time.monotonic(), state, made
        return made

    def _made(self, *, dropped: bool) -> Index:
        timeline = read_timeline(self.project) if dropped else None
        structure = read_structure(self.project, timeline=timeline)
        catalog, settings = structure.catalog, None
        if catalog is not None:
            settings = self.project.settings(with_url=False)
            catalog = catalog.without_table(settings.version_table, settings.version_table_schema)
        return Index(
            catalog,
            structure.models,
            read_history(self.project),
            timeline,
            source="database" if structure.source == "database" else "revisions",
            notes=structure.notes,
        )

    def _state(self) -> tuple[Any, ...]:
        """What tells that models or revisions are other ones than before."""
        try:
            digest = self.project.told().digest
        except WorkbenchError:
            digest = ""
        files = sorted(
            (str(path), path.stat().st_mtime_ns)
            for folder in self.project.version_locations
            for path in folder.rglob("*.py")
        )
        return digest, tuple(files)
