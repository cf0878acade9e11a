"""What is known best of a project's schema: its live database, its revisions, or its models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from schema.catalog import Catalog
from schema.database import open_read_only, show_url
from schema.errors import DatabaseError, WorkbenchError
from schema.project import Project
from schema.replay import materialised
from schema.scope import Scope
from schema.timeline import read_timeline

__all__ = ["Known", "known_catalog"]


@dataclass(frozen=True)
class Known:
    """A catalog, where it was taken from, and why not from something better: each in words."""

    catalog: Catalog = field(repr=False)
    source: str
    notes: tuple[str, ...] = ()


def known_catalog(project: Project, at: str | None = None, *, dialect: str | None = None) -> Known:
    """The catalog at a revision, of the ``live`` database or of the ``models``.

    ``at`` is a revision's id, the beginning of one, a label, ``base``, ``head`` or ``heads``, or
    one of those two words. None: the live database if it can be read and is not empty, else all
    heads of the revisions, else the models. ``dialect`` is the kind of scratch database for
    revisions and models. Raises WorkbenchError when that cannot be had.
    """
    if at == "live":
        return _live(project)
    if at == "models":
        return _models(project, dialect)
    if at is not None:
        return _revision(project, at, dialect)
    notes: list[str] = []
    choices: tuple[Callable[[], Known], ...] = (
        lambda: _live(project, is_asked_for=False),
        lambda: _revision(project, "heads", dialect),
    )
    for choice in choices:
        try:
            found = choice()
        except WorkbenchError as error:
            notes.append(str(error))
        else:
            return Known(found.catalog, found.source, tuple(notes))
    found = _models(project, dialect)
    return Known(found.catalog, found.source, tuple(notes))


def _live(project: Project, *, is_asked_for: bool = True) -> Known:
    url = project.database_url()
    with open_read_only(url) as connection:
        catalog = Scope(project).live(connection)
    if not is_asked_for and not catalog.of_kind("table"):
        raise DatabaseError(f"{show_url(url)} holds no tables.")
    return Known(catalog, f"the database {show_url(url)}")


def _revision(project: Project, at: str, dialect: str | None) -> Known:
    timeline = read_timeline(project, dialect=dialect)
    lacking = timeline.lacking(at)
    notes = (f"Without {', '.join(lacking)}, which could not be run.",) if lacking else ()
    if at in ("head", "heads"):
        at = f"{at} ({', '.join(timeline.history.heads)})"
    return Known(timeline.at(at.partition(" ")[0]), f"the schema at {at}", notes)


def _models(project: Project, dialect: str | None) -> Known:
    kind = dialect or project.dialect() or "sqlite"
    return Known(Scope(project).of(materialised(project, kind)), "the models")
