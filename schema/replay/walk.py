"""One way through the revisions: its states, what is known of them, and running the rest."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import URL

from schema import before_base, cache, scratch, stopping
from schema.catalog import Catalog
from schema.catalog.reader import CatalogReader
from schema.errors import (
    NotScratchError,
    ProjectCodeError,
    RevisionError,
    WorkbenchError,
    WorkerError,
)
from schema.history import Revision
from schema.project import Project
from schema.replay.keys import StateKeys, note_reads
from schema.worker.parent import Worker

__all__ = ["Progress", "Walk", "places"]

#: Called with (steps done, steps in all, what is being done).
Progress = Callable[[int, int, str], None]

#: What is a revision's own failure. Anything else, as a server that is gone, ends the walk.
_OWN = (ProjectCodeError, RevisionError, NotScratchError, WorkerError)

#: What a database says when it is in trouble itself, or of what lies outside of it, as a role of
#: the server: another day the revision may succeed.
_PASSING = re.compile(
    "(?i)disk|memory|timeout|locked|cancel|deadlock|terminat|shut|connection|too many|i/o|"
    "unable to open|read-?only|permission|role "
)

#: Before what was met stands where: in ``…_add_timeout.py line 20``.
_PLACE = re.compile(r"\A.*? failed(?: at .*? line \d+)?: ", re.DOTALL)

#: What PostgreSQL says of an extension that is not installed where it runs.
_EXTENSION = re.compile('extension "([^"]+)" is not available')

#: How densely states are kept: a file costs little, a database half a second and 8 MB.
_DENSITY = {"sqlite": 8}


class Walk:
    """Revisions one after another, from base on. State 0 is before the first.

    ``keys`` has the key of each state in the cache, as far as is known now, and ``failures`` why a
    revision (by its place) could not be run. With ``is_lenient`` the walk goes on behind such a
    one: the database is stamped with it, and has what it did before it failed, if that stays.
    """

    def __init__(
        self,
        project: Project,
        dialect: str,
        facts: str,
        steps: Sequence[Revision],
        *,
        server: URL | None = None,
        is_lenient: bool = False,
        report: Progress | None = None,
    ) -> None:
        self._project = project
        self._dialect = dialect
        self._server = server
        self._is_lenient = is_lenient
        self._report = report or _silent
        self._made = StateKeys(project, dialect, facts, steps)
        settings = project.settings(with_url=False)
        self._version_table = settings.version_table, settings.version_table_schema
        self.steps = steps
        self.keys: list[str] = [self._made.start]
        self.failures: dict[int, str] = {}
        self._places = places(len(steps), _DENSITY.get(dialect, 1))
        self._kept = scratch.Kept(dialect, server)
        # Nobody waits for the disk, as nothing of a replay must survive a crash of the server.
        self._session = {"synchronous_commit": "off"} if dialect == "postgresql" else {}
        self._adopted: scratch.ScratchDatabase | None = None
        self._stuck: int | None = None  # the state that cannot be reached, nor any behind it
        self._recall()

    def missing(self, wanted: Iterable[int]) -> list[int]:
        """Those of the states whose catalogs are not in the cache."""
        return [state for state in sorted(wanted) if not cache.has(self.keys[state])]

    def run(self, states: Collection[int]) -> dict[int, Catalog]:
        """Run what must be run for the catalogs of these states, from the nearest one kept on.

        They are in the cache then too, if that can be written. Raises ProjectCodeError when a
        revision fails, unless the walk is lenient.
        """
        learned: dict[int, Catalog] = {}
        with (
            self._database(min(states)) as (first, database),
            CatalogReader(database.url) as reader,
            self._remembering(learned),
        ):
            for state in self._applied(database, first, max(states)):
                if state in states:
                    learned[state] = self._catalog(reader, learned.get(state - 1))
                if state > first and state in self._places and self._stuck is None:
                    reader.rest()
                    self._keep(database, state, is_last=state == max(states))
        self._recall()
        return learned

    # -- what is known -------------------------------------------------------------------------

    def _recall(self) -> None:
        """The keys of the states behind the first, where nothing speaks against it."""
        for place in range(len(self.keys) - 1, len(self.steps)):
            key = self._made.after(self.keys[place], self.steps[place])
            failure = self._remembered(key) if self._is_lenient else None
            self._set(place, key, failure)

    def _set(self, place: int, key: str, failure: str | None) -> None:
        """Note how the step at a place came out: ``key`` is of the state that it promises."""
        self.failures.pop(place, None)
        if failure is not None:
            self.failures[place] = failure
            key = self._made.after_failure(key)
        if self.keys[place + 1 : place + 2] != [key]:  # what was thought to follow, does not
            self.keys[place + 1 :] = [key]

    def _remembered(self, key: str) -> str | None:
        for by_database in (True, False):
            name = self._made.failure(key, by_database=by_database)
            text = cache.read(name) if name else None
            if text is not None:
                return text
        return None

    @contextmanager
    def _remembering(self, learned: dict[int, Catalog]) -> Iterator[None]:
        """Write to the cache what is learned in this block, also when it ends with an error."""
        try:
            yield
        finally:
            end = len(self.keys) if self._stuck is None else self._stuck
            if self._made.is_current():
                cache.write({self.keys[s]: c.to_json() for s, c in learned.items() if s < end})

    # -- running -------------------------------------------------------------------------------

    @contextmanager
    def _database(self, latest: int) -> Iterator[tuple[int, scratch.ScratchDatabase]]:
        """A database at the last state, up to ``latest``, that is kept; at worst an empty one."""
        state, database = latest, None
        while state > 0 and database is None:
            if self._kept.has(self._name(state)):
                database = self._kept.revive(self._name(state), label="replay")
            state -= database is None
        if database is None:
            database = scratch.create(self._dialect, server=self._server, label="replay")
        try:
            if state == 0:
                before_base.prepare(self._project, database)
            yield state, database
        finally:
            if database is not self._adopted:
                database.drop()

    def _keep(self, database: scratch.ScratchDatabase, state: int, *, is_last: bool) -> None:
        if not is_last:
            self._kept.keep(database, self._name(state))
        elif self._kept.adopt(database, self._name(state)):
            self._adopted = database

    def _name(self, state: int) -> str:
        """What the database of a state is kept under."""
        return cache.key_of("kept", self.keys[state])

    def _catalog(self, reader: CatalogReader, before: Catalog | None) -> Catalog:
        found = reader.read().without_table(*self._version_table)
        return found if before is None else found.sharing(before)

    def _applied(self, database: scratch.ScratchDatabase, first: int, last: int) -> Iterator[int]:
        """Each state from ``first``, where the database is, to ``last``, when it has come to it."""
        yield first
        with self._project.start_worker() as worker:
            read: frozenset[Path] = frozenset()
            for place in range(first, last):
                stopping.check()
                revision = self.steps[place]
                doing = f"replaying {revision.id} {revision.message}"
                self._report(place - first, last - first, doing)
                failure = self._failure(worker, database, revision)
                note_reads(revision, _data(worker.files - read))
                read = worker.files
                key = self._made.after(self.keys[place], revision)
                self._set(place, key, None if failure is None else str(failure))
                if failure is not None:
                    self._pass_over(worker, database, place, key, failure)
                yield place + 1
        self._report(last - first, last - first, "replayed")

    def _failure(
        self, worker: Worker, database: scratch.ScratchDatabase, revision: Revision
    ) -> WorkbenchError | None:
        """Run one revision; its failure, if the walk goes on in spite of it."""
        if self._stuck is not None:
            at = self.steps[self._stuck - 1].id
            return RevisionError(f"Not tried: behind {at}, nothing could be run any more.")
        try:
            worker.step(database, "up", revision.id, session=self._session, continues=True)
        except _OWN as error:
            if not self._is_lenient:
                raise self._explained(error) from None
            return _with(error, self._lacks(error))
        return None

    def _lacks(self, error: WorkbenchError) -> str:
        """What may help where a server has not what a revision asks it for; mostly ""."""
        found = _EXTENSION.search(str(error))
        if found is None or self._server is not None:
            return ""
        return (
            f" The embedded PostgreSQL comes without {found[1]}; on a server that has it the "
            "revision can be run: --server URL, or server=…"
        )

    def _explained(self, error: WorkbenchError) -> WorkbenchError:
        """A failure of the whole walk, with what may help."""
        more = self._lacks(error) or before_base.hint(self._project, str(error))
        return _with(error, more)

    def _pass_over(
        self,
        worker: Worker,
        database: scratch.ScratchDatabase,
        place: int,
        key: str,
        failure: WorkbenchError,
    ) -> None:
        """Stamp the database with a revision that failed, and remember why it did, if it lasts."""
        if self._stuck is not None:
            return
        try:
            worker.step(database, "up", self.steps[place].id, pretend=True)
        except _OWN:
            self._stuck = place + 1
            return
        name = self._made.failure(key, by_database="sql" in failure.details)
        met = _PLACE.sub("", str(failure))
        lasts = isinstance(failure, ProjectCodeError) and not _PASSING.search(met)
        if name and lasts and self._made.is_current():
            cache.write({name: str(failure)})


def places(count: int, density: int = 1) -> set[int]:
    """Of so many states those that are kept: the last two, and ever fewer towards the first.

    About ``density`` of them for each doubling of the distance from the end, and two before the
    middle. They are multiples of powers of two, so that most of them stay when a revision comes
    after the last.
    """
    near = {n for n in range(1, count + 1) if count - n <= 2 * density * (n & -n)}
    return near | {n for n in (1 << k for k in range(count.bit_length())) if 2 * n <= count < 8 * n}


def _with(error: WorkbenchError, more: str) -> WorkbenchError:
    """An error that says more."""
    return type(error)(f"{error}{more}", details=error.details) if more else error


def _data(files: Iterable[Path]) -> list[Path]:
    """What is neither code nor config: those are looked at as a whole."""
    return [path for path in files if path.suffix not in {".py", ".ini", ".toml"}]


def _silent(*_: object) -> None:
    """Progress that nobody asked for."""
