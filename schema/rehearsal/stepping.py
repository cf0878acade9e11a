"""One revision run, with all that is found out about it: its data, its hazards, its stalls."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from schema.history import Revision
from schema.rehearsal.hazards import hazards_of_step
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
            step = replace(step, data=walk.judge(before, after, kept))
    hazards = hazards_of_step(walk.project, revision, step, before=before.catalog)
    return replace(step, hazards=hazards), after


@contextmanager
def _origin(walk: Walk, origin: ScratchDatabase | None) -> Iterator[ScratchDatabase | None]:
    if origin is not None:
        yield origin
        return
    with walk.remembered_if_possible() as kept:
        yield kept
