"""Reading a timeline: one lenient replay through all heads, and what each step of it did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from sqlalchemy.engine import URL

from schema import renames, stopping
from schema.compare import Differences, compare
from schema.database import parse_url
from schema.history import History, Revision, read_history
from schema.project import Project
from schema.replay import Progress, Replay, Stamp, facts_of, replay
from schema.scope import Scope
from schema.timeline.remembered import Memory
from schema.timeline.step import Step
from schema.timeline.timeline import Timeline

__all__ = ["read_timeline"]

#: The kinds of scratch databases that revisions can be run on.
_DIALECTS = {"sqlite", "postgresql", "mariadb"}


def read_timeline(
    project: Project,
    *,
    dialect: str | None = None,
    server: URL | str | None = None,
    history: History | None = None,
    on_progress: Progress | None = None,
) -> Timeline:
    """The catalog at every revision, and what each did; from the cache where that is known.

    ``dialect`` is ``"sqlite"``, ``"postgresql"`` or ``"mariadb"``; None means the kind of the
    project's database, or what env.py speaks of, else SQLite. No live database is opened.
    ``server`` is where scratch databases are made; None means the embedded server of PostgreSQL,
    and for MariaDB, which has none, that of the project's database. A revision that cannot be run
    there is marked (``Step.failure``), and the others are run without it. Raises RevisionError for
    a history with problems, ProjectCodeError when env.py fails.
    """
    with project.at_one_moment():
        dialect = _dialect(project, dialect)
        where = _server(project, dialect, server)
        history = read_history(project) if history is None else history
        facts = facts_of(dialect, where)
        scope = Scope(project)

        def replayed(stamp: Stamp, order: Sequence[Revision] | None = None) -> Replay:
            return replay(
                project,
                dialect,
                stamp,
                server=where,
                facts=facts,
                history=history,
                order=order,
                is_lenient=True,
                on_progress=on_progress,
            )

        joint = replayed((), history.in_time())
        steps = tuple(_steps(joint, scope))
    return Timeline(history, joint, steps, scope.of, replayed)


def _server(project: Project, dialect: str, server: URL | str | None) -> URL | None:
    if dialect == "mariadb" and server is None and project.dialect() in _MARIADB:
        return project.database_url()
    return parse_url(server) if server is not None and dialect != "sqlite" else None


_MARIADB = {"mariadb", "mysql"}


def _dialect(project: Project, wanted: str | None) -> str:
    if wanted is not None:
        return wanted
    found = project.dialect()
    found = "mariadb" if found in _MARIADB else found
    return found if found is not None and found in _DIALECTS else "sqlite"


def _steps(replayed: Replay, scope: Scope) -> Iterator[Step]:
    memory = Memory(replayed.keys, scope)
    known = memory.recall()
    found = [*known, *_compared(replayed, scope, len(known))]
    if len(found) > len(known):
        memory.keep(found, len(known))
    without: list[str] = []
    stamps = pairwise(replayed.catalogs)
    for revision, (left, right), did in zip(replayed.steps, stamps, found, strict=True):
        failure = replayed.failures.get(revision.id)
        without += [revision.id] if failure is not None else []
        yield Step(revision, left, right, did, failure, tuple(without))


def _compared(replayed: Replay, scope: Scope, known: int) -> Iterator[Differences]:
    """What the steps did behind the first ``known`` ones."""
    stamps = list(replayed.catalogs)[known:]
    if len(stamps) < 2:
        return
    before = scope.of(replayed.at(stamps[0]))
    for revision, stamp in zip(replayed.steps[known:], stamps[1:], strict=True):
        stopping.check()
        after = scope.of(replayed.at(stamp).sharing(before))
        found = Differences() if before == after else compare(before, after)
        is_whole = revision.id not in replayed.failures
        yield renames.told(before, after, found, revision.path, is_whole=is_whole)
        before = after
