"""One revision in full, in tabs: each is made when it is opened, not before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import ipywidgets as ipw
from markupsafe import Markup

from schema.project import Project
from schema.render import (
    er_html,
    error_html,
    panel,
    revision_about_html,
    revision_changes_html,
    revision_data_html,
    revision_source_html,
    revision_sql_html,
)
from schema.revisions import DIALECTS, RevisionPage, read_sql, revision_picture
from schema.timeline import Timeline
from schema.widgets.biography_tab import BiographyTab
from schema.widgets.latest import Latest
from schema.widgets.parts import heard, row
from schema.wording import printable

__all__ = ["RevisionView"]

#: So many pictures and texts are kept, so that going back is quick.
_MOST_MADE = 60

#: Of a button's words, as many characters are shown.
_MOST = 60

#: The tabs that tell what was seen when the revision was replayed.
_REPLAYED = frozenset({"about", "schema", "picture", "lives"})

#: A picture is about as wide as a notebook's cell on a laptop, in pixels.
_WIDTH = 800.0


@dataclass(frozen=True)
class _Part:
    """One tab: its title, what shows a page in it, where, and the whole of it."""

    title: str
    show: Callable[[RevisionPage], None]
    body: ipw.HTML
    box: ipw.Widget


def _part(title: str, show: Callable[[RevisionPage], None]) -> _Part:
    """A tab that is a body and nothing else."""
    body = ipw.HTML("", tooltip=title)
    return _Part(title, show, body, body)


class RevisionView(ipw.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """``page`` is the revision in sight; ``go`` is called with the id of a neighbour.

    ``tabs`` are the parts of the page; ``neighbours`` the buttons that lead to what it follows, and
    to what follows it. ``first`` is the kind of database whose SQL is shown first.
    """

    def __init__(self, project: Project, go: Callable[[str], None]) -> None:
        self.page: RevisionPage | None = None
        self.timeline: Timeline | None = None
        self.project = project
        self.first = DIALECTS[0]
        self._go = go
        self._stale: set[str] = set()
        self._targets: list[str] = []
        self._made: dict[tuple[str, str], str] = {}
        self._loaders = {name: self._loader(name) for name in ("picture", "sql")}
        self.neighbours = row()
        self.lives = BiographyTab()
        self.parts = {
            "about": _part("About", self._show_about),
            "schema": _part("Schema", self._show_schema),
            "picture": _part("Picture", self._show_picture),
            "lives": _Part("Biography", self._show_lives, self.lives.biography, self.lives),
            "data": _part("Data", self._show_data),
            "sql": _part("SQL", self._show_sql),
            "source": _part("Source", self._show_source),
        }
        self.tabs = ipw.Tab(
            [part.box for part in self.parts.values()],
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

    def renew(self, timeline: Timeline | None) -> None:
        """All was read again: nothing of what was made before holds any more."""
        self.timeline = timeline
        self._made = {}

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the tabs that were opened are there."""
        waiting: tuple[Latest | BiographyTab, ...] = (*self._loaders.values(), self.lives)
        return all(each.wait(timeout) for each in waiting)

    def _load(self) -> None:
        """Make what the open tab shows, unless it is there already."""
        name = list(self.parts)[self.tabs.selected_index or 0]
        if self.page is not None and name in self._stale:
            self._stale.discard(name)
            self.parts[name].show(self.page)

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
        self._show_schema_in("schema", page)

    def _show_schema_in(self, name: str, page: RevisionPage) -> None:
        self.parts[name].body.value = revision_changes_html(page)

    def _show_data(self, page: RevisionPage) -> None:
        self.parts["data"].body.value = revision_data_html(page)

    def _show_source(self, page: RevisionPage) -> None:
        self.parts["source"].body.value = revision_source_html(page)

    def _show_picture(self, page: RevisionPage) -> None:
        timeline, name = self.timeline, page.revision.id
        if timeline is None or page.step is None or not page.step.differences:
            # There is nothing to draw, and why that is so is said here.
            self._show_schema_in("picture", page)
            return
        self._make("picture", page, lambda: er_html(revision_picture(timeline, name), width=_WIDTH))

    def _show_lives(self, page: RevisionPage) -> None:
        self.lives.offer(self.timeline, page.step, page.trouble)

    def _show_sql(self, page: RevisionPage) -> None:
        dialects = sorted(DIALECTS, key=lambda name: name != self.first)  # the project's own first
        self._make(
            "sql",
            page,
            lambda: revision_sql_html(read_sql(self.project, page.revision.id, dialects)),
        )

    def _make(self, name: str, page: RevisionPage, make: Callable[[], str]) -> None:
        """Make a tab's content in the background, unless it was made already."""
        key, body, known = (name, page.revision.id), self.parts[name].body, self._made
        if key in known:
            body.value = known[key]
            return
        body.value = panel(Markup('<p class="swb-faint" role="status">A moment …</p>'))

        def work() -> None:
            made = make()
            if len(known) >= _MOST_MADE:
                known.clear()
            known[key] = made
            if self.page is not None and self.page.revision is page.revision:
                body.value = made

        self._loaders[name].ask(work)

    def _loader(self, name: str) -> Latest:
        def failed(error: BaseException) -> None:
            self.parts[name].body.value = error_html(error)

        return Latest(failed)
