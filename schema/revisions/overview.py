"""All revisions of a project as one table, with where its database stands, if that is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schema.errors import WorkbenchError
from schema.history import read_current, read_history
from schema.project import Project

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy.engine import URL

__all__ = ["revisions_frame"]


def revisions_frame(project: Project, url: URL | None = None) -> pd.DataFrame:
    """One row a revision, newest first: the columns of ``History.frame``, and ``standing``.

    Where the database cannot be read, or is not there, every ``standing`` is ``"unknown"``, and
    ``attrs["note"]`` says why.
    """
    history = read_history(project)
    try:
        return history.frame(read_current(project, url))
    except WorkbenchError as error:
        frame = history.frame().assign(standing="unknown")
        frame.attrs["note"] = f"Where the database stands is not known: {error}"
        return frame
