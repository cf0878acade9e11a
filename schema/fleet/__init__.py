"""Fleets: many databases of one project, checked side by side.

Each is read once, wherever the executor runs that; equal schemas with equal stamps are a group, and
a group is compared once, with what replays and models made. So the time is that of the readings.
"""

from __future__ import annotations

from schema.fleet.check import FleetCheck, check_fleet
from schema.fleet.databases import (
    Database,
    as_database,
    databases_in,
    databases_on,
    files_like,
    of_query,
    read_list,
    schemas_in,
)
from schema.fleet.result import FAILED, MARKS, PLAIN, VERDICTS, Fleet, Group, Member

__all__ = ["FAILED", "MARKS", "PLAIN", "VERDICTS", "Database", "Fleet", "FleetCheck", "Group",
           "Member", "as_database", "check_fleet", "databases_in", "databases_on", "files_like",
           "of_query", "read_list", "schemas_in"]  # fmt: skip
