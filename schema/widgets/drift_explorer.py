"""Drift to look through: the verdict first, then the differences, filtered, grouped, in pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import ipywidgets as ipw
from markupsafe import Markup
from sqlalchemy.engine import URL

from schema.database import parse_url
from schema.drift import Drift, find_drift
from schema.project import Project
from schema.render import definition_html, panel, section_html, verdict_html
from schema.sections import ASIDE, Section
from schema.widgets.drift_view import (
    ANY,
    GROUPINGS,
    Entry,
    causes,
    counts,
    entries,
    kinds,
    matching,
    pages,
    parts,
)
from schema.widgets.pager import Pager
from schema.widgets.parts import button, field, heard, row
from schema.widgets.repair_tab import RepairTab
from schema.widgets.stoppable import StoppablePanel
from schema.wording import counted, printable

__all__ = ["DriftExplorer"]

_TOGGLES = {
    "pending": "What the revisions not yet applied will change; it is no drift",
    "cosmetic": "What changes no statement's meaning, such as a name that the server made up",
    "accepted": "What the project agreed to, with the reason",
    "unmanaged": "What neither migrations nor models make, such as privileges",
}


class DriftExplorer(StoppablePanel):
    """The drift of a live database, found in the background; ``drift`` holds it as a value.

    ``repair`` is the tab in which a repair is proposed, and ``repair.repair`` the last one.
    """

    def __init__(self, project: Project, url: URL | str | None = None) -> None:
        super().__init__()
        self.project = project
        self.url = None if url is None else parse_url(url)
        self.drift: Drift | None = None
        self._entries: list[Entry] = []
        self._shown: list[Entry] = []
        self._pages: list[list[Entry]] = []
        self._quiet = False
        self._make_controls()
        self.verdict = ipw.HTML("", tooltip="Verdict")
        self.differences = ipw.HTML("", tooltip="The differences")
        self.definition = ipw.HTML("", tooltip="One difference with its whole definition")
        self.repair = RepairTab(project)
        looked = ipw.VBox([self.pager, self.differences, row(self.chosen), self.definition])
        self.tabs = ipw.Tab([looked, self.repair], titles=("Differences", "Repair"))
        self.children = (
            self.verdict,
            row(self.words, self.kind, self.cause),
            row(self.grouping, *self.toggles.values(), self.refresh, self.stop),
            row(self.bar, self.count, self.status),
            self.error,
            self.tabs,
        )
        self.when(self.refresh, self.find)
        self.find()

    # -- what is on the page -----------------------------------------------------------------

    def _make_controls(self) -> None:
        self.words = field(
            ipw.Text,
            "Filter",
            "Show only the differences in which all of these words occur",
            placeholder="words in names, types, causes",
        )
        self.words.layout.flex = "1 1 250px"
        self.kind = self._dropdown("Kind", "Show only objects of this kind", [("all", ANY)])
        self.cause = self._dropdown("Cause", "Show only what has this cause", [("all", ANY)])
        self.grouping = self._dropdown(
            "Group by", "What the differences are grouped by", list(GROUPINGS)
        )
        self.chosen = self._dropdown(
            "In full", "The difference to show with its whole definition", [("choose one …", None)]
        )
        self.toggles = {slug: _toggle(slug, tooltip) for slug, tooltip in _TOGGLES.items()}
        self.refresh = button("Refresh", "refresh", "Read the live database and compare again")
        self.pager = Pager(self._show_page)
        for control in (self.words, self.kind, self.cause, self.grouping, *self.toggles.values()):
            control.observe(lambda _: self._show(), names="value")
        self.chosen.observe(lambda _: self._show_chosen(), names="value")

    def _dropdown(self, label: str, tooltip: str, options: list[Any]) -> ipw.Dropdown:
        control = field(ipw.Dropdown, label, tooltip, options=options)
        control.layout.flex = "1 1 210px"
        return control

    def set_busy(self, busy: bool) -> None:
        super().set_busy(busy)
        self.refresh.disabled = busy

    # -- what is found, in the background ----------------------------------------------------

    def find(self) -> None:
        """Compare again, in the background."""
        self.say("Comparing the live database with migrations and models …")
        self.begin(self._find)

    def _find(self) -> None:
        # An old verdict must not stand over a new attempt that fails.
        self.drift, self._entries = None, []
        self.verdict.value = self.differences.value = self.definition.value = ""
        self.repair.offer(None, ())
        self.drift = find_drift(self.project, self.url, on_progress=self._progress)
        self._entries = entries(self.drift)
        self.verdict.value = verdict_html(self.drift)
        self._offer()
        self._show()

    # -- what is shown of it -----------------------------------------------------------------

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        """Controls are set without each change of one repainting the page."""
        self._quiet = True
        try:
            yield
        finally:
            self._quiet = False

    def _offer(self) -> None:
        """What can be chosen now, with how many there are of each."""
        with self._quietly():
            for control, options in (
                (self.kind, kinds(self._entries)),
                (self.cause, causes(self._entries)),
            ):
                kept = control.value
                control.options = options
                control.value = kept if kept in dict(options).values() else ANY
            for slug, toggle in self.toggles.items():
                count = sum(entry.section.slug == slug for entry in self._entries)
                toggle.description = f"{slug} ({count})"
                toggle.disabled = not count
                toggle.value = toggle.value and bool(count)

    def _aside(self) -> list[str]:
        chosen = [slug for slug, toggle in self.toggles.items() if toggle.value]
        # Who asks for a cause by name wants to see it, whatever the toggles say.
        return [*chosen, *(slug for slug, title in ASIDE.items() if title == self.cause.value)]

    def _show(self) -> None:
        """Filter anew, and show the first page."""
        if self.drift is None or self._quiet:
            return
        self._shown = matching(
            self._entries,
            words=self.words.value,
            kind=self.kind.value,
            cause=self.cause.value,
            aside=self._aside(),
        )
        self._pages = pages(self._shown, self.grouping.value)
        self.pager.offer(len(self._pages))
        self._show_page(0)
        self.repair.offer(self.drift, [entry.difference for entry in self._shown])
        total = len(self._entries)
        self.say(f"{len(self._shown)} of {counted(total, 'difference')} shown.")

    def _show_page(self, number: int) -> None:
        page = self._pages[number] if self._pages else []
        self.differences.value = self._page_html(page)
        with self._quietly():
            options = [(_label(entry), number) for number, entry in enumerate(page)]
            self.chosen.options = [("choose one …", None), *options]
            self.chosen.value = None
        self.definition.value = ""

    def _page_html(self, page: Sequence[Entry]) -> str:
        if not page:
            return panel(Markup("<p>Nothing to show.</p>"))
        by = self.grouping.value
        totals = counts(self._shown, by)
        return panel(*(self._part(part, totals[part.title], by) for part in parts(page, by)))

    def _part(self, part: Section, total: int, by: str) -> Markup:
        return section_html(
            part, total, by_table=by == "cause and table", causes=not by.startswith("cause")
        )

    def _show_chosen(self) -> None:
        drift, number = self.drift, self.chosen.value
        if drift is None or number is None or self._quiet:
            self.definition.value = ""
            return
        page = self._pages[self.pager.number]
        self.definition.value = _definition(drift, page[number])


def _toggle(slug: str, tooltip: str) -> ipw.Checkbox:
    return heard(
        ipw.Checkbox(
            value=False,
            description=slug,
            tooltip=tooltip,
            indent=False,
            disabled=True,
            layout=ipw.Layout(width="auto", margin="0 12px 0 4px"),
        )
    )


def _label(entry: Entry) -> str:
    item = entry.difference
    return printable(f"{item.kind} {item.label} {item.change}")[:160]


def _definition(drift: Drift, entry: Entry) -> str:
    """Both sides of a difference in full, from the catalogs that were compared."""
    slug, item = entry.section.slug, entry.difference
    sides = {
        "pending": (drift.expected, drift.head),
        "models-ahead": (drift.head, drift.materialised),
    }
    left, right = sides.get(slug, (drift.expected, drift.live))
    old = item.identity._replace(name=item.renamed_from or item.name)
    return definition_html(
        item,
        None if left is None else left.get(old),
        None if right is None else right.get(item.identity),
        entry.section.left,
        entry.section.right,
    )
