"""One revision in full, in tabs: each is made when it is opened, not before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import ipywidgets as ipw
from markupsafe import Markup

from schema.project import Project
from schema.render import (
    error_html,
    panel,
    revision_about_html,
    revision_changes_html,
    revision_data_html,
    revision_source_html,
    revision_sql_html,
)
from schema.revisions import DIALECTS, RevisionPage, read_sql
from schema.widgets.latest import Latest
from schema.widgets.parts import heard, row
from schema.wording import printable

__all__ = ["RevisionView"]

#: Of a button's words, as many characters are shown.
_MOST = 60

#: The tabs that tell what was seen when the revision was replayed.
_REPLAYED = frozenset({"about", "schema"})


@dataclass(frozen=True)
class _Part:
    """One tab: its title, and what shows a page in it."""

    title: str
    show: Callable[[RevisionPage], None]
    body: ipw.HTML


class RevisionView(ipw.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """``page`` is the revision in sight; ``go`` is called with the id of a neighbour.

    ``tabs`` are the parts of the page; ``neighbours`` the buttons that lead to what it follows, and
    to what follows it. ``first`` is the kind of database whose SQL is shown first.
    """

    def __init__(self, project: Project, go: Callable[[str], None]) -> None:
        self.page: RevisionPage | None = None
        self.project = project
        self.first = DIALECTS[0]
        self._go = go
        self._stale: set[str] = set()
        self._targets: list[str] = []
        self._sql: dict[tuple[str, str, str], str] = {}
        self.loader = Latest(self._fail)
        self.neighbours = row()
        self.parts = {
            name: _Part(title, show, ipw.HTML("", tooltip=title))
            for name, title, show in (
                ("about", "About", self._show_about),
                ("schema", "Schema", self._show_schema),
                ("data", "Data", self._show_data),
                ("sql", "SQL", self._show_sql),
                ("source", "Source", self._show_source),
            )
        }
        self.tabs = ipw.Tab(
            [part.body for part in self.parts.values()],
            titles=[part.title for part in self.parts.values()],
        )
        self.tabs.observe(lambda _: self._load(), names="selected_index")
        super().__init__([self.neighbours, self.tabs])
        self.layout.display = "none"

    def __repr__(self) -> str:
        return f"<RevisionView of {self.page.revision.id if self.page else 'nothing'}>"

    def show(self, page: RevisionPage | None) -> None:
        """Show this revision, in the tab that is open; None shows nothing.

        Where only more became known of the one in sight, what does not depend on it stays.
        """
        known, self.page = self.page, page
        self.layout.display = "none" if page is None else None
        is_same = known is not None and page is not None and known.revision is page.revision
        self._stale |= _REPLAYED if is_same else set(self.parts)
        if page is not None:
            self._paint_neighbours(page)
            self._load()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the tab in sight is there."""
        return self.loader.wait(timeout)

    def _load(self) -> None:
        """Make what the open tab shows, unless it is there already."""
        name = list(self.parts)[self.tabs.selected_index or 0]
        if self.page is not None and name in self._stale:
            self._stale.discard(name)
            self.parts[name].show(self.page)

    def _fail(self, error: BaseException) -> None:
        name = list(self.parts)[self.tabs.selected_index or 0]
        self.parts[name].body.value = error_html(error)

    # -- what is around it -------------------------------------------------------------------

    def _paint_neighbours(self, page: RevisionPage) -> None:
        led = [("arrow-up", "Followed by", name) for name in page.children]
        led += [("arrow-down", "Follows", name) for name in page.revision.parents]
        self._targets = [name for _, _, name in led]
        while len(self.neighbours.children) < len(led):
            self.neighbours.children += (self._neighbour(len(self.neighbours.children)),)
        for number, made in enumerate(self.neighbours.children):
            made.layout.display = None if number < len(led) else "none"
        for made, (icon, words, name) in zip(self.neighbours.children, led, strict=False):
            said = printable(f"{words} {name} {page.messages.get(name, '(no file bears it)')}")
            made.description = said if len(said) <= _MOST else said[:_MOST] + " …"
            made.tooltip, made.icon, made.disabled = said, icon, name not in page.messages

    def _neighbour(self, number: int) -> ipw.Button:
        made = heard(ipw.Button(layout=ipw.Layout(width="auto")))
        made.on_click(lambda _: self._go(self._targets[number]))
        return made

    # -- the tabs ----------------------------------------------------------------------------

    def _show_about(self, page: RevisionPage) -> None:
        self.parts["about"].body.value = revision_about_html(page)

    def _show_schema(self, page: RevisionPage) -> None:
        self.parts["schema"].body.value = revision_changes_html(page)

    def _show_data(self, page: RevisionPage) -> None:
        self.parts["data"].body.value = revision_data_html(page)

    def _show_source(self, page: RevisionPage) -> None:
        self.parts["source"].body.value = revision_source_html(page)

    def _show_sql(self, page: RevisionPage) -> None:
        key = (page.revision.id, page.source, self.first)
        body = self.parts["sql"].body
        if key in self._sql:
            body.value = self._sql[key]
            return
        body.value = panel(Markup('<p class="swb-faint">Asking the project for its SQL …</p>'))

        def ask() -> None:
            found = read_sql(self.project, page.revision.id, self._dialects())
            self._sql[key] = revision_sql_html(found)
            if self.page is page:
                body.value = self._sql[key]

        self.loader.ask(ask)

    def _dialects(self) -> list[str]:
        """The kinds of databases, the project's own first."""
        return sorted(DIALECTS, key=lambda name: name != self.first)
