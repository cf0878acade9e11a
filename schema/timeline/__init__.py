"""The timeline: the catalog at every revision, and what each of them did."""

from __future__ import annotations

from schema.timeline.reading import read_timeline
from schema.timeline.step import Step
from schema.timeline.timeline import Timeline

__all__ = ["Step", "Timeline", "read_timeline"]
