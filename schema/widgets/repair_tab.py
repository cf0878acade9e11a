"""The repair tab of the drift explorer: tick differences, choose a direction, take the file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import ipywidgets as ipw
from markupsafe import Markup

from schema.compare import Difference
from schema.drift import Drift
from schema.errors import WorkbenchError
from schema.project import Project
from schema.render import error_html, panel, repair_html, status_html
from schema.repair import Repair, propose
from schema.widgets.parts import button, field, row
from schema.widgets.stoppable import StoppablePanel
from schema.widgets.ticks import TickList
from schema.wording import counted

__all__ = ["RepairTab"]

_INTRODUCTION = (
    "Tick what is to be repaired, and press Propose. The repair is tried on a scratch copy of the "
    "live database's schema and compared again, before you see it. Nothing is ever run on the live "
    "database: you take the file, read it, and run it yourself."
)
_WAYS = (
    ("bring the database back to its migrations (SQL)", "live"),
    ("adopt the change in a new revision (Python)", "adopt"),
)


class RepairTab(StoppablePanel):
    """Proposes a repair of the ticked differences; ``repair`` is the last one as a value."""

    def __init__(self, project: Project) -> None:
        super().__init__()
        self.project = project
        self.drift: Drift | None = None
        self.repair: Repair | None = None
        self._known: tuple[Difference, ...] = ()
        self._make_controls()
        self.result = ipw.HTML("", tooltip="The proposed repair")
        introduction = Markup('<p class="swb-faint">{}</p>').format(_INTRODUCTION)
        self.saved = ipw.HTML("", tooltip="What became of the file")
        self.saving = ipw.VBox([row(self.path, self.save), self.saved])
        self.children = (
            ipw.HTML(panel(introduction), tooltip="What a repair is"),
            self.ticks,
            row(self.group, self.direction, self.propose, self.stop),
            row(self.bar, self.count, self.status),
            self.error,
            self.result,
            self.saving,
        )
        self.saving.layout.display = "none"
        self.offer(None, ())

    def _make_controls(self) -> None:
        self.ticks = TickList(self._ticked)
        self.group = field(
            ipw.Dropdown,
            "Tick only",
            "Tick one group, and nothing else",
            options=[("choose a group …", None)],
        )
        self.direction = field(
            ipw.Dropdown, "Direction", "Which of the two is to follow the other", options=_WAYS
        )
        self.propose = button(
            "Propose", "wrench", "Write the repair, and prove it on a scratch copy", "primary"
        )
        self.path = field(
            ipw.Text, "File", "Where the file is to be written; nothing is overwritten"
        )
        self.save = button("Save", "save", "Write the file; it is not run")
        self.group.observe(lambda _: self._tick_group(), names="value")
        self.when(self.propose, self._press_propose)
        self.when(self.save, self._save)

    # -- what can be ticked ------------------------------------------------------------------

    def offer(self, drift: Drift | None, shown: Sequence[Difference]) -> None:
        """List what can be repaired of what is ``shown``. For a new drift all of it is ticked."""
        if drift is not self.drift:
            self.drift = drift
            self.ticks.ticked = set(drift.differences) if drift else set()
            self._known = _repairable(drift)
            self.group.options = [("choose a group …", None), *_groups(self._known)]
            self._show(None)
        can = set(self._known)
        self.ticks.offer([(item, item.describe()) for item in shown if item in can])
        self._ticked()

    @property
    def selection(self) -> list[Difference]:
        """The ticked differences, in the drift's order, whether the filter shows them or not."""
        return [item for item in self._known if item in self.ticks.ticked]

    def _tick_group(self) -> None:
        if self.group.value is None:
            return
        self.ticks.ticked = set(self.group.value)
        self.ticks.tick(())

    def _ticked(self) -> None:
        if not self.job.is_running:
            self.propose.disabled = not self.selection
            self.say(f"{len(self.selection)} of {counted(len(self._known), 'difference')} ticked.")

    # -- what the buttons do -----------------------------------------------------------------

    def set_busy(self, busy: bool) -> None:
        super().set_busy(busy)
        self.propose.disabled = busy or not self.selection
        self.direction.disabled = busy

    def _press_propose(self) -> None:
        drift, selection, direction = self.drift, self.selection, self.direction.value
        if drift is None or not selection:
            raise WorkbenchError("Nothing is ticked. Tick what the repair is to change.")
        self._show(None)
        self.say(f"Proposing a repair of {counted(len(selection), 'difference')} …")
        self.begin(lambda: self._propose(drift, selection, direction))

    def _propose(self, drift: Drift, selection: list[Difference], direction: str) -> None:
        found = propose(
            self.project, drift, selection, direction=direction, on_progress=self._progress
        )
        if self.drift is not drift:
            self.say("The drift was compared again meanwhile. Press Propose once more.")
        else:
            self._show(found)
            proved = "is proved" if found.is_proved else "is not proved; see below"
            self.say(f"The repair {proved}. Nothing was run on the live database.")

    def _show(self, repair: Repair | None) -> None:
        self.repair = repair
        self.result.value = "" if repair is None else repair_html(repair)
        self.saving.layout.display = "none" if repair is None else None
        self.saved.value = ""
        if repair is not None:
            self.path.value = str(self._folder(repair) / repair.filename)

    def _folder(self, repair: Repair) -> Path:
        """Where such a file belongs: a revision among its like, SQL beside the config."""
        folders = self.project.version_locations
        return folders[0] if repair.direction == "adopt" and folders else self.project.root

    def _save(self) -> None:
        """Write the file; what became of that is said beside the button."""
        try:
            self.saved.value = status_html(f"Written: {self._written()}. It was not run.")
        except WorkbenchError as error:
            self.saved.value = error_html(error)

    def _written(self) -> Path:
        if self.repair is None:
            raise WorkbenchError("There is no repair yet. Press Propose first.")
        typed = self.path.value.strip()
        if not typed:
            raise WorkbenchError("Say where the file is to be written.")
        # In full: where a kernel's working directory is, few people know.
        return self.repair.save(Path(typed).expanduser()).absolute()


def _repairable(drift: Drift | None) -> tuple[Difference, ...]:
    """What a repair can be asked for: also what is no drift, but nothing that is merely pending."""
    if drift is None:
        return ()
    aside = (*drift.accepted, *drift.cosmetic, *drift.unmanaged)
    return (*drift.differences, *drift.models, *aside)


def _groups(found: Sequence[Difference]) -> list[tuple[str, tuple[Difference, ...]]]:
    """What can be ticked at once: each cause, each kind."""
    groups: dict[str, list[Difference]] = {}
    for item in found:
        groups.setdefault(f"cause: {item.cause or 'none found'}", []).append(item)
    for item in found:
        groups.setdefault(f"kind: {item.kind}", []).append(item)
    return [(f"{name} ({len(items)})", tuple(items)) for name, items in groups.items()]
