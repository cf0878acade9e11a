"""Rehearsals: revisions run on a scratch copy, a step at a time, with what was observed of each."""

from schema.rehearsal.faults import Failure, Faults
from schema.rehearsal.hazards import Hazard
from schema.rehearsal.ledger import DataChange, DataLoss, DataVerdict, Ledger, Rows, count_rows
from schema.rehearsal.observed import Lock, Notice, Rewrite, Size, Wait
from schema.rehearsal.options import Options
from schema.rehearsal.orders import Order, Orders
from schema.rehearsal.preview import Planned, Preview, preview
from schema.rehearsal.rehearsal import Plan, Rehearsal
from schema.rehearsal.round_trip import Return, RoundTrip
from schema.rehearsal.stalls import Stalls
from schema.rehearsal.steps import Direction, State, Statement, Step
from schema.rehearsal.totals import Totals, totals
from schema.rehearsal.versus import Versus, versus

__all__ = [
    "DataChange",
    "DataLoss",
    "DataVerdict",
    "Direction",
    "Failure",
    "Faults",
    "Hazard",
    "Ledger",
    "Lock",
    "Notice",
    "Options",
    "Order",
    "Orders",
    "Plan",
    "Planned",
    "Preview",
    "Rehearsal",
    "Return",
    "Rewrite",
    "RoundTrip",
    "Rows",
    "Size",
    "Stalls",
    "State",
    "Statement",
    "Step",
    "Totals",
    "Versus",
    "Wait",
    "count_rows",
    "preview",
    "totals",
    "versus",
]
