"""Drift to look through: the verdict first, then the differences, grouped and filtered."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ipywidgets as ipw
from sqlalchemy.engine import URL

from schema.compare import Difference
from schema.database import parse_url
from schema.drift import CAUSES, Drift, find_drift
from schema.project import Project
from schema.render import grouped_html, verdict_html
from schema.widgets.parts import Panel, button, field, heard, row
from schema.wording import counted

__all__ = ["DriftExplorer", "grouped"]

#: What the differences can be grouped by, and the heading that each then stands under.
GROUPINGS: dict[str, Callable[[Difference], str]] = {
    "cause": lambda item: CAUSES.get(item.cause or "", item.cause or "no cause known"),
    "table": lambda item: item.table or (item.name if item.kind == "table" else "(no table)"),
    "kind": lambda item: item.kind,
    "change": lambda item: item.change,
}


def grouped(differences: Sequence[Difference], by: str, words: str) -> dict[str, list[Difference]]:
    """The differences in which all words occur, under the headings of a grouping.

    Causes stand in the order of ``CAUSES``, what is merely pending last; the rest by name.
    """
    wanted = words.casefold().split()
    heading = GROUPINGS[by]
    groups: dict[str, list[Difference]] = {}
    for item in differences:
        text = f"{item.describe()} {item.change} {item.cause}".casefold()
        if all(word in text for word in wanted):
            groups.setdefault(heading(item), []).append(item)
    order = list(CAUSES.values()) if by == "cause" else sorted(groups)
    return {name: groups[name] for name in [*order, *(set(groups) - set(order))] if name in groups}


class DriftExplorer(Panel):
    """The drift of a live database, found in the background; ``drift`` holds it as a value."""

    def __init__(self, project: Project, url: URL | str | None = None) -> None:
        super().__init__()
        self.project = project
        self.url = None if url is None else parse_url(url)
        self.drift: Drift | None = None
        self.words = field(
            ipw.Text,
            "Filter",
            "Show only the differences in which all of these words occur",
            placeholder="words in names, types, causes",
        )
        self.grouping = field(
            ipw.Dropdown, "Group by", "What the differences are grouped by", options=list(GROUPINGS)
        )
        self.pending = heard(
            ipw.Checkbox(
                value=False,
                description="what is pending too",
                tooltip="Also show what the revisions not yet applied will change; it is no drift",
                indent=False,
                layout=ipw.Layout(width="auto"),
            )
        )
        self.refresh = button("Refresh", "refresh", "Read the live database and compare again")
        self.verdict = ipw.HTML("", tooltip="Verdict")
        self.differences = ipw.HTML("", tooltip="The differences")
        self.children = (
            self.verdict,
            row(self.words, self.grouping, self.pending, self.refresh),
            row(self.bar, self.count, self.status),
            self.error,
            self.differences,
        )
        for control in (self.words, self.grouping, self.pending):
            control.observe(lambda _: self._show(), names="value")
        self.when(self.refresh, self.find)
        self.find()

    def find(self) -> None:
        """Compare again, in the background."""
        self.say("Comparing the live database with migrations and models …")
        self.begin(self._find)

    def set_busy(self, busy: bool) -> None:
        self.refresh.disabled = busy

    def _find(self) -> None:
        # An old verdict must not stand over a new attempt that fails.
        self.drift, self.verdict.value, self.differences.value = None, "", ""
        self.drift = find_drift(self.project, self.url, on_progress=self._progress)
        self.verdict.value = verdict_html(self.drift)
        self._show()

    def _progress(self, done: int, total: int, doing: str) -> None:
        self.tell_progress(done, total)
        self.say(doing[:1].upper() + doing[1:])

    def _end(self) -> None:
        self.clear_progress()
        super()._end()

    def _show(self) -> None:
        drift = self.drift
        if drift is None:
            return
        found = [*drift.differences, *drift.models, *(drift.pending if self.pending.value else ())]
        groups = grouped(found, self.grouping.value, self.words.value)
        self.differences.value = grouped_html(groups)
        shown = sum(map(len, groups.values()))
        self.say(f"{shown} of {counted(len(found), 'difference')} shown.")
