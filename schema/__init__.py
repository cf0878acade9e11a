"""The schema workbench: see how a schema came to be, find its drift, rehearse its migrations.

The names below are loaded when they are first used, so that ``import schema`` is quick and needs
neither pandas nor ipywidgets.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from schema import scratch
    from schema.authoring import Draft
    from schema.catalog import read_catalog
    from schema.demo import make_demo
    from schema.diagram import diagram_between, diagram_of
    from schema.drift import find_drift
    from schema.errors import WorkbenchError
    from schema.fleet import check_fleet
    from schema.history import read_current, read_history
    from schema.rehearsal import Rehearsal
    from schema.rehearsal.forecast import make_forecast
    from schema.trouble import diagnose
    from schema.widgets import (
        DriftExplorer,
        FleetPanel,
        HistoryBrowser,
        NewRevisionPanel,
        RehearsalPanel,
        SchemaTour,
    )
    from schema.workbench import Project

__all__ = [
    "Draft",
    "DriftExplorer",
    "FleetPanel",
    "HistoryBrowser",
    "NewRevisionPanel",
    "Project",
    "Rehearsal",
    "RehearsalPanel",
    "SchemaTour",
    "WorkbenchError",
    "check_fleet",
    "diagnose",
    "diagram_between",
    "diagram_of",
    "find_drift",
    "make_demo",
    "make_forecast",
    "read_catalog",
    "read_current",
    "read_history",
    "scratch",
]

__version__ = "0.1.0"

#: Where each public name lives. ``scratch`` is a module, and so is not found here.
_HOMES = {
    "Draft": "schema.authoring",
    "DriftExplorer": "schema.widgets",
    "FleetPanel": "schema.widgets",
    "HistoryBrowser": "schema.widgets",
    "NewRevisionPanel": "schema.widgets",
    "Project": "schema.workbench",
    "Rehearsal": "schema.rehearsal",
    "RehearsalPanel": "schema.widgets",
    "SchemaTour": "schema.widgets",
    "WorkbenchError": "schema.errors",
    "check_fleet": "schema.fleet",
    "diagnose": "schema.trouble",
    "diagram_between": "schema.diagram",
    "diagram_of": "schema.diagram",
    "find_drift": "schema.drift",
    "make_demo": "schema.demo",
    "make_forecast": "schema.rehearsal.forecast",
    "read_catalog": "schema.catalog",
    "read_current": "schema.history",
    "read_history": "schema.history",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 -- the module's own members, of every type
    if name == "scratch":
        return import_module("schema.scratch")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
