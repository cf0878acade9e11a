"""Fleets: many databases of one project, checked side by side.

Each is read once, wherever the executor runs that; equal schemas with equal stamps are a group, and
a group is compared once, with what replays and models made. So the time is that of the readings.

The names below are loaded when they are first used: a process that only reads needs few of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

_HOMES = {
    "schema.fleet.check": ("FleetCheck", "check_fleet"),
    "schema.fleet.databases": ("Database", "as_database", "databases_in", "databases_on",
                               "files_like", "of_query", "read_list", "schemas_in"),
    "schema.fleet.result": ("FAILED", "MARKS", "PLAIN", "VERDICTS", "Fleet", "Group", "Member"),
}  # fmt: skip


def __getattr__(name: str) -> Any:  # noqa: ANN401 -- the members, of every type
    home = next((home for home, names in _HOMES.items() if name in names), None)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(home), name)
