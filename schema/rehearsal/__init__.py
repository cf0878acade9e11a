"""Rehearsals: revisions run on a scratch copy, a step at a time, with what was observed of each."""

from schema.rehearsal.ledger import Rows, count_rows
from schema.rehearsal.rehearsal import Plan, Rehearsal
from schema.rehearsal.steps import Direction, State, Statement, Step

__all__ = [
    "Direction",
    "Plan",
    "Rehearsal",
    "Rows",
    "State",
    "Statement",
    "Step",
    "count_rows",
]
