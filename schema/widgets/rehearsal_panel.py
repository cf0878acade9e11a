"""Migrations rehearsed with buttons: copy the database, and walk the copy up and down."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import ipywidgets as ipw
from markupsafe import Markup
from sqlalchemy.engine import URL

from schema.database import parse_url, show_url
from schema.errors import ScratchError, WorkbenchError
from schema.history import History, Revision, read_history
from schema.project import Project
from schema.rehearsal import Options, Rehearsal, Step
from schema.rehearsal.forecast import Forecast, Production, make_forecast, parse_production
from schema.rehearsal.preview import Preview, preview
from schema.rehearsal.watching import holder_words
from schema.render import (
    forecast_html,
    panel,
    preview_html,
    round_trip_html,
    text,
    totals_html,
)
from schema.scratch import Choice, estimate
from schema.widgets.parts import Log, Panel, button, field, heard, row
from schema.widgets.rehearsal_options import RehearsalOptions
from schema.widgets.rehearsal_views import CompareView, ForecastView, View
from schema.widgets.step_list import StepList
from schema.wording import counted, duration

__all__ = ["RehearsalPanel", "targets"]

_ARROWS = {"up": "↑", "down": "↓"}
#: The places of the tabs that work brings into sight.
_STEPS, _PLAN, _TRIP, _FORECAST = range(4)


def targets(history: History) -> list[tuple[str, str]]:
    """What can be run to, each as (words, target): the revisions newest first, then base."""
    found = [(_target_words(item), item.id) for item in history]
    return [*found, ("base: before the first revision", "base")]


def _target_words(revision: Revision) -> str:
    flags = f" ({', '.join(revision.flags)})" if revision.flags else ""
    return f"{revision.id}{flags} {revision.message}"


class RehearsalPanel(Panel):
    """Buttons around a rehearsal. The chosen database is copied, and only the copy is migrated.

    ``rehearsal`` is the value behind it, for the cells that follow; None until Copy was pressed.
    ``plan`` and ``forecast`` are what was shown last of each, None before.
    """

    def __init__(self, project: Project, url: URL | str | None = None) -> None:
        super().__init__()
        self.project = project
        self.rehearsal: Rehearsal | None = None
        self.plan: Preview | None = None
        self.forecast: Forecast | None = None
        self._url: URL | None = None if url is None else parse_url(url)
        self._stopping = threading.Event()
        self.journal = Log()
        self._make_controls()
        self._make_views()
        self.children = (
            row(self.database, self.target),
            row(
                self.more, self.show_plan, self.copy, self.up, self.down, self.run_to,
                self.round_trip, self.stop, self.reset,
            ),
            self.choices,
            row(self.bar, self.count, self.status),
            self.error,
            self.tabs,
            self.journal.box,
        )  # fmt: skip
        self.set_busy(False)
        self._open()

    def drop(self) -> None:
        """End the rehearsal and drop its copy; nothing happens when there is none."""
        self.stop_now()
        self.wait()
        if self.rehearsal is not None:
            self.rehearsal.close(drop=True)
            self.rehearsal = None
            self.set_busy(False)
            self.say("The copy was dropped.")

    def keep(self) -> None:
        """Remember the steps so far; those that follow a Reset are compared with them."""
        steps = self._there().steps
        if not steps:
            raise WorkbenchError("There is no step yet to be kept. Run some first.")
        self.comparison.hold(steps)
        self.say(f"{counted(len(steps), 'step')} kept for comparison.")

    # -- what is on the page -----------------------------------------------------------------

    def _make_controls(self) -> None:
        self.database = field(
            ipw.Text,
            "Database",
            "The URL of the database to copy; it is only read",
            placeholder="sqlite:///path/to/file.db or postgresql://user@host/name",
            continuous_update=False,
        )
        self.target = field(
            ipw.Dropdown, "Target", "The revision that Run to goes to, up or down", options=[]
        )
        self.choices = RehearsalOptions()
        self.more = heard(
            ipw.ToggleButton(
                description="Options",
                icon="sliders",
                tooltip="Show or hide what is copied, and how closely it is looked at",
                layout=ipw.Layout(width="auto"),
            )
        )
        self.more.observe(lambda _: self._show_choices(), names="value")
        self._show_choices()
        self.show_plan = button("Plan", "list", "Show what the way to the target would run")
        self.copy = button(
            "Copy", "copy", "Copy the database; this panel's earlier copy is dropped", "primary"
        )
        self.up = button("Up", "arrow-up", "Apply the next revision to the copy")
        self.down = button("Down", "arrow-down", "Undo the newest revision of the copy")
        self.run_to = button("Run to", "fast-forward", "Apply or undo revisions up to the target")
        self.round_trip = button(
            "Round trip",
            "exchange",
            "Apply each revision up to the target, undo it, apply it again",
        )
        self.stop = button("Stop", "stop", "End what is running; the copy stays usable")
        self.reset = button("Reset", "undo", "Bring the copy back to its start")
        self.when(self.show_plan, self._press_plan)
        self.when(self.copy, self._press_copy)
        self.when(self.up, lambda: self.begin(lambda: self._walk("up")))
        self.when(self.down, lambda: self.begin(lambda: self._walk("down")))
        self.when(self.run_to, lambda: self.begin(lambda: self._walk(self.target.value)))
        self.when(self.round_trip, lambda: self.begin(self._there_and_back))
        self.when(self.stop, self.stop_now)
        self.when(self.reset, lambda: self.begin(self._reset))

    def _show_choices(self) -> None:
        self.choices.layout.display = None if self.more.value else "none"

    def _make_views(self) -> None:
        self.totals = ipw.HTML(totals_html(()), tooltip="All steps together")
        self.steps = StepList()
        self.planned = View("The plan", "Press Plan to see what would be run, before anything is.")
        self.trip = View(
            "The way back",
            "Press Round trip: each revision up to the target is applied, undone, and applied "
            "again. Here stands what its way back does not bring back.",
        )
        self.forecasts = ForecastView()
        self.comparison = CompareView()
        steps = ipw.VBox([self.totals, self.steps])
        self.tabs = ipw.Tab(
            [steps, self.planned, self.trip, self.forecasts, self.comparison],
            titles=("Steps", "Plan", "Round trip", "Forecast", "Compare"),
        )
        self.when(self.forecasts.begin, self._press_forecast)
        self.when(self.comparison.keep, self.keep)

    def set_busy(self, busy: bool) -> None:
        """Only what can be done now can be pressed."""
        ready = self.rehearsal is not None and not busy
        self.copy.disabled = self.database.disabled = self.show_plan.disabled = busy
        for control in (self.up, self.down, self.run_to, self.round_trip, self.reset):
            control.disabled = not ready
        self.comparison.keep.disabled = not ready
        self.stop.disabled = not busy
        self.choices.set_busy(busy)
        self.forecasts.set_busy(busy)

    def _open(self) -> None:
        """Name the project's database and its revisions; what fails is shown, not raised."""
        try:
            self._offer_targets()
            self._url = self._url or self.project.database_url()
            self.database.value = show_url(self._url)
            self.say("Press Copy: the rehearsal runs on a copy, the database itself is only read.")
        except WorkbenchError as error:
            self._fail(error)

    def _offer_targets(self) -> None:
        kept = self.target.value
        options = targets(read_history(self.project))
        self.target.options = options
        self.target.value = kept if kept in dict(options).values() else options[0][1]

    def _chosen_url(self) -> URL:
        """The URL in the text field; its password, once typed, is remembered and hidden."""
        typed = self.database.value.strip()
        if self._url is None or typed != show_url(self._url):
            self._url = parse_url(typed)
            self.database.value = show_url(self._url)
        return self._url

    # -- what the buttons do, in the background ----------------------------------------------

    def stop_now(self) -> None:
        """What Stop does: the copying or the running step ends, with nothing half done."""
        if not self.job.is_running:
            return
        self.say("Stopping …")
        self._stopping.set()
        if self.rehearsal is not None:
            self.rehearsal.stop()

    def begin(self, work: Callable[[], None]) -> None:
        if not self.job.is_running:
            self._stopping.clear()
        super().begin(work)

    def _press_plan(self) -> None:
        url, target, choice = self._chosen_url(), self.target.value, self.choices.choice
        self.begin(lambda: self._plan(url, target, choice))

    def _plan(self, url: URL, target: str, choice: Choice) -> None:
        """From where the copy is; before there is one, with what copying would take."""
        self.say(f"Reading what the way to {target} would run …")
        there = self.rehearsal
        if there is None:
            self.plan = preview(self.project, target, url=url)
            copying = Markup("<h4>Copy</h4><p>{}</p>").format(text(estimate(url, choice)))
        else:
            self.plan, copying = there.preview(target), Markup()
        self.planned.show(panel(copying) + preview_html(self.plan))
        self.tabs.selected_index = _PLAN
        self.say(f"{counted(len(self.plan), 'revision')} would be run. Nothing was run yet.")

    def _press_copy(self) -> None:
        url, options, choice = self._chosen_url(), self.choices.options, self.choices.choice
        self.begin(lambda: self._copy(url, options, choice))

    def _copy(self, url: URL, options: Options, choice: Choice) -> None:
        self.say(f"Copying {choice} of {show_url(url)} …")
        made = Rehearsal.start(
            self.project,
            url,
            options=options,
            choice=choice,
            resettable=True,
            progress=self._part,
            cancelled=self._stopping.is_set,
        )
        earlier, self.rehearsal = self.rehearsal, made
        made.on_event = self._event
        self._started_afresh(f"{show_url(url)} was copied to {made.scratch.name}")
        if earlier is not None:
            earlier.close(drop=True)

    def _reset(self) -> None:
        rehearsal = self._there()
        self.say("Bringing the copy back to its start …")
        rehearsal.reset(progress=self._part)
        self._started_afresh(f"{rehearsal.scratch.name} is in its first state again")

    def _started_afresh(self, done: str) -> None:
        rehearsal = self._there()
        self._show_steps()
        self.trip.clear()
        self.tabs.selected_index = _STEPS
        self.journal.add(done)
        self._offer_targets()
        self.say(f"The copy is at {_stamp(rehearsal.current)}. {self._ahead()}")

    def _walk(self, target: str) -> None:
        """One revision up or down, or to a target."""
        rehearsal = self._there()
        if target == "up":
            self._show(rehearsal.up())
        elif target == "down":
            self._show(rehearsal.down())
        elif not rehearsal.run_to(target, on_step=self._show):
            self.say(f"The copy is at {_stamp(rehearsal.current)} already.")

    def _there_and_back(self) -> None:
        trip = self._there().there_and_back(self.target.value, on_step=self._show)
        self.trip.show(round_trip_html(trip))
        self.tabs.selected_index = _TRIP
        self.tell_progress(self.bar.max, self.bar.max)
        self.say(f"Round trip: {trip.verdict}.")

    def _press_forecast(self) -> None:
        url, target = self._chosen_url(), self.target.value
        rows = parse_production(self.forecasts.rows.value)
        self.begin(lambda: self._forecast(url, target, rows))

    def _forecast(self, url: URL, target: str, rows: Production) -> None:
        self.say("Rehearsing on samples …")
        found = make_forecast(
            self.project, url, to=target, progress=self._part, cancelled=self._stopping.is_set
        )
        self.forecast = found.asking(rows)
        self.forecasts.show(forecast_html(self.forecast))
        self.tabs.selected_index = _FORECAST
        self.say("The forecast is done. The copy was not touched by it.")

    def _there(self) -> Rehearsal:
        if self.rehearsal is None:
            raise WorkbenchError("There is no copy yet. Press Copy first.")
        return self.rehearsal

    def _ahead(self) -> str:
        ahead = len(self._there().plan("heads"))
        return f"{counted(ahead, 'revision')} to head." if ahead else "That is head."

    # -- what the work tells -----------------------------------------------------------------

    def _part(self, part: float, doing: str) -> None:
        self.tell_progress(round(part * 100), 100, " %")
        self.say(doing[:1].upper() + doing[1:])

    def _event(self, event: dict[str, Any]) -> None:
        kind = event["event"]
        if kind == "start":
            self._tell_start(event)
        elif kind == "statement":
            times = f" × {event['executions']}" if event.get("executions", 1) > 1 else ""
            self.journal.add(f"{duration(event['seconds']):>8}{times}  {event['sql']}")
        elif kind == "log":
            self.journal.add(event["text"])
        elif kind == "waiting":
            self._tell_wait("Waiting", event)
        elif kind == "waited":
            self._tell_wait(f"Waited {duration(event['seconds'])}", event)

    def _tell_start(self, event: dict[str, Any]) -> None:
        what = f"{_ARROWS[event['direction']]} {event['revision']} {event['message']}"
        self.tell_progress(event["number"] - 1, event["of"])
        self.say(f"Running {what}, {event['number']} of {event['of']}")
        self.journal.add(what)

    def _tell_wait(self, what: str, event: dict[str, Any]) -> None:
        """Said in another thread than the step's: it stands still meanwhile."""
        where = f" on {event['relation']}" if event["relation"] else ""
        said = f"{what} for {event['mode']}{where}, held by {holder_words(event['holder'])}"
        self.journal.add(said)
        self.say(f"{said}. Stop ends the wait." if event["event"] == "waiting" else said)

    def _show(self, step: Step) -> None:
        """Add a step: it stands open, on top of those before it."""
        self.bar.value += 1
        self.count.value = f"{self.bar.value} of {self.bar.max}"
        self._show_steps()
        self.tabs.selected_index = _STEPS
        self._say_outcome(step)

    def _show_steps(self) -> None:
        steps = self._there().steps
        self.totals.value = totals_html(steps)
        self.steps.show(steps)
        self.comparison.compare(steps)

    def _say_outcome(self, step: Step) -> None:
        what = f"{_ARROWS[step.direction]} {step.revision}"
        outcome = "failed" if step.failed else "is done"
        self.journal.add(f"{what} {outcome} after {duration(step.seconds)}")
        where = "" if step.stamp_after is None else f" The copy is at {_stamp(step.stamp_after)}."
        self.say(f"{what} {outcome} after {duration(step.seconds)}.{where}")

    def _fail(self, error: BaseException) -> None:
        if isinstance(error, ScratchError) and self._stopping.is_set():
            self.say(str(error))
            return
        super()._fail(error)

    def _end(self) -> None:
        self.journal.paint()
        if "%" in self.count.value:
            self.clear_progress()
        super()._end()


def _stamp(stamp: tuple[str, ...]) -> str:
    return ", ".join(stamp) or "base"
