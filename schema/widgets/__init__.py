"""Widgets for a notebook: presentation only. What they show are values of the floors below."""

from schema.widgets.drift_explorer import DriftExplorer
from schema.widgets.fleet_panel import FleetPanel
from schema.widgets.history_browser import HistoryBrowser
from schema.widgets.new_revision_panel import NewRevisionPanel
from schema.widgets.rehearsal_panel import RehearsalPanel
from schema.widgets.schema_tour import SchemaTour

__all__ = [
    "DriftExplorer",
    "FleetPanel",
    "HistoryBrowser",
    "NewRevisionPanel",
    "RehearsalPanel",
    "SchemaTour",
]
