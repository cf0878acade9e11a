"""All about one table, under the tour: its page, and the biography of it or of a column."""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

import ipywidgets as ipw
from markupsafe import Markup
from sqlalchemy.engine import URL

from schema.biography import biography_of
from schema.errors import WorkbenchError
from schema.project import Project
from schema.render import biography_html, panel, table_page_html
from schema.render.theme import text
from schema.tables import table_page
from schema.timeline import Timeline
from schema.widgets.parts import button, field, heard, row
from schema.widgets.stoppable import StoppablePanel
from schema.wording import printable

__all__ = ["TourPages"]

#: As many pages are kept: the last ones looked at.
_KEPT = 60


class _Wanted(NamedTuple):
    """What a page is to tell: of which table, and, in its biography, of which column ("": all)."""

    table: str
    column: str
    masked: bool
    counted: bool


class _Page(NamedTuple):
    page: str
    biography: str
    columns: tuple[str, ...]


class TourPages(StoppablePanel):
    """The page of a table, its sample rows masked unless told otherwise, and biographies.

    A page that was read once is there at once; another is read in the background, and of several
    that were asked for quickly only the last.
    """

    def __init__(self, project: Project, url: URL | None = None) -> None:
        super().__init__()
        self.project = project
        self.url = url
        self.timeline: Timeline | None = None
        self._kept: OrderedDict[_Wanted, _Page] = OrderedDict()
        self._wanted: _Wanted | None = None
        self._tried: _Wanted | None = None
        self._quiet = False
        self.page = ipw.HTML("", tooltip="The table's page")
        self.biography = ipw.HTML("", tooltip="Every revision that touched it")
        self.column = field(
            ipw.Dropdown, "Of", "Whose biography to read", options=[("the table", "")]
        )
        self.unmasked = heard(
            ipw.Checkbox(
                value=False,
                description="sample values as they are",
                tooltip="Show the sample rows without masking what is in them",
                indent=False,
                layout=ipw.Layout(width="auto", margin="0 12px 0 4px"),
            )
        )
        self.count_rows = button(
            "Count rows", "calculator", "Read the whole table once, to count rows and values"
        )
        self.tabs = ipw.Tab(
            [
                ipw.VBox([row(self.unmasked, self.count_rows), self.page]),
                ipw.VBox([row(self.column), self.biography]),
            ],
            titles=("Table", "Biography"),
        )
        self.children = (row(self.stop, self.bar, self.count, self.status), self.error, self.tabs)
        self.column.observe(lambda _: self._ask(), names="value")
        self.unmasked.observe(lambda _: self._ask(), names="value")
        self.when(self.count_rows, self._count)

    def offer(self, timeline: Timeline | None) -> None:
        """Have biographies from this timeline; what was read before is forgotten."""
        self.timeline = timeline
        self._kept.clear()
        self._wanted = self._tried = None
        self.page.value = self.biography.value = ""

    def show(self, table: str, column: str = "") -> None:
        """Show the page of a table; with a column, its biography as well."""
        self._quiet = True
        try:
            options = dict.fromkeys([("the table", ""), *([(column, column)] if column else [])])
            self.column.options = list(options)
            self.column.value = column
        finally:
            self._quiet = False
        if column:
            self.tabs.selected_index = 1
        self._ask(_Wanted(table, column, not self.unmasked.value, counted=False))

    # -- what is wanted, and what is there -----------------------------------------------------

    def _count(self) -> None:
        if self._wanted is not None:
            self._ask(self._wanted._replace(counted=True))

    def _ask(self, wanted: _Wanted | None = None) -> None:
        if self._quiet:
            return
        if wanted is None:
            if self._wanted is None:
                return
            wanted = self._wanted._replace(
                column=self.column.value or "", masked=not self.unmasked.value
            )
        self._wanted, self._tried = wanted, None
        if wanted in self._kept:
            self.error.value = ""
            self._paint(wanted)
        elif not self.job.is_running:
            self.begin(self._read)

    def _read(self) -> None:
        """Read what is wanted, until nothing else was asked for meanwhile."""
        while (wanted := self._wanted) is not None and wanted != self._tried:
            self._tried = wanted
            if wanted not in self._kept:
                self.say(f"Reading about {printable(wanted.table)} …")
                self._keep(wanted, self._made(wanted))
            self._paint(wanted)

    def _end(self) -> None:
        super()._end()
        # Asked for at the last moment, when the work before had just looked for the last time.
        wanted = self._wanted
        if wanted is not None and wanted not in self._kept and wanted != self._tried:
            self.begin(self._read)

    def _keep(self, wanted: _Wanted, made: _Page) -> None:
        self._kept[wanted] = made
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)

    def _made(self, wanted: _Wanted) -> _Page:
        found = table_page(
            self.project,
            wanted.table,
            url=self.url,
            timeline=self.timeline,
            masked=wanted.masked,
            count=wanted.counted,
        )
        columns = tuple(column.name for column in found.columns)
        return _Page(table_page_html(found), self._biography(wanted), columns)

    def _biography(self, wanted: _Wanted) -> str:
        if self.timeline is None:
            return panel(Markup("<p>There are no revisions to tell of.</p>"))
        name = f"column {wanted.table}.{wanted.column}" if wanted.column else wanted.table
        try:
            return biography_html(biography_of(self.timeline, name))
        except WorkbenchError as error:  # such as a table that only the database has
            return panel(Markup("<p>{}</p>").format(text(error)))

    def _paint(self, wanted: _Wanted) -> None:
        if wanted != self._wanted:
            return
        made = self._kept[wanted]
        self._quiet = True
        try:
            self.column.options = [("the table", ""), *((name, name) for name in made.columns)]
            known = wanted.column in made.columns or not wanted.column
            if not known:
                self.column.options = [*self.column.options, (wanted.column, wanted.column)]
            self.column.value = wanted.column
        finally:
            self._quiet = False
        self.page.value, self.biography.value = made.page, made.biography
        about = f"{wanted.table}.{wanted.column}" if wanted.column else wanted.table
        self.say(f"About {printable(about)}.")
