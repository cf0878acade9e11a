"""Widgets for a notebook: presentation only. What they show are values of the floors below."""

from schema.widgets.drift_explorer import DriftExplorer
from schema.widgets.history_browser import HistoryBrowser
from schema.widgets.rehearsal_panel import RehearsalPanel

__all__ = ["DriftExplorer", "HistoryBrowser", "RehearsalPanel"]
