"""The schema told from its centre outwards: stations, pictures that move with the revisions, pages.

Everything shown is a value of the floors below: a tour, a timeline, diagrams, pages, biographies.
"""

from __future__ import annotations

import ipywidgets as ipw
from sqlalchemy.engine import URL

from schema.database import parse_url
from schema.errors import WorkbenchError
from schema.project import Project
from schema.render import error_html, passed_by_html, station_html
from schema.tables import Index
from schema.tables.search import Hit
from schema.timeline import Timeline
from schema.tour import Tour, goal_of, read_tour
from schema.widgets.parts import button, field, row
from schema.widgets.revision_slider import RevisionSlider
from schema.widgets.stoppable import StoppablePanel
from schema.widgets.tour_find import FindRow
from schema.widgets.tour_pages import TourPages
from schema.widgets.tour_pictures import WHOLE, Pictures, place_label
from schema.wording import counted, printable

__all__ = ["SchemaTour"]

#: From so many tables on, a table and its neighbours are shown at first, not all.
LARGE = 24

_DISTANCES = (
    ("1 step away", 1),
    ("2 steps away", 2),
    ("3 steps away", 3),
    ("the whole schema", WHOLE),
)


class SchemaTour(StoppablePanel):
    """A tour of a project's schema. ``tour`` and ``timeline`` hold what was read, as values.

    ``table`` is the list of tables, ``time`` the slider through the revisions, ``picture`` what
    both lead to; ``pages`` tells all about the chosen table, ``find`` leads to it by any word.
    Needs no database: with one that may be read, the pages tell of its rows, too.
    """

    def __init__(self, project: Project, url: URL | str | None = None) -> None:
        super().__init__()
        self.project = project
        self.url = None if url is None else parse_url(url)
        self.tour: Tour | None = None
        self._pictures: Pictures | None = None
        self._quiet = False
        self.table = field(ipw.Dropdown, "Table", "The table to look at", options=[])
        self.distance = field(
            ipw.Dropdown,
            "Show",
            "How far around the table the picture reaches",
            options=_DISTANCES,
            value=WHOLE,
        )
        self.table.layout.flex, self.distance.layout.flex = "3 1 190px", "2 1 190px"
        self.back = button("Previous stop", "arrow-left", "The table before on the tour")
        self.forward = button("Next stop", "arrow-right", "The next table on the tour")
        self.refresh = button("Refresh", "refresh", "Read models, revisions and database again")
        self.stop_number = ipw.Label("", tooltip="Which stop this is")
        self.station = ipw.HTML("", tooltip="Why this table comes here")
        self.time = RevisionSlider(lambda _: self._draw())
        self.picture = ipw.HTML("", tooltip="The tables and how they hang together")
        self.find = FindRow(self._go)
        self.pages = TourPages(project, self.url)
        self.children = (
            row(self.find, self.refresh, self.stop),
            row(self.bar, self.count, self.status),
            self.error,
            row(self.back, self.forward, self.stop_number, self.table, self.distance),
            self.station,
            self.time,
            self.picture,
            self.pages,
        )
        self.table.observe(lambda _: self._show_table(), names="value")
        self.distance.observe(lambda _: self._draw(), names="value")
        self.when(self.back, lambda: self._step(-1))
        self.when(self.forward, lambda: self._step(1))
        self.when(self.refresh, self.read)
        self.read()

    @property
    def timeline(self) -> Timeline | None:
        """How the schema came to be; None while that is not known."""
        return self.tour.timeline if self.tour is not None else None

    def set_busy(self, busy: bool) -> None:
        super().set_busy(busy)
        self.refresh.disabled = busy
        self._mark_ends()

    # -- what is read, in the background -------------------------------------------------------

    def read(self) -> None:
        """Read the revisions, the models and the tour again, in the background."""
        self.say("Reading the revisions …")
        self.begin(self._read)

    def _read(self) -> None:
        self.tour = read_tour(self.project, on_progress=self._progress)
        self.clear_progress()
        self._pictures = Pictures(self.tour)
        self.pages.offer(self.timeline)
        self.find.offer(
            Index(self.tour.catalog, self.tour.models, timeline=self.timeline, source="revisions")
        )
        self._offer()
        self.say(self._about())

    def _about(self) -> str:
        """What there is, and where it begins, in a sentence or two."""
        tour, timeline = self.tour, self.timeline
        if not tour:
            return "There is no table yet."
        count = len(tour) + sum(len(group.tables) for group in tour.groups)
        steps = len(timeline.steps) if timeline else 0
        said = f"{counted(count, 'table')} in {counted(steps, 'revision')}."
        return " ".join([said, f"The tour begins at {', '.join(tour.centre)}.", *tour.notes])

    def _offer(self) -> None:
        """What can be chosen now; the first stop is in sight, at the newest revision."""
        tour, steps = self.tour, self.timeline.steps if self.timeline else ()
        if tour is None:
            return
        kept = self.table.value
        others = [name for group in tour.groups for name in group.tables]
        names = [station.table for station in tour] + others
        self._quiet = True
        try:
            self.table.options = [
                *((f"{n}. {printable(each.table)}", each.table) for n, each in enumerate(tour, 1)),
                *((printable(name), name) for name in others),
            ]
            if names:
                self.table.value = kept if kept in names else names[0]
            if len(names) > LARGE and self.distance.value == WHOLE:
                self.distance.value = 1
            labels = [place_label(place, steps) for place in range(len(steps) + 1)]
            self.time.offer(labels, len(steps))
        finally:
            self._quiet = False
        self._show_table()

    # -- what is shown of it, at once ----------------------------------------------------------

    def show(self, table: str, column: str = "") -> None:
        """Go to a table; with a column, open its biography as well."""
        if table not in [value for _, value in self.table.options]:
            self.pages.show(table, column)
            return
        self._quiet = True
        try:
            self.table.value = table
        finally:
            self._quiet = False
        self._show_table(column)

    def _go(self, hit: Hit) -> None:
        """Go to where something that was found is to be seen."""
        if self.tour is None:
            return
        goal = goal_of(hit, self.tour)
        if goal.revision and self.timeline is not None:
            self.time.go([step.id for step in self.timeline.steps].index(goal.revision))
            self.say(f"Revision {goal.revision} is in the picture now.")
        elif goal.table:
            self.show(goal.table, goal.column)
            self.say(f"{hit.kind.capitalize()} {printable(hit.label)} is shown below.")
        else:
            self.say(f"{hit.kind.capitalize()} {printable(hit.label)} belongs to no table.")

    def _step(self, by: int) -> None:
        tables = [value for _, value in self.table.options]
        if tables:
            place = tables.index(self.table.value) + by
            self.table.value = tables[min(max(place, 0), len(tables) - 1)]

    def _show_table(self, column: str = "") -> None:
        table, tour = self.table.value, self.tour
        if self._quiet or tour is None:
            return
        self._mark_ends()
        if table is None:
            self.station.value = self.picture.value = ""
            return
        station = tour.station(table)
        history = self.timeline.history if self.timeline else None
        self.station.value = (
            passed_by_html(table, tour) if station is None else station_html(station, history)
        )
        self._draw()
        self.pages.show(table, column)

    def _mark_ends(self) -> None:
        tables = [value for _, value in self.table.options]
        place = tables.index(self.table.value) if self.table.value in tables else -1
        self.back.disabled = place <= 0
        self.forward.disabled = place >= len(tables) - 1
        self.stop_number.value = f"Stop {place + 1} of {len(tables)}" if tables else ""

    def _draw(self) -> None:
        if self._quiet or self._pictures is None:
            return
        try:
            self.picture.value = self._pictures.at(
                self.time.place, self.table.value, self.distance.value
            )
        except WorkbenchError as error:
            self.picture.value = error_html(error)
