"""A project's revisions to look through: the lanes with filters, and one revision in full."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

import ipywidgets as ipw
from sqlalchemy.engine import URL

from schema.archaeology import Archaeology
from schema.database import dialect_of, parse_url
from schema.errors import WorkbenchError
from schema.history import History, read_current, read_history
from schema.oddities import Oddities, oddities_of
from schema.project import Project
from schema.render import history_notes_html, status_html
from schema.revisions import ANYBODY, DIALECTS, NOBODY, Wanted, authors, read_page
from schema.stopping import check
from schema.timeline import Timeline, read_timeline
from schema.widgets.parts import button, field, row
from schema.widgets.revision_list import RevisionList
from schema.widgets.revision_view import RevisionView
from schema.widgets.stoppable import StoppablePanel
from schema.wording import capitalised, counted, dialect_name, printable

__all__ = ["HistoryBrowser"]

_EVERY_TABLE = ("all", "")


class HistoryBrowser(StoppablePanel):
    """The history of a project, where its database stands in it, and each revision in full.

    ``history`` and ``current`` hold what was read last: ``current`` is None when the database could
    not be read, which the status line then says. ``timeline`` is what each revision did, once that
    is known: it is read last, and all but the filter by table works without. ``list`` has the
    revisions that the filters leave, ``view`` the one that is chosen, whose page is ``view.page``.
    ``oddities`` are found when somebody asks for them.
    With ``replay=False`` there is no timeline, and no revision is run anywhere.
    """

    def __init__(
        self, project: Project, url: URL | str | None = None, *, replay: bool = True
    ) -> None:
        super().__init__()
        self.project = project
        self.replay = replay
        self.url = None if url is None else parse_url(url)
        self.history: History | None = None
        self.current: tuple[str, ...] | None = None
        self.timeline: Timeline | None = None
        self.oddities: Oddities | None = None
        self._touched: Mapping[str, tuple[str, ...]] = {}
        self._archaeology = Archaeology(project)
        self._said = self._trouble = ""
        self._quiet = False
        self._make_controls()
        self.notes = ipw.HTML("", tooltip="What is wrong with the history")
        self.list = RevisionList(self.choose)
        self.view = RevisionView(project, self.choose)
        self.children = (
            row(self.words, self.table, self.author, self.since, self.until),
            row(self.clear, self.refresh, self.status),
            row(self.look, self.bar, self.count, self.stop, self.doing),
            self.error,
            self.notes,
            self.list,
            self.view,
        )
        self.when(self.refresh, self.read)
        self.when(self.clear, self.clear_filters)
        self.when(self.look, self.find_oddities)
        self.read()

    # -- what is on the page -----------------------------------------------------------------

    def _make_controls(self) -> None:
        self.words = field(
            ipw.Text,
            "Words",
            "Show only the revisions in which all of these words occur",
            placeholder="in id, message, author, flags, docstring",
        )
        self.table = field(
            ipw.Dropdown,
            "Table",
            "Show only the revisions that touched this table, as the replay of all of them saw it",
            options=[_EVERY_TABLE],
            disabled=True,
        )
        self.author = field(
            ipw.Dropdown,
            "Author",
            "Show only the revisions of this author, as Git knows them",
            options=[("all", ANYBODY)],
        )
        self.author.layout.flex = "1 1 180px"  # with both days on one line, also on a narrow page
        self.since = self._day("From", "Show only the revisions of this day and later ones")
        self.until = self._day("To", "Show only the revisions of this day and earlier ones")
        self.clear = button("Clear filters", "times", "Show all revisions again")
        self.refresh = button(
            "Refresh", "refresh", "Read the revision files and the database again"
        )
        self.look = button(
            "What is odd?",
            "search",
            "Try each revision up, down and up again, on another day and on the other kind of "
            "database, all on scratch databases, and mark those that do not do what they say",
        )
        self.look.disabled = True
        self.doing = ipw.HTML("", tooltip="What is being read")
        self.filters = (self.words, self.table, self.author, self.since, self.until)
        for control in self.filters:
            control.observe(lambda _: self._filter(), names="value")

    def _day(self, label: str, tooltip: str) -> ipw.DatePicker:
        made = field(ipw.DatePicker, label, tooltip)
        made.layout.flex = "0 1 200px"
        return made

    def set_busy(self, busy: bool) -> None:
        super().set_busy(busy)
        self.refresh.disabled = busy
        self.look.disabled = busy or self.timeline is None

    def wait(self, timeout: float | None = None) -> bool:
        return super().wait(timeout) and self.view.wait(timeout)

    # -- what is read, in the background -----------------------------------------------------

    def read(self) -> None:
        """Read history and database again, in the background."""
        self.say("Reading the history …")
        self.begin(self._read)

    def _read(self) -> None:
        self.history, self.current = read_history(self.project), None
        self.timeline, self._touched, self.table.disabled = None, {}, True
        self.oddities = None
        self.view.renew(None)
        self._trouble = self.doing.value = ""
        self._archaeology = Archaeology(self.project)
        self._offer_authors(self.history)
        trouble = ""
        try:
            self.view.first = self._dialect()
            self.current = read_current(self.project, self.url)
        except WorkbenchError as error:
            trouble = f" Where the database stands is not known: {error}"
        self._note(history_notes_html(self.history, self.current))
        self._said = f"{counted(len(self.history), 'revision')}.{self._standing_words()}{trouble}"
        self._filter()
        if self.replay:
            self._read_timeline(self.history)

    def _note(self, html: str) -> None:
        """What is to be known first; no room is taken when that is nothing."""
        self.notes.value = html
        self.notes.layout.display = None if html else "none"

    def _read_timeline(self, history: History) -> None:
        """What each revision did to the schema; everything else works without."""
        try:
            self.timeline = read_timeline(self.project, history=history, on_progress=self._progress)
        except WorkbenchError as error:
            self._lack_timeline(str(error))
        except BaseException:
            self._lack_timeline("press Refresh to have it found out.")
            raise
        else:
            self._have_timeline(self.timeline)

    def _have_timeline(self, found: Timeline) -> None:
        self.view.renew(found)
        self._touched = {step.id: step.tables for step in found.steps}
        self._offer_tables()
        failed = f" {counted(len(found.failed), 'revision')} failed there." if found.failed else ""
        kind = dialect_name(found.dialect)
        said = f"What each revision does to the schema was seen on a scratch {kind}.{failed}"
        self.doing.value = status_html(said)
        self._filter()

    def find_oddities(self, *, both: bool = True) -> None:
        """Find out what each revision really does against what it says, in the background.

        With ``both``, on the other kind of database too, where that is there.
        """
        self.begin(lambda: self._find_oddities(both=both))

    def _find_oddities(self, *, both: bool) -> None:
        self.oddities = None
        try:
            found = oddities_of(self.project, self.timeline, both=both, on_progress=self._progress)
        except BaseException:
            self.doing.value = status_html("What is odd is not known: that was not looked through.")
            raise
        self.oddities = found
        notes = "".join(f" {capitalised(note)}." for note in found.notes)
        self.doing.value = status_html(f"{capitalised(found.verdict)}.{notes}")
        self._filter()

    def _lack_timeline(self, why: str) -> None:
        self._trouble = f"What each revision did to the schema is not known: {why}"
        self.doing.value = status_html(self._trouble)
        self._show(self.list.chosen)

    def _progress(self, done: int, total: int, doing: str) -> None:
        check()
        self.tell_progress(done, total)
        self.doing.value = status_html(capitalised(doing))

    def _dialect(self) -> str:
        """The kind of the database that is looked at: its SQL is told first."""
        if self.url is not None:
            return dialect_of(self.url)
        return self.project.dialect() or DIALECTS[0]

    def _offer_authors(self, history: History) -> None:
        options = [("all", ANYBODY)]
        for author, count in authors(history):
            name = "not known to Git" if author == NOBODY else printable(author)
            options.append((f"{name} ({count})", author))
        self._offer(self.author, options)

    def _offer_tables(self) -> None:
        count = Counter(name for names in self._touched.values() for name in names)
        options = [(f"{printable(name)} ({count[name]})", name) for name in sorted(count)]
        self._offer(self.table, [_EVERY_TABLE, *options])
        self.table.disabled = False

    def _offer(self, control: ipw.Dropdown, options: list[tuple[str, str]]) -> None:
        """What can be chosen now. What was chosen stays, if it still can be."""
        self._quiet, kept = True, control.value
        try:
            control.options = options
            control.value = kept if kept in dict(options).values() else options[0][1]
        finally:
            self._quiet = False

    @property
    def _standing(self) -> Mapping[str, str]:
        if self.history is None or self.current is None:
            return {}
        return self.history.standing(self.current)

    def _standing_words(self) -> str:
        if self.current is None:
            return ""
        pending = sum(where == "pending" for where in self._standing.values())
        where = ", ".join(self.current) or "base, with no revision applied"
        return f" The database is at {where}; {counted(pending, 'revision')} pending."

    # -- which are shown ---------------------------------------------------------------------

    @property
    def wanted(self) -> Wanted:
        """What the filters ask for."""
        table = "" if self.timeline is None else self.table.value
        days = (self.since.value, self.until.value)
        return Wanted(self.words.value, self.author.value, *days, table, self._touched)

    def clear_filters(self) -> None:
        """Take every filter away."""
        self._quiet = True
        try:
            empty: dict[Any, str | date | None] = dict.fromkeys((self.since, self.until))
            empty |= {self.words: "", self.table: "", self.author: ANYBODY}
            for control, value in empty.items():
                control.value = value
        finally:
            self._quiet = False
        self._filter()

    def _filter(self) -> None:
        """Show what the filters leave; the chosen revision stays where it is among them."""
        history = self.history
        if history is None or self._quiet:
            return
        found = self.wanted.find(history)
        ids = [item.id for item in found]
        chosen = self.list.chosen if self.list.chosen in ids else next(iter(ids), None)
        odd = {item.revision.id for item in self.oddities or ()}
        self.list.offer(history, found, self._standing, chosen, odd)
        self.say(self._said if len(found) == len(history) else self._matching(len(found)))
        self._show(chosen)

    def _matching(self, count: int) -> str:
        """How many revisions the filters leave; where that is none, the way back."""
        since, until = self.since.value, self.until.value
        backwards = " From is a later day than To." if since and until and since > until else ""
        way_back = "" if count else f"{backwards} Clear filters shows them all again."
        total = counted(len(self.history or ()), "revision")
        return f"{count} of {total} match.{way_back}"

    def choose(self, identifier: str) -> None:
        """Show this revision in full. Where the filters hide it, they are taken away."""
        try:
            if all(item.id != identifier for item in self.list.shown):
                self.clear_filters()
            self.list.mark(identifier)
            self._show(identifier)
        except Exception as error:
            self._fail(error)

    def _show(self, identifier: str | None) -> None:
        """Show this revision in full, unless it is there already as it is now."""
        history = self.history
        if history is None or identifier is None:
            self.view.show(None)
            return
        revision, seen = history.get(identifier), self.view.page
        step = None if self.timeline is None else self.timeline.step(identifier)
        told = (step, self._trouble, () if self.oddities is None else self.oddities.of(revision.id))
        is_same = seen is not None and seen.revision is revision
        if seen is None or not is_same or (seen.step, seen.trouble, seen.oddities) != told:
            page = read_page(
                history,
                revision,
                archaeology=self._archaeology,
                current=self.current,
                timeline=self.timeline,
                trouble=self._trouble,
                oddities=self.oddities,
            )
            self.view.show(page)
