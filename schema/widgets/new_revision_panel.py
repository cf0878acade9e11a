"""One's own next revision with buttons: edit a copy, autogenerate, read, mend, rehearse, write."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets as ipw
from markupsafe import Markup

from schema.authoring import Draft, Heads, Reading, read_heads
from schema.errors import WorkbenchError
from schema.history import read_history
from schema.project import Project
from schema.rehearsal import Rehearsal
from schema.render import (
    changes_html,
    heads_html,
    panel,
    reading_html,
    rehearsal_html,
    round_trip_html,
    step_html,
    text,
    written_html,
)
from schema.widgets.new_revision_views import HeadsView, ModelView, RevisionView
from schema.widgets.parts import button, field, heard, row
from schema.widgets.rehearsal_views import View
from schema.widgets.stoppable import StoppablePanel
from schema.wording import counted

__all__ = ["NewRevisionPanel"]

#: The places of the tabs that work brings into sight.
_MODEL, _READING, _REVISION, _REHEARSAL, _CHANGES, _HEADS = range(6)


class NewRevisionPanel(StoppablePanel):
    """The whole way to a new revision. Nothing of the project is changed before Write is pressed.

    ``draft`` is the value behind it, None until the copy is made; ``reading`` and ``rehearsal`` are
    what was found last, None before. ``close_draft`` drops the copy.
    """

    def __init__(self, project: Project) -> None:
        super().__init__()
        self.project = project
        self.draft: Draft | None = None
        self.rehearsal: Rehearsal | None = None
        self._make_controls()
        self._make_views()
        self.children = (
            row(self.message, self.autogenerate, self.rehearse, self.made_up, self.stop),
            row(self.bar, self.count, self.status),
            self.error,
            self.tabs,
            row(self.write, self.models_too, self.anew),
            self.target,
        )
        self._show_target()
        self.begin(self._start)

    @property
    def reading(self) -> Reading | None:
        """What is known of the revision; None before there is one."""
        return None if self.draft is None else self.draft.reading

    def close_draft(self) -> None:
        """Drop the copy and its scratch databases; nothing happens when there is none."""
        self.stop_now()
        self.wait()
        if self.draft is not None:
            self.draft.close()
            self.draft = self.rehearsal = None
            self.set_busy(False)
            self.say("The draft was dropped. Begin anew makes another.")

    # -- what is on the page -----------------------------------------------------------------

    def _make_controls(self) -> None:
        self.message = field(
            ipw.Text,
            "Message",
            "What the revision does, in a few words: it becomes part of the file's name",
            placeholder="Adds …",
            continuous_update=False,
        )
        self.autogenerate = button(
            "Autogenerate",
            "magic",
            "Have the project's own Alembic write the revision, in the copy",
            "primary",
        )
        self.rehearse = button(
            "Rehearse", "play", "Run the revision up, down and up on a copy of the data"
        )
        self.made_up = _check("made-up rows", "Rehearse on made-up rows, not on the live data")
        self.write = button(
            "Write", "save", "Write the revision into the project; only this changes it", "warning"
        )
        self.models_too = _check(
            "and the edited models", "Write the edited model files too, if nobody changed them"
        )
        self.anew = button("Begin anew", "refresh", "Forget this draft, and copy the project again")
        self.target = ipw.HTML("", tooltip="Where the file would be written")
        self.when(self.autogenerate, self._press_autogenerate)
        self.when(self.rehearse, lambda: self.begin(self._rehearse))
        self.when(self.write, self._press_write)
        self.when(self.anew, lambda: self.begin(self._start))

    def _make_views(self) -> None:
        self.model = ModelView()
        self.read = View(
            "The reading",
            "Edit a model, and press Autogenerate. Here stands what Alembic made of it, next to "
            "what it cannot see.",
        )
        self.revision = RevisionView()
        self.trip = View(
            "The rehearsal",
            "Press Rehearse: the revision is run up, down and up on a copy with data, and what it "
            "does to them is shown here.",
        )
        self.changes = View("The changes", "Here stands what the draft changes, as a diff.")
        self.heads = HeadsView()
        self.tabs = ipw.Tab(
            [self.model, self.read, self.revision, self.trip, self.changes, self.heads],
            titles=("Model", "Reading", "Revision", "Rehearsal", "Changes", "Heads"),
        )
        self.when(self.model.check, self._press_check_model)
        self.when(self.revision.check, self._press_check)
        self.when(self.revision.take, self._press_take)
        self.when(self.heads.look, lambda: self.begin(self._look))
        self.when(self.heads.orders, lambda: self.begin(self._both_orders))
        self.when(self.heads.merge, self._press_merge)

    def set_busy(self, busy: bool) -> None:
        """Only what can be done now can be pressed."""
        super().set_busy(busy)
        ready = self.draft is not None and not busy
        is_written = self.reading is not None and not self.reading.is_empty
        for control in (self.autogenerate, self.message, self.made_up, self.models_too):
            control.disabled = not ready
        self.anew.disabled = busy
        for control in (self.rehearse, self.write):
            control.disabled = not (ready and is_written)
        self.model.set_busy(not ready)
        self.revision.set_busy(not (ready and is_written))
        self.heads.set_busy(not ready)

    # -- the draft ---------------------------------------------------------------------------

    def _start(self) -> None:
        self.say("Copying the project …")
        earlier, self.draft = self.draft, None
        if earlier is not None:
            earlier.close()
        self.rehearsal = None
        draft = Draft.start(self.project, on_progress=self._progress)
        self.model.offer(draft)
        self.draft = draft
        self._show_reading()
        self.trip.clear()
        heads = read_history(draft.project).heads
        if len(heads) > 1:
            self.say(f"There are {len(heads)} heads: look at them first, in the tab Heads.")
        else:
            self.say("Edit a model and press Autogenerate. All of it happens in a copy.")

    def _there(self) -> Draft:
        if self.draft is None:
            raise WorkbenchError("There is no draft. Press Begin anew.")
        return self.draft

    def _press_check_model(self) -> None:
        self.model.apply(self._there())
        self._show_changes()
        self.say("The model's text can be parsed.")

    def _press_autogenerate(self) -> None:
        draft, message = self._there(), self.message.value.strip()
        if not message:
            raise WorkbenchError("Say in a few words what the revision does: type a message.")
        self.error.value = ""
        self.model.apply(draft)
        self._work(lambda: draft.autogenerate(message, on_progress=self._progress))

    def _press_check(self) -> None:
        draft, mended = self._there(), self.revision.text
        self._work(lambda: draft.mend(mended, on_progress=self._progress))

    def _press_take(self) -> None:
        draft, offer = self._there(), self.revision.chosen
        if offer is None:
            raise WorkbenchError("Choose an offer first.")
        self._work(lambda: draft.mend(offer, on_progress=self._progress), tab=_REVISION)

    def _work(self, make: Callable[[], Reading], tab: int = _READING) -> None:
        def work() -> None:
            try:
                reading = make()
            finally:
                self._show_reading()
            self.tabs.selected_index = tab
            self.say(f"{reading.verdict[:1].upper()}{reading.verdict[1:]}.")

        self.begin(work)

    def _rehearse(self) -> None:
        draft = self._there()
        self.say("Copying the data …")
        known = len(draft.notes)
        found = draft.rehearse(made_up=self.made_up.value, on_progress=self._progress)
        self.rehearsal = found
        notes = [Markup("<p>{}</p>").format(text(note)) for note in draft.notes[known:]]
        self.trip.show((panel(*notes) if notes else "") + _rehearsed(found))
        self.tabs.selected_index = _REHEARSAL
        self.say(f"Rehearsed: {found.trip.verdict}." if found.trip else "It was not reached.")

    def _press_write(self) -> None:
        """At once, and in the foreground: it takes no time, and must not be left half done."""
        self.error.value = ""
        written = self._there().write(models=self.models_too.value)
        self.changes.show(written_html(written))
        self.tabs.selected_index = _CHANGES
        self.say(written.words)

    # -- several heads -----------------------------------------------------------------------

    def _look(self) -> None:
        self._look_at_heads()

    def _look_at_heads(self) -> Heads:
        self.say("Reading the heads …")
        found = read_heads(self._there().project, on_progress=self._progress)
        self.heads.show(heads_html(found))
        self.say(f"{found.verdict[:1].upper()}{found.verdict[1:]}.")
        return found

    def _both_orders(self) -> None:
        found = self._look_at_heads().rehearse(on_progress=self._progress)
        self.heads.show(heads_html(found))
        self.say(f"{found.verdict[:1].upper()}{found.verdict[1:]}.")

    def _press_merge(self) -> None:
        draft = self._there()
        message = self.message.value.strip() or "Merge heads"
        self._work(lambda: draft.merge(message, on_progress=self._progress))

    # -- what is shown -----------------------------------------------------------------------

    def _show_reading(self) -> None:
        reading = self.reading
        if reading is None:
            self.read.clear()
        else:
            self.read.show(reading_html(reading))
        self.revision.offer(reading)
        self._show_changes()
        self._show_target()

    def _show_changes(self) -> None:
        if self.draft is None:
            self.changes.clear()
        else:
            self.changes.show(changes_html(self.draft.changes()))

    def _show_target(self) -> None:
        said = "There is nothing to write yet."
        if self.draft is not None and self.draft.target is not None:
            said = f"Write makes {self.draft.target}. Until then nothing of the project is changed."
        self.target.value = panel(Markup('<p class="swb-faint">{}</p>').format(text(said)))


def _rehearsed(found: Rehearsal) -> str:
    """The new revision's way up, down and up, and its step; all steps where it was not reached."""
    if found.trip is None:
        return rehearsal_html(found)
    before = len(found.steps) - len(found.trip.revisions)
    after = f", after {counted(before, 'revision')} that it still lacked" if before else ""
    said = Markup("<p>Run on the copy {}{}.</p>").format(text(found.scratch.name), after)
    return panel(said) + round_trip_html(found.trip) + step_html(found.steps[-1])


def _check(words: str, tooltip: str) -> ipw.Checkbox:
    layout = ipw.Layout(width="auto")
    return heard(
        ipw.Checkbox(value=False, description=words, indent=False, tooltip=tooltip, layout=layout)
    )
