"""Drift: a live database against its migrations and its models, each difference with its cause."""

from __future__ import annotations

from schema.drift.comparison import find_drift
from schema.drift.result import CAUSES, Drift

__all__ = ["CAUSES", "Drift", "find_drift"]
