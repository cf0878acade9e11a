"""Rehearsals: revisions run on a scratch copy, a step at a time, with what was observed of each."""

from schema.rehearsal.ledger import Rows, count_rows
from schema.rehearsal.observed import Lock, Notice, Rewrite, Size, Wait
from schema.rehearsal.options import Options
from schema.rehearsal.rehearsal import Plan, Rehearsal
from schema.rehearsal.steps import Direction, State, Statement, Step

__all__ = [
    "Direction",
    "Lock",
    "Notice",
    "Options",
    "Plan",
    "Rehearsal",
    "Rewrite",
    "Rows",
    "Size",
    "State",
    "Statement",
    "Step",
    "Wait",
    "count_rows",
]
