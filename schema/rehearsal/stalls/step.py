"""The stalls of one step of a rehearsal, run again on its copy by the project's worker."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from schema import scratch as scratches
from schema.errors import ProjectCodeError, WorkerError
from schema.rehearsal.stalls.measure import Attempt, measure_stalls
from schema.rehearsal.stalls.model import Segment, Stalls
from schema.rehearsal.stalls.probing import Probes
from schema.scratch import ScratchDatabase

_WORD = re.compile(r"[\w$]+")

if TYPE_CHECKING:
    from schema.compare import Difference
    from schema.rehearsal.steps import Direction, Step
    from schema.rehearsal.walk import Event, Walk

__all__ = ["probe_step", "touched_tables"]


def touched_tables(step: Step) -> tuple[str, ...]:
    """The tables that a step touches and that others could know of, the most locked first.

    By its locks where those were observed; else by what it changed in the schema and in the rows,
    and by the tables that its statements name.
    """
    rows = step.rows_before
    locks = [each for each in step.locks if each.kind == "table" and not each.is_new]
    locks.sort(key=lambda each: (-each.strength, -rows.get(each.relation, 0), each.relation))
    changed = [label for each in step.differences for label in _labels(each)]
    found = [each.relation for each in locks]
    if not found or any(each.is_sampled for each in locks):
        # MariaDB's are looked for while statements run: not all are seen.
        found += [*changed, *step.changed_rows, *_named(step)]
    return tuple(dict.fromkeys(each for each in found if each in rows or not rows))


def _named(step: Step) -> list[str]:
    """The tables, of those that hold rows, whose names stand in a statement."""
    words = {word for each in step.statements for word in _WORD.findall(each.sql)}
    return [name for name in step.rows_before if name in words]


def _labels(difference: Difference) -> list[str]:
    """The table that a difference is of, as it was called before."""
    if difference.change == "added" and difference.kind == "table":
        return []
    name = difference.table or difference.renamed_from or difference.name
    if difference.schema_name in {None, "public"}:
        return [name]
    return [f"{difference.schema_name}.{name}"]


def probe_step(
    walk: Walk,
    direction: Direction,
    revision_id: str,
    tables: Sequence[str],
    before: ScratchDatabase,
) -> Stalls:
    """What readers and writers of these tables feel of a step that was just run.

    ``before`` is a checkpoint of the copy as it was before the step; it is run again from there,
    once for each scenario, with the walk's ``hold`` and ``lock_timeout``; not at all without any
    tables. In the end the copy is as it was when this was called, whatever happens. The walk's
    listener is told ``{"event": "probes", "scenario", "revision"}`` before each run. Raises
    ScratchError when there is no room to keep the state, and DatabaseError when the probes cannot
    begin.
    """
    if not tables:
        return Stalls(())
    again = _Again(walk, direction, revision_id, before)
    with scratches.checkpoint(walk.scratch) as after:
        try:
            return measure_stalls(
                walk.scratch.url,
                again,
                tables,
                hold=walk.options.hold,
                lock_timeout=walk.options.lock_timeout,
                cancelled=walk.stopping.is_set,
                on_run=lambda scenario: walk.tell(
                    {"event": "probes", "scenario": scenario, "revision": revision_id}
                ),
            )
        finally:
            walk.scratch = scratches.restore(walk.scratch, after)


class _Again:
    """Runs one step, again and again, from the same state."""

    def __init__(
        self, walk: Walk, direction: Direction, revision_id: str, before: ScratchDatabase
    ) -> None:
        self._walk = walk
        self._direction = direction
        self._revision_id = revision_id
        self._before = before

    def __call__(self, settings: Mapping[str, str], probes: Probes) -> Attempt:
        walk = self._walk
        walk.scratch = scratches.restore(walk.scratch, self._before)
        told = _Told()
        error = None
        with probes:
            try:
                walk.attempt(
                    self._direction, self._revision_id, settings, told.take, observe="statements"
                )
            except (ProjectCodeError, WorkerError) as failure:
                error = str(failure)
        return told.attempt(error)


class _Told:
    """What the worker tells of one run."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._seconds: float | None = None
        self._segments: list[Segment] = []

    def take(self, event: Event) -> None:
        """One event of the worker's."""
        if event["event"] == "began":
            self._began = time.monotonic() - max(0.0, time.time() - float(event["at"]))
        elif event["event"] == "observed":
            self._seconds = float(event["seconds"])
        elif event["event"] == "statement" and event.get("started") is not None:
            self._segments.append(_segment(event))

    def attempt(self, error: str | None) -> Attempt:
        """The whole; a worker that was killed could not say how long it took."""
        seconds = time.monotonic() - self._began if self._seconds is None else self._seconds
        return Attempt(seconds, error, self._began, tuple(self._segments))


def _segment(event: Mapping[str, Any]) -> Segment:
    return Segment(str(event["sql"]), float(event["started"]), float(event["seconds"]))
