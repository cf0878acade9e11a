"""Measuring for a forecast: the same steps on copies that hold parts of the rows, then on all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.engine import URL

from schema import scratch as scratches
from schema.database import parse_url, translated
from schema.errors import ScratchError, WorkbenchError
from schema.project import Project
from schema.rehearsal.forecast.model import Forecast
from schema.rehearsal.forecast.runs import Run, forecast_of
from schema.rehearsal.options import Options
from schema.rehearsal.rehearsal import Rehearsal
from schema.scratch import WHOLE, Choice, ScratchDatabase
from schema.scratch.watch import stopping

__all__ = ["FRACTIONS", "Copier", "make_forecast"]

#: The parts of the rows that are measured when nothing else is said.
FRACTIONS = (0.01, 0.03, 0.1, 1.0)
#: Parts up to this one are cheap, and noisy enough to be measured more than once.
_SMALL = 0.1

_BUFFERS = "SELECT pg_size_bytes(current_setting('shared_buffers'))"

Progress = Callable[[float, str], None]
Cancelled = Callable[[], bool]
#: Makes a scratch copy of the source with this part of its rows; the number is a seed.
Copier = Callable[[URL, float, int], ScratchDatabase]


def make_forecast(
    project: Project,
    source: URL | str | None = None,
    *,
    to: str = "heads",
    fractions: Sequence[float] = FRACTIONS,
    repeat: int = 1,
    seed: int = 0,
    copy: Copier | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Forecast:
    """Rehearse the steps to ``to`` on samples of the source and on the whole, and fit their cost.

    The source, by default the project's live database, is only read. ``fractions`` are parts of its
    rows; those up to a tenth are measured ``repeat`` times, on another sample each time. ``copy``
    makes the copies when samples of the source are not what is wanted. A step that fails ends its
    size, with a note. ``progress`` is told the part done (0.0 to 1.0) and what is being done. When
    ``cancelled`` says so, what was measured until then is the forecast, with a note; raises
    WorkbenchError when that is nothing. The copies are dropped whatever happens.
    """
    url = project.database_url() if source is None else parse_url(source)
    sizes = _sizes(fractions, repeat)
    runs: list[Run] = []
    notes: list[str] = []
    for number, (fraction, again) in enumerate(sizes):
        tell = _scaled(progress, number, len(sizes))
        tell(0.0, f"rehearsing on {100 * fraction:g} % of the rows")
        if _is_cancelled(cancelled):
            break
        make = _maker(copy, project, url, fraction, seed + again, tell, cancelled)
        try:
            run = _run(project, url, to, fraction, make, cancelled)
        except ScratchError:  # also how a copy says that it was stopped
            if _is_cancelled(cancelled):
                break
            raise
        if _is_cancelled(cancelled):
            break
        runs.append(run)
    if len(runs) < len(sizes):
        if not runs:
            raise WorkbenchError("The forecast was stopped before anything was measured.")
        notes.append(f"It was stopped after {len(runs)} of {len(sizes)} measurements.")
    if progress is not None:
        progress(1.0, "measured")
    return forecast_of(runs, memory=_memory(), notes=notes)


def _scaled(progress: Progress | None, number: int, of: int) -> Progress:
    """What tells of one measurement as its part of all of them."""

    def tell(part: float, doing: str) -> None:
        if progress is not None:
            progress((number + min(part, 1.0) / 2) / of, doing)

    return tell


def _maker(
    copy: Copier | None,
    project: Project,
    source: URL,
    fraction: float,
    seed: int,
    progress: Progress,
    cancelled: Cancelled | None,
) -> Callable[[], ScratchDatabase]:
    if copy is not None:
        return lambda: copy(source, fraction, seed)
    settings = project.settings()
    names = (settings.version_table_schema, settings.version_table)
    stamps = ".".join(name for name in names if name)
    choice = WHOLE if fraction == 1 else Choice.sample(float(fraction), seed=seed).keeping(stamps)
    return lambda: scratches.copy(source, choice=choice, progress=progress, cancelled=cancelled)


def _sizes(fractions: Sequence[float], repeat: int) -> list[tuple[float, int]]:
    """Each fraction with the number of its repetition, the cheap ones first."""
    if not fractions or not all(0 < each <= 1 for each in fractions):
        raise WorkbenchError("The parts to measure are numbers above 0, up to 1: all of the rows.")
    if repeat < 1:
        raise WorkbenchError("Each part has to be measured at least once.")
    return [
        (fraction, again)
        for fraction in sorted(set(fractions))
        for again in range(repeat if fraction <= _SMALL else 1)
    ]


def _is_cancelled(cancelled: Cancelled | None) -> bool:
    return cancelled is not None and cancelled()


def _run(
    project: Project,
    source: URL,
    target: str,
    fraction: float,
    make: Callable[[], ScratchDatabase],
    cancelled: Cancelled | None,
) -> Run:
    """One rehearsal on one copy, which is gone afterwards."""
    with _rehearsing(project, source, make) as rehearsal:
        buffers = _analyse(rehearsal.scratch)
        size = rehearsal.scratch.size()
        with stopping(cancelled, rehearsal.stop):
            steps = rehearsal.run_to(target)
    return Run(fraction, tuple(steps), size, buffers)


@contextmanager
def _rehearsing(
    project: Project, source: URL, make: Callable[[], ScratchDatabase]
) -> Iterator[Rehearsal]:
    copied = make()
    try:
        # Rows are counted, as they are what times are compared with; all else would only take time.
        rehearsal = Rehearsal.on(project, copied, source, options=Options(ledger="rows"))
        try:
            yield rehearsal
        finally:
            rehearsal.close()
    finally:
        copied.drop()


def _analyse(copied: ScratchDatabase) -> int | None:
    """Tell the planner of the copy what it holds, as the original's was told.

    Returns the bytes of PostgreSQL's shared buffers.

    A server in use has its statistics from autovacuum, so a PostgreSQL copy gets its own; SQLite
    has some only where somebody once ran ANALYZE.
    """
    engine = sa.create_engine(copied.url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    try:
        with translated(copied.url), engine.connect() as connection:
            if copied.kind == "postgresql":
                connection.exec_driver_sql("VACUUM (ANALYZE)")
                return int(connection.exec_driver_sql(_BUFFERS).scalar_one())
            if sa.inspect(connection).has_table("sqlite_stat1"):
                connection.exec_driver_sql("ANALYZE")
            return None
    finally:
        engine.dispose()


def _memory() -> int | None:
    """The bytes of memory of this machine; None where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return None
