"""A panel whose work can be stopped: also a revision that never ends, and a proof that is long."""

from __future__ import annotations

import threading
from collections.abc import Callable

from schema.stopping import Stopped, check, stoppable
from schema.waiting import listening
from schema.widgets.parts import Panel, button
from schema.wording import capitalised

__all__ = ["StoppablePanel"]


class StoppablePanel(Panel):
    """Base of the panels that only look: what they stop leaves nothing half done.

    ``stop`` is the button, to be seen only while there is something to stop.
    """

    def __init__(self) -> None:
        super().__init__()
        self._stopping = threading.Event()
        self.stop = button("Stop", "stop", "End what is running; nothing is left half done")
        self.stop.layout.display = "none"
        self.when(self.stop, self.stop_now)

    def stop_now(self) -> None:
        """What Stop does: project code that is running ends at once, all else at its next step."""
        if self.job.is_running:
            self.say("Stopping …")
            self._stopping.set()

    def begin(self, work: Callable[[], None]) -> None:
        if not self.job.is_running:
            self._stopping.clear()
        super().begin(lambda: self._run(work))

    def _run(self, work: Callable[[], None]) -> None:
        with stoppable(self._stopping), listening(self._waits):
            work()

    def _waits(self, doing: str) -> None:
        if doing:
            self.say(f"{capitalised(doing)} …")

    def _progress(self, done: int, total: int, doing: str) -> None:
        check()
        self.tell_progress(done, total)
        self.say(capitalised(doing))

    def set_busy(self, busy: bool) -> None:
        self.stop.layout.display = None if busy else "none"

    def _fail(self, error: BaseException) -> None:
        if isinstance(error, Stopped):
            self.say("Stopped. Nothing was changed.")
        else:
            super()._fail(error)

    def _end(self) -> None:
        self.clear_progress()
        super()._end()
