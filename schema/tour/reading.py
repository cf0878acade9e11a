"""Reading a tour: what revisions and models tell together, or either alone where one fails."""

from __future__ import annotations

from schema.catalog import Catalog
from schema.errors import WorkbenchError
from schema.project import Project
from schema.replay import Progress, materialised
from schema.stopping import check
from schema.tables import read_models
from schema.timeline import Timeline, read_timeline
from schema.tour.making import MOST_STATIONS, tour_of
from schema.tour.values import Tour
from schema.wording import counted

__all__ = ["read_tour"]


def read_tour(
    project: Project, *, most: int = MOST_STATIONS, on_progress: Progress | None = None
) -> Tour:
    """The tour of what the revisions make, in the words of the models. No database is opened.

    Where there are no revisions, or they cannot be replayed, it is a tour of what the models make;
    where the models cannot be read, one without their words: ``Tour.notes`` say so. Raises
    ProjectCodeError when there is nothing to show.
    """
    notes = []
    timeline = None
    try:
        timeline = read_timeline(project, on_progress=on_progress)
    except WorkbenchError as error:
        notes.append(f"The revisions could not be replayed: {error}")
    if timeline is not None and timeline.failed:
        notes.append(_failures(timeline))
    check()
    models = None
    try:
        models = read_models(project)
    except WorkbenchError as error:
        notes.append(f"The models could not be read: {error}")
    catalog = _catalog(project, timeline)
    return tour_of(catalog, models=models, timeline=timeline, most=most, notes=notes)


def _catalog(project: Project, timeline: Timeline | None) -> Catalog:
    if timeline is not None and timeline.steps:
        return timeline.at("heads")
    found = timeline.dialect if timeline else project.dialect()
    return materialised(project, found if found in {"sqlite", "postgresql"} else "sqlite")


def _failures(timeline: Timeline) -> str:
    failed = ", ".join(step.id for step in timeline.failed)
    count = counted(len(timeline.failed), "revision")
    return f"{count} could not be replayed, so the tour lacks what they do: {failed}."
