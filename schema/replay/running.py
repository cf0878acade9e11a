"""Running the revisions one by one, and reading the catalog after each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import URL
from sqlalchemy.schema import CreateSchema

from schema import cache, scratch
from schema.catalog import Catalog, read_catalog
from schema.database import engine_for
from schema.history import History, Revision, read_history
from schema.project import Project
from schema.replay.catalogs import Catalogs, Replay, Stamp
from schema.replay.keys import facts_of, note_reads, replay_keys

__all__ = ["Progress", "replay"]

#: Called with (steps done, steps in all, what is being done).
Progress = Callable[[int, int, str], None]


def replay(
    project: Project,
    dialect: str,
    targets: Sequence[str],
    *,
    server: URL | None = None,
    facts: str | None = None,
    history: History | None = None,
    wanted: Collection[Stamp] | None = None,
    on_progress: Progress | None = None,
) -> Replay:
    """The catalogs from base to ``targets`` (revision ids, one after another), one for each step.

    ``server`` is where scratch databases of PostgreSQL are made when it allows that; None, and a
    server that does not, mean the embedded one. ``facts`` are the server's (``server_facts``) and
    ``history`` the project's, for a caller that has asked already. ``wanted`` are the stamps whose
    catalogs are needed now: when the revisions must be run, only those are read, and the others
    when they are looked at, by running them once more; None means all. Raises ProjectCodeError
    when a revision fails.
    """
    steps, stamps = _steps(history or read_history(project), targets)
    run = _Run(project, dialect, server, steps, stamps, on_progress or _silent)
    facts = facts_of(dialect, server) if facts is None else facts
    needed = stamps if wanted is None else [stamp for stamp in stamps if stamp in wanted]
    keys = run.keys(facts)
    learned: Mapping[Stamp, Catalog] = {}
    if not all(cache.has(keys[stamp]) for stamp in needed):
        learned = run.learn(needed)
        keys = run.keys(facts)  # now it is known which data files the revisions read
        cache.write({keys[stamp]: found.to_json() for stamp, found in learned.items()})
    return Replay(dialect, Catalogs(keys, learned, lambda: run.learn(stamps)))


@dataclass(frozen=True)
class _Run:
    """What is to be run, and where; ``stamps`` are those before the steps and after each."""

    project: Project
    dialect: str
    server: URL | None
    steps: Sequence[Revision]
    stamps: Sequence[Stamp]
    report: Progress

    def keys(self, facts: str) -> dict[Stamp, str]:
        """The key of each stamp's catalog in the cache."""
        keys = replay_keys(self.project, self.dialect, facts, self.steps)
        return dict(zip(self.stamps, keys, strict=True))

    def learn(self, needed: Collection[Stamp]) -> dict[Stamp, Catalog]:
        """Run all steps on a scratch database; the catalogs at the stamps that are needed."""
        learned: dict[Stamp, Catalog] = {}
        settings = self.project.settings(with_url=False)
        table, schema_name = settings.version_table, settings.version_table_schema
        with scratch.create(self.dialect, server=self.server, label="replay") as database:
            if schema_name is not None and self.dialect == "postgresql":
                _make_schema(database.url, schema_name)
            for stamp in self._applied(database):
                if stamp in needed:
                    found = read_catalog(database.url)
                    learned[stamp] = found.without_table(table, schema_name)
        return learned

    def _applied(self, database: scratch.ScratchDatabase) -> Iterator[Stamp]:
        """Each stamp, when the database has come to it."""
        yield self.stamps[0]
        worker = self.project.start_worker()
        try:
            read: frozenset[Path] = frozenset()
            for done, (revision, stamp) in enumerate(zip(self.steps, self.stamps[1:], strict=True)):
                self.report(done, len(self.steps), f"replaying {revision.id} {revision.message}")
                worker.step(database, "up", revision.id)
                note_reads(revision, _data(worker.files - read))
                read = worker.files
                yield stamp
        finally:
            worker.close()
        self.report(len(self.steps), len(self.steps), "replayed")


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


def _steps(history: History, targets: Sequence[str]) -> tuple[list[Revision], list[Stamp]]:
    """The revisions in the order they are applied, and the stamp before them and after each."""
    steps: list[Revision] = []
    stamps: list[Stamp] = [()]
    for target in targets:
        for revision in history.upgrade_path(stamps[-1], target):
            steps.append(revision)
            stamps.append(_advance(stamps[-1], revision))
    return steps, stamps


def _advance(stamp: Stamp, revision: Revision) -> Stamp:
    """The stamp after a revision: it takes the place of its parents and its dependencies."""
    replaced = {*revision.parents, *revision.depends_on}
    return tuple(sorted({*stamp, revision.id} - replaced))


def _silent(*_: object) -> None:
    """Progress that nobody asked for."""
