"""Values made into blocks (headings, lines, tables) that know nothing of their form."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import singledispatch

from schema.biography import Biography, Chronicle, Dropped
from schema.catalog import Catalog
from schema.compare import Differences
from schema.diagram import Diagram
from schema.drift import Drift
from schema.fleet import Fleet
from schema.history import History, Revision
from schema.locate import Location
from schema.oddities import Oddities
from schema.rehearsal import Faults, Orders, Rehearsal, RoundTrip, Step
from schema.rehearsal.forecast import Expectation, Forecast
from schema.rehearsal.stalls import Stalls
from schema.repair import Proof, Repair
from schema.report.biography import biography_blocks, chronicle_blocks, dropped_blocks
from schema.report.diagram import diagram_blocks
from schema.report.drift import ALL, difference_table, drift_blocks
from schema.report.fleet import fleet_blocks
from schema.report.forecast import expectation_blocks, forecast_blocks
from schema.report.model import Block, Heading, Line
from schema.report.model import tabled as _table
from schema.report.oddities import oddities_blocks
from schema.report.others import location_blocks, proof_blocks, repair_blocks
from schema.report.rehearsal import rehearsal_blocks, step_blocks, steps_blocks
from schema.report.stalls import stall_blocks
from schema.report.tables import (
    documentation_blocks,
    found_blocks,
    models_blocks,
    table_page_blocks,
)
from schema.report.timeline import catalog_blocks, moment_blocks, timeline_blocks
from schema.report.trouble import diagnosis_blocks, trouble_blocks
from schema.report.ways import faults_blocks, orders_blocks, round_trip_blocks
from schema.tables import Documentation, Found, Models, TablePage
from schema.timeline import Step as Moment
from schema.timeline import Timeline
from schema.trouble import Diagnosis, Trouble
from schema.wording import STANDING_MARKS, counted, day

__all__ = ["blocks_of"]

Stamp = tuple[str, ...]


def blocks_of(
    value: object,
    current: Stamp | None = None,
    *,
    cosmetic: bool = False,
    was_told: bool = False,
    rows: int = ALL,
) -> Iterator[Block]:
    """The blocks of a value. Raises TypeError.

    ``current`` counts for a History alone, ``cosmetic`` for a Drift, ``was_told`` for a Rehearsal,
    ``rows`` for what can be longer than a comment.
    """
    if isinstance(value, History):
        yield from _history(value, current)
    elif isinstance(value, Drift):
        yield from drift_blocks(value, cosmetic=cosmetic, rows=rows)
    elif isinstance(value, Fleet):
        yield from fleet_blocks(value, rows)
    elif isinstance(value, Rehearsal):
        yield from rehearsal_blocks(value, rows, was_told=was_told)
    elif isinstance(value, Step):
        yield from step_blocks(value, rows)
    elif isinstance(value, RoundTrip):
        yield from round_trip_blocks(value, rows)
    elif isinstance(value, Faults):
        yield from faults_blocks(value, rows)
    elif isinstance(value, Orders):
        yield from orders_blocks(value, rows)
    elif isinstance(value, list | tuple) and all(isinstance(item, Step) for item in value):
        yield from steps_blocks(value, rows)
    else:
        yield from _shown(value)


@singledispatch
def _shown(value: object) -> Iterator[Block]:
    raise TypeError(f"There is no report of a {type(value).__name__}.")


def _history(history: History, current: Stamp | None) -> Iterator[Block]:
    for problem in history.problems:
        yield Heading(f"! {problem}", is_bad=True)
    standing = history.standing(current) if current is not None else {}
    known = {revision.id for revision in history}
    for stamp in sorted(set(standing) - known):
        yield Heading(
            f"! The database is stamped {stamp}, which no revision file bears.", is_bad=True
        )
    columns = ["Revision", "Message", "Date", "Flags"]
    columns += ["Author"] if any(item.author for item in history) else []
    columns += ["Standing"] if current is not None else []
    cells: dict[str, Callable[[Revision], str]] = {
        "Revision": lambda item: item.id,
        "Message": lambda item: item.message,
        "Date": lambda item: day(item.date),
        "Flags": lambda item: ", ".join(item.flags),
        "Author": lambda item: item.author or "",
        "Standing": lambda item: f"{STANDING_MARKS[standing[item.id]]} {standing[item.id]}",
    }
    yield _table(columns, ([cells[name](item) for name in columns] for item in history))


@_shown.register
def _differences(differences: Differences) -> Iterator[Block]:
    if not differences:
        yield Line("No differences.")
        return
    yield Heading(counted(len(differences), "difference"))
    yield difference_table(differences)


_shown.register(Biography, biography_blocks)
_shown.register(Chronicle, chronicle_blocks)
_shown.register(Diagram, diagram_blocks)
_shown.register(Dropped, dropped_blocks)
_shown.register(Documentation, documentation_blocks)
_shown.register(Found, found_blocks)
_shown.register(Models, models_blocks)
_shown.register(TablePage, table_page_blocks)
_shown.register(Expectation, expectation_blocks)
_shown.register(Forecast, forecast_blocks)
_shown.register(Location, location_blocks)
_shown.register(Oddities, oddities_blocks)
_shown.register(Proof, proof_blocks)
_shown.register(Repair, repair_blocks)
_shown.register(Stalls, stall_blocks)
_shown.register(Diagnosis, diagnosis_blocks)
_shown.register(Trouble, trouble_blocks)


_shown.register(Catalog)(catalog_blocks)
_shown.register(Timeline)(timeline_blocks)
_shown.register(Moment)(moment_blocks)
