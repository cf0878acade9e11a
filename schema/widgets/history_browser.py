"""A project's revisions to look through: the lanes, a filter by words, and one revision in full."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets as ipw
from sqlalchemy.engine import URL

from schema.database import parse_url
from schema.errors import WorkbenchError
from schema.history import History, Revision, read_current, read_history
from schema.project import Project
from schema.render import history_html, history_table, revision_html
from schema.widgets.parts import Panel, button, field, row
from schema.wording import counted

__all__ = ["HistoryBrowser", "matching"]


def matching(history: Sequence[Revision], words: str) -> list[Revision]:
    """The revisions in which every one of the words occurs, in whatever order and case."""
    wanted = words.casefold().split()
    return [item for item in history if all(word in _haystack(item) for word in wanted)]


def _haystack(revision: Revision) -> str:
    parts = (revision.id, revision.message, revision.author or "", *revision.flags, revision.doc)
    return " ".join(parts).casefold()


class HistoryBrowser(Panel):
    """The history of a project, where its database stands in it, and each revision's source.

    ``history`` and ``current`` hold what was read last: ``current`` is None when the database could
    not be read, which the status line then says.
    """

    def __init__(self, project: Project, url: URL | str | None = None) -> None:
        super().__init__()
        self.project = project
        self.url = None if url is None else parse_url(url)
        self.history: History | None = None
        self.current: tuple[str, ...] | None = None
        self.words = field(
            ipw.Text,
            "Filter",
            "Show only the revisions in which all of these words occur",
            placeholder="words in id, message, author, flags",
        )
        self.chosen = field(ipw.Dropdown, "Revision", "The revision to show in full", options=[])
        self.refresh = button(
            "Refresh", "refresh", "Read the revision files and the database again"
        )
        self.graph = ipw.HTML("", tooltip="The revisions, newest first")
        self.details = ipw.HTML("", tooltip="One revision in full")
        self.children = (
            row(self.words, self.refresh),
            self.status,
            self.error,
            self.graph,
            row(self.chosen),
            self.details,
        )
        self.words.observe(lambda _: self._filter(), names="value")
        self.chosen.observe(lambda _: self._show_chosen(), names="value")
        self.when(self.refresh, self.read)
        self.read()

    def read(self) -> None:
        """Read history and database again, in the background."""
        self.say("Reading the history …")
        self.begin(self._read)

    def set_busy(self, busy: bool) -> None:
        self.refresh.disabled = busy

    def _read(self) -> None:
        self.history = read_history(self.project)
        self.current, trouble = None, ""
        try:
            self.current = read_current(self.project, self.url)
        except WorkbenchError as error:
            trouble = f" Where the database stands is not known: {error}"
        self._filter()
        self.say(f"{counted(len(self.history), 'revision')}.{self._standing()}{trouble}")

    def _standing(self) -> str:
        if self.history is None or self.current is None:
            return ""
        standing = self.history.standing(self.current)
        pending = sum(where == "pending" for where in standing.values())
        where = ", ".join(self.current) or "base, with no revision applied"
        return f" The database is at {where}; {counted(pending, 'revision')} pending."

    def _filter(self) -> None:
        """Show what matches: the lanes of all, or a table of some."""
        history = self.history
        if history is None:
            return
        found = matching(history, self.words.value)
        if len(found) == len(history):
            self.graph.value = history_html(history, self.current)
        else:
            self.graph.value = history_table(history, self.current, revisions=found)
            self.say(f"{len(found)} of {counted(len(history), 'revision')} match.")
        self._offer(found)

    def _offer(self, found: Sequence[Revision]) -> None:
        options: list[tuple[str, Any]] = [(f"{item.id}  {item.message}", item.id) for item in found]
        kept = self.chosen.value
        ids = [identifier for _, identifier in options]
        self.chosen.options = options
        if ids:
            self.chosen.value = kept if kept in ids else ids[0]
        self._show_chosen()

    def _show_chosen(self) -> None:
        if self.history is None or self.chosen.value is None:
            self.details.value = ""
            return
        revision = self.history.get(self.chosen.value)
        standing = None
        if self.current is not None:
            standing = self.history.standing(self.current).get(revision.id)
        self.details.value = revision_html(revision, _source(revision), standing)


def _source(revision: Revision) -> str:
    try:
        return revision.path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        return f"The file cannot be read any more: {error.strerror}."
