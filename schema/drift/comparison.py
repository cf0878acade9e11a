"""The comparison: four catalogs, each read from a real database of one kind by one reader.

L  live, R  replay at the revision that live is stamped with, H  replay at head, M  the models.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import replace
from typing import TypeVar

from sqlalchemy.engine import URL

from schema.accepted import Judgement, judge
from schema.archaeology import Archaeology
from schema.catalog import Catalog, Identity
from schema.compare import Difference, Differences, compare
from schema.database import parse_url, show_url
from schema.drift.blind_spots import MOST_TABLES, ask_alembic
from schema.drift.causes import Attribution, Known, pending_by
from schema.drift.edited import explain_edits
from schema.drift.ground import Ground, Live, read_live
from schema.drift.likeness import Likeness
from schema.drift.result import Drift
from schema.drift.stamp import distance, stamp_problem
from schema.drift.timeline import Timeline
from schema.drift.versions import tell_noise
from schema.errors import DatabaseError, ProjectCodeError, RevisionError, WorkbenchError
from schema.history import Revision
from schema.project import Project
from schema.replay import Progress, Replay, Stamp, replay
from schema.sorting import Sorted, of_models, sort_out, weight

T = TypeVar("T")

__all__ = ["find_drift", "judge_live", "models_ahead"]


def find_drift(
    project: Project,
    url: URL | str | None = None,
    *,
    at: str | None = None,
    check_alembic: bool | None = None,
    on_progress: Progress | None = None,
) -> Drift:
    """Compare a live database (the project's own when ``url`` is None) with migrations and models.

    ``at`` names the revision to compare with, instead of the database's stamp: for one that bears
    none, or a wrong one. ``check_alembic`` says whether Alembic's own comparison is run too, on a
    copy of live's schema, so that ``Drift.blind_spots`` has what it misses; None means where there
    is drift and live has few enough tables for it to be quick. The live database is only read.

    Raises DatabaseError when it cannot be read, is empty, or bears no stamp; RevisionError when no
    revision file bears its stamp; ConfigError when the file of accepted drift is not understood.
    When a replay or the models fail, the rest is still compared, and ``notes`` has the reason.
    """
    with project.at_one_moment():
        ground = Ground(project, on_progress)
        database = parse_url(url) if url is not None else project.database_url()
        live = read_live(ground, database)
        if at is None and (problem := stamp_problem(ground, live)):
            kind = RevisionError if problem.is_of_revisions else DatabaseError
            raise kind(f"{show_url(database)} {problem.words}")
        comparer = _Comparer(ground, live)
        if at is not None:
            comparer.compare_at(at)
        drift = comparer.drift()
        return comparer.with_alembic(drift) if _is_asked(check_alembic, drift) else drift


def judge_live(ground: Ground, live: Live, *, is_explained: bool = True) -> Drift:
    """The same for a database that was read already, and whose stamp has no problem.

    Alembic's own comparison is not run. ``is_explained`` is whether Git is asked about what the
    catalogs do not explain, which can take replays of its own.
    """
    return _Comparer(ground, live, is_explained=is_explained).drift()


def models_ahead(ground: Ground, live: Live) -> Differences:
    """What the models have otherwise than head, where databases like this one are made.

    None of it where either could not be had: ``judge_live`` says so.
    """
    try:
        found = ground.replay(live, ground.history.heads)
        return _models_ahead(ground.timeline([found]).at(found.end), ground.models(live), ())
    except WorkbenchError:
        return Differences()


class _Comparer:
    """One comparison under way: gathers the catalogs it can get, and the reasons for the others."""

    def __init__(self, ground: Ground, live: Live, *, is_explained: bool = True) -> None:
        self.ground = ground
        self.project = ground.project
        self.history = ground.history
        self.scope = ground.scope
        self.database = live
        self.url, self.live, self.server = live.url, live.catalog, live.server
        self.stamp: Stamp = live.stamp
        self.is_explained = is_explained
        self.notes: list[str] = [f"{what} were not compared" for what in self.live.not_compared]
        self.notes += self.history.problems
        self.failures: list[WorkbenchError] = []

    def compare_at(self, target: str) -> None:
        """Compare with a revision that the person names, whatever the stamp is."""
        wanted = tuple(sorted(self.history.resolve(target)))
        found = ", ".join(self.stamp) or "nothing"
        if wanted != self.stamp:
            self.notes.append(
                f"compared with {', '.join(wanted) or 'base'}, as asked; "
                f"the database is stamped with {found}"
            )
        self.stamp = wanted

    # -- the catalogs --------------------------------------------------------------------------

    def replay(self, targets: Sequence[str]) -> Replay:
        return self.ground.replay(self.database, targets)

    def _models(self) -> Catalog:
        return self.ground.models(self.database)

    def _attempt(self, what: str, make: Callable[[], T]) -> T | None:
        try:
            return make()
        except WorkbenchError as error:
            self.failures.append(error)
            self.notes.append(f"{what} could not be compared: {error}")
            return None

    # -- the comparison ------------------------------------------------------------------------

    def drift(self) -> Drift:
        to_head = self._attempt("The replay at head", lambda: self.replay(self.history.heads))
        # The way to head leads through the stamp, as a rule: then one replay serves for both.
        if to_head is not None and self.stamp in to_head.catalogs:
            at_stamp: Replay | None = to_head
        else:
            at_stamp = self._attempt("The replay at the stamp", lambda: self.replay(self.stamp))
        models = self._attempt("The models", self._models)
        if models is not None:
            self.notes += [f"not compared, of the models: {what}" for what in models.not_compared]
        if at_stamp is None and to_head is None and models is None:
            ours = [error for error in self.failures if not isinstance(error, ProjectCodeError)]
            raise ours[0] if ours else ProjectCodeError(" ".join(dict.fromkeys(self.notes)))
        made = [each for each in (at_stamp, to_head) if each is not None]
        timeline = self.ground.timeline(made)
        # The targets may depend on one another; a version table, as a replay, then has the last.
        expected = timeline.at(self._passed(at_stamp)) if at_stamp else None
        head = timeline.at(to_head.end) if to_head else None
        return self._judged(timeline, expected, head, models)

    def _passed(self, found: Replay) -> Stamp:
        return self.stamp if self.stamp in found.catalogs else found.end

    def _judged(
        self,
        timeline: Timeline,
        expected: Catalog | None,
        head: Catalog | None,
        models: Catalog | None,
    ) -> Drift:
        made = [each for each in (expected, head, models) if each is not None]
        sorted_out = Sorted()
        found: list[Difference] = []
        followed: set[Identity] = set()
        pending, nearest = Differences(), None
        if expected is not None:
            sorted_out = sort_out(compare(expected, self.live, cosmetic=True), made)
            sorted_out.real, noise = tell_noise(
                sorted_out.real, expected, self.live, self.server, self.scope.of
            )
            sorted_out.cosmetic += noise
            nearest = self._nearest(timeline, sorted_out.real, expected)
            known = Known(
                self.history, self.live, expected, timeline, self._applied(), nearest, head, models
            )
            attribute = Attribution(known, sorted_out.real)
            found = [attribute(change) for change in sorted_out.real]
            followed = {item.identity for item in found if item.cause == "missing-migration"}
            found = self._explained(found)
            pending = pending_by(_pending(expected, head, self.live), known)
        ahead = _models_ahead(self._below_models(expected, head, models), models, followed)
        drifted, modelled = judge(self.ground.accepted, found), judge(self.ground.accepted, ahead)
        return Drift(
            url=self.url,
            stamp=self.stamp,
            heads=tuple(self.history.heads),
            differences=Differences(drifted.real),
            models=Differences(modelled.real),
            pending=pending,
            pending_revisions=self._pending_revisions(),
            nearest=nearest,
            notes=tuple(dict.fromkeys(self.notes)),
            is_complete=not self.failures,
            cosmetic=Differences(sorted_out.cosmetic),
            accepted=Differences([*drifted.accepted, *modelled.accepted]),
            accepted_problems=self._problems(drifted, modelled),
            unmanaged=Differences(sorted_out.unmanaged),
            live=self.live,
            expected=expected,
            head=head,
            materialised=models,
        )

    def _below_models(
        self, expected: Catalog | None, head: Catalog | None, models: Catalog | None
    ) -> Catalog | None:
        """What the models are compared with: head, else live itself where that is stamped so."""
        if head or expected or models is None or self._pending_revisions():
            return head
        self.notes.append(
            "the models were compared with the live database itself, as it is stamped with head "
            "and no replay came there"
        )
        return self.live

    def _explained(self, found: list[Difference]) -> list[Difference]:
        """What the catalogs do not explain is looked for in Git: edited files, then lost ones."""
        causes = {item.cause for item in found}
        if not self.is_explained or not causes & {"outside-migrations", "missing-migration"}:
            return found
        archaeology = self.ground.archaeology
        found = explain_edits(
            found,
            self.live,
            self.project,
            self.history,
            self._applied(),
            archaeology,
            self._replayed_at_stamp,
            self.notes,
        )
        found = [_with_origin(item, archaeology) for item in found]
        if archaeology.note and any(_is_unexplained(item) for item in found):
            self.notes.append(archaeology.note)
        return found

    def _replayed_at_stamp(self, project: Project) -> Catalog:
        found = replay(project, self.database.dialect, self.stamp, server=self.server)
        return self.scope.of(found.at(found.end))

    def with_alembic(self, drift: Drift) -> Drift:
        """Each difference with whether ``alembic check`` would have reported it."""
        notes = list(drift.notes)
        tells = ask_alembic(self.project, self.url, self.live, self.server, notes)
        # Of the models it tells what live has not: only where live is as head is it the same.
        likeness = Likeness(self.live, drift.models)
        head = drift.head

        def of_models(item: Difference) -> bool | None:
            return tells(item) if head and likeness.agrees(head, item) else None

        return replace(
            drift,
            differences=Differences(replace(d, alembic_check=tells(d)) for d in drift.differences),
            models=Differences(replace(d, alembic_check=of_models(d)) for d in drift.models),
            notes=tuple(notes),
        )

    def _problems(self, drifted: Judgement, modelled: Judgement) -> tuple[str, ...]:
        """The entries that ran out, and those that apply to neither live nor models."""
        ran_out = dict.fromkeys([*drifted.ran_out, *modelled.ran_out])
        # What could not be compared may well be what an entry is about.
        stale = [] if self.failures else [each for each in drifted.stale if each in modelled.stale]
        return (*ran_out, *stale)

    def _nearest(
        self, timeline: Timeline, changes: Sequence[Difference], expected: Catalog
    ) -> tuple[Stamp, int] | None:
        """The revision that live looks like more than it looks like its own stamp, if any."""
        if not changes:
            return None
        likeness = Likeness(self.live, changes)
        least = weight(changes, expected, self.live)
        best: tuple[Stamp, int] | None = None
        for stamp in timeline.stamps:
            catalog = timeline.at(stamp)
            # Only one that live agrees with in something can be nearer.
            if not any(likeness.agrees(catalog, change) for change in changes):
                continue
            far, count = distance(catalog, self.live)
            # In both ways, as one table dropped by hand outweighs much; of several the newest.
            nearer = far < least or (best is not None and far == least)
            if nearer and count < len(changes):
                least, best = far, (stamp, count)
        return best

    def _applied(self) -> frozenset[str]:
        standing = self.history.standing(self.stamp)
        return frozenset(name for name, how in standing.items() if how in {"current", "applied"})

    def _pending_revisions(self) -> tuple[Revision, ...]:
        pending: dict[str, Revision] = {}
        for head in self.history.heads:
            for revision in self.history.upgrade_path(self.stamp, head):
                pending[revision.id] = revision
        return tuple(pending.values())


def _is_unexplained(item: Difference) -> bool:
    return item.cause == "outside-migrations" and item.explanation is None


def _with_origin(item: Difference, archaeology: Archaeology) -> Difference:
    origin = archaeology.origin(item) if _is_unexplained(item) else None
    return item if origin is None else replace(item, explanation=origin.words)


def _is_asked(wish: bool | None, drift: Drift) -> bool:
    """Alembic has nothing to report where nothing drifted."""
    if wish is False or not (drift.differences or drift.models) or drift.live is None:
        return False
    return wish is True or len(drift.live.of_kind("table")) <= MOST_TABLES


def _models_ahead(
    head: Catalog | None, models: Catalog | None, followed: Container[Identity]
) -> Differences:
    """What the models have otherwise than head, less where they follow live."""
    if head is None or models is None:
        return Differences()
    unknown = {what.partition(":")[0] for what in models.not_compared}
    return Differences(
        replace(item, cause="models-ahead", explanation=_AHEAD[item.change])
        for item in of_models(compare(head, models), models)
        if item.identity not in followed and f"{item.kind} {item.label}" not in unknown
    )


_AHEAD = {
    "added": "only the models have it: write a migration that makes it",
    "removed": "the models do not have it: write a migration that drops it, or put it back",
    "changed": "the models have it otherwise than the migrations: write a migration",
    "renamed": "the models call it otherwise than the migrations: write a migration",
}


def _pending(expected: Catalog, head: Catalog | None, live: Catalog) -> Differences:
    """What the revisions not yet applied will change, less what live has already."""
    if head is None:
        return Differences()
    changes = list(compare(expected, head))
    likeness = Likeness(live, changes)
    return Differences(item for item in changes if not likeness.agrees(head, item))
