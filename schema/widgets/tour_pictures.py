"""The pictures of a tour: one for each revision and each table in focus, drawn once and kept."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

from markupsafe import Markup

from schema.catalog import Catalog
from schema.diagram import Diagram, diagram_between, diagram_of, diagram_through
from schema.diagram.reading import label_of
from schema.render import differences_html, panel, problems_html
from schema.render.er import er_html
from schema.render.theme import ours, text
from schema.timeline import Step
from schema.tour import Tour
from schema.wording import day

__all__ = ["WHOLE", "Pictures", "place_label"]

#: The distance that means all tables.
WHOLE = 0
#: Of so many tables at most, all are drawn; of more, what the revision touched and its neighbours.
READABLE = 60
#: Of so many revisions at most, all share one stage, on which nothing moves from one to the next.
_STAGED = 120
#: Pixels: as wide as there is room beside JupyterLab's list of files.
WIDTH = 850.0
#: Characters of markup that are kept, altogether: some hundred pictures.
_KEPT = 20_000_000


def place_label(place: int, steps: Sequence[Step]) -> str:
    """What a place of the slider is called: ``5 of 14: 85e51f3435b4 Adds user role``.

    The last place, behind all revisions, is the schema as they leave it.
    """
    if place >= len(steps):
        return "now: after all revisions" if steps else "now: there are no revisions"
    revision = steps[place].revision
    failed = "" if steps[place].failure is None else " ✗ failed"
    when = f" ({day(revision.date)})" if revision.date else ""
    return f"{place + 1} of {len(steps)}: {revision.id} {revision.message}{when}{failed}"


class Pictures:
    """What is seen at each place of a timeline, as markup.

    A place is the number of a step, from 0. Behind the last of them, nothing is marked as new: it
    is the schema of the tour itself, and the only place where there are no steps.
    """

    def __init__(self, tour: Tour) -> None:
        self.steps = tour.timeline.steps if tour.timeline else ()
        self._timeline = tour.timeline
        self._last = tour.catalog
        self._kept: OrderedDict[tuple[int, str | None, int], str] = OrderedDict()
        self._size = 0
        self._stage: Diagram | None = None
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self.steps) + 1

    def at(self, place: int, table: str | None = None, distance: int = WHOLE) -> str:
        """The picture at a place: all of the schema, or what is near to a table.

        What the revision of this place added, changed or dropped is coloured, and said below.
        """
        key = place, table if distance else None, distance
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            made = self._draw(*key)
            self._kept[key] = made
            self._size += len(made)
            while self._size > _KEPT and len(self._kept) > 1:
                self._size -= len(self._kept.popitem(last=False)[1])
            return made

    def _draw(self, place: int, table: str | None, distance: int) -> str:
        if self._timeline is None or place >= len(self.steps):
            return self._still(table, distance)
        step = self.steps[place]
        before, after = self._timeline.before(step.id), self._timeline.after(step.id)
        notes = [] if step.failure is None else [f"It could not be run: {step.failure}"]
        if distance and table is not None and not (_has(before, table) or _has(after, table)):
            notes.append(f"There is no table {table} at this revision. Shown is what it changed.")
            distance = WHOLE
        diagram = _diagram(step, before, after, table if distance else None, distance)
        stage = None if distance else self._whole()
        return panel(problems_html(notes, "note"), _drawn(diagram, stage), _told(step))

    def _still(self, table: str | None, distance: int) -> str:
        known = table is not None and _has(self._last, table)
        focus = table if distance and known else None
        diagram = diagram_of(
            self._last, focus=focus, distance=distance or 1, title="The schema as it is to be"
        )
        return panel(_drawn(diagram, None if distance else self._whole()))

    def _whole(self) -> Diagram | None:
        """Everything that was ever there, where all of it can be read at once."""
        timeline = self._timeline
        if self._stage is None and timeline is not None and len(self.steps) <= _STAGED:
            after = [timeline.after(step.id) for step in self.steps]
            if max((len(each.of_kind("table")) for each in after), default=0) <= READABLE:
                self._stage = diagram_through([*after, self._last], detail="all")
        return self._stage


def _diagram(
    step: Step, before: Catalog, after: Catalog, table: str | None, distance: int
) -> Diagram:
    """Both sides of a step in one picture; with a focus, what is near to that table."""
    title = f"The schema at {step.id}"
    if table is not None:
        return diagram_between(before, after, focus=table, distance=distance, title=title)
    if len(after.of_kind("table")) <= READABLE:
        return diagram_between(before, after, around=None, detail="all", title=title)
    return diagram_between(before, after, title=title)


def _drawn(diagram: Diagram, stage: Diagram | None) -> Markup:
    return ours(er_html(diagram, width=WIDTH, within=stage))


def _has(catalog: Catalog, table: str) -> bool:
    return any(label_of(item.schema_name, item.name) == table for item in catalog.of_kind("table"))


def _told(step: Step) -> Markup:
    """What the revision of a place did, in words, folded where it is long."""
    title = Markup("<b>{}</b> {}").format(text(step.id), text(step.revision.message))
    who = ", ".join(filter(None, [day(step.revision.date), step.revision.author or ""]))
    head = Markup('<p>{} <span class="swb-faint">{}</span>: {}</p>')
    said = head.format(title, text(who), text(step.summary))
    if not step.differences:
        return said
    whole = Markup("<details><summary>What it changed</summary>{}</details>")
    return said + whole.format(ours(differences_html(step.differences)))
