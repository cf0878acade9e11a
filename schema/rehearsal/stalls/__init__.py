"""Stalls: what an application that reads and writes meanwhile would feel of a step."""

from schema.rehearsal.stalls.measure import MOST_TABLES, Attempt, Run, measure_stalls
from schema.rehearsal.stalls.model import (
    Held,
    Probe,
    Scenario,
    Segment,
    Stall,
    StallRun,
    Stalls,
    Who,
)
from schema.rehearsal.stalls.probing import Probes

__all__ = [
    "MOST_TABLES",
    "Attempt",
    "Held",
    "Probe",
    "Probes",
    "Run",
    "Scenario",
    "Segment",
    "Stall",
    "StallRun",
    "Stalls",
    "Who",
    "measure_stalls",
]
