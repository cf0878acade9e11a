"""Revisions as a table and a graph, read without importing a revision file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from schema.history.authors import Added, additions_of, authors_of
from schema.history.files import RevisionFile, revision_paths
from schema.history.history import History, Revision
from schema.history.remembered import read_files
from schema.history.stamp import current_in, read_current, stamps_in

__all__ = [
    "Added",
    "History",
    "Revision",
    "RevisionFile",
    "additions_of",
    "current_in",
    "read_current",
    "read_history",
    "stamps_in",
]


class RevisionSource(Protocol):
    """The part of a Project that its history is read from."""

    @property
    def version_locations(self) -> tuple[Path, ...]: ...
    @property
    def recursive_version_locations(self) -> bool: ...
    def revision_values(self, path: Path, /) -> Mapping[str, Any]: ...


def read_history(project: RevisionSource) -> History:
    """The history in a project's version folders, with authors from Git where there is one.

    A file that cannot be read is named in ``History.problems``; it does not stop the rest. A
    folder that does not exist holds no revisions, as for Alembic: Git keeps no empty folder.
    """
    locations = project.version_locations
    paths = revision_paths(locations, recursive=project.recursive_version_locations)
    files, problems = read_files(paths, project.revision_values)
    return History(files, authors=authors_of(locations), problems=problems)
