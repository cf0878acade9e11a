"""The only place where HTML and SVG are made.

Importing it teaches the values of the lower floors how to show themselves (see schema.display).
"""

from __future__ import annotations

from schema.authoring import Changes, Heads, Reading, Reparented, Written
from schema.biography import Biography, Chronicle, Dropped
from schema.catalog import Catalog
from schema.compare import Differences
from schema.diagram import Diagram
from schema.display import register
from schema.drift import Drift
from schema.fleet import Fleet
from schema.history import History
from schema.locate import Location
from schema.oddities import Oddities
from schema.rehearsal import Faults, Orders, Rehearsal, RoundTrip, Step
from schema.rehearsal.forecast import Expectation, Forecast
from schema.rehearsal.preview import Preview
from schema.rehearsal.stalls import Stalls
from schema.rehearsal.versus import Versus
from schema.render.authoring import (
    changes_html,
    heads_html,
    mend_html,
    reading_html,
    reparented_html,
    written_html,
)
from schema.render.biography import biography_html, dropped_html
from schema.render.catalog import catalog_html
from schema.render.chronicle import chronicle_html, chronicle_page
from schema.render.differences import definition_html, difference_table, differences_html
from schema.render.drift import drift_html, drift_page, section_html, verdict_html
from schema.render.er import er_html, er_svg
from schema.render.fleet import (
    fleet_html,
    fleet_page,
    fleet_verdict_html,
    group_html,
    groups_table,
    members_table,
)
from schema.render.forecast import expectation_html, forecast_html
from schema.render.found import documentation_html, found_html, models_html
from schema.render.history import history_html, history_notes_html, history_table, problems_html
from schema.render.lane_rows import lane_strip_html, row_facts_html, row_heading_html
from schema.render.lanes import lane_graph
from schema.render.live import error_html, log_html, status_html
from schema.render.locate import location_html
from schema.render.mermaid import mermaid
from schema.render.oddities import oddities_html
from schema.render.rehearsal import (
    rehearsal_html,
    rehearsal_page,
    steps_html,
    steps_table,
    steps_table_html,
    totals_html,
)
from schema.render.rehearsal_plan import preview_html
from schema.render.rehearsal_step import (
    rows_table,
    step_body_html,
    step_html,
    step_remarks_html,
)
from schema.render.rehearsal_versus import versus_html
from schema.render.rehearsal_ways import faults_html, orders_html, round_trip_html
from schema.render.repair import proof_html, repair_html
from schema.render.revision import (
    revision_about_html,
    revision_changes_html,
    revision_data_html,
    revision_html,
    revision_source_html,
    revision_sql_html,
)
from schema.render.stalls import compared_stalls_html, stalls_html, stalls_section
from schema.render.table_page import table_page_html
from schema.render.tables import Column, frame_html, table
from schema.render.theme import panel, text
from schema.render.timeline import moment_html, timeline_html
from schema.render.tour import passed_by_html, station_html, tour_html
from schema.render.trouble import diagnosis_html, help_html, trouble_html
from schema.repair import Proof, Repair
from schema.revisions import RevisionPage
from schema.tables import Documentation, Found, Models, TablePage
from schema.timeline import Step as Moment
from schema.timeline import Timeline
from schema.tour import Tour
from schema.trouble import Diagnosis, Help, Trouble

__all__ = [
    "Column",
    "biography_html",
    "catalog_html",
    "changes_html",
    "chronicle_html",
    "chronicle_page",
    "compared_stalls_html",
    "definition_html",
    "diagnosis_html",
    "difference_table",
    "differences_html",
    "documentation_html",
    "drift_html",
    "drift_page",
    "dropped_html",
    "er_html",
    "er_svg",
    "error_html",
    "expectation_html",
    "faults_html",
    "fleet_html",
    "fleet_page",
    "fleet_verdict_html",
    "forecast_html",
    "found_html",
    "frame_html",
    "group_html",
    "groups_table",
    "heads_html",
    "help_html",
    "history_html",
    "history_notes_html",
    "history_table",
    "lane_graph",
    "lane_strip_html",
    "location_html",
    "log_html",
    "members_table",
    "mend_html",
    "mermaid",
    "models_html",
    "moment_html",
    "oddities_html",
    "orders_html",
    "panel",
    "passed_by_html",
    "preview_html",
    "problems_html",
    "proof_html",
    "reading_html",
    "rehearsal_html",
    "rehearsal_page",
    "repair_html",
    "reparented_html",
    "revision_about_html",
    "revision_changes_html",
    "revision_data_html",
    "revision_html",
    "revision_source_html",
    "revision_sql_html",
    "round_trip_html",
    "row_facts_html",
    "row_heading_html",
    "rows_table",
    "section_html",
    "stalls_html",
    "stalls_section",
    "station_html",
    "status_html",
    "step_body_html",
    "step_html",
    "step_remarks_html",
    "steps_html",
    "steps_table",
    "steps_table_html",
    "table",
    "table_page_html",
    "text",
    "timeline_html",
    "totals_html",
    "tour_html",
    "trouble_html",
    "verdict_html",
    "versus_html",
    "written_html",
]

register(Biography, biography_html)
register(Catalog, catalog_html)
register(Chronicle, chronicle_html)
register(Differences, differences_html)
register(Diagnosis, diagnosis_html)
register(Diagram, er_html)
register(Drift, drift_html)
register(Dropped, dropped_html)
register(Expectation, expectation_html)
register(Faults, faults_html)
register(Fleet, fleet_html)
register(Forecast, forecast_html)
register(Help, help_html)
register(History, history_html)
register(Location, location_html)
register(Oddities, oddities_html)
register(Proof, proof_html)
register(Orders, orders_html)
register(Preview, preview_html)
register(Rehearsal, rehearsal_html)
register(Repair, repair_html)
register(RevisionPage, revision_html)
register(Stalls, stalls_html)
register(RoundTrip, round_trip_html)
register(Step, step_html)
register(Tour, tour_html)
register(Moment, moment_html)
register(Timeline, timeline_html)
register(Trouble, trouble_html)
register(Versus, versus_html)
register(Documentation, documentation_html)
register(Found, found_html)
register(Models, models_html)
register(TablePage, table_page_html)
register(Changes, changes_html)
register(Heads, heads_html)
register(Reading, reading_html)
register(Reparented, reparented_html)
register(Written, written_html)
