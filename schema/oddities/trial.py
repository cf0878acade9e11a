"""Trying each revision out: up, down and up again, on another day, with the catalog read each time.

What came of it is kept in the cache under the key of the state that the revision makes, so that
only new and edited ones are tried.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.engine import URL

from schema import before_base, cache, compare, scratch, stopping
from schema.catalog import Catalog, read_catalog
from schema.compare import Differences
from schema.compare import compare as compared
from schema.errors import ProjectCodeError, RevisionError, WorkbenchError
from schema.history import Revision
from schema.project import Project
from schema.python_text import text_of_file
from schema.replay import Progress
from schema.replay.keys import StateKeys, facts_of
from schema.scope import Scope
from schema.timeline import Timeline
from schema.worker.parent import Worker

__all__ = ["AHEAD", "Trial", "Trials", "try_revisions"]

#: How far ahead the other day is, in seconds: another year, month, day and hour.
AHEAD = timedelta(days=400, hours=7, minutes=13).total_seconds()

_WRITES = re.compile(
    r"(?is)\s*(?:/\*.*?\*/\s*)*(insert|update|delete|merge|replace|copy|truncate)\b"
)
_IS_DATA = re.compile(r"(?is)\s*with\b.*\b(insert|update|delete|merge)\b")
_BATCH = re.compile(r"(?i)\binto\s+\W?_alembic_tmp_")
_WORD = re.compile(r"[^\W\d][\w$]*")


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of one revision.

    ``failure`` is why it could not be applied; then nothing else is known. ``statements`` is how
    many it ran, ``writes_data`` whether one of them wrote rows, ``words`` all words in them, and
    ``is_trace`` whether the catalog was another one afterwards, also in what env.py leaves out.

    ``way_back`` is ``"restored"``, ``"partly"``, ``"nothing"`` (its downgrade ran, and all stayed),
    ``"failed"`` or ``"untried"``. ``left`` are the differences that the way back leaves, a line
    each, ``down_error`` and ``again_error`` why it failed, or the second way up did.

    ``other_day`` are differences to a replay at another time, with Python's clock AHEAD; ``today``
    where today's date stands in what it made.
    """

    failure: str = ""
    statements: int = 0
    writes_data: bool = False
    words: tuple[str, ...] = ()
    is_trace: bool = False
    way_back: str = "untried"
    left: tuple[str, ...] = ()
    down_error: str = ""
    again_error: str = ""
    other_day: tuple[str, ...] = ()
    today: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trials:
    """By revision what came of each, and what could not be tried."""

    found: Mapping[str, Trial]
    notes: tuple[str, ...] = ()


def try_revisions(
    project: Project, timeline: Timeline, *, on_progress: Progress | None = None
) -> Trials:
    """Try all revisions of a timeline that were not tried before, on an embedded database."""
    steps = [step.revision for step in timeline.steps]
    keys = _keys(project, timeline, steps)
    known = [_recalled(key) for key in keys]
    first = next((n for n, trial in enumerate(known) if trial is None), len(known))
    if first == len(known):
        return Trials({s.id: t for s, t in zip(steps, known, strict=True) if t is not None})
    notes: list[str] = []
    try:
        learned = _tried(project, timeline, first, AHEAD, on_progress)
    except _OtherDayError as error:
        notes.append(f"another day could not be tried: {error}")
        learned = _tried(project, timeline, first, 0.0, on_progress)
    if not notes:
        texts = {key: json.dumps(asdict(t)) for key, t in zip(keys[first:], learned, strict=True)}
        cache.write(texts)
    whole = [*known[:first], *learned]
    return Trials(
        {s.id: t for s, t in zip(steps, whole, strict=True) if t is not None}, tuple(notes)
    )


class _OtherDayError(WorkbenchError):
    """A revision that runs today fails with the clock put forward."""


def _tried(
    project: Project, timeline: Timeline, first: int, ahead: float, report: Progress | None
) -> list[Trial]:
    with _Ground(project, timeline, ahead) as ground:
        count = len(timeline.steps)
        for place in range(first):
            ground.apply(place)
        found = []
        for place in range(first, count):
            stopping.check()
            if report is not None:
                report(place, count, f"trying {timeline.steps[place].revision.id} up and down")
            found.append(ground.attempt(place))
        return found


# -- what is known --------------------------------------------------------------------------------


def _keys(project: Project, timeline: Timeline, steps: Sequence[Revision]) -> list[str]:
    facts = facts_of(timeline.dialect, _server(project, timeline))
    states = StateKeys(project, timeline.dialect, facts, steps)
    source = cache.source_of(Path(__file__), Path(compare.__file__).parent)
    key, found = states.start, []
    for step in timeline.steps:
        key = states.after(key, step.revision)
        if step.failure is not None:
            key = states.after_failure(key)
        found.append(cache.key_of("trial", key, source))
    return found


def _server(project: Project, timeline: Timeline) -> URL | None:
    """MariaDB's scratch databases stand beside the project's own database."""
    return project.database_url() if timeline.dialect == "mariadb" else None


def _recalled(key: str) -> Trial | None:
    try:
        told: dict[str, Any] = json.loads(cache.read(key) or "null")
        lists = {name: tuple(value) for name, value in told.items() if isinstance(value, list)}
        return Trial(**{**told, **lists}) if told.keys() == _FIELDS else None
    except (TypeError, ValueError, AttributeError):
        return None


_FIELDS = {item.name for item in fields(Trial)}


# -- the ground -----------------------------------------------------------------------------------


class _Ground:
    """A scratch database and a worker on another day. Dropped and ended together."""

    def __init__(self, project: Project, timeline: Timeline, ahead: float) -> None:
        self._project = project
        self._timeline = timeline
        self._ahead = ahead
        self._scope = Scope(project)
        settings = project.settings(with_url=False)
        self._table = settings.version_table, settings.version_table_schema
        self._worker: Worker = project.start_worker(ahead=ahead)
        self._database = self._made()
        self._told: frozenset[tuple[object, ...]] = frozenset()
        self._catalog: Catalog | None = None

    def __enter__(self) -> _Ground:
        return self

    def __exit__(self, *error: object) -> None:
        self._worker.close()
        self._database.drop()

    def _made(self) -> scratch.ScratchDatabase:
        made = scratch.create(
            self._timeline.dialect, server=_server(self._project, self._timeline), label="trial"
        )
        before_base.prepare(self._project, made)
        return made

    def _read(self) -> Catalog:
        return read_catalog(self._database.url).without_table(*self._table)

    def apply(self, place: int) -> dict[str, Any] | None:
        """Bring the database over one revision as the timeline did; None where it failed there.

        Such a one is run again only for what it leaves half done: each failure costs a process.
        """
        step = self._timeline.steps[place]
        revision = step.revision.id
        if step.failure is None or step.is_half_done:
            try:
                return self._worker.step(self._database, "up", revision, continues=True)
            except WorkbenchError as error:
                if step.failure is None:
                    if self._ahead:
                        raise _OtherDayError(f"{revision} fails there: {error}") from None
                    raise
        self._worker.step(self._database, "up", revision, pretend=True)
        return None

    def attempt(self, place: int) -> Trial:
        """One revision up, down and up."""
        step = self._timeline.steps[place]
        before = self._read() if self._catalog is None else self._catalog
        result = self.apply(place)
        after = self._catalog = self._read()
        if result is None:
            return Trial(failure=step.failure or "")
        trial = replace(
            _ran(result),
            is_trace=before != after,
            other_day=tuple(self._other_day(step.revision, after)),
            today=tuple(_today(compared(before, after), step.revision)),
        )
        if step.revision.is_merge_point and before == after:
            return replace(trial, way_back="restored")
        return self._back(trial, place, before, after)

    # -- the way back --------------------------------------------------------------------------

    def _back(self, trial: Trial, place: int, before: Catalog, after: Catalog) -> Trial:
        revision = self._timeline.steps[place].revision.id
        try:
            self._worker.step(self._database, "down", revision)
        except RevisionError:
            return trial
        except ProjectCodeError as error:
            if self._read() != after:
                self._anew(place)
            return replace(trial, way_back="failed", down_error=str(error))
        below = self._read()
        left = compared(before, below)
        if below == after and before != after:
            self._worker.step(self._database, "up", revision, pretend=True)
            return replace(trial, way_back="nothing", left=tuple(_lines(left)))
        back = replace(trial, way_back="partly" if left else "restored", left=tuple(_lines(left)))
        try:
            self._worker.step(self._database, "up", revision, continues=True)
        except ProjectCodeError as error:
            self._anew(place)
            # After a way back that leaves something, that it collides says nothing new.
            return back if left else replace(back, again_error=str(error))
        again = self._read()
        if left and again != after:
            self._anew(place)
        else:
            self._catalog = again  # other than ``after`` where each time is another
        return back

    def _anew(self, place: int) -> None:
        """Another database, brought to where this one should be."""
        self._database.drop()
        self._database = self._made()
        for number in range(place + 1):
            self.apply(number)
        self._catalog = self._read()

    # -- another day ---------------------------------------------------------------------------

    def _other_day(self, revision: Revision, after: Catalog) -> Iterator[str]:
        """What is other than in the timeline's replay, and was not already before."""
        found = self._scope.of(after)
        usual = self._timeline.after(revision.id)
        items = [] if found == usual else list(compared(usual, found))
        told = {(*item.identity, item.change, *item.properties): item for item in items}
        yield from (item.describe() for key, item in told.items() if key not in self._told)
        self._told = frozenset(told)


def _ran(result: Mapping[str, Any]) -> Trial:
    """What the statements of a step tell."""
    texts = [str(item["sql"]) for item in result["statements"]]
    writes = any(
        (_WRITES.match(text) or _IS_DATA.match(text)) and not _BATCH.search(text) for text in texts
    )
    words = sorted({word.casefold() for text in texts for word in _WORD.findall(text)})
    return Trial(statements=len(texts), writes_data=writes, words=tuple(words))


def _lines(found: Differences) -> Iterator[str]:
    return (item.describe() for item in found)


def _today(found: Differences, revision: Revision) -> Iterator[str]:
    """Where a date of today stands that is not written in the revision's file.

    The day is the database's: for some hours of a day it is another one than here.
    """
    now = datetime.now(UTC)
    days = {(now + timedelta(hours=hours)).date().isoformat() for hours in (-14, 0, 14)}
    text = text_of_file(revision.path)
    for item in found:
        for name, (_, right) in item.properties.items():
            for day in days:
                if isinstance(right, str) and day in right and day not in text:
                    yield f"{item.kind} {item.label}: {name.replace('_', ' ')} {right}"
