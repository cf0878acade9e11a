"""Many databases to look through: the verdict, the groups, how each differs, then every member."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import ipywidgets as ipw
from markupsafe import Markup
from sqlalchemy.engine import URL

from schema.compare import Differences
from schema.fleet import FAILED, MARKS, VERDICTS, Database, Fleet, FleetCheck, Group, Member
from schema.fleet.said import verdict_words
from schema.project import Project
from schema.render import fleet_verdict_html, group_html, members_table, panel
from schema.stopping import Stopped
from schema.widgets.pager import Pager
from schema.widgets.parts import button, field, heard, row
from schema.widgets.stoppable import StoppablePanel
from schema.wording import capitalised, counted, printable

__all__ = ["FleetPanel"]

#: So many groups, and members, are on a page.
_GROUPS, _MEMBERS = 8, 50
#: Seconds between two looks at what was found so far.
_PAUSE = 0.7
_ANY = ""
_MIGRATIONS, _LARGEST = "the migrations", "the largest group"


class FleetPanel(StoppablePanel):
    """The check of a fleet, in the background; ``fleet`` holds what was found as a value.

    ``options`` are those of ``check_fleet``: ``jobs``, ``executor``, ``results`` …
    """

    def __init__(
        self,
        project: Project,
        databases: Iterable[Database | URL | str | Path],
        **options: Any,  # noqa: ANN401 -- passed on
    ) -> None:
        super().__init__()
        self.project = project
        self.databases = list(databases)
        self.fleet: Fleet | None = None
        self._options = options
        self._painted_at = 0.0
        self._opened: Group | None = None
        self._shown: list[Member] = []
        self._is_offering = False
        self._make_controls()
        self.verdict = ipw.HTML("", tooltip="Verdict")
        self.list = ipw.VBox([])
        self.group = ipw.HTML("", tooltip="How the group differs")
        self.members = ipw.HTML("", tooltip="The databases one by one")
        groups = ipw.VBox([self.group_pager, self.list, row(self.against), self.group])
        each = ipw.VBox([row(self.words, self.which), self.member_pager, self.members])
        self.tabs = ipw.Tab([groups, each], titles=("Groups", "Databases"))
        self.children = (
            self.verdict,
            row(self.refresh, self.stop, self.bar, self.count, self.status),
            self.error,
            self.tabs,
        )
        self.when(self.refresh, self.check)
        self.check()

    def _make_controls(self) -> None:
        self.refresh = button("Check again", "refresh", "Read all databases again")
        self.words = field(
            ipw.Text,
            "Filter",
            "Show only the databases in which all of these words occur",
            placeholder="words in names, hosts, revisions, reasons",
        )
        self.which = field(
            ipw.Dropdown, "Verdict", "Show only databases with this verdict",
            options=[("all", _ANY)],
        )  # fmt: skip
        self.against = field(
            ipw.Dropdown, "Against", "What the group is compared with",
            options=[_MIGRATIONS, _LARGEST],
        )  # fmt: skip
        self.group_pager = Pager(self._show_groups)
        self.member_pager = Pager(self._show_members)
        for control in (self.words, self.which):
            control.observe(lambda _: self._filter(), names="value")
        self.against.observe(lambda _: self._show_group(), names="value")

    def set_busy(self, busy: bool) -> None:
        super().set_busy(busy)
        self.refresh.disabled = busy

    # -- what is found, in the background ----------------------------------------------------

    def check(self) -> None:
        """Check all databases, in the background."""
        self.say(f"Reading {counted(len(self.databases), 'database')} …")
        self.begin(self._check)

    def _check(self) -> None:
        check = FleetCheck(
            self.project, self.databases, on_progress=self._went,
            on_member=lambda _: self._peek(check), **self._options,
        )  # fmt: skip
        self._take(check.fleet)
        try:
            check.run()
        except Stopped:
            self._take(check.fleet)
            known = len(self.databases) - check.fleet.counts.get("not-checked", 0)
            self.say(f"Stopped: {known} of {counted(len(self.databases), 'database')} checked.")
            return
        self._take(check.fleet)
        self.say(f"{counted(len(check.fleet), 'database')} checked.")

    def _went(self, done: int, total: int, doing: str) -> None:
        self.tell_progress(done, total)
        self.say(f"{capitalised(doing)} …")

    def _peek(self, check: FleetCheck) -> None:
        """Show what was found so far, now and then: that takes time, too."""
        started = time.monotonic()
        if started - self._painted_at > _PAUSE:
            self._take(check.fleet)
            taken = time.monotonic() - started
            self._painted_at = time.monotonic() + 5 * taken

    def _take(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.verdict.value = fleet_verdict_html(fleet)
        self._offer_verdicts(fleet)
        self.group_pager.resize(-(-len(fleet.groups) // _GROUPS))
        self._show_groups(self.group_pager.number)
        if self._opened is not None:
            self.show_group(self._opened.id)
        self._choose()
        self.member_pager.resize(self._pages)
        self._show_members(self.member_pager.number)

    def _offer_verdicts(self, fleet: Fleet) -> None:
        """What can be chosen now, with how many there are of each; what is chosen stays."""
        kept = self.which.value
        options = [(f"all ({len(fleet)})", _ANY)]
        options += [
            (f"{verdict_words(name)} ({fleet.counts.get(name, 0)})", name)
            for name in VERDICTS
            if name in fleet.counts or name == kept
        ]
        if list(self.which.options) == options:
            return
        self._is_offering = True  # other options choose the first of them, for a moment
        try:
            with self.which.hold_sync():
                self.which.options = options
                self.which.value = kept
        finally:
            self._is_offering = False

    # -- groups --------------------------------------------------------------------------------

    def _show_groups(self, number: int) -> None:
        groups = () if self.fleet is None else self.fleet.groups
        page = groups[number * _GROUPS : (number + 1) * _GROUPS]
        said = [_said(group) for group in page]
        if said == [each.description for each in self.list.children]:
            return  # a button that is made anew loses the click that is on its way
        before = self.list.children
        self.list.children = [self._opener(group) for group in page]
        for each in before:
            each.close()

    def _opener(self, group: Group) -> ipw.Button:
        made = heard(
            ipw.Button(
                description=_said(group),
                tooltip="Show who is in this group, and how they differ",
                layout=ipw.Layout(width="100%", height="auto"),
            )
        )
        made.add_class("swb-opener")
        self.when(made, lambda: self.show_group(group.id))
        return made

    def show_group(self, group_id: str) -> None:
        """Show one group as it is now: who is in it, and how they differ."""
        groups = () if self.fleet is None else self.fleet.groups
        self._opened = next((each for each in groups if each.id == group_id), None)
        self._show_group()

    def _show_group(self) -> None:
        fleet, group = self.fleet, self._opened
        if fleet is None or group is None:
            self.group.value = ""
            return
        if self.against.value == _MIGRATIONS or not fleet.groups:
            self.group.value = group_html(group)
            return
        first = fleet.groups[0]
        found = Differences() if group.id == first.id else fleet.between(first, group)
        if found is None:
            self.group.value = panel(
                Markup("<p>Not at hand: an earlier check read it, or it is of another kind.</p>")
            )
            return
        self.group.value = group_html(group, found, f"Largest group ({len(first)})")

    # -- members -------------------------------------------------------------------------------

    def _filter(self) -> None:
        """Show what the filter lets through, from its first page on."""
        if self.fleet is None or self._is_offering:
            return
        self._choose()
        self.member_pager.offer(self._pages)
        self._show_members(0)

    def _choose(self) -> None:
        """Find the members that the filter lets through now."""
        members = () if self.fleet is None else self.fleet.members
        words = self.words.value.lower().split()
        chosen = self.which.value
        self._shown = [
            item
            for item in _bad_first(members)
            if chosen in (_ANY, item.verdict) and all(word in _words(item) for word in words)
        ]

    @property
    def _pages(self) -> int:
        return -(-len(self._shown) // _MEMBERS)

    def _show_members(self, number: int) -> None:
        page = self._shown[number * _MEMBERS : (number + 1) * _MEMBERS]
        if not page:
            self.members.value = panel(Markup("<p>Nothing to show.</p>"))
            return
        total = counted(len(self._shown), "database")
        line = Markup('<p class="swb-faint">{}</p>').format(f"{len(page)} of {total}")
        self.members.value = panel(line, members_table(page))


def _said(group: Group) -> str:
    """A group on a button."""
    return printable(f"{MARKS[group.verdict]} {group.title}")[:200]


def _bad_first(members: Iterable[Member]) -> list[Member]:
    """Those of which nothing is known first, then as VERDICTS has it, then as they were named."""
    ranks = {name: (name not in FAILED, rank) for rank, name in enumerate(VERDICTS)}
    return sorted(members, key=lambda each: ranks[each.verdict])


def _words(item: Member) -> str:
    said = [item.name, item.url, item.verdict, *item.revision, *item.causes, item.reason or ""]
    return " ".join(said).lower()
