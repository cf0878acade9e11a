"""Columns of a copy masked by rule, before a person sees them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from time import perf_counter

from schema import stopping
from schema.catalog import read_catalog
from schema.errors import ScratchError
from schema.masking.masked import Masked, MaskedColumn
from schema.masking.plan import CollisionError, planned
from schema.masking.rules import HELP, Mask, parse_masks
from schema.scratch import ScratchDatabase
from schema.scratch.model import Cancelled, Progress

__all__ = ["HELP", "Mask", "Masked", "MaskedColumn", "apply_masks", "parse_masks"]


#: So many keys are tried when values that have to differ come out alike.
_ATTEMPTS = 3


def apply_masks(
    scratch: ScratchDatabase,
    masks: Sequence[Mask],
    *,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Masked:
    """Mask columns of a scratch database: all of them, or nothing is changed.

    Values that were equal stay equal, those that had to differ still differ, and a column that
    foreign keys join with others is masked alike in all of them, also when a mask names only one.
    What values become follows from a random key that is forgotten at the end. No trigger fires.
    Afterwards the old values are no longer in the database's files; a server's log may hold them.

    Raises ScratchError before anything is done for a mask that fits no column, or that its columns
    can't take (NULL where none may be, text for a date), for what the database refuses, and when
    ``cancelled`` said so; NotScratchError for a database without the mark; DatabaseError.
    """
    begun = perf_counter()
    steps = planned(read_catalog(scratch.url), masks)

    def told(part: float, words: str) -> None:
        stopping.check()
        if cancelled is not None and cancelled() and part < 0.75:
            raise ScratchError("Masking was stopped; nothing was masked.")
        if progress is not None:
            progress(part, words)

    if scratch.kind == "sqlite":
        from schema.masking.sqlite import mask
    elif scratch.kind == "mariadb":
        from schema.masking.mariadb import mask
    else:
        from schema.masking.postgresql import mask
    counts: list[int] = []
    notes: list[str] = []
    for attempt in range(_ATTEMPTS if steps else 0):
        try:
            counts, notes = mask(scratch, steps, secrets.token_bytes(32), told)
            break
        except CollisionError:
            if attempt == _ATTEMPTS - 1:
                raise
    told(1.0, "masked")
    columns = tuple(
        MaskedColumn(step.table.label, step.column.name, step.rule, count,
                     step.because)
        for step, count in zip(steps, counts, strict=True)
    )  # fmt: skip
    return Masked(columns, perf_counter() - begun, tuple(notes))
