"""Drift: a live database against its migrations and its models, each difference with its cause.

Four catalogs are compared, each read from a real database of one kind by one reader:

L  live, R  replay at the revision that live is stamped with, H  replay at head, M  the models.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy.engine import URL

from schema.catalog import Catalog, read_catalog
from schema.compare import Difference, Differences, compare
from schema.database import dialect_of, parse_url, show_url
from schema.display import Displayed
from schema.errors import DatabaseError, ProjectCodeError, RevisionError, WorkbenchError
from schema.history import History, Revision, read_current, read_history
from schema.project import Project
from schema.replay import Progress, Replay, Stamp, materialised, replay

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")

__all__ = ["CAUSES", "Drift", "find_drift"]

#: Every cause, with what it means. The order is the one in which people want to read them.
CAUSES: Mapping[str, str] = MappingProxyType(
    {
        "outside-migrations": "changed outside migrations",
        "missing-migration": "changed by hand, and the models follow: a migration is missing",
        "wrong-stamp": "wrong stamp, or a revision edited after it was applied",
        "models-ahead": "the models changed without a migration",
        "pending": "pending migration, not drift",
    }
)

#: What SQLAlchemy models cannot say: judged against the migrations alone.
BEYOND_MODELS = frozenset(
    {"view", "materialized view", "trigger", "function", "extension", "schema", "rule", "policy"}
)


@dataclass(frozen=True)
class Drift(Displayed):
    """What a live database differs in from what it should be.

    ``differences`` holds live against the replay at its stamp; ``models`` the models against the
    replay at head; ``pending`` what the revisions not yet applied will change, which is no drift.
    In each the left side is the expected one. ``nearest`` is the revision whose replay is nearest
    to live and in how many differences, None when that is the stamp itself. ``notes`` says what
    could not be compared, with the reason. ``is_complete`` is False when the migrations or the
    models were left out, as they failed.

    Beside the verdict stand ``cosmetic`` (changes no statement's meaning), ``accepted`` (agreed to
    in the project's file of accepted drift) and ``unmanaged`` (of kinds that neither migrations nor
    models make here, such as grants). ``live``, ``expected`` (the replay at the stamp), ``head``
    and ``materialised`` (the models) are the catalogs, None where one could not be had.
    """

    url: URL
    stamp: Stamp
    heads: tuple[str, ...]
    differences: Differences
    models: Differences
    pending: Differences
    pending_revisions: tuple[Revision, ...] = ()
    nearest: tuple[Stamp, int] | None = None
    notes: tuple[str, ...] = ()
    is_complete: bool = True
    cosmetic: Differences = field(default_factory=Differences)
    accepted: Differences = field(default_factory=Differences)
    unmanaged: Differences = field(default_factory=Differences)
    live: Catalog | None = field(default=None, repr=False, compare=False)
    expected: Catalog | None = field(default=None, repr=False, compare=False)
    head: Catalog | None = field(default=None, repr=False, compare=False)
    materialised: Catalog | None = field(default=None, repr=False, compare=False)

    @property
    def is_clean(self) -> bool:
        """True when all was compared and nothing drifted. What is pending does not count."""
        return self.is_complete and not self.differences and not self.models

    @property
    def verdict(self) -> str:
        """One line: ``8 changes outside migrations, 6 pending revisions``."""
        found = [*self.differences, *self.models]
        counts = {cause: sum(item.cause == cause for item in found) for cause in CAUSES}
        parts = [_VERDICTS[cause](count) for cause, count in counts.items() if count]
        if not parts:
            parts.append("no drift" if self.is_complete else "no drift found, but not all compared")
        if self.pending_revisions:
            parts.append(_plural(len(self.pending_revisions), "pending revision"))
        return ", ".join(parts)

    def __repr__(self) -> str:
        return f"<Drift of {show_url(self.url)}: {self.verdict}>"

    def frame(self) -> pd.DataFrame:
        """One row a difference, pending ones last; columns as Differences.frame()."""
        return Differences([*self.differences, *self.models, *self.pending]).frame()

    def to_dict(self) -> dict[str, Any]:
        """The documented JSON shape; ``differences`` holds live's and the models' alike."""
        return {
            "url": show_url(self.url),
            "stamp": list(self.stamp),
            "heads": list(self.heads),
            "verdict": self.verdict,
            "differences": [item.to_dict() for item in (*self.differences, *self.models)],
            "pending": [item.to_dict() for item in self.pending],
            "pending_revisions": [revision.id for revision in self.pending_revisions],
            "nearest": _nearest_dict(self.nearest),
            "notes": list(self.notes),
        }


def find_drift(
    project: Project, url: URL | str | None = None, *, on_progress: Progress | None = None
) -> Drift:
    """Compare a live database (the project's own when ``url`` is None) with migrations and models.

    The live database is only read. Raises DatabaseError when it cannot be read, is empty, or bears
    no stamp; RevisionError when no revision file bears its stamp. When a replay or the models
    fail, the rest is still compared, and ``notes`` has the reason.
    """
    database = parse_url(url) if url is not None else project.database_url()
    history = read_history(project)
    live = _live_catalog(project, database)
    stamp = tuple(sorted(read_current(project, database)))
    comparer = _Comparer(project, database, history, live, stamp, on_progress)
    comparer.check_stamp()
    return comparer.drift()


def _live_catalog(project: Project, url: URL) -> Catalog:
    settings = project.settings()
    live = read_catalog(url)
    return live.without_table(settings.version_table, settings.version_table_schema)


class _Comparer:
    """One comparison under way: gathers the catalogs it can get, and the reasons for the others."""

    def __init__(
        self,
        project: Project,
        url: URL,
        history: History,
        live: Catalog,
        stamp: Stamp,
        on_progress: Progress | None,
    ) -> None:
        self.project = project
        self.url = url
        self.history = history
        self.live = self.filtered(live)
        self.stamp = stamp
        self.on_progress = on_progress
        self.notes: list[str] = [f"{what} were not compared" for what in live.not_compared]
        self.notes += history.problems
        self.failures: list[WorkbenchError] = []

    @property
    def dialect(self) -> str:
        return dialect_of(self.url)

    @property
    def server(self) -> URL | None:
        """Where scratch databases are made: beside the live one, where there is a server."""
        return None if self.dialect == "sqlite" else self.url

    def filtered(self, catalog: Catalog) -> Catalog:
        """Without what the project's include_object, include_name and include_schemas leave out."""
        objects = list(catalog.values())
        kept = {
            item.identity
            for item, included in zip(objects, self.project.included(objects), strict=True)
            if included
        }
        return catalog.where(lambda item: item.identity in kept)

    def check_stamp(self) -> None:
        """Raise for a database whose stamp says nothing about it, naming what it looks like."""
        shown = show_url(self.url)
        if not self.stamp:
            if not self.live.of_kind("table"):
                raise DatabaseError(
                    f"{shown} is empty: it holds no tables and no stamp. "
                    "Check the URL, or create the schema with: alembic upgrade head"
                )
            raise DatabaseError(
                f"{shown} bears no stamp of Alembic, so nothing says which revision it should be. "
                f"{self._looks_like()}"
            )
        known = {revision.id for revision in self.history}
        unknown = [identifier for identifier in self.stamp if identifier not in known]
        if unknown:
            raise RevisionError(
                f"{shown} is stamped with {', '.join(unknown)}, which no revision file bears: the "
                f"file may be on another branch, or deleted. {self._looks_like()}"
            )

    def _looks_like(self) -> str:
        try:
            stamp, count = self.replay(self.history.heads).nearest(self.distance)
        except WorkbenchError as error:
            return f"The nearest revision could not be found: {error}"
        return (
            f"Its schema is nearest to revision {_shown(stamp)} "
            f"({_plural(count, 'difference')}); check it, then: alembic stamp {_shown(stamp)}"
        )

    def replay(self, targets: Sequence[str]) -> Replay:
        found = replay(
            self.project, self.dialect, targets, server=self.server, on_progress=self.on_progress
        )
        catalogs = {stamp: self.filtered(catalog) for stamp, catalog in found.catalogs.items()}
        return Replay(found.dialect, MappingProxyType(catalogs))

    def distance(self, catalog: Catalog) -> int:
        return len(compare(catalog, self.live))

    def drift(self) -> Drift:
        to_head = self._attempt("The replay at head", lambda: self.replay(self.history.heads))
        # The way to head leads through the stamp, as a rule: then one replay serves for both.
        if to_head is not None and self.stamp in to_head.catalogs:
            at_stamp: Replay | None = to_head
        else:
            at_stamp = self._attempt("The replay at the stamp", lambda: self.replay(self.stamp))
        models = self._attempt("The models", self._models)
        if at_stamp is None and to_head is None and models is None:
            ours = [error for error in self.failures if not isinstance(error, ProjectCodeError)]
            raise ours[0] if ours else ProjectCodeError(" ".join(dict.fromkeys(self.notes)))
        expected = at_stamp.at(self.stamp) if at_stamp else None
        head = to_head.at(self.history.heads) if to_head else None
        changes = list(compare(expected, self.live)) if expected is not None else []
        nearest = self._nearest(to_head, len(changes)) if changes else None
        nearer = to_head.at(nearest[0]) if to_head and nearest else None
        cause_of = _Causes(self.live, nearer=nearer, head=head, models=models)
        found = [change.with_cause(cause_of(change)) for change in changes]
        return Drift(
            url=self.url,
            stamp=self.stamp,
            heads=tuple(self.history.heads),
            differences=Differences(found),
            models=self._models_ahead(head, models, found),
            pending=_pending(expected, head, self.live),
            pending_revisions=self._pending_revisions(),
            nearest=nearest,
            notes=tuple(dict.fromkeys(self.notes)),
            is_complete=not self.failures,
            live=self.live,
            expected=expected,
            head=head,
            materialised=models,
        )

    def _models(self) -> Catalog:
        return self.filtered(materialised(self.project, self.dialect, server=self.server))

    def _attempt(self, what: str, make: Callable[[], T]) -> T | None:
        try:
            return make()
        except WorkbenchError as error:
            self.failures.append(error)
            self.notes.append(f"{what} could not be compared: {error}")
            return None

    def _nearest(self, replayed: Replay | None, at_stamp: int) -> tuple[Stamp, int] | None:
        """The revision that live looks like more than it looks like its own stamp, if any."""
        if replayed is None:
            return None
        stamp, count = replayed.nearest(self.distance)
        return (stamp, count) if stamp != self.stamp and count < at_stamp else None

    def _models_ahead(
        self, head: Catalog | None, models: Catalog | None, found: Sequence[Difference]
    ) -> Differences:
        if head is None or models is None:
            return Differences([])
        told = {item.identity for item in found if item.cause == "missing-migration"}
        return Differences(
            item.with_cause("models-ahead")
            for item in compare(head, models)
            if item.kind not in BEYOND_MODELS and item.identity not in told
        )

    def _pending_revisions(self) -> tuple[Revision, ...]:
        pending: dict[str, Revision] = {}
        for head in self.history.heads:
            for revision in self.history.upgrade_path(self.stamp, head):
                pending[revision.id] = revision
        return tuple(pending.values())


class _Causes:
    """The table of causes: which of the catalogs live agrees with, for one object."""

    def __init__(
        self,
        live: Catalog,
        *,
        nearer: Catalog | None,
        head: Catalog | None,
        models: Catalog | None,
    ) -> None:
        self._nearer = None if nearer is None else _Likeness(nearer, live)
        self._head = None if head is None else _Likeness(head, live)
        self._models = None if models is None else _Likeness(models, live)

    def __call__(self, change: Difference) -> str:
        if self._nearer and self._nearer.covers(change):
            return "wrong-stamp"
        if change.kind in BEYOND_MODELS or not (self._models and self._models.covers(change)):
            return "outside-migrations"
        # What a pending revision will make anyway needs no further migration.
        pending = self._head is not None and self._head.covers(change)
        return "outside-migrations" if pending else "missing-migration"


class _Likeness:
    """What live has just as another catalog has it."""

    def __init__(self, catalog: Catalog, live: Catalog) -> None:
        unlike = compare(catalog, live)
        self._objects = {item.identity for item in unlike}
        self._tables = {(item.schema_name, item.table) for item in unlike if item.table}

    def covers(self, change: Difference) -> bool:
        """Whether live has this object, and a table with all that belongs to it, alike."""
        if change.kind == "table" and (change.schema_name, change.name) in self._tables:
            return False
        return change.identity not in self._objects


def _pending(expected: Catalog | None, head: Catalog | None, live: Catalog) -> Differences:
    """What the revisions not yet applied will change, less what live has already."""
    if expected is None or head is None:
        return Differences([])
    likeness = _Likeness(head, live)
    return Differences(
        item.with_cause("pending") for item in compare(expected, head) if not likeness.covers(item)
    )


def _shown(stamp: Stamp) -> str:
    return ", ".join(stamp) or "base"


def _nearest_dict(nearest: tuple[Stamp, int] | None) -> dict[str, Any] | None:
    return None if nearest is None else {"stamp": list(nearest[0]), "differences": nearest[1]}


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


_VERDICTS: Mapping[str, Callable[[int], str]] = {
    "outside-migrations": lambda n: _plural(n, "change") + " outside migrations",
    "missing-migration": lambda n: _plural(n, "change") + " by hand that the models follow",
    "wrong-stamp": lambda n: _plural(n, "difference") + " from a wrong stamp or an edited revision",
    "models-ahead": lambda n: _plural(n, "change") + " of the models without a migration",
    "pending": lambda n: _plural(n, "pending change"),
}
