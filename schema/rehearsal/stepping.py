"""One revision run, with all that is found out about it: its data, its hazards, its stalls."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from schema.errors import DatabaseError, ScratchError
from schema.history import Revision
from schema.rehearsal.hazards import hazards_of_step
from schema.rehearsal.stalls.step import probe_step, touched_tables
from schema.rehearsal.steps import Direction, State, Step
from schema.rehearsal.walk import Walk
from schema.scratch import ScratchDatabase

__all__ = ["take_step"]


def take_step(
    walk: Walk,
    direction: Direction,
    revision: Revision,
    before: State,
    *,
    origin: ScratchDatabase | None = None,
) -> tuple[Step, State | None]:
    """Run one revision and find out all that the options ask for.

    ``origin`` is the database as it is before, where the caller has it; else one is made while it
    is needed. The state is None when the database could not be read any more.
    """
    with _origin(walk, origin) as kept:
        step, after = walk.run(direction, revision, before)
        if after is not None:
            step = replace(step, data=walk.judge(before, after, kept, step.statements))
        if walk.options.stall_probes and not step.failed and not walk.stopping.is_set():
            step = _probed(walk, step, kept)
            if step.stalls is not None and after is not None:
                # The copy was made anew since, and the server counts from zero for it.
                after = replace(after, relations=walk.relations())
    hazards = hazards_of_step(walk.project, revision, step, before=before.catalog)
    return replace(step, hazards=hazards), after


@contextmanager
def _origin(walk: Walk, origin: ScratchDatabase | None) -> Iterator[ScratchDatabase | None]:
    if origin is not None:
        yield origin
        return
    with walk.remembered_if_possible() as kept:
        yield kept


# -- stalls ----------------------------------------------------------------------------------


def _probed(walk: Walk, step: Step, kept: ScratchDatabase | None) -> Step:
    """Run the step again and again from the same start, with readers and writers at work."""
    tables = touched_tables(step)
    if not tables:
        return step
    try:
        if kept is None:
            raise ScratchError("there was no room to keep the state before the step.")
        stalls = probe_step(walk, step.direction, step.revision, tables, kept)
    except (DatabaseError, ScratchError) as error:
        return replace(step, notes=(*step.notes, f"What others feel was not measured: {error}"))
    return replace(step, stalls=stalls)
