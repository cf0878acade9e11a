"""A rehearsal: revisions run one at a time, up and down, on a scratch copy, while it is watched."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from types import TracebackType
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import URL

from schema import scratch as scratches
from schema.database import parse_url, show_url
from schema.display import Displayed
from schema.errors import RevisionError, ScratchError, WorkbenchError, WorkerError
from schema.history import History, Revision
from schema.project import Project
from schema.rehearsal.faults import Faults, Kind, run_faults
from schema.rehearsal.options import Options
from schema.rehearsal.orders import Orders, run_both_orders
from schema.rehearsal.preview import Plan, Preview, make_plan, preview
from schema.rehearsal.round_trip import RoundTrip, walk_there_and_back
from schema.rehearsal.stepping import take_step
from schema.rehearsal.steps import Direction, State, Step
from schema.rehearsal.walk import Event, Walk
from schema.scratch import WHOLE, Choice, ScratchDatabase

if TYPE_CHECKING:
    import pandas as pd

    from schema.rehearsal.forecast import Forecast

__all__ = ["Plan", "Rehearsal"]

Progress = Callable[[float, str], None]

#: Seconds that a step gets to end after its statement was cancelled, before its process is killed.
GRACE = 2.0


class Rehearsal(Displayed):
    """Revisions of a project run on a scratch database, one revision a step.

    ``steps`` holds what was observed, oldest first. A revision that fails is a step too, with its
    ``error`` and the state that it left; only what keeps a step from beginning is raised.
    ``on_event``, when set, is called in the thread that runs the step, with dicts: ``{"event":
    "start", "revision", "message", "direction", "number", "of"}``, then the worker's
    ``"statement"`` and ``"log"`` events.

    ``choice`` is what of the source the copy holds, also after a reset.
    ``trip``, ``faults`` and ``orders`` hold what ``there_and_back``, ``fail_everywhere`` and
    ``both_orders`` found last; ``forecast`` is a place for what ``make_forecast`` found. One
    operation runs at a time. ``stop`` may be called from any thread.
    """

    def __init__(
        self,
        project: Project,
        scratch: ScratchDatabase,
        source: URL | None,
        options: Options | None = None,
    ) -> None:
        self.source = source
        self.steps: list[Step] = []
        self.choice = WHOLE
        self.pristine: ScratchDatabase | None = None
        self.trip: RoundTrip | None = None
        self.faults: list[Faults] = []
        self.orders: Orders | None = None
        self.forecast: Forecast | None = None
        self._walk = Walk(project, scratch, options or Options())
        self._operation = threading.Lock()

    @classmethod
    def start(
        cls,
        project: Project,
        source: URL | str | None = None,
        *,
        name: str | None = None,
        options: Options | None = None,
        choice: Choice = WHOLE,
        server: URL | str | None = None,
        resettable: bool = False,
        progress: Progress | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Rehearsal:
        """Copy ``source``, by default the project's live database, and rehearse on the copy.

        The source is only read. ``choice`` says what of it is copied. ``name`` is the copy's, made
        up when None. ``progress`` is told the part copied (0.0 to 1.0) and what is being done;
        ``cancelled`` is asked whether to give up. ``server`` is the PostgreSQL server to copy to,
        by default the source's own, or the embedded one. ``resettable`` keeps the copy's pristine
        state where that is cheap, for ``reset``. Raises DatabaseError and ScratchError.
        """
        url = project.database_url() if source is None else parse_url(source)
        choice = choice.keeping(_stamps_of(project))
        copied = scratches.copy(
            url,
            name=name,
            progress=progress,
            cancelled=cancelled,
            choice=choice,
            server=server,
        )
        made = cls(project, copied, url, options)
        made.choice = choice
        if resettable:
            try:
                made.pristine = scratches.pristine(copied, choice=choice, cancelled=cancelled)
            except ScratchError:
                made.close(drop=True)
                raise
        return made

    @classmethod
    def on(
        cls,
        project: Project,
        scratch: ScratchDatabase | URL | str,
        source: URL | str | None = None,
        *,
        options: Options | None = None,
    ) -> Rehearsal:
        """Rehearse on a scratch database that is there already.

        ``source`` is what ``reset`` fills it from; None means the project's live database if the
        copy says that it came from there. Raises NotScratchError for a database without the mark.
        """
        url = scratch.url if isinstance(scratch, ScratchDatabase) else parse_url(scratch)
        found = scratches.open(url)
        return cls(project, found, None if source is None else parse_url(source), options)

    # -- where it stands ---------------------------------------------------------------------

    @property
    def project(self) -> Project:
        return self._walk.project

    @property
    def options(self) -> Options:
        """How closely it looks."""
        return self._walk.options

    @property
    def scratch(self) -> ScratchDatabase:
        """The copy. Another value after a reset, though under the same name."""
        return self._walk.scratch

    @scratch.setter
    def scratch(self, value: ScratchDatabase) -> None:
        self._walk.scratch = value

    @property
    def on_event(self) -> Callable[[Event], None] | None:
        """Who is told what happens while a step runs."""
        return self._walk.on_event

    @on_event.setter
    def on_event(self, value: Callable[[Event], None] | None) -> None:
        self._walk.on_event = value

    @property
    def history(self) -> History:
        """The project's revisions, as their files are now."""
        return self._walk.history

    @property
    def current(self) -> tuple[str, ...]:
        """The stamps of the scratch database now; ``()`` when it has none."""
        return self._walk.current

    def plan(self, target: str) -> Plan:
        """What ``run_to(target)`` would run. Empty when the scratch database is there already.

        A target is an id, its beginning, a label, ``head``, ``base``, ``+1`` or ``-1``. Raises
        RevisionError.
        """
        return make_plan(self.history, self.current, target)

    def preview(self, target: str = "heads") -> Preview:
        """The same with the SQL of each revision, and what speaks against its way back."""
        return preview(self.project, target, url=self.scratch.url)

    def state(self) -> State:
        """Read the scratch database: stamps, catalog, data. Raises DatabaseError."""
        return self._walk.state()

    # -- running -----------------------------------------------------------------------------

    def up(self) -> Step:
        """Apply the next revision. Raises RevisionError when there is none."""
        return self._one(self._next_up)

    def down(self) -> Step:
        """Undo the newest applied revision. Raises RevisionError when there is none."""
        return self._one(self._next_down)

    def run_to(self, target: str, on_step: Callable[[Step], None] | None = None) -> list[Step]:
        """Apply or undo revisions until ``target``; stops after a step that failed.

        ``on_step`` is called after each step. Returns the steps of this run, none when the scratch
        database is there already.
        """
        return self._run(lambda: self.plan(target), on_step)

    def there_and_back(
        self, target: str = "heads", on_step: Callable[[Step], None] | None = None
    ) -> RoundTrip:
        """Apply each revision up to the target, undo it, and apply it again.

        Each is compared with how it was before: what its way back does not restore, in schema or
        in data, is its own. ``on_step`` is called after each first application, which is kept in
        ``steps``. The target must lie above. Raises RevisionError.
        """
        with self._exclusively():
            plan = self.plan(target)
            if any(direction == "down" for direction, _ in plan):
                raise RevisionError(f"{target!r} lies below: a way there and back leads up first.")
            counter = count(1)

            def start(direction: Direction, revision: Revision) -> None:
                self._tell_start(direction, revision, next(counter), 3 * len(plan))

            self.trip = walk_there_and_back(self._walk, plan, start, self._keeper(on_step))
        return self.trip

    def fail_everywhere(
        self,
        target: str = "heads",
        *,
        kinds: Sequence[Kind] = ("error",),
        progress: Progress | None = None,
    ) -> list[Faults]:
        """Make each step up to the target fail at every one of its statements, in turn.

        Of each failure: what it left, whether the step can be run again, and else a proved repair.
        ``kinds`` are ``"error"`` (the statement raises), ``"connection"`` (it is cut) and
        ``"process"`` (killed). The copy ends at the target. Raises RevisionError.
        """

        def told(done: int, of: int, doing: str) -> None:
            if progress is not None:
                progress(done / max(of, 1), doing)

        with self._exclusively():
            self.faults = []
            for direction, revision in self.plan(target):
                found = run_faults(self._walk, direction, revision, kinds=kinds, progress=told)
                self.faults.append(found)
                if found.step.failed or self._walk.stopping.is_set():
                    break
        return self.faults

    def both_orders(self) -> Orders:
        """Run all pending heads in their order and in the reverse; the copy ends as it began.

        Raises RevisionError when fewer than two heads are pending.
        """
        with self._exclusively():
            counter = count(1)
            of = 2 * len(self.plan("heads"))

            def start(direction: Direction, revision: Revision) -> None:
                self._tell_start(direction, revision, next(counter), of)

            self.orders = run_both_orders(self._walk, start)
        return self.orders

    def _keeper(self, on_step: Callable[[Step], None] | None) -> Callable[[Step], None]:
        def keep(step: Step) -> None:
            self.steps.append(step)
            if on_step is not None:
                on_step(step)

        return keep

    def stop(self) -> None:
        """End what is running; thread-safe. The step that was ended is recorded as stopped.

        The copy stays usable: what the step had not committed is rolled back.
        """
        self._walk.stopping.set()
        self._walk.cancel()
        threading.Thread(target=self._keep_stopping, name="schema-stop", daemon=True).start()

    def _keep_stopping(self) -> None:
        """What does not end after its statement was cancelled is killed.

        Again and again: a step that was only about to begin has missed the first blow.
        """
        deadline = time.monotonic() + GRACE
        while self._walk.stopping.is_set() and self._operation.locked():
            if time.monotonic() > deadline:
                self._walk.kill()
            else:
                self._walk.cancel()
            time.sleep(0.1)

    def reset(self, progress: Progress | None = None) -> None:
        """Bring the copy back to its start, and forget the steps. Raises ScratchError.

        Where its pristine state was kept, that is what it was when it was made; else it is filled
        from its source again, as that is now.
        """
        with self._exclusively():
            if self.pristine is not None:
                self._walk.restore(self.pristine)
            else:
                self.scratch = scratches.refill(
                    self.scratch,
                    self._source(),
                    progress=progress,
                    cancelled=self._walk.stopping.is_set,
                    choice=self.choice,
                )
            self.steps, self.trip, self.faults, self.orders = [], None, [], None

    def close(self, *, drop: bool = False) -> None:
        """End the worker; ``drop`` removes the scratch database too."""
        self._walk.stopping.set()
        self._walk.kill()
        threading.Thread(target=self._keep_stopping, name="schema-stop", daemon=True).start()
        if drop:
            self.scratch.drop()

    def __enter__(self) -> Rehearsal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _one(self, plan: Callable[[], Plan]) -> Step:
        steps = self._run(plan)
        if not steps:
            raise WorkerError("The step was stopped before it began.")
        return steps[0]

    def _next_up(self) -> Plan:
        path = self.history.upgrade_path(self.current, "heads")
        if not path:
            raise RevisionError(f"{self.scratch.name} is at head: there is no revision to apply.")
        return [("up", path[0])]

    def _next_down(self) -> Plan:
        path = self.history.downgrade_path(self.current, "base")
        if not path:
            raise RevisionError(f"{self.scratch.name} is at base: there is no revision to undo.")
        return [("down", path[0])]

    def _run(
        self, make_plan: Callable[[], Plan], on_step: Callable[[Step], None] | None = None
    ) -> list[Step]:
        done: list[Step] = []
        keep = self._keeper(on_step)
        with self._exclusively():
            plan = make_plan()
            before = self.state() if plan else None
            for number, (direction, revision) in enumerate(plan, start=1):
                if before is None or self._walk.stopping.is_set():
                    break
                self._tell_start(direction, revision, number, len(plan))
                step, before = take_step(self._walk, direction, revision, before)
                done.append(step)
                keep(step)
                if step.failed:
                    break
        return done

    def _tell_start(self, direction: Direction, revision: Revision, number: int, of: int) -> None:
        told = {"revision": revision.id, "message": revision.message, "direction": direction}
        self._walk.tell({"event": "start", **told, "number": number, "of": of})

    def _source(self) -> URL:
        """Where the contents come from. The copy's own note of it has no password."""
        if self.source is not None:
            return self.source
        url = self.project.database_url()
        if self.scratch.source != show_url(url):
            came = self.scratch.source or "nothing: it was made empty"
            raise ScratchError(
                f"{self.scratch.name} was copied from {came}. Name its source to reset it."
            )
        return url

    @contextmanager
    def _exclusively(self) -> Iterator[None]:
        """One operation at a time: a second one is refused, not queued."""
        if not self._operation.acquire(blocking=False):
            raise WorkbenchError(f"{self.scratch.name} is busy: wait for its step, or stop it.")
        self._walk.stopping.clear()
        try:
            yield
        finally:
            self._operation.release()

    @property
    def has_failed(self) -> bool:
        """Whether a step failed."""
        return any(step.failed for step in self.steps)

    @property
    def is_alarming(self) -> bool:
        """Whether anything speaks against running these revisions as they are.

        A step failed, or lost data without a reason in its file; or what was asked for besides (the
        way back, failures, orders) came out badly. A step down may take away what its step up had
        made in this same rehearsal.
        """
        orders = self.orders is not None and not self.orders.is_same
        trip = self.trip is not None and not self.trip.is_accepted
        unsafe = any(not item.is_safe for item in self.faults)
        bad = any(step.failed or self._loses_for_good(step) for step in self.steps)
        return bad or orders or trip or unsafe

    def _loses_for_good(self, step: Step) -> bool:
        if not step.loses_data or step.data is None:
            return False
        made = {
            (item.table or item.name, item.name if item.table else None)
            for other in self.steps
            if (other.revision, other.direction) == (step.revision, "up")
            for item in other.differences
            if item.change == "added" and item.kind in {"table", "column"}
        }
        return step.direction == "up" or any(
            (loss.table.rpartition(".")[2], loss.column) not in made for loss in step.data.lost
        )

    # -- as a value --------------------------------------------------------------------------

    def __repr__(self) -> str:
        failed = sum(step.failed for step in self.steps)
        return f"<Rehearsal on {self.scratch.name}: {len(self.steps)} steps, {failed} failed>"

    def frame(self) -> pd.DataFrame:
        """One row a step: revision, message, direction, seconds, statements, differences (both
        counted), rows_before, rows_after (of all tables together), error."""
        import pandas as pd

        rows = [
            {
                "revision": step.revision,
                "message": step.message,
                "direction": step.direction,
                "seconds": step.seconds,
                "statements": len(step.statements),
                "differences": len(step.differences),
                "rows_before": sum(step.rows_before.values()),
                "rows_after": sum(step.rows_after.values()),
                "error": step.error,
            }
            for step in self.steps
        ]
        return pd.DataFrame(rows, columns=_COLUMNS)

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it; the source's password is hidden."""
        return {
            "scratch": self.scratch.name,
            "url": show_url(self.scratch.url),
            "source": self.scratch.source,
            "alarming": self.is_alarming,
            "steps": [step.to_dict() for step in self.steps],
            "round_trip": None if self.trip is None else self.trip.to_dict(),
            "faults": [item.to_dict() for item in self.faults],
            "orders": None if self.orders is None else self.orders.to_dict(),
            "forecast": None if self.forecast is None else self.forecast.to_dict(),
        }


def _stamps_of(project: Project) -> str:
    """The table that env.py keeps the stamps in: it is copied whole, whatever else is."""
    settings = project.settings()
    schema_name = settings.version_table_schema
    return f"{schema_name}.{settings.version_table}" if schema_name else settings.version_table


_COLUMNS = ["revision", "message", "direction", "seconds", "statements", "differences",
            "rows_before", "rows_after", "error"]  # fmt: skip
