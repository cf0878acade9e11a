"""One way through the revisions: its states, what is known of them, and running the rest."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import URL
from sqlalchemy.schema import CreateSchema

from schema import cache, scratch, stopping
from schema.catalog import Catalog, read_catalog
from schema.database import engine_for
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

__all__ = ["Progress", "Walk"]

#: Called with (steps done, steps in all, what is being done).
Progress = Callable[[int, int, str], None]

#: What is a revision's own failure. Anything else, as a server that is gone, ends the walk.
_OWN = (ProjectCodeError, RevisionError, NotScratchError, WorkerError)

#: What a database says when it is in trouble itself: another day the revision may succeed.
_PASSING = re.compile(
    "(?i)disk|memory|timeout|locked|cancel|deadlock|terminat|shut|connection|too many|i/o|"
    "unable to open|read-?only|permission"
)

#: So many catalogs are written at once.
_BATCH = 16


class Walk:
    """Revisions one after another, from an empty database on. State 0 is before the first.

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
        self._recall()

    def missing(self, wanted: Iterable[int]) -> list[int]:
        """Those of the states whose catalogs are not in the cache."""
        return [state for state in sorted(wanted) if not cache.has(self.keys[state])]

    def run(self, wanted: Collection[int]) -> dict[int, Catalog]:
        """Run what must be run for the catalogs of these states; those that were read on the way.

        They are in the cache too, if that can be written. Raises ProjectCodeError when a revision
        fails, unless the walk is lenient.
        """
        learned: dict[int, Catalog] = {}
        with self._database() as database, self._kept(learned):
            for state in self._applied(database):
                if state in wanted:
                    learned[state] = self._catalog(database, learned.get(state - 1))
        return learned

    # -- what is known -------------------------------------------------------------------------

    def _recall(self) -> None:
        """The keys of the states behind the first, where nothing speaks against it."""
        for place in range(len(self.steps)):
            key = self._made.after(self.keys[place], self.steps[place])
            failure = self._remembered(key) if self._is_lenient else None
            self._set(place, key, failure)

    def _set(self, place: int, key: str, failure: str | None) -> None:
        """Note how the step at a place came out: ``key`` is of the state that it promises."""
        del self.keys[place + 1 :]
        self.failures.pop(place, None)
        if failure is not None:
            self.failures[place] = failure
            key = self._made.after_failure(key)
        self.keys.append(key)

    def _remembered(self, key: str) -> str | None:
        for by_database in (True, False):
            name = self._made.failure(key, by_database=by_database)
            text = cache.read(name) if name else None
            if text is not None:
                return text
        return None

    @contextmanager
    def _kept(self, learned: dict[int, Catalog]) -> Iterator[None]:
        """Keep in the cache what is learned in this block, also when it ends with an error."""
        try:
            yield
        finally:
            if self._made.is_current():
                cache.write({self.keys[s]: found.to_json() for s, found in learned.items()})

    # -- running -------------------------------------------------------------------------------

    @contextmanager
    def _database(self) -> Iterator[scratch.ScratchDatabase]:
        _, schema_name = self._version_table
        with scratch.create(self._dialect, server=self._server, label="replay") as database:
            if schema_name is not None and self._dialect == "postgresql":
                _make_schema(database.url, schema_name)
            yield database

    def _catalog(self, database: scratch.ScratchDatabase, before: Catalog | None) -> Catalog:
        found = read_catalog(database.url).without_table(*self._version_table)
        return found if before is None else found.sharing(before)

    def _applied(self, database: scratch.ScratchDatabase) -> Iterator[int]:
        """Each state, when the database has come to it."""
        yield 0
        count = len(self.steps)
        with self._project.start_worker() as worker:
            read: frozenset[Path] = frozenset()
            for place, revision in enumerate(self.steps):
                stopping.check()
                self._report(place, count, f"replaying {revision.id} {revision.message}")
                error = self._step(worker, database, revision)
                note_reads(revision, _data(worker.files - read))
                read = worker.files
                key = self._made.after(self.keys[place], revision)
                self._set(place, key, None if error is None else str(error))
                if error is not None:
                    self._pass_over(worker, database, place, key, error)
                yield place + 1
        self._report(count, count, "replayed")

    def _step(
        self, worker: Worker, database: scratch.ScratchDatabase, revision: Revision
    ) -> WorkbenchError | None:
        """Run one revision; its failure, if the walk goes on in spite of it."""
        try:
            worker.step(database, "up", revision.id)
        except _OWN as error:
            if not self._is_lenient:
                raise
            return error
        return None

    def _pass_over(
        self,
        worker: Worker,
        database: scratch.ScratchDatabase,
        place: int,
        key: str,
        error: WorkbenchError,
    ) -> None:
        """Stamp the database with a revision that failed, and remember why it did."""
        worker.step(database, "up", self.steps[place].id, pretend=True)
        by_database = "sql" in error.details
        name = self._made.failure(key, by_database=by_database)
        is_lasting = isinstance(error, ProjectCodeError) and not _PASSING.search(str(error))
        if name and is_lasting and self._made.is_current():
            cache.write({name: str(error)})


def _make_schema(url: URL, name: str) -> None:
    """Make the schema of the version table: Alembic itself needs it before the first revision."""
    engine = engine_for(url)
    try:
        with engine.begin() as connection:
            connection.execute(CreateSchema(name, if_not_exists=True))
    finally:
        engine.dispose()


def _data(files: Iterable[Path]) -> list[Path]:
    """What is neither code nor config: those are looked at as a whole."""
    return [path for path in files if path.suffix not in {".py", ".ini", ".toml"}]


def _silent(*_: object) -> None:
    """Progress that nobody asked for."""
