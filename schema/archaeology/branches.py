"""The project with the revision files of another branch, read from Git and not checked out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from schema.errors import RevisionError, WorkbenchError
from schema.git import Repository
from schema.project import Project
from schema.unfinished import working_folder
from schema.variant import with_folders

__all__ = ["with_revisions_from"]

P = TypeVar("P", bound=Project)


@contextmanager
def with_revisions_from(project: P, name: str) -> Iterator[P]:
    """The same project with the revision files that a branch, tag or commit has, and no others.

    They lie in a temporary folder, which is gone afterwards. ``env.py`` and the models are those
    that are here. Raises RevisionError where Git has no such name, or no revisions under it.
    """
    try:
        repository = Repository(project.root)
        contents = {
            folder: repository.files_of(name, _inside(folder, repository))
            for folder in project.version_locations
        }
    except WorkbenchError as error:
        raise RevisionError(f"No revision files could be read from {name!r}: {error}") from None
    if not any(contents.values()):
        raise RevisionError(f"{name!r} has no files in {project.version_locations[0]}.")
    with working_folder("revisions") as made:
        files = with_folders(project.files, Path(made), contents)
        with type(project)(files, project.python, project.chosen_url) as other:
            yield other


def _inside(folder: Path, repository: Repository) -> str:
    name = repository.name_of(folder)
    if name is None:
        raise WorkbenchError(f"{folder} is outside of the repository {repository.root}")
    return name
