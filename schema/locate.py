"""The locator: which revision a database looks like, whatever its stamp says.

The revisions are replayed on scratch databases, and live is compared with the catalog at each. On a
history with branches every revision is also looked at by itself, and with several heads the ways
that they can stand together are searched from the nearest one on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import URL

from schema.archaeology import Archaeology
from schema.catalog import Catalog
from schema.compare import Differences, compare
from schema.database import dialect_of, parse_url, show_url
from schema.display import Displayed
from schema.errors import RevisionError, WorkbenchError
from schema.history import History, read_current, read_history
from schema.project import Project, ShellCommand, alembic_command
from schema.replay import Progress, Stamp, replay
from schema.scope import Scope
from schema.sorting import sort_out, weight
from schema.wording import counted

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Candidate", "Location", "locate"]

#: On a history with very many branches no more replays than these are made.
MOST_REPLAYS = 60


@dataclass(frozen=True)
class Candidate:
    """One stamp, and what is left over against it: ``differences`` has the replay at its left.

    ``distance`` is how many there are; what changes no statement's meaning does not count.
    ``weight`` is the same in objects, by which candidates are ranked: a table that is on one side
    only counts with all that belongs to it.
    """

    stamp: Stamp
    distance: int
    differences: Differences = field(repr=False)
    weight: int

    @property
    def name(self) -> str:
        return ", ".join(self.stamp) or "base"


@dataclass(frozen=True)
class Location(Displayed):
    """Where a database stands by its schema. ``ranked`` has the nearest first.

    ``stamp`` is what its version table says, ``()`` when it says nothing, and ``unknown`` what of
    that no revision file bears. ``needs_purge`` is True where ``alembic stamp`` by itself would
    leave the old stamp beside the new one, or refuse. ``notes`` says what could not be looked at.
    ``command`` has Alembic stamp the database with the nearest; where that is base, migrate it.
    """

    url: URL
    stamp: Stamp
    ranked: tuple[Candidate, ...]
    command: ShellCommand
    unknown: Stamp = ()
    notes: tuple[str, ...] = ()
    needs_purge: bool = False

    @property
    def best(self) -> Candidate:
        """The nearest; of several alike the one that it is stamped with, else the newest."""
        return self.ranked[0]

    @property
    def nearest(self) -> tuple[Candidate, ...]:
        """All that are as near as the best: more than one is a tie."""
        return tuple(item for item in self.ranked if item.weight == self.best.weight)

    def is_stamp(self, candidate: Candidate) -> bool:
        """Whether the database is stamped with it; one without a stamp is not stamped with base."""
        return bool(self.stamp) and candidate.stamp == self.stamp

    @property
    def is_settled(self) -> bool:
        """Whether the schema is exactly that of the stamp, or without one of just one revision."""
        if self.best.distance:
            return False
        return self.best.stamp == self.stamp if self.stamp else len(self.nearest) == 1

    @property
    def verdict(self) -> str:
        """One line: ``stamped 4a1, but nearest to 9c2: 3 differences left over``."""
        left = counted(self.best.distance, "difference")
        names = " or ".join(f"({item.name})" if len(item.stamp) > 1 else item.name
                            for item in self.nearest[:3])  # fmt: skip
        more = f" or {len(self.nearest) - 3} more" if len(self.nearest) > 3 else ""
        found = f"exactly {names}{more}" if not self.best.distance else f"nearest to {names}{more}"
        rest = f": {left} left over" if self.best.distance else ""
        stamped = ", ".join(self.stamp)
        if not self.stamp:
            return f"no stamp; {found}{rest}"
        if self.unknown:
            return f"stamped {stamped}, which no revision file bears; {found}{rest}"
        if self.best.stamp == self.stamp:
            where = "exactly at its stamp" if self.is_settled else "nearest to its stamp"
            return f"{where}, {stamped}{rest}"
        return f"stamped {stamped}, but {found}{rest}"

    @property
    def advice(self) -> str:
        """What to do, in a sentence; empty when nothing is."""
        best, names = self.best, [item.name for item in self.nearest]
        if self.is_settled and self.stamp:
            return ""
        if not best.stamp:
            return self._noted(
                f"Nothing of the migrations is there: {self.command}, or another URL"
            )
        if best.stamp == self.stamp:
            others = [item.name for item in self.nearest if item.differences != best.differences]
            if others:
                return f"As near as its stamp: {_and(others)}. What is left over says more"
            return "The stamp is right as far as the schema can tell; for the rest: schema drift"
        if len(names) > 1 and all(item.differences == best.differences for item in self.nearest):
            return self._noted(
                f"The schema cannot tell {_and(names)} apart: only data tells, or who ran them. "
                f"Then: {self.command}"
            )
        if not best.distance:
            return self._noted(f"To say so in the database: {self.command}")
        if self._is_clear:
            return self._noted(
                f"Look at what is left over; if it is drift, then: {self.command}, "
                "and: schema drift"
            )
        return "No revision is clearly nearest: look at what is left over before stamping anything"

    def _noted(self, said: str) -> str:
        return f"{said} {self.command.note}".rstrip()

    @property
    def _is_clear(self) -> bool:
        """Whether the second nearest is at least twice as far."""
        others = [item.weight for item in self.ranked if item.weight > self.best.weight]
        return len(self.nearest) == 1 and all(2 * self.best.weight <= other for other in others)

    def __repr__(self) -> str:
        return f"<Location of {show_url(self.url)}: {self.verdict}>"

    def frame(self) -> pd.DataFrame:
        """One row a candidate: ``stamp`` (ids, joined by commas; ``base``), ``differences``,
        ``is_stamp``."""
        import pandas as pd

        rows = [(item.name, item.distance, self.is_stamp(item)) for item in self.ranked]
        return pd.DataFrame(rows, columns=["stamp", "differences", "is_stamp"])

    def to_dict(self) -> dict[str, Any]:
        """The documented JSON shape; ``left_over`` is live against the best."""
        return {
            "url": show_url(self.url),
            "stamp": list(self.stamp),
            "unknown": list(self.unknown),
            "verdict": self.verdict,
            "advice": self.advice,
            "is_settled": self.is_settled,
            "needs_purge": self.needs_purge,
            "nearest": [list(item.stamp) for item in self.nearest],
            "ranked": [
                {
                    "stamp": list(item.stamp),
                    "differences": item.distance,
                    "objects": item.weight,
                }
                for item in self.ranked
            ],
            "left_over": self.best.differences.to_list(),
            "notes": list(self.notes),
        }


def locate(
    project: Project, url: URL | str | None = None, *, on_progress: Progress | None = None
) -> Location:
    """Rank the revisions by how near a live database (by default the project's own) is to each.

    For a database without a stamp, with a wrong one, or with one that no file bears. It is only
    read; nothing is stamped. Raises DatabaseError when it cannot be read, RevisionError for a
    history with problems or without revisions, ProjectCodeError when a revision fails.
    """
    database = parse_url(url) if url is not None else project.database_url()
    search = _Search(project, database, on_progress)
    search.along_heads()
    search.along_branches()
    search.at_stamp()
    search.between_heads()
    return search.location()


class _Search:
    """The catalogs at the stamps that were looked at so far, and live's distance from each."""

    def __init__(self, project: Project, url: URL, on_progress: Progress | None) -> None:
        self._project = project
        self._url = url
        self._on_progress = on_progress
        self._history: History = read_history(project)
        if not self._history:
            raise RevisionError("The project has no revisions, so there is nothing to look like.")
        self._scope = Scope(project)
        self._live = self._scope.live(url)
        self._stamp: Stamp = tuple(sorted(read_current(project, url)))
        self._known = {revision.id for revision in self._history}
        self._found: dict[Stamp, Candidate] = {}
        self._last: tuple[Catalog, Candidate] | None = None
        self._made: list[Catalog] = []
        self._replays = 0
        self._notes: list[str] = []

    # -- where to look -------------------------------------------------------------------------

    def along_heads(self) -> None:
        """Every stamp on the way to all heads; enough where the history is one line."""
        self._look(self._history.heads)

    def along_branches(self) -> None:
        """Every revision with nothing but what it needs: a database may be at one branch only."""
        for revision in self._history:
            if (revision.id,) not in self._found and not self._is_enough():
                self._try([revision.id])

    def at_stamp(self) -> None:
        """What the version table says, where files bear it."""
        if self._stamp and self._stamp not in self._found and set(self._stamp) <= self._known:
            self._try(self._stamp)

    def between_heads(self) -> None:
        """With several heads, the ways in which they can stand together, from the best one on."""
        heads = self._history.heads
        if len(heads) < 2:
            return
        tried: set[Stamp] = set()
        while (best := self._ranked()[0].stamp) not in tried and not self._is_enough():
            tried.add(best)
            for head in heads:
                others = self._others(best, head)
                if others and not self._is_enough():
                    self._try([*others, head])

    def _others(self, stamp: Stamp, head: str) -> list[str]:
        """The part of a stamp that does not lie on the way to a head."""
        below = {revision.id for revision in self._history.upgrade_path((), head)}
        return [name for name in stamp if name not in below]

    def _is_enough(self) -> bool:
        if self._replays < MOST_REPLAYS:
            return False
        note = f"after {MOST_REPLAYS} replays no further branches were looked at"
        if note not in self._notes:
            self._notes.append(note)
        return True

    def _try(self, targets: Sequence[str]) -> None:
        """Look along a way that a database need not be able to go: branches can exclude others."""
        try:
            self._look(targets)
        except WorkbenchError as error:
            self._notes.append(f"the way to {_and(list(targets))} could not be replayed: {error}")

    def _look(self, targets: Sequence[str]) -> None:
        self._replays += 1
        dialect = dialect_of(self._url)
        server = None if dialect == "sqlite" else self._url
        found = replay(
            self._project, dialect, targets, server=server, on_progress=self._on_progress
        )
        self._made = self._made or [self._scope.of(found.at(found.end))]
        for stamp in found.catalogs:
            if stamp not in self._found:
                self._found[stamp] = self._candidate(stamp, self._scope.of(found.catalogs[stamp]))

    def _candidate(self, stamp: Stamp, catalog: Catalog) -> Candidate:
        """Many revisions only change data: the schema after them was compared already."""
        if self._last is not None and self._last[0] == catalog:
            same = self._last[1]
            return replace(same, stamp=stamp)
        # What an administrator keeps says nothing about a revision.
        left = Differences(sort_out(compare(catalog, self._live), [catalog, *self._made]).real)
        candidate = Candidate(stamp, len(left), left, weight(left, catalog, self._live))
        self._last = catalog, candidate
        return candidate

    # -- what was found ------------------------------------------------------------------------

    def _ranked(self) -> list[Candidate]:
        """Nearest first; of several alike the stamp itself, then the newest."""
        newest = reversed(list(self._found.values()))
        return sorted(newest, key=lambda item: (item.weight, item.stamp != self._stamp))

    def location(self) -> Location:
        unseen = [f"{what} were not compared" for what in self._live.not_compared]
        unknown = tuple(name for name in self._stamp if name not in self._known)
        # alembic stamp leaves the stamps of other branches where they are.
        needs_purge = (
            bool(unknown)
            or len(self._stamp) > 1
            or (bool(self._stamp) and not self._history.is_one_line)
        )
        ranked = tuple(self._ranked())
        return Location(
            self._url,
            self._stamp,
            ranked,
            self._command(ranked[0].stamp, needs_purge),
            unknown=unknown,
            notes=(*self._whereabouts(unknown), *unseen, *self._notes),
            needs_purge=needs_purge,
        )

    def _command(self, stamp: Stamp, needs_purge: bool) -> ShellCommand:
        purge = ["--purge"] if needs_purge else []
        heads = "heads" if len(self._history.heads) > 1 else "head"
        arguments = ["stamp", *purge, *stamp] if stamp else ["upgrade", heads]
        return alembic_command(self._project, *arguments, url=self._url)

    def _whereabouts(self, unknown: Stamp) -> list[str]:
        """What Git knows of the stamps that no file bears."""
        if not unknown:
            return []
        archaeology = Archaeology(self._project)
        origins = [archaeology.revision(name) for name in unknown]
        found = [f"the stamp is {origin.words}" for origin in origins if origin is not None]
        return found + ([archaeology.note] if archaeology.note else [])


def _and(names: list[str]) -> str:
    first = ", ".join(names[:-1])
    return f"{first} and {names[-1]}" if first else names[-1]
