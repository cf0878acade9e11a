"""What all comparisons of one project share: its history and filters, what replays and models made.

So a second database costs one reading and a comparison in memory: nothing is asked, replayed or
loaded twice, not even a failure.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from sqlalchemy.engine import URL

from schema.accepted import read_accepted
from schema.archaeology import Archaeology
from schema.catalog import Catalog
from schema.database import dialect_of, open_read_only
from schema.drift.timeline import Timeline
from schema.errors import WorkbenchError
from schema.history import History, current_in, read_history
from schema.project import Project
from schema.replay import Progress, Replay, Stamp, materialised, replay, server_facts
from schema.scope import Scope

__all__ = ["Ground", "Live", "read_live"]

T = TypeVar("T")


@dataclass(frozen=True)
class Live:
    """A live database as it was at one moment. ``catalog`` is without what env.py leaves out.

    ``facts`` is what of its server shows in the databases made there (schema.replay.server_facts).
    """

    url: URL
    catalog: Catalog
    stamp: Stamp
    facts: str

    @property
    def dialect(self) -> str:
        return dialect_of(self.url)

    @property
    def server(self) -> URL | None:
        """Where scratch databases are made: beside the live one, where there is a server."""
        return None if self.dialect == "sqlite" else self.url


class Ground:
    """What there is to compare databases of one project with, learned when it is first needed.

    An edited project needs a new one: keep it no longer than ``project.at_one_moment()``.
    """

    def __init__(
        self, project: Project, on_progress: Progress | None = None, *, scope: Scope | None = None
    ) -> None:
        self.project = project
        self.on_progress = on_progress
        self.history: History = read_history(project)
        self.scope = scope or Scope(project)
        self.accepted = read_accepted(project)
        self._known: dict[Hashable, Any] = {}

    @cached_property
    def archaeology(self) -> Archaeology:
        return Archaeology(self.project)

    def replay(self, live: Live, targets: Sequence[str]) -> Replay:
        """The replay to these revisions where databases like this one are made."""

        def make() -> Replay:
            return replay(
                self.project,
                live.dialect,
                targets,
                server=live.server,
                facts=live.facts,
                history=self.history,
                on_progress=self.on_progress,
            )

        return self._once(("replay", live.dialect, live.facts, tuple(targets)), make)

    def models(self, live: Live) -> Catalog:
        """The models, created where databases like this one are made."""

        def make() -> Catalog:
            found = materialised(self.project, live.dialect, server=live.server, facts=live.facts)
            return self.scope.of(found)

        return self._once(("models", live.dialect, live.facts), make)

    def timeline(self, replays: Sequence[Replay]) -> Timeline:
        """These replays as one, which filters each catalog once."""
        each_once = {id(each): each for each in replays}  # held by the timeline: ids stay theirs
        key = ("timeline", *each_once)
        return self._once(key, lambda: Timeline(list(each_once.values()), self.scope))

    def _once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What ``make`` returns, or raises, the first time; and the same ever after."""
        if key not in self._known:
            try:
                self._known[key] = make()
            except WorkbenchError as error:
                self._known[key] = error
        found: T | WorkbenchError = self._known[key]
        if isinstance(found, WorkbenchError):
            raise found
        return found


def read_live(ground: Ground, url: URL) -> Live:
    """Read a live database. Raises DatabaseError when it cannot be read."""
    # Stamp and catalog are of one moment; and over a long link, each connection is dear.
    with open_read_only(url) as connection:
        catalog = ground.scope.live(connection)
        stamp: Stamp = current_in(ground.project, connection)
        return Live(url, catalog, stamp, server_facts(connection))
