"""Hazards: what a revision does, or was seen doing, that can hurt a running service.

Rules read the statements as text; where the revision was rehearsed, what was observed speaks, and
the rule explains it and gives the safer form. ``docs/hazards.md`` lists all rules.
"""

from schema.rehearsal.hazards import (  # noqa: F401 -- each registers its rules
    batching,
    blocking,
    indexing,
    losing,
    nulls,
    others,
    rewriting,
    rights,
    style,
    transactions,
    whole,
)
from schema.rehearsal.hazards.finding import find_hazards, foresee
from schema.rehearsal.hazards.hazard import SEVERITIES, Hazard, Severity, hazards_frame
from schema.rehearsal.hazards.ignoring import Ignore, apply_ignores, read_ignores
from schema.rehearsal.hazards.revision import hazards_ahead, hazards_of_step
from schema.rehearsal.hazards.rule import Rule, rules, rules_frame
from schema.rehearsal.hazards.settings import NO_SETTINGS, Settings, read_settings

__all__ = [
    "NO_SETTINGS",
    "SEVERITIES",
    "Hazard",
    "Ignore",
    "Rule",
    "Settings",
    "Severity",
    "apply_ignores",
    "find_hazards",
    "foresee",
    "hazards_ahead",
    "hazards_frame",
    "hazards_of_step",
    "read_ignores",
    "read_settings",
    "rules",
    "rules_frame",
]
