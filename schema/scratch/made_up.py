"""The last touch to a copy before anybody can use it: made-up rows, and masks."""

from __future__ import annotations

from schema.scratch.choice import Choice
from schema.scratch.model import Cancelled, Progress, ScratchDatabase, portion

__all__ = ["made_up"]


def made_up(
    scratch: ScratchDatabase,
    choice: Choice,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> None:
    """Fill a database that bears its mark, but is not offered yet, as ``choice`` says.

    Raises ScratchError for a mask that fits no column, and when ``cancelled`` said so.
    """
    if choice.rows == "synthetic":
        from schema.synthetic import fill

        fill(
            scratch,
            rows=choice.number or 0,
            seed=choice.seed,
            skip=frozenset(choice.keep),
            progress=portion(progress, 0, 0.7 if choice.masks else 1),
            cancelled=cancelled,
        )
    if choice.masks:
        from schema.masking import apply_masks, parse_masks

        apply_masks(
            scratch,
            parse_masks(choice.masks),
            progress=portion(progress, 0.7 if choice.rows == "synthetic" else 0, 1),
            cancelled=cancelled,
        )
