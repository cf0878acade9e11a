"""The text of a draft's revision, checked before it is taken."""

from __future__ import annotations

from pathlib import Path

from schema.authoring.operations import functions
from schema.authoring.texts import parse
from schema.errors import RevisionError
from schema.history.files import read_file
from schema.project import Project
from schema.unfinished import working_folder

__all__ = ["check_text", "parents_of"]


def parents_of(project: Project, path: Path) -> tuple[str, ...]:
    """What a revision file follows."""
    return read_file(path, project.revision_values).parents


def check_text(text: str, path: Path, revision: str, parents: tuple[str, ...]) -> None:
    """Raise RevisionError, or WorkbenchError with the line, for a text that is not this revision's.

    It must be Python, with an ``upgrade`` and a ``downgrade``, this id, and these parents.
    """
    tree = parse(text, path.name)
    for direction in ("upgrade", "downgrade"):
        if not functions(tree, direction):
            raise RevisionError(f"{path.name} has no {direction}(): Alembic needs both.")
    with working_folder("mend") as folder:
        file = Path(folder) / path.name
        file.write_text(text, encoding="utf-8")
        found = read_file(file)
    if found.id != revision:
        raise RevisionError(f"{path.name} is revision {revision}; the new text says {found.id!r}.")
    if set(found.parents) != set(parents):
        raise RevisionError(
            f"{path.name} follows {', '.join(parents) or 'nothing'}; the new text says "
            f"{', '.join(found.parents) or 'nothing'}. Where it belongs is not changed by a mend."
        )
